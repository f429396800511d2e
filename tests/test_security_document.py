"""
What `docs/security.md` promises: each row has tests, they are there, and none is left out.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

TESTS: Final = Path(__file__).resolve().parent
DOCUMENT: Final = TESTS.parent / "docs/security.md"
ROWS: Final = range(1, 27)
ROW: Final = re.compile(r"^\| (\d+) \| .+? \| (.+) \|$", re.MULTILINE)
FILE: Final = re.compile(r"`([\w./-]+\.py)`:")
TEST: Final = re.compile(r"`(test_\w+)`")
#: What those of the hostile clients say of themselves.
NAMED: Final = re.compile(r"test_row_(\d+)_")


@cache
def found_in(name: str) -> dict[str, str]:
    """
    Return the tests of a file, and what each says of itself.
    """
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse((TESTS / name).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


class SecurityDocumentTests(SynchronousTestCase):
    """
    The table of promises.
    """

    def setUp(self) -> None:
        """Read the table."""
        self.rows: dict[int, list[tuple[str, str]]] = {}
        for row, cell in ROW.findall(DOCUMENT.read_text()):
            tests = self.rows[int(row)] = []
            for part in cell.split(";"):
                file = FILE.search(part)
                assert file is not None, part
                tests += [(file[1], test) for test in TEST.findall(part)]

    def test_every_promise_has_its_row(self) -> None:
        """The rows from 1 to 26, in their order, and each has a test."""
        self.assertEqual(list(ROWS), list(self.rows))
        self.assertEqual([], [row for row, tests in self.rows.items() if not tests])

    def test_the_tests_that_are_named_are_there(self) -> None:
        """Each exists; a hostile client's has its row in its name and in its sentence."""
        for row, tests in self.rows.items():
            for file, test in tests:
                self.assertIn(test, found_in(file), f"row {row}")
                if file.startswith("hostile/"):
                    self.assertTrue(test.startswith(f"test_row_{row}_"), f"row {row}: {test}")
                    self.assertIn(f"Row {row}: ", found_in(file)[test])

    def test_no_hostile_client_is_left_out(self) -> None:
        """Whatever is tried is a promise of the table."""
        told = {test for tests in self.rows.values() for _, test in tests}
        there = {
            test
            for path in (TESTS / "hostile").glob("test_*.py")
            for test in found_in(f"hostile/{path.name}")
        }
        self.assertEqual(set(), there - told)
        self.assertEqual([], [test for test in there if not NAMED.match(test)])
