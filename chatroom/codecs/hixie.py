"""
The WebSocket of 2009 and 2010: both handshakes, and the framing they share.

Browsers that stopped there (Safari 5, PhantomJS, televisions) speak no other.

Sources: draft-hixie-thewebsocketprotocol-75 and -76.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import md5
from typing import Final

from chatroom.codecs.head import BadHead, RequestHead

#: What a hixie-76 client sends behind its head without announcing it.
KEY3_BYTES: Final = 8
#: The closing handshake, the same from both sides.
CLOSE: Final = b"\xff\x00"

#: A key's number is below 2**32: more digits are not worth a conversion, whose
#: cost grows with the square of their count.
_KEY_DIGITS: Final = 10
_KEY_NUMBER: Final = 0xFFFFFFFF
_DIGIT: Final = re.compile(rb"[0-9]")

#: Groups of seven bits in the length of a frame. More are leading zeros, which
#: could go on for ever.
_LENGTH_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class Handshake:
    """
    The server's half of an opening handshake that will succeed.

    Args:
        head: The answer as far as the client's head decides it.
        challenge: What both keys come to, 8 bytes; empty in hixie-75.
        body_bytes: How many bytes of the client's still belong to the handshake.
    """

    head: bytes
    challenge: bytes
    body_bytes: int

    def answer(self, body: bytes) -> bytes:
        """
        Return the whole answer to a client that sent *body* behind its head.

        It is one piece on purpose: some clients read the digest with a single
        ``recv`` of what came together with the head.
        """
        if not self.challenge:
            return self.head
        # MD5 is what the draft prescribes. It proves that a WebSocket server
        # answers and keeps no secret.
        return self.head + md5(self.challenge + body, usedforsecurity=False).digest()


def handshake(head: RequestHead, subprotocol: bytes, *, secure: bool) -> Handshake:
    """
    Judge the opening handshake in *head*, whose dialect is one of the two.

    Args:
        head: The request, sound as HTTP, of an origin that is welcome.
        subprotocol: Confirmed to a client that asks for it. Another one is left
            without an answer; whether to go on is then the client's choice.
        secure: The connection is encrypted: the client's URL began with ``wss``.

    Raises:
        BadHead: 400; the keys are none. Nothing needs to be read for that behind
            the head.

    Source: draft 76, sections 5.1 and 5.2; draft 75, section 4.
    """
    is_76 = head.dialect == "hixie-76"
    prefix = b"Sec-" if is_76 else b""
    # A draft 75 client compares these three lines byte for byte.
    lines = [
        b"HTTP/1.1 101 Web Socket Protocol Handshake",
        b"Upgrade: WebSocket",
        b"Connection: Upgrade",
    ]
    origin = head.get(b"origin")
    if origin is not None:
        lines.append(prefix + b"WebSocket-Origin: " + origin)
    # The client compares it with its own URL, so it is given back as it came.
    scheme = b"wss://" if secure else b"ws://"
    host = head.get(b"host") or b""
    lines.append(prefix + b"WebSocket-Location: " + scheme + host + head.target)
    asked = prefix + b"WebSocket-Protocol"
    if head.get(asked.lower()) == subprotocol:
        lines.append(asked + b": " + subprotocol)
    # No sound head has a line break inside a value. Were one to get here, the
    # client would take what follows it for headers of ours.
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise BadHead(400, "A header of the upgrade is malformed.")
    text = b"\r\n".join(lines) + b"\r\n\r\n"
    if not is_76:
        return Handshake(text, b"", 0)
    return Handshake(text, _key_number(head, 1) + _key_number(head, 2), KEY3_BYTES)


def _key_number(head: RequestHead, which: int) -> bytes:
    """
    Return what ``Sec-WebSocket-Key1`` or ``-Key2`` hides: 4 bytes.

    A key is a number among other characters; the number is to be divided by
    the count of the spaces. Whoever cannot send such a header with spaces in
    it, like a form or a foreign script, cannot open a WebSocket.
    """
    key = head.get(b"sec-websocket-key%d" % which) or b""
    digits = _DIGIT.findall(key)
    spaces = key.count(b" ")
    if not (spaces and 0 < len(digits) <= _KEY_DIGITS):
        raise BadHead(400, "A key of the upgrade is malformed.")
    number = int(b"".join(digits))
    if number > _KEY_NUMBER or number % spaces:
        raise BadHead(400, "A key of the upgrade is malformed.")
    return (number // spaces).to_bytes(4, "big")


def frame(payload: bytes) -> bytes:
    """
    Return *payload*, which is UTF-8, as one text frame.
    """
    return b"\x00" + payload + b"\xff"


class BadFrame(Exception):
    """
    Frames that cannot be read on; the connection has to be closed.

    Args:
        code: The close code that RFC 6455 has for it. On this wire it appears
            in a message at most.
        reason: English, for people.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Text:
    """A message: valid UTF-8."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Discarded:
    """A frame of a type that carries no text: drafts for later, never in use."""


@dataclass(frozen=True, slots=True)
class Close:
    """The client's closing handshake."""


Frame = Text | Discarded | Close


class FrameReader:
    """
    Reads frames from a stream cut anywhere; the cuts never change the result.

    Frames are taken one at a time, so that who has enough for now can leave the
    rest where it is. Every byte is looked at a constant number of times, be it
    fed alone or behind a hundred thousand tiny frames.

    Args:
        max_bytes: The longest payload, of discarded frames too.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._start = 0
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """
        Add *data*, any slice of the stream, behind what is not read yet.
        """
        # Once a segment and not once a frame: cutting the front off moves the
        # rest of the buffer.
        del self._buffer[: self._start]
        self._searched = max(self._searched - self._start, 0)
        self._start = 0
        self._buffer += data

    def next(self) -> Frame | None:
        """
        Return the oldest frame that is complete, None without any.

        Raises:
            BadFrame: 1009 for a frame that is too long, finished or not, 1007
                for a text that is not UTF-8, 1002 for a length without end. The
                reader is now dead.
        """
        if self._start == len(self._buffer):
            return None
        if self._buffer[self._start] & 0x80:
            return self._next_counted()
        return self._next_delimited()

    def _next_delimited(self) -> Frame | None:
        start = self._start + 1
        end = self._buffer.find(b"\xff", max(start, self._searched))
        self._searched = len(self._buffer) if end < 0 else end + 1
        if (self._searched if end < 0 else end) - start > self._max_bytes:
            raise BadFrame(1009, "The message is too big.")
        if end < 0:
            return None
        payload = bytes(self._buffer[start:end])
        is_text = self._buffer[self._start] == 0
        self._start = end + 1
        if not is_text:
            return Discarded()
        try:
            # Strict, so lone surrogates fail here: old WebKit sends them.
            payload.decode()
        except UnicodeDecodeError:
            raise BadFrame(1007, "The message is not UTF-8.") from None
        return Text(payload)

    def _next_counted(self) -> Frame | None:
        start = self._start + 1
        length = 0
        for position in range(start, min(start + _LENGTH_BYTES, len(self._buffer))):
            group = self._buffer[position]
            length = length << 7 | group & 0x7F
            if length > self._max_bytes:
                raise BadFrame(1009, "The frame is too big.")
            if not group & 0x80:
                return self._discard(position + 1, length)
        if len(self._buffer) - start >= _LENGTH_BYTES:
            raise BadFrame(1002, "The length of the frame has no end.")
        return None

    def _discard(self, start: int, length: int) -> Frame | None:
        if len(self._buffer) - start < length:
            return None
        closes = length == 0 and self._buffer[self._start] == CLOSE[0]
        self._start = start + length
        return Close() if closes else Discarded()
