"""
Takes pictures of the page in all its states: ``make screenshots``.

A real room with people in it, seen on both pages. The README shows some of the
pictures; all are there to be looked at, one by one, by whoever changes the page.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, TypeAlias

from playwright.sync_api import Page, ViewportSize, expect
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from tests.e2e import browsers
from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import PROJECT, Server
from tests.e2e.test_moderation import owner_key
from tests.e2e.wire import AutobahnTalker

IMAGES: Final = PROJECT / "docs/images"
#: Those that the README does not show.
MORE: Final = PROJECT / ".cache/screenshots"
DESKTOP: Final[ViewportSize] = {"width": 1180, "height": 760}
PHONE: Final[ViewportSize] = {"width": 390, "height": 780}
Scheme: TypeAlias = Literal["light", "dark"]

PROXY_RULE: Final = """It answers on one port now, so the proxy rule is a single line:
```
location / { proxy_pass http://127.0.0.1:9108; }
```"""


class Cast:
    """
    The people in the picture.

    Args:
        port: Where their room is.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.jonas = AutobahnTalker("Jonas")
        self.mei = AutobahnTalker("梅琳")
        self.ravi = AutobahnTalker("Ravi K")
        self.sofia = AutobahnTalker("Sofia")

    async def enter(self, key: str) -> None:
        """Come in, as owner by *key*, moderator and members, and say what the room is about."""
        for person in (self.jonas, self.mei, self.ravi, self.sofia):
            await person.enter(self._port)
        for room in ("twisted", "新手上路"):
            await self.sofia.ask(type="join", room=room)
        await self.jonas.ask(type="claim", key=key)
        await self.make(self.mei.name, "moderator", room="lobby")
        topic = {"topic": "Say hello, ask anything. Slides go up tonight."}
        await self.jonas.ask(type="set", room="lobby", values=topic)

    async def make(self, name: str, role: str, **where: str) -> None:
        """Have Jonas give somebody a role, in a room or everywhere."""
        here = await self.jonas.ask(type="who", room="lobby", prefix=name)
        target = here["members"][0]["person"]
        await self.jonas.ask(type="role", target=target, role=role, **where)

    async def greet(self) -> None:
        """Talk, as people do in the morning."""
        await self.jonas.say("Morning! The new build is up: https://ci.example.org/run/812")
        rule = await self.jonas.ask(type="say", room="lobby", text=PROXY_RULE)
        # These emoji are as old as the old browser, whose fonts have them, too.
        answer = await self.mei.ask(
            type="say",
            room="lobby",
            text="太好了,电视上的老浏览器也能连上 😊 试过 `--room` 了吗?",
            reply_to=rule["seq"],
        )
        for person, emoji in (
            (self.jonas, "❤️"),
            (self.sofia, "❤️"),
            (self.ravi, "❤️"),
            (self.sofia, "☕"),
        ):
            await person.ask(type="react", room="lobby", target=answer["seq"], emoji=emoji, on=True)
        await self.ravi.say(
            "@ann can you check the history limit before we open the room to the class?"
        )

    async def go_on(self) -> None:
        """Talk elsewhere, and begin to type."""
        for number in range(1, 4):
            await self.sofia.ask(type="say", room="新手上路", text=f"第 {number} 课")
        await self.sofia.ask(type="say", room="twisted", text="@ann a Deferred is a promise")
        for person in (self.ravi, self.mei):
            await person.ask(type="ping")
            person.tell(type="typing", room="lobby")


class Album:
    """
    Pictures of one page, in the sizes and colours that are asked for.

    Args:
        page: What is seen.
    """

    def __init__(self, page: ModernPage) -> None:
        self._page = page

    async def take(
        self, name: str, size: ViewportSize, scheme: Scheme = "light", folder: Path = MORE
    ) -> None:
        """Write the page as it is, so large and in the colours of *scheme*, to *name*."""
        await self._page.do(self._take, folder / f"{name}.png", size, scheme)

    async def both(self, name: str, scheme: Scheme = "light") -> None:
        """Take it on a desktop and on a phone."""
        await self.take(name, DESKTOP, scheme)
        await self.take(f"{name}-phone", PHONE, scheme)

    def _take(self, path: Path, size: ViewportSize, scheme: Scheme) -> None:
        page = self._page.page
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        # What is laid out anew is drawn with the second frame.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        page.screenshot(path=path, animations="disabled")


async def settle(page: ModernPage, server: Server, room: str) -> None:
    """
    Open *room*, and wait until it is there.
    """
    await page.do(page.page.goto, server.url(f"#{room}"))
    await page.do(page.page.locator("#room-title", has_text=room).wait_for)


async def doors(server: Server, chromium: Chromium) -> None:
    """
    Take the first visit, and a name that somebody has.
    """
    for language, locale in (("en", "en-GB"), ("zh", "zh-CN")):
        new = await chromium.open(server.url(), locale=locale)
        album = Album(new)
        await album.both(f"door-{language}")
        await album.take(f"door-{language}-dark", DESKTOP, "dark")
    await new.do(new.page.locator("#name").fill, "Jonas")
    await new.do(new.page.locator("#name").press, "Enter")
    await new.do(new.page.locator("#door-suggest").wait_for)
    await album.take("door-taken-phone", PHONE)


async def rooms(ann: ModernPage) -> None:
    """
    Take the lobby in both themes, sizes, languages and directions.
    """
    album = Album(ann)
    await album.take("room", DESKTOP, folder=IMAGES)
    await album.take("room-dark", DESKTOP, "dark")
    await album.take("room-phone", PHONE, "dark", folder=IMAGES)
    await album.take("room-phone-light", PHONE)
    await album.take("room-320", {"width": 320, "height": 568})
    await album.take("room-tablet", {"width": 820, "height": 1100})

    def drawer(name: str) -> None:
        ann.page.locator(f"#{name}-toggle").dispatch_event("click")
        expect(ann.page.locator(f"#{name}")).to_be_visible()

    def back() -> None:
        ann.page.keyboard.press("Escape")
        expect(ann.page.locator("html")).not_to_have_attribute("data-over", re.compile(""))

    def turn(direction: str) -> None:
        ann.page.evaluate("(dir) => { document.documentElement.dir = dir }", direction)

    def speak(language: str) -> None:
        ann.page.locator("#me").dispatch_event("click")
        ann.page.locator(f"#settings-language [data-language={language}]").click()
        ann.page.keyboard.press("Escape")

    await ann.do(ann.page.set_viewport_size, PHONE)
    for panel in ("rooms", "members"):
        await ann.do(drawer, panel)
        await album.take(f"drawer-{panel}-phone", PHONE)
        await ann.do(back)
    await ann.do(turn, "rtl")
    await album.both("room-rtl")
    await ann.do(drawer, "rooms")
    await album.take("drawer-rtl-phone", PHONE, "dark")
    await ann.do(back)
    await ann.do(turn, "ltr")
    await ann.do(ann.page.set_viewport_size, DESKTOP)
    await ann.do(speak, "zh-CN")
    await album.both("room-zh")
    await album.take("room-zh", DESKTOP, "dark", folder=IMAGES)
    await ann.do(ann.page.set_viewport_size, DESKTOP)
    await ann.do(speak, "en")


async def dialogs(ann: ModernPage) -> None:
    """
    Take everything that opens over the room.
    """
    album = Album(ann)

    def search() -> None:
        ann.page.locator("#search-button").click()
        ann.page.locator("#search-text").fill("the")
        ann.page.locator(".hit").first.wait_for()

    def nothing() -> None:
        ann.page.locator("#search-text").fill("zeppelin")
        expect(ann.page.locator("#search-status")).to_contain_text("Nothing found")

    def opened(selector: str) -> None:
        ann.page.locator(selector).dispatch_event("click")
        ann.page.get_by_role("dialog").wait_for()

    def pressed(keys: str) -> None:
        ann.page.locator("#text").focus()
        ann.page.keyboard.press(keys)
        ann.page.get_by_role("dialog").wait_for()

    def over() -> None:
        ann.page.keyboard.press("Escape")
        expect(ann.page.get_by_role("dialog")).to_have_count(0)

    await ann.do(ann.page.set_viewport_size, DESKTOP)
    await ann.do(search)
    await album.both("search")
    await album.take("search-dark", DESKTOP, "dark")
    await ann.do(nothing)
    await album.take("search-none", DESKTOP)
    await ann.do(over)
    for name, selector in (("share", "#share-button"), ("settings", "#me"), ("menu", "#more")):
        await ann.do(opened, selector)
        await album.both(name)
        await album.take(f"{name}-dark", DESKTOP, "dark")
        await ann.do(over)
    await ann.do(ann.page.set_viewport_size, DESKTOP)
    for name, keys in (("switcher", "Control+k"), ("keys", "Control+/")):
        await ann.do(pressed, keys)
        await album.both(name)
        await ann.do(over)


async def menus(ann: ModernPage) -> None:
    """
    Take what opens beside a message and above the composer.
    """
    album = Album(ann)

    def acts() -> None:
        ann.page.locator(".msg").last.focus()
        ann.page.keyboard.press("Enter")
        ann.page.locator("#actions").wait_for()

    def typed(text: str) -> None:
        ann.page.locator("#text").fill("")
        ann.page.locator("#text").press_sequentially(text)
        ann.page.get_by_role("listbox").wait_for()

    def over() -> None:
        ann.page.keyboard.press("Escape")
        expect(ann.page.get_by_role("dialog")).to_have_count(0)

    await ann.do(ann.page.set_viewport_size, DESKTOP)
    await ann.do(acts)
    await album.both("actions")
    await ann.do(over)
    for name, text in (("people", "@"), ("emoji", ":smi"), ("commands", "/")):
        await ann.do(typed, text)
        await album.both(f"completion-{name}")
    await ann.do(ann.page.locator("#text").fill, "")


def choose(page: Page, name: str, what: str = "") -> None:
    """
    Open the menu on *name*, and choose *what* in it, if that is to be seen.
    """
    page.set_viewport_size(DESKTOP)
    page.locator("#member-list").get_by_role("button", name=name).click()
    if what:
        page.locator(f'[data-act="person.{what}"]').click()
    page.locator("#act" if what else "#person").wait_for()


def do(page: Page, reason: str = "") -> None:
    """
    Do what is asked about.
    """
    if reason:
        page.locator("#act-reason").fill(reason)
    page.locator("#act").get_by_role("button").last.click()
    page.locator("#act").wait_for(state="hidden")


def tell(page: Page, text: str) -> None:
    """
    Say *text*, whatever the composer is called.
    """
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def choose_in_menu(page: Page, item: str) -> None:
    """
    Open the room's menu, and what *item* in it opens.
    """
    page.set_viewport_size(DESKTOP)
    page.locator("#more").click()
    page.locator(item).click()
    page.locator("dialog[open]").wait_for()


def close(page: Page) -> None:
    """
    Close the dialog that is open.
    """
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


async def moderators(page: ModernPage, name: str, language: str) -> None:
    """
    Take what opens for moderators: about *name*, and about the room.
    """
    album = Album(page)
    for what in ("", "mute", "kick", "purge", "ban"):
        await page.do(choose, page.page, name, what)
        await album.both(f"order-{what or 'person'}-{language}")
        await album.take(f"order-{what or 'person'}-{language}-dark", DESKTOP, "dark")
        await page.do(close, page.page)
    for item in ("order", "modlog"):
        await page.do(choose_in_menu, page.page, f"#menu-{item}")
        await album.both(f"order-{item}-{language}")
        await album.take(f"order-{item}-{language}-dark", DESKTOP, "dark")
        await page.do(close, page.page)


async def others(one: ModernPage, other: ModernPage, name: str, language: str) -> None:
    """
    Take what holds, as *one* who keeps order and *other*, called *name*, see it.
    """
    album = Album(other)
    await one.do(one.page.set_viewport_size, DESKTOP)
    for command in ("/lock", "/slow 300"):
        await one.do(tell, one.page, command)
    await one.do(expect(one.page.locator("#rules")).to_contain_text, "·")
    await Album(one).both(f"order-rules-{language}")
    await other.do(tell, other.page, "And another thing")
    await album.both(f"order-slow-{language}")
    await one.do(choose, one.page, name, "mute")
    await one.do(do, one.page, "Cool down, please")
    await other.do(other.page.locator(".composer.silent").wait_for)
    await album.both(f"order-muted-{language}")
    await album.take(f"order-muted-{language}-dark", DESKTOP, "dark")
    for command in ("/unlock", "/slow"):
        await one.do(one.page.set_viewport_size, DESKTOP)
        await one.do(tell, one.page, command)
    for what in ("kick", "ban"):
        await one.do(choose, one.page, name, what)
        await one.do(do, one.page, "Nobody here buys coins")
        await other.do(other.page.locator("#refused-words").wait_for)
        await album.both(f"order-{what}-there-{language}")
        await album.take(f"order-{what}-there-{language}-dark", DESKTOP, "dark")
        await other.do(other.page.locator("#refused-again").click)
        if what == "kick":
            await other.do(other.page.locator(".msg").first.wait_for)


async def order(server: Server, chromium: Chromium, cast: Cast) -> None:
    """
    Take what keeps order in a room, in both languages.
    """
    first = await chromium.open(server.url())
    await first.enter("Ines")
    await cast.make("Ines", "owner")
    await first.do(expect(first.page.locator("#member-list")).to_contain_text, "you · owner")
    second = await chromium.open(server.url(), locale="zh-CN")
    await second.do(second.page.locator("#name").fill, "小雨")
    await second.do(second.page.locator("#name").press, "Enter")
    # Who is an owner, too, sees the same in Chinese.
    await first.do(choose, first.page, "小雨", "role.owner")
    await first.do(do, first.page)
    for one, language, locale in ((first, "en", "en-GB"), (second, "zh", "zh-CN")):
        name = f"Max {language}"
        other = await chromium.open(server.url(), locale=locale)
        await other.do(other.page.locator("#name").fill, name)
        await other.do(other.page.locator("#name").press, "Enter")
        await other.do(tell, other.page, "Buy my coins at https://coins.example !!!")
        await moderators(one, name, language)
        await others(one, other, name, language)


async def corners(server: Server, chromium: Chromium) -> None:
    """
    Take what is rare: long names, an empty room, a room that cannot be, no connection.
    """
    long = await chromium.open(
        server.url("#Donaudampfschifffahrtsgesellschaftskapitaenskajuetentuerschlues")
    )
    await long.enter("Wolfeschlegelsteinhausenbergerdo")
    await long.say("Averyveryverylongwordwithoutanyspaceinit" * 6)
    await long.say("https://example.org/a/very/long/path/" + "that-goes-on-and-on/" * 8)
    await long.say("```\n" + "a line of code that does not fit into the column " * 4 + "\n```")
    await Album(long).both("long-names")

    empty = await chromium.open(server.url("#tea"))
    await empty.enter("Mia")
    await empty.do(empty.page.locator("#empty").wait_for)
    await Album(empty).both("empty")
    await empty.do(empty.page.goto, server.url("#no%20room"))
    await empty.do(empty.page.locator("#refused").wait_for)
    await Album(empty).both("refused")

    cable = Proxy(server.port)
    await cable.start()
    away = await chromium.open(f"http://127.0.0.1:{cable.port}/")
    await away.enter("Noor")
    await away.do(away.page.locator(".msg").first.wait_for)
    await cable.cut()
    await away.say("Is the train late again?")
    await away.say("I will write anyway; it goes out when there is a network.")
    await away.do(away.page.locator("#banner").wait_for)
    await Album(away).both("offline")
    await Album(away).take("offline-dark", DESKTOP, "dark")


async def take(server: Server, chromium: Chromium, tv: ClassicPage) -> None:
    """
    Let people talk, and take all pictures.
    """
    cast = Cast(server.port)
    await cast.enter(await owner_key(server))
    ann = await chromium.open(server.url("#twisted"))
    await ann.enter("ann")
    for room in ("新手上路", "lobby"):
        await settle(ann, server, room)
    await cast.greet()
    await ann.say("On it. Every message is kept; `--retain 30d` drops older ones.")
    await tv.open(server.url("classic"))
    await tv.enter("living-room-tv")
    await ann.do(ann.page.locator("#members").get_by_text("living-room-tv").wait_for)
    await tv.say("Hello from 2011!")
    await ann.do(ann.page.locator("#log").get_by_text("Hello from 2011!").wait_for)
    await cast.go_on()
    await ann.do(ann.page.get_by_text("are typing").wait_for)
    await ann.do(ann.page.locator("#room-list .pill").nth(1).wait_for)

    await rooms(ann)
    await tv.screenshot(IMAGES / "classic.png")
    await dialogs(ann)
    await menus(ann)
    await doors(server, chromium)
    await order(server, chromium, cast)
    await corners(server, chromium)


async def main() -> None:
    """
    Start everything, take the pictures, end everything.
    """
    for folder in (IMAGES, MORE):
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder, "--room", "twisted", "--room", "新手上路")
        chromium = Chromium(browsers.chromium())
        tv = ClassicPage(browsers.phantomjs(), folder)
        await server.start()
        await chromium.start()
        try:
            await take(server, chromium, tv)
        finally:
            await tv.close()
            await chromium.stop()
            await server.stop()


if __name__ == "__main__":
    react(lambda _: Deferred.fromCoroutine(main()))
