"""
Accounts: whose names belong to somebody, and the passwords that are kept here.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """
    Make the tables.
    """
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("password", sa.Text),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person"),
    )
    op.create_table(
        "looks",
        sa.Column("look", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("look"),
        sqlite_with_rowid=False,
    )
    op.create_index("looks_of_accounts", "looks", ["account"])
