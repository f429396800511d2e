"""
History and people in a database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

from chatroom.accounts import AccountRecord
from chatroom.counters import Counters
from chatroom.errors import ChatError, StorageUnavailable
from chatroom.histories import accounts, finding, orders, people, reading
from chatroom.histories.database import Database, is_outage
from chatroom.histories.people import Change
from chatroom.histories.readers import Readers
from chatroom.histories.scribe import Scribe, out_of_reach
from chatroom.histories.threads import Threads
from chatroom.histories.writer import Writer
from chatroom.interfaces import IAccounts, IHistory, IOrder, IPeople, IStore
from chatroom.log import Deed, Draft, Hits, Kept, Outcome, Page, PersonRecord, Replay, Retain
from chatroom.words import Query

log = Logger()

#: Threads that read, beside the one that writes.
READERS: Final = 3
#: What can wait is done so often. An erased text is out of the files this much later.
TIDY_S: Final = 2.0


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


@implementer(IStore)
class SqlStore:
    """
    History and people in a database, with threads of its own.

    Args:
        reactor: Where the answers are wanted.
        url: The database, as SQLAlchemy has it: ``sqlite:///folder/file``. A folder
            that is missing is made, for this user alone.
        retain: How much is kept of each room, and a tenth more.
        now: The time, in milliseconds since the Unix epoch.
        threads: What makes the pools of threads.

    Raises:
        ValueError: *url* is none that is supported.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        url: str,
        retain: Retain = Retain(),
        *,
        now: Callable[[], int] = _milliseconds,
        threads: type[ThreadPool] = Threads,
    ) -> None:
        self._database = Database(url, READERS + 1)
        self._reactor = IReactorFromThreads(reactor)
        self.counters = Counters()
        self._scribe = Scribe(self._database, retain, now, self.counters)
        # All of them from the start: later there might be none to be had.
        self._writing = threads(1, 1, "chatroom-writer")
        self._reading = threads(READERS, READERS, "chatroom-reader")
        self._writer = Writer(self._reactor, self._writing, self._scribe, self.counters)
        self._readers = Readers(reactor, self._reading, READERS, self._read)
        self._ticking = LoopingCall(self._tick)
        self._ticking.clock = reactor
        self._prepared = self._open = False
        self.history = SqlHistory(self)
        self.people = SqlPeople(self)
        self.order = SqlOrder(self)
        self.accounts = SqlAccounts(self)

    def prepare(self) -> None:
        """See `IStore.prepare`."""
        self._scribe.prepare()
        self._prepared = True

    def start(self) -> Deferred[Kept]:
        """See `IStore.start`."""
        self._writing.start()
        self._reading.start()
        self._writer.begin()
        return self._in_writer(self._start).addCallbacks(self._started, self._not_started)

    def stop(self) -> Deferred[None]:
        """See `IStore.stop`."""
        if not self._open:
            return succeed(None)
        self._open = False
        return Deferred.fromCoroutine(self._stop())

    @property
    def waiting(self) -> int:
        """See `IStore.waiting`."""
        return self._writer.waiting

    def probe(self) -> Deferred[None]:
        """See `IStore.probe`."""
        return self.read(reading.probe)

    def settled(self) -> Deferred[None]:
        """
        Do now what could wait; the Deferred fires when it is done.
        """
        if not self._open:
            return succeed(None)
        return self._writer.tidy()

    # For history and people.

    def write(self, what: Sequence[Draft] | Change, size: int = 1) -> Deferred[Any]:
        """
        Have *what* committed.
        """
        if not self._open:
            return fail(StorageUnavailable("the store is closed"))
        return self._writer.ask(what, size)

    def read(self, query: Callable[..., Any], *asked: object) -> Deferred[Any]:
        """
        Call *query* with a connection, within a snapshot, and with what is *asked*.
        """
        if not self._open:
            return fail(StorageUnavailable("the store is closed"))
        return self._readers.ask(query, *asked)

    # Inside.

    def _in_writer(self, call: Callable[[], Any]) -> Deferred[Any]:
        called: Deferred[Any] = deferToThreadPool(self._reactor, self._writing, call)
        return called

    def _start(self) -> tuple[str, bytes, Kept]:
        if not self._prepared:
            self._scribe.prepare()
        return self._scribe.open()

    def _started(self, found: tuple[str, bytes, Kept]) -> Kept:
        self.history.epoch, self.people.secret, kept = found
        self._open = True
        self._ticking.start(TIDY_S)
        return kept

    def _not_started(self, failure: Failure) -> Failure:
        self._end()
        return failure

    def _tick(self) -> Deferred[None] | None:
        return self._writer.tidy() if self._scribe.untidy else None

    async def _stop(self) -> None:
        self._ticking.stop()
        await self._writer.rest()
        await self._readers.rest()
        try:
            await self._in_writer(self._scribe.close)
        finally:
            self._end()

    def _end(self) -> None:
        self._writing.stop()
        self._reading.stop()
        self._database.close()

    def _read(self, query: Callable[..., Any], *asked: object) -> Any:  # noqa: ANN401 - as the query's
        with out_of_reach():
            connection = self._database.connect()
            try:
                with connection.snapshot():
                    return query(connection, *asked)
            except Exception as error:
                if is_outage(error):
                    connection.drop()
                raise
            finally:
                connection.close()


@implementer(IHistory)
class SqlHistory:
    """
    The logs of all rooms, in a database.
    """

    epoch = ""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
        """See `IHistory.append`."""
        drafts = list(drafts)
        return self._store.write(drafts, len(drafts))

    def page(
        self,
        room: str,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Deferred[Page]:
        """See `IHistory.page`."""
        return self._store.read(reading.page, room, limit, before, after, around)

    def mine(
        self, room: str, person: str, messages: Sequence[int]
    ) -> Deferred[dict[int, list[str]]]:
        """See `IHistory.mine`."""
        return self._store.read(reading.mine, room, person, list(messages))

    def replay(self, room: str, since: int) -> Deferred[Replay | None]:
        """See `IHistory.replay`."""
        return self._store.read(reading.replay, room, since)

    def unread(self, room: str, person: str, after: int, until: int) -> Deferred[tuple[int, int]]:
        """See `IHistory.unread`."""
        return self._store.read(reading.unread, room, person, after, until)

    def search(
        self, rooms: Sequence[str], text: str, limit: int, start: str | None = None
    ) -> Deferred[Hits]:
        """See `IHistory.search`."""
        try:
            query = Query(text)
            behind = finding.BEGINNING if start is None else finding.place(start)
        except ChatError:
            return fail()
        return self._store.read(finding.search, list(rooms), query, limit, behind)


@implementer(IPeople)
class SqlPeople:
    """
    Persons, in a database.
    """

    secret = b""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def find(self, token_hash: bytes) -> Deferred[PersonRecord | None]:
        """See `IPeople.find`."""
        return self._store.read(people.find, token_hash)

    def get(self, id: str) -> Deferred[PersonRecord | None]:
        """See `IPeople.get`."""
        return self._store.read(people.get, id)

    def add(self, record: PersonRecord, token_hash: bytes) -> Deferred[None]:
        """See `IPeople.add`."""
        return self._store.write(people.added(record, token_hash))

    def rename(self, person: str, name: str) -> Deferred[None]:
        """See `IPeople.rename`."""
        return self._store.write(people.renamed(person, name))

    def retoken(self, person: str, token_hash: bytes) -> Deferred[None]:
        """See `IPeople.retoken`."""
        return self._store.write(people.retokened(person, token_hash))

    def enter(self, person: str, room: str, read: int) -> Deferred[None]:
        """See `IPeople.enter`."""
        return self._store.write(people.entered(person, room, read))

    def leave(self, person: str, room: str) -> Deferred[None]:
        """See `IPeople.leave`."""
        return self._store.write(people.left(person, room))

    def seen(self, person: str, gone: int | None) -> Deferred[None]:
        """See `IPeople.seen`."""
        return self._store.write(people.seen(person, gone))


@implementer(IOrder)
class SqlOrder:
    """
    The moderation log, in a database.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def deeds(self, scope: str | None, limit: int, before: int | None) -> Deferred[list[Deed]]:
        """See `IOrder.deeds`."""
        return self._store.read(orders.read, scope, limit, before)

    def offer(self, key: bytes) -> Deferred[None]:
        """See `IOrder.offer`."""
        return self._store.write(orders.offered(key))


@implementer(IAccounts)
class SqlAccounts:
    """
    Accounts, in a database.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def find(self, id: str) -> Deferred[AccountRecord | None]:
        """See `IAccounts.find`."""
        return self._store.read(accounts.find, id)

    def alike(self, name: str) -> Deferred[AccountRecord | None]:
        """See `IAccounts.alike`."""
        return self._store.read(accounts.alike, name)

    def of(self, person: str) -> Deferred[AccountRecord | None]:
        """See `IAccounts.of`."""
        return self._store.read(accounts.of, person)

    def keep(self, record: AccountRecord) -> Deferred[None]:
        """See `IAccounts.keep`."""
        return self._store.write(accounts.kept(record))
