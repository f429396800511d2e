"""
Accounts: what is kept of them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.sql.elements import ClauseElement

from chatroom.accounts import AccountRecord
from chatroom.histories.database import Connection, among, insert, json
from chatroom.histories.people import Change
from chatroom.histories.schema import accounts, looks, persons
from chatroom.looks import looks as looks_of

_new: Final = insert(accounts).values(
    {column.name: bindparam(column.name) for column in accounts.c}
)
#: The key and the password of one that is there are not touched: another process may
#: just have changed them.
_KEEP: Final = _new.on_conflict_do_update(
    index_elements=["id"],
    set_={name: _new.excluded[name] for name in ("name", "person")},
)
_BY_ID: Final = select(accounts).where(accounts.c.id == bindparam("sought"))
_ALIKE: Final = (
    select(accounts)
    .join(looks, looks.c.account == accounts.c.id)
    .where(among(looks.c.look, "looks"))
    .limit(1)
)
_OF: Final = select(accounts).where(accounts.c.person == bindparam("sought"))
_ALL: Final = select(accounts).order_by(accounts.c.name)
_PASSWORD: Final = (
    update(accounts)
    .where(accounts.c.id == bindparam("sought"))
    .values(password=bindparam("now"), key=bindparam("new_key"))
)
_REMOVE: Final = delete(accounts).where(accounts.c.id == bindparam("sought"))
_NO_LOOKS: Final = delete(looks).where(looks.c.account == bindparam("sought"))
_LOOK: Final = insert(looks).values(look=bindparam("look"), account=bindparam("account"))
_END_TOKEN: Final = (
    update(persons).where(persons.c.id == bindparam("person")).values(token_hash=bindparam("none"))
)


def kept(record: AccountRecord) -> Change:
    """See `IAccounts.keep`."""
    seen = [Change(_LOOK, {"look": look, "account": record.id}) for look in looks_of(record.name)]
    return Change(_KEEP, asdict(record), (Change(_NO_LOOKS, {"sought": record.id}), *seen))


def find(connection: Connection, id: str) -> AccountRecord | None:
    """See `IAccounts.find`."""
    return _record(connection, _BY_ID, id)


def alike(connection: Connection, name: str) -> AccountRecord | None:
    """See `IAccounts.alike`."""
    row = connection.row(_ALIKE, looks=json(list(looks_of(name))))
    return None if row is None else AccountRecord(*row)


def of(connection: Connection, person: str) -> AccountRecord | None:
    """See `IAccounts.of`."""
    return _record(connection, _OF, person)


def _record(connection: Connection, query: ClauseElement, sought: str) -> AccountRecord | None:
    row = connection.row(query, sought=sought)
    return None if row is None else AccountRecord(*row)


# For who looks after the database, the room running or not.


def everyone(connection: Connection) -> list[AccountRecord]:
    """
    Return all accounts, by name.
    """
    return [AccountRecord(*row) for row in connection.rows(_ALL)]


def keep(connection: Connection, record: AccountRecord) -> None:
    """See `IAccounts.keep`."""
    change: Change = kept(record)
    for one in (change, *change.then):
        connection.run(one.statement, **one.about)


def set_password(connection: Connection, id: str, password: str, key: bytes) -> None:
    """
    Let an account have another password; with the old key its tokens end.
    """
    connection.run(_PASSWORD, sought=id, now=password, new_key=key)


def remove(connection: Connection, record: AccountRecord, token_hash: bytes) -> None:
    """
    Forget an account. The person stays for what they said, and nobody is it.

    Args:
        token_hash: Of a token that nobody has.
    """
    connection.run(_REMOVE, sought=record.id)
    connection.run(_NO_LOOKS, sought=record.id)
    if record.person is not None:
        connection.run(_END_TOKEN, person=record.person, none=token_hash)
