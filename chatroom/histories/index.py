"""
The search's index: which words are in which messages.

A room's numbers are cut into *blocks* of 1024. When the last number of a block is
given, the block is *sealed*: the words of its messages are written down; later
blocks are searched by reading. A block's words lie in 32 *parts*, by their first
character, and each part is one *chunk* of bytes:

    chunk = { space, word in UTF-8, { place } }

A *place* is a message's number in the block, as two bytes, the first of ``@`` to
``_``, the second below a space. No word has either, so a word is found as bytes
are found, by its beginning too, and a place is taken out by taking its two bytes out.

Why not FTS5: it has no way before SQLite 3.42 to forget a word without writing the
whole index anew, sorts by its own numbers alone, and has its own idea of words.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, insert, select, update

from chatroom.histories.database import Connection, among, holds, json
from chatroom.histories.database import insert as upsert
from chatroom.histories.posts import Room
from chatroom.histories.schema import blocks, chunks, messages, parts, rooms, texts
from chatroom.words import Query, runs, words

#: Numbers of a block: as many as there are places.
BLOCK: Final = 1024
PARTS: Final = 32

_PLACES: Final = [bytes((0x40 + place // 32, place % 32)) for place in range(BLOCK)]
#: Read two bytes at a time, as this machine reads numbers.
_PLACE_AT: Final = {int.from_bytes(at, sys.byteorder): place for place, at in enumerate(_PLACES)}
#: A word that is nowhere.
_BARE: Final = re.compile(rb" [^ @-_]+(?= |$)")

#: So many words are looked up; that the others are there is seen in the text.
LOOKED_UP: Final = 4


def terms(text: str) -> set[str]:
    """
    Return what is written down of *text*: its words, and of Chinese and Japanese the
    pairs of characters that stand together.
    """
    if text.isascii():
        return set(words(text))
    found: set[str] = set()
    for run in runs(text):
        found.update(run)
        if len(run) > 1:
            found.update(a + b for a, b in pairwise(run))
    return found


def part_of(term: str) -> int:
    """
    Return the part that has all terms which begin like *term*.
    """
    return ord(term[0]) % PARTS


class Lookup:
    """
    What must be written down of a message that *query* finds.
    """

    def __init__(self, query: Query) -> None:
        asked = dict.fromkeys(query.prefixes, False)
        for phrase in query.phrases:
            pairs = [a + b for a, b in pairwise(phrase)] or phrase
            asked |= dict.fromkeys(pairs, True)
        # The longest are the rarest.
        chosen = sorted(asked, key=len, reverse=True)[:LOOKED_UP]
        self._values: dict[str, object] = {}
        self._patterns: list[re.Pattern[bytes]] = []
        for number, term in enumerate(chosen):
            needle = b" " + term.encode()
            # What is no space ends with the places: so it is read at once.
            places = b"([@-_][^ ]*)" if asked[term] else b"[^ @-_]*([^ ]*)"
            self._patterns.append(re.compile(re.escape(needle) + places))
            self._values |= {f"part{number}": part_of(term), f"needle{number}": needle}
        self._statement = _lookup(len(chosen))

    def places(self, connection: Connection, within: Iterable[int]) -> dict[int, list[int]]:
        """
        Return the places of such messages in the blocks *within*, by block.
        """
        found = {}
        for block, *several in connection.rows(
            self._statement, blocks=json(list(within)), **self._values
        ):
            common = self.common(several)
            if common:
                found[block] = common
        return found

    def common(self, chunks: Sequence[bytes]) -> list[int]:
        """
        Return the places that all words looked up have, each in its chunk.
        """
        first, *others = (
            array("H", b"".join(pattern.findall(chunk)))
            for pattern, chunk in zip(self._patterns, chunks, strict=True)
        )
        return [_PLACE_AT[place] for place in set(first).intersection(*others)]


@cache
def _lookup(count: int) -> Select[Any]:
    """
    Return the query for the chunks of *count* words in the same block.
    """
    first = parts.alias("parts0")
    source: Any = first
    columns: list[Any] = [first.c.block]
    conditions = [among(first.c.block, "blocks")]
    for number in range(count):
        part = first if number == 0 else parts.alias(f"parts{number}")
        chunk = chunks.alias(f"chunks{number}")
        if number:
            source = source.join(part, part.c.block == first.c.block)
        source = source.join(chunk, chunk.c.id == part.c.chunk)
        columns.append(chunk.c.words)
        conditions += [
            part.c.part == bindparam(f"part{number}"),
            holds(chunk.c.words, f"needle{number}"),
        ]
    return select(*columns).select_from(source).where(*conditions)


_LIVE: Final = (
    select(messages.c.seq, messages.c.time, texts.c.text)
    .select_from(messages.join(texts, texts.c.id == messages.c.text))
    .where(
        messages.c.room == bindparam("room"),
        messages.c.seq >= bindparam("start"),
        messages.c.seq < bindparam("end"),
    )
    .order_by(messages.c.seq)
)
_LAST_CHUNK: Final = select(chunks.c.id).order_by(chunks.c.id.desc()).limit(1)
_NEW_BLOCK: Final = insert(blocks).values(
    {name: bindparam(name) for name in ("room", "number", "oldest", "newest")}
)
_BLOCK: Final = select(blocks.c.id).where(
    blocks.c.room == bindparam("room"), blocks.c.number == bindparam("number")
)
_NEW_CHUNKS: Final = insert(chunks)
_new_part = upsert(parts)
_NEW_PARTS: Final = _new_part.on_conflict_do_update(
    index_elements=["block", "part"], set_={"chunk": _new_part.excluded.chunk}
)
_SEALED: Final = (
    update(rooms).where(rooms.c.id == bindparam("room")).values(sealed=bindparam("until"))
)


def seal(connection: Connection, room: Room) -> None:
    """
    Write down the words of the room's first block that is not sealed.
    """
    start = room.sealed * BLOCK
    live = connection.rows(_LIVE, room=room.id, start=max(start, room.first), end=start + BLOCK)
    if live:
        times = [time for _, time, _ in live]
        connection.insert(_NEW_BLOCK, [(room.id, room.sealed, min(times), max(times))])
        (block,) = connection.row(_BLOCK, room=room.id, number=room.sealed)
        _add(connection, block, _written((seq % BLOCK, text) for seq, _, text in live))
    connection.run(_SEALED, room=room.id, until=room.sealed + 1)


def _written(said: Iterable[tuple[int, str]]) -> dict[int, bytes]:
    """
    Return what is written down of texts at their places, by part.
    """
    # Of bytes: so many lists would make Python look for garbage, for as long again.
    places: dict[str, bytes] = {}
    for place, text in said:
        at = _PLACES[place]
        for term in terms(text):
            places[term] = places.get(term, b"") + at
    written: dict[int, list[bytes]] = {}
    for term, all_places in places.items():
        written.setdefault(part_of(term), []).extend((b" ", term.encode(), all_places))
    return {part: b"".join(several) for part, several in written.items()}


def _add(connection: Connection, block: int, written: dict[int, bytes]) -> None:
    """
    Keep chunks for parts of *block*.
    """
    last = connection.row(_LAST_CHUNK)
    start = 1 if last is None else last[0] + 1
    ids = {part: start + number for number, part in enumerate(written)}
    connection.insert(_NEW_CHUNKS, [(ids[part], chunk) for part, chunk in written.items()])
    connection.insert(_NEW_PARTS, [(block, part, id) for part, id in ids.items()])


_CHUNKS: Final = (
    select(parts.c.part, parts.c.chunk, chunks.c.words)
    .select_from(parts.join(chunks, chunks.c.id == parts.c.chunk))
    .where(parts.c.block == bindparam("block"))
)
_REWRITE: Final = (
    update(chunks).where(chunks.c.id == bindparam("chunk")).values(words=bindparam("rest"))
)


def change(connection: Connection, room: Room, texts: dict[int, str | None]) -> None:
    """
    Forget the words that messages had, and write down those of their present texts.
    """
    by_block: dict[int, dict[int, str | None]] = {}
    for seq, text in texts.items():
        if seq < room.sealed * BLOCK:
            by_block.setdefault(seq // BLOCK, {})[seq % BLOCK] = text
    for number, changed in by_block.items():
        found = connection.row(_BLOCK, room=room.id, number=number)
        if found is not None:
            gone = [_PLACES[place] for place in changed]
            new = _written((place, text) for place, text in changed.items() if text is not None)
            _rewrite(connection, found[0], gone, new)


def _rewrite(
    connection: Connection, block: int, gone: Sequence[bytes], new: dict[int, bytes]
) -> None:
    """
    Take the places *gone* out of the chunks of *block*, and put *new* into them.
    """
    for part, chunk, old in connection.rows(_CHUNKS, block=block):
        rest = old
        for place in gone:
            rest = rest.replace(place, b"")
        rest = _BARE.sub(b"", rest) if rest != old else rest
        added = new.get(part, b"")
        if len(rest + added) <= len(old):
            # Smaller, it stays where it is: see `schema`.
            new.pop(part, None)
            rest += added
        if part in new:
            new[part] = rest + added
            rest = b""
        if rest != old:
            connection.run(_REWRITE, chunk=chunk, rest=rest)
    _add(connection, block, new)


_FORGET: Final = (
    update(chunks)
    .where(
        chunks.c.id.in_(
            select(parts.c.chunk)
            .select_from(parts.join(blocks, blocks.c.id == parts.c.block))
            .where(blocks.c.room == bindparam("room"), blocks.c.number < bindparam("before"))
        )
    )
    .values(words=b"")
)
_FORGOTTEN: Final = select(blocks.c.id).where(
    blocks.c.room == bindparam("room"), blocks.c.number < bindparam("before")
)
_NO_PARTS: Final = delete(parts).where(among(parts.c.block, "blocks"))
_NO_BLOCKS: Final = delete(blocks).where(among(blocks.c.id, "blocks"))


def forget(connection: Connection, room: Room, before: int) -> None:
    """
    Forget the words of the messages *before* this number.
    """
    gone = {"room": room.id, "before": before // BLOCK}
    ids = json([id for (id,) in connection.rows(_FORGOTTEN, **gone)])
    connection.run(_FORGET, **gone)
    connection.run(_NO_PARTS, blocks=ids)
    connection.run(_NO_BLOCKS, blocks=ids)
    found = connection.row(_BLOCK, room=room.id, number=before // BLOCK)
    if found is not None:
        _rewrite(connection, found[0], _PLACES[: before % BLOCK], {})
