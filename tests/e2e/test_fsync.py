"""
An ack waits for the disk, and those who speak together wait together: counted by strace.
"""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from pytest_twisted import async_yield_fixture
from twisted.internet.defer import Deferred, gatherResults

from tests.crash.ledger import Told
from tests.crash.wire import Line, dialled
from tests.e2e.server import Program, Server, run
from tests.e2e.stories import story
from tests.e2e.waiting import News

LONE: Final = 50
SPEAKERS: Final = 30
EACH: Final = 20

#: A file is on the disk: told when the call returns.
SYNCED: Final = re.compile(r"f(?:data)?sync(?:\(\d+<(.*)>\)| resumed>\)) += 0")
ATTACHED: Final = re.compile(r"attached")


class Speaker:
    """
    Says things in the lobby, and waits for the acks.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.replies: set[str] = set()
        self._news = News()
        self._line: Line

    async def enter(self, port: int) -> None:
        """Come into the lobby."""
        self._line = await dialled(port, self._told, lambda: None)
        await self.ask("hello", name=self.name)
        await self.ask("join", room="lobby", limit=0)

    async def ask(self, id: str, **command: object) -> None:
        """Send a command, by default the one that *id* names, and wait for the reply."""
        self._line.send({"type": id, **command, "id": id})
        await self._news.until(lambda: id in self.replies, lambda: f"{id} has no reply")

    async def say(self, *ids: str) -> None:
        """Say something under each of *ids* at once, and wait for the acks."""
        for id in ids:
            self._line.send({"type": "say", "room": "lobby", "text": "hello", "id": id})
        await self._news.until(lambda: self.replies >= {*ids}, lambda: f"{self.replies}")

    def hang_up(self) -> None:
        """Leave."""
        self._line.end()

    def _told(self, told: Told) -> None:
        assert told["type"] != "error", told
        if told["type"] in {"ack", "joined", "welcome"} and "id" in told:
            self.replies.add(told["id"])
            self._news.tell()


class Trace:
    """
    The system calls of a running server.
    """

    def __init__(self, folder: Path, server: Server) -> None:
        self._path = folder / "trace"
        pid = server.program.transport.pid
        calls = "trace=fsync,fdatasync,sendto,sendmsg,write,writev"
        options = ["-f", "-y", "-s", "65536", "-e", calls, "-o", str(self._path)]
        self._strace: Program = run(folder, "/usr/bin/env", "strace", *options, "-p", str(pid))

    async def begin(self) -> None:
        """Wait until every thread is watched; skip where that is not allowed."""
        strace = self._strace
        await strace.until(lambda: strace.ended or bool(ATTACHED.search(strace.err)))
        if strace.ended:
            pytest.skip(f"strace may not watch: {strace.err.strip()}")

    async def end(self) -> list[str]:
        """Return the calls, in order."""
        self._strace.send_signal(signal.SIGINT)
        await self._strace.end()
        return self._path.read_text(encoding="utf-8", errors="replace").splitlines()


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def kept(tmp_path: Path) -> AsyncIterator[Server]:
    """A running room with a database; strace is at hand."""
    if shutil.which("strace") is None:
        pytest.skip("there is no strace to count with")
    server = Server(tmp_path, "--database", f"sqlite:///{tmp_path}/chatroom.sqlite")
    await server.start()
    yield server
    await server.stop()


def syncs(calls: list[str]) -> int:
    """How often something was written to the disk itself."""
    return sum(bool(SYNCED.search(call)) for call in calls)


def first(calls: list[str], id: str) -> int:
    """The index of the first call that tells anybody of *id*."""
    return next(at for at, call in enumerate(calls) if f'\\"id\\":\\"{id}\\"' in call)


@story
async def test_each_lone_ack_waits_for_the_disk(tmp_path: Path, kept: Server) -> None:
    """Fifty lone messages: before each one's ack or echo the disk has it."""
    ann = Speaker("ann")
    await ann.enter(kept.port)
    trace = Trace(tmp_path, kept)
    await trace.begin()

    ids = [f"lone-{number}" for number in range(LONE)]
    for id in ids:
        await ann.say(id)

    calls = await trace.end()
    start = 0
    for id in ids:
        end = first(calls, id)
        assert syncs(calls[start:end]), f"{id} was told before it was on the disk"
        start = end
    print(f"{LONE} lone messages, {syncs(calls)} fsyncs")
    assert syncs(calls) >= LONE
    ann.hang_up()


@story
async def test_a_crowd_shares_its_waits(tmp_path: Path, kept: Server) -> None:
    """Under load there are far fewer fsyncs than messages."""
    crowd = [Speaker(f"speaker{number}") for number in range(SPEAKERS)]
    for speaker in crowd:
        await speaker.enter(kept.port)
    trace = Trace(tmp_path, kept)
    await trace.begin()

    def talk(speaker: Speaker) -> Deferred[None]:
        return Deferred.fromCoroutine(
            speaker.say(*(f"{speaker.name}-{number}" for number in range(EACH)))
        )

    await gatherResults(map(talk, crowd))

    counted = syncs(await trace.end())
    print(f"{SPEAKERS * EACH} messages of {SPEAKERS} speakers, {counted} fsyncs")
    assert 0 < counted < SPEAKERS * EACH / 4
    for speaker in crowd:
        speaker.hang_up()
