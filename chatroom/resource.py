"""
The room and its pages below any path of an HTTP server that is there already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, Request
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from chatroom.channel import Channel
from chatroom.choice import NOT_HERE, Dialects
from chatroom.codecs.answer import UPGRADE
from chatroom.codecs.head import BadHead, HeadParser
from chatroom.health import NAME as HEALTH
from chatroom.health import Health, HealthResource
from chatroom.invitation import NAME as INVITATION
from chatroom.invitation import Invitation
from chatroom.origins import host_allowed
from chatroom.port import PortSwitch
from chatroom.site import short_answer


class Mounted(Protocol):
    """What a `ChatFactory` has for a resource."""

    dialects: Dialects
    pages: IResource
    health: Health


class ChatResource(Resource):
    """
    The pages, and beside them at ``chat`` the room, in all its dialects, what draws
    invitations to it, and at ``healthz`` what tells whether it is well.

    An upgrade takes the connection away from the HTTP server. In a server that
    is not ours, what comes before that (heads, deadlines, limits) is its affair.

    Args:
        room: A `ChatFactory`: what takes over after an upgrade, the room's path
            below this resource, and the pages.
    """

    isLeaf = True

    def __init__(self, room: Mounted) -> None:
        super().__init__()
        self._dialects = room.dialects
        self._pages = room.pages
        self._invitation = Invitation(room.dialects.allow_origins)
        self._health = HealthResource(room)

    def render(self, request: IRequest) -> bytes | int:
        """
        Answer with a page, or make the connection one to the room.
        """
        # The switch compares it with the whole path; an upgrade elsewhere below
        # this resource is for no room.
        room = unquote_to_bytes(request.path) if self._is_room(request) else b""
        if _take_over(request, replace(self._dialects, path=room)):
            return NOT_DONE_YET
        if not host_allowed(request.getHeader(b"host"), self._dialects.allow_hosts):
            return short_answer(request, 421, NOT_HERE)
        if room:
            return short_answer(request, 426, "The room speaks WebSocket.", UPGRADE)
        if not request.postpath:
            return _redirect_inside(request)
        answer: bytes | int = self._page_at(request.postpath).render(request)
        return answer

    def _page_at(self, path: list[bytes]) -> IResource:
        if path == [INVITATION]:
            return self._invitation
        if path == [HEALTH]:
            return self._health
        return self._pages

    def _is_room(self, request: IRequest) -> bool:
        return request.path.startswith(b"/") and b"/".join([b"", *request.postpath]) == (
            self._dialects.path
        )


def _redirect_inside(request: IRequest) -> bytes:
    """
    Lead from ``/where`` to ``/where/``: the pages name each other relatively.
    """
    _, question_mark, query = request.uri.partition(b"?")
    # Relative, for a proxy may show this path under another one; and begun with
    # a dot, for a name with a colon would read as a scheme.
    location = b"./" + request.path.rpartition(b"/")[2] + b"/" + question_mark + query
    return short_answer(request, 302, "The room is in here.", ((b"Location", location),))


def _take_over(request: IRequest, dialects: Dialects) -> bool:
    """
    Hand the connection of *request* to a `PortSwitch` if it is not plain HTTP.

    The server is in the midst of the segment that holds the request. What
    stands behind it (key bytes, the first frames) is passed on when this
    returns, to what is set on the channel here, before it is read as HTTP.
    """
    # HTTP/2 knows no upgrade, and its requests do not own a connection.
    if not isinstance(request, Request) or not isinstance(request.channel, HTTPChannel):
        return False
    channel, raw = request.channel, _raw_head(request)
    if _is_plain(raw):
        return False
    # On our own port the switch has counted the client, if it knew which one it is.
    is_counted = isinstance(channel, Channel) and not dialects.trusted_proxies
    switch = PortSwitch(dialects, None, is_counted=is_counted)
    end_request = channel.connectionLost

    def lose(reason: Failure) -> None:
        switch.connectionLost(reason)
        # Who waits for the end of the request (an access log) is told.
        end_request(reason)

    def receive(data: bytes) -> None:
        switch.dataReceived(data)

    channel.dataReceived = receive  # type: ignore[method-assign]
    channel.rawDataReceived = receive  # type: ignore[method-assign]
    channel.connectionLost = lose  # type: ignore[method-assign]
    channel.setTimeout(None)
    # The channel would go on to pause the connection for reasons of its own.
    producer: Any = channel._networkProducer  # noqa: SLF001
    producer.unregisterProducer()
    producer.resumeProducing()
    switch.makeConnection(channel.transport)
    switch.dataReceived(raw)
    return True


def _is_plain(raw: bytes) -> bool:
    """
    Tell whether the switch would pass *raw* on to an HTTP server.
    """
    try:
        head = HeadParser().feed(raw)
    except BadHead:
        # The switch says so: what it refuses at the start of a connection is
        # refused later on, too.
        return False
    return head is not None and not head.dialect


def _raw_head(request: Request) -> bytes:
    """
    Write down again what the HTTP server has read.
    """
    lines = [b"%b %b %b" % (request.method, request.uri, request.clientproto)]
    for name, values in request.requestHeaders.getAllRawHeaders():
        lines += [name + b": " + value for value in values]
    return b"\r\n".join([*lines, b"", b""])
