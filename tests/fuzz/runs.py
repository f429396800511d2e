"""
A run: so many inputs into one target, and what they leave behind.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.targets import TARGETS

#: The first part of a run fills caches; what is there then may stay.
WARM_UP: Final = 0.1
#: What a run may leave behind: a leak of a block for each input would be thousands.
BLOCKS: Final = 2_000
MEMORY_MIB: Final = 8.0


class Found(Exception):
    """
    An input that is not read as it should be.

    Args:
        number: Which of the run it was.
        data: The input.
    """

    def __init__(self, number: int, data: bytes) -> None:
        super().__init__(f"input {number}: {data!r}")


@dataclass(frozen=True, slots=True)
class Run:
    """
    What came of a run.

    Args:
        name: Of the target.
        inputs: So many there were.
        ends: What became of them.
        blocks: So many more pieces of memory there are behind it than when it was warm.
        memory_mib: So much more memory the process holds.
        seconds: How long it took.
    """

    name: str
    inputs: int
    ends: Counter[str]
    blocks: int
    memory_mib: float
    seconds: float

    def told(self) -> str:
        """Return it in a line."""
        ends = ", ".join(f"{end} {count:,}" for end, count in self.ends.most_common())
        return (
            f"{self.name}: {self.inputs:,} inputs in {self.seconds:.0f} s: {ends}; "
            f"left behind: {self.blocks:+,} blocks, {self.memory_mib:+.1f} MiB"
        )

    def grows(self) -> bool:
        """Whether the run left more behind than it may."""
        return self.blocks > BLOCKS or self.memory_mib > MEMORY_MIB


def run(name: str, inputs: int, seed: int) -> Run:
    """
    Feed the target *name* so many inputs.

    Raises:
        Found: One of them was not read as it should be.
    """
    target, dice = TARGETS[name], Random(f"{name} {seed}")  # noqa: S311 - dice, no secrets
    ends: Counter[str] = Counter()
    begun = time.monotonic()
    warm = int(inputs * WARM_UP)
    blocks, memory = 0, 0.0
    for number in range(inputs):
        if number == warm:
            blocks, memory = _left()
        data = target.make(dice)
        try:
            ends[target.read(data, dice)] += 1
        except Exception as error:
            raise Found(number, data) from error
    now_blocks, now_memory = _left()
    seconds = time.monotonic() - begun
    return Run(name, inputs, ends, now_blocks - blocks, now_memory - memory, seconds)


def _left() -> tuple[int, float]:
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return sys.getallocatedblocks(), int(found[1]) / 1024
