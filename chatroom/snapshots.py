"""
Pages of a room as they are sent, encoded once for all who ask at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import UNSET, Raw

from chatroom import limits
from chatroom.codecs import chat as codec
from chatroom.codecs.pages import span
from chatroom.events import Message
from chatroom.log import Page

#: What a number, as a key of `mine`, and the signs around an emoji take at most.
_NUMBER_BYTES: Final = 20
_SIGNS_BYTES: Final = 3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    As much of a page as fits into a frame, at ``seq``; ``reacted`` are the numbers
    of the messages that have reactions.
    """

    seq: int
    events: list[Raw]
    reacted: list[int]
    older: bool
    newer: bool


def snapshot(page: Page, pivot: int) -> Snapshot:
    """
    Return as many messages of *page* around the index *pivot* as fit into a frame.
    """
    events = [codec.encode(message) for message in page.messages]
    sizes = [
        len(event) + _mine_bytes(message)
        for event, message in zip(events, page.messages, strict=True)
    ]
    start, end = span(sizes, pivot, limits.PAGE_BYTES)
    return Snapshot(
        seq=page.seq,
        events=[Raw(event) for event in events[start:end]],
        reacted=[m.seq for m in page.messages[start:end] if m.reactions is not UNSET],
        older=page.older or start > 0,
        newer=page.newer or end < len(events),
    )


def _mine_bytes(message: Message) -> int:
    """
    Return what a reader's own reactions to *message* may take of the same frame.
    """
    if message.reactions is UNSET:
        return 0
    return _NUMBER_BYTES + sum(
        len(reaction.emoji.encode()) + _SIGNS_BYTES for reaction in message.reactions
    )
