"""
How often something may go wrong.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.errors import RateLimited
from chatroom.tries import Tries


class TriesTests(SynchronousTestCase):
    """Tries, and what they cost."""

    def setUp(self) -> None:
        """Nothing was tried yet."""
        self.tries = Tries()

    def fails(self, key: str, times: int, now: float = 0) -> None:
        """Try and fail."""
        for _ in range(times):
            self.tries.begin(key, now)

    def test_so_many_a_minute(self) -> None:
        """Past so many, one more every few seconds; for each key apart."""
        self.fails("ann", limits.SIGN_INS_PER_MIN)

        refused = self.assertRaises(RateLimited, self.tries.begin, "ann", 1)
        assert refused.retry_after is not None
        self.assertLessEqual(refused.retry_after, 60 / limits.SIGN_INS_PER_MIN)
        self.fails("bob", 1)
        self.fails("ann", 1, now=1 + refused.retry_after)
        self.assertRaises(RateLimited, self.tries.begin, "ann", 1 + refused.retry_after)
        self.fails("ann", limits.SIGN_INS_PER_MIN, now=100)

    def test_what_goes_well(self) -> None:
        """A try that went well is not counted; a key may begin anew."""
        for _ in range(3 * limits.SIGN_INS_PER_MIN):
            self.tries.begin("ann", 0)
            self.tries.take_back("ann")
        self.fails("bob", limits.SIGN_INS_PER_MIN)

        self.tries.forget("bob")

        self.fails("bob", limits.SIGN_INS_PER_MIN)
        self.tries.take_back("nobody")
        self.tries.forget("nobody")

    def test_bounded(self) -> None:
        """The key that was not used for longest is forgotten."""
        self.patch(limits, "SIGN_INS_KEPT", 2)
        self.fails("ann", limits.SIGN_INS_PER_MIN)
        self.fails("bob", 1)
        self.assertRaises(RateLimited, self.tries.begin, "ann", 0)
        self.fails("carl", 1)

        self.fails("ann", limits.SIGN_INS_PER_MIN)
