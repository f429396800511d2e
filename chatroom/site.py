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

from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from chatroom.codecs.answer import Headers, protection, text_of
from chatroom.folder import Folder, Page

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
