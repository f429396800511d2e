"""
Things with a name, in the order of their names.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import Generic, TypeVar

from chatroom import limits

T = TypeVar("T")


def fold(name: str) -> str:
    """
    Return *name* as lists are sorted and compared by: NFKC, case-folded.

    Of one that is longer than any name can be, the beginning.
    """
    most = limits.ROOM_CHARS * limits.COMPOSED_OF
    return unicodedata.normalize("NFKC", name[:most]).casefold()


class Roster(Generic[T]):
    """
    A list of things by folded name; no two share one.

    Kept sorted as it changes: to sort a room of ten thousand for each of the ten
    thousand who come back after a restart would take minutes.
    """

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._things: dict[str, T] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, name: str, thing: T) -> int:
        """
        Put *thing* under *name*, in place of what was there; return its place in the order.
        """
        key = fold(name)
        at = bisect_left(self._keys, key)
        if key not in self._things:
            self._keys.insert(at, key)
        self._things[key] = thing
        return at

    def remove(self, name: str) -> int:
        """
        Take out what is under *name*, if anything is; return its place in the order.
        """
        key = fold(name)
        at = bisect_left(self._keys, key)
        if self._things.pop(key, None) is not None:
            del self._keys[at]
        return at

    def slice(
        self, *, prefix: str = "", after: str | None = None, limit: int
    ) -> tuple[list[T], bool]:
        """
        Return the first *limit* things whose name begins with *prefix* and comes
        later than *after*, and whether there are more.
        """
        prefix = fold(prefix)
        start = bisect_left(self._keys, prefix)
        if after is not None:
            start = max(start, bisect_right(self._keys, fold(after)))
        keys = list(islice(self._keys, start, start + limit + 1))
        found = [self._things[key] for key in keys if key.startswith(prefix)]
        return found[:limit], len(found) > limit
