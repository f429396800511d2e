"""
How fast one may be: so many at once, then so many a second.

What is remembered of somebody is one number, the moment at which all that they have
done so far is paid for. Times are seconds of any clock that does not jump.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from chatroom import limits
from chatroom.errors import RateLimited
from chatroom.presence import Person


class Rate:
    """
    A bucket of *burst* tokens, into which *per_s* come each second.

    Args:
        per_s: More than 0.
        burst: At least 1.
    """

    __slots__ = ("_ahead_s", "_each_s")

    def __init__(self, per_s: float, burst: int) -> None:
        self._each_s = 1 / per_s
        # Half a token more, so that no rounding takes one from somebody.
        self._ahead_s = (burst - 0.5) / per_s

    def spend(self, paid_at: float, now: float) -> float:
        """
        Return when all is paid for that was so at *paid_at*, and one more.

        Raises:
            RateLimited: There is no token; it says when there is one. Nothing is spent.
        """
        begun = max(paid_at, now)
        wait_s = begun - now - self._ahead_s
        if wait_s > 0:
            raise RateLimited(
                "this is faster than the server takes it; wait a little", retry_after=ceil(wait_s)
            )
        return begun + self._each_s

    def refund(self, paid_at: float) -> float:
        """
        Return when all is paid for, one thing less.
        """
        return paid_at - self._each_s


class Rates:
    """
    The rates of one server.

    Args:
        per_s: Commands for the log, and renames, of one person each second; 0 turns
            every rate off.
        burst: So many of them at once.

    Raises:
        ValueError: *per_s* is less than 0, or *burst* less than 1.
    """

    def __init__(self, per_s: int, burst: int) -> None:
        if per_s < 0 or burst < 1:
            raise ValueError("a rate is 0 or more, a burst 1 or more")
        self.per_s = per_s
        self.burst = burst if per_s else 0
        self.is_on = per_s > 0
        self._writing = Rate(per_s or 1, burst)
        self._reading = Rate(limits.READING_PER_S, limits.READING_BURST)
        self._coming = Rate(limits.NEW_PEOPLE_PER_MIN / 60, limits.NEW_PEOPLE_PER_MIN)
        #: The addresses that new persons came from, the latest last.
        self._came: dict[str, float] = {}

    def write(self, person: Person, now: float) -> None:
        """
        Let *person* store something.

        Raises:
            RateLimited: It is too much.
        """
        if self.is_on:
            person.writes_paid_at = self._writing.spend(person.writes_paid_at, now)

    def read(self, person: Person, now: float) -> None:
        """
        Let *person* read something, or enter a room.

        Raises:
            RateLimited: It is too much.
        """
        if self.is_on:
            person.reads_paid_at = self._reading.spend(person.reads_paid_at, now)

    def may_type(self, person: Person, room: str, now: float) -> bool:
        """
        Whether it is time to tell again that *person* is typing in *room*.
        """
        if not self.is_on:
            return True
        typed = person.typed_at
        if typed is None:
            typed = person.typed_at = {}
        if room in typed:
            if now - typed[room] < limits.TYPING_INTERVAL_S:
                return False
        elif len(typed) >= limits.ROOMS_PER_PERSON:
            # Some were left since. At worst an event comes too early in each of the others.
            typed.clear()
        typed[room] = now
        return True

    def come(self, address: str, now: float) -> None:
        """
        Let somebody new in who comes from *address*; ``""`` is not counted.

        Raises:
            RateLimited: Too many have come from there.
        """
        if not self.is_on or not address:
            return
        came = self._came
        paid_at = self._coming.spend(came.get(address, now), now)
        came.pop(address, None)
        came[address] = paid_at
        if len(came) > limits.ADDRESSES_KNOWN:
            # The one that nobody has come from for longest.
            del came[next(iter(came))]


#: For a host that has rules of its own.
NO_RATES: Final = Rates(0, 1)
