"""
The first visit: what it costs, and that it is quick to be had.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Chromium
from tests.e2e.server import Server
from tests.e2e.stories import story

#: With the heads of the answers. What was promised of the door is 100,000.
DOOR_BYTES: Final = 45_000
ROOM_BYTES: Final = 170_000
COMPOSER: Final = re.compile("^Message")


class Traffic:
    """
    What a page fetches, and what it says to its console.

    Args:
        page: One that has not gone anywhere yet.
    """

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self.sizes: dict[str, int] = {}
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._finished)

    @property
    def total_bytes(self) -> int:
        """
        What came, compressed as it was, heads included.
        """
        return sum(self.sizes.values())

    def _finished(self, event: dict[str, Any]) -> None:
        self.sizes[event["requestId"]] = event["encodedDataLength"]


@story
async def test_first_visit_is_small_and_silent(chromium: Chromium, server: Server) -> None:
    """
    Line 3: one field, in focus. The door costs less than half of what was promised,
    the way into the room little more, and neither says a word to the console.
    """
    ann = await chromium.open("about:blank")
    traffic = await ann.do(Traffic, ann.page)

    def arrive() -> int:
        ann.page.goto(server.url("#tea"), wait_until="networkidle")
        expect(ann.page.get_by_role("textbox", name="Your name")).to_be_focused()
        expect(ann.page.get_by_role("textbox")).to_have_count(1)
        expect(ann.page.get_by_role("heading", name="tea")).to_be_visible()
        return traffic.total_bytes

    def enter() -> int:
        ann.page.keyboard.type("Ann")
        ann.page.keyboard.press("Enter")
        expect(ann.page.get_by_role("textbox", name=COMPOSER)).to_be_focused()
        ann.page.wait_for_load_state("networkidle")
        return traffic.total_bytes

    assert await ann.do(arrive) < DOOR_BYTES
    assert await ann.do(enter) < ROOM_BYTES
    assert traffic.said == []


@pytest.mark.parametrize("part", ["**/shell.css", "**/js/app.js"])
@story
async def test_rest_of_the_page_that_does_not_come_is_asked_for_again(
    chromium: Chromium, server: Server, part: str
) -> None:
    """
    Line 3: whoever presses Enter while the network is away is told so, and gets in
    with the next try.
    """
    ann = await chromium.open(server.url())

    def enter() -> None:
        field = ann.page.get_by_role("textbox", name="Your name")
        ann.page.route(part, lambda route: route.abort())
        field.fill("Ann")
        field.press("Enter")
        expect(ann.page.get_by_role("alert")).to_contain_text("There is no connection")
        ann.page.unroute(part)
        field.press("Enter")
        expect(ann.page.get_by_role("textbox", name=COMPOSER)).to_be_focused()

    await ann.do(enter)


@story
async def test_whoever_is_known_sees_no_door(chromium: Chromium, server: Server) -> None:
    """
    Line 3: the second visit leads straight into the room, without a question.
    """
    ann = await chromium.open(server.url())
    await ann.enter("Ann")

    def come_back() -> None:
        ann.page.reload()
        expect(ann.page.get_by_role("textbox", name=COMPOSER)).to_be_focused()
        expect(ann.page.get_by_role("textbox", name="Your name")).to_be_hidden()

    await ann.do(come_back)
    assert ann.complaints == []
