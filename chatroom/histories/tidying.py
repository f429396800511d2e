"""
What can wait until after an answer: done a little at a time, between batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import bindparam, or_, select, update

from chatroom.counters import Counters
from chatroom.histories import index
from chatroom.histories.database import Connection
from chatroom.histories.erasing import erase_some
from chatroom.histories.posts import Room
from chatroom.histories.retention import cut, purge, sweep
from chatroom.histories.schema import rooms
from chatroom.log import Retain

#: How often every room is looked at for entries that are too old, in milliseconds.
LOOK_MS: Final = 600_000
#: Rooms that are looked at in one go.
LOOKED_AT: Final = 100

_AWAITING: Final = select(rooms.c.id).where(
    or_(
        rooms.c.purged < rooms.c.first,
        rooms.c.erasing > 0,
        (rooms.c.sealed + 1) * bindparam("block") <= rooms.c.seq,
    )
)
_ROOM: Final = select(rooms).where(rooms.c.id == bindparam("room"))
_NEXT_ROOMS: Final = (
    select(rooms).where(rooms.c.id > bindparam("last")).order_by(rooms.c.id).limit(LOOKED_AT)
)
_RETAINED: Final = (
    update(rooms).where(rooms.c.id == bindparam("room")).values(first=bindparam("retained"))
)


class Tidying:
    """
    Deletes what is not retained, erases what was purged, extends the search's index,
    takes what was erased out of the write-ahead log.

    Args:
        now: The time, in milliseconds since the Unix epoch.
    """

    def __init__(self, retain: Retain, now: Callable[[], int], counters: Counters) -> None:
        self._retain = retain
        self._now = now
        self._counters = counters
        #: Rooms with something to delete, to erase or to seal.
        self._awaiting: dict[int, None] = {}
        self._husks = False
        # What was erased before a crash may be in the log of then.
        self._erased = True
        self._looked_at = 0
        self._look_from: int | None = 0

    @property
    def pressing(self) -> bool:
        """
        Whether it grows with what is said.
        """
        return bool(self._awaiting)

    @property
    def due(self) -> bool:
        """
        Whether there is anything to do.
        """
        return self.pressing or self._erased or self._husks or self._is_time_to_look()

    def begin(self, connection: Connection) -> None:
        """
        Find what an earlier run has left.
        """
        self._awaiting |= {id: None for (id,) in connection.rows(_AWAITING, block=index.BLOCK)}

    def note(self, written: Iterable[Room], *, erased: bool) -> None:
        """
        Note the state of rooms that were written to, and whether a text was erased.
        """
        self._erased = self._erased or erased
        for room in written:
            if _wants(room):
                self._awaiting[room.id] = None

    def slice(self, connection: Connection) -> bool:
        """
        Do a little; return whether there is more that can be done now.
        """
        if self._awaiting:
            with connection.transaction():
                self._settle(connection, next(iter(self._awaiting)))
        elif self._is_time_to_look():
            with connection.transaction():
                self._look(connection)
        elif self._husks:
            with connection.transaction():
                self._husks = sweep(connection)
        elif self._erased:
            self._erased = not connection.put_in_place()
            return False
        return self.due

    def _settle(self, connection: Connection, id: int) -> None:
        """
        Delete, erase or seal some of a room.
        """
        room = Room._make(connection.row(_ROOM, room=id))
        if room.purged < room.first:
            self._counters.evicted["entries"] += purge(connection, room)
            self._erased = self._husks = True
        elif room.erasing:
            erase_some(connection, room)
            self._erased = True
        elif _wants(room):
            index.seal(connection, room)
        if not _wants(Room._make(connection.row(_ROOM, room=id))):
            del self._awaiting[id]

    def _is_time_to_look(self) -> bool:
        return self._look_from is not None or (
            self._retain.age_ms is not None and abs(self._now() - self._looked_at) >= LOOK_MS
        )

    def _look(self, connection: Connection) -> None:
        """
        Cut some of the rooms: at the start all for what is to be retained from now
        on, and then from time to time those in which nobody says anything.
        """
        if self._look_from is None:
            self._look_from = 0
        found = [Room._make(row) for row in connection.rows(_NEXT_ROOMS, last=self._look_from)]
        for room in found:
            first = cut(connection, room, self._retain, self._now())
            if first != room.first:
                connection.run(_RETAINED, room=room.id, retained=first)
                self._awaiting[room.id] = None
        if len(found) < LOOKED_AT:
            self._look_from, self._looked_at = None, self._now()
        else:
            self._look_from = found[-1].id


def _wants(room: Room) -> bool:
    return (
        room.purged < room.first or room.erasing > 0 or (room.sealed + 1) * index.BLOCK <= room.seq
    )
