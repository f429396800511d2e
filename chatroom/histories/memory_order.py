"""
The moderation log, as long as the process lives.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Final

from msgspec import UNSET, structs
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from chatroom import names
from chatroom.commands import Claim
from chatroom.errors import BadKey, Internal
from chatroom.interfaces import IOrder
from chatroom.log import Deed, Draft, Outcome
from chatroom.rights import SERVER

#: How many deeds are remembered.
DEEDS_KEPT: Final = 10_000


@implementer(IOrder)
class MemoryOrder:
    """
    What moderators did. Roles, bans and mutes are with the chat itself: there is no
    start at which they would be asked for.
    """

    def __init__(self) -> None:
        self._deeds: deque[Deed] = deque(maxlen=DEEDS_KEPT)
        self._number = 0
        self._link: bytes | None = None

    def keep(self, deed: Deed | None) -> None:
        """
        Keep *deed*, if it is one.
        """
        if deed is not None:
            self._number += 1
            self._deeds.append(structs.replace(deed, number=self._number))

    def write(self, draft: Draft) -> Outcome:
        """
        Keep what *draft* does to the whole server.
        """
        authority = draft.authority
        if authority is None or authority.deed is None:
            return Internal("this is nothing to do to the whole server")
        if isinstance(draft.command, Claim):
            if self._link is None or authority.key != self._link:
                return BadKey("this link is none, or it was used")
            self._link = None
        self.keep(authority.deed)
        return self._deeds[-1]

    def deeds(self, scope: str | None, limit: int, before: int | None) -> Deferred[list[Deed]]:
        """See `IOrder.deeds`."""
        found = (
            deed
            for deed in reversed(self._deeds)
            if (before is None or deed.number < before) and scope in {None, _scope(deed)}
        )
        return succeed(list(islice(found, limit)))

    def offer(self, key: bytes) -> Deferred[None]:
        """See `IOrder.offer`."""
        self._link = key
        return succeed(None)


def _scope(deed: Deed) -> str:
    return SERVER if deed.room is UNSET else names.room_key(deed.room)
