"""
The room for browsers of 2010: hixie-75 and hixie-76.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IReactorTime,
    ISSLTransport,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatroom.codecs import hixie
from chatroom.codecs.answer import closing_answer
from chatroom.codecs.head import BadHead, HeadParser, RequestHead
from chatroom.counters import SILENT, Counters
from chatroom.dialects.carrier import SUBPROTOCOL, Carrier, Dialect
from chatroom.dialects.meter import Meter
from chatroom.interfaces import IDialect, ISession
from chatroom.limits import FRAME_IN_BYTES, HIXIE_PING_S, HIXIE_PINGS


@implementer(IDialect)
@dataclass(frozen=True, slots=True)
class HixieDialect(Dialect):
    """
    One of the two drafts; after the handshake they are the same.
    """

    def frame(self, payload: bytes) -> bytes:
        """See `IDialect.frame`."""
        return hixie.frame(payload)


HIXIE_75: Final = HixieDialect("hixie-75")
HIXIE_76: Final = HixieDialect("hixie-76")

#: This wire has no pings of its own.
_PING: Final = hixie.frame(b'{"type":"ping"}')


class HixieCarrier(Carrier, Protocol):
    """
    One connection, from the first byte of its handshake.

    The switch has judged the request but for the keys. How long a handshake
    may take is the switch's to say as well.

    Args:
        new_session: Called once the handshake is done.
        clock: For pings and for the closing's deadline.
        counters: Where handshakes that are refused, and those that answer no ping, are
            counted.
    """

    head: RequestHead

    def __init__(
        self, new_session: Callable[[], ISession], clock: IReactorTime, counters: Counters
    ) -> None:
        self._new_session = new_session
        self._clock = clock
        self._counters = counters
        self._parser = HeadParser()
        self._handshake: hixie.Handshake | None = None
        self._body = b""
        self._frames: hixie.FrameReader | None = None
        self._idle: IDelayedCall | None = None
        self._unanswered_pings = 0

    def makeConnection(self, transport: ITCPTransport) -> None:
        """
        Send through an outbox from here on.
        """
        self._attach(transport, self._clock)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:
        """
        Read the handshake, then frames; nothing once the connection closes.
        """
        # Also of a peer that is sent away, or it could send the more for that.
        self._count(len(data))
        if self._is_closing:
            return
        if self._frames is None:
            self._shake_hands(data)
        else:
            self._frames.feed(data)
            self._read_on()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Forget the connection.
        """
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._lost()

    def _shake_hands(self, data: bytes) -> None:
        try:
            if self._handshake is None:
                head = self._parser.feed(data)
                if head is None:
                    return
                self.head = head
                self._handshake = hixie.handshake(
                    head,
                    SUBPROTOCOL.encode(),
                    secure=ISSLTransport.providedBy(self.transport),
                )
                data = self._parser.rest
        except BadHead as error:
            self._counters.refused_heads[error.status] += 1
            self._is_closing = True
            self.outbox.write(closing_answer(error.status, error.reason, error.headers))
            self.outbox.end_and_linger()
            return
        self._body += data
        count = self._handshake.body_bytes
        if len(self._body) >= count:
            self.outbox.write(self._handshake.answer(self._body[:count]))
            self._open(self._body[count:])

    def _open(self, first: bytes) -> None:
        """
        Turn to frames; *first* came together with the handshake.
        """
        self.dialect = HIXIE_76 if self.head.dialect == "hixie-76" else HIXIE_75
        self._frames = hixie.FrameReader(FRAME_IN_BYTES)
        # What only the handshake needs, and would be kept as long as somebody listens.
        del self.head, self._parser, self._handshake, self._body
        self._idle = self._clock.callLater(HIXIE_PING_S, self._ping)
        self._opened(self._new_session)
        self.dataReceived(first)

    def _read_one(self) -> bool:
        """See `Carrier`."""
        if self._is_closing or self._frames is None:
            return False
        try:
            frame = self._frames.next()
        except hixie.BadFrame as error:
            self._fail(error.code, error.reason)
            return False
        if frame is None:
            return False
        self._unanswered_pings = 0
        if self._idle is not None:
            self._idle.reset(HIXIE_PING_S)
        if isinstance(frame, hixie.Text):
            self._deliver(frame.payload)
        elif isinstance(frame, hixie.Close):
            self.close(1000, "")
        return True

    def _write_close(self, code: int, reason: str) -> None:
        """See `Carrier`."""
        self.outbox.write(hixie.CLOSE)
        # Browsers do not answer a close: TCP has to end for them to notice.
        self.outbox.end_and_linger()

    def _ping(self) -> None:
        """
        Nothing came for ``HIXIE_PING_S``.
        """
        self._idle = None
        if self._is_there_unheard():
            self._unanswered_pings = 0
        if self._unanswered_pings == HIXIE_PINGS:
            self._counters.closed[SILENT] += 1
            self.outbox.abortConnection()
            return
        self._unanswered_pings += 1
        self._idle = self._clock.callLater(HIXIE_PING_S, self._ping)
        self.write(_PING)


class HixieFactory(Factory):
    """
    Builds what speaks hixie after the switch.

    Args:
        new_session: Makes the application's half of a connection.
        clock: For pings and deadlines.
        counters: As of `HixieCarrier`.
        meter: How fast connections are read; as fast as they come without one.
    """

    noisy = False

    def __init__(
        self,
        new_session: Callable[[], ISession],
        clock: IReactorTime,
        counters: Counters | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._new_session = new_session
        self._clock = clock
        self._counters = counters or Counters()
        self._meter = meter

    def buildProtocol(  # type: ignore[override]
        self,
        addr: IAddress | None,
    ) -> HixieCarrier:
        """
        Return what serves a new connection, of the client at *addr*.
        """
        carrier = HixieCarrier(self._new_session, self._clock, self._counters)
        carrier.come_from(addr)
        carrier.meter = self._meter
        return carrier
