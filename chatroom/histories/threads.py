"""
Threads that wait for calls.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

log = Logger()

OnResult: TypeAlias = Callable[[bool, Any], object]


class Threads(ThreadPool):
    """
    A pool whose threads are all there from the start.

    To hand a call over and hear of its end costs 50 µs of processor time in Twisted's
    pool, which finds out for each whether to start or to end a thread; and the caller
    hears of it late, for a thread of Python's holds the others up while it looks for
    what is next. From a queue it is 22 µs. A message is such a call, and so is each page.
    """

    def __init__(self, minthreads: int, maxthreads: int, name: str) -> None:
        super().__init__(minthreads, maxthreads, name)
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._running: list[Thread] = []

    def start(self) -> None:
        """
        Start the threads.

        Raises:
            RuntimeError: The system has none left.
        """
        for number in range(self.max):
            thread = Thread(target=self._work, name=f"{self.name}-{number}")
            thread.start()
            self._running.append(thread)

    def stop(self) -> None:
        """
        Wait until all calls are done, and end the threads.
        """
        running, self._running = self._running, []
        for _ in running:
            self._calls.put(None)
        for thread in running:
            thread.join()

    def callInThreadWithCallback(  # noqa: N802 - Twisted's
        self,
        onResult: OnResult | None,
        func: Callable[..., object],
        *args: object,
        **kw: object,
    ) -> None:
        """See `ThreadPool.callInThreadWithCallback`."""

        def call() -> None:
            result: Any
            try:
                result, is_done = func(*args, **kw), True
            except BaseException:  # noqa: BLE001 - whatever it is, who asked hears of it
                result, is_done = Failure(), False  # type: ignore[no-untyped-call]
            if onResult is not None:
                onResult(is_done, result)
            elif not is_done:
                log.failure("A call in a thread failed", result)

        self._calls.put(call)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
