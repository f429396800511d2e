"""
Order in the database: what acts do to roles, bans and mutes, and the moderation log.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET, structs
from sqlalchemy import bindparam, delete, func, select

from chatroom import names
from chatroom.bans import GRACE_MS, Ban
from chatroom.commands import Claim
from chatroom.errors import BadKey, Internal
from chatroom.histories.database import Connection, insert, json
from chatroom.histories.people import Change
from chatroom.histories.schema import bans, deeds, marks, mutes, roles
from chatroom.log import Authority, Deed, Draft, OrderRecord, Outcome
from chatroom.rights import SERVER

#: The mark that has the digest of the key of the link that is out.
LINK: Final = "owner-link"

DIGEST_BYTES: Final = 16

_deed: Final = msgspec.json.Decoder(Deed)

_LAST_DEED: Final = select(func.max(deeds.c.number))
_NEW_DEED: Final = insert(deeds)


def keep_deed(connection: Connection, deed: Deed) -> Deed:
    """
    Keep what was done; return it with its number.
    """
    (last,) = connection.row(_LAST_DEED)
    numbered = structs.replace(deed, number=(last or 0) + 1)
    connection.insert(_NEW_DEED, [(numbered.number, _scope(numbered), json(numbered).decode())])
    return numbered


def _scope(deed: Deed) -> str:
    return SERVER if deed.room is UNSET else names.room_key(deed.room)


_new_role = insert(roles)
_ROLE: Final = _new_role.on_conflict_do_update(
    index_elements=["person", "scope"], set_={"role": _new_role.excluded.role}
)
_NO_ROLE: Final = delete(roles).where(
    roles.c.person == bindparam("person"), roles.c.scope == bindparam("scope")
)
_new_ban = insert(bans)
_BAN: Final = _new_ban.on_conflict_do_update(
    index_elements=["scope", "person"],
    set_={"until": _new_ban.excluded.until, "addresses": _new_ban.excluded.addresses},
)
_NO_BAN: Final = delete(bans).where(
    bans.c.scope == bindparam("scope"), bans.c.person == bindparam("person")
)
_new_mute = insert(mutes)
_MUTE: Final = _new_mute.on_conflict_do_update(
    index_elements=["scope", "person"], set_={"until": _new_mute.excluded.until}
)
_NO_MUTE: Final = delete(mutes).where(
    mutes.c.scope == bindparam("scope"), mutes.c.person == bindparam("person")
)


def carry_out(connection: Connection, authority: Authority) -> None:
    """
    Keep what an act does to somebody's role, ban or mute.
    """
    deed, scope = authority.deed, authority.scope
    if deed is None or scope is None:
        return
    who = {"scope": scope, "person": deed.target}
    until = None if deed.until is UNSET else deed.until
    match deed.act:
        case "role" if deed.role in {UNSET, "member"}:
            connection.run(_NO_ROLE, **who)
        case "role":
            connection.insert(_ROLE, [(deed.target, scope, deed.role)])
        case "ban":
            addresses = b"" if authority.ban is None else b"".join(authority.ban.addresses)
            connection.insert(_BAN, [(scope, deed.target, until, addresses)])
        case "unban":
            connection.run(_NO_BAN, **who)
        case "mute":
            connection.insert(_MUTE, [(scope, deed.target, until)])
        case "unmute":
            connection.run(_NO_MUTE, **who)


_USE_LINK: Final = (
    delete(marks)
    .where(marks.c.name == LINK, marks.c.value == bindparam("key"))
    .returning(marks.c.name)
)


def serverwide(connection: Connection, draft: Draft) -> Outcome:
    """
    Keep what *draft* does to the whole server.
    """
    authority = draft.authority
    if authority is None or authority.deed is None:
        return Internal("this is nothing to do to the whole server")
    if isinstance(draft.command, Claim) and not connection.rows(_USE_LINK, key=authority.key):
        return BadKey("this link is none, or it was used")
    carry_out(connection, authority)
    return keep_deed(connection, authority.deed)


_new_mark = insert(marks).values(name=bindparam("mark"), value=bindparam("digest"))
_OFFER: Final = _new_mark.on_conflict_do_update(
    index_elements=["name"], set_={"value": _new_mark.excluded.value}
)


def offered(key: bytes) -> Change:
    """See `IOrder.offer`."""
    return Change(_OFFER, {"mark": LINK, "digest": key})


_DEEDS: Final = (
    select(deeds.c.number, deeds.c.deed)
    .where(deeds.c.number < bindparam("before"))
    .order_by(deeds.c.number.desc())
    .limit(bindparam("most"))
)
_DEEDS_IN: Final = _DEEDS.where(deeds.c.scope == bindparam("scope"))


def read(connection: Connection, scope: str | None, limit: int, before: int | None) -> list[Deed]:
    """See `IOrder.deeds`."""
    asked = {"before": 2**62 if before is None else before, "most": limit}
    if scope is None:
        rows = connection.rows(_DEEDS, **asked)
    else:
        rows = connection.rows(_DEEDS_IN, scope=scope, **asked)
    return [structs.replace(_deed.decode(deed), number=number) for number, deed in rows]


_NO_OLD: Final = [delete(table).where(table.c.until < bindparam("over")) for table in (bans, mutes)]
_ROLES: Final = select(roles)
_BANS: Final = select(bans)
_MUTES: Final = select(mutes)
_LINK: Final = select(marks.c.name).where(marks.c.name == LINK)


def kept(connection: Connection, now: int) -> OrderRecord:
    """
    Return what order there is; what has ended long ago is deleted.
    """
    for statement in _NO_OLD:
        connection.run(statement, over=now - GRACE_MS)
    return OrderRecord(
        roles=[(person, scope, role) for person, scope, role in connection.rows(_ROLES)],
        bans=[
            (scope, person, Ban(until, _split(addresses)))
            for scope, person, until, addresses in connection.rows(_BANS)
        ],
        mutes=[(scope, person, until) for scope, person, until in connection.rows(_MUTES)],
        has_link=bool(connection.rows(_LINK)),
    )


def _split(addresses: bytes) -> tuple[bytes, ...]:
    return tuple(addresses[at : at + DIGEST_BYTES] for at in range(0, len(addresses), DIGEST_BYTES))
