"""
How fast connections are read.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from chatroom.limits import READ_AHEAD_S, READ_BYTES_PER_S


class Meter:
    """
    One pace for all connections: so many bytes at once, then so many a second.

    What is remembered of a connection is one number, the moment at which all that it
    has sent would be here at that pace. Who is ahead of it is read again when the
    pace has caught up: TCP tells the peer to wait, and nothing is lost.

    Args:
        clock: Counts the seconds, and ends the waits.
        bytes_per_s: The pace.
    """

    def __init__(self, clock: IReactorTime, bytes_per_s: int = READ_BYTES_PER_S) -> None:
        self.clock = clock
        self._byte_s = 1 / bytes_per_s

    def read(self, due_s: float, size: int) -> float:
        """
        Return when *size* more bytes are due that follow what was due at *due_s*.
        """
        now: float = self.clock.seconds()
        return (max(now, due_s)) + size * self._byte_s

    def ahead_s(self, due_s: float) -> float:
        """
        Return for how long nothing is to be read; not above 0 if something is.
        """
        now: float = self.clock.seconds()
        return due_s - now - READ_AHEAD_S
