"""
How far a long operation is, for an operator who watches.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final, Self, TextIO

#: A terminal is told so often, not more.
_EVERY_S: Final = 0.1
_CELLS: Final = 30


class Progress:
    """
    A bar that grows, in one line; on what is no terminal, nothing.

    Args:
        stream: Where to.
        what: What is counted, in the plural.
    """

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream = stream
        self._watched = stream.isatty()
        self._what = what
        self._next = 0.0
        self._line = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._line:
            self._write("")
            self._write("")

    def tell(self, done: int, total: int) -> None:
        """
        So many are done, of so many.
        """
        if not self._watched or (time.monotonic() < self._next and done < total):
            return
        self._next = time.monotonic() + _EVERY_S
        part = done / total if total else 1.0
        bar = ("#" * int(part * _CELLS)).ljust(_CELLS, ".")
        self._write(f"{bar} {part:4.0%}  {done:,} of {total:,} {self._what}")

    def _write(self, line: str) -> None:
        # Filled up, or it would leave the end of a longer line before it.
        self._stream.write("\r" + line.ljust(len(self._line)))
        self._stream.flush()
        self._line = line
