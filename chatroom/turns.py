"""
One after the other, where it would be wrong at the same time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from twisted.internet.defer import DeferredLock


class Turns:
    """
    Lets those who share a key have their turn in the order in which they came; nothing is
    kept of a key that nobody has or waits for.
    """

    def __init__(self) -> None:
        self._locks: dict[Hashable, DeferredLock] = {}

    def __len__(self) -> int:
        """How many keys somebody has or waits for."""
        return len(self._locks)

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        """
        Have a turn, once all who came before with this *key* have had theirs.
        """
        lock = self._locks.setdefault(key, DeferredLock())
        await lock.acquire()
        try:
            yield
        finally:
            if not lock.waiting:
                del self._locks[key]
            lock.release()
