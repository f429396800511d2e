"""
Rooms, what was said in them, and people.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """
    Make all tables.
    """
    _make_log()
    _make_reactions()
    _make_index()
    _make_people()


def _make_log() -> None:
    op.create_table(
        "marks", _text("name"), _bytes("value"), sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "rooms",
        *(_number("id"), _text("name"), _text("topic"), _number("seq")),
        *(_number("first"), _number("purged"), _number("sealed")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table("texts", _number("id"), _text("text"), sa.PrimaryKeyConstraint("id"))
    op.create_table(
        "messages",
        *(_number("room"), _number("seq"), _number("time"), _text("person"), _text("name")),
        *(_number("text", null=True), _text("id", null=True), _text("kind", null=True)),
        *(_number("reply_to", null=True), _text("quoted_person", null=True)),
        *(_text("quoted_name", null=True), _text("mentions", null=True)),
        *(_text("notified", null=True), _number("edited", null=True)),
        sa.PrimaryKeyConstraint("room", "seq"),
    )
    op.create_table(
        "changes",
        *(_number("room"), _number("seq"), _number("time"), _text("person"), _text("name")),
        *(_text("type"), _number("target", null=True), _text("emoji", null=True)),
        *(sa.Column("on", sa.Boolean), _text("topic", null=True)),
        sa.PrimaryKeyConstraint("room", "seq"),
    )
    op.create_table(
        "ids",
        *(_text("person"), _text("id"), _number("room"), _number("seq"), _number("time")),
        sa.PrimaryKeyConstraint("person", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mentions",
        *(_number("room"), _text("person"), _number("seq")),
        sa.PrimaryKeyConstraint("room", "person", "seq"),
        sqlite_with_rowid=False,
    )


def _make_reactions() -> None:
    op.create_table(
        "tallies",
        *(_number("room"), _number("target"), _text("emoji"), _number("since"), _number("count")),
        sa.PrimaryKeyConstraint("room", "target", "emoji"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reactions",
        *(_number("room"), _number("target"), _text("emoji"), _text("person"), _number("seq")),
        sa.PrimaryKeyConstraint("room", "target", "emoji", "person"),
        sa.UniqueConstraint("room", "target", "emoji", "seq", name="reactions_in_order"),
        sqlite_with_rowid=False,
    )


def _make_index() -> None:
    op.create_table(
        "blocks",
        *(_number("id"), _number("room"), _number("number")),
        *(_number("oldest"), _number("newest")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("room", "number", name="blocks_of_rooms"),
    )
    op.create_index("blocks_by_time", "blocks", ["room", "newest"])
    op.create_table(
        "parts",
        *(_number("block"), _number("part"), _number("chunk")),
        sa.PrimaryKeyConstraint("block", "part"),
        sqlite_with_rowid=False,
    )
    op.create_table("chunks", _number("id"), _bytes("words"), sa.PrimaryKeyConstraint("id"))


def _make_people() -> None:
    op.create_table(
        "persons",
        *(_text("id"), _text("name"), _bytes("token_hash"), _number("created")),
        _number("gone", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("persons_by_gone", "persons", ["gone"])
    op.create_table(
        "members",
        *(_text("person"), _text("room"), _number("read")),
        sa.PrimaryKeyConstraint("person", "room"),
        sqlite_with_rowid=False,
    )
