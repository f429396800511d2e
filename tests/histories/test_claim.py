"""
Only one room runs on a database.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatroom.errors import StorageUnavailable
from chatroom.histories.claim import Claim
from chatroom.histories.sql import SqlStore
from tests.histories.contract import said
from tests.histories.threadless import NoThreads, SameThread, now


class ClaimTests(SynchronousTestCase):
    """Who has it, and who does not."""

    def setUp(self) -> None:
        """Find a place."""
        folder = Path(self.mktemp())
        folder.mkdir()
        self.database = folder / "chatroom.sqlite"
        self.lock = folder / "chatroom.sqlite-lock"

    def claim(self) -> Claim:
        """Return one, which is given back in the end."""
        claim = Claim(self.database)
        self.addCleanup(claim.give_back)
        return claim

    def test_one_after_the_other(self) -> None:
        """Who comes second has it when the first has given it back, and nothing is left."""
        first, second = self.claim(), self.claim()
        first.take()
        first.take()
        for _ in range(2):
            with self.assertRaises(StorageUnavailable) as refusal:
                second.take()
            self.assertEqual("another room is running on it", refusal.exception.reason)
        first.give_back()
        first.give_back()
        self.assertFalse(self.lock.exists())

        second.take()
        self.assertRaises(StorageUnavailable, first.take)
        self.assertEqual(0o600, self.lock.stat().st_mode & 0o777)

    def test_who_had_it_is_dead(self) -> None:
        """The file that was left behind keeps nobody off."""
        self.lock.touch()
        self.claim().take()

    def test_given_back_while_it_is_taken(self) -> None:
        """Whoever locks a file that was just removed has nothing yet, and tries again."""
        first, second, third = (self.claim() for _ in range(3))
        first.take()
        flock = fcntl.flock

        def give_back_first(file: int, how: int) -> None:
            first.give_back()
            flock(file, how)

        self.patch(fcntl, "flock", give_back_first)
        second.take()

        self.assertTrue(self.lock.exists())
        self.assertRaises(StorageUnavailable, third.take)

    def test_another_file_is_in_its_place(self) -> None:
        """That is not ours to remove."""
        claim = self.claim()
        claim.take()
        self.lock.unlink()
        self.lock.touch()
        claim.give_back()

        self.assertTrue(self.lock.exists())

    def test_two_rooms(self) -> None:
        """The second is told when it is made ready, and nothing happens to the first."""
        first, second = (
            SqlStore(SameThread(), f"sqlite:///{self.database}", threads=NoThreads)
            for _ in range(2)
        )
        self.addCleanup(first.stop)
        self.addCleanup(second.stop)
        now(first.start())
        # What is open needs no preparing, and is not let go of by it.
        first.prepare()
        for start in (second.prepare, lambda: now(second.start())):
            with self.assertRaises(StorageUnavailable) as refusal:
                start()
            self.assertIn("chatroom.sqlite: another room is running", refusal.exception.reason)
        now(first.history.append([said("a")]))
        now(first.stop())

        now(second.start())
        self.assertEqual(1, len(now(second.history.page("tea", 10)).messages))
