"""
One thread that writes: what is asked while it commits is committed together next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from chatroom.counters import Counters

log = Logger()

#: What is committed together at most, in drafts.
BATCH: Final = 500

#: See `Writer`.
GATHER_S: Final = 0.003

#: Asked for by who only wants to know when the others are answered.
_NOTHING: Final = object()


class Work(Protocol):
    """
    What is done in the thread.
    """

    def commit(self, asked: Sequence[Any]) -> Sequence[object]:
        """Do what is *asked*; return a result, or a `Failure`, for each."""

    def tidy(self) -> bool:
        """Do a little of what can wait; return whether there is more."""

    @property
    def pressing(self) -> bool:
        """Whether what can wait should not wait for long."""


class Writer:
    """
    Asks the thread, and answers.

    The thread takes what has gathered as soon as it is done with what it had: it
    does not wait for the reactor in between. All answers of a batch come in one
    call, in the order of the questions.

    Args:
        thread: A pool with one thread.
        counters: Where it is counted how long all that takes.
        gather_s: The shortest time from one commit to the next, in seconds, while more
            than one draft at a time comes in. Who talks alone does not wait.
    """

    def __init__(
        self,
        reactor: IReactorFromThreads,
        thread: ThreadPool,
        work: Work,
        counters: Counters,
        gather_s: float = GATHER_S,
    ) -> None:
        self._reactor = reactor
        self._thread = thread
        self._work = work
        self._counters = counters
        self._gather_s = gather_s
        # The lock is for what follows: both threads change it.
        self._lock = Lock()
        self._asked: deque[tuple[Any, int, Deferred[Any]]] = deque()
        self._tidying: list[Deferred[None]] = []
        self._at_work = False
        self._resting = False
        #: When the first of `_asked` came, or one before it.
        self._since = 0.0

    @property
    def waiting(self) -> int:
        """
        How much is asked, and not yet begun.
        """
        return len(self._asked)

    def ask(self, what: object, size: int = 1) -> Deferred[Any]:
        """
        Have *what* committed.

        Args:
            size: Its share of a batch.
        """
        answer: Deferred[Any] = Deferred()
        with self._lock:
            if not self._asked:
                # Once a batch: to look at the clock for each would be felt.
                self._since = monotonic()
            self._asked.append((what, size, answer))
        self._wake()
        return answer

    def tidy(self) -> Deferred[None]:
        """
        Have done what can wait, in between; the Deferred fires when all of it is.
        """
        tidied: Deferred[None] = Deferred()
        with self._lock:
            self._tidying.append(tidied)
        self._wake()
        return tidied

    def begin(self) -> None:
        """
        Tidy up again after `rest`.
        """
        self._resting = False

    def rest(self) -> Deferred[None]:
        """
        Tidy up no more; return a Deferred that fires when all that was asked is answered.
        """
        self._resting = True
        return self.ask(_NOTHING, 0)

    def _wake(self) -> None:
        with self._lock:
            if self._at_work:
                return
            self._at_work = True
        self._thread.callInThread(self._run)

    # In the thread.

    def _run(self) -> None:
        more = False
        begun = monotonic()
        while (taken := self._next(more=more)) is not None:
            batch, since = taken
            if batch:
                self._commit(batch, since)
            wanted = bool(self._tidying) or self._work.pressing
            more = wanted and self._tidy()
            if len(batch) > 1 and not self._resting:
                # There is a crowd, so more will come: to commit for each alone what a
                # moment later can be committed together takes twice the processor.
                sleep(max(0.0, begun + self._gather_s - monotonic()))
            begun = monotonic()

    def _next(self, *, more: bool) -> tuple[list[tuple[Any, int, Deferred[Any]]], float] | None:
        """
        Return the next batch, and since when its first one waits; None if there is none,
        and nothing *more* to tidy up.
        """
        with self._lock:
            batch: list[tuple[Any, int, Deferred[Any]]] = []
            left = BATCH
            while self._asked and (not batch or self._asked[0][1] <= left):
                batch.append(self._asked.popleft())
                left -= batch[-1][1]
            if not batch and not more and not self._tidying:
                self._at_work = False
                return None
            return batch, self._since

    def _commit(self, batch: list[tuple[Any, int, Deferred[Any]]], since: float) -> None:
        asked = [what for what, _, _ in batch if what is not _NOTHING]
        begun = monotonic()
        try:
            results = iter(self._work.commit(asked) if asked else ())
            answers = [
                (answer, None if what is _NOTHING else next(results)) for what, _, answer in batch
            ]
        except BaseException:  # noqa: BLE001 - whatever it is, those who asked hear of it
            failure = Failure()  # type: ignore[no-untyped-call]
            answers = [(answer, failure) for _, _, answer in batch]
        size = sum(size for _, size, _ in batch)
        if size:
            self._counters.commits.note(monotonic() - begun)
            self._counters.batches.note(size)
        self._reactor.callFromThread(self._answered, answers, size, since)

    def _answered(
        self, answers: list[tuple[Deferred[Any], object]], size: int, since: float
    ) -> None:
        _answer(answers)
        self._counters.acks.note(monotonic() - since, size)

    def _tidy(self) -> bool:
        """
        Do a little of what can wait; return whether there is more.
        """
        try:
            more = not self._resting and self._work.tidy()
        except BaseException:  # noqa: BLE001 - it is tried again with the next
            log.failure("The database could not be tidied up")
            more = False
        if not more:
            with self._lock:
                tidied, self._tidying = self._tidying, []
            self._reactor.callFromThread(_answer, [(each, None) for each in tidied])
        return more


def _answer(answers: list[tuple[Deferred[Any], object]]) -> None:
    for answer, result in answers:
        # A failure goes to the errback.
        answer.callback(result)
