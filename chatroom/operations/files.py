"""
The database of a room: found, opened, and what can be wrong with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chatroom.errors import StorageUnavailable
from chatroom.histories.database import Connection, Database
from chatroom.histories.migrate import STEPS
from chatroom.operations.trouble import Trouble

_HAS_STEPS: Final = text("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'")
_STEP: Final = text("SELECT version_num FROM alembic_version")


def database_at(url: str) -> Database:
    """
    Return the database that *url* names, which is there.

    Raises:
        Trouble: It names none, or one that is not there.
    """
    try:
        database = Database(url, 1)
    except ValueError as error:
        raise Trouble(f"--database {url}: {error}") from None
    if not database.path.is_file():
        where = database.path.absolute()
        raise Trouble(f"there is no database {where}; name another with --database")
    return database


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """
    A connection for reading, and one moment of the log.

    Raises:
        Trouble: It is no log of this version's, or broken, or locked.
    """
    with _told(database.path):
        connection = database.connect()
        try:
            with connection.snapshot():
                _verify(connection, database.path)
                yield connection
        finally:
            connection.close()
            database.close()


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """
    A connection for a change that is done as a whole or not at all.

    Raises:
        Trouble: It is no log of this version's, or broken, or locked.
    """
    with _told(database.path):
        connection = database.connect()
        try:
            with connection.transaction():
                _verify(connection, database.path)
                yield connection
        finally:
            connection.close()
            database.close()


@contextmanager
def opened(path: Path, wait_s: float = 5.0) -> Iterator[sqlite3.Connection]:
    """
    The file at *path* as SQLite has it; transactions are begun and ended by hand.

    Args:
        wait_s: How long to wait for a lock.

    Raises:
        Trouble: It is no database, or broken, or locked, or the disk is full.
    """
    # `rw`: it is not made if it is not there. In a URI a ? or a % means something.
    uri = f"file:{quote(str(path))}?mode=rw"
    with (
        _told(path),
        closing(sqlite3.connect(uri, wait_s, isolation_level=None, uri=True)) as connection,
    ):
        yield connection


def _verify(connection: Connection, path: Path) -> None:
    """
    Look whether the database is of the version that this program reads.
    """
    if connection.row(_HAS_STEPS) is None:
        raise Trouble(f"{path} is no room's database")
    steps = ScriptDirectory(str(STEPS))
    (done,) = connection.row(_STEP)
    if done == steps.get_current_head():
        return
    if done in {step.revision for step in steps.walk_revisions()}:
        raise Trouble(
            f"{path} is of an older version; start the room once, which brings it up to date"
        )
    raise Trouble(f"{path} was made by a newer version of this program")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, DBAPIError, StorageUnavailable) as error:
        raise Trouble(f"{path}: {getattr(error, 'orig', None) or error}") from error
