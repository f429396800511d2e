"""
Rows 24 and 25: what is in logs, in files, and who can read them.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from tests.dialects.websocket_client import masked
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker
from tests.heads import head
from tests.hostile.raw import connected, sent

#: In everything that a log might be tempted to tell.
MARK: Final = "m4rk"
FORGED: Final = "2026-01-01T00:00:00+0000 [-] forged"
TEXTS: Final = (
    f"{MARK} plain",
    f"{MARK}\n{FORGED}\n\ttab",
    f"{MARK} \u202e\u200b\ufeff\u0301 e\u0301 é ﬁ Å ﷺ \u2028\u2029",
    f"{MARK} 👩‍👩‍👧‍👦 🇩🇪 \U0010ffff",
    f"{MARK} </script><img src=x onerror=alert(1)> {{}} %s %n \\u0000 \\",
    f"{MARK} '; DROP TABLE entries; --",
    f"  {MARK} spaces  ",
)


@story
async def test_row_24_texts_come_back_byte_for_byte(room: Server) -> None:
    """Row 24: what is kept is what was typed, in the echo, in pages and in a replay."""
    ann, bob = AutobahnTalker("ann of bytes"), AutobahnTalker("bob of bytes")
    for talker in (ann, bob):
        await talker.come(room.port)
        await talker.ask(type="hello", name=talker.name)
        joined = await talker.ask(type="join", room="bytes")
    for text in TEXTS:
        assert (await ann.ask(type="say", room="bytes", text=text))["type"] == "ack"
    last = await bob.first(
        lambda it: it.get("seq") == len(TEXTS) and it["type"] == "message", "the last"
    )
    assert last["text"] == TEXTS[-1]
    assert [it["text"] for it in bob.told if it["type"] == "message"] == list(TEXTS)
    page = await bob.ask(type="history", room="bytes")
    assert [it["text"] for it in page["events"]] == list(TEXTS)
    start = len(bob.told)
    await bob.ask(type="join", room="bytes", since=0, epoch=joined["epoch"])
    await bob.first(
        lambda it: it.get("seq") == len(TEXTS) and it["type"] == "message", "the replay", start
    )
    assert [it["text"] for it in bob.told[start:] if it["type"] == "message"] == list(TEXTS)


@story
async def test_row_24_logs_tell_nothing(room: Server) -> None:
    """Row 24: no text, name, token, path, header or raw byte gets into the log, and no line."""
    port, start = room.port, len(room.program.out)
    peer = await connected(port)
    welcome = await peer.ask(type="hello", name=f"{MARK} ann", key=f"{MARK}-key-of-ann-0000")
    await peer.ask(type="join", room=MARK)
    for text in TEXTS:
        await peer.ask(type="say", room=MARK, text=text)
    peer.tell(type="say", room=MARK, text="x", id=f"{MARK} of a command")
    await peer.ask(type="search", text=MARK)
    unknown = await peer.ask(type=f"{MARK}\n{FORGED}")
    assert unknown["code"] == "unknown_type"
    await peer.ask(type="hello", token=f"{MARK}\n{FORGED}")
    peer.send(masked(f'{{"{MARK}\n'.encode()))
    peer.send(masked(f"{MARK}\n{FORGED}".encode() + b"\xff"))
    await peer.end()
    for target, header in (
        (f"/{MARK}%0a{FORGED.replace(' ', '%20')}", f"User-Agent: {MARK} {FORGED}"),
        (f"/chat?{MARK}=1", f"Cookie: {MARK}"),
        (f"/{MARK}", f"Authorization: {MARK}"),
        (f"/{MARK}", f"Referer: http://{MARK}/"),
        (f"/{MARK}", f"X-Forwarded-For: {MARK}\x85{FORGED}"),
    ):
        await sent(port, head(f"GET {target} HTTP/1.1", f"Host: {MARK}", header))
        await sent(port, head(f"GET {target} HTTP/1.1", "Upgrade: websocket", header))
    await sent(port, f"{MARK}\n{FORGED}\r\n\r\n".encode())
    await sent(
        port, head("POST /invitation.svg HTTP/1.1", "Host: a", "Content-Length: 9"), b"m4rk\nm4rk"
    )

    logged = room.program.out[start:] + room.program.err
    assert MARK not in logged, logged
    assert "forged" not in logged
    assert welcome["token"] not in logged


def holds(folder: Path, text: bytes) -> list[str]:
    """The files of *folder* in which *text* is."""
    return [path.name for path in folder.iterdir() if text in path.read_bytes()]


@story
async def test_row_24_what_is_deleted_is_gone(server: Server) -> None:
    """Row 24: deleted and replaced texts are in no file, no page and no replay any more."""
    folder = Path(f"/proc/{server.program.transport.pid}/cwd/chatroom-data")
    ann = AutobahnTalker("ann")
    await ann.enter(server.port)
    secrets = [f"secret number {number} {'z' * 500}" for number in range(6)]
    for secret in secrets:
        await ann.say(secret)
    await ann.ask(type="say", room="lobby", text="a reply", reply_to=1)
    assert holds(folder, b"secret number 1 ")

    for target in (1, 2, 3):
        await ann.ask(type="delete", room="lobby", target=target)
    for target in (4, 5, 6):
        await ann.ask(type="edit", room="lobby", target=target, text="nothing")

    async def look() -> list[str]:
        return holds(folder, b"secret number") + holds(folder, b"z" * 20)

    await until(look, lambda found: not found)
    late = AutobahnTalker("late")
    await late.come(server.port)
    await late.ask(type="hello", name="late")
    joined = await late.ask(type="join", room="lobby")
    await late.ask(type="join", room="lobby", since=0, epoch=joined["epoch"])
    await late.first(lambda it: it.get("seq") == joined["seq"], "the last entry", 3)
    found = await late.ask(type="search", text="secret")
    assert found["events"] == []
    assert "secret number" not in str(late.told)


@story
async def test_row_25_files_are_for_their_owner(tmp_path: Path) -> None:
    """Row 25: whatever the umask, the database is 0600 in a folder of 0700; secrets are hashed."""
    old = os.umask(0)
    try:
        server = Server(tmp_path)
        await server.start()
    finally:
        os.umask(old)
    try:
        ann = AutobahnTalker("ann")
        await ann.come(server.port)
        key = "a-key-of-ann-that-is-long-enough"
        welcome = await ann.ask(type="hello", name="ann", key=key)
        bob = AutobahnTalker("bob")
        await bob.enter(server.port)
        await ann.ask(type="join", room="lobby")
        await ann.say("hello")

        folder = tmp_path / "chatroom-data"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = list(folder.iterdir())
        assert {"chatroom.sqlite", "chatroom.sqlite-wal"} <= {path.name for path in files}
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        for secret in (key, welcome["token"], bob.told[0]["token"]):
            assert holds(folder, secret.encode()) == []
        assert holds(folder, welcome["person"].encode())
        # A token is in no address: pages keep it, and sockets carry it.
        assert welcome["token"] not in server.program.story()
        if os.geteuid() == 0:
            assert re.search(r"root.*--uid", server.program.out), "no warning for root"
    finally:
        await server.stop()
        print(server.program.story())
