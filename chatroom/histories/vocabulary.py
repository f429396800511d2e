"""
Which messages have which words, for a search that need not read them all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import chain, islice, takewhile

from chatroom.words import Query, runs


class Vocabulary:
    """
    The words of texts, by numbers.
    """

    def __init__(self) -> None:
        self._runs: dict[int, list[list[str]]] = {}
        self._numbers: dict[str, set[int]] = {}
        self._sorted: list[str] = []

    def put(self, number: int, text: str | None) -> None:
        """
        Let *number* have the words of *text* from now on, or none.
        """
        for word in set(chain(*self._runs.pop(number, []))):
            self._numbers[word].remove(number)
            if not self._numbers[word]:
                del self._numbers[word]
                del self._sorted[bisect_left(self._sorted, word)]
        if text is not None:
            self._runs[number] = runs(text)
            for word in set(chain(*self._runs[number])):
                if word not in self._numbers:
                    self._numbers[word] = set()
                    insort(self._sorted, word)
                self._numbers[word].add(number)

    def find(self, query: Query) -> set[int]:
        """
        Return the numbers that *query* finds.
        """
        with_each = [self._beginning_with(prefix) for prefix in query.prefixes]
        with_each += [self._having(phrase) for phrase in query.phrases]
        return set.intersection(*with_each) if with_each else set()

    def _beginning_with(self, prefix: str) -> set[int]:
        start = bisect_left(self._sorted, prefix)
        following = islice(self._sorted, start, None)
        found = takewhile(lambda word: word.startswith(prefix), following)
        return set().union(*(self._numbers[word] for word in found))

    def _having(self, phrase: list[str]) -> set[int]:
        asked = "".join(phrase)
        candidates = set.intersection(*(self._numbers.get(word, set()) for word in phrase))
        return {
            number
            for number in candidates
            if any(asked in "".join(run) for run in self._runs[number])
        }
