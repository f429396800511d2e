"""
What an attack does to the server and to the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from chatroom.limits import NAME_CHARS
from tests.e2e.server import Server
from tests.e2e.waiting import reactor, until
from tests.e2e.wire import AutobahnTalker

MIB: Final = 2**20


def pid_of(server: Server) -> int:
    """The id of the process."""
    pid: int = server.program.transport.pid
    return pid


def memory_mib(pid: int) -> float:
    """How much memory a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def sockets(pid: int) -> int:
    """How many sockets a process has open. Files it may open when it likes."""
    return sum(_is_socket(path) for path in Path(f"/proc/{pid}/fd").iterdir())


def _is_socket(path: Path) -> bool:
    try:
        return str(path.readlink()).startswith("socket:")
    except FileNotFoundError:
        return False  # closed meanwhile


async def sockets_come_back(server: Server, count: int, seconds: float) -> float:
    """
    Wait until no more than *count* are open; return how long that took.

    Raises:
        AssertionError: There were more after *seconds*.
    """
    begun = reactor.seconds()

    async def look() -> int:
        return sockets(pid_of(server))

    await until(look, lambda seen: seen <= count, seconds)
    return reactor.seconds() - begun


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that *percent* of *values* do not exceed."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)]


class Neighbours:
    """
    Two people in a quiet room of their own, and how long their words take.
    """

    def __init__(self, port: int, room: str = "quiet") -> None:
        self._port = port
        self._room = room
        self.seconds: list[float] = []
        self._people = tuple(AutobahnTalker(f"{it} {room}"[:NAME_CHARS]) for it in ("ann", "bob"))

    async def enter(self) -> None:
        """Come in."""
        for talker in self._people:
            await talker.come(self._port)
            await talker.ask(type="hello", name=talker.name)
            await talker.ask(type="join", room=self._room)

    async def talk(self, times: int) -> list[float]:
        """
        Say something so many times, each when the last was heard; return the seconds
        until it was acknowledged and heard.
        """
        took = []
        for _ in range(times):
            begun, text = reactor.seconds(), f"{len(self.seconds)}"
            # By turns: each may say no more than people do.
            speaker, listener = self._people
            self._people = listener, speaker
            ack = await speaker.ask(type="say", room=self._room, text=text)
            assert ack["type"] == "ack", ack
            seq = ack["seq"]
            await listener.first(lambda it, seq=seq: it.get("seq") == seq, text, -5)  # type: ignore[misc]
            took.append(reactor.seconds() - begun)
            self.seconds.append(took[-1])
        return took

    def told(self) -> str:
        """The figures, for people."""
        return (
            f"median {median(self.seconds) * 1000:.1f} ms, "
            f"p99 {percentile(self.seconds, 99) * 1000:.1f} ms, "
            f"longest {max(self.seconds) * 1000:.1f} ms of {len(self.seconds)}"
        )
