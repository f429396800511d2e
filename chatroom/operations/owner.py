"""
``owner-link``: a way for whoever runs the server to become its owner.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from chatroom.histories.database import Database
from chatroom.histories.orders import LINK
from chatroom.operations.files import opened, reading
from chatroom.operations.trouble import Trouble
from chatroom.order import link_digest
from chatroom.ownerlink import NAME, write_link

_KEY_BYTES: Final = 32
_OFFER: Final = (
    "INSERT INTO marks (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def make_link(database: Database, url: str) -> Path:
    """
    Make a new owner link, good once, in place of the last one; return the file it is in.

    Args:
        url: Where people find the room.

    Raises:
        Trouble: The database is none of this version, or the file cannot be written.
    """
    with reading(database):
        pass
    key = secrets.token_urlsafe(_KEY_BYTES)
    path = database.path.absolute().with_name(NAME)
    with opened(database.path) as connection:
        connection.execute(_OFFER, (LINK, link_digest(key)))
    try:
        write_link(path, key, [url if url.endswith("/") else f"{url}/"])
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror}") from None
    return path
