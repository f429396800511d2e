"""
Searching: the newest messages that have the words asked for.

Time comes first, and a clock may have been set back, so that a room's entries are
not always in the order of their times. Each block tells its newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, select, tuple_

from chatroom.errors import BadCommand
from chatroom.histories import index
from chatroom.histories.database import Connection, among, json
from chatroom.histories.index import Lookup
from chatroom.histories.posts import Room, find_rooms, fold, live
from chatroom.histories.schema import blocks, messages, texts
from chatroom.log import Hits
from chatroom.words import Query

#: Blocks that are looked through at first; then four times as many, and so on.
BLOCKS_AT_FIRST: Final = 8
#: Beyond every time and every number.
_END: Final = 2**62


class Place(NamedTuple):
    """
    Where a message stands among those that were found; the newest is the greatest.
    """

    time: int
    room: str
    seq: int

    def __str__(self) -> str:
        return f"{self.time}.{self.seq}.{self.room}"


def place(start: str) -> Place:
    """
    Return the place that *start* names.

    Raises:
        BadCommand: It names none.
    """
    try:
        time, seq, room = start.split(".", 2)
        return Place(min(int(time[:20]), _END), room, min(int(seq[:20]), _END))
    except ValueError as error:
        raise BadCommand("`from` is what an earlier `found` gave as `next`") from error


def search(
    connection: Connection, names: Sequence[str], query: Query, limit: int, behind: Place
) -> Hits:
    """
    See `IHistory.search`.

    Args:
        behind: Only what comes after this place is found.
    """
    rooms = find_rooms(connection, names)
    found = []
    if query:
        finding = _Finding(connection, list(rooms.values()), query, limit + 1, behind)
        found = finding.found()
    shown = found[:limit]
    folded = {
        (name, message.seq): message
        for name in {place.room for place in shown}
        for message in fold(
            connection, rooms[name], [place.seq for place in shown if place.room == name]
        )
    }
    return Hits(
        messages=[folded[place.room, place.seq] for place in shown],
        places=[str(place) for place in shown],
        more=len(found) > limit,
    )


#: Nothing is found before this place.
BEGINNING: Final = Place(_END, "", _END)

_said = (
    select(messages.c.seq, messages.c.time, texts.c.text)
    .select_from(messages.join(texts, texts.c.id == messages.c.text))
    .where(
        messages.c.room == bindparam("room"),
        tuple_(messages.c.time, messages.c.seq) < tuple_(bindparam("time"), bindparam("seq")),
    )
    .order_by(messages.c.time.desc(), messages.c.seq.desc())
)
_CANDIDATES: Final = _said.where(among(messages.c.seq, "seqs"))
_UNSEALED: Final = _said.where(messages.c.seq >= bindparam("start"))
_BLOCKS: Final = (
    select(blocks.c.newest, blocks.c.id, blocks.c.room, blocks.c.number)
    .where(
        among(blocks.c.room, "rooms"),
        blocks.c.oldest <= bindparam("time"),
        tuple_(blocks.c.newest, blocks.c.id) < tuple_(bindparam("newest"), bindparam("id")),
    )
    .order_by(blocks.c.newest.desc(), blocks.c.id.desc())
    .limit(bindparam("most"))
)


class _Finding:
    """
    One search: the first *wanted* places behind *behind*.
    """

    def __init__(
        self, connection: Connection, rooms: list[Room], query: Query, wanted: int, behind: Place
    ) -> None:
        self._connection = connection
        self._rooms = {room.id: room for room in rooms}
        self._query = query
        self._wanted = wanted
        self._behind = behind

    def found(self) -> list[Place]:
        """
        Return the places, the newest first.
        """
        found: list[Place] = []
        for room in self._rooms.values():
            start = max(room.first, room.sealed * index.BLOCK)
            found += self._finds(room, _UNSEALED, start=start)
        found = nlargest(self._wanted, found)
        lookup = Lookup(self._query)
        for group in self._groups():
            newest = group[0][0]
            if len(found) == self._wanted and found[-1].time > newest:
                break
            places = lookup.places(self._connection, [id for _, id, _, _ in group])
            for newest, id, room_id, number in group:
                if id not in places or (len(found) == self._wanted and found[-1].time > newest):
                    continue
                room = self._rooms[room_id]
                seqs = (number * index.BLOCK + place for place in places[id])
                retained = json([seq for seq in seqs if seq >= room.first])
                found += self._finds(room, _CANDIDATES, seqs=retained)
                found = nlargest(self._wanted, found)
        return found

    def _groups(self) -> Iterator[list[Any]]:
        """
        The blocks of the rooms, newest first: few, then more at a time.
        """
        rooms = json(list(self._rooms))
        newest, id, most = _END, 0, BLOCKS_AT_FIRST
        while True:
            group = self._connection.rows(
                _BLOCKS, rooms=rooms, time=self._behind.time, newest=newest, id=id, most=most
            )
            if group:
                yield group
            if len(group) < most:
                return
            newest, id = group[-1][:2]
            most *= 4

    def _finds(self, room: Room, candidates: Select[Any], **which: object) -> list[Place]:
        """
        Return the first *wanted* places of those *candidates* that the query finds.
        """
        time, name, seq = self._behind
        if room.name != name:
            seq = _END if room.name < name else -1
        rows = self._connection.rows(candidates, room=room.id, time=time, seq=seq, **which)
        found: list[Place] = []
        for seq, time, text in rows:
            if self._query.finds(text):
                found.append(Place(time, room.name, seq))
                if len(found) == self._wanted and not room.erasing:
                    break
        if room.erasing:
            present = set(live(self._connection, room, [place.seq for place in found]))
            found = [place for place in found if place.seq in present][: self._wanted]
        return found
