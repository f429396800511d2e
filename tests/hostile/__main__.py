"""
``python -m tests.hostile``: the large attacks, and what they do to the others.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGKILL
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import react

from chatroom.limits import WRITING_BURST, WRITING_PER_S
from tests.e2e.server import Program, Server, environment, run
from tests.e2e.waiting import reactor, until
from tests.e2e.wire import AutobahnTalker
from tests.hostile import mutants
from tests.hostile.attackers import BODIES, FLOODERS, HEADS, KEYS, PATIENCE_S
from tests.hostile.measures import (
    Neighbours,
    memory_mib,
    percentile,
    pid_of,
    sockets,
    sockets_come_back,
)

READY: Final = re.compile(r"ready\n")
#: How long newcomers come while the handshakes hang.
COMING_S: Final = 8.5
NEWCOMERS: Final = 200
PAIRS: Final = 8
#: Each of a pair may say so much at once.
SAID: Final = 2 * WRITING_BURST - 10
FRAMES, HEADS_MUTATED = 10_000, 2_000
#: Of a run, before everything is given up.
LIMIT_S: Final = 1200.0

Figures = dict[str, float]


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Server]:
    """A room as it is without options."""
    server = Server(folder, "--rate", str(WRITING_PER_S))
    await server.start()
    try:
        yield server
        assert "Traceback" not in server.program.story(), server.program.story()
    finally:
        await server.stop()


def attacked(server: Server, attack: str) -> Program:
    """Start an attack."""
    module = [sys.executable, "-m", "tests.hostile.attackers", attack, "--port", str(server.port)]
    return run(Path.cwd(), *module, environment=environment())


async def newcomers(port: int, names: str, seconds: float, most: int) -> list[float]:
    """Let people come in one after the other; return how long it took each."""
    took: list[float] = []
    begun = reactor.seconds()
    while len(took) < most and reactor.seconds() - begun < seconds:
        start = reactor.seconds()
        talker = AutobahnTalker(f"{names} {len(took)}")
        await talker.enter(port)
        took.append(reactor.seconds() - start)
    return took


async def sockets_come(server: Server, count: int) -> None:
    """Wait until *count* are open: the last ones are let in, and the attack is whole."""

    async def look() -> int:
        return sockets(pid_of(server))

    await until(look, lambda seen: seen >= count)


async def handshakes(folder: Path) -> Figures:
    """Dripping heads, dripping bodies, hixie without its last byte, all at once."""
    async with room(folder) as server:
        usual = await newcomers(server.port, "before", COMING_S, NEWCOMERS)
        before = sockets(pid_of(server))
        attackers = attacked(server, "handshakes")
        await attackers.says(READY)
        await sockets_come(server, before + HEADS + BODIES + KEYS)
        begun = reactor.seconds()
        took = await newcomers(server.port, "newcomer", COMING_S, NEWCOMERS)
        meanwhile = reactor.seconds() - begun
        await attackers.end(PATIENCE_S)
        report = json.loads(attackers.out.splitlines()[-1])
        await sockets_come_back(server, before + len(took), PATIENCE_S)
        return {
            "newcomers": len(took),
            "in s": meanwhile,
            "p99 undisturbed ms": percentile(usual, 99) * 1000,
            "p99 ms": percentile(took, 99) * 1000,
            "longest ms": max(took) * 1000,
            "all gone after s": report["longest"],
        }


async def talk(server: Server, names: str) -> list[float]:
    """Let pairs of people talk; return how long their words took."""
    took: list[float] = []
    for number in range(PAIRS):
        pair = Neighbours(server.port, f"{names}-{number}")
        await pair.enter()
        took += await pair.talk(SAID)
    return took


async def floods(folder: Path) -> Figures:
    """Ping flooders that never read."""
    async with room(folder) as server:
        await talk(server, "first")  # what is kept from then on is kept anyway
        usual = await talk(server, "quiet")
        memory = memory_mib(pid_of(server))
        attackers = attacked(server, "pings")
        try:
            await attackers.says(READY)
            took = await talk(server, "beside")
            grown = memory_mib(pid_of(server)) - memory
        finally:
            attackers.send_signal(SIGKILL)
        return {
            "messages": len(took),
            "p99 undisturbed ms": percentile(usual, 99) * 1000,
            "p99 ms": percentile(took, 99) * 1000,
            "longest ms": max(took) * 1000,
            "memory MiB": grown,
        }


async def mutated(folder: Path) -> Figures:
    """Mutated frames and heads; a bare drop, a 5xx or a traceback ends it."""
    async with room(folder) as server:
        seed = int.from_bytes(folder.name.encode()[-3:])
        for attack in (mutants.frames, mutants.frames_of_hixie):
            await attack(server.port, FRAMES // 10, seed + 1)  # what is kept then is kept anyway
        memory = memory_mib(pid_of(server))
        ends = await mutants.frames(server.port, FRAMES, seed)
        hixie = await mutants.frames_of_hixie(server.port, FRAMES, seed)
        answers = await mutants.heads(server.port, HEADS_MUTATED, seed)
        print(f"    seed {seed}, closes {dict(ends)}, on hixie {dict(hixie)}, {dict(answers)}")
        return {
            "frames": ends.total() + hixie.total(),
            "heads": answers.total(),
            "memory MiB": memory_mib(pid_of(server)) - memory,
        }


ATTACKS: Final[dict[str, tuple[str, Callable[[Path], Awaitable[Figures]]]]] = {
    "handshakes": (
        f"{HEADS} dripping heads, {BODIES} dripping bodies, {KEYS} hixie without its last byte",
        handshakes,
    ),
    "floods": (f"{FLOODERS} ping flooders that never read", floods),
    "mutated": (f"{2 * FRAMES:,} mutated streams of frames, {HEADS_MUTATED:,} heads", mutated),
}


async def measure(names: list[str], runs: int) -> None:
    """Print the figures of each run, and their medians."""
    for name in names:
        about, attack = ATTACKS[name]
        print(f"{name}: {about}", flush=True)
        samples = []
        for _ in range(runs):
            with TemporaryDirectory(prefix="chatroom-hostile-") as folder:
                samples.append(await attack(Path(folder)))
            print(f"    {told(samples[-1])}", flush=True)
        print(f"  medians: {told({key: median(it[key] for it in samples) for key in samples[0]})}")


def told(figures: Figures) -> str:
    """Return *figures* in a line."""
    return ", ".join(f"{key} {value:.4g}" for key, value in figures.items())


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--only", action="append", choices=ATTACKS, help="repeatable [all]")
    parser.add_argument("--runs", type=int, default=3, help="of each [%(default)s]")
    options = parser.parse_args()

    def started(clock: IReactorTime) -> Deferred[None]:
        measured = measure(options.only or list(ATTACKS), options.runs)
        return Deferred.fromCoroutine(measured).addTimeout(LIMIT_S, clock)

    react(started)


main()
