"""
Rows 21 to 23: who pretends, and who floods.
"""

from __future__ import annotations

from typing import Final

import pytest

from chatroom import limits
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker
from tests.hostile.measures import Neighbours, percentile, pid_of, sockets, sockets_come_back
from tests.hostile.raw import Raw, connected, dialled, opening, statuses, together

#: People who would be taken for each other; of each line one may be in.
ALIKE: Final = (
    ("Paul", "paul", "PAUL", "Раul", "Pauӏ", "Ｐａｕｌ", "𝐏𝐚𝐮𝐥", "Pau1", "PauI", "ᑭaul"),
    ("modern", "rnodern", "MODERN", "mоdеrn"),
    ("Zoë", "Zoe\u0308", "ZOË"),
    ("straße", "STRASSE", "strasse"),
    ("ℌello", "Hello", "Неllо"),
)
#: What no name may hold.
UNSEEN: Final = (
    "An\u200bn",
    "An\u00adn",
    "\u202eann",
    "ann\u2066",
    "a\u2060nn",
    "ann\ufeff",
    "a\u034fnn",
    "a\u115fnn",
    "a\u3164nn",
    "a\ufe0fnn",
    "a\U000e0061nn",
    "a\nnn",
    "a\x00nn",
    "a\x1bnn",
    "\u0301ann",
    " ",
    "\u2800",
    " \u3000\u00a0",
    "🎉",
    "<ann>",
    "@ann",
    "ann/",
)
RESERVED: Final = ("server", "SERVER", "ѕerver", "system", "Sуstem", "admin", "Admin", "аdmin")


async def named(port: int, name: str) -> tuple[Raw, dict[str, object]]:
    """Say hello as *name*; return who did, and the answer."""
    peer = await connected(port)
    return peer, await peer.ask(type="hello", name=name)


@story
async def test_row_21_nobody_looks_like_somebody_else(room: Server) -> None:
    """Row 21: of names that look alike one is in; the others get another to choose."""
    for alike in ALIKE:
        answers = await together(named(room.port, name) for name in alike)
        welcome = [told for _, told in answers if told["type"] == "welcome"]
        assert len(welcome) == 1, (alike, [told for _, told in answers])
        taken = [told for _, told in answers if told.get("code") == "name_taken"]
        assert len(taken) == len(alike) - 1, (alike, answers)
        assert all(told["suggest"] for told in taken)
        for peer, _ in answers:
            peer.hang_up()


@story
async def test_row_21_nothing_unseen_is_in_a_name(room: Server) -> None:
    """Row 21: invisible, bidi and control characters make no name; neither do reserved ones."""
    for number, name in enumerate((*UNSEEN, *RESERVED)):
        peer, told = await named(room.port, name)
        assert told["type"] == "error", (name, told)
        assert told["code"] == "bad_name", (name, told)
        # Nor by a rename.
        await peer.ask(type="hello", name=f"honest {number}")
        renamed = await peer.ask(type="rename", name=name)
        assert renamed["type"] == "error", (name, renamed)
        peer.hang_up()


@story
async def test_row_22_what_is_the_servers_is_the_servers(room: Server) -> None:
    """Row 22: who, under which name, which number and when: a client's word for it is ignored."""
    liar = await connected(room.port)
    welcome = await liar.enter("liar", "truth")
    victim = AutobahnTalker("victim")
    await victim.come(room.port)
    known = await victim.ask(type="hello", name="victim")
    await victim.ask(type="join", room="truth")
    lies = {
        "person": known["person"],
        "name": "victim",
        "seq": 999,
        "time": 1,
        "edited": 1,
        "deleted": True,
        "reactions": [{"emoji": "🎉", "count": 9, "people": []}],
        "mentions": [known["person"]],
        "quote": {"person": known["person"], "name": "victim", "text": "I owe you"},
        "role": "owner",
    }
    for command in (
        {"type": "say", "text": "it was me"},
        {"type": "edit", "target": 1, "text": "it was still me"},
        {"type": "react", "target": 1, "emoji": "🎉", "on": True},
        {"type": "set", "values": {"topic": "x", **lies}},
        {"type": "delete", "target": 1},
    ):
        ack = await liar.ask(**{**lies, **command, "room": "truth"})
        assert ack["type"] == "ack", (command, ack)
        assert abs(ack["time"] - welcome["time"]) < 60_000
        event = await victim.first(lambda it, ack=ack: it.get("seq") == ack["seq"], command)  # type: ignore[misc]
        assert (event["person"], event["name"]) == (welcome["person"], "liar"), event
        assert event["time"] == ack["time"]
        assert not {"edited", "reactions", "quote", "mentions", "role"} & set(event), event
        assert set(event.get("values", {"topic": 1})) == {"topic"}
    # Nor can another's message be taken for one's own.
    said = await victim.ask(type="say", room="truth", text="mine")
    for command in ({"type": "edit", "text": "ours"}, {"type": "delete"}):
        told = await liar.ask(**{**lies, **command, "room": "truth", "target": said["seq"]})
        assert told["code"] == "not_yours", told
    liar.hang_up()


@story
async def test_row_23_a_flooder_meets_limits(room: Server) -> None:
    """
    Row 23: of a thousand messages at once fifty and a few are stored, of four hundred
    searches a hundred and a few answered; who goes on is closed. The quiet do not notice.
    """
    neighbours = Neighbours(room.port, "beside-a-flooder")
    await neighbours.enter()
    flooder = await connected(room.port)
    await flooder.enter("flooder", "flood")
    flooder.send(
        *(
            flooder.frame(b'{"type":"say","room":"flood","text":"%d","id":"f%d"}' % (n, n))
            for n in range(1_000)
        )
    )
    took = await neighbours.talk(30)
    await flooder.closing()
    flooder.hang_up()
    told = flooder.messages()
    acks = [it for it in told if it["type"] == "ack"]
    refused = [it for it in told if it["type"] == "error"]
    print(f"{len(acks)} stored, {len(refused)} refused; the others: {neighbours.told()}")
    assert limits.WRITING_BURST <= len(acks) < limits.WRITING_BURST + 60
    assert {it["code"] for it in refused} == {"rate_limited"}
    assert all(it["retry_after"] >= 1 for it in refused)
    # A flood that goes on is closed.
    assert len(refused) == limits.FLOOD_REFUSALS
    assert flooder.close_code() == 1008
    assert percentile(took, 90) < 1

    reader = await connected(room.port)
    await reader.enter("reader in a hurry")
    reader.send(*(reader.frame(b'{"type":"search","text":"a"}') for _ in range(400)))
    await reader.closing()
    reader.hang_up()
    found = [it["type"] for it in reader.messages()]
    assert limits.READING_BURST // 2 < found.count("found") < limits.READING_BURST + 60
    assert reader.close_code() == 1008


@story
async def test_row_23_a_person_has_so_many_rooms(room: Server) -> None:
    """Row 23: the 51st room is one too many, on another connection as well."""
    peer = await connected(room.port)
    welcome = await peer.ask(type="hello", name="collector")
    for number in range(limits.ROOMS_PER_PERSON):
        assert (await peer.ask(type="join", room=f"c{number}"))["type"] == "joined"
    second = await connected(room.port)
    await second.ask(type="hello", token=welcome["token"])
    for who in (peer, second):
        assert (await who.ask(type="join", room="one-more"))["code"] == "too_many"
    await peer.ask(type="leave", room="c0")
    assert (await second.ask(type="join", room="one-more"))["type"] == "joined"
    for who in (peer, second):
        who.hang_up()


@pytest.mark.parametrize("server", [("--per-address", "20", "--trust-proxy", "1")], indirect=True)
@story
async def test_row_23_an_address_has_so_many_connections(server: Server) -> None:
    """Row 23: one address is let in so often; another, and it again when some left, too."""
    from_one, other = "X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 203.0.113.9"
    before = sockets(pid_of(server))
    peers = []
    for _ in range(20):
        peer = await dialled(server.port)
        await peer.shake_hands("rfc6455", from_one)
        peers.append(peer)
    for refused in (from_one, f"X-Forwarded-For: 203.0.113.1, {from_one[17:]}"):
        peer = await dialled(server.port)
        peer.send(opening("rfc6455", refused))
        assert statuses(await peer.end()) == [429]
    peer = await dialled(server.port)
    await peer.shake_hands("hixie-76", other)
    peers[0].hang_up()
    await sockets_come_back(server, before + 20, 5)
    await (await dialled(server.port)).shake_hands("rfc6455", from_one)
