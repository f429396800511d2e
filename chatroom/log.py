"""
What goes into a room's log and what comes of it; what is kept of a person.

A `Draft` is a durable command on its way into the log. Only the log knows
whether it was said before and whether its target is there, so it decides, in
order, and answers each draft with an `Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec import Struct

from chatroom.commands import Durable
from chatroom.errors import ChatError
from chatroom.events import Event, Message


class Draft(Struct, frozen=True):
    """
    A durable command, with all that is known of it before it is stored.

    ``refusal`` is what the rules outside the log have against it. It travels
    with the draft because a repeated command is answered with its first ack
    even when the same command would be refused today.
    """

    command: Durable
    room: str
    person: str
    name: str
    time: int
    mentions: tuple[str, ...] = ()
    refusal: ChatError | None = None


@dataclass(frozen=True, slots=True)
class Retain:
    """
    How much of each room is kept: this many entries, and none older than this
    many milliseconds; None for all. Numbers never start again.
    """

    entries: int | None = None
    age_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The person's command of this id was accepted before, as this entry."""

    room: str
    seq: int
    time: int


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The command changes nothing, so nothing is stored."""


#: What became of a draft: an entry, or one of the ways in which it became none.
Outcome: TypeAlias = Event | Duplicate | Unchanged | ChatError


@dataclass(frozen=True, slots=True)
class Page:
    """
    Messages of a room as they stand at ``seq``, folded, oldest first.

    ``older`` and ``newer`` say whether there are more on that side.
    """

    seq: int
    messages: list[Message]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """The entries of a room after a position, up to ``seq``, oldest first."""

    seq: int
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Hits:
    """
    Messages that a search found, folded, the newest first.

    ``places[i]`` is where to go on behind ``messages[i]``; ``more`` says whether
    there are any behind the last.
    """

    messages: list[Message]
    places: list[str]
    more: bool


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """
    A room as it was left: its name, the number of its last entry, its topic.
    """

    name: str
    seq: int
    topic: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """
    What is kept of a person: ``created`` in milliseconds since the Unix epoch, and
    for each room they are a member of (by its key) the number read up to; and, where
    whoever asked does not know it, the hash of their token.
    """

    id: str
    name: str
    created: int
    rooms: dict[str, int] = field(default_factory=dict)
    token_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What a store remembers when it is opened: every room, and the persons who may
    still hold their names, with the time since which they are gone (milliseconds
    since the Unix epoch; those who were connected: now).
    """

    rooms: list[RoomRecord] = field(default_factory=list)
    people: list[tuple[PersonRecord, int]] = field(default_factory=list)
