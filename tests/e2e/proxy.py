"""
What stands between a browser and the room: a reverse proxy, or a cable to pull.
"""

from __future__ import annotations

import re
from typing import Final

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.interfaces import IAddress, IListeningPort, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from tests.e2e.server import own_port
from tests.e2e.waiting import reactor

UPGRADE: Final = re.compile(rb"(?im)^upgrade:")


class Proxy(Factory):
    """
    Passes bytes on, to and fro, and can stop doing so.

    Args:
        target: The server's port on this machine.
        prefix: The sub-path under which the site is mounted, as ``/room``: taken off
            the request, as reverse proxies do. Each connection then carries one
            request, so that the bytes behind its head need not be understood.
        client: The address that it says it serves, if any: likewise.
    """

    def __init__(self, target: int, prefix: str = "", client: str = "") -> None:
        self._target = target
        self._prefix = prefix.encode()
        self._client = client.encode()
        self._callers: set[_Caller] = set()
        self._listening: IListeningPort | None = None
        self.port = own_port()

    async def start(self) -> None:
        """Listen: after a `cut`, on the same port again."""
        endpoint = TCP4ServerEndpoint(reactor, self.port, interface="127.0.0.1")
        self._listening = await endpoint.listen(self)

    async def cut(self) -> None:
        """Stop listening and drop every connection, as a pulled cable."""
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await maybeDeferred(listening.stopListening)
        for caller in list(self._callers):
            caller.drop()

    def lose_answers(self) -> None:
        """Let nothing more of the server's through to the WebSockets that are open now."""
        for caller in self._callers:
            caller.deaf = caller.is_websocket

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """Answer the phone."""
        return _Caller(self)

    def connect(self, caller: _Caller) -> Deferred[_Answer]:
        """Open a connection to the server for *caller*."""
        self._callers.add(caller)
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self._target)
        connecting: Deferred[_Answer] = connectProtocol(endpoint, _Answer(caller))
        return connecting

    def forget(self, caller: _Caller) -> None:
        """A browser hung up."""
        self._callers.discard(caller)

    def mounted(self, head: bytes) -> bytes:
        """Return the head of a request as the server is to see it."""
        if not self._prefix and not self._client:
            return head
        line, _, headers = head.partition(b"\r\n")
        line = line.replace(b" " + self._prefix + b"/", b" /", 1)
        if self._client:
            line += b"\r\nX-Forwarded-For: " + self._client
        if not UPGRADE.search(headers):
            headers = re.sub(rb"(?im)^connection:[^\r]*", b"Connection: close", headers)
        return line + b"\r\n" + headers


class _Caller(Protocol):
    transport: ITCPTransport

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._answer: _Answer | None = None
        self._head = b""
        self._unsent = b""
        self._begun = False
        #: Nothing that the server says arrives here.
        self.deaf = False

    @property
    def is_websocket(self) -> bool:
        return self._begun and bool(UPGRADE.search(self._head))

    def connectionMade(self) -> None:
        self._proxy.connect(self).addCallbacks(self._connected, lambda _: self.drop())

    def dataReceived(self, data: bytes) -> None:
        if not self._begun:
            self._head += data
            head, gap, rest = self._head.partition(b"\r\n\r\n")
            if not gap:
                return
            self._begun = True
            data = self._proxy.mounted(head) + gap + rest
        self._unsent += data
        self._flush()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._proxy.forget(self)
        if self._answer:
            self._answer.transport.loseConnection()

    def drop(self) -> None:
        self.transport.abortConnection()

    def _connected(self, answer: _Answer) -> None:
        self._answer = answer
        self._flush()

    def _flush(self) -> None:
        if self._answer:
            self._answer.transport.write(self._unsent)
            self._unsent = b""


class _Answer(Protocol):
    transport: ITCPTransport

    def __init__(self, caller: _Caller) -> None:
        self._caller = caller

    def dataReceived(self, data: bytes) -> None:
        if not self._caller.deaf:
            self._caller.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._caller.transport.loseConnection()
