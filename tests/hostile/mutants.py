"""
Inputs that are nearly right, to a real room, and what became of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from chatroom.limits import FRAME_IN_BYTES
from tests.dialects.websocket_client import CLOSE, closing, masked
from tests.fuzz import mutation
from tests.hostile.frames import server_frames
from tests.hostile.raw import connected, sent, statuses, together

#: What a close may say of them; 1000 answers one of theirs, 1008 ends a flood of mistakes.
CODES: Final = {1000, 1002, 1003, 1007, 1008, 1009}
AT_ONCE: Final = 50
#: It ends the longest frame that was begun, and is a mistake behind it, in every dialect.
REST: Final = b"\xff" * (FRAME_IN_BYTES + 100)


async def frames(port: int, count: int, seed: int) -> Counter[int]:
    """
    Send *count* streams of frames of RFC 6455; return how often each code ended them.

    Raises:
        AssertionError: One ended in a bare drop, or with a code that does not fit.
    """
    dice = Random(f"frames {seed}")  # noqa: S311 - dice, no secrets
    ends: Counter[int] = Counter()

    async def attack() -> None:
        peer = await connected(port)
        stream = mutation.websocket(dice)
        peer.send(stream, masked(closing(1000), CLOSE), REST)
        await peer.closing()
        closes = [opcode for opcode, _ in server_frames(peer.got) if opcode == CLOSE]
        assert len(closes) == 1, (stream, bytes(peer.got))
        _count(ends, peer.close_code(), stream)
        peer.hang_up()

    await _often(attack, count)
    return ends


async def frames_of_hixie(port: int, count: int, seed: int) -> Counter[int]:
    """
    The same for hixie, where the code is told by the last message.
    """
    dice = Random(f"hixie {seed}")  # noqa: S311 - dice, no secrets
    ends: Counter[int] = Counter()

    async def attack() -> None:
        peer = await connected(port, dice.choice(("hixie-75", "hixie-76")))
        stream = mutation.hixie(dice)
        peer.send(stream, b"\xff\x00", REST)
        await peer.end()
        assert peer.has_close(), (stream, bytes(peer.got))
        told = [it["code"] for it in peer.messages() if it["type"] == "closing"]
        assert len(told) <= 1, (stream, bytes(peer.got))
        _count(ends, told[0] if told else 1000, stream)

    await _often(attack, count)
    return ends


async def heads(port: int, count: int, seed: int) -> Counter[int]:
    """
    Send *count* heads; return how often each status was the first answer, 0 for none.

    Raises:
        AssertionError: An answer was a 5xx, or behind a refusal.
    """
    dice = Random(f"heads {seed}")  # noqa: S311 - dice, no secrets
    ends: Counter[int] = Counter()

    async def attack() -> None:
        data = mutation.head(dice)
        answer = await sent(port, data)
        seen = statuses(answer)
        assert all(100 <= status < 500 for status in seen), (data, answer)
        # What is no request is refused where it begins, and nothing behind it is looked at.
        assert len(seen) <= data.count(b"HTTP/1.") + 1, (data, answer)
        assert 400 not in seen[:-1], (data, answer)
        # Half a head has no answer.
        ends[seen[0] if seen else 0] += 1

    await _often(attack, count)
    return ends


def _count(ends: Counter[int], code: int, stream: bytes) -> None:
    assert code in CODES, (code, stream)
    ends[code] += 1


async def _often(attack: Callable[[], Awaitable[None]], count: int) -> None:
    for start in range(0, count, AT_ONCE):
        await together(attack() for _ in range(min(AT_ONCE, count - start)))
