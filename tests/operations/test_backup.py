"""
A copy of a log that goes on.
"""

from __future__ import annotations

import sqlite3
import stat
from io import StringIO
from pathlib import Path

from twisted.internet import reactor

from chatroom.histories.sql import SqlStore
from chatroom.operations.backup import back_up
from chatroom.operations.check import check
from chatroom.operations.files import database_at
from chatroom.operations.progress import Progress
from chatroom.operations.trouble import Trouble
from tests.operations.logs import TALK, LogCase, said

EPOCH = "SELECT value FROM marks WHERE name = 'epoch'"
SECRET = "SELECT value FROM marks WHERE name = 'secret'"


class BackupTests(LogCase):
    """`back_up` copies the log, and what is copied is another log."""

    def back_up(self) -> Path:
        """Make a copy; return where it is."""
        target = Path(self.mktemp())
        back_up(self.path, target, Progress(StringIO(), "pages"))
        return target

    async def test_copy(self) -> None:
        """Everything is in the copy, whole, and only its owner can read it."""
        await self.write(*TALK)

        target = self.back_up()

        entries = "SELECT seq, time FROM messages UNION SELECT seq, time FROM changes"
        self.assertEqual(self.query(entries), self.query(entries, target))
        self.assertEqual(self.query(SECRET), self.query(SECRET, target))
        self.assertEqual(0o600, stat.S_IMODE(target.stat().st_mode))
        self.assertEqual([target], list(target.parent.glob(f"{target.name}*")))
        copy = database_at(f"sqlite:///{target}")
        self.assertEqual([], list(check(copy, Progress(StringIO(), "checks"))))

    async def test_epoch(self) -> None:
        """The copy has an epoch of its own, so that nobody takes it for the log."""
        await self.write(*TALK)

        target = self.back_up()

        self.assertEqual(1, len(self.query(EPOCH, target)))
        self.assertNotEqual(self.query(EPOCH), self.query(EPOCH, target))

    async def test_while_it_goes_on(self) -> None:
        """A room that runs goes on, and the copy has what was there when it began."""
        store = SqlStore(reactor, self.url)
        await store.start()
        self.addCleanup(store.stop)
        await store.history.append([said("before")])

        target = self.back_up()

        await store.history.append([said("after")])
        count = "SELECT count(*) FROM messages"
        self.assertEqual(([(2,)], [(1,)]), (self.query(count), self.query(count, target)))

    async def test_restored(self) -> None:
        """A store opens the copy and goes on where it ends."""
        await self.write(*TALK)
        self.path = self.back_up()

        await self.write([said("and on")])

        self.assertEqual([(10,)], self.query("SELECT seq FROM rooms"))

    async def test_replaces_nothing(self) -> None:
        """A file that is there stays as it is."""
        await self.write(*TALK)
        target = self.back_up()
        before = target.read_bytes()

        with self.assertRaises(Trouble) as caught:
            back_up(self.path, target, Progress(StringIO(), "pages"))

        self.assertIn("is there already", str(caught.exception))
        self.assertEqual(before, target.read_bytes())

    async def test_nowhere(self) -> None:
        """Where nothing can be written, that is said."""
        await self.write(*TALK)

        with self.assertRaises(Trouble) as caught:
            back_up(self.path, Path(self.mktemp()) / "copy", Progress(StringIO(), "pages"))

        self.assertIn("No such file or directory", str(caught.exception))

    def test_no_database(self) -> None:
        """What is no database is not copied, and leaves nothing half done."""
        self.path.parent.mkdir()
        self.path.write_text("this is no database, but long enough to be taken for one" * 99)
        target = Path(self.mktemp())

        with self.assertRaises(Trouble) as caught:
            back_up(self.path, target, Progress(StringIO(), "pages"))

        self.assertIn("not a database", str(caught.exception))
        self.assertIsInstance(caught.exception.__cause__, sqlite3.DatabaseError)
        self.assertEqual([], list(target.parent.glob(f"{target.name}*")))
