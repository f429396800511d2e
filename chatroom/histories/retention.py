"""
Letting go of old entries.

First they are out of sight, in the transaction that numbers the entries beyond
which they are not kept; then they are deleted, some at a time.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from chatroom.histories import index
from chatroom.histories import schema as db
from chatroom.histories.database import Connection
from chatroom.histories.posts import Room
from chatroom.log import Retain

#: Entries that are deleted at a time.
SLICE: Final = 500

#: Husks that are kept before the first row that is none. What is deleted makes SQLite
#: move rows between up to three pages, each of which holds up to 512 husks, and what
#: is moved leaves copies.
HUSKS: Final = 3 * 512

#: Husks that are deleted at a time.
HUSKS_SWEPT: Final = 5000

_ENTRIES: Final = (db.messages, db.changes)
_TIMES: Final = [
    select(table.c.time).where(table.c.room == bindparam("room"), table.c.seq == bindparam("seq"))
    for table in _ENTRIES
]
_FIRST_SINCE: Final = [
    select(table.c.seq)
    .where(
        table.c.room == bindparam("room"),
        table.c.seq >= bindparam("seq"),
        table.c.time >= bindparam("time"),
    )
    .order_by(table.c.seq)
    .limit(1)
    for table in _ENTRIES
]


def cut(connection: Connection, room: Room, retain: Retain, now: int) -> int:
    """
    Return the first number of *room* to be retained.

    In lumps of a tenth: to delete one entry for each that comes costs more.
    """
    length = room.seq - room.first + 1
    lump = length // 10
    excess = 0
    if retain.entries is not None:
        excess = max(0, length - retain.entries)
    if retain.age_ms is not None and length:
        oldest = now - retain.age_ms
        at = room.first + max(excess, lump)
        times = [connection.row(query, room=room.id, seq=at) for query in _TIMES]
        if any(found is not None and found[0] < oldest for found in times):
            since = [
                connection.row(query, room=room.id, seq=at, time=oldest) for query in _FIRST_SINCE
            ]
            until = min((found[0] for found in since if found is not None), default=room.seq + 1)
            excess = until - room.first
    return room.first + excess if excess > lump else room.first


def _in_span(table: Any, column: str = "seq") -> Any:  # noqa: ANN401 - a condition on any table
    return (
        (table.c.room == bindparam("room_"))
        & (table.c[column] >= bindparam("start"))
        & (table.c[column] < bindparam("end"))
    )


_ERASE: Final = (
    update(db.texts)
    .where(
        db.texts.c.id.in_(
            select(db.messages.c.text).where(_in_span(db.messages), db.messages.c.text.is_not(None))
        )
    )
    .values(text="")
)
_NOTIFIED: Final = select(db.messages.c.seq, db.messages.c.notified).where(
    _in_span(db.messages), db.messages.c.notified.is_not(None)
)
_NO_MENTION: Final = delete(db.mentions).where(
    db.mentions.c.room == bindparam("room"),
    db.mentions.c.person == bindparam("person"),
    db.mentions.c.seq == bindparam("seq"),
)
_DELETE: Final = [
    delete(db.messages).where(_in_span(db.messages)),
    delete(db.changes).where(_in_span(db.changes)),
    delete(db.tallies).where(_in_span(db.tallies, "target")),
    delete(db.reactions).where(_in_span(db.reactions, "target")),
]
_PURGED: Final = (
    update(db.rooms).where(db.rooms.c.id == bindparam("room_")).values(purged=bindparam("end"))
)


def purge(connection: Connection, room: Room) -> int:
    """
    Delete some of the entries of *room* that are not retained; return how many.
    """
    end = min(room.first, room.purged + SLICE)
    span = {"room_": room.id, "start": room.purged, "end": end}
    connection.run(_ERASE, **span)
    connection.each(
        _NO_MENTION,
        [
            {"room": room.id, "person": person, "seq": seq}
            for seq, persons in connection.rows(_NOTIFIED, **span)
            for person in msgspec.json.decode(persons)
        ],
    )
    for statement in _DELETE:
        connection.run(statement, **span)
    index.forget(connection, room, end)
    connection.run(_PURGED, **span)
    return end - room.purged


_BOUNDS: Final = [
    (
        select(func.min(table.c.id)),
        select(func.min(table.c.id)).where(content != empty),
        select(func.max(table.c.id)),
        delete(table).where(table.c.id < bindparam("end")),
    )
    for table, content, empty in (
        (db.texts, db.texts.c.text, ""),
        (db.chunks, db.chunks.c.words, b""),
    )
]


def sweep(connection: Connection) -> bool:
    """
    Delete some husks that are far from everything else; return whether there are more.
    """
    more = False
    for lowest, live, highest, remove in _BOUNDS:
        (start,) = connection.row(lowest)
        (end,) = connection.row(live)
        if end is None:
            (end,) = connection.row(highest)
        if start is not None and end - HUSKS > start:
            more = more or end - HUSKS > start + HUSKS_SWEPT
            connection.run(remove, end=min(end - HUSKS, start + HUSKS_SWEPT))
    return more
