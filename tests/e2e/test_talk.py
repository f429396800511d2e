"""
People of all ages talk in one room.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred, gatherResults

from tests.e2e.chromium import Chromium
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker, HixieTalker, Line


class Person(Protocol):
    """Somebody who talks and listens, by whatever means."""

    async def say(self, text: str) -> None:
        """Say *text* in the room."""

    async def hears(self, lines: list[Line]) -> None:
        """Wait until exactly *lines* were said in the room."""


@story
async def test_two_talk_and_a_third_comes_late(chromium: Chromium, server: Server) -> None:
    """Two people talk; who comes later reads what they said."""
    ann = await chromium.open(server.url())
    bob = await chromium.open(server.url())
    await ann.enter("Ann")
    await bob.enter("Bob")

    await ann.say("Is anybody here?")
    await bob.hears([("Ann", "Is anybody here?")])
    await bob.say("I am!")
    said = [("Ann", "Is anybody here?"), ("Bob", "I am!")]
    await ann.hears(said)
    late = await chromium.open(server.url())
    await late.enter("Late")

    await late.hears(said)
    await bob.hears(said)
    for page in (ann, bob, late):
        assert page.complaints == []


@story
async def test_nothing_is_lost_while_the_cable_is_out(chromium: Chromium, server: Server) -> None:
    """What was said on both sides of a lost connection arrives once, in order."""
    cable = Proxy(server.port)
    await cable.start()
    ann = await chromium.open(f"http://127.0.0.1:{cable.port}/")
    bob = AutobahnTalker("bob")
    await ann.enter("ann")
    await bob.enter(server.port)
    await ann.say("before")
    await bob.hears([("ann", "before")])

    await cable.cut()
    await ann.say("from the dark")
    await bob.say("can you hear me?")
    await cable.start()

    said = [("ann", "before"), ("bob", "can you hear me?"), ("ann", "from the dark")]
    await bob.hears(said)
    await ann.hears(said)
    await cable.cut()


@story
async def test_four_dialects_talk_in_one_room(
    chromium: Chromium, server: Server, kiosk: ClassicPage
) -> None:
    """Everybody sees the same words in the same order, Chinese and emoji intact."""
    today = await chromium.open(server.url())
    bot = AutobahnTalker("bot")
    tv = HixieTalker("tv", keys=True)
    old = HixieTalker("old", keys=False)
    await today.enter("Mei")
    await kiosk.open(server.url("classic"))
    await kiosk.enter("kiosk")
    for talker in (bot, tv, old):
        await talker.enter(server.port)

    everybody: list[tuple[str, Person, str]] = [
        ("Mei", today, "大家好 🎉"),
        ("kiosk", kiosk, "你好,Mei! 👨‍👩‍👧‍👦 𠮷野家"),
        ("bot", bot, "naïve café — ✓ 🤖"),
        ("tv", tv, "电视也能聊天 📺"),
        ("old", old, "and so do I 🕰️"),
    ]

    said: list[Line] = []
    for name, person, text in everybody:
        await person.say(text)
        said.append((name, text))
        # All hear it before the next one speaks, so that the order is known.
        for _, listener, _ in everybody:
            await listener.hears(said)

    # Now all at once: whatever the order is, it is one.
    await gatherResults(
        Deferred.fromCoroutine(person.say(text)) for _, person, text in 3 * everybody
    )
    await bot.hears_many(len(said) + 3 * len(everybody))
    for _, listener, _ in everybody:
        await listener.hears(bot.heard)
