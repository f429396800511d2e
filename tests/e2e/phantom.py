"""
PhantomJS 1.9.8, a WebKit of 2011 that speaks hixie-76, on the classic page.

GhostDriver, the WebDriver that it carries, drives it: JSON over HTTP.
"""

from __future__ import annotations

import json
import re
import signal
from base64 import b64decode
from pathlib import Path
from typing import Final
from urllib.request import ProxyHandler, Request, build_opener

from twisted.internet.threads import deferToThread

from tests.e2e.browsers import phantomjs_environment
from tests.e2e.server import Program, own_port, run
from tests.e2e.waiting import PATIENCE_S, until
from tests.e2e.wire import Json, Line

READY: Final = re.compile(r"GhostDriver - Main - running on port (\d+)")
ENTER: Final = """
    document.getElementById("name").value = arguments[0];
    document.getElementById("enter-button").click();
"""
SAY: Final = """
    document.getElementById("text").value = arguments[0];
    document.getElementById("send").click();
"""
# A header, and with it the name, stands over the first of several messages only.
LINES: Final = """
    var rows = document.querySelectorAll("#entries .entry"), lines = [], name, i, text;
    for (i = 0; i < rows.length; i++) {
        name = rows[i].querySelector("b") ? rows[i].querySelector("b").textContent : name;
        text = rows[i].querySelector("p:not(.quote)").textContent;
        lines.push([name, text]);
    }
    return lines;
"""
JOINED: Final = 'return document.querySelectorAll("#members li").length > 0;'


class ClassicPage:
    """
    Somebody at a browser of 2011.

    Args:
        binary: PhantomJS.
        folder: Where it runs, and keeps what its pages store.
    """

    _session: str

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._program: Program | None = None

    async def open(self, url: str, width: int = 1280, height: int = 720) -> None:
        """Start the browser, and load *url*."""
        port = own_port()
        program = self._program = run(
            self._folder,
            str(self._binary),
            f"--webdriver=127.0.0.1:{port}",
            f"--local-storage-path={self._folder / 'phantomjs'}",
            environment=phantomjs_environment(),
        )
        await program.says(READY)
        self._session = f"http://127.0.0.1:{port}"
        started = await self._ask("/session", desiredCapabilities={})
        self._session += f"/session/{started['sessionId']}"
        await self._ask("/window/current/size", width=width, height=height)
        await self._ask("/url", url=url)

    async def close(self) -> None:
        """End the browser, if it was started."""
        if self._program is not None:
            self._program.send_signal(signal.SIGKILL)
            await self._program.end()

    async def enter(self, name: str) -> None:
        """Give a name at the door, and wait for the room."""
        await self.give_name(name)
        await until(lambda: self.script(JOINED), bool)

    async def give_name(self, name: str) -> None:
        """Type *name* at the door and press Enter."""
        await self.script(ENTER, name)

    async def say(self, text: str) -> None:
        """Type *text* and press Send."""
        await self.script(SAY, text)

    async def lines(self) -> list[Line]:
        """Return what stands in the timeline."""
        return [(name, text) for name, text in await self.script(LINES)]

    async def hears(self, lines: list[Line]) -> None:
        """Wait until exactly *lines* stand in the timeline."""
        await until(self.lines, lambda seen: seen == lines)

    async def script(self, script: str, *arguments: str) -> Json:
        """Run *script* in the page; return its value."""
        return (await self._ask("/execute", script=script, args=arguments))["value"]

    async def screenshot(self, path: Path) -> None:
        """Write a picture of the window to *path*."""
        picture = await deferToThread(self._call, "/screenshot", None)
        path.write_bytes(b64decode(picture["value"]))  # noqa: ASYNC240 - it is small

    async def _ask(self, path: str, **body: object) -> Json:
        return await deferToThread(self._call, path, body)

    def _call(self, path: str, body: dict[str, object] | None) -> Json:
        """
        Call GhostDriver, in a thread: with POST if there is a body.
        """
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._session + path, data, {"Content-Type": "application/json"})  # noqa: S310 - to this machine
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as answer:
            told = json.load(answer)
        assert told["status"] == 0, told
        return told
