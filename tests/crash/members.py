"""
Those who are in the room when it is killed: they come back, and go on where they were.
"""

from __future__ import annotations

import random
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionClosed

from tests.crash.ledger import Ledger, Told
from tests.crash.wire import Line, dialled
from tests.e2e.waiting import News

#: At most so many of a writer's commands are not answered yet.
IN_FLIGHT: Final = 8
EMOJI: Final = "👍", "❤️", "🎉", "😂", "👀", "🤖"
#: So few are always told one by one: above, a resume may become a page.
REPLAYED: Final = 200
REPLIES: Final = {"ack", "error", "joined", "history", "welcome", "pong"}

#: The room is down, or went down while one came in.
Down: Final = (ConnectError, ConnectionClosed)


class Member:
    """
    A person with one connection, who hears the room without a gap.

    Args:
        name: What they are called.
        room: The room they are in.
        ledger: Where they enter what they see.
        news: Is told when anything happens to them.
    """

    def __init__(self, name: str, room: str, ledger: Ledger, news: News) -> None:
        self.name = name
        self.room = room
        self.person = ""
        #: The number of the last entry heard.
        self.position: int | None = None
        #: The last topic heard of.
        self.topic = ""
        #: How often the room could not tell what was missed one by one.
        self.resets = 0
        self.closing: Told | None = None
        self._news = news
        self._ledger = ledger
        self._line: Line | None = None
        self._token: str | None = None
        self._here = False
        self._replies: dict[str, Deferred[Told]] = {}
        self._asked = 0

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return self._line is not None

    @property
    def present(self) -> bool:
        """Whether they hear the room."""
        return self.connected and self._here

    @property
    def settled(self) -> bool:
        """Whether all that was asked is answered."""
        return self.present

    async def arrive(self, port: int) -> None:
        """
        Come (back) into the room.

        Raises:
            ConnectError, ConnectionClosed: It is down, or went down meanwhile.
        """
        self._here, self.closing = False, None
        self._line = await dialled(port, self._told, self._gone)
        hello = {"token": self._token} if self._token else {"name": self.name, "key": self._key}
        welcome = await self.ask(type="hello", **hello)
        assert welcome["type"] == "welcome", welcome
        self.person, self._token = welcome["person"], welcome["token"]
        since = {} if self.position is None else {"since": self.position}
        epoch = {"epoch": self._ledger.epoch} if since else {}
        joined = await self.ask(type="join", room=self.room, limit=1, **since, **epoch)
        assert joined["type"] == "joined", joined

    @property
    def _key(self) -> str:
        # The first welcome may be lost with the server; the key finds it again.
        return f"{self.name:-<16}"

    async def ask(self, **command: object) -> Told:
        """Send a command that is not durable; return its reply."""
        assert self._line is not None
        self._asked += 1
        id = f"{self.name}?{self._asked}"
        self._replies[id] = Deferred()
        self._line.send({**command, "id": id})
        return await self._replies[id]

    async def hang_up(self) -> None:
        """Leave the connection, not the room."""
        if self._line is not None:
            self._line.end()
        await self._news.until(lambda: not self.connected, lambda: f"{self.name} is still there")

    def _told(self, told: Told) -> None:
        if "seq" in told and told["type"] not in REPLIES:
            if self._here:
                self._hears(told)
        elif told.get("id") in self._replies:
            if told["type"] == "joined":
                self._joins(told)
            self._replies.pop(told["id"]).callback(told)
        elif "id" in told:
            self.answered(told)
        elif told["type"] == "closing":
            self.closing = told
        self._news.tell()

    def answered(self, reply: Told) -> None:
        """A durable command is answered."""
        raise NotImplementedError

    def _joins(self, joined: Told) -> None:
        """The room's stream begins anew, where it left off or at its end."""
        self._here = True
        self._ledger.lives(joined["epoch"])
        was, now = self.position, joined["seq"]
        if joined["recovered"]:
            return
        if was is not None:
            self.resets += 1
            if now < was:
                self._ledger.complain("gone", f"{self.name} heard {was}, the room ends at {now}")
            elif now - was <= REPLAYED:
                self._ledger.complain("gone", f"{self.name} is not told {was} to {now}")
        self.position = now
        self.topic = joined["settings"]["topic"]

    def _hears(self, entry: Told) -> None:
        self._ledger.sees(entry, self.name)
        assert self.position is not None
        if entry["seq"] != self.position + 1:
            self._ledger.complain(
                "disorder", f"{self.name} hears {entry['seq']} behind {self.position}"
            )
        self.position = entry["seq"]
        if entry["type"] == "set":
            self.topic = entry["values"]["topic"]

    def _gone(self) -> None:
        self._line = None
        for reply in self._replies.values():
            reply.errback(ConnectionClosed())
        self._replies.clear()
        self._news.tell()


class Writer(Member):
    """
    Says and changes things, with eight commands on their way at a time.

    Unanswered ones are said again with their ids, before anything new. Targets
    are own messages that were acknowledged, so that a refusal is somebody's
    mistake; reactions go to anybody's.

    Args:
        dice: What decides what is said next.
    """

    def __init__(
        self, name: str, room: str, ledger: Ledger, news: News, dice: random.Random
    ) -> None:
        super().__init__(name, room, ledger, news)
        self.busy = True
        self._dice = dice
        self._waiting: dict[str, Told] = {}
        self._count = 0
        self._mine: list[int] = []
        self._others: list[int] = []

    @property
    def settled(self) -> bool:
        """Whether all that was asked is answered."""
        return super().settled and not self._waiting

    async def arrive(self, port: int) -> None:
        """Come back, say again what was not answered, and go on."""
        await super().arrive(port)
        for command in self._waiting.values():
            self._send(command)
        self._go_on()

    def answered(self, reply: Told) -> None:
        """Settle a command, and send the next."""
        command = self._waiting.get(reply["id"])
        if command is None:
            self._ledger.complain("refused", f"{self.name} is answered twice: {reply}")
        elif self._ledger.answered(reply):
            del self._waiting[reply["id"]]
            if command["type"] == "say" and "seq" in reply:
                self._mine.append(reply["seq"])
        self._go_on()

    def _hears(self, entry: Told) -> None:
        super()._hears(entry)
        if entry["type"] == "message":
            self._others = [*self._others[-20:], entry["seq"]]

    def _go_on(self) -> None:
        while self.busy and self._here and len(self._waiting) < IN_FLIGHT:
            command = self._next()
            self._waiting[command["id"]] = command
            self._ledger.asks(self.person, command)
            self._send(command)

    def _send(self, command: Told) -> None:
        if self._line is not None:
            self._line.send(command)

    def _next(self) -> Told:
        self._count += 1
        number = f"{self.name}-{self._count}"
        what = self._dice.choices(
            ["say", "reply", "react", "edit", "delete", "set"], [60, 5, 12, 12, 5, 6]
        )[0]
        command: Told = {"type": "say", "id": number, "room": self.room}
        text = f"{number} {'ä' * self._dice.randrange(80)}"
        if what == "set":
            return command | {"type": "set", "values": {"topic": f"topic of {number}"}}
        if what == "react" and self._others:
            target, emoji = self._dice.choice(self._others), self._dice.choice(EMOJI)
            on = self._dice.random() < 0.7  # more come than go
            return command | {"type": "react", "target": target, "emoji": emoji, "on": on}
        if what == "edit" and self._mine:
            target = self._dice.choice(self._mine[-50:])
            return command | {"type": "edit", "target": target, "text": text}
        if what == "delete" and self._mine:
            # Forgotten at once: what follows finds it deleted.
            target = self._mine.pop(self._dice.randrange(len(self._mine)))
            return command | {"type": "delete", "target": target}
        if what == "reply" and self._others:
            command["reply_to"] = self._dice.choice(self._others)
        return command | {"text": text}


class Reader(Member):
    """
    Only listens.
    """


class Auditor(Member):
    """
    Comes only after a restart, before the others, and reads what there is now.
    """

    def __init__(self, name: str, room: str, ledger: Ledger, news: News) -> None:
        super().__init__(name, room, ledger, news)
        #: Every entry of the room, oldest first, as replayed after some restart.
        self.log: list[Told] = []

    async def audit(self, port: int) -> None:
        """
        Read what was added since the last time, and leave.
        """
        await self.arrive(port)
        # What was missed comes right behind the reply, and this behind it all.
        await self.ask(type="ping")
        await self.hang_up()

    async def pages(self, port: int) -> list[Told]:
        """Return every message of the room, folded."""
        await self.arrive(port)
        found: list[Told] = []
        after, newer = 0, True
        while newer:
            page = await self.ask(type="history", room=self.room, after=after, limit=200)
            assert page["type"] == "history", page
            found += page["events"]
            newer = page["newer"]
            after = found[-1]["seq"] if found else 0
        await self.hang_up()
        return found

    def _hears(self, entry: Told) -> None:
        super()._hears(entry)
        self.log.append(entry)
