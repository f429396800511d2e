"""
Pages that fit.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom.codecs.pages import span


class SpanTests(SynchronousTestCase):
    """What is kept around a pivot."""

    def test_table(self) -> None:
        """From an end it grows to one side, from the middle to both in turn."""
        for sizes, pivot, budget, expected in (
            ([], -1, 10, (0, 0)),
            ([4, 4, 4], 2, 8, (1, 3)),
            ([4, 4, 4], 0, 8, (0, 2)),
            ([4, 4, 4], 1, 8, (0, 2)),
            ([4, 4, 4], 1, 99, (0, 3)),
            ([4, 9, 4], 1, 5, (1, 2)),
            ([9, 1, 1, 1], 1, 3, (1, 4)),
        ):
            self.assertEqual(expected, span(sizes, pivot, budget))

    @given(st.lists(st.integers(1, 9), min_size=1), st.data())
    def test_as_many_as_fit(self, sizes: list[int], data: st.DataObject) -> None:
        """It holds the pivot, keeps to the budget, and cannot grow."""
        pivot = data.draw(st.integers(0, len(sizes) - 1))
        budget = data.draw(st.integers(9, 60))

        start, end = span(sizes, pivot, budget)

        self.assertTrue(start <= pivot < end)
        used = sum(sizes[start:end])
        self.assertLessEqual(used, budget)
        self.assertTrue(start == 0 or used + sizes[start - 1] > budget)
        self.assertTrue(end == len(sizes) or used + sizes[end] > budget)
