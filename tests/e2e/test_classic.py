"""
The face for browsers of 2010, in one of 2011.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from pytest_twisted import async_fixture

from tests.e2e.chromium import Chromium
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

NOTICE = 'return document.getElementById("notice").textContent;'
TRY_NOW = """
    var button = document.getElementById("notice-button");
    if (button.offsetWidth > 0) { button.click(); }
    return document.getElementById("notice").textContent;
"""
ADDRESS = "return location.href;"
REFUSAL = 'return document.getElementById("refusal").textContent;'
SUGGESTED = 'return document.getElementById("name").value;'
MEMBERS = 'return document.getElementById("members").textContent;'
TOPIC = 'return document.getElementById("topic").textContent;'
# The WebKit of 2011 spoils what is not ASCII, unless it is escaped, as in a link.
GO = "location.hash = encodeURIComponent(arguments[0]);"


@async_fixture()  # type: ignore[untyped-decorator]
async def tv(cable: Proxy, kiosk: ClassicPage) -> ClassicPage:
    """A television, before the classic page's door."""
    await kiosk.open(f"http://127.0.0.1:{cable.port}/classic")
    return kiosk


@story
async def test_front_page_sends_old_browsers_here(server: Server, kiosk: ClassicPage) -> None:
    """Who opens the site with a browser that cannot show it lands here, in the same room."""
    await kiosk.open(server.url("#tea"))

    await until(lambda: kiosk.script(ADDRESS), lambda seen: seen == server.url("classic#tea"))


@story
async def test_taken_name_gets_a_suggestion(server: Server, tv: ClassicPage) -> None:
    """Who asks for a name that somebody has is offered another, and gets in with it."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)

    await tv.give_name("Bob")

    await until(lambda: tv.script(REFUSAL), lambda said: said.startswith("Somebody has this name."))
    suggested = await tv.script(SUGGESTED)
    await tv.enter(suggested)
    await tv.say("thank you")
    await bob.hears([(suggested, "thank you")])


@story
async def test_nothing_is_lost_while_the_cable_is_out(
    server: Server, cable: Proxy, tv: ClassicPage
) -> None:
    """What was said on both sides of a lost connection arrives once, in order."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    await tv.enter("tv")
    await tv.say("before")
    await bob.hears([("tv", "before")])

    await cable.cut()
    await until(lambda: tv.script(NOTICE), lambda said: "The connection was lost" in said)
    await tv.say("from the dark")
    await bob.say("can you hear me?")
    await cable.start()

    said = [("tv", "before"), ("bob", "can you hear me?"), ("tv", "from the dark")]
    await bob.hears(said)
    await tv.hears(said)


@pytest.mark.parametrize("server", [["--ephemeral"]], indirect=True)
@story
async def test_server_restarts_and_the_page_comes_back(server: Server, tv: ClassicPage) -> None:
    """A new life of the room, without its history, is entered by itself under the same name."""
    await tv.enter("tv")
    await tv.say("the old days")
    await tv.hears([("tv", "the old days")])

    await server.stop()
    await server.start()
    await until(lambda: tv.script(TRY_NOW), lambda said: "Some messages may have been" in said)
    await tv.say("a new day")

    await tv.hears([("tv", "a new day")])


@story
async def test_topic_and_people_are_seen_as_they_change(server: Server, tv: ClassicPage) -> None:
    """The page follows who is here and what the room is about, and moves with the address."""
    await tv.enter("tv")
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)

    await bob.ask(type="set", room="lobby", values={"topic": "天气 ☔"})
    await until(lambda: tv.script(TOPIC), lambda topic: topic == "天气 ☔")
    await until(lambda: tv.script(MEMBERS), lambda people: "bob" in people)
    await bob.ask(type="rename", name="BOB")
    await until(lambda: tv.script(MEMBERS), lambda people: "BOB" in people)

    await bob.ask(type="join", room="茶馆")
    await tv.script(GO, "茶馆")
    await tv.hears([])
    await bob.ask(type="say", room="茶馆", text="进来坐")
    await tv.hears([("BOB", "进来坐")])


@story
async def test_page_satisfies_a_browser_of_today(chromium: Chromium, server: Server) -> None:
    """The CSP refuses nothing of the page, and axe finds nothing wrong with it."""
    ann = await chromium.open(server.url("classic"))
    field = ann.page.locator("#name")

    at_the_door = await ann.do(Axe().run, ann.page)
    await ann.do(field.fill, "ann")
    await ann.do(field.press, "Enter")
    await ann.do(ann.page.locator("#members li").wait_for)
    inside = await ann.do(Axe().run, ann.page)

    for seen in (at_the_door, inside):
        assert seen.violations_count == 0, seen.generate_report()
    assert ann.complaints == []
