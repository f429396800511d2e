"""
The server ends, as an operator ends it or killed, and starts again on the same database.
"""

from __future__ import annotations

import signal
from signal import SIGKILL, SIGTERM
from typing import Final, TypeAlias

import pytest

from tests.e2e.chromium import Chromium
from tests.e2e.meanwhile import settled
from tests.e2e.phantom import ClassicPage
from tests.e2e.server import STOP_TIMEOUT_S, Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker, Json, Line

#: The server asks for a pause of up to ten seconds; people need not wait for it.
ONLINE: Final = """
    var online = document.createEvent("Event");
    online.initEvent("online", false, false);
    window.dispatchEvent(online);
"""

Told: TypeAlias = dict[str, Json]

both_ends = pytest.mark.parametrize("end", [SIGTERM, SIGKILL], ids=lambda end: end.name)


async def restart(server: Server, end: signal.Signals) -> None:
    """End the server with a signal, and start it again."""
    server.program.send_signal(end)
    await server.program.end(STOP_TIMEOUT_S)
    await server.start()


async def returned(port: int, welcome: Told) -> tuple[AutobahnTalker, Told]:
    """Connect with the token of *welcome*; return who is there, and the new welcome."""
    talker = AutobahnTalker(welcome["name"])
    await talker.come(port)
    return talker, await talker.ask(type="hello", token=welcome["token"])


@both_ends
@story
async def test_room_is_as_it_was(server: Server, end: signal.Signals) -> None:
    """Messages, changes, topic, people, names, read marks and what search finds are kept."""
    ann, bob = AutobahnTalker("ann"), AutobahnTalker("bob")
    for talker in (ann, bob):
        await talker.enter(server.port)
    welcome = ann.told[0]
    await bob.say("the plumber comes at noon")
    await bob.say("a secret")
    said = await ann.ask(type="say", room="lobby", text="and the @bob painter?", reply_to=1)
    await settled(bob, type="edit", target=1, text="the plumber comes at eight")
    await settled(bob, type="delete", target=2)
    await settled(ann, type="react", target=1, emoji="🎉", on=True)
    await settled(ann, type="set", values={"topic": "天气 ☔"})
    await ann.ask(type="read", room="lobby", seq=said["seq"])
    await bob.say("one that @ann has not read")
    before = await ann.ask(type="join", room="lobby")

    await restart(server, end)
    stranger = AutobahnTalker("Аnn")  # with a Cyrillic letter
    await stranger.come(server.port)
    refused = await stranger.ask(type="hello", name=stranger.name)
    ann, again = await returned(server.port, welcome)
    after = await ann.ask(type="join", room="lobby")
    found = await ann.ask(type="search", text="plumber eight")
    erased = await ann.ask(type="search", text="secret")

    assert refused["code"] == "name_taken"
    assert {**again, "id": "", "time": 0} == {**welcome, "id": "", "time": 0, "rooms": ["lobby"]}
    asked = dict.fromkeys(("id", "members", "count"))  # bob is not back yet
    assert {**after, **asked} == {**before, **asked}
    assert (after["seq"], after["read"], after["unread"], after["mentions"]) == (8, 3, 1, 1)
    assert [it["text"] for it in found["events"]] == ["the plumber comes at eight"]
    assert erased["events"] == []


@both_ends
@story
async def test_who_was_cut_off_resumes(server: Server, end: signal.Signals) -> None:
    """The same epoch, the entries that were missed and no more, and each command stored once."""
    ann, bob = AutobahnTalker("ann"), AutobahnTalker("bob")
    for talker in (ann, bob):
        await talker.enter(server.port)
    welcome = ann.told[0]
    (epoch,) = (it["epoch"] for it in ann.told if it["type"] == "joined")
    say = {"type": "say", "room": "lobby", "text": "is it on?", "id": "said before the end"}
    ann.tell(**say)
    ack = await ann.told_of("ack")
    await bob.say("yes")

    await restart(server, end)
    ann, _ = await returned(server.port, welcome)
    # Even before the room is joined: the ack may have been lost.
    ann.tell(**say)
    repeated = await ann.told_of("ack")
    joined = await ann.ask(type="join", room="lobby", since=ack["seq"], epoch=epoch)
    await ann.say("and on")

    assert repeated == {**ack, "duplicate": True}
    assert (joined["recovered"], joined["seq"], joined["events"]) == (True, 2, [])
    await ann.hears([("bob", "yes"), ("ann", "and on")])
    assert [it["seq"] for it in ann.told if it["type"] == "message"] == [2, 3]


@both_ends
@story
async def test_pages_come_back_by_themselves(
    chromium: Chromium, server: Server, kiosk: ClassicPage, end: signal.Signals
) -> None:
    """Both pages go on where they were: no line twice, none missing, what was typed meanwhile."""
    ann = await chromium.open(server.url())
    await ann.enter("ann")
    await kiosk.open(server.url("classic"))
    await kiosk.enter("tv")
    said: list[Line] = []
    for number in range(3):
        for name, say in (("ann", ann.say), ("tv", kiosk.say)):
            said.append((name, f"{name} says {number}"))
            await say(said[-1][1])
            await ann.hears(said)

    server.program.send_signal(end)
    await server.program.end(STOP_TIMEOUT_S)
    await ann.say("while it was down")
    await server.start()

    async def impatient() -> tuple[list[Line], list[Line]]:
        await ann.do(ann.page.evaluate, ONLINE)
        await kiosk.script(ONLINE)
        return await ann.lines(), await kiosk.lines()

    said.append(("ann", "while it was down"))
    await until(impatient, lambda seen: seen == (said, said))
    await kiosk.say("and after it")
    said.append(("tv", "and after it"))
    await ann.hears(said)
    await kiosk.hears(said)
