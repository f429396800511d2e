"""
What waits to be sent on one connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IDelayedCall,
    IHalfCloseableDescriptor,
    IPushProducer,
    IReactorTime,
    ISSLTransport,
    ITCPTransport,
    ITransport,
)
from twisted.protocols.policies import ProtocolWrapper
from zope.interface import implementer

from chatroom.limits import (
    BACKLOG_CUT_BYTES,
    BACKLOG_PAUSE_BYTES,
    CLOSE_TIMEOUT_S,
    HANDOVER_BYTES,
    PONG_BACKLOG_BYTES,
    TRANSPORT_BYTES,
)


@implementer(ITransport, IPushProducer)
class Outbox:
    """
    Every byte of a connection leaves through here, in the order written.

    To the dialect it is the transport, to the transport a producer. Invariants:

    - No frame lands inside another, and one that was begun is finished.
    - ``waiting_bytes`` is what lies in the queue and what a transport was handed
      that has said it is full. A transport that is not full may hold
      ``TRANSPORT_BYTES``, which nobody can see.
    - Only `write_event` can overflow; replies are bounded by who asks for them.

    Args:
        transport: TCP, TLS or Unix; nobody else registers a producer with it.
        clock: Gives the closing its deadline.
        overflowed: Called once, when with the next one more than
            ``BACKLOG_CUT_BYTES`` of events would wait; the frames not begun
            have been dropped.
        drained: Called each time ``waiting_bytes`` comes back to
            ``BACKLOG_PAUSE_BYTES`` from above, save by that drop.
    """

    def __init__(
        self,
        transport: ITCPTransport,
        clock: IReactorTime,
        *,
        overflowed: Callable[[], None],
        drained: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._overflowed = overflowed
        self._drained = drained
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._begun_bytes = 0
        self._handed_bytes = 0
        self._handed_event_bytes = 0
        self._waiting_event_bytes = 0
        self._late_pong: bytes | None = None
        self._is_registered = False
        self._is_full = False
        self._is_backlogged = False
        self._is_cut = False
        self._is_ending = False
        self._lingers = False
        self._deadline: IDelayedCall | None = None
        self.waiting_bytes = 0

    def write(self, data: bytes) -> None:
        """
        Queue *data*, whole frames, behind what waits.
        """
        self._enqueue(data, is_event=False)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """
        Queue pieces that are whole frames together.
        """
        self.write(b"".join(data))

    def write_event(self, frame: bytes) -> None:
        """
        Queue *frame*, or overflow by it; after that events go nowhere.
        """
        if self._is_cut or self._is_ending:
            return
        if self._waiting_event_bytes + len(frame) > BACKLOG_CUT_BYTES:
            self._is_cut = True
            self._drop()
            self._overflowed()
        else:
            self._enqueue(frame, is_event=True)

    def write_pong(self, frame: bytes) -> None:
        """
        Queue the answer to a ping; of those that find no room, only the latest.

        Whoever pings and never reads would otherwise make us keep a hundred
        bytes of memory for two on the wire. To answer the latest ping alone is
        allowed by RFC 6455, section 5.5.3.
        """
        if self.waiting_bytes > PONG_BACKLOG_BYTES:
            self._late_pong = frame
        else:
            self.write(frame)

    def loseConnection(self) -> None:
        """
        End the connection behind what waits, within ``CLOSE_TIMEOUT_S``.
        """
        if not self._is_ending:
            self._is_ending = True
            self.end_in_time()
            self._hand_over()

    def end_and_linger(self) -> None:
        """
        End our half of the connection behind what waits, within
        ``CLOSE_TIMEOUT_S``; the owner reads on, and ignores it.

        To close a socket with unread bytes resets it, and the last frames are
        lost with it: for a peer that is cut off while it talks, all that
        explains the end to it.
        """
        # TLS ends its halves itself, and under it that would cut a record off.
        self._lingers = IHalfCloseableDescriptor.providedBy(
            self._transport
        ) and not ISSLTransport.providedBy(self._transport)
        self.loseConnection()

    def end_in_time(self) -> None:
        """
        Abort the connection unless it is gone ``CLOSE_TIMEOUT_S`` from the
        first call.
        """
        if self._deadline is None:
            self._deadline = self._clock.callLater(CLOSE_TIMEOUT_S, self.abortConnection)

    def abortConnection(self) -> None:
        """
        End the connection at once and forget what waits.
        """
        self._is_ending = True
        self._forget()
        self._transport.abortConnection()

    def connection_lost(self) -> None:
        """
        The connection is gone: nothing is sent or called any more.
        """
        self._is_ending = True
        self._forget()
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    def getPeer(self) -> IAddress:
        """
        Return the address of the other side.
        """
        return self._transport.getPeer()

    def getHost(self) -> IAddress:
        """
        Return the address of this side.
        """
        return self._transport.getHost()

    def pauseProducing(self) -> None:
        """
        The transport holds more than ``TRANSPORT_BYTES``.
        """
        self._is_full = True

    def resumeProducing(self) -> None:
        """
        The kernel has taken all that the transport held.
        """
        self._is_full = False
        self._settle()
        self._hand_over()

    def stopProducing(self) -> None:
        """
        The transport is gone.
        """
        self._is_registered = False
        self._forget()

    def _enqueue(self, frame: bytes, *, is_event: bool) -> None:
        if self._is_ending:
            return
        self._queue.append((frame, is_event))
        self.waiting_bytes += len(frame)
        if is_event:
            self._waiting_event_bytes += len(frame)
        self._hand_over()

    def _hand_over(self) -> None:
        """
        Give the transport what it takes; when that was all, end if asked to.
        """
        while self._queue and not self._is_full:
            self._register()
            self._transport.write(self._next_piece())
            if not self._is_full:
                self._settle()
        if self._late_pong is not None and self.waiting_bytes <= PONG_BACKLOG_BYTES:
            pong, self._late_pong = self._late_pong, None
            self._enqueue(pong, is_event=False)
        if self.waiting_bytes > BACKLOG_PAUSE_BYTES:
            self._is_backlogged = True
        elif self._is_backlogged:
            self._is_backlogged = False
            self._drained()
        # The switch ends the connection of a peer that says no more.
        if not self._queue and (
            self._is_ending or getattr(self._transport, "disconnecting", False)
        ):
            self._end()

    def _next_piece(self) -> bytes:
        """
        Take at most ``HANDOVER_BYTES`` from the front of the queue.
        """
        room = HANDOVER_BYTES
        parts: list[memoryview] = []
        while self._queue and room:
            frame, is_event = self._queue[0]
            part = memoryview(frame)[self._begun_bytes : self._begun_bytes + room]
            parts.append(part)
            room -= len(part)
            self._begun_bytes += len(part)
            self._handed_bytes += len(part)
            if is_event:
                self._handed_event_bytes += len(part)
            if self._begun_bytes == len(frame):
                self._queue.popleft()
                self._begun_bytes = 0
        return b"".join(parts)

    def _settle(self) -> None:
        """
        Count what was handed over as taken.
        """
        self.waiting_bytes -= self._handed_bytes
        self._waiting_event_bytes -= self._handed_event_bytes
        self._handed_bytes = self._handed_event_bytes = 0

    def _drop(self) -> None:
        """
        Take the frames that were not begun out of the queue.
        """
        begun = [self._queue[0]] if self._begun_bytes else []
        self._queue = deque(begun)
        rest = sum(len(frame) - self._begun_bytes for frame, _ in begun)
        events = sum(len(frame) - self._begun_bytes for frame, is_event in begun if is_event)
        self.waiting_bytes = self._handed_bytes + rest
        self._waiting_event_bytes = self._handed_event_bytes + events
        self._late_pong = None
        self._is_backlogged = False

    def _forget(self) -> None:
        self._queue.clear()
        self._late_pong = None
        self._begun_bytes = self._handed_bytes = self._handed_event_bytes = 0
        self.waiting_bytes = self._waiting_event_bytes = 0

    def _register(self) -> None:
        """
        Become the transport's producer, at the first byte: a handshake that is
        refused leaves the transport as it found it.
        """
        if self._is_registered:
            return
        self._is_registered = True
        bottom: object = self._transport
        while isinstance(bottom, ProtocolWrapper):
            bottom = bottom.transport
        if isinstance(bottom, FileDescriptor):
            bottom.bufferSize = TRANSPORT_BYTES
        # Nagle's algorithm holds a small frame back until the one before it is
        # acknowledged: 35 ms instead of 5 at the slow end of a busy room.
        if ITCPTransport.providedBy(self._transport):
            self._transport.setTcpNoDelay(True)
        cast(IConsumer, self._transport).registerProducer(self, streaming=True)

    def _end(self) -> None:
        # A producer that stays registered would hold the end up.
        if self._is_registered:
            self._is_registered = False
            cast(IConsumer, self._transport).unregisterProducer()
        if self._lingers:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()
