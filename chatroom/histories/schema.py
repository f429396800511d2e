"""
The tables.

A *room* numbers its entries. What was said is in ``messages`` and its text in
``texts``; every other entry is in ``changes``. Numbers are unique over both.

What people wrote lies in ``texts`` and ``chunks`` alone, and there nothing moves:
rows are added at the end, and what is taken out of one makes it smaller in its
place. For SQLite, told to overwrite what is deleted, misses the copies that stay
behind when it moves a row to another page. Of 2,400 erased texts, in a table that
was updated as usual, up to nine were found in the file afterwards; here, of 118,000
none.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData()

#: Of the log as a whole: its epoch and its secret.
marks: Final = Table(
    "marks",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

#: ``seq`` is the last number given, ``first`` the first that is retained. What is
#: before ``purged`` is deleted; the blocks before ``sealed`` are in the index.
#: ``slow`` is in seconds, ``key`` a digest; ``erasing`` counts the rows of ``erasures``.
rooms: Final = Table(
    "rooms",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("topic", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("purged", Integer, nullable=False),
    Column("sealed", Integer, nullable=False),
    Column("slow", Integer, nullable=False, server_default="0"),
    Column("locked", Boolean, nullable=False, server_default="0"),
    Column("read_only", Boolean, nullable=False, server_default="0"),
    Column("key", LargeBinary),
    Column("erasing", Integer, nullable=False, server_default="0"),
)

#: An empty one is a husk: its text was erased.
texts: Final = Table(
    "texts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False),
)

#: ``text`` is the id of the present one, NULL if deleted. ``mentions`` and ``notified``
#: are JSON lists of persons, NULL if empty.
messages: Final = Table(
    "messages",
    METADATA,
    Column("room", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("time", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Integer),
    Column("id", Text),
    Column("kind", Text),
    Column("reply_to", Integer),
    Column("quoted_person", Text),
    Column("quoted_name", Text),
    Column("mentions", Text),
    Column("notified", Text),
    Column("edited", Integer),
    PrimaryKeyConstraint("room", "seq"),
)

#: ``type`` is the event's: ``edited``, ``deleted``, ``reacted``, ``set`` or ``acted``.
#: ``details`` are JSON: the event's own fields of an ``acted``, of a ``set`` the values
#: beside the topic.
changes: Final = Table(
    "changes",
    METADATA,
    Column("room", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("time", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("target", Integer),
    Column("emoji", Text),
    Column("on", Boolean),
    Column("topic", Text),
    Column("details", Text),
    PrimaryKeyConstraint("room", "seq"),
)

#: What was accepted under which id, for ever. Without a room (0), ``seq`` is a deed's.
ids: Final = Table(
    "ids",
    METADATA,
    Column("person", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("room", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("time", Integer, nullable=False),
    PrimaryKeyConstraint("person", "id"),
    sqlite_with_rowid=False,
)

#: Who was notified of a message and is still mentioned in it, its author apart.
mentions: Final = Table(
    "mentions",
    METADATA,
    Column("room", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("room", "person", "seq"),
    sqlite_with_rowid=False,
)

#: The emoji at a message, in the order of ``since``, and how many put each there.
tallies: Final = Table(
    "tallies",
    METADATA,
    Column("room", Integer, nullable=False),
    Column("target", Integer, nullable=False),
    Column("emoji", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("room", "target", "emoji"),
    sqlite_with_rowid=False,
)

#: Who put it there; ``seq`` is the entry that did.
reactions: Final = Table(
    "reactions",
    METADATA,
    Column("room", Integer, nullable=False),
    Column("target", Integer, nullable=False),
    Column("emoji", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("room", "target", "emoji", "person"),
    # The first ten of ten thousand are found without reading all of them.
    UniqueConstraint("room", "target", "emoji", "seq", name="reactions_in_order"),
    sqlite_with_rowid=False,
)

#: The search's index: see `chatroom.histories.index`. ``oldest`` and ``newest`` are
#: the times of messages in the block.
blocks: Final = Table(
    "blocks",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("room", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("oldest", Integer, nullable=False),
    Column("newest", Integer, nullable=False),
    UniqueConstraint("room", "number", name="blocks_of_rooms"),
    Index("blocks_by_time", "room", "newest"),
)
parts: Final = Table(
    "parts",
    METADATA,
    Column("block", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("chunk", Integer, nullable=False),
    PrimaryKeyConstraint("block", "part"),
    sqlite_with_rowid=False,
)
chunks: Final = Table(
    "chunks",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("words", LargeBinary, nullable=False),
)

#: ``gone`` is NULL while connected.
persons: Final = Table(
    "persons",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created", Integer, nullable=False),
    Column("gone", Integer),
    Index("persons_by_gone", "gone"),
)

#: ``room`` is the room's key, not its number: one can be in a room without entries.
members: Final = Table(
    "members",
    METADATA,
    Column("person", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("read", Integer, nullable=False),
    PrimaryKeyConstraint("person", "room"),
    sqlite_with_rowid=False,
)

#: Who is more than a member, and where: ``scope`` is a room's key, or empty for the
#: whole server. So it is in what follows.
roles: Final = Table(
    "roles",
    METADATA,
    Column("person", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("person", "scope"),
    sqlite_with_rowid=False,
)

#: ``until`` is NULL for good; ``addresses`` are digests of 16 bytes, one after the other.
bans: Final = Table(
    "bans",
    METADATA,
    Column("scope", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("until", Integer),
    Column("addresses", LargeBinary, nullable=False),
    PrimaryKeyConstraint("scope", "person"),
    sqlite_with_rowid=False,
)
mutes: Final = Table(
    "mutes",
    METADATA,
    Column("scope", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("until", Integer),
    PrimaryKeyConstraint("scope", "person"),
    sqlite_with_rowid=False,
)

#: The moderation log; ``deed`` is a `chatroom.log.Deed` as JSON.
deeds: Final = Table(
    "deeds",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Index("deeds_by_scope", "scope", "number"),
)

#: What a purge has yet to erase: the messages of ``person`` with a time from ``since``
#: on and a number below ``before``. ``seq`` is the purge's own.
erasures: Final = Table(
    "erasures",
    METADATA,
    Column("room", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("before", Integer, nullable=False),
    PrimaryKeyConstraint("room", "seq"),
    sqlite_with_rowid=False,
)

#: ``name`` is what the account was called last, ``person`` is NULL before the first
#: time, ``password`` when it is not checked here.
accounts: Final = Table(
    "accounts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("person", Text, unique=True),
    Column("password", Text),
)

#: All that the names of accounts look like.
looks: Final = Table(
    "looks",
    METADATA,
    Column("look", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Index("looks_of_accounts", "account"),
    sqlite_with_rowid=False,
)
