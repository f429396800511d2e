"""
The one port: what a connection becomes is decided by its first bytes, once.

hixie-76 sends eight key bytes behind its head that no ``Content-Length``
announces: an HTTP server would read them as the next request. So the switch
stands ahead of the site and of the dialects and replays to the chosen one every
byte it has read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import (
    IDelayedCall,
    IHalfCloseableProtocol,
    IProtocolFactory,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.http import datetimeToString
from zope.interface import implementer

from chatroom.codecs.answer import UPGRADE, closing_answer
from chatroom.codecs.head import BadHead, HeadParser, RequestHead
from chatroom.codecs.hixie import KEY3_BYTES
from chatroom.dialects.outbox import Outbox
from chatroom.limits import HEAD_TIMEOUT_S
from chatroom.origins import allowed

#: The versions of the protocol that RFC 6455 became.
_VERSIONS: Final = (b"13", b"8")


@dataclass(frozen=True, slots=True)
class Dialects:
    """
    Which upgrades are taken, and what speaks on after them.

    Args:
        websocket: Builds what speaks RFC 6455.
        hixie: Builds what speaks hixie-76 and hixie-75; None refuses them.
        clock: What deadlines are counted on.
        path: Where the room is; an upgrade to any other path finds nothing.
        allow_origins: Entries of `chatroom.origins` that are welcome beside
            the room's own pages.
    """

    websocket: IProtocolFactory
    hixie: IProtocolFactory | None
    clock: IReactorTime
    path: bytes = b"/chat"
    allow_origins: frozenset[str] = frozenset()

    def choose(self, head: RequestHead) -> IProtocolFactory | None:
        """
        Return what takes the connection over; None for plain HTTP.

        Raises:
            BadHead: The upgrade is refused.
        """
        if not head.dialect:
            return None
        if unquote_to_bytes(head.target.partition(b"?")[0]) != self.path:
            raise BadHead(404, "There is no room at this address.")
        chosen = self.websocket if head.dialect == "rfc6455" else self.hixie
        if chosen is None or (
            head.dialect == "rfc6455" and head.get(b"sec-websocket-version") not in _VERSIONS
        ):
            raise BadHead(
                426,
                "The room does not speak this version of WebSocket.",
                (*UPGRADE, (b"Sec-WebSocket-Version", b", ".join(_VERSIONS))),
            )
        # Version 8 named the header otherwise. Whatever a client names must be
        # welcome, for a later reader may look at the other one.
        origins: list[bytes | None] = [*head.all(b"origin"), *head.all(b"sec-websocket-origin")]
        host, has_cookies = head.get(b"host"), head.get(b"cookie") is not None
        if not all(
            allowed(origin, host, has_cookies=has_cookies, allow=self.allow_origins)
            for origin in origins or [None]
        ):
            raise BadHead(403, "Pages of this site may not enter the room.")
        return chosen


@implementer(IHalfCloseableProtocol)
class PortSwitch(Protocol):
    """
    One accepted connection, until it is known what it speaks.

    Nothing is sent before the peer has spoken. A head, and a hixie-76 client's
    key bytes, must be complete ``HEAD_TIMEOUT_S`` after accept, however they
    drip; else the connection is aborted.

    Args:
        dialects: What takes over after an upgrade.
        site: What speaks plain HTTP; None where an HTTP server passes on the
            upgrades that it reads.
    """

    transport: ITCPTransport
    _deadline: IDelayedCall

    def __init__(self, dialects: Dialects, site: IProtocolFactory | None) -> None:
        self._dialects = dialects
        self._site = site
        self._parser = HeadParser()
        self._chosen: IProtocolFactory | None = None
        self._read = b""
        self._needed_bytes = 0

    def connectionMade(self) -> None:
        """
        Start the one deadline: bytes do not move it.
        """
        self._deadline = self._dialects.clock.callLater(
            HEAD_TIMEOUT_S, self.transport.abortConnection
        )

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
        The peer left before it was known what it speaks, or was too slow.
        """
        if self._deadline.active():
            self._deadline.cancel()

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

    def _choose(self, head: RequestHead) -> IProtocolFactory:
        chosen = self._dialects.choose(head) or self._site
        if chosen is None:
            raise BadHead(426, "The room speaks WebSocket.", UPGRADE)
        raw = head.raw
        if head.dialect == "rfc6455":
            # Autobahn takes a head for Latin-1 and ends lines at U+0085 too,
            # where a value's second half would become a header of its own.
            raw = raw.replace(b"\x85", b"?")
        elif head.dialect == "hixie-76":
            self._needed_bytes = len(raw) + KEY3_BYTES
        self._read = raw + self._parser.rest
        return chosen

    def _hand_over(self, factory: IProtocolFactory) -> None:
        chosen = factory.buildProtocol(self.transport.getPeer())
        if chosen is None:
            self._refuse(BadHead(503, "The room is full."))
            return
        self._deadline.cancel()
        # What is set on the instance is called by the transport directly: the
        # switch costs nothing from here on.
        self.dataReceived = chosen.dataReceived  # type: ignore[method-assign]
        self.connectionLost = chosen.connectionLost  # type: ignore[assignment,method-assign]
        if IHalfCloseableProtocol.providedBy(chosen):
            self.readConnectionLost = chosen.readConnectionLost  # type: ignore[method-assign]
        read = self._read
        del self._parser, self._chosen, self._read
        chosen.makeConnection(self.transport)
        chosen.dataReceived(read)

    def _refuse(self, error: BadHead) -> None:
        self._deadline.cancel()
        clock = self._dialects.clock
        outbox = Outbox(self.transport, clock, _NOBODY)
        # What comes behind a refused head is nobody's.
        self.dataReceived = _nothing  # type: ignore[assignment,method-assign]
        self.connectionLost = lambda _: outbox.connection_lost()  # type: ignore[assignment,misc,method-assign]
        date: bytes = datetimeToString()
        outbox.write(closing_answer(error.status, error.reason, ((b"Date", date), *error.headers)))
        outbox.end_and_linger()


def _nothing(*_: object) -> None:
    """
    Do nothing.
    """


class _Nobody:
    """Owns an outbox for an answer of a few hundred bytes."""

    overflowed = drained = staticmethod(_nothing)


_NOBODY: Final = _Nobody()
