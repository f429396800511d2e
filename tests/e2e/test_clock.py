"""
The clock of the wall jumps, and nobody in the room notices.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker, HixieTalker

#: Python runs a module of this name first, so that all others get this clock.
SITECUSTOMIZE = """\
import time

_time, _time_ns = time.time, time.time_ns

def _jump():
    with open({jump!r}) as file:
        return int(file.read())

time.time = lambda: _time() + _jump()
time.time_ns = lambda: _time_ns() + _jump() * 10**9
"""


@pytest.mark.parametrize("jump_s", [3600, -3600])
@story
async def test_wall_clock_jumps(tmp_path: Path, jump_s: int) -> None:
    """An hour forth or back: nobody is disconnected, nothing waits longer, seq goes on."""
    jump = tmp_path / "jump"
    jump.write_text("0")
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE.format(jump=str(jump)))
    database = f"sqlite:///{tmp_path}/chatroom.sqlite"
    server = Server(tmp_path, "--database", database, modules=[tmp_path])
    await server.start()
    try:
        ann, tv = AutobahnTalker("ann"), HixieTalker("tv", keys=True)
        await ann.enter(server.port)
        await tv.enter(server.port)
        await ann.say("before")
        before = await ann.ask(type="ping")
        shy = AutobahnTalker("shy")
        await shy.come(server.port)

        # Written aside: the server reads it at any moment.
        (tmp_path / "next").write_text(str(jump_s))
        (tmp_path / "next").rename(jump)
        after = await ann.ask(type="ping")
        await ann.say("after")
        eve = AutobahnTalker("eve")
        await eve.enter(server.port)

        # It comes a second after eve, by whatever clock.
        await ann.first(lambda it: it["type"] == "presence" and "eve" in str(it), "eve's coming")
        await eve.say("at last")
        said = [("ann", "before"), ("ann", "after"), ("eve", "at last")]
        for talker in (ann, tv, eve):
            await talker.hears(said)
            assert talker.close_code is None
        # Who has not said hello yet has a minute for it, not an hour less.
        assert (await shy.ask(type="hello", name="shy"))["type"] == "welcome"
        page = await tv.ask(type="history", room="lobby")
        assert [it["seq"] for it in page["events"]] == [1, 2, 3]
        assert abs(after["time"] - before["time"] - jump_s * 1000) < 60_000, "no jump at all"
    finally:
        await server.stop()
        print(server.program.story())
