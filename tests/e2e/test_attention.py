"""
What is unread and who is told: in the title, by sound and on the desktop, over reconnections.
"""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

#: Writes down each notification and each note, in place of showing and playing them.
EARS: Final = """
    window.told = [];
    window.asked = 0;
    window.Notification = class {
        static permission = "default";
        static async requestPermission() {
            window.asked += 1;
            return (this.permission = "granted");
        }
        constructor(title, { body }) { window.told.push(body); }
        close() {}
    };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...args) {
        window.told.push("note");
        start.apply(this, args);
    };
"""
TOLD: Final = "() => window.told"
ONLINE: Final = "() => dispatchEvent(new Event('online'))"
SHIFT_ESCAPE: Final = "Shift+Escape"


async def hearing(chromium: Chromium, url: str, name: str) -> ModernPage:
    """Enter as *name*, with ears on."""
    page = await chromium.open("about:blank")
    await page.do(page.page.add_init_script, EARS)
    await page.do(page.page.goto, url)
    await page.enter(name)
    await page.do(expect(page.page.locator("#state")).to_have_text, "Connected")
    return page


async def to_room(page: ModernPage, name: str) -> None:
    """Go to another room, by the field below the list."""
    await page.do(page.page.locator("#room-name").fill, name)
    await page.do(page.page.locator("#room-name").press, "Enter")
    await page.do(expect(page.page.locator("#room-title")).to_have_text, name)
    await page.do(page.page.locator(f"#room-list [data-room={name}]").wait_for)


async def titled(page: ModernPage, pattern: str) -> None:
    """Wait for the page's title."""
    await page.do(expect(page.page).to_have_title, re.compile(pattern))


@story
async def test_line_18_a_banner_counts_down_and_tries_at_once(
    chromium: Chromium, cable: Proxy
) -> None:
    """After two seconds it says so, with a countdown and a button; it moves nothing (line 30)."""
    ann = await chromium.open(f"http://127.0.0.1:{cable.port}/")
    await ann.enter("Ann")
    await ann.say("before")
    row = ann.page.locator(".msg[data-state=stored]")
    await ann.do(row.wait_for)
    place = await ann.do(row.bounding_box)

    await cable.cut()
    banner = ann.page.locator("#banner")
    await ann.do(expect(banner).to_contain_text, re.compile("No connection. Next try in .* second"))
    assert await ann.do(row.bounding_box) == place
    await cable.start()
    await ann.do(ann.page.get_by_role("button", name="Try now").click)

    await ann.do(expect(banner).to_be_hidden)
    await ann.do(expect(ann.page.locator("#state")).to_have_text, "Connected")


@story
async def test_line_19_a_line_says_who_is_typing(chromium: Chromium, server: Server) -> None:
    """One, two, then several people; it moves nothing, and ends with what they say."""
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    people = [AutobahnTalker(name) for name in ("Bo", "Cy", "Di")]
    composer = ann.page.locator("#composer")
    place = await ann.do(composer.bounding_box)
    for person, said in zip(
        people,
        ("Bo.* is typing…", "Bo.* and .*Cy.* are typing…", "Several people are typing…"),
        strict=True,
    ):
        await person.enter(server.port)
        person.tell(type="typing", room="lobby")
        await ann.do(expect(ann.page.locator("#typing")).to_have_text, re.compile(said))
        assert await ann.do(composer.bounding_box) == place

    for person in people:
        await person.say("done")
    await ann.do(expect(ann.page.locator("#typing")).to_have_text, "")


@story
async def test_line_20_unread_is_in_the_title_and_the_icon(
    chromium: Chromium, server: Server
) -> None:
    """
    It is counted over all rooms; what is read in one tab is read in the others, and on
    another device of mine (line 29).
    """
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await to_room(ann, "tea")
    bob = AutobahnTalker("Bob")
    await bob.enter(server.port)
    other = ModernPage(chromium, await ann.do(ann.page.context.new_page))
    await other.do(other.page.goto, server.url("#tea"))
    # A profile of its own, which knows the same token.
    known = await ann.do(ann.page.context.storage_state)
    phone = await chromium.open(server.url("#tea"), storage_state=known)
    for page in (other, phone):
        await page.do(expect(page.page.locator("#state")).to_have_text, "Connected")
    await bob.say("one")
    await bob.say("two")

    for page in (ann, other, phone):
        await titled(page, r"^\(2\) #tea")
        icon = page.page.locator("link[rel=icon]")
        await page.do(expect(icon).to_have_attribute, "href", "icons/unread.svg")
    await ann.do(ann.page.locator("#room-list [data-room=lobby] a").click)

    for page, room in ((ann, "lobby"), (other, "tea"), (phone, "tea")):
        await titled(page, f"^#{room}")
        icon = page.page.locator("link[rel=icon]")
        await page.do(expect(icon).to_have_attribute, "href", "icons/icon.svg")


@story
async def test_line_21_a_mention_is_told_unless_its_room_is_in_view(
    chromium: Chromium, server: Server
) -> None:
    """By a sound, and on the desktop once somebody has asked for it by a click."""
    ann = await hearing(chromium, server.url(), "Ann")
    bob = AutobahnTalker("Bob")
    await bob.enter(server.port)
    await bob.say("@Ann in view")
    await ann.do(ann.page.get_by_text("in view").wait_for)
    await to_room(ann, "tea")
    await bob.say("nobody is meant")
    await bob.say("@Ann heard")
    await until(lambda: ann.do(ann.page.evaluate, TOLD), lambda told: told == ["note", "note"])
    assert await ann.do(ann.page.evaluate, "() => window.asked") == 0

    await ann.do(ann.page.locator("#me").click)
    await ann.do(ann.page.get_by_label("Play a soft sound").uncheck)
    await ann.do(ann.page.get_by_label("Show a notification on the desktop").check)
    await ann.do(ann.page.keyboard.press, "Escape")
    await bob.say("@Ann *seen*")

    await until(lambda: ann.do(ann.page.evaluate, TOLD), lambda told: told[2:] == ["@Ann seen"])
    assert ann.complaints == []


@story
async def test_line_28_back_closes_first_and_rooms_keep_their_place(
    chromium: Chromium, server: Server
) -> None:
    """A dialog goes, the room stays; each room is where it was left."""
    bob = AutobahnTalker("Bob")
    await bob.enter(server.port)
    for number in range(80):
        bob.tell(type="say", id=f"line-{number}", room="lobby", text=f"line {number}.")
    await bob.hears_many(80)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(ann.page.get_by_text("line 79.").wait_for)
    await until(lambda: ann.do(ann.page.locator(".msg").count), lambda count: count >= 48)
    await ann.do(ann.page.evaluate, "() => { document.getElementById('log').scrollTop -= 500; }")
    await ann.do(ann.page.locator("#jump").wait_for)
    row = ann.page.locator(".msg", has_text="line 55.")
    await until(lambda: ann.do(row.count), lambda count: count == 1)
    place = await ann.do(row.bounding_box)

    await to_room(ann, "tea")
    await ann.do(ann.page.locator("#me").click)
    await ann.do(expect(ann.page.locator("#settings")).to_be_visible)
    await ann.do(ann.page.go_back)
    await ann.do(expect(ann.page.locator("#settings")).to_be_hidden)
    await ann.do(expect(ann.page.locator("#room-title")).to_have_text, "tea")
    await ann.do(ann.page.go_back)

    await ann.do(expect(ann.page.locator("#room-title")).to_have_text, "lobby")
    await ann.do(row.wait_for)
    again = await ann.do(row.bounding_box)
    assert place
    assert again
    assert abs(again["y"] - place["y"]) <= 1


@story
async def test_line_29_mark_unread_and_mark_all_read(chromium: Chromium, server: Server) -> None:
    """From a message on; it stays so while it is looked at; Shift+Esc reads everything."""
    bob = AutobahnTalker("Bob")
    await bob.enter(server.port)
    for number in range(5):
        await bob.say(f"line {number}.")
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(ann.page.locator(".msg", has_text="line 3.").focus)
    await ann.do(ann.page.keyboard.press, "Enter")
    await ann.do(ann.page.get_by_role("button", name="Mark as unread from here").click)
    await titled(ann, r"^\(2\) #lobby")
    await ann.do(ann.page.locator("[data-edge=new]").wait_for)
    await bob.say("line 5.")
    await titled(ann, r"^\(3\) #lobby")
    await to_room(ann, "tea")
    await titled(ann, r"^\(3\) #tea")
    await ann.do(ann.page.reload)
    await titled(ann, r"^\([1-3]\) #tea")

    await ann.do(ann.page.keyboard.press, SHIFT_ESCAPE)

    await titled(ann, "^#tea")
    await ann.do(ann.page.locator("#room-list [data-room=lobby] a").click)
    await ann.do(ann.page.get_by_text("line 5.").wait_for)
    assert await ann.do(ann.page.locator("[data-edge=new]").count) == 0


@story
async def test_line_29_mute_a_room_and_ignore_a_person(chromium: Chromium, server: Server) -> None:
    """Both in this browser; what they said is counted in one line, and comes back."""
    ann = await hearing(chromium, server.url(), "Ann")
    bob = AutobahnTalker("Bob")
    await bob.enter(server.port)
    await bob.say("something rude")
    await ann.do(ann.page.locator(".msg").focus)
    await ann.do(ann.page.keyboard.press, "Enter")
    await ann.do(ann.page.get_by_role("button", name=re.compile("^Ignore")).click)
    ignored = ann.page.locator("[data-edge=ignored]")
    await ann.do(expect(ignored).to_have_text, "1 message of somebody you ignore")
    await ann.do(ann.page.locator("#more").click)
    await ann.do(ann.page.get_by_role("button", name=re.compile("^Mute")).click)
    await to_room(ann, "tea")
    await bob.say("@Ann hello?")
    eve = AutobahnTalker("Eve")
    await eve.enter(server.port)
    await eve.say("quiet here")

    await ann.do(ann.page.locator("#me").click)
    await ann.do(ann.page.get_by_role("button", name=re.compile("^Listen to .*Bob")).click)
    await ann.do(ann.page.keyboard.press, "Escape")
    await ann.do(ann.page.locator("#room-list [data-room=lobby] a").click)
    await ann.do(ann.page.get_by_text("something rude").wait_for)
    await ann.do(ann.page.get_by_text("quiet here").wait_for)
    assert await ann.do(ann.page.evaluate, TOLD) == []


@story
async def test_line_30_a_replay_makes_no_sound_and_no_join_line(
    chromium: Chromium, server: Server, cable: Proxy
) -> None:
    """What was missed is there and unread, told by nothing but its count."""
    ann = await hearing(chromium, f"http://127.0.0.1:{cable.port}/", "Ann")
    bob = AutobahnTalker("Bob")
    await bob.enter(server.port)
    await ann.do(expect(ann.page.locator("[data-edge=people]")).to_have_text, re.compile("Bob"))
    await to_room(ann, "tea")

    await cable.cut()
    await bob.say("@Ann are you there?")
    await cable.start()
    await ann.do(ann.page.evaluate, ONLINE)
    await titled(ann, r"^\(1\) #tea")
    await bob.say("@Ann live")

    await until(lambda: ann.do(ann.page.evaluate, TOLD), lambda told: told == ["note", "note"])
    await ann.do(ann.page.locator("#room-list [data-room=lobby] a").click)
    await ann.do(ann.page.get_by_text("are you there?").wait_for)
    assert await ann.do(ann.page.locator("[data-edge=people]").count) == 1
