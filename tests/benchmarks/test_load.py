"""
The people who measure: they notice what a server gets wrong.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.programs import STATUS_VOID, free_port, wait_until_open
from benchmarks.room import Room
from tests.benchmarks.liar import Lie, about_one, listening, swapped, truth

pytestmark = pytest.mark.slow

#: As short as it may be: what is heard is looked at here, not how fast.
SHORT: Final = ("--settle=0", "--warmup=0", "--duration=0.2", "--patience=0.3")
TALK: Final = ("talk", "--members=5", "--rate=100", *SHORT)
TIMEOUT_S: Final = 60.0

LIES: Final[dict[str, tuple[Lie, set[str]]]] = {
    "one left out": (about_one(lambda _: []), {"lost", "skipped"}),
    "one told twice": (about_one(lambda told: [told, told]), {"doubled", "repeated"}),
    "two swapped": (swapped, {"skipped", "repeated"}),
    "another one told": (
        about_one(lambda told: [replace(told, id=told.id[:-1] + "0")]),
        {"strange"},
    ),
    "one of nobody's": (about_one(lambda told: [replace(told, id="x")]), {"strange", "lost"}),
}


def run(load: Path, port: int, *options: str) -> tuple[int, dict[str, Any]]:
    """
    Let people in at *port*; return the exit status and the report.
    """
    command = [str(load), *options, f"--port={port}"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_S)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def faults(report: dict[str, Any]) -> set[str]:
    """Return what went wrong."""
    return {name for name, count in report["faults"].items() if count}


@contextmanager
def floor_port(floor: Path, how: str) -> Iterator[int]:
    """Open the floor."""
    port = free_port()
    with subprocess.Popen([floor, str(port), how]) as process:
        try:
            wait_until_open(port, process)
            yield port
        finally:
            process.kill()


@pytest.mark.parametrize("numbers", [True, False])
def test_believes_the_truth(load: Path, *, numbers: bool) -> None:
    """Of a server that tells everybody everything there is nothing to complain."""
    with listening(truth, numbers=numbers) as port:
        status, report = run(load, port, *TALK)

    assert (status, faults(report)) == (0, set())
    assert report["delivery_us"]["count"] == 5 * report["messages"] > 0
    assert report["last_us"]["count"] == report["messages"]
    assert report["ack_us"]["count"] == (report["messages"] if numbers else 0)


@pytest.mark.parametrize("name", LIES)
def test_notices_a_lie(load: Path, name: str) -> None:
    """One wrong message to one member makes the run void."""
    lie, expected = LIES[name]
    with listening(lie, numbers=True) as port:
        status, report = run(load, port, *TALK)

    assert (status, faults(report)) == (STATUS_VOID, expected)


@pytest.mark.parametrize("name", ["one left out", "one told twice", "another one told"])
def test_notices_a_lie_without_numbers(load: Path, name: str) -> None:
    """So it does where the server does not number messages."""
    lie, expected = LIES[name]
    with listening(lie, numbers=False) as port:
        status, report = run(load, port, *TALK)

    assert (status, faults(report)) == (STATUS_VOID, expected - {"skipped", "repeated"})


@pytest.mark.parametrize("how", ["send", "coalesce"])
@pytest.mark.parametrize(
    "options",
    [TALK, ("talk", "--members=6", "--publishers=3", "--group-size=2", *SHORT)],
    ids=["a rate", "as fast as it goes, in rooms"],
)
def test_floor(load: Path, floor: Path, how: str, options: tuple[str, ...]) -> None:
    """The floor tells everybody in a room everything."""
    with floor_port(floor, how) as port:
        status, report = run(load, port, *options)

    assert (status, faults(report)) == (0, set())
    assert report["deliveries"] > 0


def test_room(load: Path, tmp_path: Path) -> None:
    """A room does so on both dialects, in talk and storm, and cuts nobody off."""
    options = ("--hixie=50%", "--publishers=2", "--rate=50", *SHORT)
    with Room(tmp_path, "--ephemeral") as room:
        talk = run(load, room.port, "talk", "--members=6", f"--pid={room.pid}", *options)
        storm = run(load, room.port, "storm", "--members=30", "--first=6", "--apart", *options)

    assert [(status, faults(report)) for status, report in (talk, storm)] == [(0, set())] * 2
    assert talk[1]["server"]["cpu_s"] > 0
    assert storm[1]["entry_us"]["count"] == storm[1]["newcomers"]["count"] == 24
