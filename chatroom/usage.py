"""
Options that are explained in the order in which they are wanted, and their mistakes in a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from twisted.python.usage import Options, UsageError

#: An option's explanation begins so: its letter, if it has one, and its name.
_BEGINNING = re.compile(r"(?m)^(?=(?:  -\w, |      )--)")
_NAME = re.compile(r"--([\w-]+)")


class GroupedOptions(Options):
    """
    Options in groups; Twisted's own has one list, by the alphabet. What it finds wrong with
    them it tells below all that list.
    """

    #: What is called so, and what shows its options.
    program: ClassVar[str]
    help: ClassVar[str]
    #: By title, the long names of its options. What is in none comes last.
    groups: ClassVar[dict[str, str]]

    def parseOptions(self, options: Sequence[str] | None = None) -> None:  # noqa: N802
        """
        Take *options*, or end the program with one line.
        """
        try:
            super().parseOptions(options)  # type: ignore[no-untyped-call]
        except UsageError as error:
            wrong = str(error).rstrip(".")
            raise SystemExit(f"{self.program}: {wrong}; see {self.help}") from None

    def parseArgs(self, *words: str) -> None:  # noqa: N802
        """
        Take no words beside options.

        Raises:
            UsageError: There are some.
        """
        if words:
            raise UsageError(f"{words[0]} is no option")

    def getUsage(self, width: int | None = None) -> str:  # noqa: N802
        """
        Return what ``--help`` says, but for its first line.
        """
        explained, about = super().getUsage(width).removeprefix("Options:\n").split("\n\n", 1)
        chunks = {
            _NAME.findall(chunk)[0]: chunk.rstrip("\n") + "\n"
            for chunk in _BEGINNING.split(explained)
            if chunk
        }
        lines = [about.strip("\n"), "\n"]
        for title, names in self.groups.items():
            lines += [f"\n{title}:\n", *(chunks.pop(name) for name in names.split())]
        return "".join([*lines, "\n", *chunks.values()])
