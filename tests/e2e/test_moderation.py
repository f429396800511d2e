"""
Order in the room, kept from one window and met in another.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.test_accessibility import findings
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

#: The log says where the link of the first owner is.
LINK: Final = re.compile(r"owner of this server is in (\S+)")
BEHIND_A_PROXY: Final = ["--trust-proxy", "1"]
REFUSED: Final = "#refused"


async def at(server: Server, address: str) -> str:
    """Return where the room is found by somebody whose address is *address*."""
    proxy = Proxy(server.port, client=address)
    await proxy.start()
    return f"http://127.0.0.1:{proxy.port}/"


async def owner_key(server: Server) -> str:
    """Return the key of the link that makes an owner."""
    named = await server.program.says(LINK)
    link = Path(named.group(1)).read_text("utf-8")  # noqa: ASYNC240 - it is small
    return link.partition("#owner=")[2].strip()


async def owner(chromium: Chromium, server: Server, url: str) -> ModernPage:
    """Return the page of Ann, who has become the server's owner by the link."""
    ann = await chromium.open(f"{url}#owner={await owner_key(server)}")
    await ann.enter("ann")
    await ann.do(expect(ann.page.locator("#notice-status")).to_have_text, "You are the owner now.")
    return ann


def say(page: Page, text: str) -> None:
    """Type *text* and press Enter."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def act(page: Page, name: str, what: str, reason: str = "") -> None:
    """Do *what* to *name*, by the menu on people."""
    page.locator("#member-list").get_by_role("button", name=name).click()
    page.locator(f'[data-act="person.{what}"]').click()
    page.locator("#act-reason").fill(reason)
    page.locator("#act").get_by_role("button").last.click()
    expect(page.locator("#act")).to_be_hidden()


def mute_and_unmute(ann: Page, bob: Page) -> None:
    """Muted, one reads; what was being written stays."""
    field = bob.locator("#text")
    field.fill("half a thought")
    act(ann, "bob", "mute", "calm down")
    expect(field).to_have_attribute("aria-label", re.compile("^You are muted here until"))
    expect(bob.get_by_role("log")).to_contain_text("calm down")
    field.press("Enter")
    expect(field).to_have_value("half a thought")
    say(ann, "/unmute @bob")
    expect(bob.locator("#rules")).to_be_hidden()
    field.press("Enter")
    expect(ann.locator(".msg")).to_have_count(3)


def purge(ann: Page, bob: Page) -> None:
    """What somebody said is gone for everybody."""
    act(ann, "bob", "purge")
    expect(ann.locator("#act legend")).to_have_text("Said in the last")
    for page in (ann, bob):
        expect(page.locator(".msg.gone")).to_have_count(3)


def slow(ann: Page, bob: Page) -> None:
    """One waits from message to message, in sight of how long."""
    say(ann, "/slow 3600")
    expect(bob.locator("#rules")).to_contain_text("you can write again in")
    say(bob, "and another thing")
    expect(bob.locator("#composer-problem")).to_contain_text("you can write again in")
    expect(bob.locator("#text")).to_have_value("and another thing")
    say(ann, "/slow")
    expect(bob.locator("#rules")).to_be_hidden()
    bob.locator("#text").press("Enter")
    expect(ann.locator(".msg:not(.gone)")).to_have_count(1)


def kick(ann: Page, bob: Page) -> None:
    """Sent out, one is told by whom and why, and may come back."""
    act(ann, "bob", "kick", "out for a walk")
    expect(bob.locator(REFUSED)).to_contain_text("You were sent out")
    expect(bob.locator(REFUSED)).to_contain_text("out for a walk")
    expect(bob.locator("#text")).to_be_hidden()
    bob.get_by_role("button", name="Come back in").click()
    expect(bob.locator(".msg")).to_have_count(4)


def ban(ann: Page, bob: Page) -> None:
    """Banned, one stays out: after a reload, and under another name."""
    act(ann, "bob", "ban", "enough")
    expect(bob.locator(REFUSED)).to_contain_text("You are banned")
    bob.reload()
    expect(bob.locator(REFUSED)).to_contain_text("You are banned")
    bob.locator("#me").click()
    bob.locator("#settings-name").fill("robert")
    bob.locator("#settings-name").press("Enter")
    expect(bob.locator("#me-name")).to_have_text("robert")
    bob.get_by_role("button", name="Try again").click()
    expect(bob.locator(REFUSED)).to_contain_text("You are banned")


def lock(ann: Page) -> None:
    """The room's settings lock it."""
    ann.locator("#more").click()
    ann.get_by_role("button", name="Room settings").click()
    ann.get_by_role("checkbox", name=re.compile("Locked")).check()
    ann.get_by_role("button", name="Save").click()
    expect(ann.locator("#rules")).to_contain_text("Locked")


def stands(ann: Page, bob: Page) -> None:
    """All of it still holds, and the log tells of it."""
    ann.reload()
    expect(ann.locator("#rules")).to_contain_text("Locked")
    expect(ann.locator(".msg.gone")).to_have_count(3)
    bob.reload()
    expect(bob.locator(REFUSED)).to_contain_text("You are banned")
    ann.locator("#more").click()
    ann.get_by_role("button", name="Moderation log").click()
    log = ann.get_by_role("list", name="Moderation log").get_by_role("listitem")
    expect(log.nth(2)).to_contain_text("enough")
    ann.get_by_role("button", name=re.compile("Lift the ban")).click()
    expect(log.first).to_contain_text("lifted the ban")
    ann.keyboard.press("Escape")
    say(ann, "/unlock")
    expect(ann.locator("#rules")).to_be_hidden()
    bob.get_by_role("button", name="Try again").click()
    expect(bob.locator(".msg")).to_have_count(4)


@pytest.mark.parametrize("server", [BEHIND_A_PROXY], indirect=True)
@story
async def test_line_33_order_is_kept_and_outlives_the_server(
    chromium: Chromium, server: Server
) -> None:
    """Line 33: mute, purge, slow mode, kick, ban, lock: in two windows, and over a restart."""
    here, there = await at(server, "192.0.2.1"), await at(server, "192.0.2.2")
    ann = await owner(chromium, server, here)
    bob = await chromium.open(there)
    await bob.enter("bob")
    cy = AutobahnTalker("cy")
    await cy.enter(server.port)
    assert await ann.do(ann.page.evaluate, "location.hash") == "#lobby"
    for text in ("buy my coins", "really, buy them"):
        await bob.say(text)

    for part in (mute_and_unmute, purge, slow, kick, ban):
        await ann.do(part, ann.page, bob.page)
    eve = await chromium.open(there)
    await eve.do(eve.page.locator("#name").fill, "eve")
    await eve.do(eve.page.locator("#name").press, "Enter")
    await eve.do(expect(eve.page.locator(REFUSED)).to_contain_text, "You are banned")
    await ann.do(act, ann.page, "cy", "mute")
    await ann.do(lock, ann.page)
    dan = await chromium.open(here)
    await dan.do(dan.page.locator("#name").fill, "dan")
    await dan.do(dan.page.locator("#name").press, "Enter")
    await dan.do(expect(dan.page.locator(REFUSED)).to_contain_text, "is locked")
    await server.stop()
    await server.start()

    again = AutobahnTalker("cy")
    await again.come(server.port)
    await again.ask(type="hello", token=cy.told[0]["token"])
    await again.ask(type="join", room="lobby")
    assert (await again.ask(type="say", room="lobby", text="psst"))["code"] == "muted"
    await ann.do(stands, ann.page, bob.page)


@story
async def test_line_33_a_room_with_a_key_is_entered_by_it_or_by_a_link(
    chromium: Chromium, server: Server
) -> None:
    """Line 33: who opens it is asked for the key, which an invitation carries, out of sight."""
    ann = await owner(chromium, server, server.url())
    page = ann.page

    def give_key() -> None:
        page.locator("#more").click()
        page.get_by_role("button", name="Room settings").click()
        page.get_by_role("checkbox", name=re.compile("Only with a key")).check()
        page.get_by_role("textbox", name="Key").fill("open sésame")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#order")).to_be_hidden()

    def invitation() -> str:
        page.get_by_role("button", name="Share").click()
        return page.locator("#share-link").input_value()

    def knock(bob: Page) -> None:
        bob.locator("#name").fill("bob")
        bob.locator("#name").press("Enter")
        expect(bob.locator(REFUSED)).to_contain_text("needs a key")
        key = bob.get_by_role("textbox", name="Key")
        expect(key).to_be_focused()
        for written in ("sesame", "open sésame"):
            key.fill(written)
            key.press("Enter")
            if written == "sesame":
                expect(bob.get_by_role("alert").filter(has_text="not the key")).to_be_visible()
        expect(bob.locator("#text")).to_be_visible()

    await ann.do(give_key)
    link = await ann.do(invitation)
    bob = await chromium.open(server.url())
    await bob.do(knock, bob.page)
    cy = await chromium.open(link)
    await cy.enter("cy")

    await cy.do(expect(cy.page.locator("#member-list li")).to_have_count, 3)
    assert await cy.do(cy.page.evaluate, "location.hash") == "#lobby"
    assert [*ann.complaints, *bob.complaints, *cy.complaints] == []


@story
async def test_line_24_axe_finds_nothing_where_order_is_kept(
    chromium: Chromium, server: Server
) -> None:
    """Line 24: the menu on people, what asks before an act, settings, log, and what holds."""
    await AutobahnTalker("bob").enter(server.port)
    ann = await chromium.open(f"{server.url()}#owner={await owner_key(server)}")
    page = ann.page
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[f"{state} {scheme}"] = findings(page)

    def visit() -> None:
        bob = page.locator("#member-list").get_by_role("button", name="bob")
        bob.click()
        look("person")
        page.keyboard.press("ArrowDown")
        expect(page.locator('[data-act="person.kick"]')).to_be_focused()
        page.locator('[data-act="person.ban"]').click()
        look("act")
        page.keyboard.press("Escape")
        expect(bob).to_be_focused()
        say(page, "/lock")
        for name in ("Room settings", "Moderation log"):
            page.locator("#more").click()
            page.get_by_role("button", name=name).click()
            page.get_by_role("dialog").wait_for()
            look(name)
            page.keyboard.press("Escape")
        look("room")

    await ann.enter("ann")
    await ann.do(visit)

    assert {state: seen for state, seen in found.items() if seen} == {}
    assert ann.complaints == []


@story
async def test_line_33_the_owners_link_opens_in_an_old_browser(
    server: Server, kiosk: ClassicPage
) -> None:
    """Line 33: whoever opens it there is the owner; its key leaves the address, and is used."""
    key = await owner_key(server)
    await kiosk.open(server.url(f"#owner={key}"))
    address = "return location.href;"
    await until(lambda: kiosk.script(address), lambda seen: seen == server.url("classic#lobby"))
    await kiosk.enter("tv")

    seen = 'return document.getElementById("room").innerText;'
    await until(lambda: kiosk.script(seen), lambda text: "tv is an owner now" in text)
    late = AutobahnTalker("late")
    await late.enter(server.port)
    assert (await late.ask(type="claim", key=key))["code"] == "bad_key"


@story
async def test_line_33_old_browsers_tell_of_order_too(server: Server, kiosk: ClassicPage) -> None:
    """Line 33: whoever is muted or sent out reads so, and what was written comes back."""
    ann = AutobahnTalker("ann")
    await ann.enter(server.port)
    await ann.ask(type="claim", key=await owner_key(server))
    await kiosk.open(server.url("classic"))
    await kiosk.enter("tv")
    joined = await ann.ask(type="join", room="lobby")
    [tv] = [it["person"] for it in joined["members"] if it["name"] == "tv"]
    seen = 'return document.getElementById("room").innerText;'

    await ann.ask(type="mute", room="lobby", target=tv, reason="too loud")
    await until(lambda: kiosk.script(seen), lambda text: "ann muted tv: too loud" in text)
    await kiosk.say("hello?")
    await until(lambda: kiosk.script(seen), lambda text: "You may not write here" in text)
    assert await kiosk.script('return document.getElementById("text").value;') == "hello?"
    await ann.ask(type="kick", room="lobby", target=tv)

    notice = 'return document.getElementById("notice-text").innerText;'
    await until(lambda: kiosk.script(notice), lambda text: text == "ann sent tv out")
