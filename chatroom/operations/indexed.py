"""
What the search's index has written down, read without the index's own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import bindparam, select

from chatroom.histories.database import Connection
from chatroom.histories.index import BLOCK, terms
from chatroom.histories.posts import Room
from chatroom.histories.schema import blocks, chunks, messages, parts, texts

#: A term and its places, as `chatroom.histories.index` describes them.
_TERM: Final = re.compile(rb" ([^ @-_]+)((?:[@-_][\x00-\x1f])*)")

_CHUNKS: Final = (
    select(chunks.c.words)
    .select_from(
        blocks.join(parts, parts.c.block == blocks.c.id).join(chunks, chunks.c.id == parts.c.chunk)
    )
    .where(blocks.c.room == bindparam("room"), blocks.c.number == bindparam("number"))
)
_TEXTS: Final = (
    select(messages.c.seq, texts.c.text)
    .select_from(messages.join(texts, texts.c.id == messages.c.text))
    .where(
        messages.c.room == bindparam("room"),
        messages.c.seq >= bindparam("start"),
        messages.c.seq < bindparam("end"),
    )
)


def misindexed(connection: Connection, room: Room) -> Iterator[int]:
    """
    Return the messages of *room* for which the index has other words than they have.
    """
    for number in range(room.first // BLOCK, room.sealed):
        start = number * BLOCK
        expected = {
            seq: found
            for seq, text in connection.rows(
                _TEXTS, room=room.id, start=max(start, room.first), end=start + BLOCK
            )
            if (found := terms(text))
        }
        recorded = _recorded(connection, room, number)
        yield from sorted(
            seq
            for seq in {*expected, *recorded}
            if seq >= room.first and expected.get(seq) != recorded.get(seq)
        )


def _recorded(connection: Connection, room: Room, number: int) -> dict[int, set[str]]:
    """
    Return the terms in a block, by message.
    """
    found: dict[int, set[str]] = {}
    for (chunk,) in connection.rows(_CHUNKS, room=room.id, number=number):
        for term, places in _TERM.findall(chunk):
            for high, low in zip(places[::2], places[1::2], strict=True):
                seq = number * BLOCK + (high - ord("@")) * 32 + low
                found.setdefault(seq, set()).add(term.decode())
    return found
