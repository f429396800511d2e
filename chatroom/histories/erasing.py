"""
Erasing what was purged: messages of somebody, back to a time.

They are out of sight from the purge on (see `chatroom.histories.posts`); their texts
are erased some at a time, the newest first, so that nobody waits for ten thousand.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, null, select, update

from chatroom.histories import index
from chatroom.histories import schema as db
from chatroom.histories.database import Connection, among, json
from chatroom.histories.posts import Room

#: Numbers that are looked at in one go.
SLICE: Final = 500

_NEXT: Final = (
    select(db.erasures)
    .where(db.erasures.c.room == bindparam("room"))
    .order_by(db.erasures.c.seq)
    .limit(1)
)
#: Of what is in the search's index it is known how old it is.
_BLOCK: Final = select(func.max(db.blocks.c.number)).where(
    db.blocks.c.room == bindparam("room"),
    db.blocks.c.number < bindparam("end"),
    db.blocks.c.newest >= bindparam("since"),
)
_FOUND: Final = select(db.messages.c.seq, db.messages.c.text, db.messages.c.notified).where(
    db.messages.c.room == bindparam("room"),
    db.messages.c.seq >= bindparam("start"),
    db.messages.c.seq < bindparam("end"),
    db.messages.c.person == bindparam("person"),
    db.messages.c.time >= bindparam("since"),
    db.messages.c.text.is_not(None),
)
_TEXTS: Final = update(db.texts).where(among(db.texts.c.id, "texts")).values(text="")
_MESSAGES: Final = (
    update(db.messages)
    .where(db.messages.c.room == bindparam("in_room"), among(db.messages.c.seq, "seqs"))
    .values(text=null(), mentions=null())
)
_NO_MENTION: Final = delete(db.mentions).where(
    db.mentions.c.room == bindparam("room"),
    db.mentions.c.person == bindparam("person"),
    db.mentions.c.seq == bindparam("seq"),
)
_NO_REACTIONS: Final = [
    delete(table).where(table.c.room == bindparam("room"), among(table.c.target, "seqs"))
    for table in (db.reactions, db.tallies)
]
_GONE_ON: Final = (
    update(db.erasures)
    .where(db.erasures.c.room == bindparam("in_room"), db.erasures.c.seq == bindparam("purge"))
    .values(before=bindparam("start"))
)
_DONE: Final = delete(db.erasures).where(
    db.erasures.c.room == bindparam("room"), db.erasures.c.seq == bindparam("purge")
)
_ERASING: Final = (
    update(db.rooms).where(db.rooms.c.id == bindparam("room")).values(erasing=bindparam("many"))
)


def erase_some(connection: Connection, room: Room) -> None:
    """
    Erase some of what was purged in *room*.
    """
    _, purge, person, since, before = connection.row(_NEXT, room=room.id)
    start, end = _span(connection, room, since, before)
    if start < end:
        _erase(connection, room, person, since, start, end)
        connection.run(_GONE_ON, in_room=room.id, purge=purge, start=start)
    else:
        connection.run(_DONE, room=room.id, purge=purge)
        connection.run(_ERASING, room=room.id, many=room.erasing - 1)


def _span(connection: Connection, room: Room, since: int, before: int) -> tuple[int, int]:
    """
    Return the next numbers to look at, from and below; empty if there are none.
    """
    unsealed = max(room.first, room.sealed * index.BLOCK)
    if before > unsealed:
        return max(unsealed, before - SLICE), before
    blocks = -(-before // index.BLOCK)
    (number,) = connection.row(_BLOCK, room=room.id, end=blocks, since=since)
    if number is None:
        return 0, 0
    end = min(before, (number + 1) * index.BLOCK)
    return max(room.first, number * index.BLOCK, end - SLICE), end


def _erase(
    connection: Connection, room: Room, person: str, since: int, start: int, end: int
) -> None:
    found = connection.rows(_FOUND, room=room.id, start=start, end=end, person=person, since=since)
    if not found:
        return
    seqs = json([seq for seq, _, _ in found])
    connection.run(_TEXTS, texts=json([text for _, text, _ in found]))
    connection.run(_MESSAGES, in_room=room.id, seqs=seqs)
    connection.each(
        _NO_MENTION,
        [
            {"room": room.id, "person": other, "seq": seq}
            for seq, _, notified in found
            if notified is not None
            for other in msgspec.json.decode(notified)
        ],
    )
    for statement in _NO_REACTIONS:
        connection.run(statement, room=room.id, seqs=seqs)
    index.change(connection, room, dict.fromkeys((seq for seq, _, _ in found), None))
