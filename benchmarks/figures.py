"""
What becomes of measurements: medians, rows, and the tables of ``docs/performance.md``.
"""

from __future__ import annotations

import platform
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.room import PROJECT

DOCUMENT: Final = PROJECT / "docs" / "performance.md"
#: What a measured room is made of.
PACKAGES: Final = ("twisted", "autobahn", "msgspec", "sqlalchemy")

Sample = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Target:
    """
    One figure of a line, and what it should be.

    Args:
        key: Of the figure in a sample.
        aim: What is aimed at, for people.
        limit: The figure should not exceed it.
        digits: So many stand behind the point.
        unit: Behind the number.
        beside: Told behind it: a text with the keys of other figures.
    """

    key: str
    aim: str
    _: KW_ONLY
    limit: float
    digits: int
    unit: str
    beside: str = ""

    def told(self, samples: Sequence[Sample]) -> str:
        """Return the median of *samples*, from which to which they go, and what is beside."""
        values = sorted(sample[self.key] for sample in samples)
        told = f"{median(values):.{self.digits}f} {self.unit}"
        if len(values) > 1:
            told += f" ({values[0]:.{self.digits}f}–{values[-1]:.{self.digits}f})"
        if self.beside:
            told += "; " + self.beside.format(**medians(samples))
        return told

    def is_met(self, samples: Sequence[Sample]) -> bool:
        """Tell whether the median of *samples* is within the limit."""
        return median(sample[self.key] for sample in samples) <= self.limit


def medians(samples: Sequence[Sample]) -> dict[str, float]:
    """
    Return the median of each figure.
    """
    return {key: median(sample[key] for sample in samples) for key in samples[0]}


def rows(
    name: str, targets: Sequence[Target], samples: Sequence[Sample], trouble: str, today: str
) -> list[list[str]]:
    """
    Return a line's rows of the table, one for each target.

    Args:
        samples: Of each run that came to its end.
        trouble: Why a run did not, empty if all did. A target is then not met.
        today: The date.
    """
    made = []
    for target in targets:
        told = [target.told(samples)] if samples else []
        if trouble:
            told.append(f"void: {trouble}")
        met = bool(samples) and not trouble and target.is_met(samples)
        made.append([name, target.aim, "; ".join(told), "yes" if met else "no", today])
    return made


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """
    Return a table in Markdown.
    """
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def parsed(text: str) -> list[list[str]]:
    """
    Return the rows of the table in *text*, without its head.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def merged(
    old: Sequence[Sequence[str]], new: Sequence[Sequence[str]], order: Sequence[str]
) -> list[list[str]]:
    """
    Return the rows of *old* and *new*, sorted by *order*; a name's new rows replace its old ones.

    Args:
        order: All names there are. Rows of other names are dropped.
    """
    renewed = {row[0] for row in new}
    kept = [*new, *(row for row in old if row[0] not in renewed)]
    return sorted(
        (list(row) for row in kept if row[0] in order), key=lambda row: order.index(row[0])
    )


def between(text: str, name: str) -> str:
    """
    Return what stands between the markers *name* in *text*.
    """
    return text[slice(*_place(text, name))]


def replaced(text: str, name: str, new: str) -> str:
    """
    Return *text* with *new* between its markers *name*.
    """
    start, end = _place(text, name)
    return f"{text[:start]}\n{new.strip()}\n\n{text[end:]}"


def _place(text: str, name: str) -> tuple[int, int]:
    first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
    start, end = text.find(first), text.find(last)
    if start < 0 or end < start:
        raise SystemExit(f"the figures have no place: {first} … {last} is missing")
    return start + len(first), end


def record(
    name: str, head: Sequence[str], new: Sequence[Sequence[str]], order: Sequence[str]
) -> None:
    """
    Write rows into their place in ``docs/performance.md``, beside those that stay.

    Args:
        name: Of the markers.
    """
    text = DOCUMENT.read_text(encoding="utf-8")
    body = merged(parsed(between(text, name)), new, order)
    DOCUMENT.write_text(
        replaced(text, name, f"{surroundings()}\n\n{table(head, body)}"), encoding="utf-8"
    )


def today() -> str:
    """Return the date, in UTC."""
    return datetime.now(UTC).date().isoformat()


def surroundings() -> str:
    """
    Return a sentence about where and with what the latest figures were measured.
    """
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", info)
    processor = model[1] if model else platform.machine()
    count = info.count("processor\t")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Latest run: {today()}, {count} cores of {processor}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}."
    )
