"""
Medians, rows and the place of the figures.
"""

from __future__ import annotations

from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from benchmarks import figures
from benchmarks.figures import Target
from benchmarks.lines import LINES
from benchmarks.targets import HEAD, MARKERS

TARGET: Final = Target(
    "ratio", "≤ 1.35 × floor", limit=1.35, digits=2, unit="×", beside="floor {floor:.1f} µs"
)
SAMPLES: Final = (
    {"ratio": 1.5, "floor": 6.0},
    {"ratio": 1.2, "floor": 7.0},
    {"ratio": 1.3, "floor": 9.0},
)


class TargetTests(SynchronousTestCase):
    """A figure and its limit."""

    def test_median(self) -> None:
        """The median of the runs is told and judged, one bad run does not count."""
        self.assertEqual(TARGET.told(SAMPLES), "1.30 × (1.20–1.50); floor 7.0 µs")
        self.assertTrue(TARGET.is_met(SAMPLES))

    def test_missed(self) -> None:
        """A median beyond the limit misses it."""
        self.assertFalse(TARGET.is_met([*SAMPLES, {"ratio": 9.0, "floor": 7.0}]))

    def test_one_run(self) -> None:
        """One run has no spread."""
        self.assertEqual(TARGET.told(SAMPLES[:1]), "1.50 ×; floor 6.0 µs")

    def test_void(self) -> None:
        """A line with a void run is not met, however good the others were."""
        told = "1.30 × (1.20–1.50); floor 7.0 µs; void: 3 lost"

        self.assertEqual(
            figures.rows("a line", [TARGET], SAMPLES, "3 lost", "2026-11-25"),
            [["a line", "≤ 1.35 × floor", told, "no", "2026-11-25"]],
        )

    def test_nothing_but_void(self) -> None:
        """No run came to its end: there is a row all the same."""
        ((_, _, told, met, _),) = figures.rows("a line", [TARGET], [], "3 lost", "2026-11-25")

        self.assertEqual((told, met), ("void: 3 lost", "no"))


class TableTests(SynchronousTestCase):
    """Tables in Markdown, written and read."""

    def test_round_trip(self) -> None:
        """What is written is read again."""
        body = [["a", "1 (1–2)"], ["b", "2"]]

        self.assertEqual(figures.parsed(figures.table(["line", "figure"], body)), body)

    def test_no_table(self) -> None:
        """Where nothing was measured yet there are no rows."""
        self.assertEqual(figures.parsed("\nNothing yet.\n"), [])

    def test_merged(self) -> None:
        """A line's new rows replace its old ones, other lines stay, unknown ones go."""
        old = [["a", "1"], ["a", "2"], ["c", "3"], ["gone", "4"]]
        new = [["b", "5"], ["a", "6"]]

        self.assertEqual(
            figures.merged(old, new, ["a", "b", "c"]), [["a", "6"], ["b", "5"], ["c", "3"]]
        )


class PlaceTests(SynchronousTestCase):
    """Between two markers of a document."""

    def test_replaced(self) -> None:
        """Nothing but what is between the markers changes, and once is as good as twice."""
        text = "before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n"
        new = figures.replaced(text, "x", "new")

        self.assertEqual(new, "before\n<!-- x -->\nnew\n\n<!-- end of x -->\nafter\n")
        self.assertEqual(figures.replaced(new, "x", "new"), new)
        self.assertEqual(figures.between(new, "x").strip(), "new")

    def test_no_place(self) -> None:
        """A document without the markers is left alone."""
        with self.assertRaises(SystemExit):
            figures.replaced("<!-- end of x --> <!-- x -->", "x", "new")

    def test_document(self) -> None:
        """The document has a place for each table, and tells of each line."""
        text = figures.DOCUMENT.read_text(encoding="utf-8")

        for name in MARKERS.values():
            for row in figures.parsed(figures.between(text, name)):
                self.assertEqual(len(row), len(HEAD))
        for line in LINES:
            self.assertIn(f"| `{line.name}` |", text)
