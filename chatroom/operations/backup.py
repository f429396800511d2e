"""
``backup``: a copy of the database, made while a room runs on it.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from chatroom.histories.migrate import EPOCH
from chatroom.operations.files import opened
from chatroom.operations.progress import Progress
from chatroom.operations.trouble import Trouble

#: A step of the copy, in pages: few enough to show how far it is.
_STEP_PAGES: Final = 1024


def back_up(database: Path, target: Path, progress: Progress) -> None:
    """
    Copy *database*, as it stands now, to the new file *target*.

    The copy has an epoch of its own: should it once take the place of a log that
    went on meanwhile, clients must not take its entries for those that they hold.

    Raises:
        Trouble: There is such a file already, or it cannot be written.
    """
    if target.exists():
        raise Trouble(f"{target} is there already; a backup replaces nothing")
    part = target.with_name(target.name + ".part")
    try:
        # Nobody but its owner may read it, from its first byte on.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Trouble(f"cannot write {part}: {error.strerror}") from None
    try:
        _copy(database, part, progress)
        _flush(part)
        part.rename(target)
        _flush(target.parent)
    except BaseException:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                part.with_name(part.name + suffix).unlink()
        raise


def _copy(database: Path, part: Path, progress: Progress) -> None:
    with opened(database) as source:
        # From here to the end the source stands still, for us alone: else the copy
        # would begin again whenever somebody says something.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with opened(part) as copy:
            # It is flushed as a whole, later.
            copy.execute("PRAGMA synchronous=OFF")
            source.backup(
                copy,
                pages=_STEP_PAGES,
                progress=lambda _, left, total: progress.tell(total - left, total),
            )
            epoch = secrets.token_urlsafe(9).encode()
            copy.execute("UPDATE marks SET value = ? WHERE name = ?", (epoch, EPOCH))
            # One file, which can be read from where nothing can be written.
            copy.execute("PRAGMA journal_mode=DELETE")


def _flush(path: Path) -> None:
    """
    Have *path*, a file or a folder, on the disk itself.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
