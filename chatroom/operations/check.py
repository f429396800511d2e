"""
``check``: whether a log is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from chatroom.histories.database import Database
from chatroom.histories.posts import Room
from chatroom.histories.schema import rooms
from chatroom.operations.files import reading
from chatroom.operations.indexed import misindexed
from chatroom.operations.invariants import INVARIANTS
from chatroom.operations.progress import Progress

#: What is found more often, of one kind, is only counted.
TOLD: Final = 20


def check(database: Database, progress: Progress) -> Iterator[str]:
    """
    Return a line for each thing in *database* that must not be.

    Raises:
        Trouble: It cannot be read.
    """
    with reading(database) as connection:
        every = [Room._make(row) for row in connection.rows(select(rooms))]
        kinds = len(INVARIANTS) + len(every)
        for done, (sentence, query) in enumerate(INVARIANTS):
            progress.tell(done, kinds)
            yield from _told(sentence.format(*row) for row in connection.rows(query))
        for done, room in enumerate(every, len(INVARIANTS)):
            progress.tell(done, kinds)
            yield from _told(
                f"room {room.name}: the search has other words for message {seq} than are in it"
                for seq in misindexed(connection, room)
            )


def _told(findings: Iterator[str]) -> Iterator[str]:
    """
    Return the first of *findings*, and how many more there are.
    """
    more = 0
    for number, finding in enumerate(findings):
        if number < TOLD:
            yield finding
        else:
            more += 1
    if more:
        yield f"... and {more} more of this kind"
