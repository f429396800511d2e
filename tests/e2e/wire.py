"""
People without a browser, over RFC 6455 (Autobahn), hixie-76 and hixie-75.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias
from uuid import uuid4

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import IAddress, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from tests.e2e.waiting import News, reactor

#: Who, and what.
Line: TypeAlias = tuple[str, str]
#: Whatever JSON holds.
Json: TypeAlias = Any

# The example of draft-hixie-thewebsocketprotocol-76, section 1.2.
KEY1: Final = b"4 @1  46546xW%0l 1 5"
KEY2: Final = b"12998 5 Y3 1  .P00"
KEY3: Final = b"^n:ds[4U"
DIGEST: Final = b"8jKS'y:G*Co,Wxa-"


class Talker:
    """
    A person's side of the chat protocol, whatever carries it.

    A subclass connects; its protocol calls `opened`, `received` and `closed`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        #: Every message of the server, oldest first.
        self.told: list[dict[str, Json]] = []
        #: What was said in the room, oldest first.
        self.heard: list[Line] = []
        #: The code of the WebSocket's close, 0 where the dialect has none.
        self.close_code: int | None = None
        self._send: Callable[[str], None] | None = None
        self._news = News()

    async def connect(self, port: int) -> None:
        """Open the connection to a server on this machine."""
        raise NotImplementedError

    def opened(self, send: Callable[[str], None]) -> None:
        """The handshake is done, and *send* sends a text frame."""
        self._send = send
        self._news.tell()

    def received(self, text: str) -> None:
        """Keep a message."""
        message = json.loads(text)
        self.told.append(message)
        for event in [message, *message.get("events", ())]:
            if event["type"] == "message" and "text" in event:
                self.heard.append((event["name"], event["text"]))
        self._news.tell()

    def closed(self, code: int) -> None:
        """The connection is gone."""
        self.close_code = code
        self._news.tell()

    async def come(self, port: int) -> None:
        """Connect, and wait until one can talk."""
        await self.connect(port)
        await self._until(lambda: self._send is not None, "the handshake")

    async def enter(self, port: int) -> None:
        """Connect, give the name and join the lobby."""
        await self.come(port)
        await self.ask(type="hello", name=self.name)
        await self.ask(type="join", room="lobby")

    async def say(self, text: str) -> None:
        """Say *text* in the lobby, and wait until it is stored."""
        reply = await self.ask(type="say", room="lobby", text=text)
        assert reply["type"] == "ack", reply

    def tell(self, **command: object) -> None:
        """Send *command*, to which there may be no reply."""
        assert self._send, "not connected"
        self._send(json.dumps(command, ensure_ascii=False))

    async def ask(self, **command: object) -> dict[str, Json]:
        """Send *command*; return its reply."""
        number = uuid4().hex
        self.tell(**command, id=number)
        return await self.first(
            lambda it: it.get("id") == number and it["type"] != "message", command["type"]
        )

    async def hears(self, lines: list[Line]) -> None:
        """Wait until exactly *lines* were said in the room."""
        await self._until(lambda: self.heard == lines, "other lines")

    async def hears_many(self, count: int) -> None:
        """Wait until *count* lines were said in the room."""
        await self._until(lambda: len(self.heard) >= count, f"{count} lines")

    async def told_of(self, kind: str) -> dict[str, Json]:
        """Wait for a message of the type *kind*; return the first."""
        return await self.first(lambda it: it["type"] == kind, kind)

    async def end(self) -> int:
        """Wait until the connection is gone; return the code of its close."""
        await self._until(lambda: self.close_code is not None, "the close")
        assert self.close_code is not None
        return self.close_code

    async def first(
        self, wanted: Callable[[dict[str, Json]], bool], what: object, start: int = 0
    ) -> dict[str, Json]:
        """Wait for a message that is *wanted*, the index *start* or later; return the first."""
        await self._until(lambda: any(map(wanted, self.told[start:])), what)
        return next(filter(wanted, self.told[start:]))

    async def _until(self, condition: Callable[[], bool], what: object) -> None:
        await self._news.until(condition, lambda: f"{self.name} misses {what}: {self.told!r}")


class AutobahnTalker(Talker):
    """
    RFC 6455, as Autobahn speaks it.
    """

    def __init__(self, name: str, *, path: str = "chat", cookie: str = "") -> None:
        super().__init__(name)
        self.path = path
        self.headers = {"Cookie": cookie} if cookie else {}

    async def connect(self, port: int) -> None:
        """Open a WebSocket."""
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        await endpoint.connect(_AutobahnFactory(self, port))


class _AutobahnFactory(WebSocketClientFactory):
    def __init__(self, talker: AutobahnTalker, port: int) -> None:
        super().__init__(
            f"ws://127.0.0.1:{port}/{talker.path}",
            origin=f"http://127.0.0.1:{port}",
            protocols=["chatroom.v1"],
            headers=talker.headers,
            reactor=reactor,
        )
        self._talker = talker

    def buildProtocol(self, addr: IAddress | None) -> _AutobahnProtocol:
        protocol = _AutobahnProtocol(self._talker)
        protocol.factory = self
        return protocol


class _AutobahnProtocol(WebSocketClientProtocol):
    def __init__(self, talker: Talker) -> None:
        super().__init__()
        self._talker = talker

    def onOpen(self) -> None:
        self._talker.opened(lambda text: self.sendMessage(text.encode()))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: FBT001 - Autobahn's
        assert not isBinary
        self._talker.received(payload.decode())

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: FBT001, N803 - Autobahn's
        self._talker.closed(code or 0)


class HixieTalker(Talker):
    """
    hixie-75, or hixie-76 with *keys*: bytes written by hand.
    """

    def __init__(self, name: str, *, keys: bool) -> None:
        super().__init__(name)
        self._keys = keys

    async def connect(self, port: int) -> None:
        """Connect; the handshake follows by itself."""
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        await connectProtocol(endpoint, _HixieProtocol(self, port, keys=self._keys))


class _HixieProtocol(Protocol):
    transport: ITCPTransport

    def __init__(self, talker: Talker, port: int, *, keys: bool) -> None:
        self._talker = talker
        self._port = port
        self._keys = keys
        self._open = False
        self._unread = b""

    def connectionMade(self) -> None:
        head = [
            b"GET /chat HTTP/1.1",
            b"Upgrade: WebSocket",
            b"Connection: Upgrade",
            b"Host: 127.0.0.1:%d" % self._port,
            b"Origin: http://127.0.0.1:%d" % self._port,
        ]
        if self._keys:
            head += [b"Sec-WebSocket-Key1: " + KEY1, b"Sec-WebSocket-Key2: " + KEY2]
        self.transport.write(b"\r\n".join([*head, b"", KEY3 if self._keys else b""]))

    def dataReceived(self, data: bytes) -> None:
        self._unread += data
        if not self._open and not self._greeted():
            return
        *frames, self._unread = self._unread.split(b"\xff")
        for frame in frames:
            # Before the goodbye, FF 00, there is nothing.
            if frame:
                assert frame.startswith(b"\x00"), frame
                self._talker.received(frame[1:].decode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._talker.closed(0)

    def _greeted(self) -> bool:
        """
        Take the server's half of the handshake, once it is whole.
        """
        greeting = DIGEST if self._keys else b""
        head, gap, rest = self._unread.partition(b"\r\n\r\n")
        if not gap or len(rest) < len(greeting):
            return False
        assert head.startswith(b"HTTP/1.1 101 Web"), head
        assert rest.startswith(greeting), rest
        self._unread = rest[len(greeting) :]
        self._open = True
        self._talker.opened(lambda text: self.transport.write(b"\x00" + text.encode() + b"\xff"))
        return True
