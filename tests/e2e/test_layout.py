"""
Where things stand, in what colours: from a small phone to a wide screen.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.server import Server
from tests.e2e.stories import story

DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 800}
PHONE: Final[ViewportSize] = {"width": 390, "height": 780}
LONG: Final = "a" * 32
COMPOSER: Final = re.compile("^Message")
WIDE_TEXT: Final = "nowhere-to-break" * 30

#: Everything on the page that sticks out of it sideways.
STICKING_OUT: Final = """
    () => [...document.querySelectorAll('body *')].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        const isSeen = width > 1 && getComputedStyle(element).visibility === 'visible';
        // What ends in an ellipsis is measured by what cuts it.
        let clip = element.parentElement;
        while (clip && getComputedStyle(clip).textOverflow !== 'ellipsis')
            clip = clip.parentElement;
        const isClipped = clip || element.closest('pre, .sr');
        return isSeen && !isClipped && (left < -1 || right > innerWidth + 1);
    }).map((element) => element.outerHTML.slice(0, 120))
"""
#: Until the entry that a dialog had in the history is gone.
BACK: Final = """
    () => new Promise((done) => {
        const look = () => history.state?.dialog ? requestAnimationFrame(look) : done();
        look();
    })
"""
#: The part of the page, and where it is.
BOX: Final = (
    "(element) => { const { x, right } = element.getBoundingClientRect(); return [x, right] }"
)
BACKGROUND: Final = "getComputedStyle(document.body).backgroundColor"


def sides(page: Page, *selectors: str) -> list[list[float]]:
    """Return where the elements begin and end, from the left."""
    return [page.locator(selector).evaluate(BOX) for selector in selectors]


async def arrive(chromium: Chromium, server: Server, **context: Any) -> ModernPage:
    """Come in, under a name as long as it may be, and say what is hard to lay out."""
    ann = await chromium.open(server.url(f"#{LONG}{LONG}"), **context)
    await ann.enter(LONG)

    def say() -> None:
        ann.page.locator("#text").fill(WIDE_TEXT)
        ann.page.locator("#send").click()
        ann.page.locator("article[data-state=stored]").wait_for()

    await ann.do(say)
    return ann


@story
async def test_line_1_three_columns_and_members_that_fold(
    chromium: Chromium, server: Server
) -> None:
    """
    Line 1: rooms, messages, members from left to right; the members are put away by a
    button, also for the next visit.
    """
    ann = await arrive(chromium, server, viewport=DESKTOP)

    def look() -> None:
        page = ann.page
        rooms, log, composer, members = sides(page, "#rooms", "#log", "#composer", "#members")
        assert rooms[0] == 0
        assert rooms[1] <= log[0] < log[1] <= members[0]
        assert log[0] <= composer[0] < composer[1] <= log[1]
        assert members[1] == DESKTOP["width"]
        toggle = page.locator("#members-toggle")
        expect(toggle).to_have_attribute("aria-expanded", "true")

        toggle.click()
        expect(page.locator("#members")).to_be_hidden()
        expect(toggle).to_have_attribute("aria-expanded", "false")
        page.reload()
        expect(page.get_by_role("textbox", name=COMPOSER)).to_be_visible()
        expect(page.locator("#members")).to_be_hidden()
        assert page.locator("#log").evaluate(BOX)[1] == DESKTOP["width"]

    await ann.do(look)


@pytest.mark.parametrize("width", [320, 390, 721, 820, 1001])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@story
async def test_line_1_nothing_sticks_out(
    chromium: Chromium, server: Server, width: int, direction: str
) -> None:
    """
    Line 1: from 320 px on, nothing is cut off at a side, however long the names are,
    and the page itself does not scroll.
    """
    ann = await arrive(chromium, server, viewport={"width": width, "height": 700})

    def look() -> None:
        ann.page.evaluate("(dir) => { document.documentElement.dir = dir }", direction)
        assert ann.page.evaluate(STICKING_OUT) == []
        assert ann.page.evaluate("document.documentElement.scrollWidth") == width
        assert ann.page.evaluate("document.documentElement.scrollHeight") == 700
        for opener in ("#me", "#share-button"):
            ann.page.locator(opener).dispatch_event("click")
            ann.page.locator("dialog[open]").wait_for()
            assert ann.page.evaluate(STICKING_OUT) == []
            ann.page.keyboard.press("Escape")
            expect(ann.page.locator("dialog[open]")).to_have_count(0)
            ann.page.evaluate(BACK)

    await ann.do(look)


@story
async def test_line_1_on_a_phone_the_panels_slide_over(chromium: Chromium, server: Server) -> None:
    """
    Line 1: on a phone rooms and members lie over the messages, one at a time; a touch
    beside them, and Escape, put them away.
    """
    ann = await arrive(chromium, server, viewport=PHONE, has_touch=True)

    def slide() -> None:
        page = ann.page
        rooms, members = page.locator("#rooms"), page.locator("#members")
        log = page.locator("#log").evaluate(BOX)
        expect(rooms).to_be_hidden()
        expect(members).to_be_hidden()
        page.locator("#rooms-toggle").tap()
        expect(rooms).to_be_visible()
        assert page.locator("#log").evaluate(BOX) == log
        page.touchscreen.tap(PHONE["width"] - 10, 300)
        expect(rooms).to_be_hidden()

        page.locator("#more").tap()
        page.locator("#menu-members").tap()
        expect(members).to_be_visible()
        expect(rooms).to_be_hidden()
        page.keyboard.press("Escape")
        expect(members).to_be_hidden()

    await ann.do(slide)


@story
async def test_line_1_composer_stays_above_the_keyboard(chromium: Chromium, server: Server) -> None:
    """
    Line 1: a keyboard that covers the page, as that of iOS, and one that makes it
    smaller, as that of Android, leave the composer and the last message in sight.
    """
    ann = await arrive(chromium, server, viewport=PHONE, has_touch=True)
    room_for_keyboard = 440

    def bottom(selector: str) -> float:
        box = ann.page.locator(selector).last.bounding_box()
        assert box is not None
        return box["y"] + box["height"]

    def type_on_ios() -> None:
        ann.page.locator("#text").tap()
        ann.page.evaluate(
            """(height) => {
                Object.defineProperty(visualViewport, 'height', { get: () => height });
                visualViewport.dispatchEvent(new Event('resize'));
            }""",
            room_for_keyboard,
        )
        assert bottom("#composer") <= room_for_keyboard
        assert bottom(".msg") <= room_for_keyboard

    def type_on_android() -> None:
        ann.page.reload()
        ann.page.get_by_role("textbox", name=COMPOSER).wait_for()
        content = ann.page.locator("meta[name=viewport]").get_attribute("content") or ""
        assert "interactive-widget=resizes-content" in content
        ann.page.set_viewport_size({"width": 390, "height": room_for_keyboard})
        ann.page.locator(".msg").wait_for()
        assert bottom("#composer") <= room_for_keyboard
        assert bottom(".msg") <= room_for_keyboard

    await ann.do(type_on_ios)
    await ann.do(type_on_android)


@story
async def test_line_2_theme_is_right_from_the_first_paint(
    chromium: Chromium, server: Server
) -> None:
    """
    Line 2: the page follows the system; a choice of one's own is remembered, and there
    before anything is drawn, even before the scripts are.
    """
    ann = await arrive(chromium, server, viewport=DESKTOP, color_scheme="dark")

    def choose() -> None:
        page = ann.page
        dark = page.evaluate(BACKGROUND)
        page.emulate_media(color_scheme="light")
        light = page.evaluate(BACKGROUND)
        assert dark != light
        page.locator("#me").click()
        page.locator("[data-choice=dark]").click()
        assert page.evaluate(BACKGROUND) == dark
        expect(page.locator("[data-choice=dark]")).to_have_attribute("aria-pressed", "true")
        assert page.locator("meta[name=theme-color]").get_attribute("content") == dark

        # Without a single module: what decides is written into the page.
        page.route("**/*.js", lambda route: route.abort())
        page.reload(wait_until="domcontentloaded")
        assert page.evaluate(BACKGROUND) == dark
        page.unroute("**/*.js")
        page.reload()
        page.locator("#me").click()
        page.locator("[data-choice=system]").click()
        assert page.evaluate(BACKGROUND) == light
        page.reload()
        assert page.evaluate(BACKGROUND) == light

    await ann.do(choose)


@story
async def test_line_24_zoom_colours_and_motion(chromium: Chromium, server: Server) -> None:
    """
    Line 24: at 200% nothing is lost, without motion nothing moves, and in forced
    colours what is chosen, mentioned or failed is still to be told.
    """
    # A page of 1280 px at 200% is one of 640.
    ann = await arrive(chromium, server, viewport={"width": 640, "height": 400})

    def zoom() -> None:
        assert ann.page.evaluate(STICKING_OUT) == []
        for selector in ("#composer", "#send", "header h1", "#log"):
            expect(ann.page.locator(selector)).to_be_in_viewport(ratio=0.9)

    def rest() -> None:
        ann.page.emulate_media(reduced_motion="reduce")
        ann.page.locator("#rooms-toggle").click()
        moving = "document.getAnimations().filter((a) => a.playState === 'running').length"
        assert ann.page.evaluate(moving) == 0
        ann.page.keyboard.press("Escape")

    def force() -> None:
        ann.page.emulate_media(forced_colors="active")
        ann.page.set_viewport_size(DESKTOP)
        line = "(element) => getComputedStyle(element).outlineStyle"
        assert ann.page.locator(".room[aria-current=page]").evaluate(line) == "solid"
        ann.page.locator("#me").click()
        for pressed, style in (("true", "solid"), ("false", "none")):
            choice = ann.page.locator(f"[data-choice][aria-pressed={pressed}]").first
            assert choice.evaluate(line) == style

    await ann.do(zoom)
    await ann.do(rest)
    await ann.do(force)
