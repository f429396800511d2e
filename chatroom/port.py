"""
The one port: what a connection becomes is decided by its first bytes, once.

hixie-76 sends eight key bytes behind its head that no ``Content-Length``
announces: an HTTP server would read them as the next request. So the switch
stands ahead of the site and of the dialects and replays to the chosen one every
byte it has read.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IProtocol,
    IProtocolFactory,
    IProtocolNegotiationFactory,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper
from twisted.python.failure import Failure
from twisted.web.http import datetimeToString
from zope.interface import implementer

from chatroom.choice import Dialects
from chatroom.codecs.answer import UPGRADE, closing_answer
from chatroom.codecs.head import BadHead, HeadParser, RequestHead
from chatroom.codecs.hixie import KEY3_BYTES
from chatroom.dialects.carrier import counted
from chatroom.dialects.outbox import Outbox
from chatroom.dialects.websocket import WebSocketCarrier
from chatroom.limits import BODY_BYTES, HEAD_TIMEOUT_S


@implementer(IProtocolNegotiationFactory)
class PortFactory(Factory):
    """
    Builds what speaks on a port of ours, under TLS as well.
    """

    noisy = False

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802
        """
        Return what is spoken, for clients that ask before they speak (ALPN), as all browsers do.

        Of a factory that does not say so Twisted takes it that nothing is, and ends their
        handshakes.
        """
        return [b"http/1.1"]


@implementer(IHalfCloseableProtocol)
class PortSwitch(Protocol):
    """
    One accepted connection, until it is known what it speaks.

    Nothing is sent before the peer has spoken. A head, and what belongs to it (a
    hixie-76 client's key bytes, a body), must be complete ``HEAD_TIMEOUT_S``
    after accept, however it drips; else the connection is aborted.

    Args:
        dialects: What takes over after an upgrade.
        site: What speaks plain HTTP; None where an HTTP server passes on the
            upgrades that it reads.
        is_counted: Whether the connection is in the crowd already.
    """

    transport: ITCPTransport
    _deadline: IDelayedCall | None = None
    _speaker: IProtocol | _Refusal | None = None
    #: What the connection counts as in the crowd.
    _entered = ""

    def __init__(
        self, dialects: Dialects, site: IProtocolFactory | None, *, is_counted: bool = False
    ) -> None:
        self._dialects = dialects
        self._site = site
        self._is_counted = is_counted
        self._parser = HeadParser()
        self._chosen: IProtocolFactory | None = None
        self._read = b""
        self._needed_bytes = 0

    def connectionMade(self) -> None:
        """
        Count the connection, and start the one deadline: bytes do not move it.
        """
        if not self._is_counted and self._knows_client():
            self._is_counted = True
            if not self._enter(self.transport.getPeer()):
                # An answer would cost more than it helps: a crowd from one address
                # knows what it does.
                self._dialects.counters.refused_heads[HTTPStatus.TOO_MANY_REQUESTS] += 1
                self.dataReceived = _nothing  # type: ignore[assignment,method-assign]
                self.transport.abortConnection()
                return
        self._deadline = self._dialects.clock.callLater(HEAD_TIMEOUT_S, self._is_late)

    def dataReceived(self, data: bytes) -> None:
        """
        Collect the head; once it is complete, hand over or refuse.
        """
        if self._chosen is None:
            try:
                head = self._parser.feed(data)
                if head is None:
                    return
                self._chosen = self._choose(head)
            except BadHead as error:
                self._refuse(error)
                return
        else:
            self._read += data
        if len(self._read) >= self._needed_bytes:
            self._hand_over(self._chosen)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The peer left, or was too slow, or the dialect has ended.
        """
        self._stop_waiting()
        if self._entered:
            self._dialects.crowd.leave(self._entered)
        if self._speaker is not None:
            self._speaker.connectionLost(reason)

    def readConnectionLost(self) -> None:  # noqa: N802
        """
        The peer says no more: what was written still goes out, then it ends.

        A deadline of the switch, the site or the dialect bounds that.
        """
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:  # noqa: N802
        """
        Our half is closed, and the peer's is waited for.
        """

    def _knows_client(self) -> bool:
        """
        Whether who has connected is the client, and nothing that is still to come
        names another.
        """
        if self._dialects.trusted_proxies or self._site is None:
            return False
        # The PROXY protocol is a wrapper that has an address of its own to tell.
        below: object = self.transport
        while isinstance(below, ProtocolWrapper):
            if type(below).getPeer is not ProtocolWrapper.getPeer:
                return False
            below = below.transport
        return True

    def _enter(self, client: IAddress) -> bool:
        address = counted(client)
        if not self._dialects.crowd.enter(address):
            return False
        if address:
            self._entered = address
        return True

    def _choose(self, head: RequestHead) -> IProtocolFactory:
        chosen = self._dialects.choose(head) or self._site
        if chosen is None:
            raise BadHead(426, "The room speaks WebSocket.", UPGRADE)
        self._client = self._dialects.client(head, self.transport.getPeer())
        # A proxy may ask for the pages of many over one connection. An upgrade is
        # somebody's own.
        if (
            not self._is_counted
            and (head.dialect or not self._dialects.trusted_proxies)
            and not self._enter(self._client)
        ):
            raise BadHead(429, "There are too many connections from your address.")
        self._head, raw = head, head.raw
        if head.dialect == "rfc6455":
            # Autobahn takes a head for Latin-1 and ends lines at U+0085 too,
            # where a value's second half would become a header of its own.
            raw = raw.replace(b"\x85", b"?")
        self._needed_bytes = len(raw) + _bytes_behind(head)
        self._read = raw + self._parser.rest
        return chosen

    def _hand_over(self, factory: IProtocolFactory) -> None:
        chosen = factory.buildProtocol(self._client)
        if chosen is None:
            self._refuse(BadHead(503, "The room is full."))
            return
        self._stop_waiting()
        # What is set on the instance is called by the transport directly: the
        # switch costs nothing from here on.
        self.dataReceived = chosen.dataReceived  # type: ignore[method-assign]
        # The end is told through it: an upgrade on a kept-alive connection changes who
        # is to hear of it.
        self._speaker = chosen
        if IHalfCloseableProtocol.providedBy(chosen):
            self.readConnectionLost = chosen.readConnectionLost  # type: ignore[method-assign]
        read, head = self._read, self._head
        del self._parser, self._chosen, self._read, self._head, self._client
        if head.dialect and self._dialects.keeps_requests:
            chosen.request = head  # type: ignore[attr-defined]
        chosen.makeConnection(self.transport)
        if isinstance(chosen, WebSocketCarrier) and chosen.greet(head):
            read = read[len(head.raw) :]
        if read:
            chosen.dataReceived(read)

    def _is_late(self) -> None:
        self._dialects.counters.refused_heads[HTTPStatus.REQUEST_TIMEOUT] += 1
        self.transport.abortConnection()

    def _refuse(self, error: BadHead) -> None:
        self._stop_waiting()
        self._dialects.counters.refused_heads[error.status] += 1
        clock = self._dialects.clock
        outbox = Outbox(self.transport, clock, _NOBODY)
        # What comes behind a refused head is nobody's.
        self.dataReceived = _nothing  # type: ignore[assignment,method-assign]
        self._speaker = _Refusal(outbox)
        date: bytes = datetimeToString()
        outbox.write(closing_answer(error.status, error.reason, ((b"Date", date), *error.headers)))
        outbox.end_and_linger()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            if self._deadline.active():
                self._deadline.cancel()
            del self._deadline


def _bytes_behind(head: RequestHead) -> int:
    """
    How many bytes have to come behind *head* before it can be answered.
    """
    if head.dialect == "hixie-76":
        return KEY3_BYTES
    length = int(head.get(b"content-length") or 0)
    # What the site refuses, it refuses by the head alone.
    return 0 if length > BODY_BYTES or head.all(b"expect") else length


def _nothing(*_: object) -> None:
    """
    Do nothing.
    """


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Speaks on a connection that is refused, and has spoken."""

    outbox: Outbox

    def connectionLost(self, _: Failure) -> None:
        """
        The answer needs no deadline any more.
        """
        self.outbox.connection_lost()


class _Nobody:
    """Owns an outbox for an answer of a few hundred bytes."""

    overflowed = drained = staticmethod(_nothing)


_NOBODY: Final = _Nobody()
