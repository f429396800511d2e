"""
What a room asks of those who speak in it. A room without such rules has none of this.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from chatroom import limits
from chatroom.bans import GRACE_MS
from chatroom.commands import AnyCommand, Edit, React, Say, Set
from chatroom.errors import ChatError, Muted, RateLimited, ReadOnly, TooMany
from chatroom.rights import MODERATOR

#: What one may not do who may only read: a topic is read by everybody, too.
_SPEAKING: Final = (Say, Edit, React, Set)


class Conduct:
    """
    Who is muted, whether only moderators speak, and how long to wait between two messages.
    """

    def __init__(self) -> None:
        #: Seconds; 0 for no wait.
        self.slow = 0
        self.read_only = False
        #: Until when persons are muted, in milliseconds since the Unix epoch; None: for good.
        self.mutes: dict[str, int | None] = {}
        # When persons said something, in seconds of a clock that does not jump; in that
        # order. Who may speak again is forgotten.
        self._said: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self.slow or self.read_only or self.mutes)

    def muted(self, person: str, now_ms: int) -> int | bool:
        """
        Return until when *person* is muted: a time, True for good, False if they are not.
        """
        until = self.mutes.get(person, 0)
        if until is None:
            return True
        return until if until > now_ms else False

    def check_room(self, now_ms: int) -> None:
        """
        Refuse to mute one more, when too many are already.

        Raises:
            TooMany: They are.
        """
        if len(self.mutes) >= limits.BANS_PER_ROOM:
            over = now_ms - GRACE_MS
            self.mutes = {p: until for p, until in self.mutes.items() if (until or now_ms) > over}
        if len(self.mutes) >= limits.BANS_PER_ROOM:
            raise TooMany(f"at most {limits.BANS_PER_ROOM:,} people are muted in one room")

    def check(
        self, person: str, rank: int, command: AnyCommand, now_ms: int, now_s: float
    ) -> ChatError | None:
        """
        Return what is against *command* of *person*, who stands at *rank*.
        """
        if not isinstance(command, _SPEAKING):
            return None
        muted = self.muted(person, now_ms)
        if muted:
            wait = None if muted is True else ceil((muted - now_ms) / 1000)
            return Muted("you are muted here", retry_after=wait)
        if rank >= MODERATOR:
            return None
        if self.read_only:
            return ReadOnly("only moderators speak in this room")
        return self._too_soon(person, now_s) if isinstance(command, Say) else None

    def _too_soon(self, person: str, now: float) -> RateLimited | None:
        said = self._said
        while said:
            first, at = next(iter(said.items()))
            if now - at < self.slow:
                break
            del said[first]
        if person not in said:
            return None
        return RateLimited(
            f"in this room one message is {self.slow} s after the other",
            retry_after=ceil(said[person] + self.slow - now),
        )

    def says(self, person: str, now: float) -> None:
        """
        *person*'s message is on its way; what they say next has to wait.
        """
        if self.slow:
            self._said.pop(person, None)
            self._said[person] = now

    def said_nothing(self, person: str) -> None:
        """
        *person*'s message was none.
        """
        self._said.pop(person, None)
