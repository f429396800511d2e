"""
Persons: what is kept of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.sql.elements import ClauseElement

from chatroom import limits
from chatroom.histories.database import Connection, insert
from chatroom.histories.posts import Room
from chatroom.histories.schema import members, persons, rooms
from chatroom.log import Kept, PersonRecord, RoomRecord


class Change(NamedTuple):
    """
    A statement, what it is about, and what is changed with it.
    """

    statement: ClauseElement
    about: dict[str, object]
    then: tuple[Change, ...] = ()


_ADD: Final = insert(persons).values({column.name: bindparam(column.name) for column in persons.c})
_RENAME: Final = (
    update(persons).where(persons.c.id == bindparam("person")).values(name=bindparam("now"))
)
_new_member = insert(members).values({column.name: bindparam(column.name) for column in members.c})
_ENTER: Final = _new_member.on_conflict_do_update(
    index_elements=["person", "room"],
    set_={"read": _new_member.excluded.read},
    where=members.c.read < _new_member.excluded.read,
)
_LEAVE: Final = delete(members).where(
    members.c.person == bindparam("person_"), members.c.room == bindparam("room_")
)
_RETOKEN: Final = (
    update(persons).where(persons.c.id == bindparam("person")).values(token_hash=bindparam("now"))
)
_SEEN: Final = (
    update(persons).where(persons.c.id == bindparam("person")).values(gone=bindparam("since"))
)


def added(record: PersonRecord, token_hash: bytes) -> Change:
    """See `IPeople.add`."""
    about = {"id": record.id, "name": record.name, "created": record.created}
    return Change(_ADD, {**about, "token_hash": token_hash, "gone": None})


def renamed(person: str, name: str) -> Change:
    """See `IPeople.rename`."""
    return Change(_RENAME, {"person": person, "now": name})


def retokened(person: str, token_hash: bytes) -> Change:
    """See `IPeople.retoken`."""
    return Change(_RETOKEN, {"person": person, "now": token_hash})


def entered(person: str, room: str, read: int) -> Change:
    """See `IPeople.enter`."""
    return Change(_ENTER, {"person": person, "room": room, "read": read})


def left(person: str, room: str) -> Change:
    """See `IPeople.leave`."""
    return Change(_LEAVE, {"person_": person, "room_": room})


def seen(person: str, gone: int | None) -> Change:
    """See `IPeople.seen`."""
    return Change(_SEEN, {"person": person, "since": gone})


_RECORD: Final = (persons.c.id, persons.c.name, persons.c.created, persons.c.gone)
_BY_TOKEN: Final = select(*_RECORD).where(persons.c.token_hash == bindparam("token_hash"))
_BY_ID: Final = select(*_RECORD).where(persons.c.id == bindparam("sought"))
_ROOMS_OF: Final = select(members.c.room, members.c.read).where(
    members.c.person == bindparam("person")
)


def find(connection: Connection, token_hash: bytes) -> PersonRecord | None:
    """See `IPeople.find`."""
    found = connection.row(_BY_TOKEN, token_hash=token_hash)
    return None if found is None else _record(connection, found)


def get(connection: Connection, id: str) -> PersonRecord | None:
    """See `IPeople.get`."""
    found = connection.row(_BY_ID, sought=id)
    return None if found is None else _record(connection, found)


def _record(connection: Connection, row: Any) -> PersonRecord:  # noqa: ANN401 - of `_RECORD`
    id, name, created, *_ = row
    return PersonRecord(id, name, created, dict(connection.rows(_ROOMS_OF, person=id)))


_CONNECTED: Final = update(persons).where(persons.c.gone.is_(None)).values(gone=bindparam("now"))
_HELD: Final = (
    select(*_RECORD, persons.c.token_hash)
    .where(persons.c.gone > bindparam("since"))
    .order_by(persons.c.gone)
)
_KNOWN_ROOMS: Final = select(rooms).order_by(rooms.c.id)


def kept(connection: Connection, now: int) -> Kept:
    """
    Return what is to be known from the start; who was connected is gone now.
    """
    connection.run(_CONNECTED, now=now)
    since = now - int(limits.NAME_HOLD_S * 1000)
    held = connection.rows(_HELD, since=since)
    return Kept(
        rooms=[
            RoomRecord(room.name, room.seq, room.rules)
            for room in map(Room._make, connection.rows(_KNOWN_ROOMS))
        ],
        people=[
            (replace(_record(connection, row), token_hash=token_hash), gone)
            for *row, gone, token_hash in held
        ],
    )
