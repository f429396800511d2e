"""
What goes into a room's log and what comes of it; what is kept of a person.

A `Draft` is a durable command on its way into the log. Only the log knows
whether it was said before and whether its target is there, so it decides, in
order, and answers each draft with an `Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from chatroom.bans import Ban
from chatroom.commands import Claim, Durable
from chatroom.errors import ChatError
from chatroom.events import ActName, Event, Message, Settings
from chatroom.rights import Role
from chatroom.rules import Rules


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The command changes nothing, so nothing is stored."""


class Deed(Struct, kw_only=True, frozen=True):
    """
    One line of the moderation log: an act, a setting that is for moderators, or a
    message of somebody else's that was deleted (``message`` is its number).

    ``number`` counts the lines, from 1. ``room`` is the room's name; without it the
    deed was about the whole server.
    """

    number: int = 0
    time: int
    person: str
    name: str
    act: ActName | Literal["set", "delete"]
    target: str | UnsetType = UNSET
    target_name: str | UnsetType = UNSET
    room: str | UnsetType = UNSET
    until: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    since: int | UnsetType = UNSET
    values: Settings | UnsetType = UNSET
    message: int | UnsetType = UNSET


class Authority(Struct, kw_only=True, frozen=True):
    """
    What a moderator's draft has beside its command.

    Args:
        deed: What it does to somebody, for an act.
        scope: Where that holds: a room's key, or ``SERVER``; None if it holds already,
            and the entry only tells of it.
        ban: For a ban, what it is.
        beyond: For a deletion, those whose messages are not to be deleted.
        key: For a room's new key, its digest; for an owner link's, likewise.
        role: For a role, what that makes of somebody in the room, the server's counted.
    """

    deed: Deed | None = None
    scope: str | None = None
    ban: Ban | None = None
    beyond: frozenset[str] = frozenset()
    key: bytes | None = None
    role: Role | UnsetType = UNSET


class Draft(Struct, frozen=True):
    """
    A durable command, with all that is known of it before it is stored.

    ``refusal`` is what the rules outside the log have against it, or that it changes
    nothing. It travels with the draft because a repeated command is answered with its
    first ack even when the same command would be refused today.

    ``room`` is empty if it is about the whole server: then it becomes a `Deed`, and
    no entry.
    """

    command: Durable | Claim
    room: str
    person: str
    name: str
    time: int
    mentions: tuple[str, ...] = ()
    refusal: ChatError | Unchanged | None = None
    authority: Authority | None = None


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
    """
    The person's command of this id was accepted before, as this entry; without a room,
    as the deed of this number.
    """

    room: str
    seq: int
    time: int


#: What became of a draft: an entry, or one of the ways in which it became none.
Outcome: TypeAlias = Event | Deed | Duplicate | Unchanged | ChatError


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
    A room as it was left: its name, the number of its last entry, its settings.
    """

    name: str
    seq: int
    rules: Rules


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
class OrderRecord:
    """
    What order there was: roles as (person, scope, role), bans as (scope, person, ban),
    mutes as (room's key, person, until); and whether an owner link is out.
    """

    roles: list[tuple[str, str, Role]] = field(default_factory=list)
    bans: list[tuple[str, str, Ban]] = field(default_factory=list)
    mutes: list[tuple[str, str, int | None]] = field(default_factory=list)
    has_link: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What a store remembers when it is opened: every room, and the persons who may
    still hold their names, with the time since which they are gone (milliseconds
    since the Unix epoch; those who were connected: now).
    """

    rooms: list[RoomRecord] = field(default_factory=list)
    people: list[tuple[PersonRecord, int]] = field(default_factory=list)
    order: OrderRecord = field(default_factory=OrderRecord)
