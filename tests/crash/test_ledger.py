"""
The ledger finds what is wrong: a judge that always acquits proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.crash.ledger import Ledger, Told

#: What ann asks for, in this order, and is answered with 1, 2, …
COMMANDS: Final[list[Told]] = [
    {"type": "say", "id": "a", "room": "tea", "text": "one"},
    {"type": "say", "id": "b", "room": "tea", "text": "two", "reply_to": 1},
    {"type": "edit", "id": "c", "room": "tea", "target": 1, "text": "uno"},
    {"type": "react", "id": "d", "room": "tea", "target": 1, "emoji": "👍", "on": True},
    {"type": "delete", "id": "e", "room": "tea", "target": 2},
    {"type": "set", "id": "f", "room": "tea", "values": {"topic": "numbers"}},
]


def entry(seq: int, type: str, **fields: object) -> Told:
    """An entry by ann."""
    about = {"room": "tea", "seq": seq, "time": 1000 + seq, "person": "ann", "name": "Ann"}
    return {"type": type, **about, **fields}


#: What the room replays.
LOG: Final = [
    entry(1, "message", id="a", text="uno"),
    entry(2, "message", id="b", reply_to=1, deleted=True),
    entry(3, "edited", target=1, text="uno"),
    entry(4, "reacted", target=1, emoji="👍", on=True),
    entry(5, "deleted", target=2),
    entry(6, "set", values={"topic": "numbers"}),
]
#: And what it shows.
REACTIONS: Final = [{"emoji": "👍", "count": 1, "people": [{"person": "ann", "name": "Ann"}]}]
PAGES: Final = [LOG[0] | {"edited": 1003, "reactions": REACTIONS}, LOG[1]]


class LedgerTests(SynchronousTestCase):
    """What is entered and what is found are compared."""

    def setUp(self) -> None:
        """Enter a talk in which everything went well."""
        self.ledger = Ledger()
        for seq, command in enumerate(COMMANDS, 1):
            self.ledger.asks("ann", command)
            self.ack(command["id"], seq)
        for event in LOG:
            self.ledger.sees(event, "bob")
        self.log, self.pages, self.topic = deepcopy(LOG), deepcopy(PAGES), "numbers"

    def ack(self, id: str, seq: int, **fields: object) -> None:
        """A command is acknowledged."""
        ack = {"type": "ack", "id": id, "room": "tea", "seq": seq, "time": 1000 + seq}
        self.assertTrue(self.ledger.answered(ack | fields))

    def found(self) -> set[str]:
        """The promises that were broken."""
        self.ledger.compare(self.log, self.pages, self.topic)
        return {kind for kind, count in self.ledger.counts().items() if count}

    def test_all_is_well(self) -> None:
        """Nothing is complained of when everything is as it was told."""
        self.ack("b", 2, duplicate=True)

        self.assertEqual(set(), self.found())
        self.assertEqual((7, 1), (self.ledger.acks, self.ledger.duplicates))

    def test_lost(self) -> None:
        """An acknowledged entry at the end is missing, and was seen."""
        self.log.pop()
        self.topic = ""

        self.assertEqual({"lost", "gone"}, self.found())

    def test_unanswered(self) -> None:
        """A command that never got an answer is lost too."""
        self.ledger.asks("ann", {"type": "say", "id": "z", "room": "tea", "text": "?"})

        self.assertEqual({"lost"}, self.found())

    def test_gap(self) -> None:
        """A number in the middle is missing."""
        del self.log[3]
        del self.pages[0]["reactions"]

        self.assertEqual({"gaps", "lost", "gone"}, self.found())

    def test_doubled(self) -> None:
        """What was said once is there twice, with an id or without."""
        for extra in (
            entry(7, "message", id="a", text="uno"),
            entry(7, "reacted", target=1, emoji="👍", on=True),
        ):
            self.setUp()
            self.log.append(extra)
            self.assertIn("doubled", self.found())

    def test_unknown(self) -> None:
        """Something is there that nobody said."""
        self.log.append(entry(7, "set", values={"topic": "numbers, all of them"}))
        self.topic = "numbers, all of them"

        self.assertEqual({"unknown"}, self.found())

    def test_moved(self) -> None:
        """An entry has another time or place than was acknowledged, or a second ack differs."""
        cases: list[Callable[[], object]] = [
            lambda: self.log[5].update(time=1),
            lambda: self.log[1].pop("reply_to"),
            lambda: self.ack("a", 5),
        ]
        for spoil in cases:
            self.setUp()
            spoil()
            self.assertIn("moved", self.found())

    def test_seen_otherwise(self) -> None:
        """Two saw different entries under one number, or one that is not there."""
        self.ledger.sees(entry(4, "reacted", target=1, emoji="🎉", on=True), "eve")
        self.assertEqual({"gone"}, self.found())

        self.setUp()
        self.ledger.sees(entry(7, "deleted", target=1), "eve")
        self.assertEqual({"gone"}, self.found())

    def test_order(self) -> None:
        """A sender's second command stands before the first."""
        self.ledger.asked["e"].seq, self.ledger.asked["f"].seq = 6, 5

        self.assertIn("disorder", self.found())

    def test_order_of_what_was_unchanged(self) -> None:
        """
        Said again behind what was said after it, it makes an entry; what would have made
        one the first time has no such excuse.
        """
        for emoji, found in (("👍", set()), ("🎉", {"disorder"})):
            self.setUp()
            react: Told = {"type": "react", "room": "tea", "target": 1}
            again = react | {"id": "g", "emoji": emoji, "on": True}
            off = react | {"id": "h", "emoji": "👍", "on": False}
            for command, seq in ((again, 8), (off, 7)):
                self.ledger.asks("ann", command)
                self.ack(command["id"], seq)
            self.log += [
                entry(7, "reacted", target=1, emoji="👍", on=False),
                entry(8, "reacted", target=1, emoji=emoji, on=True),
            ]
            self.pages[0]["reactions"] = [REACTIONS[0] | {"emoji": emoji}]
            self.assertEqual(found, self.found())

    def test_changed(self) -> None:
        """The pages do not show what the entries say."""
        cases: list[Callable[[], object]] = [
            lambda: self.pages[0].update(text="one"),
            lambda: self.pages[0].pop("edited"),
            lambda: self.pages[0].pop("reactions"),
            lambda: self.pages[1].update(text="two"),
            lambda: self.pages.pop(0),
            lambda: self.pages.append(self.pages[1]),
            lambda: setattr(self, "topic", "letters"),
        ]
        for spoil in cases:
            self.setUp()
            spoil()
            self.assertEqual({"changed"}, self.found())

    def test_refused(self) -> None:
        """A reaction may come too late or be there already; nothing else may be refused."""
        late = {"type": "error", "code": "no_such_message", "reason": "it is deleted"}
        react = {"type": "react", "room": "tea", "target": 2, "emoji": "👍", "on": True}
        self.ledger.asks("ann", react | {"id": "r"})
        self.ledger.asks("ann", react | {"id": "s"})
        self.assertTrue(self.ledger.answered(late | {"id": "r"}))
        self.assertTrue(self.ledger.answered({"type": "ack", "id": "s", "unchanged": True}))
        self.assertEqual(set(), self.found())

        self.ledger.asks("ann", COMMANDS[0] | {"id": "t"})
        self.assertTrue(self.ledger.answered(late | {"id": "t"}))
        self.assertEqual({"refused"}, self.found())

    def test_again(self) -> None:
        """While nothing can be stored, a command is to be said again."""
        self.ledger.asks("ann", COMMANDS[0] | {"id": "z"})

        error = {"type": "error", "id": "z", "code": "storage_unavailable", "reason": "full"}
        self.assertFalse(self.ledger.answered(error))
        self.assertFalse(self.ledger.asked["z"].settled)

    def test_epoch(self) -> None:
        """The log's life ended and another began."""
        for epoch in ("first", "first", "second"):
            self.ledger.lives(epoch)

        self.assertEqual({"epochs"}, self.found())
