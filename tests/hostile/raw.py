"""
Clients that follow no rules: any bytes at any time, and what comes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from tests.dialects.websocket_client import masked
from tests.e2e.waiting import PATIENCE_S, News, reactor
from tests.e2e.wire import DIGEST, KEY1, KEY2, KEY3
from tests.heads import HIXIE_76, RFC6455, UPGRADE, head
from tests.hostile.frames import server_frames

#: Whatever JSON holds.
Json = dict[str, Any]

CLOSE: Final = 8
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) [A-Z]")
#: A whole opening of each dialect, `tests.heads`'s Host and no Origin.
OPENINGS: Final = {
    "rfc6455": head("GET /chat HTTP/1.1", *RFC6455),
    "hixie-76": head("GET /chat HTTP/1.1", *HIXIE_76) + KEY3,
    "hixie-75": head("GET /chat HTTP/1.1", *UPGRADE),
}
assert KEY1.decode() in HIXIE_76[-2]
assert KEY2.decode() in HIXIE_76[-1]


def opening(dialect: str, *headers: str) -> bytes:
    """An upgrade to *dialect* with *headers* beside what it needs."""
    start, gap, rest = OPENINGS[dialect].partition(b"\r\n\r\n")
    return b"\r\n".join([start, *(line.encode("latin-1") for line in headers)]) + gap + rest


#: Whoever reads nothing does not notice that the server has ended it.
CONNECTED: Final[set[Raw]] = set()


class Raw(Protocol):
    """
    One connection. It reads unless told otherwise, and answers nothing by itself.
    """

    transport: ITCPTransport

    def __init__(self) -> None:
        self.got = bytearray()
        self.is_gone = False
        self.dialect = ""
        self._asked = 0
        self._news = News()

    def connectionMade(self) -> None:
        """Be among those who have to hang up."""
        CONNECTED.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Keep what comes."""
        self.got += data
        self._news.tell()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The server has ended it, or a wire broke."""
        CONNECTED.discard(self)
        self.is_gone = True
        self._news.tell()

    def send(self, *pieces: bytes) -> None:
        """Send *pieces*."""
        self.transport.write(b"".join(pieces))

    def stop_reading(self) -> None:
        """Leave what comes in the kernel, which has little space for it."""
        self.transport.pauseProducing()  # type: ignore[attr-defined]

    def read_on(self) -> None:
        """Read what waits in the kernel."""
        self.transport.resumeProducing()  # type: ignore[attr-defined]

    def hang_up(self) -> None:
        """End it at once."""
        self.transport.abortConnection()

    def end_of_sending(self) -> None:
        """Say no more, but listen."""
        self.transport.loseWriteConnection()

    async def until(
        self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_S
    ) -> None:
        """Wait until *condition* holds."""
        await self._news.until(
            condition, lambda: f"{what}; came: {bytes(self.got)!r:.500}", seconds
        )

    async def end(self, seconds: float = PATIENCE_S) -> bytes:
        """Wait until the server has ended the connection; return all it said."""
        await self.until(lambda: self.is_gone, "the connection stays", seconds)
        return bytes(self.got)

    async def closing(self) -> None:
        """Wait until the server begins its closing handshake."""
        await self.until(lambda: self.is_gone or self.has_close(), "no close")
        assert self.has_close(), f"a bare drop behind {bytes(self.got)!r:.500}"

    async def answer(self) -> bytes:
        """Wait for the head of an HTTP answer, and return it."""
        await self.until(lambda: b"\r\n\r\n" in self.got or self.is_gone, "no answer")
        return bytes(self.got).partition(b"\r\n\r\n")[0]

    # From here on: as a member.

    async def shake_hands(self, dialect: str, *headers: str) -> None:
        """Become a connection of *dialect*; what came for it is forgotten."""
        self.dialect = dialect
        self.send(opening(dialect, *headers))
        answer = await self.answer()
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        size = len(answer) + 4 + (len(DIGEST) if dialect == "hixie-76" else 0)
        await self.until(lambda: len(self.got) >= size, "half a handshake")
        del self.got[:size]

    def frame(self, payload: bytes) -> bytes:
        """A text in the dialect."""
        return masked(payload) if self.dialect == "rfc6455" else b"\x00" + payload + b"\xff"

    def tell(self, **command: object) -> None:
        """Send *command*."""
        self.send(self.frame(json.dumps(command).encode()))

    async def ask(self, **command: object) -> Json:
        """Send *command* under an id; return its reply."""
        self._asked += 1
        id = f"?{self._asked}"
        self.tell(**command, id=id)
        what = f"a reply to {command}"
        return await self.told(lambda it: it.get("id") == id and it["type"] != "message", what)

    async def enter(self, name: str, room: str = "lobby") -> Json:
        """Say hello and join; return the welcome."""
        welcome = await self.ask(type="hello", name=name)
        assert welcome["type"] == "welcome", welcome
        joined = await self.ask(type="join", room=room)
        assert joined["type"] == "joined", joined
        return welcome

    async def told(self, wanted: Callable[[Json], bool], what: str) -> Json:
        """Wait for a message that is *wanted*; return the first."""
        await self.until(lambda: any(map(wanted, self.messages())) or self.is_gone, what)
        found = next(filter(wanted, self.messages()), None)
        assert found is not None, f"the end came before {what}: {self.messages()}"
        return found

    def messages(self) -> list[Json]:
        """What came in whole text frames so far."""
        if self.dialect == "rfc6455":
            return [json.loads(it) for opcode, it in server_frames(self.got) if opcode == 1]
        *texts, _ = bytes(self.got).split(b"\xff")
        return [json.loads(text[1:]) for text in texts if text]

    def close_code(self) -> int:
        """
        The code of the end: of the close frame; on hixie, which has none, of `closing`.
        """
        if self.dialect != "rfc6455":
            return int(next(it["code"] for it in self.messages() if it["type"] == "closing"))
        payload = next(it for opcode, it in server_frames(self.got) if opcode == CLOSE)
        return int.from_bytes(payload[:2], "big")

    def has_close(self) -> bool:
        """Whether the server has begun its closing handshake."""
        if self.dialect == "rfc6455":
            return any(opcode == CLOSE for opcode, _ in server_frames(self.got))
        return self.got.endswith(b"\xff\x00")


async def dialled(port: int) -> Raw:
    """Return a connection to *port* that has said nothing yet."""
    raw = Raw()
    await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), raw)
    return raw


async def connected(port: int, dialect: str = "rfc6455") -> Raw:
    """Return a connection that has shaken hands."""
    raw = await dialled(port)
    await raw.shake_hands(dialect)
    return raw


async def sent(port: int, *pieces: bytes) -> bytes:
    """Send *pieces* on a connection of their own; return all that came before its end."""
    raw = await dialled(port)
    raw.send(*pieces)
    raw.end_of_sending()
    return await raw.end()


def statuses(answers: bytes | bytearray) -> list[int]:
    """The statuses of HTTP answers, in their order."""
    return [int(found) for found in _STATUS.findall(answers)]


async def together(works: Iterable[Awaitable[Any]]) -> list[Any]:
    """Do all of it at once; return what came of each."""

    async def done(work: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever it is
        return await work

    results: list[Any] = await gatherResults(
        [Deferred.fromCoroutine(done(work)) for work in works], consumeErrors=True
    )
    return results
