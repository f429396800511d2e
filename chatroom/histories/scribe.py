"""
What the writing thread does with the database, and what becomes of errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Final

from sqlalchemy import select
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatroom.counters import Counters
from chatroom.errors import StorageUnavailable
from chatroom.histories import ledger, orders, people
from chatroom.histories.database import Connection, Database, is_outage
from chatroom.histories.migrate import EPOCH, SECRET, migrate
from chatroom.histories.people import Change
from chatroom.histories.posts import Room
from chatroom.histories.schema import marks
from chatroom.histories.tidying import Tidying
from chatroom.log import Draft, Kept, Outcome, Retain

log = Logger()

_MARKS: Final = select(marks)


@contextmanager
def out_of_reach() -> Iterator[None]:
    """
    Turn what is wrong with the storage into `StorageUnavailable`.
    """
    try:
        yield
    except StorageUnavailable:
        raise
    except Exception as error:
        if is_outage(error):
            raise StorageUnavailable("nothing can be stored or read just now") from error
        raise


class Scribe:
    """
    Writes, in one thread; provides `chatroom.histories.writer.Work`.

    Args:
        now: The time, in milliseconds since the Unix epoch.
    """

    def __init__(
        self, database: Database, retain: Retain, now: Callable[[], int], counters: Counters
    ) -> None:
        self._database = database
        self._retain = retain
        self._now = now
        self._connection: Connection | None = None
        self._unavailable = False
        self._tidying = Tidying(retain, now, counters)
        self._ends = ledger.Ends()
        #: The rooms that the open transaction has written to.
        self._written: list[Room] = []

    def prepare(self) -> None:
        """
        Make the database, or bring it up to date.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """
        if self._database.claim.is_taken:
            # It is open, and this would let others have it.
            return
        try:
            with self._explained():
                self._database.make()
                self._database.claim.take()
                with self._database.core() as connection:
                    migrate(connection)
        finally:
            self._database.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not is_outage(error):
                raise
            cause = getattr(error, "orig", None) or error
            raise StorageUnavailable(f"cannot use {self._database.path}: {cause}") from error

    def open(self) -> tuple[str, bytes, Kept]:
        """
        Open the database; return its epoch, its secret, and what is kept.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """
        with self._explained():
            self._database.claim.take()
            connection = self._opened()
            with connection.transaction():
                self._tidying.begin(connection)
                values = dict(connection.rows(_MARKS))
                now = self._now()
                kept = replace(people.kept(connection, now), order=orders.kept(connection, now))
                return values[EPOCH].decode(), values[SECRET], kept

    def close(self) -> None:
        """
        Put everything in its place, and close the database.
        """
        # Until it is opened again another program may write.
        self._forget()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.put_in_place()
            except Exception as error:
                if not is_outage(error):
                    raise
                # All that was answered is in the write-ahead log, and stays there.
                log.warn("The database was closed as it is: {reason}", reason=error)  # noqa: G010 - Twisted's
            finally:
                connection.close()

    def commit(self, asked: Sequence[Sequence[Draft] | Change]) -> Sequence[object]:
        """
        Do what is *asked* in one transaction; return a result, or a `Failure`, for each.

        What fails for a reason of its own fails alone. If the storage does, everything
        does. A COMMIT that fails is rolled back: the write-ahead log counts a
        transaction only when all of it, synced, is followed by its commit mark.
        """
        try:
            with out_of_reach():
                connection = self._opened()
                try:
                    with connection.transaction():
                        results = self._done(connection, asked)
                except Exception as error:
                    self._forget()
                    if is_outage(error):
                        raise
                    with connection.transaction():
                        results = self._done_singly(connection, asked)
        except Exception as error:  # noqa: BLE001 - those who asked are told
            self._failed(error)
            return [Failure()] * len(asked)  # type: ignore[no-untyped-call]
        self._ends.note(self._written)
        self._written = []
        if self._unavailable:
            self._unavailable = False
            log.info("The database can be written again")
        return results

    def _forget(self) -> None:
        self._written = []
        self._ends.forget()

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.connect()
        self._database.check()
        return self._connection

    def _failed(self, error: Exception) -> None:
        """
        Begin anew with the next batch.
        """
        if not self._unavailable:
            self._unavailable = True
            log.error("The database cannot be written: {reason!s}", reason=error.__cause__ or error)
        connection, self._connection = self._connection, None
        self._forget()
        if connection is not None:
            connection.drop()

    def _done_singly(
        self, connection: Connection, asked: Sequence[Sequence[Draft] | Change]
    ) -> list[object]:
        """
        Do what is *asked*, each on its own, in the open transaction.
        """
        results: list[object] = []
        for one in asked:
            try:
                with connection.part():
                    results += self._done(connection, [one])
            except Exception as error:
                if is_outage(error):
                    raise
                self._forget()
                results.append(Failure())  # type: ignore[no-untyped-call]
        return results

    def _done(
        self, connection: Connection, asked: Sequence[Sequence[Draft] | Change]
    ) -> list[object]:
        drafts: list[Draft] = []
        changes: list[Change] = []
        for one in asked:
            if isinstance(one, Change):
                changes += (one, *one.then)
            else:
                drafts += one
        for statement, several in groupby(changes, key=lambda change: change.statement):
            connection.each(statement, [change.about for change in several])
        outcomes: Iterator[Outcome] = iter(())
        if drafts:
            written = ledger.append(connection, drafts, self._retain, self._ends)
            self._written += written.rooms
            outcomes = iter(written.outcomes)
            self._tidying.note(written.rooms, erased=written.erased)
        return [None if isinstance(one, Change) else [next(outcomes) for _ in one] for one in asked]

    def tidy(self) -> bool:
        """
        Do a little of what can wait; return whether there is more.
        """
        try:
            connection = self._opened()
            # It changes rooms, and what texts there are.
            self._ends.forget()
            return self._tidying.slice(connection)
        except Exception as error:
            if not is_outage(error):
                raise
            self._failed(error)
            return False

    @property
    def pressing(self) -> bool:
        """See `Work.pressing`."""
        return self._tidying.pressing

    @property
    def untidy(self) -> bool:
        """
        Whether there is anything that can wait.
        """
        return self._tidying.due
