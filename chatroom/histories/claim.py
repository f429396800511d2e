"""
That only one room runs on a database.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from chatroom.errors import StorageUnavailable


class Claim:
    """
    A database's, taken by who runs a room on it; what dies lets go of it.

    Two rooms would each tell their people only what they store themselves.

    It is a lock on a file beside the database, which is there as long as the room is. On
    the database itself it could not be: when one of who has it open closes it, all of
    SQLite's locks on it are gone.

    Args:
        database: Where that is.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-lock")
        self._file: int | None = None

    @property
    def is_taken(self) -> bool:
        """
        Whether it is taken here.
        """
        return self._file is not None

    def take(self) -> None:
        """
        Keep others off, until `give_back`.

        Raises:
            StorageUnavailable: Another room has it.
            OSError: The file system lets nobody have it.
        """
        while self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Who had it may have removed the file since it was opened.
                if self._is(file):
                    self._file = file
            except BlockingIOError:
                raise StorageUnavailable("another room is running on it") from None
            finally:
                if self._file is None:
                    os.close(file)

    def give_back(self) -> None:
        """
        Let others have it, if it is taken here.
        """
        if self._file is not None:
            if self._is(self._file):
                self._path.unlink()
            os.close(self._file)
            self._file = None

    def _is(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False
