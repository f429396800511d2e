"""
What has happened, in numbers: counted where it happens, read by those who watch.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from chatroom.events import Entry

#: Seconds: from less than a disk takes to longer than anybody waits.
DURATIONS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: What is committed together.
SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)

#: The code of a close without a code, as RFC 6455 has it: who answers no ping is told none.
SILENT: Final = 1006


class Histogram:
    """
    How many values there were, by their size.

    Args:
        bounds: What the values of each bucket are at most, the smallest first; one
            more bucket has those that are larger.
    """

    __slots__ = ("bounds", "buckets", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        #: How many values there were, by bucket.
        self.buckets = [0] * (len(bounds) + 1)
        #: The sum of all values.
        self.sum = 0.0

    def note(self, value: float, times: int = 1) -> None:
        """
        Count *value*, so many times.
        """
        self.buckets[bisect_left(self.bounds, value)] += times
        self.sum += value * times


class Counters:
    """
    Sums since the room was made. They only grow, and nothing is ever taken out; each key
    is one of a few. They are no `collections.Counter`, which counts three times as slowly.
    """

    def __init__(self) -> None:
        #: Connections that were opened, by dialect.
        self.opened: defaultdict[str, int] = defaultdict(int)
        #: Connections that were closed by this side, by the code of the close, or `SILENT`.
        self.closed: defaultdict[int, int] = defaultdict(int)
        #: Entries that were stored and heard, by their class.
        self.entries: defaultdict[type[Entry], int] = defaultdict(int)
        #: First requests of connections that were refused, by the status of the answer;
        #: 408 are those that were not complete in time, which get none, and 429 are
        #: of too many connections from one address.
        self.refused_heads: defaultdict[int, int] = defaultdict(int)
        #: Commands that were refused, by the code of the error.
        self.refused_commands: defaultdict[str, int] = defaultdict(int)
        #: What was dropped so that no more is kept than may be: `entries`, `ids`, `people`.
        self.evicted: defaultdict[str, int] = defaultdict(int)
        #: Seconds from a write's way into the database until it is answered. Those that
        #: are committed together count as the one of them that waited for longest.
        self.acks = Histogram(DURATIONS_S)
        #: Seconds that a commit takes.
        self.commits = Histogram(DURATIONS_S)
        #: Writes that were committed together.
        self.batches = Histogram(SIZES)
