"""
How many messages a second the room takes and keeps, beside what SQLite can commit here.

``python -m benchmarks.throughput``; the first column is what its own disk gives a
program that commits one row at a time and waits for each. A sender says its next message
when the last one is acknowledged. In one room everybody hears everybody; with a room
for each sender what remains is the way into the log.
"""

from __future__ import annotations

import argparse
import resource
import selectors
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import bare
from benchmarks.bare import TEXT_CHARS
from benchmarks.room import RECEIVE_BYTES, Room, frame, opened

SENDERS: Final = (1, 10, 100, 1000)
BATCHES: Final = (1, 10, 100, 500)
ACK: Final = b'"type":"ack"'
ERROR: Final = b'"type":"error"'
#: The room gets so long to answer the last messages, and a run to begin.
PATIENCE_S: Final = 60.0
FILES: Final = 4096


@dataclass(slots=True)
class Sender:
    """One connection, with one message on its way at a time."""

    connection: socket.socket
    name: str
    room: str
    count: int = 0
    sent: float = 0.0
    tail: bytes = b""


@dataclass(slots=True)
class Run:
    """What became of a run: seconds, and how long each ack took."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    waits: list[float] = field(default_factory=list)

    def line(self) -> str:
        """Return its figures."""
        waits = sorted(self.waits)
        p50, p99 = (waits[int(len(waits) * part)] * 1000 for part in (0.5, 0.99))
        rate = len(waits) / self.seconds
        cpu = self.cpu_s / len(waits) * 1e6
        return f"{rate:8.0f} msg/s   ack p50 {p50:7.2f} ms  p99 {p99:7.2f} ms   {cpu:6.0f} µs CPU"


def measure(folder: Path, senders: int, options: argparse.Namespace, *, own_rooms: bool) -> Run:
    """
    Let *senders* talk for so long.
    """
    store = ["--database", f"sqlite:///{folder}/chatroom.sqlite"]
    with Room(folder, *(["--ephemeral"] if options.ephemeral else store)) as room:
        crowd = [
            enter(room.port, number, f"r{number}" if own_rooms else "lobby")
            for number in range(senders)
        ]
        run = talk(crowd, room, options.seconds)
        for sender in crowd:
            sender.connection.close()
    return run


def enter(port: int, number: int, room: str) -> Sender:
    """Come in, as one more sender."""
    sender = Sender(opened(port), f"s{number}", room)
    hello = {"type": "hello", "name": sender.name, "id": "h"}
    join = {"type": "join", "room": room, "limit": 0, "id": "j"}
    sender.connection.sendall(frame(hello) + frame(join))
    told = b""
    while b'"type":"joined"' not in told:
        assert ERROR not in told, told
        told = told[-64:] + sender.connection.recv(RECEIVE_BYTES)
    sender.connection.setblocking(False)  # noqa: FBT003 - socket's
    return sender


def talk(crowd: list[Sender], room: Room, seconds: float) -> Run:
    """Let everybody in *crowd* say one thing after the other."""
    run = Run()
    with selectors.DefaultSelector() as selector:
        for sender in crowd:
            selector.register(sender.connection, selectors.EVENT_READ, sender)
        begun, cpu_s = time.monotonic(), room.cpu_s()
        speaking = len(crowd)
        for sender in crowd:
            say(sender)
        while speaking:
            ready = selector.select(PATIENCE_S)
            assert ready, "the room answers no longer"
            now = time.monotonic()
            for key, _ in ready:
                if heard_ack(key.data):
                    run.waits.append(now - key.data.sent)
                    if now - begun < seconds:
                        say(key.data)
                    else:
                        speaking -= 1
        run.seconds, run.cpu_s = time.monotonic() - begun, room.cpu_s() - cpu_s
    return run


def say(sender: Sender) -> None:
    """Say the next message."""
    sender.count += 1
    id = f"{sender.name}-{sender.count}"
    command = {"type": "say", "room": sender.room, "text": "x" * TEXT_CHARS, "id": id}
    sender.sent = time.monotonic()
    sender.connection.send(frame(command))


def heard_ack(sender: Sender) -> bool:
    """Read what came for *sender*; return whether the ack is among it."""
    data = sender.connection.recv(RECEIVE_BYTES)
    assert data, f"{sender.name} was sent away"
    told = sender.tail + data
    assert ERROR not in told, told
    # Nobody's text holds this, and each has one message on its way.
    sender.tail = told[-len(ERROR) :] if ACK not in told else b""
    return ACK in told


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run [%(default)s]")
    parser.add_argument("--senders", type=int, nargs="*", default=SENDERS)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured [a temporary one]")
    parser.add_argument("--ephemeral", action="store_true", help="keep nothing, for comparison")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))

    with TemporaryDirectory(prefix="chatroom-bench-", dir=options.folder) as folder:
        alone = bare.rate(Path(folder), 1, options.seconds)
        for batch in BATCHES:
            rate = alone if batch == 1 else bare.rate(Path(folder), batch, options.seconds)
            print(f"bare SQLite, {batch:4} rows a commit      {rate:8.0f} rows/s", flush=True)
    for own_rooms in (False, True):
        for senders in options.senders:
            place = "a room each" if own_rooms else "one room   "
            with TemporaryDirectory(prefix="chatroom-bench-", dir=options.folder) as folder:
                run = measure(Path(folder), senders, options, own_rooms=own_rooms)
            ratio = len(run.waits) / run.seconds / alone
            print(f"{senders:5} senders, {place} {run.line()}   {ratio:5.2f} x bare", flush=True)


main()
