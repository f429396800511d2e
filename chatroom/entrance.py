"""
How connections come in: a few at a time, and only while there is something to serve them with.
"""

from __future__ import annotations

from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
from socket import AF_UNIX, socket
from typing import Final, cast

from twisted.internet.interfaces import IReactorTime
from twisted.internet.tcp import Port
from twisted.logger import Logger

from chatroom.limits import (
    ACCEPT_QUEUE,
    ACCEPTS_PER_TURN,
    DESCRIPTORS_RETRY_S,
    DESCRIPTORS_SPARED,
)

log = Logger()

#: Who stands at the limit for long is told once in a while.
_QUIET_S: Final = 60.0


def descriptors_left() -> int:
    """
    Return about how many connections can still be accepted.

    Some descriptors are not for connections: the database opens files now and then, and
    so does who looks at a page. The system gives the lowest number that is free, so one
    socket tells, and it does not come where memory or the whole system has an end.
    """
    limit, _ = getrlimit(RLIMIT_NOFILE)
    try:
        with socket(AF_UNIX) as probe:
            lowest = probe.fileno()
    except OSError:
        return 0
    if limit == RLIM_INFINITY:
        return ACCEPTS_PER_TURN
    return max(0, limit - min(DESCRIPTORS_SPARED, limit // 8) - lowest)


class Entrance:
    """
    Lets a crowd come in through a port a few at a time, and has the kernel keep the others.

    Twisted accepts a hundred in one turn of its loop, then twenty more in each: of ten
    thousand who come at once so many have been accepted before the first is served that
    those inside wait for seconds. And it has the kernel keep fifty: the others try again
    after one second, three, seven.

    Where descriptors run out, Twisted closes whoever comes, or, when even the one that it
    has put by for that is gone, asks the kernel again and again. Here nobody is accepted
    until some are free.

    Args:
        port: It listens.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._accept = port.doRead
        self._clock = cast(IReactorTime, port.reactor)
        self._quiet_until_s = 0.0
        port.socket.listen(ACCEPT_QUEUE)
        port.doRead = self._let_in  # type: ignore[method-assign]

    def _let_in(self) -> None:
        left = descriptors_left()
        if left:
            self._port.numberAccepts = min(ACCEPTS_PER_TURN, left)
            self._accept()  # type: ignore[no-untyped-call]
        else:
            self._warn()
            self._port.stopReading()  # type: ignore[no-untyped-call]
            self._look_later()

    def _warn(self) -> None:
        now = self._clock.seconds()
        if now >= self._quiet_until_s:
            self._quiet_until_s = now + _QUIET_S
            log.warn(  # noqa: G010 - Twisted's
                "No descriptors are left: nobody comes in until some are free"
                " (see the limit of open files: LimitNOFILE, ulimit -n)"
            )

    def _look_later(self) -> None:
        self._clock.callLater(DESCRIPTORS_RETRY_S, self._look_again)

    def _look_again(self) -> None:
        if self._port.disconnecting or not self._port.connected:
            return
        if descriptors_left():
            self._port.startReading()  # type: ignore[no-untyped-call]
        else:
            self._look_later()
