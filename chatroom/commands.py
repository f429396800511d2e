"""
What can be asked of the room, in the imperative: one struct for each command.

A struct holds what the *syntax* allows: types, ranges, and which fields there
must be. What a text or a name may say is the domain's business, and has codes
of its own.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from chatroom import limits
from chatroom.rights import Role as RoleName

#: The author's own number for a command: the reply carries it.
CommandId: TypeAlias = Annotated[str, Meta(pattern=rf"\A[ -~]{{1,{limits.ID_CHARS}}}\Z")]

#: A position in a room's log. JavaScript's numbers are exact up to here.
Seq: TypeAlias = Annotated[int, Meta(ge=0, le=2**53 - 1)]

Limit: TypeAlias = Annotated[int, Meta(ge=1, le=limits.PAGE_LIMIT)]
#: Somebody's id.
PersonId: TypeAlias = Annotated[str, Meta(max_length=limits.PERSON_CHARS)]
#: How long a ban or a mute lasts.
Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=limits.BAN_S)]
JoinLimit: TypeAlias = Annotated[int, Meta(ge=0, le=limits.PAGE_LIMIT)]


class Command(Struct, kw_only=True, frozen=True, tag_field="type", tag=str.lower):
    """What every command may carry."""

    id: CommandId | UnsetType = UNSET


class Hello(Command, frozen=True):
    """Enter: by name, with a password maybe, or with the token of an earlier welcome."""

    name: str | UnsetType = UNSET
    token: str | UnsetType = UNSET
    key: Annotated[str, Meta(min_length=16, max_length=64)] | UnsetType = UNSET
    password: Annotated[str, Meta(min_length=1, max_length=limits.PASSWORD_CHARS)] | UnsetType = (
        UNSET
    )


class Join(Command, frozen=True):
    """Hear a room; with `since` and `epoch`, from where one left off."""

    room: str
    limit: JoinLimit = limits.PAGE_DEFAULT
    since: Seq | UnsetType = UNSET
    epoch: str | UnsetType = UNSET
    key: str | UnsetType = UNSET


class Leave(Command, frozen=True):
    """Be a member no longer."""

    room: str


class Say(Command, frozen=True):
    """Say something to everybody in a room."""

    room: str
    text: str
    kind: Literal["action"] | UnsetType = UNSET
    reply_to: Seq | UnsetType = UNSET


class Edit(Command, frozen=True):
    """Say one's own message otherwise."""

    room: str
    target: Seq
    text: str


class Delete(Command, frozen=True):
    """Take one's own message back."""

    room: str
    target: Seq


class React(Command, frozen=True):
    """Put an emoji to a message, or take it away."""

    room: str
    target: Seq
    emoji: str
    on: bool


class Values(Struct, frozen=True):
    """The settings of a room that `set` may change; all but the topic are moderators'."""

    topic: str | UnsetType = UNSET
    slow: Annotated[int, Meta(ge=0, le=limits.SLOW_S)] | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    read_only: bool | UnsetType = UNSET
    key: str | UnsetType = UNSET


class Set(Command, frozen=True):
    """Change a room's settings."""

    room: str
    values: Values


class Act(Command, frozen=True):
    """What moderators do to people; without a room, on the whole server."""

    target: PersonId


class Kick(Act, frozen=True):
    """Send somebody out of a room."""

    room: str
    reason: str | UnsetType = UNSET


class Ban(Act, frozen=True):
    """Keep somebody out, and whoever comes from where they are."""

    room: str | UnsetType = UNSET
    seconds: Seconds | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    address: bool = True


class Unban(Act, frozen=True):
    """Keep somebody out no longer."""

    room: str | UnsetType = UNSET


class Mute(Act, frozen=True):
    """Let somebody read, and not speak."""

    room: str
    seconds: Seconds | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class Unmute(Act, frozen=True):
    """Let somebody speak again."""

    room: str


class Role(Act, kw_only=True, frozen=True):
    """Make somebody a moderator, an owner, or a member like any other."""

    room: str | UnsetType = UNSET
    role: RoleName


class Purge(Act, frozen=True):
    """Delete what somebody said in the last minutes."""

    room: str
    minutes: Annotated[int, Meta(ge=1, le=limits.PURGE_MINUTES)]
    reason: str | UnsetType = UNSET


class Modlog(Command, frozen=True):
    """Read what moderators did, in a room or everywhere."""

    room: str | UnsetType = UNSET
    before: Seq | UnsetType = UNSET
    limit: Limit = limits.PAGE_DEFAULT


class Claim(Command, frozen=True):
    """Become an owner of the server, by the link that it made."""

    key: Annotated[str, Meta(max_length=limits.ID_CHARS)]


class Typing(Command, frozen=True):
    """Tell the others that something is being written."""

    room: str


class Read(Command, frozen=True):
    """Everything up to `seq` has been read."""

    room: str
    seq: Seq


class History(Command, frozen=True):
    """Read a page of a room's messages."""

    room: str
    before: Seq | UnsetType = UNSET
    after: Seq | UnsetType = UNSET
    around: Seq | UnsetType = UNSET
    limit: Limit = limits.PAGE_DEFAULT

    def __post_init__(self) -> None:
        """Refuse two directions at once."""
        given = [seq for seq in (self.before, self.after, self.around) if seq is not UNSET]
        if len(given) > 1:
            raise ValueError("give one of `before`, `after` and `around`")


class Search(Command, frozen=True):
    """Find messages by the words in them, in one room or in all of the person's."""

    text: str
    room: str | UnsetType = UNSET
    from_: str | UnsetType = field(default=UNSET, name="from")
    limit: Limit = limits.PAGE_DEFAULT


class Who(Command, frozen=True):
    """List the people in a room."""

    room: str
    prefix: str = ""
    after: str | UnsetType = UNSET
    limit: Limit = limits.PAGE_DEFAULT


class Rooms(Command, frozen=True):
    """List the rooms of the server."""

    prefix: str = ""
    after: str | UnsetType = UNSET
    limit: Limit = limits.PAGE_DEFAULT


class Rename(Command, frozen=True):
    """Take another name."""

    name: str


class Ping(Command, frozen=True):
    """Ask whether anybody is there."""


class Pong(Command, frozen=True):
    """Answer the server's `ping`."""


AnyAct: TypeAlias = Kick | Ban | Unban | Mute | Unmute | Role | Purge

#: What anybody puts into a room's log. The log alone knows what is to become of it.
Spoken: TypeAlias = Say | Edit | Delete | React | Set

#: Commands that end as an entry of a room's log.
Durable: TypeAlias = Spoken | AnyAct

AnyCommand: TypeAlias = (
    Hello
    | Join
    | Leave
    | Say
    | Edit
    | Delete
    | React
    | Set
    | AnyAct
    | Modlog
    | Claim
    | Typing
    | Read
    | History
    | Search
    | Who
    | Rooms
    | Rename
    | Ping
    | Pong
)

#: Never answered, not by an error either.
UNANSWERED: Final = frozenset({"typing", "pong"})
