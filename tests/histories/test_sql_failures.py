"""
What becomes of those who ask when something is wrong with a message, or with the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import UNSET
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from chatroom.book import Book, write
from chatroom.errors import ChatError, StorageUnavailable
from chatroom.events import Event, Message
from chatroom.histories import database, ledger
from chatroom.histories.posts import find_rooms
from chatroom.histories.sql import SqlStore
from chatroom.histories.tidying import Tidying
from chatroom.log import Draft, Duplicate, PersonRecord, Unchanged
from tests.histories.contract import delete, edit, said
from tests.histories.threadless import LaterThreads, NoThreads, SameThread, now


class Failing(SynchronousTestCase):
    """A store in a file, without threads."""

    def setUp(self) -> None:
        """Open it."""
        self.folder = Path(self.mktemp())
        self.file = self.folder / "chatroom.sqlite"
        self.store = self.open()

    def open(self) -> SqlStore:
        """Return a store that is open until the end of the test."""
        store = SqlStore(SameThread(), f"sqlite:///{self.file}", threads=NoThreads)
        now(store.start())
        self.addCleanup(store.stop)
        return store

    def append(self, *drafts: Draft) -> list[Any]:
        """Append *drafts* in one batch."""
        outcomes: list[Any] = now(self.store.history.append(drafts))
        return outcomes

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Let what is asked within be one batch."""
        later = LaterThreads(1, 1)
        patched = self.patch(self.store._writer, "_thread", later)
        yield
        later.work()
        patched.restore()

    def texts(self) -> list[object]:
        """What the room has."""
        messages = now(self.store.history.page("tea", 200)).messages
        return [message.text for message in messages if message.text is not UNSET]


class PoisonTests(Failing):
    """A message that cannot be stored takes no other along."""

    def together(self, *drafts: Draft) -> list[Deferred[Any]]:
        """Append *drafts*, each for itself, in one batch."""
        with self.gathering():
            return [self.store.history.append([draft]) for draft in drafts]

    def test_a_value_that_cannot_be_stored(self) -> None:
        """Half a character is no text: who sent it is told, the others are stored."""
        a, poison, b = self.together(said("a"), said("\ud800"), said("b", id="1"))

        self.failureResultOf(poison, UnicodeEncodeError)
        self.assertEqual([1, 2], [self.successResultOf(answer)[0].seq for answer in (a, b)])
        self.assertEqual(["a", "b"], self.texts())
        (again,) = self.append(said("b", id="1"))
        self.assertEqual(Duplicate("tea", 2, 1000), again)

    def test_a_number_that_cannot_be_stored(self) -> None:
        """A number has at most 64 bits."""
        poison, a = self.together(said("x", reply_to=2**70), said("a"))

        self.successResultOf(poison)
        self.assertEqual(1, self.successResultOf(a)[0].seq)

    def test_a_mistake_of_ours(self) -> None:
        """A rule that fails for one message fails for this one alone."""

        def rule(draft: Draft, book: Book) -> Event | Unchanged | ChatError:
            event = write(draft, book)
            if isinstance(event, Message) and event.text == "x":
                raise ZeroDivisionError
            return event

        self.patch(ledger, "write", rule)
        answers = self.together(said("a"), said("x"), said("b"), said("x", room="cake"))

        self.assertEqual(1, self.successResultOf(answers[0])[0].seq)
        self.failureResultOf(answers[1], ZeroDivisionError)
        self.assertEqual(2, self.successResultOf(answers[2])[0].seq)
        self.failureResultOf(answers[3], ZeroDivisionError)
        self.assertEqual(["a", "b"], self.texts())

    def test_alone(self) -> None:
        """Alone it is told, too."""
        (poison,) = self.together(said("\ud800"))

        self.failureResultOf(poison, UnicodeEncodeError)
        self.assertEqual([], self.texts())

    def test_a_person_that_is_known(self) -> None:
        """A person is added once; who else is written with it is written."""
        ann, people = PersonRecord("a", "Ann", 0), self.store.people
        with self.gathering():
            answers = [people.add(ann, b"1"), people.add(ann, b"2"), people.enter("a", "tea", 7)]

        self.successResultOf(answers[0])
        self.failureResultOf(answers[1], sqlite3.IntegrityError)
        self.successResultOf(answers[2])
        self.assertEqual(PersonRecord("a", "Ann", 0, {"tea": 7}), now(self.store.people.find(b"1")))


class EndsTests(Failing):
    """Where the logs end is known without asking, and forgotten when it may be wrong."""

    def assert_known(self) -> None:
        """What the writer knows is what is stored."""
        scribe = self.store._scribe
        connection, ends = scribe._opened(), scribe._ends
        if ends.rooms:
            self.assertEqual(find_rooms(connection, list(ends.rooms)), ends.rooms)
        if ends.next_text:
            last = connection.row(ledger._LAST_TEXT)
            self.assertLess(0 if last is None else last[0], ends.next_text)

    def numbers(self, *drafts: Draft) -> list[int]:
        """The numbers that *drafts* get."""
        numbers = [outcome.seq for outcome in self.append(*drafts)]
        self.assert_known()
        return numbers

    def test_they_are_known(self) -> None:
        """Rooms are read once, and not again by those who talk on."""
        self.assertEqual([1, 2, 1], self.numbers(said("a"), said("b"), said("c", room="cake")))
        self.patch(ledger, "find_rooms", lambda *_: self.fail("it is known"))

        self.assertEqual([3, 2], self.numbers(said("d"), said("e", room="cake")))
        self.assertEqual(["a", "b", "d"], self.texts())

    def test_more_rooms_than_are_known(self) -> None:
        """Those that were forgotten are asked for."""
        self.patch(ledger, "ROOMS_KNOWN", 2)
        for number in range(1, 4):
            for room in ("r1", "r2", "r3", "r4", "r5"):
                self.assertEqual([number], self.numbers(said("x", room=room)))

        self.assertGreaterEqual(3, len(self.store._scribe._ends.rooms))

    def test_after_a_commit_that_failed(self) -> None:
        """Numbers and texts go on behind what is stored, in new rooms too."""
        self.assertEqual([1], self.numbers(said("a")))
        patched = self.patch(Tidying, "note", self.break_down)
        for room in ("tea", "cake"):
            with self.assertRaises(StorageUnavailable):
                self.append(said("lost", room=room), said("lost", room=room))
        patched.restore()

        self.assertEqual([2, 1], self.numbers(said("b"), said("c", room="cake")))
        self.assertEqual(["a", "b"], self.texts())

    def break_down(self, *_: object, **__: object) -> None:
        """Fail at the end of a transaction, as a disk does."""
        raise StorageUnavailable("no disk")

    def test_after_a_mistake_behind_the_writing(self) -> None:
        """What was rolled back is not taken for stored, whatever is wrong then."""
        self.numbers(said("a"))
        for then in (ZeroDivisionError, StorageUnavailable):
            mistakes = iter([ZeroDivisionError("first"), then("then")])

            def fail(*_: object, mistakes: Iterator[Exception] = mistakes, **__: object) -> None:
                raise next(mistakes)

            patched = self.patch(Tidying, "note", fail)
            with self.assertRaises(then):
                self.append(said("lost"), said("lost"))
            patched.restore()
            self.assert_known()
            self.append(said("elsewhere", room="cake"))
            self.assert_known()

        self.assertEqual([2], self.numbers(said("b")))
        self.assertEqual(["a", "b"], self.texts())

    def test_after_a_poisoned_batch(self) -> None:
        """Wherever the poison is, what is behind it has the right numbers and texts."""
        self.numbers(said("0"))
        texts = ["0"]
        for at in range(3):
            drafts = [said(f"{at} {number}") for number in range(2)]
            texts += [f"{at} 0", f"{at} 1", f"then {at}"]
            drafts.insert(at, said("\ud800"))
            with self.gathering():
                answers = [self.store.history.append([draft]) for draft in drafts]
            self.failureResultOf(answers[at], UnicodeEncodeError)
            self.assert_known()
            self.assertEqual([len(texts)], self.numbers(said(f"then {at}")))

        self.assertEqual(texts, self.texts())

    def test_after_a_poisoned_new_room(self) -> None:
        """A room that was not made in the end is made by the next who talks in it."""
        with self.gathering():
            poison = self.store.history.append([said("\ud800", room="cake")])
        self.failureResultOf(poison, UnicodeEncodeError)

        self.assertEqual([1, 1], self.numbers(said("a", room="cake"), said("b")))
        self.assertEqual(["b"], self.texts())

    def test_after_tidying(self) -> None:
        """What is tidied up changes the rooms and which texts there are."""
        for number in range(4):
            kettle, teapot = self.numbers(said("kettle"), said("teapot"))
            self.append(delete(teapot), edit(kettle, f"new {number}"))
            now(self.store.settled())
            self.assert_known()
            self.numbers(said(f"behind {number}"))

        self.assertEqual(
            [f"{text}{number}" for number in range(4) for text in ("new ", "behind ")], self.texts()
        )

    def test_after_the_last_text_is_gone(self) -> None:
        """Its number is nobody else's while it is known."""
        self.numbers(said("a"), said("b"))
        self.append(delete(2))
        now(self.store.settled())

        self.assertEqual([4, 5], self.numbers(said("c"), said("d")))
        self.assertEqual(["a", "c", "d"], self.texts())


class OutageTests(Failing):
    """While the storage is out of reach nothing is stored, and later all is well again."""

    def refused(self, *drafts: Draft) -> None:
        """Assert that nothing of this is stored."""
        with self.assertRaises(StorageUnavailable):
            self.append(*drafts)

    def test_locked(self) -> None:
        """Another program holds the database."""
        self.patch(database, "LOCKED_MS", 10)
        now(self.store.stop())
        store = self.store = self.open()
        self.append(said("a"))
        other = sqlite3.connect(self.file, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")

        self.refused(said("b", id="1"))
        now(store.settled())
        other.execute("ROLLBACK")
        (event,) = self.append(said("b", id="1"))

        self.assertEqual(2, event.seq)
        self.assertEqual(["a", "b"], self.texts())

    def test_full(self) -> None:
        """The disk is full."""
        self.append(said("a"))
        connection = self.store._scribe._opened()
        pages = connection._cursor.execute("PRAGMA page_count").fetchone()[0]
        connection._cursor.execute(f"PRAGMA max_page_count={pages}")

        self.refused(said("x" * 4000), *(said("y") for _ in range(400)))
        (event,) = self.append(said("b"))

        self.assertEqual(2, event.seq)
        self.assertEqual(["a", "b"], self.texts())

    def test_gone(self) -> None:
        """The file is away, and comes back."""
        self.append(said("a"))
        away = self.folder / "away"
        self.file.rename(away)

        self.refused(said("b"))
        with self.assertRaises(StorageUnavailable):
            self.texts()
        away.rename(self.file)
        (event,) = self.append(said("c"))

        self.assertEqual(2, event.seq)
        self.assertEqual(["a", "c"], self.texts())

    def test_replaced(self) -> None:
        """Another database in the place of this one is not written to."""
        self.append(said("a"))
        self.file.rename(self.folder / "away")
        self.file.write_bytes(b"")

        for _ in range(2):
            self.refused(said("b"))
        self.assertEqual(b"", self.file.read_bytes())

    def test_while_tidying(self) -> None:
        """What can wait waits until the storage is there again."""
        self.append(said("kettle"), said("teapot"))
        self.append(delete(1))
        away = self.folder / "away"
        self.file.rename(away)

        now(self.store.settled())
        away.rename(self.file)
        self.assertIn(b"kettle", self.everything())
        now(self.store.settled())

        self.assertNotIn(b"kettle", self.everything())
        self.assertIn(b"teapot", self.everything())

    def everything(self) -> bytes:
        """All that the files have."""
        return b"".join(file.read_bytes() for file in self.folder.iterdir())

    def test_a_mistake_while_tidying(self) -> None:
        """It is logged, and nobody else notices."""
        self.patch(Tidying, "slice", lambda *_: 1 / 0)

        now(self.store.settled())

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(1, self.append(said("a"))[0].seq)

    def test_while_closing(self) -> None:
        """A store that cannot put things in their places is closed all the same."""
        self.append(said("a"))
        self.store._scribe._opened()._cursor.execute("BEGIN IMMEDIATE")

        now(self.store.stop())

        again = self.store = self.open()
        self.assertEqual(2, self.append(said("b"))[0].seq)
        now(again.stop())

    def test_damaged(self) -> None:
        """What cannot be read is out of reach, not a mistake."""
        self.append(*(said(f"{number} " + "x" * 3000) for number in range(200)))
        now(self.store.stop())
        whole = self.file.read_bytes()
        size = len(whole)
        self.file.write_bytes(whole[: 40 * 4096] + b"\xff" * (size - 40 * 4096))
        self.store = self.open()

        with self.assertRaises(StorageUnavailable):
            self.texts()
        self.refused(*(said("x" * 3000) for _ in range(50)))

    def test_reported_once(self) -> None:
        """The log tells when it begins and when it ends."""
        away = self.folder / "away"
        with capturedLogs() as logged:
            self.file.rename(away)
            for _ in range(3):
                self.refused(said("b"))
            away.rename(self.file)
            for _ in range(3):
                self.append(said("c"))

        formats = [str(event["log_format"]) for event in logged if "database" in str(event)]
        self.assertEqual(
            ["The database cannot be written: {reason!s}", "The database can be written again"],
            formats,
        )
