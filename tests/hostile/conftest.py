"""
The rooms that are attacked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from pytest_twisted import async_yield_fixture, blockon
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from chatroom import limits
from tests.e2e.server import Server
from tests.e2e.waiting import reactor
from tests.hostile.raw import CONNECTED

#: The options as they are without any: other tests are not to be slowed down.
USUAL: Final = ("--rate", str(limits.WRITING_PER_S))


def unharmed(server: Server, start: int = 0) -> None:
    """Fail if *server* is gone, or has logged a mistake of its own behind *start*."""
    assert not server.program.ended, server.program.story()
    logged = server.program.out[start:] + server.program.err
    assert "Traceback" not in logged, logged


@pytest.fixture(autouse=True)
def _hung_up() -> Iterator[None]:
    """Nobody is left behind by a test: Python would complain during a later one."""
    yield
    for raw in tuple(CONNECTED):
        raw.hang_up()
    # An aborted connection is closed in the reactor's next turn.
    blockon(deferLater(reactor, 0))
    assert not CONNECTED


@pytest.fixture(scope="session")
def running_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A room as it is without options, started once for all tests."""
    server = Server(tmp_path_factory.mktemp("room"), *USUAL)
    blockon(Deferred.fromCoroutine(server.start()))
    yield server
    blockon(Deferred.fromCoroutine(server.stop()))


@pytest.fixture
def room(running_room: Server) -> Iterator[Server]:
    """A room as it is without options. Nothing that a test does harms it."""
    start = len(running_room.program.out)
    yield running_room
    unharmed(running_room, start)


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A room of the test's own; options are the parameter. Nothing harms it either."""
    server = Server(tmp_path, *USUAL, *getattr(request, "param", ()))
    await server.start()
    yield server
    try:
        unharmed(server)
    finally:
        await server.stop()
        print(server.program.story())
