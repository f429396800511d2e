"""
One thread that writes, and who asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatroom.counters import Counters
from chatroom.histories import writer
from chatroom.histories.writer import BATCH, Writer
from tests.histories.threadless import LaterThreads, SameThread


class Work:
    """Answers with what it is asked, and notes what happens."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.tidies = 0
        self.pressing = False
        self.meanwhile: Callable[[], object] = list

    def commit(self, asked: Sequence[Any]) -> Sequence[object]:
        """See `chatroom.histories.writer.Work`."""
        self.done.append(list(asked))
        self.meanwhile()
        if "death" in asked:
            raise SystemExit
        return [Failure(KeyError(what)) if what == "bad" else what for what in asked]

    def tidy(self) -> bool:
        """See `chatroom.histories.writer.Work`."""
        self.done.append("tidy")
        self.tidies -= 1
        if self.tidies < 0:
            raise KeyError("tidy")
        self.pressing = self.pressing and self.tidies > 0
        return self.tidies > 0


class WriterTests(SynchronousTestCase):
    """What is asked while the thread is at work is done together."""

    def setUp(self) -> None:
        """Begin with a thread that waits for the test."""
        self.work = Work()
        self.threads = LaterThreads()
        self.seconds = 0.0
        self.slept: list[tuple[float, int]] = []
        self.while_asleep: Callable[[], object] = list
        self.patch(writer, "monotonic", lambda: self.seconds)
        self.patch(writer, "sleep", self.sleep)
        self.counters = Counters()
        self.writer = Writer(SameThread(), self.threads, self.work, self.counters, gather_s=3)
        self.answers: list[object] = []

    def sleep(self, seconds: float) -> None:
        """Note for how long, and behind how much; let the clock go on."""
        self.slept.append((seconds, len(self.work.done)))
        self.seconds += seconds
        self.while_asleep()

    def ask(self, what: object, size: int = 1) -> Deferred[Any]:
        """Ask, and note the answer."""
        answer = self.writer.ask(what, size)
        answer.addBoth(
            lambda result: self.answers.append(
                result.type if isinstance(result, Failure) else result
            )
        )
        return answer

    def test_what_gathers_is_one_batch(self) -> None:
        """What is asked before and during a commit is committed together, in order."""
        self.work.meanwhile = lambda: len(self.work.done) == 1 and [self.ask(n) for n in "cde"]
        self.ask("a")
        self.ask("b")

        self.threads.work()

        self.assertEqual([["a", "b"], ["c", "d", "e"]], self.work.done)
        self.assertEqual(["a", "b", "c", "d", "e"], self.answers)

    def test_a_batch_is_bounded(self) -> None:
        """A batch has at most so many drafts; more that belong together stay together."""
        for what, size in ((1, BATCH - 1), (2, 1), (3, 1), (4, BATCH + 1), (5, 1)):
            self.ask(what, size)

        self.threads.work()

        self.assertEqual([[1, 2], [3], [4], [5]], self.work.done)

    def test_each_fails_for_itself(self) -> None:
        """A failure goes to who asked, the others have their answers."""
        for what in ("a", "bad", "b"):
            self.ask(what)

        self.threads.work()

        self.assertEqual(["a", KeyError, "b"], self.answers)

    def test_a_thread_that_dies(self) -> None:
        """Whatever ends a batch, those in it hear of it, and the next one is done."""
        self.ask("death")
        self.ask("a")
        self.threads.work()
        self.ask("b")
        self.threads.work()

        self.assertEqual([SystemExit, SystemExit, "b"], self.answers)

    def test_tidying_goes_between(self) -> None:
        """A little is tidied up after each batch, and the rest when nothing is asked."""
        self.work.tidies = 3
        self.work.meanwhile = lambda: len(self.work.done) == 1 and self.ask("b")
        self.ask("a")
        tidied = self.writer.tidy()

        self.threads.work()

        self.assertEqual([["a"], "tidy", ["b"], "tidy", "tidy"], self.work.done)
        self.successResultOf(tidied)

    def test_what_presses_is_tidied_up_unasked(self) -> None:
        """What grows with what is said does not wait until somebody asks."""
        self.work.tidies = 2
        self.work.pressing = True
        self.ask("a")

        self.threads.work()

        self.assertEqual([["a"], "tidy", "tidy"], self.work.done)

    def test_tidying_that_fails(self) -> None:
        """It is logged, nobody waits for it, and it is tried again."""
        for _ in range(2):
            tidied = self.writer.tidy()
            self.threads.work()
            self.successResultOf(tidied)

        self.assertEqual(["tidy", "tidy"], self.work.done)
        self.assertEqual(2, len(self.flushLoggedErrors(KeyError)))

    def test_rest(self) -> None:
        """Who waits for rest hears when all before are answered."""
        self.ask("a")
        self.writer.rest().addCallback(lambda _: self.answers.append("rest"))

        self.threads.work()
        at_rest = self.writer.rest()
        self.threads.work()

        self.assertEqual(["a", "rest"], self.answers)
        self.assertEqual([["a"]], self.work.done)
        self.successResultOf(at_rest)

    def test_a_crowd_is_waited_for(self) -> None:
        """After more than one at a time the next commit is a while behind this one."""
        self.work.meanwhile = lambda: self.pass_seconds(1)
        self.while_asleep = lambda: len(self.work.done) == 1 and [self.ask(n) for n in "cd"]
        self.ask("a")
        self.ask("b")

        self.threads.work()

        self.assertEqual([["a", "b"], ["c", "d"]], self.work.done)
        # From one beginning to the next, of which the commit itself took a part.
        self.assertEqual([(2, 1), (2, 2)], self.slept)
        self.assertEqual(["a", "b", "c", "d"], self.answers)

    def pass_seconds(self, seconds: int) -> None:
        """As a slow disk does."""
        self.seconds += seconds

    def test_a_crowd_on_a_slow_disk(self) -> None:
        """Who has waited long enough in the commit does not wait any more."""
        self.work.meanwhile = lambda: self.pass_seconds(5)
        self.ask("a")
        self.ask("b")

        self.threads.work()

        self.assertEqual([(0, 1)], self.slept)

    def test_one_alone_does_not_wait(self) -> None:
        """However many come one after the other."""
        self.work.meanwhile = lambda: len(self.work.done) < 4 and self.ask("next")
        self.ask("a")

        self.threads.work()

        self.assertEqual(4, len(self.work.done))
        self.assertEqual([], self.slept)

    def test_the_end_does_not_wait(self) -> None:
        """Once there is to be rest, what is left is committed at once."""
        self.ask("a")
        self.ask("b")
        self.writer.rest()
        self.work.meanwhile = lambda: len(self.work.done) == 1 and [self.ask(n) for n in "cd"]

        self.threads.work()

        self.assertEqual([["a", "b"], ["c", "d"]], self.work.done)
        self.assertEqual([], self.slept)

    def test_counted(self) -> None:
        """
        What a commit takes, how much is in it, and how long its oldest has waited, which
        counts for each: rest, and what is tidied up, are no writes.
        """
        self.work.meanwhile = lambda: self.pass_seconds(2)
        self.ask("a")
        self.pass_seconds(3)
        self.ask("b", size=4)
        self.writer.rest()
        self.assertEqual(3, self.writer.waiting)

        self.threads.work()

        self.assertEqual(0, self.writer.waiting)
        commits, batches, acks = self.counters.commits, self.counters.batches, self.counters.acks
        self.assertEqual((1, 2.0), (sum(commits.buckets), commits.sum))
        self.assertEqual((1, 5), (sum(batches.buckets), batches.sum))
        self.assertEqual((5, 5 * 5.0), (sum(acks.buckets), acks.sum))

    def test_counted_from_its_own_first(self) -> None:
        """A batch is counted from when the first of it came, not from the one before."""
        self.work.meanwhile = lambda: self.pass_seconds(2)
        self.ask("a")
        self.threads.work()
        self.pass_seconds(60)
        self.ask("b")
        self.threads.work()

        self.assertEqual(4.0, self.counters.acks.sum)

    def test_rest_is_no_commit(self) -> None:
        """Who only waits for the end has written nothing."""
        self.writer.rest()
        self.threads.work()

        self.assertEqual(0, sum(self.counters.commits.buckets))
