"""
Rows 8, 15, 17 and 18: what comes before anybody is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, product
from typing import Final

import pytest
from twisted.internet.task import LoopingCall

from chatroom.limits import FRAME_IN_BYTES, HEAD_TIMEOUT_S
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import reactor
from tests.e2e.wire import KEY3, AutobahnTalker
from tests.heads import BAD, RFC6455, UPGRADE, head
from tests.hostile.attackers import DRIPPING_BODY, DRIPPING_HEAD
from tests.hostile.measures import percentile, pid_of, sockets, sockets_come_back
from tests.hostile.raw import OPENINGS, Raw, connected, dialled, opening, sent, statuses, together

#: Beside the promised ten seconds: two slow cores.
SLACK_S: Final = 2.0
EACH: Final = 25
NEWCOMERS: Final = 20
DRIP_S: Final = 0.25
OWN: Final = "http://a.example:9108"
DIALECTS: Final = sorted(OPENINGS)


@contextmanager
def dripping(peers: list[Raw], begun: bytes) -> Iterator[None]:
    """Let *peers* send *begun*, and then a byte each moment, without end."""

    def drip() -> None:
        for peer in peers:
            if not peer.is_gone:
                peer.send(b"x")

    for peer in peers:
        peer.send(begun)
    loop = LoopingCall(drip)
    loop.clock = reactor
    loop.start(DRIP_S, now=False)
    try:
        yield
    finally:
        loop.stop()


@story
async def test_row_8_dripping_handshakes_keep_nobody_waiting(server: Server) -> None:
    """
    Row 8: silent, dripping and half-closed heads, bodies, later requests, hixie keys without
    their last byte: newcomers come in under a second, and ten seconds later all are gone.
    """
    # The first one of all waits for the store to open.
    await AutobahnTalker("host").enter(server.port)
    before = sockets(pid_of(server))
    kinds = [await together(dialled(server.port) for _ in range(EACH)) for _ in range(6)]
    silent, heads, bodies, later, keys, halves = kinds
    begun = reactor.seconds()
    for peer in keys:
        peer.send(OPENINGS["hixie-76"][:-1])
    for peer in halves:
        # Who says no more cannot finish: nothing is kept for it, or for ten seconds.
        peer.send(b"GET / HTTP/1.1\r\nHost")
        peer.end_of_sending()
    for peer in bodies:
        peer.send(DRIPPING_BODY)
    for peer in later:
        peer.send(head("GET /nothing HTTP/1.1", "Host: a"))

    with dripping([*heads, *bodies, *later], DRIPPING_HEAD):
        took = []
        for number in range(NEWCOMERS):
            start = reactor.seconds()
            talker = AutobahnTalker(f"newcomer {number}")
            await talker.enter(server.port)
            took.append(reactor.seconds() - start)
        assert reactor.seconds() - begun < HEAD_TIMEOUT_S - 1, "too late to have met the attack"
        await sockets_come_back(server, before + NEWCOMERS, HEAD_TIMEOUT_S + SLACK_S)

    print(f"{6 * EACH} handshakes; newcomers: {max(took):.3f} s at most")
    assert percentile(took, 90) < 1
    # Neither early: half of them had said something right before.
    assert reactor.seconds() - begun > HEAD_TIMEOUT_S - 1
    # They are not told: an answer would cost more than it helps.
    assert not any(await together(peer.end() for peer in [*silent, *heads, *bodies, *keys]))
    assert all(statuses(it) == [404] for it in await together(peer.end() for peer in later))


@pytest.mark.parametrize("server", [("--allow-origin", "https://friend.example")], indirect=True)
@story
async def test_row_15_foreign_pages_stay_out(server: Server) -> None:
    """Row 15: a foreign origin is refused on every dialect; own, allowed and none are not."""
    cases: tuple[tuple[tuple[str, ...], int], ...] = (
        ((f"Origin: {OWN}",), 101),
        (("Origin: https://friend.example",), 101),
        ((), 101),
        (("Origin: https://evil.example",), 403),
        (("Origin: http://a.example:9109",), 403),
        (("Origin: http://a.example.evil.example:9108",), 403),
        (("Origin: http://a.example:9108@evil.example",), 403),
        (("Origin: null",), 403),
        (("Origin:",), 403),
        (("Origin: https://evil.example", "Cookie: a=b"), 403),
        (("Cookie: a=b",), 403),
        ((f"Origin: {OWN}", "Cookie: a=b"), 101),
        # Version 8 called it so; whatever is named must be welcome.
        (("Sec-WebSocket-Origin: https://evil.example",), 403),
        ((f"Origin: {OWN}", "Sec-WebSocket-Origin: https://evil.example"), 403),
    )
    for dialect, (headers, status) in product(DIALECTS, cases):
        raw = await dialled(server.port)
        raw.send(opening(dialect, *headers))
        answer = await raw.answer()
        assert statuses(answer) == [status], (dialect, headers, answer)
        raw.hang_up()


@story
async def test_row_17_nothing_is_smuggled(room: Server) -> None:
    """Row 17: each ambiguous head gets one answer, and what stands behind it none."""
    behind = head("GET /classic HTTP/1.1", "Host: smuggled.example")
    names = sorted(BAD)
    answers = await together(sent(room.port, BAD[name][1], behind) for name in names)
    for name, answer in zip(names, answers, strict=True):
        assert statuses(answer) == [BAD[name][0]], (name, answer)


@story
async def test_row_17_nothing_is_smuggled_behind_a_first_request(room: Server) -> None:
    """Row 17: what is refused at the start of a connection is refused later on, too."""
    first = head("GET /classic HTTP/1.1", "Host: a.example")
    behind = head("GET /classic HTTP/1.1", "Host: smuggled.example")
    names = sorted(BAD)
    answers = await together(sent(room.port, first, BAD[name][1], behind) for name in names)
    for name, answer in zip(names, answers, strict=True):
        # Of these two the HTTP server makes one request, as RFC 9112 allows.
        if name in {"a folded line", "an empty line first"}:
            assert statuses(answer) == [200, 200, 200], (name, answer)
            continue
        seen = statuses(answer)
        assert seen[0] == 200, (name, seen)
        assert len(seen) == 2, (name, seen)
        assert 400 <= seen[1] < 500, (name, seen)
        # One behind the other, and neither inside the other.
        assert answer.index(b"</html>") < answer.rindex(b"HTTP/1.1 "), name


@story
async def test_row_17_an_upgrade_waits_for_the_page_before_it(room: Server) -> None:
    """Row 17: an upgrade asked for behind a page is answered behind the page."""
    for dialect, upgrade in OPENINGS.items():
        raw = await dialled(room.port)
        raw.send(head("GET /classic HTTP/1.1", "Host: a.example") * 20, upgrade)
        await raw.until(lambda raw=raw: b" 101 " in raw.got, "the upgrade")  # type: ignore[misc]
        assert statuses(raw.got) == [200] * 20 + [101], dialect
        raw.hang_up()


@story
async def test_row_17_bodies_are_not_requests(room: Server) -> None:
    """Row 17: a body is what its length says, and its request has one answer."""
    inner = head("GET /classic HTTP/1.1", "Host: a")
    post = head("POST /chat HTTP/1.1", "Host: a", f"Content-Length: {len(inner)}")
    answer = await sent(room.port, post, inner)
    assert len(statuses(answer)) == 1, answer
    # Of the lengths that two parsers could read as two, none gets past the first.
    chunked = head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")
    answer = await sent(room.port, chunked, b"0\r\n\r\n", inner)
    assert len(statuses(answer)) == 1, answer


@pytest.mark.parametrize("dialect", DIALECTS)
@story
async def test_row_17_frames_behind_the_handshake_are_heard(room: Server, dialect: str) -> None:
    """Row 17: bytes behind a good handshake, in the same segment, are frames."""
    raw = await dialled(room.port)
    raw.dialect = dialect
    hello = raw.frame(b'{"type":"hello","name":"in one %s","id":"1"}' % dialect.encode())
    raw.send(OPENINGS[dialect], hello)
    await raw.until(lambda: b'"welcome"' in raw.got, "a welcome")
    raw.hang_up()


#: Keys that are none, by what is wrong with them.
KEYS: Final = {
    "no spaces": "12998",
    "no digits": " @ x",
    "nothing": "",
    "not divisible": "1 3 x",
    "over 32 bits": "4294967296 0",
    "ten thousand digits": "9" * 5_000 + " " + "9" * 5_000,
    "digits of other scripts": "١٢ ٣",
}


@story
async def test_row_18_bad_keys_of_hixie(room: Server) -> None:
    """Row 18: keys that are none are refused at once, whether or not the last bytes come."""
    for name, key in KEYS.items():
        text = key.encode().decode("latin-1")
        bad = head(
            "GET /chat HTTP/1.1",
            *UPGRADE,
            f"Sec-WebSocket-Key1: {text}",
            "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00",
        )
        answer = await sent(room.port, bad, KEY3)
        assert statuses(answer) == [400], (name, answer)


@pytest.mark.parametrize("dialect", ["hixie-75", "hixie-76"])
@story
async def test_row_18_hixie_has_the_same_rules(room: Server, dialect: str) -> None:
    """Row 18: size, identity and flood rules are those of every dialect."""
    big = await connected(room.port, dialect)
    big.send(big.frame(b"x" * (FRAME_IN_BYTES + 1)))
    await big.end()
    assert big.close_code() == 1009

    stranger = await connected(room.port, dialect)
    asked = await stranger.ask(type="say", room="lobby", text="I am not here")
    assert asked["code"] == "not_welcome"
    ann = AutobahnTalker(f"Ann on {dialect}")
    await ann.enter(room.port)
    taken = await stranger.ask(type="hello", name=f"Аnn on {dialect}")  # with a Cyrillic letter
    assert taken["code"] == "name_taken"

    flooder = await connected(room.port, dialect)
    for number in count():
        flooder.send(flooder.frame(b"{}"))
        if number == 200:
            break
    await flooder.end()
    assert flooder.close_code() == 1008
    stranger.hang_up()


@pytest.mark.parametrize("server", [("--no-hixie",)], indirect=True)
@story
async def test_row_18_hixie_can_be_turned_off(server: Server) -> None:
    """Row 18: with ``--no-hixie`` its handshakes meet 426, and others go on."""
    for dialect, status in (("hixie-75", 426), ("hixie-76", 426), ("rfc6455", 101)):
        raw = await dialled(server.port)
        raw.send(OPENINGS[dialect])
        assert (await raw.answer()).startswith(b"HTTP/1.1 %d " % status)
        raw.hang_up()


@story
async def test_row_17_another_way_to_upgrade(room: Server) -> None:
    """Row 17: an upgrade is a GET of HTTP/1.1 without a body, whatever its case."""
    for start, *headers in (
        ("get /chat HTTP/1.1", *RFC6455),
        ("HEAD /chat HTTP/1.1", *RFC6455),
        ("OPTIONS /chat HTTP/1.1", *RFC6455),
        ("GET /chat HTTP/1.1", *RFC6455, "TRANSFER-ENCODING: CHUNKED"),
        ("GET /chat HTTP/1.1", *RFC6455, "Content-Length: 00000000000000001"),
    ):
        answer = await sent(room.port, head(start, *headers), b"1\r\nx\r\n0\r\n\r\n")
        assert statuses(answer) == [400], (start, answer)
