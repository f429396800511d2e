"""
Rows 9 and 14: members who do not read, and peers that are not there any more.
"""

from __future__ import annotations

from pathlib import Path
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Final

import pytest

from chatroom import limits
from tests.dialects.websocket_client import PONG, masked
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import reactor
from tests.e2e.wire import AutobahnTalker
from tests.hostile.frames import server_frames
from tests.hostile.measures import (
    MIB,
    Neighbours,
    memory_mib,
    percentile,
    pid_of,
    sockets,
    sockets_come_back,
)
from tests.hostile.raw import Raw, connected, together

#: Enough to fill the kernels' buffers and a mebibyte behind them, and more than that.
ENOUGH: Final = 400
MESSAGES: Final = 600
TEXT_CHARS: Final = 3_900
#: What a client's kernel takes in for a member that does not read.
RECEIVE_BYTES: Final = 16 * limits.KIB
DEAF: Final = 3


@pytest.mark.parametrize("server", [("--rate", "0")], indirect=True)
@story
async def test_row_9_who_stops_reading_is_cut_off_and_resumes(server: Server) -> None:
    """
    Row 9: at most 1 MiB waits for each, then they are cut off (1013), and gone in 10 s; they
    come back and get what they missed. The others' words take no longer meanwhile.
    """
    speaker = AutobahnTalker("speaker")
    await speaker.enter(server.port)
    neighbours = Neighbours(server.port)
    await neighbours.enter()
    undisturbed = await neighbours.talk(30)
    late = [await connected(server.port, dialect) for dialect in ("rfc6455", "hixie-76")]
    deaf = await together(connected(server.port) for _ in range(DEAF))
    welcomes = [await peer.enter(f"peer {at}") for at, peer in enumerate([*late, *deaf])]
    joined = await late[0].told(lambda it: it["type"] == "joined", "joined")
    before, memory = sockets(pid_of(server)), memory_mib(pid_of(server))
    for peer in (*late, *deaf):
        peer.transport.getHandle().setsockopt(SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES)
        peer.stop_reading()

    await say(speaker, range(1, ENOUGH + 1))
    for peer in late:
        peer.read_on()
    took = await neighbours.talk(10)
    for start in range(ENOUGH + 1, MESSAGES, 20):
        await say(speaker, range(start, start + 20))
        took += await neighbours.talk(1)
    cut_s = await sockets_come_back(server, before - DEAF - len(late), 10)
    grown = memory_mib(pid_of(server)) - memory

    usual = percentile(undisturbed, 99)
    print(
        f"cut off {cut_s:.2f} s after the last message; memory {grown:+.1f} MiB; the others: p99"
        f" {percentile(took, 99) * 1000:.1f} ms, undisturbed {usual * 1000:.1f}"
    )
    # What is said is kept in pages and caches, too.
    assert grown < len(welcomes) * limits.BACKLOG_CUT_BYTES / MIB + 8
    assert percentile(took, 90) < 0.5
    for peer, welcome in zip(late, welcomes, strict=False):
        await peer.end()
        told = peer.messages()
        assert (told[-1]["type"], told[-1]["code"], told[-1]["retry_after"]) == ("closing", 1013, 0)
        assert peer.close_code() == 1013
        heard = [it["seq"] for it in told if it["type"] == "message"]
        assert heard == list(range(1, len(heard) + 1)), "frames are cut at their ends"
        assert len(heard) < ENOUGH
        await resumes(server, welcome, joined["epoch"], len(heard))


async def say(speaker: AutobahnTalker, numbers: range) -> None:
    """Say something long for each of *numbers*, all at once, and wait until it is stored."""
    for number in numbers:
        text = f"{number} {'x' * TEXT_CHARS}"
        speaker.tell(type="say", room="lobby", text=text, id=f"{number}")
    last = f"{numbers[-1]}"
    await speaker.first(lambda it: it["type"] == "ack" and it["id"] == last, last)
    speaker.told.clear()


async def resumes(server: Server, welcome: dict[str, str], epoch: str, seq: int) -> None:
    """Come back as who had heard all up to *seq*."""
    talker = AutobahnTalker(welcome["name"])
    await talker.come(server.port)
    again = await talker.ask(type="hello", token=welcome["token"])
    assert again["person"] == welcome["person"]
    # All of it is more than is replayed entry by entry: then it is a page.
    page = await talker.ask(type="join", room="lobby", since=seq, epoch=epoch)
    last = page["seq"]
    assert not page["recovered"]
    assert last > ENOUGH
    joined = await talker.ask(type="join", room="lobby", since=last - 20, epoch=epoch)
    assert joined["recovered"]
    await talker.first(lambda it: it.get("seq") == last and it["type"] == "message", "the last")


#: The same program with shorter waits: run by Python before any other module.
SHORTER: Final = """\
from chatroom import limits

limits.WEBSOCKET_PING_S = 1.0
limits.HIXIE_PING_S = 1.0
limits.HELLO_TIMEOUT_S = 3.0
"""


@story
async def test_row_14_dead_peers_leave(tmp_path: Path) -> None:
    """
    Row 14: who answers no ping is dropped and their descriptor comes back, on every dialect;
    who answers stays. With waits of a second; the real ones add up to 75 at most.
    """
    assert 2 * limits.WEBSOCKET_PING_S <= 75
    assert (limits.HIXIE_PINGS + 1) * limits.HIXIE_PING_S <= 75
    (tmp_path / "sitecustomize.py").write_text(SHORTER)
    server = Server(tmp_path, "--ephemeral", modules=[tmp_path])
    await server.start()
    try:
        before = sockets(pid_of(server))
        live, dead = [
            await together(connected(server.port, dialect) for dialect in ("rfc6455", "hixie-76"))
            for _ in range(2)
        ]
        await together(peer.enter(f"peer {at}") for at, peer in enumerate([*live, *dead]))
        late = [await connected(server.port) for _ in range(2)]
        begun = reactor.seconds()

        async def answers(peer: Raw) -> None:
            """Answer two pings."""
            for count in range(1, 3):
                await peer.until(lambda: pings(peer) >= count or peer.is_gone, "a ping")  # noqa: B023 - awaited here
                assert not peer.is_gone
                is_modern = peer.dialect == "rfc6455"
                peer.send(masked(b"", PONG) if is_modern else peer.frame(b'{"type":"pong"}'))

        async def stays(peer: Raw) -> None:
            """Answer, and still be there."""
            await answers(peer)
            assert (await peer.ask(type="ping"))["type"] == "pong"

        async def says_no_hello(peer: Raw) -> None:
            """Answer, which does not help."""
            await answers(peer)
            await peer.end()
            assert peer.close_code() == 1008

        await together(
            [*map(stays, live), *(peer.end() for peer in dead), *map(says_no_hello, late)]
        )
        print(f"gone after {reactor.seconds() - begun:.1f} s")
        for peer in live:
            peer.hang_up()
        await sockets_come_back(server, before, 5)
    finally:
        await server.stop()
        print(server.program.story())


def pings(peer: Raw) -> int:
    """How many pings *peer* was sent."""
    if peer.dialect == "rfc6455":
        return sum(opcode == 9 for opcode, _ in server_frames(peer.got))
    return sum(it["type"] == "ping" for it in peer.messages())
