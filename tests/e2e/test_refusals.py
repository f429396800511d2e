"""
Where there is nothing to see, or no way in: what the page says, and what to do next.
"""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.intervention import Frame, Intervention, refusal
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker


async def intervened(
    chromium: Chromium, server: Server, refused: dict[str, Frame]
) -> tuple[ModernPage, dict[str, Frame]]:
    """Return a page to which rooms are closed as *refused* says, which may be changed."""
    ann = await chromium.open("about:blank")

    def answer(command: Frame) -> Frame | None:
        return refused.get(command["room"]) if command["type"] == "join" else None

    await ann.do(Intervention, ann.page, answer)
    await ann.do(ann.page.goto, server.url())
    await ann.enter("Ann")
    return ann, refused


@story
async def test_an_empty_room_says_what_to_do(chromium: Chromium, server: Server) -> None:
    """
    Line 15: where nothing was said yet one is asked to begin, or to invite somebody with a
    link.
    """
    ann = await chromium.open(server.url("#tea"))
    await ann.enter("Ann")
    empty = ann.page.locator("#empty")

    await ann.do(expect(empty).to_contain_text, "Nobody has said anything in")
    await ann.do(expect(empty).to_contain_text, "Say the first word")
    await ann.do(empty.get_by_role("button", name="Copy the link").click)
    await ann.do(ann.page.get_by_role("dialog", name=re.compile("Invite to .*#tea")).wait_for)
    await ann.do(ann.page.keyboard.press, "Escape")
    await ann.say("here I am")

    await ann.hears([("Ann", "here I am")])
    assert not await ann.do(empty.is_visible)


@story
async def test_no_results_say_what_to_do(chromium: Chromium, server: Server) -> None:
    """Line 15: a search that finds nothing says so, and how it might."""
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(ann.page.locator("#search-button").click)

    await ann.do(ann.page.locator("#search-text").fill, "zebra")
    await ann.do(ann.page.locator("#search-text").press, "Enter")

    found = ann.page.get_by_role("dialog", name="Search")
    await ann.do(expect(found).to_contain_text, re.compile("Nothing found for .*zebra"))
    await ann.do(expect(found).to_contain_text, "Try fewer words")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("room_full", "The room is full. Try again when somebody has left"),
        ("banned", "Whoever keeps order there can let you in again"),
        ("locked", "Nobody new can come in just now. Try again later"),
        ("of_a_later_version", "the server's words for of_a_later_version"),
    ],
)
@story
async def test_a_room_full_or_closed_to_me_says_what_to_do(
    chromium: Chromium, server: Server, code: str, reason: str
) -> None:
    """Line 15: it says why, leads to the lobby, and lets in who tries again when that may be."""
    ann, refused = await intervened(chromium, server, {"vip": refusal(code)})
    page = ann.page
    await ann.do(page.locator("#text").fill, "/join vip")
    await ann.do(page.locator("#text").press, "Enter")
    place = page.locator("#refused")

    await ann.do(expect(place).to_contain_text, reason)
    assert not await ann.do(page.locator("#text").is_visible)
    seen = await ann.do(Axe().run, page)
    assert seen.violations_count == 0, seen.generate_report()
    await ann.do(page.get_by_role("button", name=re.compile("^Go to")).click)
    await ann.do(expect(page.locator("#room-title")).to_have_text, "lobby")
    await ann.do(page.go_back)
    await ann.do(expect(place).to_contain_text, reason)
    refused.clear()
    await ann.do(page.get_by_role("button", name="Try again").click)

    await ann.do(page.locator("#empty").wait_for)
    await ann.say("at last")
    await ann.hears([("Ann", "at last")])


@story
async def test_a_name_that_no_room_has(chromium: Chromium, server: Server) -> None:
    """What cannot be a room says what could; to try again would change nothing."""
    ann = await chromium.open(server.url("#a b"))
    page = ann.page
    await ann.do(page.locator("#name").fill, "Ann")
    await ann.do(page.locator("#name").press, "Enter")

    place = page.locator("#refused")
    await ann.do(expect(place).to_contain_text, "A room’s name is made of letters and digits")
    assert not await ann.do(page.get_by_role("button", name="Try again").is_visible)
    await ann.do(page.get_by_role("button", name=re.compile("^Go to")).click)
    await ann.say("hello")
    await ann.hears([("Ann", "hello")])


@story
async def test_a_taken_name_comes_with_a_suggestion(chromium: Chromium, server: Server) -> None:
    """
    Line 15: who asks for a name that somebody has is offered another, at the door and later
    on.
    """
    for name in ("Bob", "Eve"):
        await AutobahnTalker(name).enter(server.port)
    ann = await chromium.open(server.url())
    page = ann.page
    await ann.do(page.locator("#name").fill, "bob")
    await ann.do(page.locator("#name").press, "Enter")

    await ann.do(expect(page.get_by_role("alert")).to_contain_text, "Somebody is already called")
    assert await ann.do(page.evaluate, "() => document.activeElement.id") == "name"
    suggestion = page.locator("#door-suggest")
    suggested = (await ann.do(suggestion.inner_text)).removeprefix("Use ").strip("\u2068\u2069")
    await ann.do(suggestion.click)
    await ann.do(expect(page.locator("#me-name")).to_have_text, suggested)

    await ann.do(page.locator("#me").click)
    await ann.do(page.locator("#settings-name").fill, "eve")
    await ann.do(page.locator("#settings-name").press, "Enter")
    await ann.do(expect(page.locator("#settings-problem")).to_have_text, re.compile("is free"))
