"""
What goes on in a room while somebody is away.
"""

from __future__ import annotations

from itertools import cycle
from typing import Final
from uuid import uuid4

from tests.e2e.wire import AutobahnTalker, Talker

#: A reply among so many messages: to one of the first, which are edited and deleted.
REPLY_EVERY: Final = 20
#: After so many messages they wait for each other.
BREATH: Final = 50


class Meanwhile:
    """
    Two people who talk in the lobby.
    """

    def __init__(self) -> None:
        self.bob = AutobahnTalker("bob")
        self.eve = AutobahnTalker("eve")

    async def enter(self, port: int) -> None:
        """Come in."""
        for talker in (self.bob, self.eve):
            await talker.enter(port)

    async def talk(self, count: int) -> None:
        """Say *count* messages, both at once, with a reply now and then."""
        heard = len(self.bob.heard), len(self.eve.heard)
        targets = cycle(said(self.bob)[:5] + said(self.eve)[:5])
        for number in range(count):
            talker = (self.bob, self.eve)[number % 2]
            target = next(targets, None) if number % REPLY_EVERY == 0 else None
            reply = {} if target is None else {"reply_to": target}
            text = f"{talker.name} says line {number} of {count}"
            talker.tell(type="say", id=uuid4().hex, room="lobby", text=text, **reply)
            if number % BREATH == 0:
                await self.bob.hears_many(heard[0] + number)
        await self.bob.hears_many(heard[0] + count)
        await self.eve.hears_many(heard[1] + count)

    async def correct(self) -> None:
        """Edit 20 messages, delete 5 and react to 20: old ones, new ones, those in quotes."""
        bobs, eves = said(self.bob), said(self.eve)
        for number in range(10):
            await react(self.bob, eves[number], "👍")
            await react(self.eve, bobs[-number - 1], "🎉")
            await react(self.bob, bobs[-number - 1], "🎉", on=number % 2 == 0)
        await react(self.eve, bobs[-1], "🎉", on=False)
        for talker, own in ((self.bob, bobs), (self.eve, eves)):
            for target in [*own[1:6], *own[-5:]]:
                text = f"{talker.name} meant *this*, not {target}"
                await settled(talker, type="edit", target=target, text=text)
        for target in (bobs[0], bobs[1], bobs[-3]):
            await settled(self.bob, type="delete", target=target)
        for target in (eves[1], eves[-2]):
            await settled(self.eve, type="delete", target=target)
        await react(self.bob, eves[-1], "❤️")


def said(talker: Talker, by: str | None = None) -> list[int]:
    """Return the numbers of what *talker* heard from themselves, or from *by*, oldest first."""
    name = by or talker.name
    return [it["seq"] for it in talker.told if it["type"] == "message" and it["name"] == name]


async def react(talker: Talker, target: int, emoji: str, *, on: bool = True) -> None:
    """Put *emoji* to a message, or take it away."""
    await settled(talker, type="react", target=target, emoji=emoji, on=on)


async def settled(talker: Talker, **command: object) -> None:
    """Say a durable *command* in the lobby, which must not be refused."""
    reply = await talker.ask(**command, room="lobby")
    assert reply["type"] == "ack", reply
