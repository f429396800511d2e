"""
A socket whose kernel takes what the test lets it take, below Twisted's own buffers.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.abstract import FileDescriptor
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.main import CONNECTION_LOST
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from zope.interface import implementer

#: More than anybody here has to send.
PLENTY = 2**40


class HasConnection(Protocol):
    """Who is told when a connection is lost."""

    def connectionLost(self, reason: Failure) -> None:
        """It is."""


class Kernel:
    """
    The socket: has room for some bytes, and sends them on at once.
    """

    def __init__(self, transport: BareSocket) -> None:
        self._transport = transport
        self.room = 0
        self.taken = b""
        #: How many times something was sent past the transport.
        self.sends = 0
        self.is_broken = False

    def send(self, data: bytes) -> int:
        """What an outbox calls directly: only while the transport holds nothing."""
        assert self._transport.held_bytes == 0, "this overtakes what the transport holds"
        self.sends += 1
        return self.take(data)

    def take(self, data: bytes) -> int:
        """Take what there is room for."""
        if self.is_broken:
            raise ConnectionResetError
        if data and not self.room:
            raise BlockingIOError
        count = min(self.room, len(data))
        self.room -= count
        self.taken += bytes(data[:count])
        return count


# The rest of what this interface says is asked for by nobody here.
@implementer(ITCPTransport)
class BareSocket(FileDescriptor):  # type: ignore[misc]
    """
    A TCP transport: Twisted's buffers, producers and ends.

    Args:
        reactor: What polls it, when the test says so.
    """

    def __init__(self, reactor: MemoryReactorClock) -> None:
        super().__init__(reactor)
        self.connected = 1
        self.kernel = Kernel(self)
        #: Who is told when it is lost.
        self.protocol: HasConnection | None = None
        self.no_delay = False
        self.half_closed = False
        self._clock = reactor

    @property
    def held_bytes(self) -> int:
        """What waits in the buffers of the transport."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen

    @property
    def is_polled(self) -> bool:
        """Whether the reactor looks for room in the kernel."""
        return self in self._clock.writers

    def take(self, count: int) -> None:
        """Let the kernel have room for *count* bytes more, and the reactor notice."""
        self.kernel.room += count
        self.poll()

    def poll(self) -> None:
        """Do what the reactor does while it can be written."""
        while self.is_polled and (self.kernel.room or self.kernel.is_broken):
            why = self.doWrite()
            if why is not None:
                self.connectionLost(Failure(why))

    def getHandle(self) -> Kernel:  # noqa: N802
        """The socket."""
        return self.kernel

    def writeSomeData(self, data: bytes) -> int | BaseException:  # noqa: N802
        """What the transport does with the socket."""
        try:
            return self.kernel.take(data)
        except BlockingIOError:
            return 0
        except OSError:
            return CONNECTION_LOST

    def abortConnection(self) -> None:
        """Be lost in the next turn."""
        self.stopWriting()
        self._clock.callLater(0, self._abort)

    def _abort(self) -> None:
        if self.connected:
            self.connectionLost(Failure(ConnectionAborted()))

    def connectionLost(self, reason: Failure) -> None:
        """Tell the producer and the protocol."""
        super().connectionLost(reason)
        if self.protocol is not None:
            self.protocol.connectionLost(reason)

    def _closeWriteConnection(self) -> None:  # noqa: N802
        self.half_closed = True

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001, N802
        """Remember it."""
        self.no_delay = enabled
