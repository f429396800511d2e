"""
Order in the rooms: settings, roles, bans, mutes, and what moderators did.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=null)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """
    Give rooms settings, and make the tables of who may do what.
    """
    for name, kind in (
        ("slow", sa.Integer),
        ("locked", sa.Boolean),
        ("read_only", sa.Boolean),
        ("erasing", sa.Integer),
    ):
        op.add_column("rooms", sa.Column(name, kind(), nullable=False, server_default="0"))
        if name == "read_only":
            # They are read in this order.
            op.add_column("rooms", sa.Column("key", sa.LargeBinary, nullable=True))
    op.add_column("changes", sa.Column("details", sa.Text, nullable=True))
    op.create_table(
        "roles", _text("person"), _text("scope"), _text("role"),
        sa.PrimaryKeyConstraint("person", "scope"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "bans", _text("scope"), _text("person"), _number("until", null=True),
        sa.Column("addresses", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("scope", "person"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "mutes", _text("scope"), _text("person"), _number("until", null=True),
        sa.PrimaryKeyConstraint("scope", "person"), sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "deeds", _number("number"), _text("scope"), _text("deed"),
        sa.PrimaryKeyConstraint("number"),
    )  # fmt: skip
    op.create_index("deeds_by_scope", "deeds", ["scope", "number"])
    op.create_table(
        "erasures",
        *(_number("room"), _number("seq"), _text("person"), _number("since"), _number("before")),
        sa.PrimaryKeyConstraint("room", "seq"),
        sqlite_with_rowid=False,
    )
