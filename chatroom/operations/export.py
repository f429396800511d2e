"""
``export``: a room's messages as a file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from sqlalchemy import func, select

from chatroom import limits, names
from chatroom.events import Message
from chatroom.histories.database import Connection, Database
from chatroom.histories.reading import page
from chatroom.histories.schema import messages, rooms
from chatroom.operations.files import reading
from chatroom.operations.formats import Format
from chatroom.operations.progress import Progress
from chatroom.operations.trouble import Trouble


def export(
    database: Database, room: str, written: Format, output: Path | None, progress: Progress
) -> None:
    """
    Write the messages of *room*, as they now are, to *output* or to the terminal.

    Args:
        written: How, one of `chatroom.operations.formats.FORMATS`.

    Raises:
        Trouble: There is no such room, or the file cannot be written.
    """
    with reading(database) as connection:
        name = _spelled(connection, room)
        said = _messages(connection, name, progress)
        with _file(output) as file:
            file.writelines(written(name, said))


def _spelled(connection: Connection, room: str) -> str:
    """
    Return the room's name as the log has it.
    """
    rows = connection.rows(select(rooms.c.name))
    known: dict[str, str] = {names.room_key(name): name for (name,) in rows}
    key = names.room_key(room)
    if key in known:
        return known[key]
    near = [known[match] for match in get_close_matches(key, known)]
    hint = f"; there is {', '.join(near)}" if near else ""
    raise Trouble(f"there is no room {room} with anything in it{hint}")


def _messages(connection: Connection, room: str, progress: Progress) -> Iterator[Message]:
    """
    Return all messages, page by page: a long log is not held in memory.
    """
    counted = (
        select(func.count())
        .select_from(messages.join(rooms, messages.c.room == rooms.c.id))
        .where(rooms.c.name == room, messages.c.seq >= rooms.c.first)
    )
    (total,) = connection.row(counted)
    done, after, newer = 0, 0, True
    while newer:
        found = page(connection, room, limits.PAGE_LIMIT, None, after, None)
        yield from found.messages
        done += len(found.messages)
        progress.tell(done, total)
        newer = found.newer
        after = found.messages[-1].seq if found.messages else 0


@contextmanager
def _file(output: Path | None) -> Iterator[TextIO]:
    """
    The file to write to, for its owner alone.
    """
    if output is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(output, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise Trouble(f"cannot write {output}: {error.strerror}") from None
