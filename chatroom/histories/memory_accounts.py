"""
Accounts that are known as long as the process lives.
"""

from __future__ import annotations

from dataclasses import replace

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from chatroom.accounts import AccountRecord
from chatroom.interfaces import IAccounts
from chatroom.looks import looks


@implementer(IAccounts)
class MemoryAccounts:
    """
    Accounts, in memory: as many as the authenticator lets in.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, AccountRecord] = {}
        self._ids_by_look: dict[str, str] = {}
        self._ids_by_person: dict[str, str] = {}

    def find(self, id: str) -> Deferred[AccountRecord | None]:
        """See `IAccounts.find`."""
        return succeed(self._by_id.get(id))

    def alike(self, name: str) -> Deferred[AccountRecord | None]:
        """See `IAccounts.alike`."""
        ids = (self._ids_by_look.get(look) for look in looks(name))
        return succeed(next((self._by_id[id] for id in ids if id is not None), None))

    def of(self, person: str) -> Deferred[AccountRecord | None]:
        """See `IAccounts.of`."""
        return succeed(self._by_id.get(self._ids_by_person.get(person, "")))

    def keep(self, record: AccountRecord) -> Deferred[None]:
        """See `IAccounts.keep`."""
        known = self._by_id.get(record.id)
        if known is not None:
            for look in looks(known.name):
                del self._ids_by_look[look]
            self._ids_by_person.pop(known.person or "", None)
            record = replace(record, key=known.key, password=known.password)
        self._by_id[record.id] = record
        self._ids_by_look.update(dict.fromkeys(looks(record.name), record.id))
        if record.person is not None:
            self._ids_by_person[record.person] = record.id
        return succeed(None)
