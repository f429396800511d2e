"""
Who is kept out, and until when.

Times are milliseconds since the Unix epoch, by the wall's clock. What has ended is
kept a day longer: should the clock have been ahead by mistake, it holds again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chatroom import limits
from chatroom.errors import Banned, TooMany

#: How long what has ended is kept.
GRACE_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Ban:
    """
    What keeps somebody out: until a time, or None for good; with digests of the
    addresses they had.
    """

    until: int | None = None
    addresses: tuple[bytes, ...] = ()

    def holds(self, now: int) -> bool:
        """Whether it is not over."""
        return self.until is None or self.until > now


class Bans:
    """
    The bans of all rooms and of the server, by scope: a room's key, or ``SERVER``.
    """

    def __init__(self) -> None:
        self._bans: dict[str, dict[str, Ban]] = {}
        self._addresses: dict[str, dict[bytes, set[str]]] = {}

    def of(self, scope: str, person: str, now: int) -> Ban | None:
        """
        Return what keeps *person* out of *scope*.
        """
        bans = self._bans.get(scope)
        ban = bans.get(person) if bans else None
        return ban if ban is not None and ban.holds(now) else None

    def has_addresses(self, scope: str) -> bool:
        """
        Whether anybody could be kept out of *scope* for their address.
        """
        return scope in self._addresses

    def at(self, scope: str, address: bytes, now: int) -> Ban | None:
        """
        Return what keeps those at *address*, a digest, out of *scope* for longest.
        """
        people = self._addresses.get(scope, {}).get(address, ())
        bans = [ban for person in people if (ban := self.of(scope, person, now)) is not None]
        return max(bans, key=_length, default=None)

    def check_room(self, scope: str, now: int) -> None:
        """
        Refuse one more ban in *scope*, when too many hold already.

        Raises:
            TooMany: They do.
        """
        bans = self._bans.get(scope, {})
        if len(bans) >= limits.BANS_PER_ROOM:
            for person in [p for p, ban in bans.items() if not ban.holds(now - GRACE_MS)]:
                self.lift(scope, person)
        if len(bans) >= limits.BANS_PER_ROOM:
            raise TooMany(f"at most {limits.BANS_PER_ROOM:,} people are banned from one place")

    def put(self, scope: str, person: str, ban: Ban) -> None:
        """
        Let *ban* keep *person* out of *scope*, instead of what did so until now.
        """
        self.lift(scope, person)
        self._bans.setdefault(scope, {})[person] = ban
        for address in ban.addresses:
            people = self._addresses.setdefault(scope, {}).setdefault(address, set())
            people.add(person)

    def lift(self, scope: str, person: str) -> None:
        """
        Let nothing keep *person* out of *scope*.
        """
        bans = self._bans.get(scope, {})
        ban = bans.pop(person, None)
        if not bans:
            self._bans.pop(scope, None)
        if ban is None:
            return
        addresses = self._addresses.get(scope, {})
        for address in ban.addresses:
            people = addresses.get(address, set())
            people.discard(person)
            if not people:
                addresses.pop(address, None)
        if not addresses:
            self._addresses.pop(scope, None)


def _length(ban: Ban) -> float:
    return float("inf") if ban.until is None else ban.until


def banned(ban: Ban, now: int) -> Banned:
    """
    Return how somebody whom *ban* keeps out is told so.
    """
    if ban.until is None:
        return Banned("you are banned here")
    return Banned("you are banned here", retry_after=-((now - ban.until) // 1000))
