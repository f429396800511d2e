"""
``compact``: give back what erased messages have left.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chatroom.operations.files import opened
from chatroom.operations.trouble import Trouble


def compact(database: Path) -> tuple[int, int]:
    """
    Rewrite *database* without gaps; return its size before and after, in bytes.

    For a moment the disk needs room for the copy. Nobody can write meanwhile, so
    that a running room would refuse what people say: it has to be stopped.

    Raises:
        Trouble: A room is running on it, or the disk is too full.
    """
    before = database.stat().st_size
    with opened(database, wait_s=0) as connection:
        _claim(connection, database)
        connection.execute("VACUUM")
        # What SQLite knows of its tables, for the sake of its queries.
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, database.stat().st_size


def _claim(connection: sqlite3.Connection, database: Path) -> None:
    """
    Be the only one at *database*, until *connection* is closed.
    """
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        raise Trouble(f"a room is running on {database}; stop it first") from None
    connection.execute("COMMIT")
