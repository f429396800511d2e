"""
What waits to be sent on one connection, and how it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Protocol, cast

from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IDelayedCall,
    IHalfCloseableDescriptor,
    IPullProducer,
    IPushProducer,
    IReactorTime,
    ISSLTransport,
    ITCPTransport,
    ITransport,
)
from zope.interface import implementer

from chatroom.dialects.backlog import Backlog
from chatroom.dialects.sockets import Send, is_bare, is_empty, send_of, set_up
from chatroom.limits import (
    BACKLOG_CUT_BYTES,
    CLOSE_TIMEOUT_S,
    PONG_BACKLOG_BYTES,
)


class Owner(Protocol):
    """Whose outbox it is."""

    def overflowed(self) -> None:
        """
        With the next event more than ``BACKLOG_CUT_BYTES`` of them would wait; those
        not begun have been dropped. Called once.
        """

    def drained(self) -> None:
        """
        ``waiting_bytes`` has come back to ``BACKLOG_PAUSE_BYTES`` from above, save by
        the drop of an overflow.
        """


@implementer(ITransport, IPushProducer, IPullProducer)
class Outbox:
    """
    Every byte of a connection leaves through here, in the order written.

    To the dialect it is the transport, to the transport a producer. While nothing
    waits, a frame goes straight to the socket: the way through a transport costs
    three times the system call, for it arms the poll, comes back through the reactor
    and disarms it, for each member of a room. What the kernel does not take goes
    the long way, and so does everything behind it until all of that is gone.
    Where a transport is no bare TCP socket (TLS, Unix, a wrapper), all goes that way.

    Invariants:

    - No frame lands inside another, and one that was begun is finished.
    - The socket is written to only while the transport holds nothing.
    - ``waiting_bytes`` is all that was written and the kernel has not taken. But what
      a transport was given counts until it has all been taken, and one that is no
      bare socket may hold ``TRANSPORT_BYTES`` unseen.
    - Only events can overflow; replies are bounded by who asks for them.
    - Whenever ``send`` of any outbox becomes another, ``Outbox.changes`` does too.

    Args:
        transport: TCP, TLS or Unix; nobody else writes to it, or registers a
            producer with it.
        clock: Gives the closing its deadline.
        owner: Is told when too much waits, and when that is over.
    """

    __slots__ = (
        "_backlog",
        "_clock",
        "_deadline",
        "_is_cut",
        "_is_ending",
        "_is_full",
        "_is_registered",
        "_is_straight",
        "_lingers",
        "_owner",
        "_transport",
        "send",
    )

    #: See the invariants: who keeps a ``send`` sees by it whether to ask anew.
    changes: ClassVar[int] = 0

    def __init__(self, transport: ITCPTransport, clock: IReactorTime, owner: Owner) -> None:
        self._transport = transport
        self._clock = clock
        self._owner = owner
        self._backlog: Backlog | None = None
        self._is_registered = False
        self._is_full = False
        self._is_cut = False
        self._is_ending = False
        self._lingers = False
        self._deadline: IDelayedCall | None = None
        self._is_straight = is_bare(transport)
        #: The socket's own ``send``, while nothing waits. In a site that is there already the
        #: answers to earlier requests may wait, and those are not to be overtaken.
        self.send = send_of(transport) if self._is_straight and is_empty(transport) else None
        set_up(transport)

    @property
    def waiting_bytes(self) -> int:
        """See the invariants."""
        return 0 if self._backlog is None else self._backlog.waiting_bytes

    def write(self, data: bytes) -> None:
        """
        Send *data*, whole frames, behind what waits.
        """
        self._write(data, is_event=False)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """
        Send pieces that are whole frames together.
        """
        self.write(b"".join(data))

    def write_event(self, frames: bytes) -> None:
        """
        Send *frames*, one or several, or overflow by them; after that events go nowhere.
        """
        self._write(frames, is_event=True)

    def add_event(self, frames: bytes, sent: int) -> None:
        """
        Do `write_event` of *frames*, of which ``send`` has taken the first *sent* bytes.
        """
        self._add(frames, sent, is_event=True)

    def write_pong(self, frame: bytes) -> None:
        """
        Send the answer to a ping; of those that find no room, only the latest.

        Whoever pings and never reads would otherwise make us keep a hundred
        bytes of memory for two on the wire. To answer the latest ping alone is
        allowed by RFC 6455, section 5.5.3.
        """
        backlog = self._backlog
        if backlog is None or backlog.waiting_bytes <= PONG_BACKLOG_BYTES:
            self.write(frame)
        elif not self._is_cut:
            backlog.late_pong = frame

    def loseConnection(self) -> None:
        """
        End the connection behind what waits, within ``CLOSE_TIMEOUT_S``.
        """
        if not self._is_ending:
            self._is_ending = True
            self.end_in_time()
            if self._backlog is None:
                self._end()

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
        first call. Events go nowhere any more.
        """
        self._is_cut = True
        self._go(None)
        if self._backlog is not None:
            # Nothing follows a close.
            self._backlog.late_pong = None
        if self._deadline is None:
            self._deadline = self._clock.callLater(CLOSE_TIMEOUT_S, self.abortConnection)

    def abortConnection(self) -> None:
        """
        End the connection at once and forget what waits.
        """
        self._forget()
        self._transport.abortConnection()

    def connection_lost(self) -> None:
        """
        The connection is gone: nothing is sent or called any more.
        """
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

    def pause_reading(self) -> None:
        """
        Let the transport read nothing, until `resume_reading`.
        """
        cast(IPushProducer, self._transport).pauseProducing()

    def resume_reading(self) -> None:
        """
        Let the transport read on.
        """
        cast(IPushProducer, self._transport).resumeProducing()

    def pauseProducing(self) -> None:
        """
        The transport, which is no bare socket, holds more than ``TRANSPORT_BYTES``.
        """
        self._is_full = True

    def resumeProducing(self) -> None:
        """
        The kernel has taken all that the transport held.
        """
        self._is_full = False
        if self._backlog is not None:
            self._backlog.settle()
            self._hand_over(self._backlog)

    def stopProducing(self) -> None:
        """
        The transport is gone.
        """
        self._is_registered = False
        self._forget()

    def _write(self, data: bytes, *, is_event: bool) -> None:
        sent = 0
        if self.send is not None:
            try:
                sent = self.send(data)
            except OSError:
                # It would block; or it is broken, which the transport finds out too.
                sent = 0
            if sent == len(data):
                return
        elif self._is_ending or (is_event and self._is_cut):
            return
        self._add(data, sent, is_event=is_event)

    def _add(self, data: bytes, sent: int, *, is_event: bool) -> None:
        """
        Let *data* wait, of which the kernel has taken the first *sent* bytes.
        """
        backlog = self._backlog
        if backlog is None:
            backlog = self._backlog = Backlog()
            self._go(None)
        elif is_event and backlog.waiting_event_bytes + len(data) > BACKLOG_CUT_BYTES:
            self._is_cut = True
            backlog.drop()
            self._owner.overflowed()
            return
        backlog.add(data, sent, is_event=is_event)
        if not self._is_registered:
            self._register()
        self._hand_over(backlog)

    def _hand_over(self, backlog: Backlog) -> None:
        """
        Give the transport what it takes; when that was all, go straight again.
        """
        while backlog.frames and not self._is_full:
            # A transport below which is the bare socket says when it holds nothing,
            # and until then it is full; any other says when it is.
            self._is_full = self._is_straight
            self._transport.write(backlog.next_piece())
            if not self._is_full:
                backlog.settle()
        if backlog.has_come_down():
            self._owner.drained()
        if backlog is self._backlog and not backlog.frames and not self._is_full:
            self._all_taken()

    def _all_taken(self) -> None:
        self._backlog = None
        if self._is_straight:
            self._unregister()
            if not (self._is_ending or self._is_cut):
                self._go(send_of(self._transport))
        if self._is_ending or getattr(self._transport, "disconnecting", False):
            self._end()

    def _go(self, send: Send | None) -> None:
        """
        Go straight by *send*, or the long way.
        """
        self.send = send
        Outbox.changes += 1

    def _forget(self) -> None:
        self._is_ending = True
        self._go(None)
        self._backlog = None

    def _register(self) -> None:
        self._is_registered = True
        cast(IConsumer, self._transport).registerProducer(self, not self._is_straight)

    def _unregister(self) -> None:
        if self._is_registered:
            self._is_registered = False
            cast(IConsumer, self._transport).unregisterProducer()

    def _end(self) -> None:
        # A producer that stays registered would hold the end up.
        self._unregister()
        if self._lingers:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()
