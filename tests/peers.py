"""
Both neighbours of a carrier, made to be watched: a transport and a session.
"""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableDescriptor, IProtocol, ITCPTransport
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from chatroom.interfaces import ICarrier, ISession
from chatroom.limits import TRANSPORT_BYTES


# The rest of what these interfaces say is asked for by nobody here.
@implementer(ITCPTransport, IHalfCloseableDescriptor)
class SlowTransport(StringTransport):  # type: ignore[misc]
    """
    A TCP transport whose kernel takes what the test lets it take.
    """

    bufferSize = TRANSPORT_BYTES
    half_closed = False
    no_delay = False

    def __init__(self) -> None:
        super().__init__()
        self.held = b""
        self._paused = False
        self._ending = ""

    def write(self, data: bytes) -> None:
        """Hold *data* until it is taken."""
        self.held += data
        if self.producer is not None and len(self.held) > self.bufferSize:
            self._paused = True
            self.producer.pauseProducing()

    def value(self) -> bytes:
        """What was taken so far."""
        return self.io.getvalue()

    def take(self, count: int | None = None) -> None:
        """Let the kernel take *count* bytes, or all there will be."""
        count = 2**40 if count is None else count
        while self.held and count:
            taken, self.held = self.held[:count], self.held[count:]
            count -= len(taken)
            self.io.write(taken)
            if not self.held and self.producer is not None and self._paused:
                self._paused = False
                self.producer.resumeProducing()
        self._end_if_empty()

    def loseConnection(self) -> None:
        """End once all is taken and no producer is left."""
        self._ending = self._ending or "both"
        self._end_if_empty()

    def loseWriteConnection(self) -> None:  # noqa: N802
        """End the one half."""
        self._ending = "half"
        self._end_if_empty()

    def unregisterProducer(self) -> None:
        """Take what ends from now on for the end."""
        super().unregisterProducer()
        self._end_if_empty()

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001, N802
        """Remember it."""
        self.no_delay = enabled

    def _end_if_empty(self) -> None:
        if not self.held and self.producer is None:
            self.disconnecting = self.disconnecting or self._ending == "both"
            self.half_closed = self.half_closed or self._ending == "half"


@implementer(ISession)
class RecordingSession:
    """
    Keeps what it is told; says what the test had it say.
    """

    carrier: ICarrier

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.told: list[str] = []
        #: What `received` may raise, or do.
        self.pauses = False
        self.bug: Exception | None = None

    def opened(self, carrier: ICarrier) -> None:
        """Keep the carrier."""
        self.carrier = carrier
        self.told.append("opened")
        if self.bug is not None:
            raise self.bug

    def received(self, payload: bytes) -> None:
        """Keep the message."""
        self.heard.append(payload)
        if self.pauses:
            self.carrier.pause()
        if payload == b"bug":
            raise ZeroDivisionError
        if payload == b"close":
            self.carrier.close(1000, "enough")

    def failing(self, code: int, reason: str) -> None:
        """Say why, as a session does."""
        self.told.append(f"failing {code}")
        self.say(b"closing %d" % code)

    def overflowed(self) -> None:
        """Say why, and close."""
        self.told.append("overflowed")
        self.say(b"closing 1013")
        self.carrier.close(1013, "slow")

    def drained(self) -> None:
        """Note it."""
        self.told.append("drained")

    def lost(self) -> None:
        """Note it."""
        self.told.append("lost")

    def say(self, payload: bytes) -> None:
        """Write one reply."""
        self.carrier.write(self.carrier.dialect.frame(payload))


def lose(protocol: IProtocol) -> None:
    """Let *protocol* lose its connection."""
    protocol.connectionLost(Failure(ConnectionDone()))
