"""
What was erased is in no file any more.
"""

from __future__ import annotations

import random
import re
import sqlite3
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatroom.commands import Delete, Edit, Say
from chatroom.errors import NoSuchMessage
from chatroom.histories import erasing, retention
from chatroom.histories.sql import TIDY_S, SqlStore
from chatroom.log import Draft, Duplicate, Retain
from chatroom.operations.check import check
from chatroom.operations.progress import Progress
from tests.histories.contract import delete, edit, react, said
from tests.histories.ordered import acted, at
from tests.histories.threadless import NoThreads, SameThread, now


class Erasing(SynchronousTestCase):
    """A store in a file, without threads."""

    def setUp(self) -> None:
        """Nothing is there."""
        self.folder = Path(self.mktemp())
        self.reactor = SameThread()

    def open(self, retain: Retain = Retain()) -> SqlStore:
        """Return a store that is open until the end of the test."""
        url = f"sqlite:///{self.folder}/chatroom.sqlite"
        store = SqlStore(self.reactor, url, retain, now=lambda: 1000, threads=NoThreads)
        now(store.start())
        self.addCleanup(store.stop)
        return store

    def found(self, pattern: bytes) -> set[bytes]:
        """What the files have of *pattern*."""
        return {
            found
            for file in self.folder.iterdir()
            for found in re.findall(pattern, file.read_bytes())
        }


class ErasureTests(Erasing):
    """What was edited, deleted or not retained is gone, shortly after."""

    def test_edited_and_deleted(self) -> None:
        """A text is out of all files a little later, and what is there now is there."""
        store = self.open()
        texts = ("xylophone", "zeppelin", "quagmire")
        now(store.history.append([said(text, mentions=("bob",)) for text in texts]))
        self.assertEqual(3, len(self.found(b"xylophone|zeppelin|quagmire")))

        now(store.history.append([edit(1, "marimba"), delete(2)]))
        self.reactor.advance(TIDY_S)

        self.assertEqual(
            {b"marimba", b"quagmire"}, self.found(b"xylophone|zeppelin|quagmire|marimba")
        )

    def test_what_a_batch_says_and_takes_back(self) -> None:
        """A text that is another one before its batch is stored was never there."""
        store = self.open()

        now(store.history.append([said("xylophone"), edit(1, "marimba"), said("x"), delete(3)]))

        self.assertEqual({b"marimba"}, self.found(b"xylophone|marimba"))

    def test_a_reader_in_the_way(self) -> None:
        """Somebody who reads holds it up, and it is tried again."""
        store = self.open()
        now(store.history.append([said("xylophone")]))
        now(store.settled())
        reader = sqlite3.connect(self.folder / "chatroom.sqlite", isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM messages").fetchall()

        now(store.history.append([delete(1)]))
        self.reactor.advance(TIDY_S)
        self.assertEqual({b"xylophone"}, self.found(b"xylophone"))
        reader.execute("ROLLBACK")
        self.reactor.advance(TIDY_S)

        self.assertEqual(set(), self.found(b"xylophone"))

    def test_a_crash_in_between(self) -> None:
        """What was erased before a crash is gone after the next start."""
        store = self.open()
        now(store.history.append([said("xylophone"), said("marimba")]))
        now(store.history.append([delete(1)]))
        crashed = self.folder
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        for file in crashed.iterdir():
            (self.folder / file.name).write_bytes(file.read_bytes())
        self.assertEqual({b"xylophone"}, self.found(b"xylophone"))

        again = self.open()
        now(again.settled())

        self.assertEqual({b"marimba"}, self.found(b"xylophone|marimba"))

    def test_thousands(self) -> None:
        """
        Of texts of all lengths, in blocks that are indexed and in those that are
        not yet, exactly the present ones are in the files.
        """
        dice = random.Random(1)  # noqa: S311 - the same every time
        store = self.open()
        rooms = ("tea", "cake")
        live: dict[tuple[str, int], bytes] = {}
        words = (f"zq{number}x" for number in range(100_000))
        size = {"tea": 0, "cake": 0}
        for _ in range(60):
            batch = []
            for _ in range(60):
                room = dice.choice(rooms)
                size[room] += 1
                seq, word = size[room], next(words)
                about = (room, "ann", "Ann", 1000)
                filling = " p" * dice.choice((0, 5, 50, 300, 1500))
                target = dice.randrange(1, seq) if seq > 1 else 0
                kind = dice.choice("ssssed") if (room, target) in live else "s"
                if kind == "s":
                    batch.append(Draft(Say(room=room, text=word + filling), *about))
                    live[room, seq] = word.encode()
                elif kind == "e":
                    text = word + filling
                    batch.append(Draft(Edit(room=room, target=target, text=text), *about))
                    live[room, target] = word.encode()
                else:
                    batch.append(Draft(Delete(room=room, target=target), *about))
                    del live[room, target]
            now(store.history.append(batch))
        now(store.settled())

        self.assertEqual(set(live.values()), self.found(rb"zq\d+x"))
        for place, present in dice.sample(sorted(live.items()), 50):
            hits = now(store.history.search(rooms, present.decode(), 2))
            self.assertEqual([place], [(hit.room, hit.seq) for hit in hits.messages])


class PurgeTests(Erasing):
    """What was purged, some at a time."""

    def fill(self, store: SqlStore, count: int) -> None:
        """Two people talk, a word of its own in each message; every tenth has a reaction."""
        for start in range(1, count, 500):
            numbers = range(start, min(start + 500, count + 1))
            batch = [at(n, f"zq{n}x", ("ann", "bob")[n % 2], mentions=("bob",)) for n in numbers]
            now(store.history.append([*batch]))
        now(store.history.append([react(n) for n in range(10, count + 1, 10)]))

    def left(self, count: int, since: int) -> set[bytes]:
        """The words of those that are not purged: Bob's, and Ann's older ones."""
        return {f"zq{n}x".encode() for n in range(1, count + 1) if n % 2 or n < since}

    def test_gone(self) -> None:
        """Out of all files a little later, in sealed blocks and behind them; search, too."""
        store = self.open()
        self.fill(store, 3500)
        now(store.settled())

        now(store.history.append([acted("purge", since=1100)]))
        self.reactor.advance(TIDY_S)

        self.assertEqual(self.left(3500, 1100), self.found(rb"zq\d+x"))
        connection = store._scribe._opened()
        for table in (
            "erasures",
            "mentions WHERE seq % 2 = 0 AND seq >= 1100",
            "reactions WHERE target >= 1100",
            "tallies WHERE target >= 1100",
        ):
            rows = connection._cursor.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
            self.assertEqual([(0,)], rows, table)
        self.assertEqual([], list(check(store._database, Progress(StringIO(), "checks"))))

    def test_some_at_a_time(self) -> None:
        """Others are answered in between; what is to be erased is out of sight from the start."""
        self.patch(erasing, "SLICE", 50)
        store = self.open()
        self.fill(store, 1500)
        now(store.settled())
        tidying, connection = store._scribe._tidying, store._scribe._opened()

        store._scribe.commit([[acted("purge", since=1)]])
        seen = []
        while tidying.pressing:
            seen.append(len(self.found_in_table(connection)))
            page = now(store.history.page("tea", 9, around=750))
            self.assertEqual({"bob"}, {m.person for m in page.messages if m.text})
            self.assertEqual([], now(store.history.search(["tea"], "zq2x", 9)).messages)
            self.assertEqual((10, 0), now(store.history.unread("tea", "cleo", 700, 720)))
            self.assertEqual((0, 0), now(store.history.unread("tea", "bob", 700, 720)))
            tidying.slice(connection)

        self.assertLess(25, len(seen))
        self.assertEqual(sorted(seen, reverse=True), seen)
        self.assertTrue(all(before - after <= 50 for before, after in pairwise(seen)))
        now(store.settled())
        self.assertEqual(self.left(1500, 1), self.found(rb"zq\d+x"))

    def found_in_table(self, connection: Any) -> list[Any]:  # noqa: ANN401 - one of theirs
        """The texts of Ann's that are still there."""
        query = "SELECT seq FROM messages WHERE person = 'ann' AND text NOTNULL"
        return list(connection._cursor.execute(query).fetchall())

    def test_a_crash_in_between(self) -> None:
        """What was purged before a crash is erased after the next start."""
        self.patch(erasing, "SLICE", 50)
        store = self.open()
        self.fill(store, 400)
        store._scribe.commit([[acted("purge", since=1)]])
        store._scribe._tidying.slice(store._scribe._opened())
        crashed = self.folder
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        for file in crashed.iterdir():
            (self.folder / file.name).write_bytes(file.read_bytes())

        again = self.open()
        page = now(again.history.page("tea", 200))
        self.assertEqual({"bob"}, {m.person for m in page.messages if m.text})
        now(again.settled())

        self.assertEqual(self.left(400, 1), self.found(rb"zq\d+x"))

    def test_said_in_the_same_batch(self) -> None:
        """What is said, edited, reacted to and purged at once was never there."""
        store = self.open()
        now(store.history.append([at(5, "zq1x")]))

        batch = [at(6, "zq2x", mentions=("bob",)), react(2), edit(1, "zq3x")]
        now(store.history.append([*batch, acted("purge", since=1), at(7, "zq4x")]))
        now(store.settled())

        self.assertEqual({b"zq4x"}, self.found(rb"zq\d+x"))
        self.assertEqual([], list(check(store._database, Progress(StringIO(), "checks"))))

    def test_old_blocks_are_not_read(self) -> None:
        """A purge of the last minute costs no look at what was said a year ago."""
        store = self.open()
        self.fill(store, 9000)
        now(store.settled())
        tidying, connection = store._scribe._tidying, store._scribe._opened()

        store._scribe.commit([[acted("purge", since=8990)]])
        slices = 0
        while tidying.pressing:
            slices += 1
            tidying.slice(connection)

        self.assertLess(slices, 8)


class RetentionTests(Erasing):
    """What is not retained."""

    def words(self, start: int, end: int) -> list[Draft]:
        """Messages with a word of their own each."""
        return [said(f"zq{number}x", id=str(number)) for number in range(start, end)]

    def test_gone(self) -> None:
        """Texts are out of the files, in a block's middle too; ids are known for ever."""
        store = self.open(Retain(entries=700))
        for start in range(0, 3000, 100):
            now(store.history.append(self.words(start, start + 100)))
        now(store.settled())

        page = now(store.history.page("tea", 200, after=0))
        first = page.messages[0].seq
        self.assertTrue(3000 - 770 <= first <= 3001 - 700, first)
        self.assertFalse(page.older)
        self.assertEqual(
            {f"zq{number}x".encode() for number in range(first - 1, 3000)},
            self.found(rb"zq\d+x"),
        )
        (known,) = now(store.history.append([said("x", id="7")]))
        self.assertEqual(Duplicate("tea", 8, 1000), known)

    def test_all_that_belongs_to_it(self) -> None:
        """Its mentions and reactions are gone; who replied to it quotes no text."""
        store = self.open(Retain(entries=20))
        first = [said("a", mentions=("bob",)), react(1), react(1, person="bob")]
        now(store.history.append([*first, *(said("x") for _ in range(10))]))
        now(store.history.append([said("r", reply_to=1)]))
        now(store.history.append([said("x") for _ in range(11)]))
        now(store.settled())

        replies = [
            message
            for message in now(store.history.page("tea", 200)).messages
            if message.reply_to == 1
        ]
        self.assertEqual([("ann", "Ann")], [(r.quote.person, r.quote.name) for r in replies])
        self.assertFalse(any(reply.quote.text for reply in replies))
        self.assertEqual({}, now(store.history.mine("tea", "ann", [1])))
        self.assertEqual((20, 0), now(store.history.unread("tea", "bob", 0, 99)))
        connection = store._scribe._opened()
        for table in ("mentions", "reactions", "tallies"):
            rows = connection._cursor.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
            self.assertEqual([(0,)], rows, table)
        (outcome,) = now(store.history.append([edit(1, "b")]))
        self.assertIsInstance(outcome, NoSuchMessage)

    def test_husks(self) -> None:
        """What is left of erased texts does not grow for ever."""
        self.patch(retention, "HUSKS", 50)
        self.patch(retention, "HUSKS_SWEPT", 60)
        store = self.open(Retain(entries=100))
        for start in range(0, 2000, 100):
            now(store.history.append(self.words(start, start + 100)))
        now(store.settled())

        connection = store._scribe._opened()
        ((husks, texts),) = connection._cursor.execute(
            "SELECT sum(text = ''), sum(text <> '') FROM texts"
        )
        self.assertTrue(100 <= texts <= 110, texts)
        self.assertEqual(50, husks)
        self.assertEqual(texts, len(now(store.history.page("tea", 200)).messages))
