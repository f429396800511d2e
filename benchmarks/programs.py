"""
The programs in C that measure, built here, and the processes that are measured, each with
a core of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.room import PROJECT, START_S, Room

SOURCES: Final = PROJECT / "benchmarks" / "c"
#: Of the C sources each program is made of.
PROGRAMS: Final = {
    "load": ("load.c", "talk.c", "people.c", "options.c", "wire.c", "meter.c"),
    "floor": ("floor.c",),
}
WORK: Final = PROJECT / ".cache" / "bench"
NEEDED: Final = "a C compiler is missing; on Debian:  sudo apt-get install gcc libc6-dev"

#: What `load` ends with when what it heard was not what was said.
STATUS_VOID: Final = 3
#: No run of `load` takes longer; it knows that itself.
LOAD_S: Final = 600.0

Report = dict[str, Any]


class Server(NamedTuple):
    """What people connect to."""

    port: int
    pid: int


class VoidRun(Exception):
    """
    A run in which somebody did not hear what was said, exactly once and in order.

    Args:
        report: What `load` tells about it.
    """

    def __init__(self, report: Report) -> None:
        self.faults = {name: count for name, count in report["faults"].items() if count}
        super().__init__(", ".join(f"{count:,} {name}" for name, count in self.faults.items()))


class FailedRun(Exception):
    """
    A run that did not come to its end; the message tells why.
    """


def compiler() -> str | None:
    """
    Return the C compiler, None if it or the C library's headers are missing.
    """
    found = shutil.which("cc")
    if found is None:
        return None
    trial = [found, "-fsyntax-only", "-x", "c", "-"]
    works = subprocess.run(
        trial, input=b"#include <sys/epoll.h>\n", capture_output=True, check=False
    )
    return found if works.returncode == 0 else None


def build(name: str, folder: Path = WORK) -> Path:
    """
    Compile the program *name* into *folder*.

    Raises:
        SystemExit: There is no compiler, or it refuses.
    """
    cc = compiler()
    if cc is None:
        raise SystemExit(NEEDED)
    folder.mkdir(parents=True, exist_ok=True)
    sources = [str(SOURCES / source) for source in PROGRAMS[name]]
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow"]
    command = [cc, "-O2", "-std=c11", *warnings, "-o", str(folder / name), *sources]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"{name} cannot be compiled")
    return folder / name


def cores() -> tuple[int, int]:
    """
    Return the core of what is measured, and the one of who measures.

    Raises:
        SystemExit: There is only one.
    """
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) < 2:
        raise SystemExit("two cores are needed: one for the server, one for the people")
    return mine[0], mine[1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """
    Start processes and threads on *core*; they stay there.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """
    Return a port on which nobody listens.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    """
    Return when *process* listens.

    Raises:
        FailedRun: It does not.
    """
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise FailedRun("the server does not open")


class Lab:
    """
    Starts what is compared, and lets the same people into it.

    Args:
        folder: On the disk that rooms keep their logs on.
        hixie: So many in a hundred speak hixie-76, in rooms; the floor does not.
        quick: Make every run short: to try something out, not to measure it.
    """

    def __init__(self, folder: Path, *, hixie: int = 0, quick: bool = False) -> None:
        self.folder = folder
        self.quick = quick
        self._hixie = hixie
        self._load = build("load")
        self._floor = build("floor")
        self._server_core, self._load_core = cores()

    def seconds(self, usual: float) -> float:
        """Return how long a run takes that takes *usual* if measured in earnest."""
        return max(1.0, usual / 5) if self.quick else usual

    def people(self, usual: int) -> int:
        """Return how many are in a crowd of *usual* people."""
        return usual // 10 if self.quick and usual > 1000 else usual

    @contextmanager
    def room(self, folder: Path) -> Iterator[Server]:
        """
        Open the room whose log is in *folder*.
        """
        room = Room(folder, "--database", f"sqlite:///{folder}/chatroom.sqlite")
        with on_core(self._server_core):
            room.__enter__()
        try:
            yield Server(room.port, room.pid)
        finally:
            room.__exit__(None, None, None)

    @contextmanager
    def process(self, command: Callable[[int], list[str]]) -> Iterator[Server]:
        """
        Open a server of another kind.

        Args:
            command: Starts it at a port.
        """
        port = free_port()
        with on_core(self._server_core):
            process = subprocess.Popen(command(port))
        with process:
            try:
                wait_until_open(port, process)
                yield Server(port, process.pid)
            finally:
                process.kill()

    def floor(self, how: str) -> AbstractContextManager[Server]:
        """
        Open the floor.

        Args:
            how: ``send`` or ``coalesce``.
        """
        return self.process(lambda port: [str(self._floor), str(port), how])

    @contextmanager
    def on_server_core(self) -> Iterator[None]:
        """Do what the server is compared with where the server runs."""
        with on_core(self._server_core):
            yield

    def hixie(self) -> dict[str, str]:
        """Return the option of `load` for the share of those who speak hixie."""
        return {"hixie": f"{self._hixie}%"}

    def load(self, mode: str, server: Server, **options: object) -> Report:
        """
        Let people come, and return what they tell.

        Args:
            mode: ``talk``, ``connect`` or ``storm``.
            options: Of `load`, with ``_`` for ``-``; True for one without a value.

        Raises:
            VoidRun: They were not told the truth.
            FailedRun: They did not come in, or could not be made.
        """
        command = [str(self._load), mode, f"--port={server.port}", f"--pid={server.pid}"]
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            command.append(option if value is True else f"{option}={value}")
        with on_core(self._load_core):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        told, complaints = process.communicate(timeout=LOAD_S)
        if process.returncode not in {0, STATUS_VOID}:
            told_last = complaints.decode(errors="replace").strip().splitlines()[-1:]
            raise FailedRun(" ".join(told_last).removeprefix("load: "))
        report: Report = json.loads(told)
        if process.returncode == STATUS_VOID:
            raise VoidRun(report)
        return report
