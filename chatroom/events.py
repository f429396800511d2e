"""
What happened, in the past tense.

`Message`, `Edited`, `Deleted`, `Reacted`, `Set` and `Acted` are durable: entries of a room's
log, numbered without gaps. The others are heard by who is there, and forgotten.

Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from chatroom.rights import Role


class Who(Struct, frozen=True):
    """A person, as others are told of them; of a room's members, with their role."""

    person: str
    name: str
    role: Role | UnsetType = UNSET


class WasCalled(Struct, frozen=True):
    """A person who changed their name."""

    person: str
    name: str
    was: str


class Quote(Struct, frozen=True):
    """The beginning of the message that another one replies to."""

    person: str
    name: str
    text: str | UnsetType = UNSET


class Reaction(Struct, frozen=True):
    """An emoji at a message: how many put it there, and the first few of them."""

    emoji: str
    count: int
    people: list[Who]


class Entry(Struct, kw_only=True, frozen=True, tag_field="type", tag=str.lower):
    """What every entry of a log has: its place, its time, who did it."""

    room: str
    seq: int
    time: int
    person: str
    name: str


class Message(Entry, frozen=True):
    """
    Somebody said something.

    *Folded*, in a page, it stands as it now is: ``edited`` (a time), ``deleted``
    (then there is no text) and ``reactions`` are known then alone.
    """

    text: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    kind: Literal["action"] | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    quote: Quote | UnsetType = UNSET
    mentions: tuple[str, ...] | UnsetType = UNSET
    edited: int | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    reactions: list[Reaction] | UnsetType = UNSET


class Edited(Entry, frozen=True):
    """
    Somebody said a message of theirs otherwise.

    Replayed, it has the message's present text, or ``deleted``.
    """

    target: int
    text: str | UnsetType = UNSET
    mentions: tuple[str, ...] | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET


class Deleted(Entry, frozen=True):
    """Somebody took a message back."""

    target: int


class Reacted(Entry, frozen=True):
    """Somebody put an emoji to a message, or took it away."""

    target: int
    emoji: str
    on: bool


class Settings(Struct, frozen=True):
    """A room's settings, where there are any; in a `Set`, those that changed."""

    topic: str | UnsetType = UNSET
    slow: int | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    read_only: bool | UnsetType = UNSET
    key: bool | UnsetType = UNSET


class Set(Entry, frozen=True):
    """Somebody changed the room's settings."""

    values: Settings


#: What moderators do to people.
ActName: TypeAlias = Literal["kick", "ban", "unban", "mute", "unmute", "role", "purge"]


class Acted(Entry, frozen=True):
    """
    A moderator did something to somebody.

    ``role`` is what they are in this room from then on. After a purge, every message
    of theirs with a time from ``since`` on and a smaller number is deleted.
    """

    act: ActName
    target: str
    target_name: str
    until: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    since: int | UnsetType = UNSET


#: An entry of a room's log.
Event: TypeAlias = Message | Edited | Deleted | Reacted | Set | Acted


class Passing(Struct, kw_only=True, frozen=True, tag_field="type", tag=str.lower):
    """What is heard by who is there, and not kept."""


class Presence(Passing, kw_only=True, frozen=True):
    """Who came, left or changed their name since the last one; in a crowd, the count."""

    room: str
    joined: list[Who] | UnsetType = UNSET
    left: list[Who] | UnsetType = UNSET
    renamed: list[WasCalled] | UnsetType = UNSET
    count: int


class Typing(Passing, frozen=True):
    """Somebody is writing."""

    room: str
    person: str
    name: str


class Closing(Passing, frozen=True):
    """The server is about to close the connection; the last thing said on it."""

    code: int
    reason: str
    retry_after: int | UnsetType = UNSET
