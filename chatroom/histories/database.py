"""
The database: where it is, how it is opened, and all that is SQLite's own.

PostgreSQL would be a second one of this module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection as CoreConnection
from sqlalchemy import bindparam, create_engine, event, func, make_url, select, tuple_
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.sql.elements import ClauseElement, ColumnElement

from chatroom.errors import StorageUnavailable
from chatroom.histories.claim import Claim

__all__ = ["Connection", "Database", "among", "holds", "insert", "is_outage", "json", "paired"]

#: How long another program may hold the database until it counts as out of reach.
LOCKED_MS: Final = 3000
#: How long readers may hold up a checkpoint; it is tried again later.
CHECKPOINT_MS: Final = 50
#: So many pages of 4 KiB are written ahead before they are put into their places.
AHEAD_PAGES: Final = 4000
CACHE_KIB: Final = 8192

#: What is wrong with the disk, the file or its locks, as against what is wrong with a
#: statement or a value. https://www.sqlite.org/rescode.html
_OUTAGES: Final = frozenset(
    {
        3,  # PERM
        5,  # BUSY
        6,  # LOCKED
        7,  # NOMEM
        8,  # READONLY
        9,  # INTERRUPT
        10,  # IOERR
        11,  # CORRUPT
        13,  # FULL
        14,  # CANTOPEN
        15,  # PROTOCOL
        26,  # NOTADB
    }
)
_PRIMARY: Final = 0xFF

#: Rows that one INSERT takes: so few sizes that SQLite compiles each once.
_LUMPS: Final = (64, 8, 1)
_VALUES: Final = re.compile(r"(?<=VALUES )\([^)]*\)")

json: Final = msgspec.json.encode


def is_outage(error: BaseException) -> bool:
    """
    Whether *error* is of the storage, so that the same may succeed later.
    """
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if isinstance(error, OSError | StorageUnavailable):
        return True
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _OUTAGES


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """
    Return the condition that *column* is in the parameter *name*, a list as `json`.

    A list of any length is one parameter, so the statement is compiled once.
    """
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


def paired(first: ColumnElement[Any], second: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """
    Return the condition that two columns are one of the pairs in the parameter *name*,
    a list of lists as `json`.
    """
    pair = func.json_each(bindparam(name)).table_valued("value").c.value
    return tuple_(first, second).in_(
        select(func.json_extract(pair, "$[0]"), func.json_extract(pair, "$[1]"))
    )


def holds(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """
    Return the condition that *column* has the parameter *name* in it; both are bytes.
    """
    return func.instr(column, bindparam(name)) > 0


class Compiled(NamedTuple):
    """
    A statement in the database's language, the names of its parameters in the order
    in which they are given, and the values that are known already.
    """

    text: str
    names: Sequence[str]
    known: dict[str, Any]


@cache
def _in_lumps(text: str) -> list[tuple[int, str]]:
    """
    Return *text*, an INSERT of one row, for several rows at a time; the most first.
    """
    (row,) = _VALUES.findall(text)
    return [(size, text.replace(row, ", ".join([row] * size))) for size in _LUMPS]


class Connection:
    """
    A connection that runs statements of SQLAlchemy's, each compiled once.

    They go to the driver itself. A statement of one row takes 46 µs through
    ``Connection.execute``, 26 through ``exec_driver_sql`` and 9 here, and this time
    is taken from the reactor's thread: only one runs at a time.
    """

    def __init__(
        self,
        pooled: PoolProxiedConnection,
        dialect: Dialect,
        compiled: dict[ClauseElement, Compiled],
    ) -> None:
        self._pooled = pooled
        self._dialect = dialect
        self._compiled = compiled
        self._cursor = pooled.cursor()

    def _text(self, statement: ClauseElement) -> Compiled:
        found = self._compiled.get(statement)
        if found is None:
            compiled: Any = statement.compile(dialect=self._dialect)
            known = {name: value for name, value in compiled.params.items() if value is not None}
            found = Compiled(compiled.string, compiled.positiontup or (), known)
            self._compiled[statement] = found
        return found

    def rows(self, statement: ClauseElement, **values: object) -> list[Any]:
        """
        Run *statement*; return all rows, as tuples.
        """
        text, names, known = self._text(statement)
        if known:
            values = known | values
        self._cursor.execute(text, tuple([values[name] for name in names]))
        return list(self._cursor.fetchall())

    def run(self, statement: ClauseElement, **values: object) -> None:
        """
        Run *statement*.
        """
        self.rows(statement, **values)

    def row(self, statement: ClauseElement, **values: object) -> Any:  # noqa: ANN401 - as the query is
        """
        Run *statement*; return the first row, or None.
        """
        rows = self.rows(statement, **values)
        return rows[0] if rows else None

    def each(self, statement: ClauseElement, many: Sequence[dict[str, object]]) -> None:
        """
        Run *statement* for each of *many*.
        """
        if not many:
            return
        text, names, known = self._text(statement)
        rows = []
        for values in many:
            all_values = known | values if known else values
            rows.append(tuple([all_values[name] for name in names]))
        if len(rows) == 1:
            # The usual batch.
            self._cursor.execute(text, rows[0])
        else:
            self._cursor.executemany(text, rows)

    def insert(self, statement: ClauseElement, rows: Sequence[tuple[object, ...]]) -> None:
        """
        Run *statement*, an INSERT, for *rows*, many at a time.

        Python lets go of its lock for each step of SQLite's, and gets it back when
        another thread does: beside a busy reactor 500 rows took 13.6 ms with
        ``executemany``, 3.6 ms so.
        """
        if not rows:
            return
        text = self._text(statement).text
        if len(rows) == 1:
            # The usual batch.
            self._cursor.execute(text, rows[0])
            return
        start = 0
        for size, several in _in_lumps(text):
            while len(rows) - start >= size:
                values = [value for row in rows[start : start + size] for value in row]
                self._cursor.execute(several, values)
                start += size

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        Commit what is written within, or nothing of it.
        """
        self._cursor.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._cursor.execute("COMMIT")
        except BaseException:
            # After some failures SQLite has rolled back by itself.
            if self._pooled.in_transaction:
                self._cursor.execute("ROLLBACK")
            raise

    @contextmanager
    def part(self) -> Iterator[None]:
        """
        Keep what is written within, or nothing of it, in a transaction.
        """
        self._cursor.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._cursor.execute("ROLLBACK TO part")
            raise
        finally:
            self._cursor.execute("RELEASE part")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """
        Read one moment.
        """
        self._cursor.execute("BEGIN")
        try:
            yield
        finally:
            self._cursor.execute("ROLLBACK")

    def put_in_place(self) -> bool:
        """
        Empty the write-ahead log; return False if a reader is in the way.

        Until then what was erased is still in it, and in the file.
        """
        self._cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_MS}")
        busy = self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        self._cursor.execute(f"PRAGMA busy_timeout={LOCKED_MS}")
        return not busy

    def close(self) -> None:
        """
        Give it back.
        """
        self._pooled.close()

    def drop(self) -> None:
        """
        Never use it again: something is wrong with it.
        """
        self._pooled.invalidate()


class Database:
    """
    A database, not yet open.

    Args:
        url: As SQLAlchemy has it, with a file's path: ``sqlite:///folder/file``.
        connections: How many are open at most.

    Raises:
        ValueError: *url* is none, or of a kind that is not supported.
    """

    def __init__(self, url: str, connections: int) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise ValueError(
                "expected a database such as sqlite:///chatroom-data/chatroom.sqlite"
            ) from error
        if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
            raise ValueError("only sqlite:///FILE is supported")
        self.path = Path(str(parsed.database))
        self._engine = create_engine(
            parsed,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            # They are what people wrote, and errors go into the log.
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _connected)
        event.listen(self._engine, "begin", _begun)
        self._compiled: dict[ClauseElement, Compiled] = {}
        self._file: tuple[int, int] | None = None
        #: Who means to run a room on it has to take it; `close` gives it back.
        self.claim = Claim(self.path)

    def make(self) -> None:
        """
        Make the file, and its folder, unless they are there, for this user alone.

        SQLite gives its other files (``-wal``, ``-shm``) the mode of this one.
        """
        if not self.path.parent.exists():
            self.path.parent.mkdir(mode=0o700, parents=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

    @contextmanager
    def core(self) -> Iterator[CoreConnection]:
        """
        A transaction with SQLAlchemy's own connection, which migrations need.
        """
        with self._engine.begin() as connection:
            yield connection

    def connect(self) -> Connection:
        """
        Return a connection to the file that `make` made or found.

        Raises:
            StorageUnavailable: It is gone, or another one is in its place.
        """
        self.check()
        return Connection(self._engine.raw_connection(), self._engine.dialect, self._compiled)

    def check(self) -> None:
        """
        Look whether the file is still in its place.

        Raises:
            StorageUnavailable: What is stored now would not be there tomorrow.
        """
        found = self.path.stat()
        known = found.st_dev, found.st_ino
        if self._file is None:
            self._file = known
        elif known != self._file:
            raise StorageUnavailable("another database is in the place of the one that was open")

    def close(self) -> None:
        """
        Close all connections that are not in use, and let others have it.
        """
        self._engine.dispose()
        self.claim.give_back()


def _connected(connection: DBAPIConnection, _: object) -> None:
    # Transactions are begun by us: the driver's own do not cover what is read.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={LOCKED_MS}",
        "journal_mode=WAL",
        # An ack survives a power cut.
        "synchronous=FULL",
        # What is deleted is overwritten, wherever it was.
        "secure_delete=ON",
        "temp_store=MEMORY",
        f"wal_autocheckpoint={AHEAD_PAGES}",
        f"cache_size=-{CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begun(connection: CoreConnection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
