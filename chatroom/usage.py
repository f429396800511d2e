"""
Options that are explained in the order in which they are wanted.
"""

from __future__ import annotations

import re
from typing import ClassVar

from twisted.python.usage import Options

#: An option's explanation begins so: its letter, if it has one, and its name.
_BEGINNING = re.compile(r"(?m)^(?=(?:  -\w, |      )--)")
_NAME = re.compile(r"--([\w-]+)")


class GroupedOptions(Options):
    """
    Options in groups; Twisted's own has one list, by the alphabet.
    """

    #: By title, the long names of its options. What is in none comes last.
    groups: ClassVar[dict[str, str]]

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
