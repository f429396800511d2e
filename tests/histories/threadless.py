"""
A reactor and threads for stores that are to answer at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorFromThreads
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer


@implementer(IReactorFromThreads)
class SameThread(Clock):
    """A clock, in whose thread everything happens, and each turn is over at once."""

    def callLater(self, delay: float, *called: Any, **kw: Any) -> IDelayedCall:  # noqa: N802
        """Call it without delay, if there is none."""
        call = super().callLater(delay, *called, **kw)
        if not delay:
            self.advance(0)
        return call

    def callFromThread(  # noqa: N802
        self,
        callable: Callable[..., object],  # noqa: A002
        *args: object,
        **kwargs: object,
    ) -> None:
        """Call it."""
        callable(*args, **kwargs)


class NoThreads(ThreadPool):
    """A pool that does what it is asked to at once."""

    def start(self) -> None:
        """Start none."""

    def stop(self) -> None:
        """Stop none."""

    def callInThreadWithCallback(  # noqa: N802
        self,
        onResult: Callable[[bool, Any], object] | None,
        func: Callable[..., Any],
        *args: object,
        **kw: object,
    ) -> None:
        """Call *func*, then *onResult* with what came of it."""
        try:
            result = True, func(*args, **kw)
        except BaseException:  # noqa: BLE001 - as threads do
            result = False, Failure()
        if onResult is not None:
            onResult(*result)


def now(answer: Deferred[Any]) -> Any:  # noqa: ANN401 - whatever it is
    """
    Return what *answer* has, or raise it.
    """
    results: list[Any] = []
    answer.addBoth(results.append)
    (result,) = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


class LaterThreads(NoThreads):
    """Threads that do nothing until they are told to."""

    def __init__(self, minthreads: int = 0, maxthreads: int = 1, name: str | None = None) -> None:
        super().__init__(minthreads, maxthreads, name)
        self.asked: list[Callable[[], None]] = []

    def callInThreadWithCallback(  # noqa: N802
        self,
        onResult: Callable[[bool, Any], object] | None,
        func: Callable[..., Any],
        *args: object,
        **kw: object,
    ) -> None:
        """Keep in mind what to call."""
        call = super().callInThreadWithCallback
        self.asked.append(lambda: call(onResult, func, *args, **kw))

    def work(self) -> None:
        """Do what was asked."""
        while self.asked:
            self.asked.pop(0)()
