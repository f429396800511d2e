"""
A database without gaps.
"""

from __future__ import annotations

from twisted.internet import reactor

from chatroom.commands import Delete
from chatroom.histories.sql import SqlStore
from chatroom.operations.compact import compact
from chatroom.operations.trouble import Trouble
from tests.operations.logs import TALK, LogCase, draft, said


class CompactTests(LogCase):
    """`compact` gives space back, and changes nothing else."""

    async def test_smaller(self) -> None:
        """What was deleted takes no space any more; what is left is the same."""
        texts = [said(f"{number} " + "long " * 700) for number in range(200)]
        gone = [draft(Delete(room="Tea", target=target)) for target in range(1, 200)]
        await self.write(texts, gone)
        left = self.query("SELECT * FROM messages")

        before, after = compact(self.path)

        self.assertLess(after, before / 2)
        self.assertEqual(after, self.path.stat().st_size)
        self.assertEqual(left, self.query("SELECT * FROM messages"))
        self.assertEqual([("ok",)], self.query("PRAGMA integrity_check"))
        self.assertEqual([self.path], list(self.path.parent.iterdir()))

    async def test_a_room_runs(self) -> None:
        """While a room runs on it nothing is done, and it is said why."""
        store = SqlStore(reactor, self.url)
        await store.start()
        self.addCleanup(store.stop)
        await store.history.append(TALK[0])

        with self.assertRaises(Trouble) as caught:
            compact(self.path)

        self.assertIn("a room is running", str(caught.exception))
