"""
Input that is nearly right: what is known to be read, changed in its parts.

Bytes flipped at random are mostly refused by the first line of a parser. What finds
mistakes is what only a later line can refuse: a header twice, a length that is a little
wrong, a number of 65 bits where one of 32 belongs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests.heads import BAD, GOOD

Make = Callable[[Random], bytes]

#: Bytes that mean something to somebody.
_SIGNS: Final = (
    b'\x00\x01\x07\x08\t\n\r "#%,/0129:;=?@AZ[\\]{}\x7f\x80\x81\x85\xa0\xc0\xed\xf4\xfe\xff'
)


def noisy(dice: Random, data: bytes) -> bytes:
    """Change a few bytes of *data*: replace, insert, drop, repeat, cut."""
    made = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(made) + 1)
        what = dice.randrange(6)
        if what == 0:
            made[at : at + 1] = bytes([dice.choice(_SIGNS)])
        elif what == 1:
            made[at:at] = bytes([dice.choice(_SIGNS)]) * dice.choice((1, 1, 1, 2, 40))
        elif what == 2:
            del made[at : at + dice.choice((1, 1, 2, 9))]
        elif what == 3 and at < len(made):
            made[at] ^= 1 << dice.randrange(8)
        elif what == 4:
            made[at:at] = made[max(at - dice.randrange(1, 20), 0) : at]
        elif dice.random() < 0.1:
            del made[at:]
    return bytes(made)


def pieces(dice: Random, data: bytes) -> list[bytes]:
    """Cut *data* in a few places, as TCP may."""
    cuts = sorted(dice.randrange(len(data) + 1) for _ in range(dice.randrange(1, 5)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


# Heads of requests.

_HEADS: Final = [raw for _, raw in GOOD.values() if len(raw) < 1024]
_BAD_HEADS: Final = [raw for _, raw in BAD.values() if len(raw) < 1024]
_LINES: Final = sorted(
    {line for raw in [*_HEADS, *_BAD_HEADS] for line in raw.split(b"\r\n") if line}
)
_ENDS: Final = (b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"", b"\r\n\r\n", b"\x0b\r\n", b"\x85")


def head(dice: Random) -> bytes:
    """A request's head, or what is left of it."""
    lines = dice.choice(_HEADS if dice.random() < 0.8 else _BAD_HEADS).split(b"\r\n")
    ends = [b"\r\n"] * (len(lines) - 1) + [b""]
    for _ in range(dice.choice((0, 1, 1, 1, 2, 4))):
        at = dice.randrange(len(lines))
        what = dice.randrange(8)
        if what == 0:
            lines[at] = dice.choice(_LINES)
        elif what == 1:
            lines.insert(at, dice.choice(_LINES))
            ends.insert(at, b"\r\n")
        elif what == 2 and len(lines) > 1:
            del lines[at], ends[at]
        elif what == 3:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif what == 4:
            ends[at] = dice.choice(_ENDS)
        elif what == 5:
            name, colon, value = lines[at].partition(b":")
            lines[at] = name + colon + value + dice.choice((b",", b", ", b" ", b"")) + value
        elif what == 6:
            lines[at] = dice.choice((lines[at].upper(), lines[at].lower(), lines[at].swapcase()))
        else:
            lines[at] = noisy(dice, lines[at])
    made = b"".join(line + end for line, end in zip(lines, ends, strict=True))
    return noisy(dice, made) if dice.random() < 0.3 else made


# Frames of hixie.

_GOOD_TEXTS: Final = (
    b"",
    b"x",
    b'{"type":"ping"}',
    '{"type":"say","text":"ß茶🎉"}'.encode(),
    b"y" * 125,
    b"y" * 126,
)
_TEXTS: Final = (
    *_GOOD_TEXTS,
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe8\x8c",
    b"z" * 300,
)


def hixie(dice: Random) -> bytes:
    """A stream of frames, most of them whole."""
    made = []
    for _ in range(dice.randrange(1, 9)):
        what = dice.randrange(8)
        text = dice.choice(_TEXTS)
        if what < 3:
            made.append(b"\x00" + text + b"\xff")
        elif what == 3:
            made.append(bytes([dice.randrange(0x80)]) + text + b"\xff")
        elif what == 4:
            made.append(bytes([0x80 | dice.randrange(0x80)]) + _groups(dice, len(text)) + text)
        elif what == 5:
            made.append(b"\x80" + _groups(dice, dice.choice((0, 1, 127, 128, 255, 256, 2**40))))
        elif what == 6:
            made.append(b"\xff\x00")
        else:
            made.append(noisy(dice, b"\x00" + text + b"\xff"))
    stream = b"".join(made)
    return noisy(dice, stream) if dice.random() < 0.2 else stream


def _groups(dice: Random, length: int) -> bytes:
    groups = [length & 0x7F]
    while length := length >> 7:
        groups.append(0x80 | length & 0x7F)
    # Leading zeros are allowed, if not for ever.
    groups += [0x80] * dice.choice((0, 0, 0, 1, 5, 9, 12))
    return bytes(reversed(groups))


# Commands.

_ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    5.0,
    1e308,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    10**40,
    "",
    " ",
    "\x00",
    "a\nb",
    "\ud800",
    "\u202e",
    "\u200b",
    "Аnn",
    "ß茶🎉",
    "x" * 5000,
    "5",
    [],
    {},
    [[]],
    {"": ""},
    {"topic": 1},
    {"type": "say"},
)
COMMANDS: Final[tuple[dict[str, Any], ...]] = (
    {"type": "hello", "id": "1", "name": "Ann", "key": "k" * 22},
    {"type": "hello", "token": "t" * 43},
    {"type": "hello", "id": "1", "name": "Ann", "password": "correct horse"},
    {"type": "claim", "id": "3", "key": "k" * 43},
    {"type": "kick", "id": "a", "room": "lobby", "target": "MLmw", "reason": "enough"},
    {"type": "ban", "room": "lobby", "target": "MLmw", "seconds": 3600, "address": False},
    {"type": "unban", "target": "MLmw"},
    {"type": "mute", "room": "lobby", "target": "MLmw", "seconds": 60},
    {"type": "unmute", "room": "lobby", "target": "MLmw"},
    {"type": "role", "room": "lobby", "target": "MLmw", "role": "moderator"},
    {"type": "purge", "room": "lobby", "target": "MLmw", "minutes": 5},
    {"type": "modlog", "room": "lobby", "before": 9, "limit": 50},
    {"type": "set", "room": "lobby", "values": {"slow": 5, "locked": True, "key": "k"}},
    {"type": "join", "id": "2", "room": "lobby", "limit": 5, "since": 3, "epoch": "e", "key": ""},
    {"type": "leave", "room": "lobby"},
    {"type": "say", "id": "k3f9", "room": "lobby", "text": "Me!", "reply_to": 2, "kind": "action"},
    {"type": "edit", "id": "q", "room": "lobby", "target": 3, "text": "Two"},
    {"type": "delete", "room": "lobby", "target": 3},
    {"type": "react", "room": "lobby", "target": 3, "emoji": "🍪", "on": True},
    {"type": "set", "room": "lobby", "values": {"topic": "Tea at five"}},
    {"type": "typing", "room": "lobby"},
    {"type": "read", "room": "lobby", "seq": 7},
    {"type": "history", "room": "lobby", "before": 9, "limit": 2},
    {"type": "search", "text": "B", "room": "lobby", "from": "1.3.lobby", "limit": 1},
    {"type": "who", "room": "lobby", "prefix": "a", "after": "b", "limit": 2},
    {"type": "rooms", "prefix": "", "limit": 200},
    {"type": "rename", "id": "9", "name": "bo"},
    {"type": "ping"},
    {"type": "pong"},
)
_KEYS: Final = sorted({key for command in COMMANDS for key in command})
_KINDS: Final = [command["type"] for command in COMMANDS]


def command(dice: Random) -> bytes:
    """A command, nearly."""
    made = dict(dice.choice(COMMANDS))
    for _ in range(dice.choice((0, 1, 1, 2, 4))):
        what = dice.randrange(6)
        key = dice.choice(list(made) or _KEYS)
        if what == 0:
            made[key] = dice.choice(_ODD)
        elif what == 1:
            made[dice.choice(_KEYS)] = dice.choice(_ODD)
        elif what == 2:
            made.pop(key, None)
        elif what == 3:
            made["type"] = dice.choice(_KINDS)
        elif what == 4:
            made[dice.choice(_KEYS) + dice.choice(("", " ", "\x00"))] = made.get(key)
        else:
            made[key] = _nested(dice, made.get(key))
    text = json.dumps(made, ensure_ascii=dice.random() < 0.5)
    if dice.random() < 0.1:
        # The same key twice: which one counts must not be a matter of luck.
        text = text[:-1] + "," + text[1:]
    data = text.encode("utf-8", "surrogatepass")
    return noisy(dice, data) if dice.random() < 0.3 else data


def _nested(dice: Random, value: Any) -> Any:  # noqa: ANN401 - JSON
    for _ in range(dice.choice((1, 2, 3, 200))):
        value = [value] if dice.random() < 0.7 else {"type": value}
    return value


# Frames of RFC 6455.

_PAYLOADS: Final = (*_TEXTS, b"\x03\xe8", b"\x03\xe8bye", b"\x03", b"\x03\xed", b"\xff\xff")
_MASK: Final = b"\x01\x80\xff\x7e"


def websocket(dice: Random) -> bytes:
    """A stream of frames as clients send them, most of them whole and in their order."""
    made: list[bytes] = []
    for _ in range(dice.randrange(1, 5)):
        what = dice.random()
        if what < 0.5:
            made.append(_frame(dice, 0x81))
        elif what < 0.7:
            made += [_frame(dice, 0x01), *(_frame(dice, 0x00) for _ in range(dice.randrange(3)))]
            made.append(_frame(dice, dice.choice((0x80, 0x80, 0x80, 0x89, 0x81))))
        elif what < 0.9:
            made.append(_frame(dice, dice.choice((0x88, 0x89, 0x8A))))
        else:
            made.append(_frame(dice, dice.randrange(256)))
    stream = b"".join(made)
    return noisy(dice, stream) if dice.random() < 0.2 else stream


def _frame(dice: Random, first: int) -> bytes:
    payload = dice.choice(_PAYLOADS if dice.random() < 0.3 else _GOOD_TEXTS)
    size = len(payload)
    form = 0 if size < 126 else 126 if size < 2**16 else 127
    is_masked = True
    if dice.random() < 0.1:
        what = dice.randrange(5)
        if what == 0:
            first ^= 1 << dice.randrange(8)
        elif what == 1:
            is_masked = False
        elif what == 2:
            form = dice.choice((126, 127))
        elif what == 3:
            form, size = 127, dice.choice((0, size, 2**16, 2**31, 2**63 - 1, 2**63, 2**64 - 1))
        else:
            size = max(size + dice.choice((-1, 1, 5)), 0)
    return frame(first, payload, size, form, is_masked=is_masked)


def frame(first: int, payload: bytes, size: int, form: int, *, is_masked: bool) -> bytes:
    """
    A frame that says of itself what it is told to.

    Args:
        first: The first byte.
        payload: What is in it.
        size: What it says of that.
        form: 0 if the size stands in the second byte, 126 or 127 as there.
    """
    bit = 0x80 if is_masked else 0
    head = bytes([first, bit | (form or min(size, 125))])
    if form:
        width = 2 if form == 126 else 8
        head += (size % 256**width).to_bytes(width, "big")
    if not is_masked:
        return head + payload
    return head + _MASK + bytes(byte ^ _MASK[at % 4] for at, byte in enumerate(payload))
