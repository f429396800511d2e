"""
Nothing that axe-core finds: in each state of the page, theme and language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.chromium import Chromium
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker

PHONE: Final[ViewportSize] = {"width": 390, "height": 780}
#: What people say, so that everything that a message can be stands in the log.
TEXTS: Final = (
    "Morning! The new build is up: https://ci.example.org/run/812",
    "```\nlocation / { proxy_pass http://127.0.0.1:9108; } # this has to be scrolled\n```",
    "**bold** and *italic*, `code`\n> a quote\n- a list",
    "@Ann can you check?",
    "🎉",
)


def findings(page: Page) -> list[str]:
    """
    Return what axe-core finds: which rule, where.
    """
    # What fades in is judged when it is there.
    page.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished))")
    response = Axe().run(page).response
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in response["violations"]
        for node in violation["nodes"]
    ]


async def history(server: Server) -> None:
    """
    Let Bo say all there is to say, and react to it.
    """
    bo = AutobahnTalker("Bo")
    await bo.enter(server.port)
    for text in TEXTS:
        said = await bo.ask(type="say", room="lobby", text=text)
    await bo.ask(type="react", room="lobby", target=said["seq"], emoji="👍", on=True)
    await bo.ask(type="say", room="lobby", text="indeed", reply_to=said["seq"])


def press(page: Page, keys: str) -> None:
    """Press *keys* in the composer; wait for the dialog that opens."""
    page.locator("#text").focus()
    page.keyboard.press(keys)
    page.locator("dialog[open]").wait_for()


def click(page: Page, selector: str) -> None:
    """Click; wait for the dialog that opens."""
    page.locator(selector).click()
    page.locator("dialog[open]").wait_for()


def search(page: Page) -> None:
    """Find something."""
    click(page, "#search-button")
    page.locator("#search-text").fill("build")
    page.locator(".hit").first.wait_for()


def acts(page: Page) -> None:
    """Open the menu of a message."""
    page.locator(".msg").last.focus()
    page.keyboard.press("Enter")
    page.locator("#actions").wait_for()


def complete(page: Page) -> None:
    """Begin a name."""
    page.locator("#text").press_sequentially("@b")
    page.get_by_role("listbox").wait_for()


def drawer(page: Page) -> None:
    """Open the rooms on a phone."""
    page.set_viewport_size(PHONE)
    page.locator("#rooms-toggle").click()
    expect(page.locator("#rooms")).to_be_visible()


#: What can be looked at in a room, and how one gets there.
STATES: Final[Mapping[str, Callable[[Page], None]]] = {
    "lobby": lambda page: page.locator(".msg").last.focus(),
    "search": search,
    "share": lambda page: click(page, "#share-button"),
    "settings": lambda page: click(page, "#me"),
    "switcher": lambda page: press(page, "Control+k"),
    "keys": lambda page: press(page, "Control+/"),
    "actions": acts,
    "completion": complete,
    "drawer": drawer,
}


# Colours depend on the scheme, names on the language, neither on the other.
@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("zh-CN", "dark")])
@story
async def test_line_24_axe_finds_nothing(
    chromium: Chromium, server: Server, locale: str, scheme: Literal["light", "dark"]
) -> None:
    """
    Line 24: at the door, in the room with its history, in every dialog, and where a
    room cannot be opened.
    """
    await history(server)
    ann = await chromium.open(server.url(), locale=locale, color_scheme=scheme)
    found: dict[str, list[str]] = {"door": await ann.do(findings, ann.page)}

    def enter() -> None:
        ann.page.locator("#name").fill("Ann")
        ann.page.locator("#name").press("Enter")
        expect(ann.page.locator(".msg")).to_have_count(len(TEXTS) + 1)
        expect(ann.page.locator("#search-button")).to_be_visible()

    def visit(state: str) -> list[str]:
        STATES[state](ann.page)
        seen = findings(ann.page)
        ann.page.keyboard.press("Escape")
        ann.page.locator("#text").fill("")
        return seen

    def refused() -> list[str]:
        ann.page.goto(server.url("#no%20room"))
        ann.page.locator("#refused").wait_for()
        return findings(ann.page)

    await ann.do(enter)
    for state in STATES:
        found[state] = await ann.do(visit, state)
    found["refused"] = await ann.do(refused)

    assert {state: seen for state, seen in found.items() if seen} == {}
    assert ann.complaints == []
