"""
The lines of the table: what each measures, and what the figure should be.

A line's measurement is one run: whatever it compares it takes in that run, the floor before
and after the room, and the room always a new one with a log on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import bare
from benchmarks.figures import Target
from benchmarks.programs import Lab, Report, Server
from benchmarks.room import Caller

#: So much was said in a room before people come back to it.
HISTORY: Final = 100
TALKERS: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of the table.

    Args:
        name: What to call it on the command line, too.
        about: What is measured.
        targets: What the figures of its samples should be.
        measure: Takes a sample: figures by name.
    """

    name: str
    about: str
    targets: tuple[Target, ...]
    measure: Callable[[Lab], dict[str, float]]


@contextmanager
def new_room(lab: Lab) -> Iterator[Server]:
    """
    Open a room that nobody has been in.
    """
    with TemporaryDirectory(dir=lab.folder) as folder, lab.room(Path(folder)) as server:
        yield server


def in_floor(lab: Lab, how: str, **talk: object) -> Report:
    """
    Let people talk over the floor.
    """
    with lab.floor(how) as server:
        return lab.load("talk", server, **talk)


def in_room(lab: Lab, **talk: object) -> Report:
    """
    Let people talk in a new room.
    """
    with new_room(lab) as server:
        return lab.load("talk", server, **talk, **lab.hixie())


def beside_floor(lab: Lab, **talk: object) -> tuple[Report, tuple[Report, Report]]:
    """
    Return the reports of a room, and of the floor before and after it.
    """
    before = in_floor(lab, "send", **talk)
    room = in_room(lab, **talk)
    return room, (before, in_floor(lab, "send", **talk))


def cpu_of(report: Report, of: str) -> float:
    """Return the processor time of the server, in µs."""
    return float(report["server"][f"cpu_us_per_{of}"])


def one_at_a_time_options(lab: Lab) -> dict[str, object]:
    """Return who talks how, one at a time."""
    return {"members": 1000, "rate": 20, "duration": lab.seconds(6)}


def saturated_options(lab: Lab) -> dict[str, object]:
    """Return who talks how, at saturation."""
    return {"members": 1000, "publishers": 50, "duration": lab.seconds(6)}


def memory_options(lab: Lab) -> dict[str, object]:
    """Return who comes to be silent."""
    return {
        "first": 200,
        "members": 200 + lab.people(5000),
        "group_size": 100,
        "settle": lab.seconds(5),
    }


def floor_cpu(lab: Lab) -> float:
    """Return what a delivery, one at a time, costs the floor: in µs."""
    return cpu_of(in_floor(lab, "send", **one_at_a_time_options(lab)), "delivery")


def one_at_a_time(lab: Lab) -> dict[str, float]:
    """Twenty messages a second to a thousand people."""
    room, floors = beside_floor(lab, **one_at_a_time_options(lab))
    floor = mean(cpu_of(report, "delivery") for report in floors)
    took = cpu_of(room, "delivery")
    return {"ratio": took / floor, "room": took, "floor": floor}


def saturated(lab: Lab) -> dict[str, float]:
    """Fifty of a thousand people say the next thing as soon as they hear their last."""
    talk = saturated_options(lab)
    floor = in_floor(lab, "coalesce", **talk)
    room = in_room(lab, **talk)
    return {
        "cpu": cpu_of(room, "delivery"),
        "floor": cpu_of(floor, "delivery"),
        "rate": room["deliveries_per_s"],
    }


def five_hundred(lab: Lab) -> dict[str, float]:
    """Five hundred messages a second to a thousand people."""
    room = in_room(lab, members=1000, publishers=50, rate=500, duration=lab.seconds(8), patience=30)
    return {"p99": room["delivery_us"]["p99"] / 1000, "p50": room["delivery_us"]["p50"] / 1000}


def large_room(lab: Lab) -> dict[str, float]:
    """Two messages a second to ten thousand people."""
    # They all came within seconds; the room has to have told so.
    talk = {"members": lab.people(10_000), "rate": 2, "duration": lab.seconds(10), "settle": 3}
    room, floors = beside_floor(lab, **talk)
    floor = mean(cpu_of(report, "delivery") for report in floors)
    floor_last = mean(report["last_us"]["p50"] for report in floors) / 1000
    took, last = cpu_of(room, "delivery"), room["last_us"]["p50"] / 1000
    return {
        "ratio": took / floor,
        "room": took,
        "floor": floor,
        "last_ratio": last / floor_last,
        "last": last,
        "floor_last": floor_last,
    }


def small_rooms(lab: Lab) -> dict[str, float]:
    """A thousand rooms of ten people; in each, one message a second."""
    rooms = lab.people(10_000) // 10
    talk = {
        "members": 10 * rooms,
        "group_size": 10,
        "publishers": rooms,
        "rate": rooms,
        "duration": lab.seconds(6),
        "settle": 3,
    }
    room, floors = beside_floor(lab, **talk)
    floor = mean(cpu_of(report, "message") for report in floors)
    took = cpu_of(room, "message")
    return {"beyond": took - floor, "room": took, "floor": floor}


def memory(lab: Lab) -> dict[str, float]:
    """Five thousand people more, in rooms of a hundred; nobody talks."""
    with new_room(lab) as server:
        report = lab.load("connect", server, **memory_options(lab), **lab.hixie())
    return {"each": report["newcomers"]["rss_kib_each"]}


def connects(lab: Lab) -> dict[str, float]:
    """A thousand people come into a room that holds a thousand."""
    with new_room(lab) as server:
        report = lab.load("connect", server, first=1000, members=2000, settle=3, **lab.hixie())
    return {"cpu": report["newcomers"]["cpu_us_each"]}


def storm(lab: Lab) -> dict[str, float]:
    """
    All of ten thousand people come back within a second after a restart; others talk.

    They come as good clients do: they are known by their keys, and join with what they
    have heard last.
    """
    people = {
        "first": TALKERS,
        "members": TALKERS + lab.people(10_000),
        "apart": True,
        **lab.hixie(),
    }
    with TemporaryDirectory(dir=lab.folder) as name:
        with lab.room(Path(name)) as server:
            lab.load("connect", server, **people)
            since = historian(server)
        join = '{"type":"join","room":"r{g}",' + since + "}"
        with lab.room(Path(name)) as server:
            report = lab.load(
                "storm", server, publishers=TALKERS, rate=TALKERS, join=join, **people
            )
    return {
        "joined": report["entry_us"]["max"] / 1e6,
        "p99": report["delivery_us"]["p99"] / 1000,
        "half": report["entry_us"]["p50"] / 1e6,
    }


def historian(server: Server) -> str:
    """
    Say something in the room of the ten thousand; return how to come back to it later.
    """
    caller = Caller(server.port)
    caller.ask(type="hello", name="historian")
    caller.ask(type="join", room="r1")
    for number in range(HISTORY):
        caller.ask(type="say", room="r1", text=f"message {number} of what was said before")
    joined = caller.ask(type="join", room="r1", limit=0)
    caller.close()
    return f'"since":{joined["seq"]},"epoch":"{joined["epoch"]}"'


def ack(lab: Lab) -> dict[str, float]:
    """One person, alone, says the next thing when the last one is acknowledged."""
    with TemporaryDirectory(dir=lab.folder) as folder, lab.on_server_core():
        disk = median(bare.commits(Path(folder), 1, lab.seconds(5))) * 1000
    report = in_room(lab, members=1, next="ack", duration=lab.seconds(5))
    took = report["ack_us"]["p50"] / 1000
    return {"ratio": (took - 0.5) / disk, "ack": took, "disk": disk}


def slow(lab: Lab) -> dict[str, float]:
    """Ten of a thousand people never read what they are told: 120 KB a second."""
    # As much as it takes to fill what the kernel and the room hold for each of them.
    talk = {"members": 1000, "rate": 30, "text": 4000, "duration": lab.seconds(18)}
    without = in_room(lab, **talk)
    among = in_room(lab, **talk, slow=10)
    p99, p99_without = (report["delivery_us"]["p99"] / 1000 for report in (among, without))
    grown, grown_without = (
        report["server"]["rss_kib_after"] - report["server"]["rss_kib_before"]
        for report in (among, without)
    )
    return {
        "ratio": p99 / p99_without,
        "p99": p99,
        "without": p99_without,
        "each": (grown - grown_without) / 10 / 1024,
        "left": among["slow"]["members"] - among["slow"]["gone"],
    }


LINES: Final = (
    Line(
        "one at a time",
        "20 messages a second to 1,000 people",
        (
            Target(
                "ratio",
                "CPU per delivery ≤ 1.35 × floor",
                limit=1.35,
                digits=2,
                unit="×",
                beside="{room:.1f} µs, floor {floor:.1f} µs",
            ),
        ),
        one_at_a_time,
    ),
    Line(
        "saturated",
        "50 of 1,000 people talk as fast as they hear themselves",
        (
            Target(
                "cpu",
                "CPU per delivery ≤ 0.35 µs",
                limit=0.35,
                digits=2,
                unit="µs",
                beside="coalescing floor {floor:.2f} µs; {rate:,.0f} deliveries a second",
            ),
        ),
        saturated,
    ),
    Line(
        "500 a second",
        "500 messages a second to 1,000 people",
        (
            Target(
                "p99",
                "all delivered, p99 ≤ 40 ms",
                limit=40,
                digits=1,
                unit="ms",
                beside="p50 {p50:.1f} ms",
            ),
        ),
        five_hundred,
    ),
    Line(
        "large room",
        "2 messages a second to 10,000 people",
        (
            Target(
                "ratio",
                "CPU per delivery ≤ 1.35 × floor",
                limit=1.35,
                digits=2,
                unit="×",
                beside="{room:.1f} µs, floor {floor:.1f} µs",
            ),
            Target(
                "last_ratio",
                "the last one has it within 1.5 × the floor's time",
                limit=1.5,
                digits=2,
                unit="×",
                beside="{last:.0f} ms, floor {floor_last:.0f} ms",
            ),
        ),
        large_room,
    ),
    Line(
        "small rooms",
        "1,000 rooms of 10 people, in each 1 message a second",
        (
            Target(
                "beyond",
                "CPU per message ≤ 60 µs beyond the floor's",
                limit=60,
                digits=0,
                unit="µs",
                beside="{room:.0f} µs, floor {floor:.0f} µs",
            ),
        ),
        small_rooms,
    ),
    Line(
        "memory",
        "5,000 people in rooms of 100, nobody talks",
        (Target("each", "≤ 6 KiB for each", limit=6, digits=1, unit="KiB"),),
        memory,
    ),
    Line(
        "connects",
        "1,000 people come into a room of 1,000",
        (Target("cpu", "CPU for each ≤ 200 µs", limit=200, digits=0, unit="µs"),),
        connects,
    ),
    Line(
        "storm",
        "10,000 people come back at once after a restart, 20 others talk",
        (
            Target(
                "joined",
                "all joined within 10 s",
                limit=10,
                digits=1,
                unit="s",
                beside="half of them {half:.1f} s",
            ),
            Target("p99", "the others' p99 ≤ 250 ms", limit=250, digits=0, unit="ms"),
        ),
        storm,
    ),
    Line(
        "ack",
        "one person, alone: from `say` to `ack`",
        (
            Target(
                "ratio",
                "≤ 1.5 × a commit of bare SQLite + 0.5 ms",
                limit=1.5,
                digits=2,
                unit="× + 0.5 ms",
                beside="{ack:.2f} ms, bare {disk:.2f} ms",
            ),
        ),
        ack,
    ),
    Line(
        "slow readers",
        "10 of 1,000 people do not read, 30 messages of 4,000 characters a second",
        (
            Target(
                "ratio",
                "the others' p99 ≤ 1.2 × that without them",
                limit=1.2,
                digits=2,
                unit="×",
                beside="{p99:.1f} ms, without {without:.1f} ms",
            ),
            Target("each", "memory ≤ 1.25 MiB for each of them", limit=1.25, digits=2, unit="MiB"),
            Target("left", "all of them are cut off", limit=0, digits=0, unit="are not"),
        ),
        slow,
    ),
)
