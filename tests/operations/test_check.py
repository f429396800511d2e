"""
A whole log, and logs that are not.
"""

from __future__ import annotations

from io import StringIO
from typing import Final

from chatroom.commands import Edit, Values
from chatroom.histories.index import BLOCK
from chatroom.log import Retain
from chatroom.operations.check import TOLD, check
from chatroom.operations.files import database_at
from chatroom.operations.progress import Progress
from tests.histories.ordered import acted, at, serverwide, setting
from tests.operations.logs import TALK, LogCase, draft, said

#: How a log can be spoilt, and what is found.
SPOILT: Final = {
    "DELETE FROM messages WHERE seq = 2": {
        "room Tea: 3 follows on 1",
        "text 2 is no message's, and still there",
        "room Tea: an id stands for 2, which is another entry or none",
        "room Tea: who is mentioned in message 2 is not noted right",
    },
    "UPDATE changes SET seq = 10 WHERE seq = 3": {
        "room Tea: 4 follows on 2",
        "room Tea has given numbers up to 9, its last entry has 10",
    },
    "UPDATE messages SET seq = 3 WHERE seq = 2": {
        "room Tea: 3 follows on 1",
        "room Tea: 3 follows on 3",
        "room Tea: message 3 is not known by its id",
        "room Tea: an id stands for 2, which is another entry or none",
        "room Tea: who is mentioned in message 2 is not noted right",
        "room Tea: who is mentioned in message 3 is not noted right",
    },
    "UPDATE rooms SET seq = 12 WHERE name = 'Tea'": {
        "room Tea has given numbers up to 12, its last entry has 9",
    },
    'INSERT INTO changes SELECT 99, seq, time, person, name, type, target, emoji, "on", topic,'
    " details FROM changes WHERE seq = 9": {"entry 9 is of a room that is not there (99)"},
    "UPDATE rooms SET purged = 2, first = 2 WHERE name = 'Tea'": {
        "room Tea: entry 1 is older than what is kept, and still there",
    },
    "UPDATE changes SET target = 5 WHERE seq = 3": {
        "room Tea: entry 3 (edited) is about 5, which is no message before it",
        "room Tea: message 1 is not as its entries say: edited, and when",
    },
    "UPDATE texts SET text = '' WHERE id = 2": {"room Tea: message 2 has lost its text"},
    "UPDATE texts SET text = 'one' WHERE text = ''": {
        "text 3 is no message's, and still there",
    },
    "UPDATE messages SET text = 2 WHERE seq = 7": {
        "room Tea: message 7 is not as its entries say: deleted, or not",
    },
    "UPDATE messages SET edited = NULL WHERE seq = 1": {
        "room Tea: message 1 is not as its entries say: edited, and when",
    },
    "DELETE FROM ids WHERE id = 'a'": {"room Tea: message 1 is not known by its id"},
    "UPDATE ids SET time = 1 WHERE id = 't'": {
        "room Tea: an id stands for 9, which is another entry or none",
    },
    "DELETE FROM reactions": {
        "room Tea: the reactions to message 1 are not as its entries say",
        "room Tea: the reactions to message 1 are miscounted",
    },
    "UPDATE tallies SET count = 2": {"room Tea: the reactions to message 1 are miscounted"},
    "DELETE FROM mentions": {"room Tea: who is mentioned in message 2 is not noted right"},
    "UPDATE rooms SET topic = 'letters' WHERE name = 'Tea'": {
        "room Tea has another topic than the one that was set last, in 9",
    },
    "DELETE FROM persons": {"somebody whom nobody knows is a member of room tea"},
}


#: Order in the room: numbers 1 to 5 of the room tea, and two deeds without a room.
ORDERED: Final = [
    at(10, "one"),
    at(20, "two"),
    setting(Values(slow=5, locked=True, read_only=True, key="k"), b"digest"),
    acted("purge", since=15),
    acted("mute", id="m", until=9),
    serverwide("ban", id="b"),
]
SPOILT_ORDER: Final = {
    "UPDATE messages SET text = NULL WHERE seq = 1": {
        "room tea: message 1 is not as its entries say: deleted, or not",
        "text 1 is no message's, and still there",
    },
    "UPDATE changes SET details = replace(details, '15', '5') WHERE type = 'acted'": {
        "room tea: message 1 is not as its entries say: deleted, or not",
    },
    "UPDATE rooms SET erasing = 2": {"room tea has 2 purges to finish, it should be 0"},
    "UPDATE rooms SET slow = 6, locked = 0, read_only = 0, key = NULL": {
        f"room tea has another setting `{name}` than the one that was set last, in 3"
        for name in ("slow", "locked", "read_only", "key")
    },
    "UPDATE deeds SET deed = 'x' WHERE number = 2": {
        "act 2 of the moderation log is not to be read",
    },
    "DELETE FROM deeds WHERE number = 4": {
        "an id stands for act 4 of the moderation log, which is not there",
    },
}


class CheckTests(LogCase):
    """What must not be is found, and nothing else."""

    def found(self) -> list[str]:
        """What is found."""
        return list(check(database_at(self.url), Progress(StringIO(), "checks")))

    async def test_whole(self) -> None:
        """In a log that the room wrote there is nothing to find."""
        await self.write(*TALK, [said("elsewhere", room="cake")])

        self.assertEqual([], self.found())

    async def test_spoilt(self) -> None:
        """Each thing that must not be has its line."""
        for statement, expected in SPOILT.items():
            self.setUp()
            await self.write(*TALK)
            self.spoil(statement)
            self.assertEqual(expected, set(self.found()), statement)

    async def test_order(self) -> None:
        """What moderators do is looked at, too, done or under way."""
        await self.write(ORDERED[:2], ORDERED[2:])
        self.assertEqual([], self.found())
        self.spoil(
            "UPDATE messages SET text = 2 WHERE seq = 2",
            "UPDATE texts SET text = 'two' WHERE id = 2",
            "UPDATE rooms SET erasing = 1",
            "INSERT INTO erasures VALUES (1, 4, 'ann', 15, 4)",
        )
        self.assertEqual([], self.found())

        for statement, expected in SPOILT_ORDER.items():
            self.setUp()
            await self.write(ORDERED[:2], ORDERED[2:])
            self.spoil(statement)
            self.assertEqual(expected, set(self.found()), statement)

    async def test_retained(self) -> None:
        """Numbers that are not kept any more are not missed."""
        many = [said(f"number {number}", id=str(number)) for number in range(400)]

        await self.write(*TALK, many, retain=Retain(entries=100))

        self.assertEqual([(True,)], self.query("SELECT min(seq) > 1 FROM messages"))
        self.assertEqual([], self.found())

    async def test_words(self) -> None:
        """A message that the search does not find is told, and one that it finds wrongly."""
        block = [said(f"number {number} 你好") for number in range(BLOCK)]
        changed = [draft(Edit(room="Tea", target=5, text="something else"))]
        await self.write(block[:500], block[500:1000], block[1000:], changed)
        self.assertEqual([], self.found())

        self.spoil("UPDATE texts SET text = 'nothing' WHERE text LIKE 'number 7 %'")

        self.assertEqual(
            ["room Tea: the search has other words for message 8 than are in it"], self.found()
        )

    async def test_told_briefly(self) -> None:
        """What is found hundreds of times is told a few times, and counted."""
        await self.write([said(str(number), id=str(number)) for number in range(100)])
        self.spoil("DELETE FROM ids")

        found = self.found()

        self.assertEqual(TOLD + 1, len(found))
        self.assertEqual("... and 80 more of this kind", found[-1])
