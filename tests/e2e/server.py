"""
A real ``twistd`` in a process of its own.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from twisted.internet.error import ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IProcessTransport
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.e2e.waiting import PATIENCE_S, News, reactor

PROJECT: Final = Path(__file__).resolve().parents[2]
TWISTD: Final = Path(sys.executable).with_name("twistd")
#: The log says so.
OPEN: Final = re.compile("The room is open at ")
#: What was promised for a SIGTERM, and a little more.
STOP_TIMEOUT_S: Final = 12.0
#: Bound, so that nobody else is given their ports, and deaf, so that somebody may listen there.
_KEPT: Final[list[socket.socket]] = []


def own_port() -> int:
    """
    Return a port of this machine that stays the caller's until the tests end, whether or
    not anybody listens: else a test beside this one might be given it while a room restarts.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    _KEPT.append(kept)
    port: int = kept.getsockname()[1]
    return port


class Program(ProcessProtocol):
    """
    A program under watch: what it says, and how it ends.
    """

    transport: IProcessTransport

    def __init__(self) -> None:
        self.out = ""
        self.err = ""
        self.ended = False
        #: The exit status; None as long as it runs, and when a signal ended it.
        self.status: int | None = None
        self._news = News()

    def outReceived(self, data: bytes) -> None:
        """Keep what it says."""
        self.out += data.decode(errors="replace")
        self._news.tell()

    def errReceived(self, data: bytes) -> None:
        """Keep what it complains of."""
        self.err += data.decode(errors="replace")
        self._news.tell()

    def processEnded(self, reason: Failure) -> None:  # noqa: N802 - Twisted's
        """It is gone, and its output complete."""
        ended = reason.value
        self.ended = True
        self.status = ended.exitCode if isinstance(ended, ProcessTerminated) else 0
        self._news.tell()

    def story(self) -> str:
        """Return all it said."""
        return f"\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    async def says(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """
        Wait until its output holds *pattern*; return the match.

        Raises:
            AssertionError: It did not, or ended before.
        """
        await self._news.until(lambda: self.ended or bool(pattern.search(self.out)), self.story)
        found = pattern.search(self.out)
        assert found, self.story()
        return found

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that it says or does."""
        await self._news.until(condition, self.story)

    async def end(self, seconds: float = PATIENCE_S) -> int | None:
        """Wait for the end; return the exit status."""
        await self._news.until(lambda: self.ended, self.story, seconds)
        return self.status

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process is gone already."""
        try:
            self.transport.signalProcess(number.name.removeprefix("SIG"))
        except ProcessExitedAlready:
            return


def run(folder: Path, *command: str, environment: Mapping[str, str] = os.environ) -> Program:
    """
    Start *command* in *folder*.
    """
    program = Program()
    reactor.spawnProcess(program, command[0], command, env=environment, path=str(folder))
    return program


def environment(*modules: Path) -> dict[str, str]:
    """
    Return the environment of a program that imports from the folders *modules*, and
    from the checkout.
    """
    path = os.pathsep.join(map(str, [*modules, PROJECT]))
    return os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def twistd(folder: Path, *arguments: str, modules: Sequence[Path] = ()) -> Program:
    """
    Start ``twistd`` with *arguments* in *folder*; it imports as `environment` says.
    """
    return run(folder, str(TWISTD), *arguments, environment=environment(*modules))


class Server:
    """
    A running room: where it is, and the process behind it.

    Args:
        folder: Where the process runs.
        options: Further options of ``twistd chatroom``. People may talk as fast as a test
            lets them, unless they say otherwise.
        modules: Folders that the process imports from, before the checkout.
    """

    program: Program

    def __init__(self, folder: Path, *options: str, modules: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._options = ("--rate", "0", *options)
        self._modules = modules
        self.port = own_port()

    async def start(self) -> None:
        """
        Start the process and wait until the room is open: after a `stop`, on the same
        port again.
        """
        where = f"tcp:{self.port}:interface=127.0.0.1"
        frame = ["--nodaemon", "--pidfile=", "chatroom", "--port", where]
        self.program = twistd(self._folder, *frame, *self._options, modules=self._modules)
        await self.program.says(OPEN)

    def url(self, path: str = "") -> str:
        """Return the address of a page of the site."""
        return f"http://127.0.0.1:{self.port}/{path}"

    async def stop(self) -> None:
        """
        End the process as an operator does; should it not obey, kill it.
        """
        self.program.send_signal(signal.SIGTERM)
        try:
            await self.program.end(STOP_TIMEOUT_S)
        finally:
            self.program.send_signal(signal.SIGKILL)
