"""
How often something may go wrong.
"""

from __future__ import annotations

from typing import Final

from chatroom import limits
from chatroom.rates import Rate

_RATE: Final = Rate(limits.SIGN_INS_PER_MIN / 60, limits.SIGN_INS_PER_MIN)


class Tries:
    """
    So many tries a minute for each key, those that went well not counted.

    Times are seconds of any clock that does not jump. Past ``SIGN_INS_KEPT`` keys the
    one that was not used for longest is forgotten.
    """

    def __init__(self) -> None:
        #: When each key's are paid for, the latest used last.
        self._paid_at: dict[str, float] = {}

    def begin(self, key: str, now: float) -> None:
        """
        Count a try.

        Raises:
            RateLimited: There were too many; this one is not counted.
        """
        paid_at = _RATE.spend(self._paid_at.get(key, now), now)
        self._paid_at.pop(key, None)
        self._paid_at[key] = paid_at
        if len(self._paid_at) > limits.SIGN_INS_KEPT:
            del self._paid_at[next(iter(self._paid_at))]

    def take_back(self, key: str) -> None:
        """
        A try that was counted went well.
        """
        if key in self._paid_at:
            self._paid_at[key] = _RATE.refund(self._paid_at[key])

    def forget(self, key: str) -> None:
        """
        Count anew.
        """
        self._paid_at.pop(key, None)
