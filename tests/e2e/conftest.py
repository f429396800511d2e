"""
What the end-to-end tests have at hand.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pytest_twisted import async_yield_fixture

from tests.e2e import browsers
from tests.e2e.chromium import Chromium
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server


def found(find: Callable[[], Path]) -> Path:
    """
    Return the path of a browser; without it skip at a desk, and fail in CI.
    """
    try:
        return find()
    except browsers.Unavailable as unavailable:
        missing = str(unavailable)
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def phantomjs_binary() -> Path:
    """PhantomJS's binary."""
    return found(browsers.phantomjs)


@pytest.fixture(scope="session")
def chromium_binary() -> Path:
    """Chromium's binary."""
    return found(browsers.chromium)


@async_yield_fixture(scope="module")  # type: ignore[untyped-decorator]
async def running_chromium(chromium_binary: Path) -> AsyncIterator[Chromium]:
    """Chromium, started once for the tests of a module."""
    browser = Chromium(chromium_binary)
    await browser.start()
    yield browser
    await browser.stop()


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def chromium(running_chromium: Chromium) -> AsyncIterator[Chromium]:
    """Chromium without a page; those that the test opens are closed behind it."""
    yield running_chromium
    await running_chromium.leave()


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def kiosk(phantomjs_binary: Path, tmp_path: Path) -> AsyncIterator[ClassicPage]:
    """A browser of 2011, not yet started."""
    browser = ClassicPage(phantomjs_binary, tmp_path)
    yield browser
    await browser.close()


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """
    A running room; what it logged is shown when a test fails. Who needs other options
    than the default ones gives them as the parameter.
    """
    running = Server(tmp_path, *getattr(request, "param", ()))
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
        print(running.program.story())


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def cable(server: Server) -> AsyncIterator[Proxy]:
    """What a browser's connections run through, and can be pulled."""
    cable = Proxy(server.port)
    await cable.start()
    yield cable
    await cable.cut()
