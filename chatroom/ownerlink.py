"""
The link by which somebody becomes the first owner of the server, in a file that only
who runs the server can read.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from twisted.logger import Logger

from chatroom.chat import Chat

log = Logger()

NAME: Final = "owner-link"


def write_link(path: Path, key: str, urls: Iterable[str]) -> None:
    """
    Write the link with *key* to *path*, a line for each of *urls*, in place of what was
    there.

    Raises:
        OSError: It cannot be written.
    """
    pages = [url for url in urls if url.startswith("http")] or ["/"]
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        # Nobody but its owner may read it, from its first byte on.
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{page}#owner={key}\n" for page in pages)
        part.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


class OwnerLink:
    """
    The file, for as long as nobody has used the link.

    Args:
        path: Where; None for a folder among the temporary ones. That is for a room that
            keeps nothing: its link is nothing to keep either, and in the place of another
            room's it would lock that one out.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._folder: Path | None = None

    async def offer(self, chat: Chat, urls: Iterable[str]) -> None:
        """
        See to it that there is a link if the server has no owner, and say where. The log
        has the file's name, not the key.

        Args:
            chat: The room, open.
            urls: Where it is found.
        """
        order = chat.order
        chat.claimed = self.remove
        is_out = order.has_link and self._path is not None and self._path.exists()
        if not is_out:
            if order.roles.has_owner:
                return
            key = await chat.acts.make_link()
            try:
                write_link(self._place(), key, urls)
            except OSError as error:
                log.warn(  # noqa: G010 - Twisted's
                    "The link that makes an owner of this server cannot be written to {path}:"
                    " {reason}",
                    path=str(self._path),
                    reason=error.strerror,
                )
                return
        path = self._place().absolute()
        log.info("The link that makes an owner of this server is in {path}", path=str(path))

    def _place(self) -> Path:
        if self._path is None:
            self._folder = Path(tempfile.mkdtemp(prefix="chatroom-"))
            self._path = self._folder / NAME
        return self._path

    def remove(self) -> None:
        """
        Remove the file: the link was used.
        """
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink()

    def close(self) -> None:
        """
        The room ends; what keeps nothing leaves nothing.
        """
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = self._path = None
