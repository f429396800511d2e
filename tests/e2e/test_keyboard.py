"""
Everything by keyboard, and what a screen reader is told.
"""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker

COMPOSER: Final = re.compile("^Message")
FOCUSED: Final = """
    () => {
        const focused = document.activeElement;
        return focused.closest('#rooms, #head, #log, #composer, #members')?.id ?? focused.id;
    }
"""

#: Chromium's own bars are part of the round; while they have the focus, the body has.
INSIDE: Final = """
    () => document.activeElement === document.body || !!document.activeElement.closest('dialog')
"""
#: Notes how polite the log is when messages come into it.
WATCH: Final = """
    window.polite = [];
    addEventListener('DOMContentLoaded', () => {
        const log = document.getElementById('log');
        new MutationObserver((changes) => {
            for (const { addedNodes } of changes) for (const node of addedNodes)
                if (node.matches?.('article')) window.polite.push(log.getAttribute('aria-live'));
        }).observe(log, { childList: true, subtree: true });
    });
"""


async def talk(server: Server, *texts: str) -> AutobahnTalker:
    """
    Let Bo say *texts* in the lobby.
    """
    bo = AutobahnTalker("Bo")
    await bo.enter(server.port)
    for text in texts:
        await bo.say(text)
    return bo


async def arrive(chromium: Chromium, server: Server, room: str = "lobby") -> ModernPage:
    """
    Come in as Ann, in front of a desktop's keyboard.
    """
    ann = await chromium.open(server.url(f"#{room}"))
    await ann.enter("Ann")
    return ann


def focused_text(page: Page) -> str:
    """Return what the message in focus says."""
    text = page.evaluate("document.activeElement.querySelector('.txt')?.textContent ?? ''")
    assert isinstance(text, str)
    return text


@story
async def test_line_23_arrows_go_from_message_to_message(
    chromium: Chromium, server: Server
) -> None:
    """
    Line 23: arrows, Home and End move along the messages, Tab stops at one of them and
    what is in it, Enter opens what can be done, Escape goes back step by step.
    """
    await talk(server, "one", "two https://example.org/", "three")
    ann = await arrive(chromium, server)

    def walk() -> None:
        page, keys = ann.page, ann.page.keyboard
        expect(page.locator(".msg")).to_have_count(3)
        page.locator("#log").focus()
        keys.press("ArrowUp")
        assert focused_text(page) == "three"
        keys.press("ArrowUp")
        assert focused_text(page).startswith("two")
        # What is in this message, and in no other, is where Tab stops.
        keys.press("Tab")
        assert page.evaluate("document.activeElement.href") == "https://example.org/"
        keys.press("Escape")
        assert focused_text(page).startswith("two")
        keys.press("Home")
        assert focused_text(page) == "one"
        keys.press("ArrowUp")
        assert focused_text(page) == "one"
        keys.press("End")
        assert focused_text(page) == "three"
        assert page.locator("#log a[tabindex='0'], #log article[tabindex='0']").count() == 1

        keys.press("Enter")
        menu = page.get_by_role("dialog", name="More")
        expect(menu.get_by_role("button", name="Reply")).to_be_visible()
        for _ in range(30):
            keys.press("ArrowDown")
        expect(menu.get_by_role("button").last).to_be_focused()
        keys.press("Escape")
        expect(menu).to_be_hidden()
        assert focused_text(page) == "three"
        keys.press("Escape")
        expect(page.get_by_role("textbox", name=COMPOSER)).to_be_focused()

    await ann.do(walk)
    assert ann.complaints == []


@story
async def test_line_23_f6_goes_round_the_page(chromium: Chromium, server: Server) -> None:
    """
    Line 23: F6 leads through rooms, header, messages, composer and members, and
    Shift+F6 back; on a phone's width only through what is in sight.
    """
    await talk(server, "hello")
    ann = await arrive(chromium, server)

    def walk(key: str, steps: int) -> list[str]:
        found = []
        for _ in range(steps):
            ann.page.keyboard.press(key)
            found.append(ann.page.evaluate(FOCUSED))
        return found

    def narrow() -> None:
        ann.page.set_viewport_size({"width": 390, "height": 780})
        expect(ann.page.locator("#members")).to_be_hidden()
        expect(ann.page.locator("#rooms")).to_be_hidden()
        ann.page.get_by_role("textbox", name=COMPOSER).focus()

    round_trip = ["members", "rooms", "head", "log", "composer"]
    assert await ann.do(walk, "F6", 5) == round_trip
    assert await ann.do(walk, "Shift+F6", 5) == [*reversed(round_trip[:-1]), "composer"]
    await ann.do(narrow)
    assert await ann.do(walk, "F6", 3) == ["head", "log", "composer"]


@story
async def test_line_23_switcher_leads_to_another_room(chromium: Chromium, server: Server) -> None:
    """
    Line 23: Ctrl+K, some letters and Enter lead to a room; arrows choose, Escape gives
    the focus back.
    """
    ann = await arrive(chromium, server, "tea")

    def switch() -> None:
        page, keys = ann.page, ann.page.keyboard
        title = page.locator("#room-title")
        for room in ("twisted", "lobby"):
            page.goto(server.url(f"#{room}"))
            expect(title).to_have_text(room)
        expect(page.locator("#room-list li")).to_have_count(3)
        keys.press("Control+k")
        options = page.get_by_role("option")
        expect(options).to_have_text(
            [re.compile("lobby"), re.compile("tea"), re.compile("twisted")]
        )
        keys.press("ArrowDown")
        expect(page.get_by_role("option", selected=True)).to_contain_text("tea")
        # Another tab goes to one more room: it is offered too, and what is chosen stays so.
        other = page.context.new_page()
        other.goto(server.url("#cake"))
        expect(options).to_have_text([re.compile(room) for room in ("cake", "lobby", "tea", "twi")])
        expect(page.get_by_role("option", selected=True)).to_contain_text("tea")
        other.close()
        keys.press("Escape")
        expect(page.get_by_role("combobox")).to_be_hidden()
        expect(page.get_by_role("textbox", name=COMPOSER)).to_be_focused()

        keys.press("Control+k")
        keys.type("t")
        expect(options).to_have_count(3)
        keys.type("w")
        expect(page.get_by_role("option", selected=True)).to_contain_text("twisted")
        keys.press("Enter")
        expect(title).to_have_text("twisted")
        keys.press("Control+k")
        keys.type("#coffee")
        expect(page.get_by_role("option", selected=True)).to_contain_text("Join or create")
        keys.press("Enter")
        expect(title).to_have_text("coffee")
        # The dialog has left no step behind in the history.
        page.go_back()
        expect(title).to_have_text("twisted")

    await ann.do(switch)
    assert ann.complaints == []


@pytest.mark.parametrize("opener", ["#search-button", "#share-button", "#me", "Control+/"])
@story
async def test_line_23_dialogs_keep_the_focus_and_give_it_back(
    chromium: Chromium, server: Server, opener: str
) -> None:
    """
    Line 23: Tab does not leave a dialog for the page behind it, Escape closes it, and
    the focus is where it was.
    """
    ann = await arrive(chromium, server)

    def visit() -> None:
        page, keys = ann.page, ann.page.keyboard
        expect(page.locator("#search-button")).to_be_visible()
        before = page.locator("#me" if opener == "Control+/" else opener)
        before.focus()
        keys.press(opener if opener == "Control+/" else "Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        for _ in range(12):
            keys.press("Tab")
            assert page.evaluate(INSIDE)
        keys.press("Escape")
        expect(dialog).to_be_hidden()
        expect(before).to_be_focused()

    await ann.do(visit)


@story
async def test_line_23_arrivals_never_take_the_focus(chromium: Chromium, server: Server) -> None:
    """
    Line 23: whoever reads or writes keeps the focus, whatever comes.
    """
    bo = await talk(server, "one")
    ann = await arrive(chromium, server)

    def focus(selector: str) -> None:
        expect(ann.page.locator(".msg")).not_to_have_count(0)
        ann.page.locator(selector).first.focus()

    def still(selector: str, text: str) -> None:
        ann.page.get_by_text(text, exact=True).wait_for()
        expect(ann.page.locator(selector).first).to_be_focused()

    for number, selector in enumerate((".msg", "#text", "#members-toggle")):
        await ann.do(focus, selector)
        await bo.say(f"news {number}")
        await ann.do(still, selector, f"news {number}")


@story
async def test_line_22_screen_readers_hear_what_is_new(chromium: Chromium, server: Server) -> None:
    """
    Line 22: the messages are a log whose backlog is not announced, the connection is a
    status, failures are alerts.
    """
    bo = await talk(server, "long ago", "and then")
    ann = await chromium.open("about:blank")

    def arrive() -> None:
        ann.page.add_init_script(WATCH)
        ann.page.goto(server.url())

    def look() -> None:
        log = ann.page.get_by_role("log", name="Messages")
        expect(log.get_by_role("article")).to_have_count(2)
        assert ann.page.evaluate("window.polite") == ["off", "off"]
        expect(ann.page.locator("#banner-text")).to_have_attribute("role", "status")
        expect(ann.page.locator("#notice-alert")).to_have_attribute("role", "alert")
        expect(ann.page.locator("#notice-status")).to_have_attribute("role", "status")
        expect(log).to_have_attribute("aria-live", "polite")

    def hear() -> None:
        ann.page.get_by_text("just now", exact=True).wait_for()
        assert ann.page.evaluate("window.polite") == ["off", "off", "polite"]

    await ann.do(arrive)
    await ann.enter("Ann")
    await ann.do(look)
    await bo.say("just now")
    await ann.do(hear)
