"""
Pages of messages that fit into a frame.
"""

from __future__ import annotations

from collections.abc import Sequence


def span(sizes: Sequence[int], pivot: int, budget: int) -> tuple[int, int]:
    """
    Return the largest ``start, end`` around *pivot* whose sizes fit into *budget*.

    It grows to both sides in turn, so that what is kept is what lies nearest.
    The pivot itself is kept whatever its size.

    Args:
        sizes: Bytes of each message, oldest first.
        pivot: The index of the message that matters most; with none, 0.
        budget: Bytes for all of them.
    """
    if not sizes:
        return 0, 0
    start, end = pivot, pivot + 1
    left = budget - sizes[pivot]
    older = newer = True
    while older or newer:
        older = older and start > 0 and sizes[start - 1] <= left
        if older:
            start -= 1
            left -= sizes[start]
        newer = newer and end < len(sizes) and sizes[end] <= left
        if newer:
            left -= sizes[end]
            end += 1
    return start, end
