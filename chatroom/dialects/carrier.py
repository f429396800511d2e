"""
A connection after its handshake: what is the same in every dialect.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITCPTransport
from twisted.logger import Logger
from zope.interface import implementer

from chatroom.codecs.head import RequestHead
from chatroom.dialects.fanout import FanOut
from chatroom.dialects.meter import Meter
from chatroom.dialects.outbox import Outbox
from chatroom.envelope import Group
from chatroom.interfaces import ICarrier, IDialect, ISession
from chatroom.limits import FRAME_COST_BYTES, FRAMES_PER_TURN
from chatroom.networks import network_of

#: Confirmed to clients that ask for it; nobody has to.
SUBPROTOCOL: Final = "chatroom.v1"

#: Nothing is read, since the session has asked for that; since too much has come.
_ASKED: Final = 1
_AHEAD: Final = 2

_log = Logger()


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    What all ways of putting messages on the wire do alike.
    """

    name: str

    def group(self) -> Group:
        """See `IDialect.group`."""
        return FanOut()


def counted(peer: IAddress | None) -> str:
    """
    Return what *peer* counts as: see `ICarrier.address`.
    """
    if not isinstance(peer, IPv4Address | IPv6Address):
        return ""
    return network_of(peer.host)


@implementer(ICarrier)
class Carrier:
    """
    The part of a dialect's protocol that meets the application.

    A dialect attaches it to the transport, opens it after the handshake, and
    provides what differs: how one message is read and how a close is written.
    A session that raises is closed with 1011; no bug of its reaches the wire,
    or another member.
    """

    dialect: IDialect
    address = ""
    #: What is not set costs nothing.
    request: RequestHead | None = None
    outbox: Outbox
    #: How fast to read; as fast as it comes without one.
    meter: Meter | None = None
    _session: ISession | None = None
    #: What nothing is read for, `_ASKED` and `_AHEAD` together.
    _pauses = 0
    _due_s = 0.0
    _waited_bytes = 0
    _wait: IDelayedCall | None = None
    _is_closing = False
    _is_reading = False

    @abstractmethod
    def _read_one(self) -> bool:
        """
        Read one frame of what has come; tell whether there may be more.
        """

    @abstractmethod
    def _write_close(self, code: int, reason: str) -> None:
        """
        Put the dialect's closing handshake into the outbox. Called once.
        """

    @property
    def waiting_bytes(self) -> int:
        """See `ICarrier.waiting_bytes`."""
        return self.outbox.waiting_bytes

    def write(self, frame: bytes) -> None:
        """See `ICarrier.write`."""
        if not self._is_closing:
            self.outbox.write(frame)

    def write_event(self, frames: bytes) -> None:
        """See `ICarrier.write_event`."""
        self.outbox.write_event(frames)

    def close(self, code: int, reason: str) -> None:
        """See `ICarrier.close`."""
        if self._is_closing:
            return
        self._is_closing = True
        self.outbox.end_in_time()
        self._write_close(code, reason)
        # The peer's half of the closing handshake is still to be read.
        self.resume()

    def pause(self) -> None:
        """See `ICarrier.pause`."""
        if not self._is_closing:
            self._pause(_ASKED)

    def resume(self) -> None:
        """See `ICarrier.resume`."""
        self._resume(_ASKED)

    def come_from(self, peer: IAddress | None) -> None:
        """
        Count as *peer*, whatever the transport says.
        """
        address = counted(peer)
        # What is not set costs nothing.
        if address:
            self.address = address

    def _attach(self, transport: ITCPTransport, clock: IReactorTime) -> None:
        """
        Send through *transport* from here on.
        """
        self.outbox = Outbox(transport, clock, self)

    def _opened(self, new_session: Callable[[], ISession]) -> None:
        """
        The handshake is done: let a new session know.
        """
        try:
            self._session = new_session()
        except Exception:  # noqa: BLE001 - see the class
            self._broken()
        else:
            self._tell(self._session.opened, self)

    def _lost(self) -> None:
        """
        The connection is gone. Called once.
        """
        self._is_closing = True
        if self._wait is not None:
            self._wait.cancel()
            self._wait = None
        self.outbox.connection_lost()
        if self._session is not None:
            self._tell(self._session.lost)

    def _pause(self, why: int) -> None:
        if not self._pauses:
            self.outbox.pause_reading()
        self._pauses |= why

    def _resume(self, why: int) -> None:
        if self._pauses & why:
            self._pauses &= ~why
            if not self._pauses:
                self.outbox.resume_reading()
                self._read_on()

    def _is_there_unheard(self) -> bool:
        """
        Whether a connection that is not read shows in another way that somebody is there:
        less waits for it than at the last look, or nothing.
        """
        before, self._waited_bytes = self._waited_bytes, self.outbox.waiting_bytes
        return bool(self._pauses) and (self._waited_bytes < before or not self._waited_bytes)

    def _count(self, size: int) -> None:
        """
        Let *size* bytes be read; if that was too fast, nothing more for a while.
        """
        meter = self.meter
        if meter is not None:
            self._due_s = meter.read(self._due_s, size)
            wait_s = meter.ahead_s(self._due_s)
            if wait_s > 0:
                self._read_later(meter, wait_s)

    def _let_others(self) -> None:
        """
        Read on in the next turn: this connection has had its part of this one.
        """
        if self.meter is not None:
            self._read_later(self.meter, 0)

    def _read_later(self, meter: Meter, wait_s: float) -> None:
        if self._wait is None:
            self._pause(_AHEAD)
            self._wait = meter.clock.callLater(wait_s, self._look_again, meter)

    def _look_again(self, meter: Meter) -> None:
        """
        Read on, unless more has come meanwhile, or been counted.
        """
        self._wait = None
        wait_s = meter.ahead_s(self._due_s)
        if wait_s > 0:
            self._read_later(meter, wait_s)
        else:
            self._resume(_AHEAD)

    def _read_on(self) -> None:
        """
        Read frame by frame, until there are none or it is enough for now.

        A session that pauses gets nothing more, not even of the segment that is
        being read. A session that resumes does so inside of this loop at times.
        """
        if self._is_reading:
            return
        self._is_reading = True
        count = 0
        try:
            while not self._pauses and self._read_one():
                count += 1
                if count == FRAMES_PER_TURN:
                    self._let_others()
        finally:
            self._is_reading = False
        if count:
            self._count(count * FRAME_COST_BYTES)

    def _deliver(self, payload: bytes) -> None:
        """
        Hand a message over, unless the session has done with them.
        """
        if self._session is not None and not self._is_closing:
            self._tell(self._session.received, payload)

    def _fail(self, code: int, reason: str) -> None:
        """
        Close for a mistake that the session has to tell the peer of first.
        """
        if self._is_closing:
            return
        if self._session is not None:
            try:
                self._session.failing(code, reason)
            except Exception:  # noqa: BLE001 - see the class
                _log.failure("A session failed while its connection closed.")
        self.close(code, reason)

    def _tell(self, what: Callable[..., None], *details: object) -> None:
        try:
            what(*details)
        except Exception:  # noqa: BLE001 - see the class
            self._broken()

    def _broken(self) -> None:
        _log.failure("A session failed; its connection is closed.")
        self._fail(1011, "a mistake of the server's")

    def overflowed(self) -> None:
        """See `chatroom.dialects.outbox.Owner`."""
        if self._session is not None:
            self._tell(self._session.overflowed)

    def drained(self) -> None:
        """See `chatroom.dialects.outbox.Owner`."""
        if self._session is not None:
            self._tell(self._session.drained)
