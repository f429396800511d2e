"""
The WebSocket of today, RFC 6455, by Autobahn.

Autobahn reads and judges what comes. What goes out is ours: frames are made once
for all members, and everything, Autobahn's control frames included, takes the
one way through the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from autobahn.twisted.websocket import WebSocketServerFactory
from autobahn.util import encode_truncate
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.interfaces import IAddress, IReactorTime, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatroom.codecs.answer import closing_answer
from chatroom.codecs.head import RequestHead
from chatroom.counters import SILENT, Counters
from chatroom.dialects.carrier import SUBPROTOCOL, Carrier, Dialect
from chatroom.dialects.deflate import (
    DEFLATE_FROM_BYTES,
    LITTLE_WINDOW_BITS,
    WINDOW_BITS,
    Extension,
    Inflater,
    accepted,
    deflated,
    well_formed,
)
from chatroom.dialects.greeting import greeting
from chatroom.dialects.lane import whole_frame
from chatroom.dialects.meter import Meter
from chatroom.dialects.pulse import Pulse
from chatroom.dialects.slim import SlimProtocol, slimmed
from chatroom.interfaces import IDialect, ISession
from chatroom.limits import (
    FRAGMENTS_APART,
    FRAME_COST_BYTES,
    FRAME_IN_BYTES,
    FRAMES_PER_TURN,
    WEBSOCKET_PING_S,
)

#: The first byte of a frame that is a whole message or a control frame.
_TEXT: Final = 0x81
_DEFLATED_TEXT: Final = 0xC1
_PONG: Final = 0x8A
#: Nothing is in it: whatever comes back shows that somebody is there.
_PING: Final = b"\x89\x00"

#: The longest payload whose length stands in one byte, and in two more.
_SHORT_BYTES: Final = 125
_MEDIUM_BYTES: Final = 0xFFFF

#: What fits behind the code in a close frame.
_REASON_BYTES: Final = _SHORT_BYTES - 2


@implementer(IDialect)
@dataclass(frozen=True, slots=True)
class WebSocketDialect(Dialect):
    """
    Frames from server to client: unmasked, unfragmented, compressed if that was agreed
    upon and pays.

    Source: RFC 6455, section 5.2; RFC 7692, section 6.1.

    Args:
        window_bits: For those who can open what is compressed; 0 for the others.
    """

    window_bits: int = 0

    def frame(self, payload: bytes) -> bytes:
        """See `IDialect.frame`."""
        if self.window_bits and len(payload) >= DEFLATE_FROM_BYTES:
            shorter = deflated(payload, self.window_bits)
            if len(shorter) < len(payload):
                return _frame(_DEFLATED_TEXT, shorter)
        return _frame(_TEXT, payload)


RFC6455: Final = WebSocketDialect("rfc6455")
RFC6455_DEFLATED: Final = WebSocketDialect("rfc6455+deflate", WINDOW_BITS)
#: One for all who ask for a smaller window, so that nobody makes the room compress for each size.
RFC6455_DEFLATED_LITTLE: Final = WebSocketDialect("rfc6455+deflate-little", LITTLE_WINDOW_BITS)


def _frame(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length <= _SHORT_BYTES:
        return bytes((first, length)) + payload
    if length <= _MEDIUM_BYTES:
        return bytes((first, 126)) + length.to_bytes(2, "big") + payload
    return bytes((first, 127)) + length.to_bytes(8, "big") + payload


class WebSocketCarrier(Carrier, SlimProtocol):  # type: ignore[misc]
    """
    One connection, from the first byte of its handshake.
    """

    dialect = RFC6455
    factory: WebSocketFactory
    _was_heard = False
    _is_pinged = False
    _slot: int | None = None

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
        if self._slot is not None:
            self.factory.pulse.discard(self, self._slot)
            self._slot = None
        self._lost()

    def greet(self, head: RequestHead) -> bool:
        """
        Answer the handshake, and tell whether that is done: what is unusual in it is for
        `dataReceived`, and so for Autobahn.
        """
        answer = None if self.factory.compress else greeting(head)
        if answer is None:
            return False
        version = int(head.get(b"sec-websocket-version") or 0)
        if version != self.websocket_version:
            self.websocket_version = version
        self.outbox.write(answer)
        self.state = self.STATE_OPEN
        self.onOpen()
        return True

    def dataReceived(self, data: bytes) -> None:
        """
        Read what came: the usual here, and the rest as Autobahn does.
        """
        self._was_heard = True
        cost = len(data)
        if self.state == self.STATE_OPEN and not self.data and not self._is_reading:
            count, data = self._read_whole_frames(data)
            cost += count * FRAME_COST_BYTES
        self._count(cost)
        if data:
            self._dataReceived(data)

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """
        Confirm the subprotocol to a client that asks for it.
        """
        return SUBPROTOCOL if SUBPROTOCOL in request.protocols else None

    def onOpen(self) -> None:
        """
        The handshake is done.
        """
        if self._perMessageCompress is not None:
            self._agree_to_compress(self._perMessageCompress.server_max_window_bits)
        self.forget_handshake()
        self._was_heard = False
        self._slot = self.factory.pulse.add(self)
        self._opened(self.factory.new_session)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: FBT001
        """
        Hand a text over; anything else ends the talk.
        """
        if isBinary:
            self._fail(1003, "the room takes text alone")
        else:
            self._deliver(payload)

    def onMessageFrameData(self, payload: bytes) -> None:
        """
        Keep a piece of a message, if there is anything in it: of empty fragments there may
        be any number, and each would take its place in Autobahn's list.
        """
        if payload:
            super().onMessageFrameData(payload)

    def onMessageFrame(self, payload: list[bytes]) -> None:  # type: ignore[override]
        """
        Add a fragment to its message; of tiny ones each would be forty times its size.
        """
        super().onMessageFrame(payload)  # type: ignore[arg-type]
        if not self.failedByMe and len(self.message_data) >= FRAGMENTS_APART:
            self.message_data = [b"".join(self.message_data)]

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

    def feel_pulse(self) -> None:
        """
        See `chatroom.dialects.pulse.Patient`.
        """
        if self._was_heard or self._is_there_unheard():
            self._was_heard = self._is_pinged = False
        elif self._is_pinged:
            self.factory.counters.closed[SILENT] += 1
            self.outbox.abortConnection()
        else:
            self._is_pinged = True
            self.write(_PING)

    def _parseExtensionsHeader(  # noqa: N802 - Autobahn's
        self,
        header: str,
        removeQuotes: bool = True,  # noqa: FBT001, FBT002, N803
    ) -> list[Extension]:
        """
        Read what the client offers, of which nothing may be a reason to refuse it.
        """
        if not self.factory.compress:
            return []
        offers = super()._parseExtensionsHeader(header, removeQuotes)  # type: ignore[no-untyped-call]
        return well_formed(offers)

    def _agree_to_compress(self, window_bits: int) -> None:
        """
        Send compressed what the peer can open with a window of *window_bits*, and read the like.
        """
        self.dialect = RFC6455_DEFLATED if window_bits >= WINDOW_BITS else RFC6455_DEFLATED_LITTLE
        self._perMessageCompress = Inflater()  # type: ignore[assignment]

    def _read_whole_frames(self, data: bytes) -> tuple[int, bytes]:
        """
        Read the frames of *data*, from the front, that are for the fast lane; return how
        many those were, and the rest.
        """
        count = start = 0
        if self.current_frame is not None or self.inside_message:
            return count, data
        self._is_reading = True
        try:
            while not (self._pauses or self._is_closing):
                frame = whole_frame(data, start)
                if frame is None:
                    break
                payload, start = frame
                count += 1
                if payload is not None:
                    self._deliver(payload)
                if count == FRAMES_PER_TURN:
                    self._let_others()
        finally:
            self._is_reading = False
        return count, data[start:]

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
        compress: Whether to compress for clients that offer it.
        counters: Where those that answer no ping are counted.
        meter: How fast connections are read; as fast as they come without one.
    """

    noisy = False
    protocol: type[WebSocketCarrier] = WebSocketCarrier  # type: ignore[assignment]

    def __init__(
        self,
        new_session: Callable[[], ISession],
        reactor: IReactorTime,
        *,
        compress: bool = False,
        counters: Counters | None = None,
        meter: Meter | None = None,
    ) -> None:
        # An empty name: no banner, whose version would tell which holes to try.
        super().__init__(server="", reactor=reactor)  # type: ignore[no-untyped-call]
        self.new_session = new_session
        self.compress = compress
        self.counters = counters or Counters()
        self.meter = meter
        self.pulse = Pulse(reactor, WEBSOCKET_PING_S)
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            versions=[8, 13],
            webStatus=False,
            requireMaskedClientFrames=True,
            utf8validateIncoming=True,
            maxFramePayloadSize=FRAME_IN_BYTES,
            maxMessagePayloadSize=FRAME_IN_BYTES,
            # A close frame says why; a drop does not.
            failByDrop=False,
            # The switch has the whole head before there is a handshake; the outbox
            # counts the closing, for all dialects; and there is one pulse for all.
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
            autoPingInterval=0,
            perMessageCompressionAccept=accepted if compress else None,
        )

    @cached_property
    def _carrier(self) -> type[WebSocketCarrier]:
        # Made for the first connection: the options do not change any more.
        carrier = slimmed(self.protocol, self)
        carrier.meter = self.meter
        return carrier

    def buildProtocol(  # type: ignore[override]
        self,
        addr: IAddress | None,
    ) -> WebSocketCarrier:
        """
        Return what serves a new connection, of the client at *addr*.
        """
        carrier = self._carrier()
        carrier.come_from(addr)
        return carrier
