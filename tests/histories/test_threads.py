"""
Threads that wait for calls.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from threading import Barrier, current_thread
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chatroom.histories.threads import Threads

#: What takes longer is broken.
PATIENCE_S = 30


class ThreadsTests(SynchronousTestCase):
    """Three of them."""

    def setUp(self) -> None:
        """Start them."""
        self.threads = Threads(3, 3, "worker")
        self.threads.start()
        self.addCleanup(self.threads.stop)
        self.results: SimpleQueue[Any] = SimpleQueue()

    def result(self) -> Any:  # noqa: ANN401 - whatever it is
        """Wait for a result."""
        return self.results.get(timeout=PATIENCE_S)

    def test_all_at_once(self) -> None:
        """As many calls are under way as there are threads."""
        barrier = Barrier(3)

        def meet() -> None:
            barrier.wait(PATIENCE_S)
            self.results.put(current_thread().name)

        for _ in range(3):
            self.threads.callInThread(meet)

        names = {self.result() for _ in range(3)}
        self.assertEqual({"worker-0", "worker-1", "worker-2"}, names)

    def test_what_comes_of_a_call(self) -> None:
        """A result, or what was raised; the thread goes on in any case."""

        def told(is_done: bool, result: object) -> None:  # noqa: FBT001 - Twisted's
            self.results.put((is_done, result))

        self.threads.callInThreadWithCallback(told, divmod, 7, 2)
        self.assertEqual((True, (3, 1)), self.result())
        for _ in range(6):
            self.threads.callInThreadWithCallback(told, divmod, 7, 0)
            is_done, failure = self.result()
            self.assertFalse(is_done)
            failure.trap(ZeroDivisionError)

    def test_nobody_is_told(self) -> None:
        """Then what is raised is logged."""
        self.threads.callInThread(divmod, 7, 0)
        self.threads.stop()

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_stop(self) -> None:
        """What was asked is done, then the threads are gone; and may be started again."""
        for number in range(20):
            self.threads.callInThread(self.results.put, number)
        self.threads.stop()

        self.assertEqual(set(range(20)), {self.results.get_nowait() for _ in range(20)})
        self.assertEqual([], [t for t in threading.enumerate() if t.name.startswith("worker-")])
        self.threads.start()
        self.threads.callInThread(self.results.put, "again")
        self.assertEqual("again", self.result())
