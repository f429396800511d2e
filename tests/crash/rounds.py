"""
The rounds: a room under load, killed at a random moment, started again on its log.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Final

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from chatroom.operations.check import check
from chatroom.operations.files import database_at
from chatroom.operations.progress import Progress
from tests.crash.ledger import Ledger, Told
from tests.crash.members import Auditor, Down, Member, Reader, Writer
from tests.e2e.server import Server
from tests.e2e.waiting import News, reactor

ROOM: Final = "lobby"
WRITERS: Final = 8
READERS: Final = 3
#: A round ends when so many commands were answered in it, at most. Few enough
#: that what it adds is replayed one by one.
ANSWERS: Final = 500
#: And then so much later, at most: inside whatever is under way.
MOMENT_S: Final = 0.05
#: One round in so many ends while the server is still starting.
EARLY: Final = 6


class Rounds:
    """
    One server, one room, and everybody in it.

    Args:
        folder: Where the database is made.
        seed: What the dice begin with: the same commands again, though not the
            same timing.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.ledger = Ledger()
        self.kills = 0
        self.early_kills = 0
        self._dice = random.Random(seed)  # noqa: S311 - to be repeated
        self._url = f"sqlite:///{folder}/chatroom.sqlite"
        self._server = Server(folder, "--database", self._url)
        self._news = News()
        book = ROOM, self.ledger, self._news
        self._auditor = Auditor("auditor", *book)
        self._writers = [
            Writer(f"writer{number}", *book, random.Random(f"{seed}.{number}"))  # noqa: S311
            for number in range(WRITERS)
        ]
        readers = [Reader(f"reader{number}", *book) for number in range(READERS)]
        self._everybody: list[Member] = [*readers, *self._writers]
        self._arriving: list[Deferred[None]] = []
        self._start_s = 1.0

    async def kill(self) -> None:
        """
        One round: start, let everybody talk, kill.
        """
        if self.kills and self._dice.randrange(EARLY) == 0:
            await self._kill_early()
        await self._talk()
        await self._end(signal.SIGKILL)
        self.kills += 1

    async def stop(self) -> tuple[list[Told | None], float]:
        """
        A round that ends as an operator ends it; return what each one was told last,
        and how many seconds the end took.
        """
        await self._talk()
        await self._until(lambda: all(member.present for member in self._everybody))
        begun = time.monotonic()
        await self._end(signal.SIGTERM)
        seconds = time.monotonic() - begun
        return [member.closing for member in self._everybody], seconds

    async def settle(self) -> None:
        """
        Let every command be answered, start once more, and compare.
        """
        for writer in self._writers:
            writer.busy = False
        await self._open()
        self._call_in()
        await self._until(lambda: all(it.settled for it in self._everybody))
        end = max((asked.seq or 0 for asked in self.ledger.asked.values()), default=0)
        await self._until(lambda: all(it.position == end for it in self._everybody))
        await self._end(signal.SIGTERM)
        await self._open()
        pages = await self._auditor.pages(self._server.port)
        await self._end(signal.SIGTERM)
        self.ledger.compare(self._auditor.log, pages, self._auditor.topic)
        for finding in check(database_at(self._url), Progress(StringIO(), "")):
            self.ledger.complain("unsound", finding)

    async def clean_up(self) -> None:
        """
        Leave nothing running, should something have gone wrong.
        """
        program = self._server.program
        program.send_signal(signal.SIGKILL)
        await program.end()

    def figures(self) -> str:
        """Return what happened, in a line."""
        ledger = self.ledger
        counts = ", ".join(f"{count} {kind}" for kind, count in ledger.counts().items())
        return (
            f"{self.kills} kills and {self.early_kills} while starting;"
            f" {len(ledger.asked)} commands, {ledger.acks} acks, {ledger.duplicates} of duplicates,"
            f" {len(self._auditor.log)} entries, {len(ledger.seen)} seen,"
            f" {sum(it.resets for it in self._everybody)} resets: {counts}"
        )

    async def _talk(self) -> None:
        """
        Let everybody in and talk, until a moment that nobody can foresee.
        """
        await self._open()
        self._call_in()
        # Below zero: while they come in.
        answers = self.ledger.acks + self._dice.randrange(-ANSWERS // 10, ANSWERS)
        await self._until(lambda: self.ledger.acks >= answers)
        await deferLater(reactor, self._dice.uniform(0, MOMENT_S))

    async def _open(self) -> None:
        """
        Start the server, and see what is there before anything is said.
        """
        begun = time.monotonic()
        await self._server.start()
        self._start_s = time.monotonic() - begun
        await self._auditor.audit(self._server.port)

    async def _kill_early(self) -> None:
        """
        Start the server and kill it while it starts: it may be at its migrations, or
        taking back what a crash left in the write-ahead log.
        """
        started = Deferred.fromCoroutine(self._server.start())
        # It may have ended before it was open, which is what was asked for.
        started.addErrback(lambda failure: failure.trap(AssertionError))
        await deferLater(reactor, self._dice.uniform(0.3, 1.1) * self._start_s)
        await self._end(signal.SIGKILL)
        await started
        self.early_kills += 1

    async def _end(self, number: signal.Signals) -> None:
        """
        Send the server a signal, and wait until it and all connections are gone.
        """
        self._server.program.send_signal(number)
        await self._server.program.end()
        await gatherResults(self._arriving)
        self._arriving.clear()
        for member in self._everybody:
            await member.hang_up()

    def _call_in(self) -> None:
        """
        Let everybody come in at once; who finds the door closed stays outside.
        """
        for member in self._everybody:
            arriving = Deferred.fromCoroutine(member.arrive(self._server.port))
            arriving.addErrback(lambda failure: failure.trap(*Down))
            self._arriving.append(arriving)

    async def _until(self, condition: Callable[[], bool]) -> None:
        await self._news.until(condition, self._story)

    def _story(self) -> str:
        """Return how things stand."""
        positions = {member.name: member.position for member in self._everybody}
        outside = [member.name for member in self._everybody if not member.connected]
        return (
            f"{positions}; outside: {outside}; {self.ledger.complaints[:5]};"
            f" {self._server.program.story()}"
        )
