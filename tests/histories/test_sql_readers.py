"""
Threads that read, and who asks them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom.histories.readers import Readers
from tests.histories.threadless import LaterThreads, SameThread


class LaterReactor(SameThread):
    """A reactor that comes to what it is asked by threads when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Callable[..., object]] = []
        self.callLater = partial(Clock.callLater, self)  # type: ignore[method-assign]

    def callFromThread(  # noqa: N802
        self,
        callable: Callable[..., object],  # noqa: A002
        *args: object,
        **kwargs: object,
    ) -> None:
        """Keep in mind what to call."""
        self.asked.append(callable)

    def turn(self) -> None:
        """Call it, and end the turn."""
        while self.asked:
            self.asked.pop(0)()
        self.advance(0)


class ReadersTests(SynchronousTestCase):
    """What is asked while a thread is awake is taken on by it."""

    def setUp(self) -> None:
        """Begin with two threads and a reactor that wait for the test."""
        self.threads, self.reactor = LaterThreads(), LaterReactor()
        self.readers = Readers(self.reactor, self.threads, 2, self.work)
        self.answers: list[object] = []

    def work(self, number: int, divisor: int) -> int:
        """Answer a question."""
        return number // divisor

    def ask(self, number: int, divisor: int = 1) -> None:
        """Ask a question, whose answer is noted."""

        def note(answer: object) -> None:
            self.answers.append(answer)

        answer: Deferred[Any] = self.readers.ask(number, divisor)
        answer.addCallbacks(note, lambda failure: note(failure.type))

    def test_no_more_than_needed(self) -> None:
        """
        Threads are woken at the end of the turn, no more than there are or than is asked
        for; and the reactor once.
        """
        for number in range(5):
            self.ask(number)
        self.assertEqual([], self.threads.asked)
        self.reactor.turn()

        self.assertEqual(2, len(self.threads.asked))
        self.threads.work()
        self.assertEqual(([], 1), (self.answers, len(self.reactor.asked)))
        self.reactor.turn()

        self.assertEqual([0, 1, 2, 3, 4], self.answers)

    def test_again(self) -> None:
        """Threads that had nothing to do are woken again, and so is the reactor."""
        for number in range(3):
            self.ask(number)
            self.reactor.turn()
            self.assertEqual(1, len(self.threads.asked))
            self.threads.work()
            self.reactor.turn()

        self.assertEqual([0, 1, 2], self.answers)

    def test_a_failure(self) -> None:
        """Who asked what cannot be answered hears of that, and nobody else."""
        self.ask(1)
        self.ask(1, 0)
        self.ask(2)
        self.reactor.turn()
        self.threads.work()
        self.reactor.turn()

        self.assertEqual([1, ZeroDivisionError, 2], self.answers)

    def test_rest(self) -> None:
        """It is at rest when everything is answered."""
        self.assertIsNone(self.successResultOf(self.readers.rest()))
        self.ask(1)
        self.ask(2)

        resting = self.readers.rest()
        self.reactor.turn()
        self.threads.work()
        self.assertNoResult(resting)
        self.reactor.turn()

        self.assertIsNone(self.successResultOf(resting))
        self.assertEqual([1, 2], self.answers)
