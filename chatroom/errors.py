"""
What can be wrong with what a person asks: one class for each wire code.

The domain raises them, the session turns them into an ``error`` reply. The
reason is English and meant for people; programs look at the code.
"""

from __future__ import annotations

from typing import ClassVar


class ChatError(Exception):
    """
    A refusal that its sender is told of; nobody else notices it.

    Args:
        reason: One English sentence for people.
        retry_after: Seconds after which the same command may succeed.
        suggest: A free name to take instead.
    """

    code: ClassVar[str]

    def __init__(
        self, reason: str, *, retry_after: int | None = None, suggest: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.suggest = suggest


class BadJson(ChatError):
    """The text is no JSON object."""

    code = "bad_json"


class BadCommand(ChatError):
    """A field is missing, of another type or out of range; or the moment is wrong."""

    code = "bad_command"


class UnknownType(ChatError):
    """A type that names no command of this server."""

    code = "unknown_type"


class BadName(ChatError):
    """A name made of what a name cannot be."""

    code = "bad_name"


class NameTaken(ChatError):
    """Somebody holds this name, or one that looks like it."""

    code = "name_taken"


class BadToken(ChatError):
    """A token of nobody here."""

    code = "bad_token"


class SignIn(ChatError):
    """A name that belongs to an account; or guests are not let in."""

    code = "sign_in"


class BadPassword(ChatError):
    """A name and a password that are of no account."""

    code = "bad_password"


class BadRoom(ChatError):
    """A room's name made of what it cannot be."""

    code = "bad_room"


class BadText(ChatError):
    """A text that is blank or has controls in it."""

    code = "bad_text"


class TooLong(ChatError):
    """A name, room, text or topic over its length."""

    code = "too_long"


class TooMany(ChatError):
    """More rooms than a person may be in, or emoji than a message may have."""

    code = "too_many"


class NotWelcome(ChatError):
    """A command before ``hello``."""

    code = "not_welcome"


class NotJoined(ChatError):
    """A command for a room that this connection has not joined."""

    code = "not_joined"


class NoSuchMessage(ChatError):
    """A number that is no message's."""

    code = "no_such_message"


class NotYours(ChatError):
    """Somebody else's message."""

    code = "not_yours"


class NoSuchPerson(ChatError):
    """An id that is nobody's."""

    code = "no_such_person"


class Forbidden(ChatError):
    """Somebody has no right to it, or the program that hosts the room refuses it."""

    code = "forbidden"


class Banned(ChatError):
    """Somebody is kept out of a room, or of the server."""

    code = "banned"


class Locked(ChatError):
    """A room that lets nobody new in."""

    code = "locked"


class BadKey(ChatError):
    """A room's key that is missing or wrong; an owner link that is none, or used."""

    code = "bad_key"


class Muted(ChatError):
    """Somebody who may not speak in this room."""

    code = "muted"


class ReadOnly(ChatError):
    """Whoever may only read wants to say something."""

    code = "read_only"


class RateLimited(ChatError):
    """Faster than the server, or the room, takes it; it says when it does again."""

    code = "rate_limited"


class StorageUnavailable(ChatError):
    """Nothing was stored; say it again with the same id."""

    code = "storage_unavailable"


class Internal(ChatError):
    """A mistake of the server's; nothing was stored."""

    code = "internal"
