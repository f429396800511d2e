"""
The static site: what lies in a folder, over HTTP, and the headers with it.

Twisted's own ``static.File`` follows links out of the folder, lists it, shows
what is hidden, and fails on odd names and ranges; here only whole files of
`chatroom.folder` are sent.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime, ITCPTransport
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, datetimeToString
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from zope.interface import implementer

from chatroom.codecs.answer import SERVER, Headers, closing_answer, protection, text_of
from chatroom.folder import Folder, Page
from chatroom.limits import (
    BODY_BYTES,
    HEAD_BYTES,
    HEAD_HEADERS,
    HEAD_TIMEOUT_S,
    SITE_IDLE_TIMEOUT_S,
)

#: Hosts that can be named in a policy: no character there ends a source, and
#: its grammar has no IPv6.
_POLICY_HOST: Final = re.compile(rb"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
PLAIN_TEXT: Final = b"text/plain; charset=utf-8"
_ETAG: Final = re.compile(rb'(?:W/)?"([^"]*)"')
_GZIP: Final = re.compile(rb"(?:x-)?gzip(?:;q=(?!0(?:\.0{0,3})?$).*)?", re.IGNORECASE)


def content_policy(page: Page, host: bytes | None) -> bytes:
    """
    Return what *page* may load, but for ``frame-ancestors``.

    Args:
        page: It may run its own inline scripts and no others.
        host: The ``Host`` header. Safari before 15.4 does not take ``'self'``
            for a WebSocket to the same host, so the room is allowed by name.

    Source: Content Security Policy Level 3.
    """
    room = ""
    if host is not None and _POLICY_HOST.fullmatch(host):
        room = f" ws://{host.decode()} wss://{host.decode()}"
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'" + room,
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    for directive, sources in page.inline.items():
        directives[directive] = " ".join([directives[directive], *sources])
    return "; ".join(f"{name} {sources}" for name, sources in directives.items()).encode()


class StaticSite(Resource):
    """
    Everything below a URL, out of a folder.

    Args:
        folder: The files.
        embeddable: Whether pages of other sites may show these in a frame.
    """

    isLeaf = True

    def __init__(self, folder: Folder, *, embeddable: bool = False) -> None:
        super().__init__()
        self._folder = folder
        self._embeddable = embeddable

    def render(self, request: IRequest) -> bytes | int:
        """
        Answer with the file that the rest of the path names.
        """
        if request.method not in {b"GET", b"HEAD"}:
            return short_answer(request, 405, "This can only be read.", ((b"Allow", b"GET, HEAD"),))
        page = self._folder.page(request.postpath)
        if page is None:
            return short_answer(request, 404, "There is nothing at this address.")
        policy = content_policy(page, request.getHeader(b"host"))
        for name, value in protection(policy, embeddable=self._embeddable):
            request.setHeader(name, value)
        return _send(request, page)


def short_answer(request: IRequest, status: int, reason: str, headers: Headers = ()) -> bytes:
    """
    Turn the answer to *request* into one sentence, and return it.
    """
    for name, value in headers:
        request.responseHeaders.addRawHeader(name, value)
    return plain_answer(request, status, text_of(status, reason))


def plain_answer(
    request: IRequest, status: int, text: bytes, content_type: bytes = PLAIN_TEXT
) -> bytes:
    """
    Turn the answer to *request* into *text*, which nobody is to keep, and return it.
    """
    request.setResponseCode(status, HTTPStatus(status).phrase.encode())
    for name, value in (
        (b"Content-Type", content_type),
        (b"Cache-Control", b"no-store"),
        *protection(),
    ):
        request.setHeader(name, value)
    return _body(request, text)


def _send(request: IRequest, page: Page) -> bytes | int:
    """
    Answer with *page*, as small as the client can take it.
    """
    body, etag = page.body, page.digest
    gzipped = page.gzipped if _takes_gzip(request) else None
    if gzipped is not None:
        # Strong tags name bytes, so the compressed ones have their own.
        body, etag = gzipped, page.digest + b"-gzip"
    request.setHeader(b"ETag", b'"%b"' % etag)
    request.setHeader(b"Vary", b"Accept-Encoding")
    # Always asked for again, and mostly answered with nothing new: after an
    # update no page is left with yesterday's scripts.
    request.setHeader(b"Cache-Control", b"no-cache")
    known = request.getHeader(b"if-none-match") or b""
    if known.strip() == b"*" or etag in _ETAG.findall(known):
        request.setResponseCode(304)
        # Ended here, or it would claim a length of 0.
        request.finish()
        return NOT_DONE_YET
    request.setHeader(b"Content-Type", page.content_type)
    if gzipped is not None:
        request.setHeader(b"Content-Encoding", b"gzip")
    return _body(request, body)


def _body(request: IRequest, body: bytes) -> bytes:
    """
    Return *body* as far as the method asks for it; its length is told always.
    """
    request.setHeader(b"Content-Length", b"%d" % len(body))
    return b"" if request.method == b"HEAD" else body


def _takes_gzip(request: IRequest) -> bool:
    accepted = request.getHeader(b"accept-encoding") or b""
    return any(_GZIP.fullmatch(b"".join(member.split())) for member in accepted.split(b","))


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

    def dataReceived(self, data: bytes) -> None:
        """
        Read on; if a request has begun, count the time until it is whole.
        """
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
        Go on with the next request, which may have begun already.
        """
        super().requestDone(request)
        self._time_request()

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
        has_begun = not self._handlingRequest and (self.requests or self._buffer)
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
