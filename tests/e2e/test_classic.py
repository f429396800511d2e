"""
The face for browsers of 2010, in one of 2011.
"""

from __future__ import annotations

import json
from functools import partial

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
FIELD = 'return document.getElementById("text").value;'
TITLE = "return document.title;"
COUNTER = (
    'var it = document.getElementById("counter"); return it.offsetWidth > 0 ? it.textContent : "";'
)
HELP = 'var it = document.getElementById("help"); return it.offsetWidth > 0 ? it.textContent : "";'
FRESH = """
    var line = document.querySelector("#entries .new"), row = line && line.nextSibling;
    return row && row.querySelector("p").textContent;
"""
LOOK_AWAY = "window.onblur();"
LOOK_BACK = "window.onfocus();"
RELOAD = "location.reload();"
WRITE = """
    document.getElementById("text").value = arguments[0];
    document.getElementById("text").oninput();
"""
# As a keyboard does, and as an input method does that ends with Enter.
ENTER = """
    function press(code) {
        var event = document.createEvent("Event");
        event.initEvent("keydown", true, true);
        event.keyCode = code;
        document.getElementById("text").dispatchEvent(event);
        return event.defaultPrevented;
    }
    return [press(229), press(13)];
"""
REMEMBERED = 'return localStorage.getItem("chatroom classic /");'
QUOTE = 'return document.querySelector("#entries .quote").textContent;'
REACTIONS = 'return document.querySelector("#entries .reactions").textContent.replace(/ $/, "");'
NAMED = 'return document.querySelector("#entries .named p:not(.quote)").textContent;'
# The WebKit of 2011 spoils what is not ASCII, unless it is escaped, as in a link.
GO = "location.hash = encodeURIComponent(arguments[0]);"


@async_fixture()  # type: ignore[untyped-decorator]
async def tv(cable: Proxy, kiosk: ClassicPage) -> ClassicPage:
    """A television, before the classic page's door."""
    await kiosk.open(f"http://127.0.0.1:{cable.port}/classic")
    return kiosk


def mentions(reason: str, said: str) -> bool:
    """Whether *said* gives *reason*."""
    return reason in said


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
async def test_commands_do_what_they_say(server: Server, tv: ClassicPage) -> None:
    """/me, /topic, /nick, /join, /leave and /help, as on the page of today."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    await tv.enter("tv")

    await tv.say("/me waves")
    event = await bob.told_of("message")
    assert (event["text"], event["kind"]) == ("waves", "action")
    await tv.say("/topic Tea,\nand only tea")
    await until(lambda: tv.script(TOPIC), lambda topic: topic == "Tea, and only tea")
    await tv.say("/nick TV")
    await until(lambda: tv.script(MEMBERS), lambda people: "TV" in people)
    await tv.say("/help")
    await until(lambda: tv.script(HELP), lambda said: "/leave" in said and "//" in said)
    await tv.say("/join #tea")
    await until(lambda: tv.script(ADDRESS), lambda seen: seen.endswith("#tea"))
    await tv.hears([])
    await until(lambda: tv.script(MEMBERS), lambda people: "TV" in people)
    await tv.say("/leave")
    await until(lambda: tv.script(ADDRESS), lambda seen: seen.endswith("#lobby"))
    await tv.say("//me waves")
    await bob.hears([("tv", "waves"), ("TV", "/me waves")])


@story
async def test_what_is_no_command_is_an_error_and_nothing_is_lost(
    server: Server, tv: ClassicPage
) -> None:
    """What cannot be done says why, and stays in the field."""
    await AutobahnTalker("bob").enter(server.port)
    await tv.enter("tv")

    for written, reason in (
        ("/usr/bin", "There is no command /usr/bin."),
        ("/constructor x", "There is no command"),
        ("/nick", "For example: /nick Ann"),
        ("/join #", "For example: /join tea"),
        ("/nick bob", "Somebody has this name. How about"),
        ("/leave", "The lobby is always there"),
        ("/leave nowhere", "You are not in this room."),
        ("/topic " + "x" * 251, "That is too long."),
    ):
        await tv.say(written)
        await until(partial(tv.script, NOTICE), partial(mentions, reason))
        assert await tv.script(FIELD) == written
    await tv.hears([])


@story
async def test_drafts_and_the_counter(tv: ClassicPage) -> None:
    """A draft per room survives a reload; what is over the limit is counted, not sent, not cut."""
    await tv.enter("tv")
    await tv.script(WRITE, "milk or lemon?")
    await tv.script(GO, "tea")
    await until(lambda: tv.script(FIELD), lambda text: text == "")
    await tv.script(RELOAD)
    await until(lambda: tv.script(ADDRESS), lambda seen: seen.endswith("#tea"))
    await tv.script(GO, "lobby")
    await until(lambda: tv.script(FIELD), lambda text: text == "milk or lemon?")

    await tv.script(WRITE, "x" * 3801)
    assert await tv.script(COUNTER) == "199 characters left"
    await tv.script(WRITE, "x" * 4001)
    assert await tv.script(COUNTER) == "1 character too many"
    await tv.say("x" * 4001)
    assert await tv.script(FIELD) == "x" * 4001
    await tv.say("x" * 4000)
    await tv.hears([("tv", "x" * 4000)])
    assert await tv.script(COUNTER) == ""


@story
async def test_lines_and_input_methods(tv: ClassicPage) -> None:
    """Enter sends, with the lines that were pasted; the Enter of an input method does not."""
    await tv.enter("tv")
    await tv.script(WRITE, "one\ntwo")

    assert await tv.script(ENTER) == [False, True]

    await tv.hears([("tv", "one\ntwo")])


@story
async def test_what_was_not_seen_is_counted_and_marked(server: Server, tv: ClassicPage) -> None:
    """While nobody looks the title counts, and a line shows where it began."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    await tv.enter("tv")
    await bob.say("seen")
    await tv.hears([("bob", "seen")])
    assert await tv.script(TITLE) == "# lobby · Chatroom"

    await tv.script(LOOK_AWAY)
    for text in ("not seen", "nor this"):
        await bob.say(text)
    await until(lambda: tv.script(TITLE), lambda title: title == "(2) # lobby · Chatroom")
    assert await tv.script(FRESH) == "not seen"
    await tv.script(LOOK_BACK)
    assert await tv.script(TITLE) == "# lobby · Chatroom"
    assert await tv.script(FRESH) == "not seen"
    await tv.script(LOOK_AWAY)
    assert await tv.script(FRESH) is None
    await bob.say("and this")
    await until(lambda: tv.script(TITLE), lambda title: title.startswith("(1)"))
    assert await tv.script(FRESH) == "and this"


@story
async def test_read_marks_follow_to_other_devices(server: Server, tv: ClassicPage) -> None:
    """What is read here is read on my other devices, and what is read there is read here."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    await tv.enter("tv")
    token = json.loads(await tv.script(REMEMBERED))["token"]
    phone = AutobahnTalker("tv")
    await phone.come(server.port)
    await phone.ask(type="hello", token=token)
    await phone.ask(type="join", room="lobby")

    await bob.say("hello")
    assert (await phone.told_of("read"))["seq"] == 1
    await tv.script(LOOK_AWAY)
    await bob.say("are you there?")
    await until(lambda: tv.script(TITLE), lambda title: title.startswith("(1)"))
    await phone.ask(type="read", room="lobby", seq=2)
    await until(lambda: tv.script(TITLE), lambda title: title == "# lobby · Chatroom")
    await bob.say("I was here")
    await until(lambda: tv.script(TITLE), lambda title: title.startswith("(1)"))

    await tv.script(RELOAD)

    await until(lambda: tv.script(TITLE), lambda title: title == "# lobby · Chatroom")
    await until(lambda: tv.script(FRESH), lambda text: text == "I was here")


@story
async def test_quotes_changes_reactions_and_mentions_are_seen(
    server: Server, tv: ClassicPage
) -> None:
    """A reply shows what it answers, and what is edited, deleted, reacted to or mine is marked."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    await tv.enter("tv")
    first = await bob.ask(type="say", room="lobby", text="frist")
    await bob.ask(type="say", room="lobby", text="@tv look", reply_to=first["seq"])
    second = await bob.ask(type="say", room="lobby", text="gone soon")
    await bob.ask(type="react", room="lobby", target=first["seq"], emoji="❤", on=True)
    await bob.ask(type="edit", room="lobby", target=first["seq"], text="first")
    await bob.ask(type="delete", room="lobby", target=second["seq"])

    said = [("bob", "first edited"), ("bob", "@tv look"), ("bob", "message deleted")]
    await tv.hears(said)
    for sight, wanted in (
        (QUOTE, "bob: first"),
        (REACTIONS, "❤ 1"),
        (NAMED, "@tv look"),
    ):
        assert await tv.script(sight) == wanted


@story
async def test_page_speaks_chinese(chromium: Chromium, server: Server) -> None:
    """
    To a browser that prefers it the page is in Chinese, commands and all; who would rather
    read the other language switches, and it stays so.
    """
    mei = await chromium.open(server.url("classic#tea"), locale="zh-CN")
    field = mei.page.locator("#text")
    await mei.do(mei.page.get_by_role("link", name="English").click)
    await mei.do(mei.page.get_by_role("button", name="Enter the room").wait_for)
    await mei.do(mei.page.goto, server.url("classic"))
    await mei.do(mei.page.get_by_role("link", name="中文").click)
    await mei.do(mei.page.get_by_role("button", name="进入房间").wait_for)
    await mei.do(mei.page.goto, server.url("classic#tea"))
    await mei.do(mei.page.locator("#name").fill, "梅琳")
    await mei.do(mei.page.get_by_role("button", name="进入房间").click)
    await mei.do(mei.page.locator("#members li").wait_for)

    await mei.do(field.fill, "/help")
    await mei.do(field.press, "Enter")

    await mei.do(mei.page.get_by_text("改名字").wait_for)
    assert mei.complaints == []


@story
async def test_without_scripts_it_says_what_is_needed(chromium: Chromium, server: Server) -> None:
    """With JavaScript off both pages say in a kind sentence what is needed, and nothing else."""
    for path in ("", "classic"):
        ann = await chromium.open(server.url(path), java_script_enabled=False)
        shown = await ann.do(ann.page.locator("body").inner_text)

        english, chinese = filter(None, map(str.strip, shown.splitlines()))
        assert english == (
            "To talk here, please allow JavaScript for this site and load the page again."
        )
        assert "请允许本站使用 JavaScript" in chinese


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
    await ann.do(ann.page.locator("#text").fill, "/help")
    await ann.do(ann.page.locator("#text").press, "Enter")
    await ann.do(ann.page.locator("#text").fill, "/usr/bin " + "x" * 3900)
    await ann.do(ann.page.locator("#text").press, "Enter")
    await ann.do(ann.page.get_by_text("There is no command").wait_for)
    in_trouble = await ann.do(Axe().run, ann.page)

    for seen in (at_the_door, inside, in_trouble):
        assert seen.violations_count == 0, seen.generate_report()
    assert ann.complaints == []
