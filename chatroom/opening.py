"""
The store is opened, and what it has kept becomes rooms and names again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from chatroom.directory import Directory
from chatroom.errors import NameTaken, StorageUnavailable
from chatroom.interfaces import IAuthenticator, IStore
from chatroom.log import Kept, PersonRecord
from chatroom.order import Order
from chatroom.presence import People, Person


class Opening:
    """
    Opens a store once, however many ask for it, and closes it.

    Args:
        clock: For how long names are held; it does not jump.
        store: Where history and people are kept.
        rooms: Gets the rooms that were kept.
        people: Gets those who still hold their names.
        order: Gets the roles, bans and mutes that were kept.
        now: The time, in milliseconds since the Unix epoch.
        authenticator: Is told that the store is open, if there is one.
    """

    def __init__(
        self,
        clock: IReactorTime,
        store: IStore,
        rooms: Directory,
        people: People,
        order: Order,
        now: Callable[[], int],
        authenticator: IAuthenticator | None = None,
    ) -> None:
        self._authenticator = authenticator
        self._clock = clock
        self._store = store
        self._rooms = rooms
        self._people = people
        self._order = order
        self._now = now
        self._is_open = self._is_closed = False
        self._waiting: list[Deferred[None]] = []

    async def start(self) -> None:
        """
        Open the store; to call it again while it is open does nothing.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """
        if self._is_closed:
            # Whoever comes too late must not start threads that nobody would end.
            raise StorageUnavailable("the room is closed")
        if not self._is_open:
            await self._when_open()

    async def _when_open(self) -> None:
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            Deferred.fromCoroutine(self._open()).addBoth(self._opened)
        await waiting

    async def stop(self) -> None:
        """
        Close the store; it is not opened again before `reopen`.
        """
        self._is_closed = True
        if self._waiting:
            # It is being opened, and its threads would outlive us. Of what goes wrong with
            # that those are told who wanted it open.
            with suppress(Exception):
                await self._when_open()
        if self._is_open:
            self._is_open = False
            if self._authenticator is not None:
                self._authenticator.stop()
            await self._store.stop()

    def reopen(self) -> None:
        """
        Let the store be opened again, if it was closed.
        """
        self._is_closed = False

    async def _open(self) -> None:
        kept = await self._store.start()
        try:
            self._take_over(kept)
        except BaseException:
            await self._store.stop()
            raise
        self._is_open = True

    def _take_over(self, kept: Kept) -> None:
        if self._authenticator is not None:
            self._authenticator.start(self._store.accounts)
        for room in kept.rooms:
            self._rooms.open(room.name).room.resume(room)
        self._order.resume(kept.order, self._rooms)
        self._hold_names(kept.people)

    def _hold_names(self, kept: Iterable[tuple[PersonRecord, int]]) -> None:
        """
        Let those who were here hold their names for what is left of the hour.

        The last to go comes first: two may have a claim to one name when the wall's
        clock has jumped, or Unicode has found that two look alike.
        """
        now, now_ms = self._clock.seconds(), self._now()
        holding: list[tuple[Person, int]] = []
        for record, gone_ms in sorted(kept, key=lambda one: one[1], reverse=True):
            person = Person(
                record.id,
                record.name,
                record.rooms,
                kept_as_gone=True,
                token_hash=record.token_hash,
            )
            with suppress(NameTaken):
                self._people.admit(person)
                holding.append((person, gone_ms))
        for person, gone_ms in reversed(holding):
            self._people.disconnect(person, None, now - max(0, now_ms - gone_ms) / 1000)

    def _opened(self, result: Failure | None) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(result)
