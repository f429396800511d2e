"""
History and people in a database.
"""

from __future__ import annotations

from twisted.internet import reactor

from chatroom.histories.sql import SqlStore
from chatroom.interfaces import IStore
from chatroom.log import Retain
from tests.histories.contract import (
    AccountsContract,
    HistoryContract,
    PeopleContract,
    StoreContract,
)
from tests.histories.ordered import OrderContract


class InSqlite(StoreContract):
    """A store in a file, with threads."""

    async def open(self, retain: Retain = Retain()) -> IStore:
        """See `StoreContract`."""
        store = SqlStore(reactor, f"sqlite:///{self.mktemp()}/chatroom.sqlite", retain)
        await store.start()
        self.addCleanup(store.stop)
        return store


class SqlHistoryTests(InSqlite, HistoryContract):
    """`SqlHistory` is an `IHistory`."""


class SqlPeopleTests(InSqlite, PeopleContract):
    """`SqlPeople` is an `IPeople`."""


class SqlAccountsTests(InSqlite, AccountsContract):
    """`SqlAccounts` is an `IAccounts`."""


class SqlOrderTests(InSqlite, OrderContract):
    """`SqlOrder` is an `IOrder`."""


# The contracts themselves are no tests.
del AccountsContract, HistoryContract, InSqlite, OrderContract, PeopleContract, StoreContract
