"""
The accounts of a room: made, listed, given another password, removed.

The room may run meanwhile: it remembers nothing of them between two questions.
"""

from __future__ import annotations

import secrets
import sys
from getpass import getpass

from chatroom import limits
from chatroom.accounts import AccountRecord
from chatroom.authenticators.passwords import hashed
from chatroom.errors import ChatError
from chatroom.histories import accounts
from chatroom.histories.database import Connection, Database
from chatroom.looks import check_own
from chatroom.names import clean_name
from chatroom.operations.files import reading, writing
from chatroom.operations.trouble import Trouble


def add(database: Database, name: str) -> None:
    """
    Make an account, with a password that is asked for.

    Raises:
        Trouble: There is one that looks like it, or nobody can be called so.
    """
    name = _clean(name, is_new=True)
    with reading(database) as connection:
        _check_new(connection, name)
    password = hashed(_asked())
    with writing(database) as connection:
        known = _check_new(connection, name)
        if known is None:
            known = AccountRecord(name, name, secrets.token_bytes(32))
            accounts.keep(connection, known)
        accounts.set_password(connection, known.id, password, secrets.token_bytes(32))


def set_password(database: Database, name: str) -> None:
    """
    Give an account another password, which is asked for; its tokens end.

    Raises:
        Trouble: There is no such account.
    """
    with reading(database) as connection:
        record = _found(connection, name)
    password = hashed(_asked())
    with writing(database) as connection:
        accounts.set_password(connection, record.id, password, secrets.token_bytes(32))


def remove(database: Database, name: str) -> None:
    """
    Remove an account; its tokens end, and its name is free.

    Raises:
        Trouble: There is no such account.
    """
    with writing(database) as connection:
        accounts.remove(connection, _found(connection, name), secrets.token_bytes(32))


def everyone(database: Database) -> list[AccountRecord]:
    """
    Return all accounts, by name.
    """
    with reading(database) as connection:
        return accounts.everyone(connection)


def _clean(name: str, *, is_new: bool = False) -> str:
    try:
        name = clean_name(name)
        if is_new:
            check_own(name)
    except ChatError as error:
        raise Trouble(f"{name}: {error.reason}") from None
    return name


def _found(connection: Connection, name: str) -> AccountRecord:
    record = accounts.alike(connection, _clean(name))
    if record is None:
        raise Trouble(f"there is no account {name}")
    return record


def _check_new(connection: Connection, name: str) -> AccountRecord | None:
    """
    Return the account of this name whose password was checked elsewhere, if there is one.
    """
    record = accounts.alike(connection, name)
    if record is not None and (record.password is not None or record.name != name):
        raise Trouble(f"there is an account {record.name}")
    return record


def _asked() -> str:
    """
    Return a password that was typed twice, or is a line of what is piped in.
    """
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass("Password: ")
        if getpass("Once more: ") != password:
            raise Trouble("these were two different ones; nothing was changed")
    if not limits.PASSWORD_CHARS_AT_LEAST <= len(password) <= limits.PASSWORD_CHARS:
        raise Trouble(
            f"a password has {limits.PASSWORD_CHARS_AT_LEAST} to {limits.PASSWORD_CHARS} characters"
        )
    return password
