"""
Takes the pictures of the README: ``make screenshots``.

A real room with people in it, seen on both pages.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, TypeAlias

from playwright.sync_api import ViewportSize
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from tests.e2e import browsers
from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.phantom import ClassicPage
from tests.e2e.server import PROJECT, Server
from tests.e2e.wire import AutobahnTalker

IMAGES: Final = PROJECT / "docs/images"
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

    async def enter(self) -> None:
        """Come in, and say what the room is about."""
        for person in (self.jonas, self.mei, self.ravi, self.sofia):
            await person.enter(self._port)
        for room in ("twisted", "新手上路"):
            await self.sofia.ask(type="join", room=room)
        topic = {"topic": "Say hello, ask anything. Slides go up tonight."}
        await self.jonas.ask(type="set", room="lobby", values=topic)

    async def greet(self) -> None:
        """Talk, as people do in the morning."""
        await self.jonas.say("Morning! The new build is up: https://ci.example.org/run/812")
        rule = await self.jonas.ask(type="say", room="lobby", text=PROXY_RULE)
        # The smiley is one of 2010: the fonts of the old browser have it too.
        answer = await self.mei.ask(
            type="say",
            room="lobby",
            text="太好了,电视上的老浏览器也能连上 😊 试过 `--room` 了吗?",
            reply_to=rule["seq"],
        )
        for person, emoji in (
            (self.jonas, "🎉"),
            (self.sofia, "🎉"),
            (self.ravi, "🎉"),
            (self.sofia, "👍"),
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


async def picture(page: ModernPage, name: str, size: ViewportSize, scheme: Scheme) -> None:
    """
    Write the page of today, so large and in the colours of *scheme*, to the image *name*.
    """
    await page.do(page.page.set_viewport_size, size)
    await page.do(page.page.emulate_media, color_scheme=scheme)
    await page.do(page.page.screenshot, path=IMAGES / name, animations="disabled")


async def take(server: Server, chromium: Chromium, tv: ClassicPage) -> None:
    """
    Let people talk, and take all pictures.
    """
    cast = Cast(server.port)
    await cast.enter()
    ann = await chromium.open(server.url("#twisted"))
    await ann.enter("ann")
    for room in ("新手上路", "lobby"):
        await ann.do(ann.page.goto, server.url(f"#{room}"))
        await ann.do(ann.page.locator("#room-title", has_text=room).wait_for)
    await cast.greet()
    await ann.say("On it. Every message is kept; `--retain 30d` drops older ones.")
    await tv.open(server.url("classic"))
    await tv.enter("living-room-tv")
    await tv.say("Hello from 2011!")
    await ann.do(ann.page.locator("#members").get_by_text("living-room-tv").wait_for)
    await cast.go_on()
    await ann.do(ann.page.get_by_text("are typing").wait_for)

    await picture(ann, "room.png", DESKTOP, "light")
    await picture(ann, "room-dark.png", DESKTOP, "dark")
    await picture(ann, "room-phone.png", PHONE, "light")
    await tv.screenshot(IMAGES / "classic.png")


async def main() -> None:
    """
    Start everything, take the pictures, end everything.
    """
    IMAGES.mkdir(parents=True, exist_ok=True)
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
