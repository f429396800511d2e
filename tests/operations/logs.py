"""
A small log for an operator's commands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from msgspec import UNSET
from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from chatroom.commands import Delete, Durable, Edit, React, Say, Set, Values
from chatroom.histories.sql import SqlStore
from chatroom.log import Draft, PersonRecord, Retain

TEA = "Tea"
CAKE = "cake"


def draft(command: Durable, person: str = "ann", mentions: Sequence[str] = ()) -> Draft:
    """What *person* does."""
    room = "" if command.room is UNSET else command.room
    return Draft(command, room, person, person.title(), 1000, tuple(mentions))


def said(text: str, id: str | None = None, room: str = TEA) -> Draft:
    """A message of Ann's."""
    return draft(Say(room=room, text=text, id=UNSET if id is None else id))


#: A little of everything, in two batches; numbers 1 to 9 of the room Tea.
_TALK = [
    said("one", id="a"),
    draft(Say(room=TEA, text="two, @Ann", id="b", reply_to=1), "bob", ["ann"]),
    draft(Edit(room=TEA, target=1, text="uno")),
    draft(React(room=TEA, target=1, emoji="👍", on=True), "bob"),
    draft(React(room=TEA, target=1, emoji="👍", on=True)),
    draft(React(room=TEA, target=1, emoji="👍", on=False)),
    said("three"),
    draft(Delete(room=TEA, target=7)),
    draft(Set(room=TEA, values=Values(topic="numbers"), id="t")),
]
TALK = _TALK[:7], _TALK[7:]


class LogCase(TestCase):
    """
    Tests that need a database with a log in it, and no server.
    """

    path: Path

    @property
    def url(self) -> str:
        """Where it is."""
        return f"sqlite:///{self.path}"

    async def write(self, *batches: Sequence[Draft], retain: Retain = Retain()) -> None:
        """Put *batches* into the log, tidied up, and close it."""
        store = SqlStore(reactor, self.url, retain)
        await store.start()
        try:
            if await store.people.find(b"ann's") is None:
                await store.people.add(PersonRecord("ann", "Ann", 1000), b"ann's")
                await store.people.enter("ann", TEA.casefold(), 0)
            for batch in batches:
                await store.history.append(batch)
            await store.settled()
        finally:
            # Or its threads would keep the tests from ending.
            await store.stop()

    def setUp(self) -> None:
        """Say where."""
        self.path = Path(self.mktemp()) / "chatroom.sqlite"

    def spoil(self, *statements: str) -> None:
        """Run *statements* in the database, past all rules."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def query(self, statement: str, path: Path | None = None) -> list[tuple[object, ...]]:
        """Return what the database at *path* says."""
        with closing(sqlite3.connect(path or self.path)) as connection:
            return connection.execute(statement).fetchall()
