"""
A few threads that read: who is done with one question takes the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool


class Readers:
    """
    Asks threads, and answers.

    To wake a thread, and the reactor when it is done, costs several times what a short
    query does. So threads are woken once for all that is asked in a turn of the reactor;
    one that is awake takes on what has been asked meanwhile, and what is answered before
    the reactor comes to it is told at once.

    Args:
        threads: So many are there at least.
        count: How many of them may read at a time.
        work: Answers a question, in a thread.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        threads: ThreadPool,
        count: int,
        work: Callable[..., Any],
    ) -> None:
        self._clock = reactor
        self._reactor = IReactorFromThreads(reactor)
        self._threads = threads
        self._count = count
        self._work = work
        self._unanswered = 0
        self._is_turn_due = False
        self._resting: Deferred[None] | None = None
        # The lock is for what follows: all threads change it.
        self._lock = Lock()
        self._asked: deque[tuple[tuple[object, ...], Deferred[Any]]] = deque()
        self._answers: list[tuple[Deferred[Any], object]] = []
        self._at_work = 0

    def ask(self, *question: object) -> Deferred[Any]:
        """
        Return what *work* makes of *question*.
        """
        answer: Deferred[Any] = Deferred()
        self._unanswered += 1
        with self._lock:
            self._asked.append((question, answer))
        if not self._is_turn_due:
            self._is_turn_due = True
            self._clock.callLater(0, self._wake)
        return answer

    def rest(self) -> Deferred[None]:
        """
        Return a Deferred that fires when everything is answered.
        """
        if not self._unanswered:
            return succeed(None)
        self._resting = Deferred()
        return self._resting

    def _wake(self) -> None:
        self._is_turn_due = False
        with self._lock:
            wanted = min(self._count - self._at_work, len(self._asked))
            self._at_work += wanted
        for _ in range(wanted):
            self._threads.callInThread(self._run)

    def _tell(self) -> None:
        with self._lock:
            answers, self._answers = self._answers, []
        for answer, result in answers:
            self._unanswered -= 1
            # A failure goes to the errback.
            answer.callback(result)
        if not self._unanswered and self._resting is not None:
            resting, self._resting = self._resting, None
            resting.callback(None)

    # In the threads.

    def _run(self) -> None:
        while (asked := self._next()) is not None:
            question, answer = asked
            result: object
            try:
                result = self._work(*question)
            except BaseException:  # noqa: BLE001 - whatever it is, who asked hears of it
                result = Failure()  # type: ignore[no-untyped-call]
            with self._lock:
                wake = not self._answers
                self._answers.append((answer, result))
            if wake:
                self._reactor.callFromThread(self._tell)

    def _next(self) -> tuple[tuple[object, ...], Deferred[Any]] | None:
        with self._lock:
            if not self._asked:
                self._at_work -= 1
                return None
            return self._asked.popleft()
