"""
What a command is answered with: to its sender, under its `id`.

The same types without an `id` are news from the person's other connections.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType

from chatroom.events import Settings, Who
from chatroom.log import Deed
from chatroom.rights import Role


class Reply(Struct, kw_only=True, frozen=True, tag_field="type", tag=str.lower):
    """What every reply may carry."""

    id: str | UnsetType = UNSET


class Limits(Struct, frozen=True):
    """The bounds that a client should know, in characters, bytes and per second."""

    text_chars: int
    name_chars: int
    topic_chars: int
    frame_bytes: int
    rooms_per_person: int
    rate: int
    burst: int


class Welcome(Reply, frozen=True):
    """To `hello`: who you are, and what this server can do."""

    person: str
    name: str
    token: str
    rooms: list[str]
    protocol: int
    features: tuple[str, ...]
    time: int
    limits: Limits
    role: Role | UnsetType = UNSET
    account: bool | UnsetType = UNSET


class You(Struct, frozen=True):
    """
    What the person is in this room; until when they are muted, true for good; and whether
    they are a guest who may only read.
    """

    role: Role = "member"
    muted: int | bool | UnsetType = UNSET
    read_only: bool | UnsetType = UNSET


class Joined(Reply, kw_only=True, frozen=True):
    """To `join`: the room as it stands at `seq`."""

    room: str
    kind: Literal["room"] = "room"
    epoch: str
    seq: int
    settings: Settings
    recovered: bool
    events: list[Raw]
    older: bool
    mine: dict[int, list[str]]
    members: list[Who]
    count: int
    read: int
    unread: int
    mentions: int
    you: You = You()


class JoinedElsewhere(Reply, frozen=True, tag="joined"):
    """News: another connection of the person's made them a member."""

    room: str


class Left(Reply, frozen=True):
    """To `leave`; or somebody was sent out, and why."""

    room: str
    reason: str | UnsetType = UNSET


class Ack(Reply, frozen=True, omit_defaults=True):
    """
    A durable command is stored as entry `seq`; or it changed nothing. Without a room,
    it was about the whole server.
    """

    room: str | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    time: int | UnsetType = UNSET
    duplicate: bool = False
    unchanged: bool = False


class Read(Reply, frozen=True):
    """To `read`: the person's mark in the room as it now is."""

    room: str
    seq: int


class History(Reply, frozen=True):
    """To `history`: a page of the room's messages as they stand at `seq`."""

    room: str
    seq: int
    events: list[Raw]
    older: bool
    newer: bool
    mine: dict[int, list[str]]


class Found(Reply, frozen=True):
    """To `search`: messages, the newest first; `next` continues behind the last."""

    events: list[Raw]
    next: str | UnsetType = UNSET


class Members(Reply, frozen=True):
    """To `who`: people of the room, by name."""

    room: str
    members: list[Who]
    count: int
    more: bool


class RoomLine(Struct, frozen=True):
    """One room in a list of rooms."""

    room: str
    topic: str
    count: int
    seq: int


class Rooms(Reply, frozen=True):
    """To `rooms`: rooms of the server, by name."""

    rooms: list[RoomLine]
    more: bool


class Modlog(Reply, kw_only=True, frozen=True):
    """To `modlog`: what moderators did, the newest first."""

    room: str | UnsetType = UNSET
    acts: list[Deed]
    more: bool


class Claimed(Reply, frozen=True):
    """To `claim`."""

    role: Role


class Renamed(Reply, frozen=True):
    """To `rename`."""

    name: str


class Pong(Reply, frozen=True):
    """To `ping`: the server's time."""

    time: int


class Error(Reply, frozen=True):
    """A refusal."""

    code: str
    reason: str
    retry_after: int | UnsetType = UNSET
    suggest: str | UnsetType = UNSET
