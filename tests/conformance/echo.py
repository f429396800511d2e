"""
The server that the Autobahn test suite talks to: ours, with an echo for a room.

It runs in a process of its own and prints its port. With ``--compress`` it compresses.
"""

from __future__ import annotations

import sys
from typing import Final

from twisted.internet import reactor as the_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress, IReactorTCP, IReactorTime
from twisted.internet.protocol import ServerFactory
from zope.interface import implementer

from chatroom.choice import Dialects
from chatroom.dialects.websocket import WebSocketCarrier, WebSocketFactory
from chatroom.interfaces import ICarrier, ISession
from chatroom.limits import MIB
from chatroom.port import PortSwitch

#: The longest messages of the suite.
MESSAGE_BYTES: Final = 16 * MIB

#: What the first bytes of the two kinds differ by, compressed or not.
_TEXT_TO_BINARY: Final = 0x01 ^ 0x02

#: The server ends by itself, should whoever started it be gone.
LIFETIME_S: Final = 3600


@implementer(ISession)
class Echo:
    """Says back what it hears, and nothing else."""

    def opened(self, carrier: ICarrier) -> None:
        """Keep the way back."""
        self._carrier = carrier

    def received(self, payload: bytes) -> None:
        """Say it back."""
        self._carrier.write(self._carrier.dialect.frame(payload))

    def failing(self, code: int, reason: str) -> None:
        """Say nothing unasked."""

    def overflowed(self) -> None:
        """Never: an echo is a reply."""

    def drained(self) -> None:
        """Go on, as always."""

    def lost(self) -> None:
        """Be forgotten."""


class EchoCarrier(WebSocketCarrier):
    """The room's own protocol, which here takes binary messages too."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: FBT001
        """Frame a binary echo here, for the room has no such frames."""
        if isBinary:
            frame = self.dialect.frame(payload)
            self.write(bytes((frame[0] ^ _TEXT_TO_BINARY,)) + frame[1:])
        else:
            super().onMessage(payload, isBinary)


class EchoFactory(ServerFactory):
    """Listens through the room's own switch."""

    def __init__(self, clock: IReactorTime, *, compress: bool) -> None:
        websocket = WebSocketFactory(Echo, clock, compress=compress)
        websocket.protocol = EchoCarrier
        websocket.setProtocolOptions(
            maxFramePayloadSize=MESSAGE_BYTES,
            maxMessagePayloadSize=MESSAGE_BYTES,
            autoPingInterval=0,
        )
        self._dialects = Dialects(websocket=websocket, hixie=None, clock=clock)

    def buildProtocol(self, addr: IAddress | None) -> PortSwitch:
        """Return what serves one case."""
        return PortSwitch(self._dialects, None)


def main() -> None:
    """Serve until told to stop."""
    reactor = IReactorTime(the_reactor)
    factory = EchoFactory(reactor, compress="--compress" in sys.argv)
    port = IReactorTCP(the_reactor).listenTCP(0, factory, interface="127.0.0.1")
    address = port.getHost()
    assert isinstance(address, IPv4Address)
    print(address.port, flush=True)
    reactor.callLater(LIFETIME_S, the_reactor.stop)
    the_reactor.run()


if __name__ == "__main__":
    main()
