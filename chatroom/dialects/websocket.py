"""
The WebSocket of today, RFC 6455, by Autobahn.

Autobahn reads and judges what comes. What goes out is ours: frames are made once
for all members, and everything, Autobahn's control frames included, takes the
one way through the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.util import encode_truncate
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from txaio.tx import make_logger
from zope.interface import implementer

from chatroom.codecs.answer import closing_answer
from chatroom.dialects.carrier import SUBPROTOCOL, Carrier
from chatroom.interfaces import IDialect, ISession
from chatroom.limits import (
    FRAME_IN_BYTES,
    HEAD_TIMEOUT_S,
    WEBSOCKET_PING_S,
    WEBSOCKET_PONG_S,
)

#: The first byte of a frame that is a whole message or a control frame.
_TEXT: Final = 0x81
_PONG: Final = 0x8A

#: The longest payload whose length stands in one byte, and in two more.
_SHORT_BYTES: Final = 125
_MEDIUM_BYTES: Final = 0xFFFF

#: What fits behind the code in a close frame.
_REASON_BYTES: Final = _SHORT_BYTES - 2


@implementer(IDialect)
@dataclass(frozen=True, slots=True)
class WebSocketDialect:
    """
    Frames from server to client: unmasked, uncompressed, unfragmented.

    Source: RFC 6455, section 5.2.
    """

    name: str

    def frame(self, payload: bytes) -> bytes:
        """See `IDialect.frame`."""
        return _frame(_TEXT, payload)


RFC6455: Final = WebSocketDialect("rfc6455")


def _frame(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length <= _SHORT_BYTES:
        return bytes((first, length)) + payload
    if length <= _MEDIUM_BYTES:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload


class WebSocketCarrier(Carrier, WebSocketServerProtocol):  # type: ignore[misc]
    """
    One connection, from the first byte of its handshake.
    """

    #: Autobahn logs what peers send, keys and reasons, and drops them one by one.
    log = make_logger(level="critical")  # type: ignore[no-untyped-call]

    dialect = RFC6455
    factory: WebSocketFactory

    def makeConnection(self, transport: ITCPTransport) -> None:
        """
        Let Autobahn write into the outbox.
        """
        self._attach(transport, self.factory.reactor)
        super().makeConnection(self.outbox)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Forget the connection.
        """
        super().connectionLost(reason)
        self._lost()

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """
        Confirm the subprotocol to a client that asks for it.
        """
        return SUBPROTOCOL if SUBPROTOCOL in request.protocols else None

    def onOpen(self) -> None:
        """
        The handshake is done.
        """
        self._opened(self.factory.new_session)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: FBT001
        """
        Hand a text over; anything else ends the talk.
        """
        if isBinary:
            self._fail(1003, "the room takes text alone")
        else:
            self._deliver(payload)

    def onPing(self, payload: bytes) -> None:
        """
        Answer, unless the answers are not read.
        """
        if self.state == self.STATE_OPEN:
            self.outbox.write_pong(_frame(_PONG, payload))

    def consumeData(self) -> None:
        """
        Read what has come, frame by frame once the handshake is done.
        """
        if self.state in {self.STATE_OPEN, self.STATE_CLOSING}:
            self._read_on()
        else:
            super().consumeData()

    def failHandshake(
        self,
        reason: str,
        code: int = 400,
        responseHeaders: object = None,
    ) -> None:
        """
        Refuse an upgrade that the switch has let pass.

        Autobahn's own answer would repeat what the peer sent, and carry none of
        the headers that protect.
        """
        self.outbox.write(closing_answer(code, "This upgrade is malformed."))
        self.dropConnection()

    def dropConnection(self, abort: bool = False) -> None:  # noqa: FBT001, FBT002
        """
        End TCP. After a proper closing handshake that is no abort: a reset
        makes browsers call the close unclean.
        """
        super().dropConnection(abort and not self.wasClean)

    def unregisterProducer(self) -> None:
        """
        Stay: the outbox may have frames to produce until the very end.
        """

    def _read_one(self) -> bool:
        """See `Carrier`."""
        return self.processData() and self.state != self.STATE_CLOSED

    def _write_close(self, code: int, reason: str) -> None:
        """See `Carrier`."""
        # What comes from here on is not collected, only read up to its close.
        self.failedByMe = True
        self.sendCloseFrame(code, encode_truncate(reason, _REASON_BYTES))

    def _fail_connection(self, code: int = 1002, reason: str = "") -> None:
        """
        Close for what Autobahn finds wrong with a frame.

        Its own method ends TCP at a second mistake, and the close frame that
        follows the first is lost with it.
        """
        self._fail(code, reason)


class WebSocketFactory(WebSocketServerFactory):
    """
    Builds what speaks RFC 6455 after the switch.

    Args:
        new_session: Makes the application's half of a connection.
        reactor: For pings and deadlines.
    """

    noisy = False
    protocol = WebSocketCarrier  # type: ignore[assignment]

    def __init__(self, new_session: Callable[[], ISession], reactor: IReactorTime) -> None:
        # An empty name: no banner, whose version would tell which holes to try.
        super().__init__(server="", reactor=reactor)  # type: ignore[no-untyped-call]
        self.new_session = new_session
        # Autobahn's takes the one global reactor, and its time.
        self._batched_timer = _Timer(reactor)
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            versions=[8, 13],
            webStatus=False,
            requireMaskedClientFrames=True,
            utf8validateIncoming=True,
            maxFramePayloadSize=FRAME_IN_BYTES,
            maxMessagePayloadSize=FRAME_IN_BYTES,
            # A close frame says why; a drop does not.
            failByDrop=False,
            openHandshakeTimeout=HEAD_TIMEOUT_S,
            # The outbox counts it, for all dialects.
            closeHandshakeTimeout=0,
            autoPingInterval=WEBSOCKET_PING_S,
            autoPingTimeout=WEBSOCKET_PONG_S,
        )


class _Timer:
    """
    Autobahn's timeouts, on the reactor that we are given.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock

    def call_later(
        self, delay_s: float, call: Callable[..., object], *args: object
    ) -> IDelayedCall:
        """
        Call *call* in *delay_s* seconds.
        """
        return self._clock.callLater(delay_s, call, *args)
