"""
A disk without room: what cannot be kept is refused, all else goes on, and nobody
has to start anything again.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from io import StringIO
from itertools import count
from pathlib import Path

import pytest
from twisted.internet.task import deferLater

from chatroom.operations.check import check
from chatroom.operations.files import database_at
from chatroom.operations.progress import Progress
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import reactor
from tests.e2e.wire import AutobahnTalker, Json

DISK_BYTES = 3 * 2**20
#: The write-ahead log is written anew from its beginning now and then, so that some
#: messages still fit on a full disk; so many do not.
MOST = 2000
#: What was promised.
RECOVERY_S = 5.0
AGAIN_S = 0.25


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid():
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on *disk*; return what takes it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


async def say(talker: AutobahnTalker, text: str) -> dict[str, Json]:
    """Say *text* under the id that is its first word; return the reply."""
    id, start = text.split(maxsplit=1)[0], len(talker.told)
    talker.tell(type="say", room="lobby", text=text, id=id)
    answers = ("ack", "error")
    return await talker.first(lambda it: it.get("id") == id and it["type"] in answers, id, start)


async def texts(talker: AutobahnTalker) -> list[str]:
    """Return what was said in the lobby, all of it."""
    found: list[dict[str, Json]] = []
    newer = True
    while newer:
        after = found[-1]["seq"] if found else 0
        page = await talker.ask(type="history", room="lobby", after=after, limit=200)
        found += page["events"]
        newer = page["newer"]
    assert [it["seq"] for it in found] == list(range(1, len(found) + 1))
    return [it["text"] for it in found]


@pytest.mark.slow
@story
async def test_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """Refused while it is full, nothing refused is stored, and acks come back with the space."""
    url = f"sqlite:///{small_disk}/chatroom.sqlite"
    server = Server(tmp_path, "--database", url)
    await server.start()
    try:
        ann, bob = AutobahnTalker("ann"), AutobahnTalker("bob")
        await ann.enter(server.port)
        await bob.enter(server.port)
        said = ["first"]
        assert (await say(ann, "first"))["type"] == "ack"

        ballast = fill(small_disk)
        for number in count():
            assert number < MOST, "the disk is never full"
            text = f"{number} {'x' * 3900}"
            answer = await say(ann, text)
            if answer["type"] == "error":
                break
            said.append(text)
        assert answer["code"] == "storage_unavailable", answer
        refused = await say(bob, f"bob {'y' * 3900}")
        assert refused["code"] == "storage_unavailable", refused

        # Who stores nothing does not notice.
        assert (await bob.ask(type="ping"))["type"] == "pong"
        bob.tell(type="typing", room="lobby")
        assert (await ann.told_of("typing"))["name"] == "bob"
        assert await texts(bob) == said

        ballast.unlink()
        begun = time.monotonic()
        while (answer := await say(ann, text))["type"] == "error":
            assert answer["code"] == "storage_unavailable", answer
            assert time.monotonic() - begun < RECOVERY_S
            await deferLater(reactor, AGAIN_S)
        said.append(text)
        await ann.say("last")
        said.append("last")
        assert await texts(bob) == said
    finally:
        await server.stop()
        print(server.program.story())

    # SQLite's own integrity check is part of it.
    assert list(check(database_at(url), Progress(StringIO(), ""))) == []
    await server.start()
    try:
        late = AutobahnTalker("late")
        await late.enter(server.port)
        assert await texts(late) == said
    finally:
        await server.stop()
