"""
History and people in memory.
"""

from __future__ import annotations

from chatroom.histories import memory
from chatroom.histories.memory import MemoryHistory, MemoryPeople, MemoryStore
from chatroom.interfaces import IStore
from chatroom.log import Duplicate, Kept, PersonRecord, Retain
from tests.histories.contract import (
    AccountsContract,
    HistoryContract,
    PeopleContract,
    StoreContract,
    said,
)
from tests.histories.ordered import OrderContract


class InMemory(StoreContract):
    """A store that lives as long as the test."""

    async def open(self, retain: Retain = Retain()) -> IStore:
        """See `StoreContract`."""
        store = MemoryStore(retain)
        store.prepare()
        self.assertEqual(Kept(), await store.start())
        self.addCleanup(store.stop)
        return store


class MemoryHistoryTests(InMemory, HistoryContract):
    """`MemoryHistory` is an `IHistory`."""

    async def test_epochs(self) -> None:
        """Each life of a log has a name of its own."""
        self.assertNotEqual(MemoryHistory().epoch, MemoryHistory().epoch)

    async def test_ids_are_bounded(self) -> None:
        """The oldest ids are let go."""
        self.patch(memory, "IDS_KEPT", 2)
        history = MemoryHistory()
        await history.append([said("x", id=id) for id in "abc"])

        (known,) = await history.append([said("x", id="b")])
        (forgotten,) = await history.append([said("x", id="a")])

        self.assertIsInstance(known, Duplicate)
        self.assertNotIsInstance(forgotten, Duplicate)


class MemoryPeopleTests(InMemory, PeopleContract):
    """`MemoryPeople` is an `IPeople`."""

    async def test_persons_are_bounded(self) -> None:
        """Who was not seen for longest is forgotten."""
        self.patch(memory, "PERSONS_KEPT", 2)
        people = MemoryPeople()
        for token in (b"1", b"2"):
            await people.add(PersonRecord(token.decode(), "x", 0), token)
        await people.find(b"1")

        await people.add(PersonRecord("3", "x", 0), b"3")
        await people.rename("2", "y")
        await people.enter("2", "tea", 1)
        await people.leave("2", "tea")

        self.assertIsNone(await people.find(b"2"))
        self.assertIsNotNone(await people.find(b"1"))


class MemoryAccountsTests(InMemory, AccountsContract):
    """`MemoryAccounts` is an `IAccounts`."""


class MemoryOrderTests(InMemory, OrderContract):
    """`MemoryOrder` is an `IOrder`."""


# The contracts themselves are no tests.
del AccountsContract, HistoryContract, InMemory, OrderContract, PeopleContract, StoreContract
