"""
How connections come in: a few at a time, and only while there is something to serve them with.
"""

from __future__ import annotations

from collections import deque
from errno import EAGAIN
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
from socket import AF_UNIX, socket
from typing import Any, Final, cast

from twisted.internet.interfaces import IReactorTime
from twisted.internet.tcp import Port
from twisted.logger import Logger

from chatroom.limits import (
    ACCEPT_QUEUE,
    ACCEPTS_PER_TURN,
    DESCRIPTORS_RETRY_S,
    DESCRIPTORS_SPARED,
    TAKEN_IN_PER_TURN,
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


class Anteroom:
    """
    Stands in for a port's socket: from it the port accepts those who wait here.

    Args:
        listening: The socket.
    """

    def __init__(self, listening: socket) -> None:
        self._listening = listening
        self._waiting: deque[tuple[socket, Any]] = deque()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a socket has
        return getattr(self._listening, name)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take_in(self, most: int) -> bool:
        """
        Let so many wait here whom the kernel has; return whether the system has anything
        left to do so with.
        """
        for _ in range(most):
            try:
                self._waiting.append(self._listening.accept())
            except BlockingIOError:
                break
            except (ConnectionAbortedError, PermissionError):
                # Gone again, or refused by a firewall.
                continue
            except OSError:
                return False
        return most > 0

    def accept(self) -> tuple[socket, Any]:
        """
        Return who has waited for longest, with their address.
        """
        if not self._waiting:
            raise BlockingIOError(EAGAIN, "nobody waits")
        return self._waiting.popleft()

    def close(self) -> None:
        """
        Send everybody away.
        """
        while self._waiting:
            self._waiting.popleft()[0].close()
        self._listening.close()


class Entrance:
    """
    Lets a crowd come in through a port a few at a time; the others wait in its anteroom.

    Twisted accepts a hundred in one turn of its loop, then twenty more in each: of ten
    thousand who come at once so many have been accepted before the first is served that
    those inside wait for seconds. To leave them to the kernel is no better: it keeps 4,096
    at most, and the others try again after one second, three, seven. To accept a socket
    costs a fiftieth of what it costs to serve it, so that is done at once, and no more.

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
        self._is_turn_due = False
        port.socket.listen(ACCEPT_QUEUE)
        self._anteroom = port.socket = Anteroom(port.socket)
        port.doRead = self._take_in  # type: ignore[method-assign]

    def _take_in(self) -> None:
        is_room_left = self._anteroom.take_in(min(descriptors_left(), TAKEN_IN_PER_TURN))
        if self._anteroom:
            if not self._is_turn_due:
                self._let_in()
        elif not is_room_left:
            self._warn()
            self._port.stopReading()  # type: ignore[no-untyped-call]
            self._look_later()

    def _let_in(self) -> None:
        self._is_turn_due = False
        if not self._port.connected:
            return
        self._port.numberAccepts = min(ACCEPTS_PER_TURN, len(self._anteroom))
        self._accept()  # type: ignore[no-untyped-call]
        if self._anteroom:
            self._is_turn_due = True
            self._clock.callLater(0, self._let_in)

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
