"""
What `docs/client.md` says of the page: each promise has tests, and they are there.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

TESTS: Final = Path(__file__).resolve().parent
DOCUMENT: Final = TESTS.parent / "docs/client.md"
LINES: Final = range(1, 34)
ROW: Final = re.compile(r"^\| (\d+) \| .+? \| (.+) \|$", re.MULTILINE)
#: A file, behind which its tests are listed; a function; a title.
PART: Final = re.compile(r"`([\w.-]+\.(?:py|mjs))`:|`(\w+)`|“([^”]+)”")
NODE_TEST: Final = re.compile(r"^\s*test\((['`])(.*?)\1", re.MULTILINE)


@cache
def found_in(name: str) -> dict[str, str]:
    """
    Return the tests of a file, and what each says of itself.
    """
    if name.endswith(".mjs"):
        text = (TESTS / "web" / name).read_text()
        return {title: title for _, title in NODE_TEST.findall(text)}
    tree = ast.parse((TESTS / "e2e" / name).read_text())
    return {
        node.name: f"{node.name} {ast.get_docstring(node) or ''}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


class ClientDocumentTests(SynchronousTestCase):
    """
    The table of promises.
    """

    def setUp(self) -> None:
        """Read the table."""
        self.rows = {int(line): cell for line, cell in ROW.findall(DOCUMENT.read_text())}

    def test_every_promise_has_its_row(self) -> None:
        """The table has the lines from 1 to 33, in their order."""
        self.assertEqual(list(LINES), list(self.rows))

    def test_the_tests_that_are_named_are_there(self) -> None:
        """Each row names tests that exist, and one of them names the line."""
        for line, cell in self.rows.items():
            said: list[str] = []
            there: dict[str, str] = {}
            for name, function, title in PART.findall(cell):
                if name:
                    there = found_in(name)
                    continue
                self.assertIn(function or title, there, f"line {line}")
                said.append(there[function or title])
            named = re.compile(rf"(?<![a-z])line[_ ]{line}(?!\d)", re.IGNORECASE)
            self.assertTrue(any(map(named.search, said)), f"no test names line {line}: {said}")
