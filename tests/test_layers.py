"""
The floors of the house: what stands on which, and nothing imports a higher one.

A new module is entered here first, with the thought of where it belongs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

ROOT: Final = Path(__file__).resolve().parent.parent
HOUSE: Final = ROOT / "chatroom"
DOCUMENT: Final = ROOT / "docs" / "design.md"
PLUGIN: Final = ROOT / "twisted" / "plugins" / "chatroom_plugin.py"

#: Floor by floor, from the ground; a name that ends with a dot is a family's.
FLOORS: Final = (
    # The domain: plain values and rules.
    (
        "accounts errors limits commands events replies log book words names looks confusables "
        "text origins networks crowd presence rates room roster counters rights bans conduct "
        "rules tries"
    ),
    # Bytes and text in and out.
    "codecs.",
    # The application: Deferreds, no sockets.
    (
        "storage interfaces envelope chat directory opening answers reading session stream "
        "snapshots door desk attendance order warrants acts moderation guards turns"
    ),
    # Families: they do not know each other.
    "authenticators. dialects. histories.",
    # Composition.
    (
        "factory choice port entrance channel site folder invitation service addresses ownerlink "
        "resource health metrics logs auth_options usage tryout tap operations. __main__"
    ),
)
DOMAIN, CODECS, APPLICATION, FAMILIES, COMPOSITION = range(5)

#: What the floors up to one do without.
FORBIDDEN: Final = {
    CODECS: "asyncio concurrent datetime io os pathlib select shutil socket sqlite3 ssl "
    "subprocess tempfile threading time twisted zope",
    APPLICATION: "socket twisted.application twisted.internet.endpoints "
    "twisted.internet.protocol twisted.internet.ssl twisted.internet.tcp twisted.web",
}

#: Where Autobahn is at home.
AUTOBAHNS: Final = {"dialects.websocket", "dialects.deflate", "dialects.slim"}

MAX_LINES: Final = 400
#: Longer ones, and why.
LONGER: Final = {
    "confusables": "a generated table, a line for each character",
}


def modules() -> dict[str, Path]:
    """The modules of the house by their dotted names, without ``chatroom.``."""
    return {
        ".".join(path.relative_to(HOUSE).with_suffix("").parts): path
        for path in sorted(HOUSE.rglob("*.py"))
        if path.name != "__init__.py"
    }


def stands_for(name: str, module: str) -> bool:
    """Whether *name*, from the table, means *module*."""
    return module.startswith(name) if name.endswith(".") else module == name


def floor(module: str) -> int:
    """The number of the floor that *module* stands on."""
    for number, names in enumerate(FLOORS):
        for name in names.split():
            if stands_for(name, module):
                return number
    raise LookupError(f"{module}.py has no floor yet: enter it in this file's table")


def imports(path: Path) -> Iterator[str]:
    """
    Every dotted name that the module at *path* imports, wherever in it.

    ``from a import b`` counts as ``a`` and as ``a.b``, since b may be a module.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    """Whether the dotted *name* is *package* or in it."""
    return f"{name}.".startswith(f"{package}.")


class LayersTests(SynchronousTestCase):
    """Who imports whom."""

    def test_every_module_has_its_floor(self) -> None:
        """No module is missing in the table, none is in it that is not there."""
        there = modules()
        for module in there:
            self.assertIn(floor(module), range(len(FLOORS)))
        entered = [name for names in FLOORS for name in names.split()]
        self.assertEqual(
            [], [name for name in entered if not any(stands_for(name, m) for m in there)]
        )

    def test_the_document_has_them_all(self) -> None:
        """What docs/design.md says of the floors is so."""
        text = DOCUMENT.read_text(encoding="utf-8")
        rows = text.partition("| --- | --- | --- |\n")[2].splitlines()
        told = [set(re.findall(r"`(\w+/?)`", row.split("|")[2])) for row in rows[: len(FLOORS)]]
        for number, names in enumerate(FLOORS):
            entered = {name.replace(".", "/") for name in names.split()}
            self.assertEqual(set(), entered - told[number])
            self.assertEqual([number], [floor for floor, them in enumerate(told) if entered & them])

    def test_nothing_imports_a_higher_floor(self) -> None:
        """There is one direction, and families do not import each other."""
        there = modules()
        for module, path in there.items():
            for name in imports(path):
                target = name.removeprefix("chatroom.")
                if target == name or target not in there:
                    continue
                self.assertLessEqual(floor(target), floor(module), f"{module} imports {target}")
                if floor(module) == floor(target) == FAMILIES:
                    self.assertEqual(
                        module.split(".")[0], target.split(".")[0], f"{module} imports {target}"
                    )

    def test_lower_floors_do_without(self) -> None:
        """No I/O, clock or Twisted in the domain and the codecs; no sockets in the application."""
        for module, path in modules().items():
            for upto, forbidden in FORBIDDEN.items():
                if floor(module) <= upto:
                    for name in imports(path):
                        self.assertFalse(
                            any(within(name, package) for package in forbidden.split()),
                            f"{module} imports {name}",
                        )

    def test_imports_are_absolute(self) -> None:
        """What the other tests read is the whole name."""
        for module, path in modules().items():
            self.assertEqual([], [name for name in imports(path) if name[0] == "."], module)

    def test_only_tap_imports_the_reactor(self) -> None:
        """Elsewhere reactor and clock are arguments."""
        for module, path in modules().items():
            if module != "tap":
                self.assertNotIn("twisted.internet.reactor", set(imports(path)), module)

    def test_autobahn_stays_inside(self) -> None:
        """Autobahn is known to its dialect and to composition, to nobody else."""
        for module, path in modules().items():
            if module not in AUTOBAHNS and floor(module) < COMPOSITION:
                self.assertEqual([], [n for n in imports(path) if within(n, "autobahn")], module)

    def test_the_plugin_imports_nothing_of_ours(self) -> None:
        """A plugin that fails to import makes twistd say that the command is unknown."""
        known = {"__future__", "twisted.application.service"}
        for name in imports(PLUGIN):
            self.assertTrue(any(within(name, module) for module in known), name)
        for folder in (PLUGIN.parent, PLUGIN.parent.parent):
            self.assertFalse((folder / "__init__.py").exists(), "it would hide Twisted's own")

    def test_modules_are_short(self) -> None:
        """A module is read in one sitting."""
        for module, path in modules().items():
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if module in LONGER:
                self.assertGreater(lines, MAX_LINES, f"{module} needs no exception any more")
            else:
                self.assertLessEqual(lines, MAX_LINES, module)
