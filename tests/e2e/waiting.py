"""
Waiting without sleeping: every wait has a condition, a deadline and a name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.task import deferLater

# The module stands in for the reactor that pytest-twisted installed and runs.
assert isinstance(_reactor, PosixReactorBase)
reactor: Final[PosixReactorBase] = _reactor

#: Generous: two slow cores, two browsers and a server.
PATIENCE_S: Final = 20.0
#: How often a browser is asked again. What comes by wire or pipe is not polled.
POLL_S: Final = 0.05

T = TypeVar("T")


class News:
    """
    Something happens to its owner from time to time, and others wait for it.
    """

    def __init__(self) -> None:
        self._waiting: list[Deferred[None]] = []

    def tell(self) -> None:
        """Something happened: let everyone look."""
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            if not news.called:  # else it was too late for this one
                news.callback(None)

    async def until(
        self, condition: Callable[[], bool], what: Callable[[], str], seconds: float = PATIENCE_S
    ) -> None:
        """
        Wait until *condition* holds.

        Raises:
            AssertionError: It did not before the deadline; *what* says how things stand.
        """

        def late(_: object, timeout: float) -> None:
            raise AssertionError(f"after {seconds} s, of which {timeout:.1f} in silence: {what()}")

        deadline = reactor.seconds() + seconds
        while not condition():
            news: Deferred[None] = Deferred()
            self._waiting.append(news)
            left = max(0.0, deadline - reactor.seconds())
            await news.addTimeout(left, reactor, onTimeoutCancel=late)


async def until(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], seconds: float = PATIENCE_S
) -> T:
    """
    Look again and again until the sight is as wanted, and return it.

    Raises:
        AssertionError: It was not so before the deadline; the last sight is told.
    """
    deadline = reactor.seconds() + seconds
    while not wanted(seen := await look()):
        assert reactor.seconds() < deadline, f"after {seconds} s: {seen!r}"
        await deferLater(reactor, POLL_S)
    return seen
