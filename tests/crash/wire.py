"""
A client's half of RFC 6455, as little of it as the room needs, and fast.

Ten thousand events a round go through the driver: a whole WebSocket library for
each of them would make the driver the thing that is tested.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from tests.crash.ledger import Told
from tests.e2e.waiting import reactor

TEXT: Final = 0x81
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
#: Zeros: a mask protects proxies, of which there are none here.
MASK: Final = bytes(4)
#: The largest length that is written in the second byte of a frame itself.
SHORT: Final = 125

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Line(Protocol):
    """
    One connection to the room.

    Args:
        port: Where it goes to, for the handshake.
        told: Is given each message of the server.
        lost: Is called when the connection is gone, once; not before it was open.
    """

    transport: ITCPTransport

    def __init__(self, port: int, told: Callable[[Told], None], lost: Callable[[], None]) -> None:
        #: Fires when the handshake is done, fails when it cannot be.
        self.opened: Deferred[None] = Deferred()
        self._port = port
        self._told = told
        self._lost = lost
        self._open = False
        self._unread = b""

    def connectionMade(self) -> None:
        """Ask for the upgrade."""
        self.transport.setTcpNoDelay(True)
        self.transport.write(
            b"GET /chat HTTP/1.1\r\n"
            b"Host: 127.0.0.1:%d\r\n"
            b"Upgrade: websocket\r\n"
            b"Connection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n"
            b"\r\n" % self._port
        )

    def send(self, command: Told) -> None:
        """Send *command*."""
        self._frame(TEXT, _encode(command))

    def dataReceived(self, data: bytes) -> None:
        """Hand on the messages that are whole."""
        self._unread += data
        if not self._open:
            head, gap, self._unread = self._unread.partition(b"\r\n\r\n")
            if not gap:
                self._unread = head
                return
            assert head.startswith(b"HTTP/1.1 101 "), head
            self._open = True
            self.opened.callback(None)
        start, unread = 0, self._unread
        while (frame := _frame(unread, start)) is not None:
            opcode, payload, start = frame
            if opcode == TEXT:
                self._told(_decode(payload))
            elif opcode == PING:
                self._frame(PONG, payload)
            elif opcode == CLOSE:
                self._frame(CLOSE, payload)
                self.transport.loseConnection()
        self._unread = unread[start:]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell of the end."""
        if not self._open:
            self.opened.errback(reason)
        else:
            self._lost()

    def end(self) -> None:
        """Hang up."""
        self.transport.abortConnection()

    def _frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size <= SHORT:
            head = bytes([opcode, 0x80 | size])
        else:
            head = bytes([opcode, 0x80 | 126]) + size.to_bytes(2, "big")
        self.transport.write(head + MASK + payload)


def _frame(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """
    Return the first byte and the payload of the frame at *start*, and where it
    ends; None if it is not whole yet.
    """
    if len(data) < start + 2:
        return None
    size, body = data[start + 1], start + 2
    if size > SHORT:
        body += 2 if size == 126 else 8
        if len(data) < body:
            return None
        size = int.from_bytes(data[start + 2 : body], "big")
    if len(data) < body + size:
        return None
    return data[start], data[body : body + size], body + size


async def dialled(port: int, told: Callable[[Told], None], lost: Callable[[], None]) -> Line:
    """
    Return an open connection to the room at *port*.

    Raises:
        ConnectError, ConnectionLost: Nobody is there, or no longer.
    """
    line = Line(port, told, lost)
    await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), line)
    await line.opened
    return line
