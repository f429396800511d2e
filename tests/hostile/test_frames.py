"""
Rows 10 to 13: what members send who mean harm.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import Final

import pytest

from chatroom.limits import FRAME_IN_BYTES, FRAME_OUT_BYTES
from tests.dialects.websocket_client import CLOSE, PING, PONG, TEXT, asking, closing, masked
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.hostile import mutants
from tests.hostile.frames import server_frames
from tests.hostile.measures import MIB, Neighbours, memory_mib, percentile, pid_of
from tests.hostile.raw import connected, dialled, together

#: What the server may keep of an attack.
MEMORY_MIB: Final = 8.0
SAID: Final = 40
#: A second was promised; the machine of the tests may be slow.
SOON_S: Final = 3.0
#: Whose length stands in the head alone.
ENDLESS: Final = bytes([0x81, 0xFF]) + (2**62).to_bytes(8, "big") + b"mask"

#: What keeps a server busy, by its dialect: a thousand times something, a hundred times.
FLOODS: Final = {
    "pings whose pongs nobody reads": ("rfc6455", masked(b"p" * 100, PING)),
    "pings of nothing": ("rfc6455", masked(b"", PING)),
    "pongs": ("rfc6455", masked(b"", PONG)),
    "tiny texts": ("rfc6455", masked(b'{"type":"pong"}')),
    "tiny texts to be refused": ("rfc6455", masked(b"x")),
    "empty texts": ("rfc6455", masked(b"")),
    "empty fragments": ("rfc6455", masked(b"", 0, fin=False)),
    "fragments of a byte": ("rfc6455", masked(b"x", 0, fin=False)),
    "tiny texts of hixie": ("hixie-76", b'\x00{"type":"pong"}\xff'),
    "empty texts of hixie": ("hixie-76", b"\x00\xff"),
    "empty frames of hixie": ("hixie-76", b"\x80\x00"),
    "frames of other types": ("hixie-76", b"\x7fx\xff"),
    "long lengths of nothing": ("hixie-76", b"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
}
TIMES: Final = 100_000


@pytest.mark.parametrize("flood", FLOODS)
@story
async def test_row_10_floods_starve_nobody(room: Server, flood: str) -> None:
    """Row 10: a hundred thousand tiny things in one piece, from three peers that never read."""
    dialect, piece = FLOODS[flood]
    neighbours = Neighbours(room.port, f"{flood} beside".replace(" ", "-"))
    await neighbours.enter()
    memory = memory_mib(pid_of(room))
    peers = await together(connected(room.port, dialect) for _ in range(3))
    first = masked(b"x", fin=False) if "ragment" in flood else b""

    for peer in peers:
        peer.stop_reading()
        peer.send(first, piece * TIMES)
    took = await neighbours.talk(SAID)

    grown = memory_mib(pid_of(room)) - memory
    print(f"{flood}: {neighbours.told()}, memory {grown:+.1f} MiB")
    for peer in peers:
        peer.hang_up()
    # Whoever is starved waits each time; a slow machine does now and then.
    assert percentile(took, 90) < 0.5
    assert grown < MEMORY_MIB


@pytest.mark.parametrize("dialect", ["rfc6455", "hixie-75", "hixie-76"])
@story
async def test_row_11_what_is_too_big_is_not_kept(room: Server, dialect: str) -> None:
    """Row 11: more than 64 KiB closes with 1009, as soon as that shows; none of it is kept."""
    if dialect == "rfc6455":
        half = b"x" * (FRAME_IN_BYTES // 2)
        attacks = [
            masked(b"x" * (FRAME_IN_BYTES + 1)),
            ENDLESS,
            masked(half, fin=False) + masked(half, 0, fin=False) + masked(b"x", 0),
            masked(b"", fin=False) + masked(b"x" * 1_025, 0, fin=False) * 64,
        ]
    else:
        attacks = [
            b"\x00" + b"x" * (FRAME_IN_BYTES + 1) + b"\xff",
            b"\x00" + b"x" * MIB,
            b"\x80\xff\xff\xff\x7f",
        ]
    memory = memory_mib(pid_of(room))
    for attack in attacks * 3:
        peer = await connected(room.port, dialect)
        peer.send(attack)
        await peer.closing()
        assert peer.close_code() == 1009
        assert peer.messages()[-1]["code"] == 1009
        peer.hang_up()
    assert memory_mib(pid_of(room)) - memory < MEMORY_MIB

    # And one that just fits is read, and refused as what it is.
    peer = await connected(room.port, dialect)
    peer.send(peer.frame(b"x" * FRAME_IN_BYTES))
    told = await peer.told(lambda it: it["type"] == "error", "an error")
    assert told["code"] == "bad_json"
    peer.hang_up()


def bomb(mib: int) -> bytes:
    """A message of many zeros, compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(mib))
    packed += packer.flush(zlib.Z_SYNC_FLUSH)
    return packed.removesuffix(b"\x00\x00\xff\xff")


@pytest.mark.parametrize("server", [("--compress",)], indirect=True)
@story
async def test_row_11_bombs_do_not_go_off(server: Server) -> None:
    """Row 11: what is small and would be large is 1009, whole or in fragments."""
    small = bomb(20)
    assert len(small) < FRAME_IN_BYTES
    half = len(small) // 2
    memory = memory_mib(pid_of(server))
    for attack in (
        masked(small, rsv1=True),
        masked(small[:half], fin=False, rsv1=True) + masked(small[half:], 0),
    ):
        for _ in range(3):
            peer = await dialled(server.port)
            peer.dialect = "rfc6455"
            peer.send(asking(b"Sec-WebSocket-Extensions: permessage-deflate"))
            answer = await peer.answer()
            assert b"permessage-deflate" in answer
            del peer.got[: len(answer) + 4]
            peer.send(attack)
            await peer.closing()
            assert peer.close_code() == 1009
            peer.hang_up()
    grown = memory_mib(pid_of(server)) - memory
    print(f"memory {grown:+.1f} MiB after six bombs of 20 MiB")
    assert grown < MEMORY_MIB


@story
async def test_row_11_compression_is_off_unless_asked_for(room: Server) -> None:
    """Row 11: without ``--compress`` nothing compressed is agreed to, or read."""
    peer = await dialled(room.port)
    peer.dialect = "rfc6455"
    peer.send(asking(b"Sec-WebSocket-Extensions: permessage-deflate"))
    answer = await peer.answer()
    assert b"deflate" not in answer
    del peer.got[: len(answer) + 4]
    peer.send(masked(bomb(1), rsv1=True))
    await peer.closing()
    assert peer.close_code() == 1002
    peer.hang_up()


@story
async def test_row_11_replies_have_a_size(room: Server) -> None:
    """Row 11: the largest pages there are stay within 256 KiB, members and settings included."""
    members = await together(connected(room.port) for _ in range(10))
    for number, member in enumerate(members):
        await member.enter(f"{number} {'名' * 28}", "pages")
        await member.ask(type="set", room="pages", values={"topic": "🎉" * 249 + f"{number % 10}"})
        for part in range(3):
            said = await member.ask(type="say", room="pages", text=f"{part}" + "🎉" * 3_900)
            assert said["type"] == "ack", said
    reader = await connected(room.port)
    await reader.enter("the reader")
    await reader.ask(type="join", room="pages", limit=200)
    await reader.ask(type="history", room="pages", limit=200)
    found = await reader.ask(type="search", text="0", limit=200)
    assert found["type"] == "found"
    sizes = [len(payload) for opcode, payload in server_frames(reader.got) if opcode == TEXT]
    assert FRAME_OUT_BYTES // 2 < max(sizes) <= FRAME_OUT_BYTES
    for member in [*members, reader]:
        member.hang_up()


FRAMES: Final = 500


@story
async def test_row_12_mutated_frames(room: Server) -> None:
    """Row 12: whatever frames become, the end is a close with a code that fits, never a drop."""
    ends = await mutants.frames(room.port, FRAMES, seed=12)
    print(f"{FRAMES} mutated frames: {sorted(ends.items())}")
    assert len(ends) > 3


@story
async def test_row_12_mutated_frames_of_hixie(room: Server) -> None:
    """Row 12: on hixie, too: it says why, ends with its close, and then TCP."""
    ends = await mutants.frames_of_hixie(room.port, FRAMES, seed=75)
    print(f"{FRAMES} mutated frames of hixie: {sorted(ends.items())}")
    assert len(ends) > 2


@story
async def test_row_12_mutated_heads(room: Server) -> None:
    """Row 12: whatever a head becomes, each answer is 1xx to 4xx, and none comes too many."""
    ends = await mutants.heads(room.port, FRAMES, seed=9112)
    print(f"{FRAMES} mutated heads: {sorted(ends.items())}")
    assert {101, 200, 400} <= set(ends)


#: What breaks careless programs, each a text of its own.
BAD_TEXTS: Final = {
    "half a surrogate pair": b'{"type":"say","room":"lobby","text":"\\ud800"}',
    "the other half": b'{"type":"say","room":"lobby","text":"x\\udfff x"}',
    "NUL": b'{"type":"say","room":"lobby","text":"a\\u0000b"}',
    "a text of one NUL": b'{"type":"say","room":"lobby","text":"\\u0000"}',
    "a number of 65 bits": b'{"type":"read","room":"lobby","seq":18446744073709551616}',
    "a number of 64 bits": b'{"type":"read","room":"lobby","seq":18446744073709551615}',
    "a number of 63 bits": b'{"type":"read","room":"lobby","seq":9223372036854775807}',
    "the least number": b'{"type":"read","room":"lobby","seq":-9223372036854775808}',
    "a target of 63 bits": b'{"type":"delete","room":"lobby","target":9223372036854775807}',
    "a page around 63 bits": b'{"type":"history","room":"lobby","around":9223372036854775807}',
    "a page before 63 bits": b'{"type":"history","room":"lobby","before":9223372036854775807}',
    "since 63 bits": b'{"type":"join","room":"lobby","since":9223372036854775807,"epoch":"x"}',
    "a number without end": b'{"type":"read","room":"lobby","seq":' + b"9" * 5000 + b"}",
    "1e999": b'{"type":"read","room":"lobby","seq":1e999}',
    "not a number": b'{"type":"read","room":"lobby","seq":NaN}',
    "deep lists": b"[" * 60_000,
    "deep lists in a command": b'{"type":"say","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"a":' * 10_000,
    "many keys": b"{" + b",".join(b'"%d":0' % i for i in range(6000)) + b"}",
    "a key twice": b'{"type":"ping","type":"say"}',
    "a search of signs": b'{"type":"search","text":"%_*\\"\'();--\\\\"}',
    "a search of words": b'{"type":"search","text":"' + b"a " * 30_000 + b'"}',
    "a cursor of nobody's": b'{"type":"search","text":"a","from":"9.9.lobby.\\u0000"}',
    "an emoji without end": b'{"type":"react","room":"lobby","target":1,"on":true,"emoji":"'
    + "👩‍".encode() * 5000
    + b'"}',
    "a name without end": b'{"type":"rename","name":"' + "ﷺ".encode() * 20_000 + b'"}',
    # To be sorted, which takes quadratic time.
    "marks without end": b'{"type":"rename","name":"a' + "\u0301\u0323".encode() * 15_000 + b'"}',
    "a room of signs": b'{"type":"join","room":"../../etc/passwd"}',
    "an empty text": b"",
    "nothing but space": b" " * 60_000,
    "a byte order mark": b'\xef\xbb\xbf{"type":"ping"}',
}


@pytest.mark.parametrize(("dialect", "longest"), [("rfc6455", None), ("hixie-76", 1_000)])
@story
async def test_row_13_a_bad_message_stops_nobody(
    room: Server, dialect: str, longest: int | None
) -> None:
    """Row 13: its sender is told, and may go on; what others say is acknowledged as ever."""
    neighbours = Neighbours(room.port, f"beside-bad-{dialect}")
    await neighbours.enter()
    bad = await connected(room.port, dialect)
    await bad.enter(f"bad on {dialect}")

    # How long ones are read is the same in all dialects, and takes its time.
    texts = {
        name: text for name, text in BAD_TEXTS.items() if longest is None or len(text) < longest
    }
    for name, text in texts.items():
        bad.send(bad.frame(text))
        pong = await bad.ask(type="ping")
        assert pong["type"] == "pong", (name, pong)
        (took,) = await neighbours.talk(1)
        assert took < SOON_S, name
    errors = Counter(it["code"] for it in bad.messages() if it["type"] == "error")
    print(f"{neighbours.told()}; {errors}")
    assert not {"internal", "storage_unavailable"} & set(errors), errors
    assert errors.total() >= len(texts) - 5
    bad.hang_up()


@story
async def test_row_13_who_leaves_in_the_middle_stops_nobody(room: Server) -> None:
    """Row 13: hanging up behind a command, in half a frame, or in a close: the others go on."""
    neighbours = Neighbours(room.port, "beside-those-who-leave")
    await neighbours.enter()
    for number, last in enumerate(
        (
            masked(b'{"type":"join","room":"beside-those-who-leave"}'),
            masked(b'{"type":"say","room":"lobby","text":"bye"}') * 20,
            masked(b'{"type":"search","text":"a"}') * 60,
            masked(b'{"type":"history","room":"lobby","limit":200}') * 60,
            masked(b"x" * 100)[:50],
            masked(closing(1000), CLOSE)[:3],
            ENDLESS,
        )
    ):
        for peer in await together(connected(room.port) for _ in range(5)):
            peer.tell(type="hello", name=f"leaver {number}")
            peer.tell(type="join", room="lobby")
            peer.send(last)
            # Once it is on its way: what was written comes before a reset, or is lost with it.
            await peer.until(lambda peer=peer: bool(peer.got), "a reply")
            peer.hang_up()
        assert max(await neighbours.talk(3)) < SOON_S
    print(neighbours.told())
