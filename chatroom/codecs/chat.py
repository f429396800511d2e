"""
The chat protocol as text: JSON in, a `Command` out; an event or a reply in, JSON out.
"""

from __future__ import annotations

import re
from typing import Any, Final, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chatroom import limits
from chatroom.commands import AnyCommand
from chatroom.errors import BadCommand, BadJson, ChatError, UnknownType
from chatroom.events import Closing, Event, Passing
from chatroom.replies import Reply

_decoder: Final[msgspec.json.Decoder[AnyCommand]] = msgspec.json.Decoder(AnyCommand)
_encoder: Final = msgspec.json.Encoder()
_anything: Final = msgspec.json.Decoder()

_TYPES: Final = frozenset(str(command.__struct_config__.tag) for command in get_args(AnyCommand))
_REASON_CHARS: Final = 200
_ID: Final = re.compile(rf"[ -~]{{1,{limits.ID_CHARS}}}")


class Malformed(Exception):
    """
    A text that is no command.

    Args:
        error: What to tell its sender.
        id: The command's id, where there was a usable one.
        type: Its type, where it named one.
    """

    def __init__(
        self, error: ChatError, id: str | UnsetType = UNSET, type: str | UnsetType = UNSET
    ) -> None:
        super().__init__(error.reason)
        self.error = error
        self.id = id
        self.type = type


def decode(payload: bytes) -> AnyCommand:
    """
    Return the command in *payload*, UTF-8 JSON.

    Raises:
        Malformed: It is none; the error is one of `bad_json`, `bad_command` and
            `unknown_type`.
    """
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _diagnosis(payload, error) from None


def type_of(command: AnyCommand) -> str:
    """
    Return the `type` under which *command* is sent.
    """
    return str(command.__struct_config__.tag)


def _diagnosis(payload: bytes, error: Exception) -> Malformed:
    """
    Return what is wrong with *payload*, whose decoding failed with *error*.

    The first decoder stops at the first mistake, which may come before the id
    and hides whether the type is known; so the text is read once more, loosely.
    """
    try:
        value: Any = _anything.decode(payload)
    except RecursionError:
        return Malformed(BadJson("the JSON is nested too deeply"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Malformed(BadJson("this is not JSON"))
    if not isinstance(value, dict):
        return Malformed(BadJson("a command is a JSON object"))
    id = value.get("id")
    if not (isinstance(id, str) and _ID.fullmatch(id)):
        id = UNSET
    type = value.get("type")
    if not isinstance(type, str):
        return Malformed(BadCommand("a command has a string `type`"), id)
    if type not in _TYPES:
        return Malformed(UnknownType("this server knows no such command"), id, type)
    # It repeats what was sent, however long that was.
    return Malformed(BadCommand(str(error)[:_REASON_CHARS]), id, type)


def encode(said: Event | Passing | Reply) -> bytes:
    """
    Return *said* as UTF-8 JSON.
    """
    return _encoder.encode(said)


def size(part: Struct | list[str]) -> int:
    """
    Return how many bytes of JSON *part* of a reply takes.
    """
    return len(_encoder.encode(part))


def closing(code: int, reason: str, retry_after: int | None = None) -> bytes:
    """
    Return the frame's payload that precedes a close of the server's own.
    """
    retry = UNSET if retry_after is None else retry_after
    return encode(Closing(code=code, reason=reason, retry_after=retry))
