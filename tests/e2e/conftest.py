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
from tests.e2e.server import Server


def found(find: Callable[[], Path]) -> Path:
    """
    Return the path of a browser; without it skip at a desk, and fail in CI.
    """
    try:
        return find()
    except browsers.Unavailable as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def phantomjs() -> Path:
    """PhantomJS's binary."""
    return found(browsers.phantomjs)


@async_yield_fixture(scope="module")  # type: ignore[untyped-decorator]
async def chromium() -> AsyncIterator[Chromium]:
    """Chromium, running."""
    browser = Chromium(found(browsers.chromium))
    await browser.start()
    yield browser
    await browser.stop()


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A running room; what it logged is shown when a test fails."""
    running = Server(tmp_path)
    await running.start()
    yield running
    await running.stop()
    print(running.program.story())
