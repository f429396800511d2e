"""
Bringing a database up to date.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select

from chatroom.errors import StorageUnavailable
from chatroom.histories.schema import marks

STEPS: Final = Path(__file__).with_name("migrations")

EPOCH: Final = "epoch"
SECRET: Final = "secret"  # noqa: S105 - the name of one


def migrate(connection: Connection, upto: str = "head") -> None:
    """
    Do the steps that the database has not seen, in the connection's transaction.

    A new one gets its epoch and its secret.

    Args:
        upto: The last step to do.

    Raises:
        StorageUnavailable: A later version of this program, or another program, has
            made it.
    """
    config = Config()
    # `%` is Alembic's own sign for what is filled in.
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    done = MigrationContext.configure(connection).get_current_heads()
    if not known.issuperset(done):
        raise StorageUnavailable("the database was made by a newer version of this program")
    if not done and inspect(connection).get_table_names():
        raise StorageUnavailable("the database was made by another program")
    command.upgrade(config, upto)
    if connection.execute(select(marks.c.name).limit(1)).first() is None:
        connection.execute(
            insert(marks),
            [
                {"name": EPOCH, "value": secrets.token_urlsafe(9).encode()},
                {"name": SECRET, "value": secrets.token_bytes(32)},
            ],
        )
