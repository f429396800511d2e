"""
A chat server that tells everybody everything, unless a test has it lie.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import Final

#: To the key that `load` always sends.
ANSWER: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
PATIENCE_S: Final = 30.0


@dataclass(frozen=True)
class Told:
    """What a member is about to be told: message number *seq*, whose id is *id*."""

    member: int
    seq: int
    id: str


#: What a member is told instead.
Lie = Callable[[Told], list[Told]]


@dataclass
class Liar:
    """
    Serves one run of `load`, in the thread that it is made for.

    Args:
        lie: About a message.
        numbers: Give messages a ``seq``, and acks.
    """

    lie: Lie
    numbers: bool
    port: int = 0
    _members: list[asyncio.StreamWriter] = field(default_factory=list)
    _said: list[str] = field(default_factory=list)

    async def serve(self, is_open: Event, is_over: asyncio.Event) -> None:
        """Listen until it is over."""
        server = await asyncio.start_server(self._welcome, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        is_open.set()
        await is_over.wait()
        server.close()
        for writer in self._members:
            writer.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            while True:
                self._hear(json.loads(await _read_frame(reader)), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _hear(self, command: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if command["type"] == "join":
            self._members.append(writer)
            _write(
                writer, type="joined", room=command["room"], **({"seq": 0} if self.numbers else {})
            )
        elif command["type"] == "say":
            self._said.append(command["id"])
            for number, member in enumerate(self._members):
                for told in self.lie(Told(number, len(self._said), command["id"])):
                    seq = {"seq": told.seq} if self.numbers else {}
                    _write(member, type="message", text="…", id=told.id, **seq)
            if self.numbers:
                _write(writer, type="ack", seq=len(self._said), id=command["id"])


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    _, size = await reader.readexactly(2)
    size &= 0x7F
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(size)
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))


def _write(writer: asyncio.StreamWriter, **event: object) -> None:
    payload = json.dumps(event, separators=(",", ":")).encode()
    size = len(payload)
    head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
    writer.write(head + payload)


@contextmanager
def listening(lie: Lie, *, numbers: bool) -> Iterator[int]:
    """
    Have a liar listen; give its port.
    """
    liar, is_open = Liar(lie, numbers), Event()
    loop = asyncio.new_event_loop()
    is_over = asyncio.Event()
    thread = Thread(target=loop.run_until_complete, args=(liar.serve(is_open, is_over),))
    thread.start()
    try:
        assert is_open.wait(PATIENCE_S)
        yield liar.port
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join(PATIENCE_S)
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def truth(told: Told) -> list[Told]:
    """Lie about nothing."""
    return [told]


def about_one(lie: Lie) -> Lie:
    """Lie to one member about one message."""
    return lambda told: lie(told) if (told.member, told.seq) == (2, 4) else [told]


def swapped(told: Told) -> list[Told]:
    """Tell one member of two messages in the wrong order."""
    if told.member != 2 or told.seq not in {4, 5}:
        return [told]
    later = told.seq == 5
    # Its id is not known when the fourth is told; a number is enough.
    return [replace(told, seq=4 if later else 5)]
