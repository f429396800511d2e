"""
A connection that speaks HTTP, and its requests: what is taken, how fast and how long.
"""

from __future__ import annotations

from twisted.internet.interfaces import (
    IDelayedCall,
    IHalfCloseableProtocol,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, datetimeToString
from twisted.web.resource import IResource
from twisted.web.server import Request, Site
from zope.interface import implementer

from chatroom.codecs.answer import SERVER, closing_answer, protection
from chatroom.limits import (
    BODY_BYTES,
    HEAD_BYTES,
    HEAD_HEADERS,
    HEAD_TIMEOUT_S,
    REQUESTS_PER_TURN,
    SITE_IDLE_TIMEOUT_S,
)


def make_site(root: IResource, clock: IReactorTime) -> Site:
    """
    Return the HTTP server of our own port.

    Args:
        root: What answers every request.
        clock: What idle connections are timed on.
    """
    site = Site(
        root, _Request, timeout=SITE_IDLE_TIMEOUT_S, reactor=clock, parsePOSTFormSubmission=False
    )
    site.protocol = Channel  # type: ignore[assignment,method-assign]
    return site


@implementer(IHalfCloseableProtocol)
class Channel(HTTPChannel):
    """
    A connection that speaks HTTP/1.1 behind the switch.

    The switch has read the first request; those that follow meet the same limits. Each
    has one deadline, from its first byte to the last of its body: others do not move it.
    """

    maxHeaders = HEAD_HEADERS  # noqa: N815
    totalHeadersSize = HEAD_BYTES  # noqa: N815
    transport: ITCPTransport
    _is_timed = False
    _answered = 0
    _next: IDelayedCall | None = None

    def dataReceived(self, data: bytes) -> None:
        """
        Read on; if a request has begun, count the time until it is whole.
        """
        if not self._busyReceiving:
            self._answered = 0
        super().dataReceived(data)
        self._time_request()

    def resetTimeout(self) -> None:  # noqa: N802
        """
        Let what comes move the end of an idle connection, but no deadline.
        """
        if not self._is_timed:
            super().resetTimeout()

    def allContentReceived(self) -> None:
        """
        Answer; from the end of that on the connection is idle.
        """
        self._is_timed = False
        self.setTimeout(SITE_IDLE_TIMEOUT_S)
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:  # noqa: N802
        """
        Go on with the next request, unless the client has to read first, or others to
        have their turn.

        Twisted would answer all that stand in a segment at once, read or not: two
        thousand, of a page each.
        """
        self._answered += 1
        self.paused = self._waitingForTransport or self._answered >= REQUESTS_PER_TURN
        super().requestDone(request)
        if self.paused and self.persistent:
            self._networkProducer.pauseProducing()
            self._go_on_later()
        self._time_request()

    def resumeProducing(self) -> None:
        """
        The client has taken what was written: read on.
        """
        super().resumeProducing()
        if self.paused and self.persistent:
            self._networkProducer.pauseProducing()
            self._go_on_later()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Forget the connection.
        """
        if self._next is not None:
            self._next.cancel()
            self._next = None
        super().connectionLost(reason)

    def _go_on_later(self) -> None:
        if self._next is None:
            self._next = self.callLater(0, self._go_on)

    def _go_on(self) -> None:
        self._next = None
        # Or `resumeProducing` comes back to it.
        if not self._waitingForTransport:
            self.paused = False
            self._networkProducer.resumeProducing()
            self.dataReceived(b"")

    def timeoutConnection(self) -> None:  # noqa: N802
        """
        End an idle connection, and abort one whose request does not come.
        """
        if self._is_timed:
            self.transport.abortConnection()
        else:
            super().timeoutConnection()

    def loseConnection(self) -> None:
        """
        End behind what waits; whoever does not read that is not waited for for ever.
        """
        if self._abortingCall is None:
            self._abortingCall = self.callLater(SITE_IDLE_TIMEOUT_S, self.forceAbortClient)
        super().loseConnection()

    def _time_request(self) -> None:
        has_begun = not (self._handlingRequest or self.paused) and (self.requests or self._buffer)
        if has_begun and not self._is_timed and self.timeOut is not None:
            self._is_timed = True
            self.setTimeout(HEAD_TIMEOUT_S)

    def headerReceived(self, line: bytes) -> bool:
        """
        Take a header; refuse a length of more digits than Python will read.
        """
        try:
            return bool(super().headerReceived(line))
        except ValueError:
            self._respondToBadRequestAndDisconnect()
            return False

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """
        Refuse a line that has no end, where Twisted would just hang up.
        """
        self._respondToBadRequestAndDisconnect()

    def readConnectionLost(self) -> None:  # noqa: N802
        """
        The client asks no more: it gets what it has asked for, then the end.
        """
        self.loseConnection()

    def writeConnectionLost(self) -> None:  # noqa: N802
        """
        Never called: no half of a connection is closed from here.
        """

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802
        # Twisted's own answer is a bare line.
        self.refuse(400, "The request is malformed.")

    def refuse(self, status: int, reason: str) -> None:
        """
        Say what is wrong with what came, and end the connection.
        """
        self.write(closing_answer(status, reason, ((b"Date", datetimeToString()),)))
        self.loseConnection()


class _Request(Request):
    """
    A request to our own port: not even an error tells what the server is.
    """

    channel: Channel
    _refused = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """
        Refuse what would be a large body before it comes.
        """
        super().gotLength(0)
        if length is None:
            self._refuse(411, "A body needs a Content-Length.")
        elif length > BODY_BYTES:
            self._refuse(413, "That is too much for this site.")
        elif self.requestHeaders.hasHeader(b"Transfer-Encoding"):
            # One that leaves the body as it is: some take it for the end of a length.
            self._refuse(400, "The request uses an unknown transfer coding.")
        elif self.requestHeaders.hasHeader(b"Expect"):
            self._refuse(417, "Nothing here waits for a body.")

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """
        Answer, unless that is done.
        """
        if not self._refused:
            super().requestReceived(command, path, version)

    def process(self) -> None:
        """
        Find what answers.
        """
        if self.path == b"*":
            # Twisted would answer this one itself. No file has this name.
            self.path = b"/*"
        super().process()

    def render(self, resource: IResource) -> None:
        """
        Let *resource* answer, under our name.
        """
        self.setHeader(b"Server", SERVER)
        super().render(resource)

    def processingFailed(self, reason: Failure) -> Failure:  # noqa: N802
        """
        Answer 500 with the headers that a resource sets itself.
        """
        for name, value in protection():
            self.setHeader(name, value)
        failed: Failure = super().processingFailed(reason)
        return failed

    def _refuse(self, status: int, reason: str) -> None:
        self._refused = True
        # Or the channel, too, would answer it: with "100 Continue".
        self.requestHeaders.removeHeader(b"Expect")
        self.channel.refuse(status, reason)
