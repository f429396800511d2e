"""
What a first visit costs: bytes, requests, and the time until a name can be typed.

``python -m benchmarks.visit``: Chromium with its processor slowed down opens the page for
the first time, again and again, each time with nothing kept; then the way into the
room. Times are by the page's own clock, from the moment it was asked for.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Page, expect
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from tests.e2e import browsers
from tests.e2e.chromium import Chromium
from tests.e2e.server import Server

#: Notes when the field for the name has the focus, and when the composer has.
WATCH: Final = """
    window.focused = {};
    addEventListener('focusin', ({ target: { id } }) => {
        window.focused[id] ??= performance.now();
    });
"""


class Visit:
    """
    One first visit.

    Args:
        page: One that has not gone anywhere yet.
        slowed: How many times slower its processor is.
    """

    def __init__(self, page: Page, slowed: int) -> None:
        self.page = page
        self.said: list[str] = []
        self.bytes: list[int] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.add_init_script(WATCH)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        session.on("Network.loadingFinished", self._finished)

    def arrive(self, url: str) -> float:
        """Open the page; return when its field had the focus, in milliseconds."""
        self.page.goto(url, wait_until="networkidle")
        return float(self.page.evaluate("window.focused.name"))

    def enter(self, name: str) -> float:
        """Type *name*; return how long it took from Enter to the composer."""
        self.page.keyboard.type(name)
        before = self.page.evaluate("performance.now()")
        self.page.keyboard.press("Enter")
        # The page's policy refuses what `wait_for_function` would evaluate.
        expect(self.page.locator("#text")).to_be_focused()
        self.page.wait_for_load_state("networkidle")
        return float(self.page.evaluate("window.focused.text")) - float(before)

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes.append(event["encodedDataLength"])


def tell(what: str, times_ms: list[float], sizes: list[int]) -> None:
    """
    Print how long *what* took, and what was fetched for it.
    """
    took = f"{median(times_ms):5.0f} ms, at worst {max(times_ms):.0f}"
    print(f"{what:26} {took:26} {sum(sizes):7,} bytes in {len(sizes)} answers")


async def measure(visits: int, slowed: int) -> None:
    """
    Visit, and print what it took.
    """
    with TemporaryDirectory() as folder:
        server = Server(Path(folder), "--ephemeral")
        chromium = Chromium(browsers.chromium())
        await server.start()
        await chromium.start()
        try:
            doors, rooms = [], []
            for number in range(visits):
                tab = await chromium.open("about:blank")
                visit = await tab.do(Visit, tab.page, slowed)
                doors.append(await tab.do(visit.arrive, server.url()))
                at_door = len(visit.bytes)
                rooms.append(await tab.do(visit.enter, f"visitor {number}"))
                if visit.said or tab.complaints:
                    print("said to the console:", *visit.said, *tab.complaints)
                await chromium.leave()
            print(f"{visits} first visits, processor slowed {slowed} times")
            tell("until a name can be typed", doors, visit.bytes[:at_door])
            tell("from Enter into the room", rooms, visit.bytes[at_door:])
        finally:
            await chromium.stop()
            await server.stop()


def main() -> None:
    """
    Read the command line, and measure.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=9)
    parser.add_argument("--slowed", type=int, default=4)
    asked = parser.parse_args()
    react(lambda _: Deferred.fromCoroutine(measure(asked.visits, asked.slowed)))


if __name__ == "__main__":
    main()
