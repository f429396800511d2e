"""
A client's half of RFC 6455, by hand, and a carrier for it to talk to.
"""

from __future__ import annotations

from typing import Final

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom.dialects.websocket import WebSocketCarrier, WebSocketFactory
from tests.peers import RecordingSession, SlowTransport

HEAD: Final = (
    b"GET /chat HTTP/1.1\r\n"
    b"Host: room.example:9108\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"\r\n"
)
#: RFC 6455, section 1.3.
ACCEPT: Final = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
MASK: Final = b"\x01\x80\xff\x7e"

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def asking(*headers: bytes) -> bytes:
    """An upgrade with *headers* beside what it needs."""
    return HEAD[:-2] + b"".join(header + b"\r\n" for header in headers) + b"\r\n"


def masked(payload: bytes, opcode: int = TEXT, *, fin: bool = True, rsv1: bool = False) -> bytes:
    """One frame as clients send it."""
    length = len(payload)
    if length < 126:
        size = bytes([0x80 | length])
    elif length < 2**16:
        size = bytes([0x80 | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([0x80 | 127]) + length.to_bytes(8, "big")
    body = bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))
    return bytes([opcode | (0x80 if fin else 0) | (0x40 if rsv1 else 0)]) + size + MASK + body


def closing(code: int, reason: bytes = b"") -> bytes:
    """The payload of a close frame."""
    return code.to_bytes(2, "big") + reason


def frames(data: bytes) -> list[tuple[int, bytes]]:
    """The opcodes and payloads of whole frames from a server."""
    found = []
    while data:
        opcode, length, start = data[0] & 0x0F, data[1], 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(data[2:start], "big")
        assert len(data) >= start + length
        found.append((opcode, data[start : start + length]))
        data = data[start + length :]
    return found


class WebSocketCase(SynchronousTestCase):
    """A carrier between a client and a session."""

    carrier: WebSocketCarrier
    compress = False

    def setUp(self) -> None:
        """Begin with a connection whose head the switch has read."""
        self.clock = Clock()
        self.session = RecordingSession()
        self.transport = SlowTransport()
        self.factory = WebSocketFactory(lambda: self.session, self.clock, compress=self.compress)
        carrier = self.factory.buildProtocol(None)
        assert isinstance(carrier, WebSocketCarrier)
        self.carrier = carrier
        carrier.makeConnection(self.transport)

    def open(self) -> None:
        """Shake hands, and forget the answer."""
        self.carrier.dataReceived(HEAD)
        self.transport.take()
        self.transport.clear()

    def receive(self, *pieces: bytes) -> None:
        """Let the client send."""
        for piece in pieces:
            self.carrier.dataReceived(piece)

    def pass_seconds(self, seconds: float) -> None:
        """Let the clock go on, a second at a time."""
        self.clock.pump([1] * round(seconds))

    def sent(self) -> bytes:
        """What the client gets who takes all there is."""
        self.transport.take()
        return self.transport.value()

    def sent_frames(self) -> list[tuple[int, bytes]]:
        """The same, read."""
        return frames(self.sent())
