"""
Chromium on the page of today, driven by Playwright.

Playwright's synchronous interface must not share a thread with Twisted's reactor, nor
be called from two threads: it lives in a pool of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from tests.e2e.waiting import PATIENCE_S, reactor, until
from tests.e2e.wire import Line

#: What is on its way, or was refused, does not count as said.
LINES: Final = """
    () => [...document.querySelectorAll("[role=log] article[data-state=stored]")].map((row) =>
        [row.querySelector(".name").textContent, row.querySelector(".txt").textContent])
"""

P = ParamSpec("P")
T = TypeVar("T")

# Playwright would be patient for five seconds.
expect.set_options(timeout=PATIENCE_S * 1000)


class Chromium:
    """
    The browser, in its thread.
    """

    _playwright: Playwright
    _browser: Browser

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self._thread = ThreadPool(1, 1, "chromium")

    async def start(self) -> None:
        """Start the browser."""
        self._thread.start()
        try:
            await self.do(self._launch)
        except BaseException:
            # Python waits for every thread at its end, for this one for ever.
            self._thread.stop()
            raise

    async def stop(self) -> None:
        """End the browser and its thread."""
        try:
            await self.do(self._quit)
        finally:
            self._thread.stop()

    async def open(self, url: str, **context: Any) -> ModernPage:
        """
        Load *url* as somebody new: with an own storage, and the *context* Playwright knows.
        """
        page = ModernPage(self, await self.do(self._open, context))
        await page.do(page.page.goto, url)
        return page

    async def leave(self) -> None:
        """Close all pages."""
        await self.do(self._leave)

    async def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call *function* in the browser's thread; return its result."""
        return await deferToThreadPool(reactor, self._thread, function, *args, **kwargs)

    def _launch(self) -> None:
        self._playwright = sync_playwright().start()
        # Chromium's sandbox refuses to run as root, as which containers run tests.
        self._browser = self._playwright.chromium.launch(
            executable_path=self._binary, args=["--no-sandbox"]
        )

    def _quit(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def _leave(self) -> None:
        for context in self._browser.contexts:
            context.close()

    def _open(self, context: dict[str, Any]) -> Page:
        page = self._browser.new_context(**{"locale": "en-GB", **context}).new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        return page


class ModernPage:
    """
    Somebody at a browser of today.
    """

    def __init__(self, browser: Chromium, page: Page) -> None:
        self._browser = browser
        self.page = page
        #: What the page complained of: exceptions, refusals of the CSP, missing files.
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    async def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call *function*, of Playwright's, in the browser's thread."""
        return await self._browser.do(function, *args, **kwargs)

    async def enter(self, name: str) -> None:
        """Give a name at the door, and wait for the room."""
        await self.do(self._enter, name)

    async def say(self, text: str) -> None:
        """Type *text* and press Enter."""
        await self.do(self._say, text)

    async def lines(self) -> list[Line]:
        """Return what stands in the timeline."""
        return [(name, text) for name, text in await self.do(self.page.evaluate, LINES)]

    async def hears(self, lines: list[Line]) -> None:
        """Wait until exactly *lines* stand in the timeline."""
        await until(self.lines, lambda seen: seen == lines)

    def _enter(self, name: str) -> None:
        field = self.page.get_by_role("textbox", name="Your name")
        field.fill(name)
        field.press("Enter")
        self._composer().wait_for()

    def _say(self, text: str) -> None:
        self._composer().fill(text)
        self._composer().press("Enter")

    def _composer(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message"))
