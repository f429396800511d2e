"""
The whole way out beside a model: a room's stream, outboxes, Twisted's buffers, a kernel.

Whatever is said, joined, left and read, each member gets whole frames: the events of its
time in the room without gap, double or disorder, its replies in their order, and behind a
cut or a close nothing.
"""

from __future__ import annotations

from typing import Any, Final, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.dialects import backlog, fanout, outbox
from chatroom.dialects.hixie import HixieFactory
from chatroom.dialects.websocket import WebSocketFactory
from chatroom.envelope import Envelope
from chatroom.room import Room
from chatroom.stream import Held, Stream
from tests.dialects.kernel import PLENTY, BareSocket
from tests.dialects.test_hixie import HEAD_75
from tests.dialects.websocket_client import HEAD
from tests.peers import RecordingSession

#: Small, so that a few steps reach them.
CUT, HANDOVER, PAUSE, PONGS, SLICE = 500, 60, 120, 40, 150

#: How many are there at most.
MEMBERS: Final = 4

#: What the closing handshakes look like here.
CLOSES: Final = "close"


def read(data: bytes) -> tuple[list[bytes | str], bytes]:
    """The payloads of whole frames of both dialects, and what is left over."""
    found: list[bytes | str] = []
    while len(data) >= 2:
        first, length, start = data[0], data[1], 2
        if first == 0:
            end = data.find(b"\xff")
            if end < 0:
                break
            found.append(data[1:end])
            data = data[end + 1 :]
            continue
        if first == 0xFF:
            assert data[:2] == b"\xff\x00"
            found.append(CLOSES)
            data = data[2:]
            continue
        assert first in (0x81, 0x88), data
        if length == 126:
            if len(data) < 4:
                break
            length, start = int.from_bytes(data[2:4], "big"), 4
        assert length < 2**16
        if len(data) < start + length:
            break
        payload = data[start : start + length]
        found.append(CLOSES if first == 0x88 else payload)
        data = data[start + length :]
    return found, data


class Member(RecordingSession):
    """
    Somebody in the room, and what must reach them.
    """

    def __init__(self, socket: BareSocket) -> None:
        super().__init__()
        self.socket = socket
        #: Events, and the replies that begin and end a time in the room.
        self.stream: list[bytes] = []
        self.replies: list[bytes] = []
        self.pongs: list[bytes] = []
        #: All that was written, in bytes; the pong that waits for room is not yet.
        self.written = 0
        self.late: bytes | None = None
        self.held: Held | None = None
        self.held_at = 0
        self.is_live = False
        #: Whether the connection is over, and how: closed, cut, lost.
        self.over = ""

    @property
    def outbox(self) -> outbox.Outbox:
        """Where everything leaves."""
        return cast(fanout.HasOutbox, self.carrier).outbox

    def hear(self, envelope: Envelope) -> None:
        """See `chatroom.session.Session`."""
        self.carrier.write_event(envelope.frame(self.carrier.dialect))

    def frame(self, payload: bytes) -> bytes:
        """As the member's dialect has it."""
        return self.carrier.dialect.frame(payload)

    def reply(self, payload: bytes) -> None:
        """Write one reply."""
        self.say(payload)
        if not self.over:
            self.replies.append(payload)
            self.written += len(self.frame(payload))

    def must_hear(self, payload: bytes) -> None:
        """An event is on its way."""
        if not self.over:
            self.stream.append(payload)
            self.written += len(self.frame(payload))

    def overflowed(self) -> None:
        """Say why, and close, if that is news."""
        if not self.over:
            self.over = "cut"
            super().overflowed()

    def lost(self) -> None:
        """Note it."""
        super().lost()
        self.over = self.over or "lost"


class WritePath(RuleBasedStateMachine):
    """A room, whose members read as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.reactor = MemoryReactorClock()
        self.room = Stream(Room("tea", "tea"), self.reactor, Envelope.send_to)
        self.members: list[Member] = []
        self.events: list[bytes] = []
        self.count = 0
        self.websocket = WebSocketFactory(self.newcomer, self.reactor)
        self.hixie = HixieFactory(self.newcomer, self.reactor)

    def newcomer(self) -> Member:
        """Who has just connected."""
        return self.members[-1]

    def tell(self, kind: bytes, size: int) -> bytes:
        """A payload there is only once."""
        self.count += 1
        return b"%s%d;" % (kind, self.count) + b"x" * size

    def pending(self, member: Member) -> list[bytes]:
        """What was said and not yet sent to *member*."""
        return list(self.room._said) if member.is_live else []

    # What happens.

    @precondition(lambda self: len(self.members) < MEMBERS)
    @rule(is_hixie=st.sampled_from([False, False, True]))
    def connect(self, is_hixie: bool) -> None:  # noqa: FBT001
        """Somebody opens a connection."""
        socket = BareSocket(self.reactor)
        self.members.append(Member(socket))
        carrier = (self.hixie if is_hixie else self.websocket).buildProtocol(None)
        assert carrier is not None
        socket.protocol = carrier
        socket.kernel.room = PLENTY
        carrier.makeConnection(cast(Any, socket))
        carrier.dataReceived(HEAD_75 if is_hixie else HEAD)
        socket.kernel.room = 0
        socket.kernel.taken = b""

    def pick(self, data: st.DataObject) -> Member:
        """Anybody."""
        return data.draw(st.sampled_from(self.members))

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        """A reply is asked for that stands for the room at one position."""
        member = self.pick(data)
        if not member.over:
            member.held = self.room.hold(cast(Any, member))
            member.held_at = len(self.events)
            member.is_live = False

    def waiting(self) -> list[Member]:
        """Those whose reply is not there yet."""
        return [
            member
            for member in self.members
            if member.held is not None and self.room.holds(cast(Any, member), member.held)
        ]

    @precondition(lambda self: self.waiting())
    @rule(data=st.data())
    def joined(self, data: st.DataObject) -> None:
        """The reply is there, of any moment since."""
        member = data.draw(st.sampled_from(self.waiting()))
        position = data.draw(st.integers(member.held_at, len(self.events)))
        member.held = None
        reply = self.tell(b"J", 3)
        member.reply(reply)
        if not member.over:
            member.stream.append(reply)
        for event in self.events[position:]:
            member.must_hear(event)
        self.room.release(cast(Any, member), position)
        member.is_live = True

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        """The stream ends with its reply."""
        member = self.pick(data)
        self.room.discard(cast(Any, member))
        member.is_live, member.held = False, None
        reply = self.tell(b"L", 3)
        member.reply(reply)
        if not member.over:
            member.stream.append(reply)

    @rule(size=st.integers(0, 40) | st.integers(100, 200))
    def publish(self, size: int) -> None:
        """Something happens in the room."""
        event = self.tell(b"e", size)
        self.events.append(event)
        for member in self.members:
            if member.is_live:
                member.must_hear(event)
        envelope = Envelope(event)
        self.room.keep(len(self.events), envelope)
        self.room.say(envelope)

    @rule()
    def turn(self) -> None:
        """The turn of the reactor ends."""
        self.reactor.advance(0)

    @precondition(lambda self: self.members)
    @rule(data=st.data(), size=st.integers(0, 40) | st.integers(100, 300))
    def answer(self, data: st.DataObject, size: int) -> None:
        """Somebody gets a reply."""
        self.pick(data).reply(self.tell(b"r", size))

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def ping(self, data: st.DataObject) -> None:
        """Somebody wants a pong."""
        member = self.pick(data)
        if member.over:
            return
        payload = self.tell(b"p", 2)
        has_room = member.outbox.waiting_bytes <= PONGS
        member.outbox.write_pong(member.frame(payload))
        member.pongs.append(payload)
        if has_room:
            member.written += len(member.frame(payload))
        else:
            member.late = member.frame(payload)

    @precondition(lambda self: self.members)
    @rule(data=st.data(), count=st.integers(1, 30) | st.integers(1, 600))
    def take(self, data: st.DataObject, count: int) -> None:
        """There is room in somebody's kernel again."""
        self.pick(data).socket.take(count)

    @precondition(lambda self: self.members)
    @rule(data=st.data(), count=st.integers(1, 600))
    def make_room(self, data: st.DataObject, count: int) -> None:
        """There is, but the reactor has not noticed."""
        self.pick(data).socket.kernel.room += count

    @precondition(lambda self: self.members)
    @rule(data=st.data())
    def full(self, data: st.DataObject) -> None:
        """There is none."""
        self.pick(data).socket.kernel.room = 0

    @precondition(lambda self: self.members)
    @rule(data=st.data(), is_sure=st.integers(0, 3))
    def tear(self, data: st.DataObject, is_sure: int) -> None:
        """Somebody's line is cut."""
        member = self.pick(data)
        if not is_sure:
            member.socket.kernel.is_broken = True
            member.socket.poll()

    @precondition(lambda self: self.members)
    @rule(data=st.data(), is_sure=st.integers(0, 2))
    def close(self, data: st.DataObject, is_sure: int) -> None:
        """Somebody is sent away."""
        member = self.pick(data)
        if not is_sure and not member.over:
            unsent = self.pending(member)
            if unsent:
                del member.stream[-len(unsent) :]
            member.over = "closed"
            member.carrier.close(1001, "bye")

    # What holds at every moment.

    @invariant()
    def who_is_lost_leaves(self) -> None:
        """As the chat does it."""
        for member in self.members:
            if member.socket.disconnected:
                self.room.discard(cast(Any, member))
                member.is_live = False

    @invariant()
    def all_get_what_they_should(self) -> None:
        """As far as they have read."""
        for member in self.members:
            got, rest = read(member.socket.kernel.taken)
            self.compare(member, got)
            if member.over in ("closed", "cut") and got and got[-1] == CLOSES:
                assert not rest

    @invariant()
    def all_is_counted(self) -> None:
        """What waits, to the byte; and where it waits."""
        for member in self.members:
            if member.over:
                continue
            box, socket = member.outbox, member.socket
            waiting = box._backlog
            if member.late is not None and (waiting is None or waiting.late_pong is None):
                member.written += len(member.late)
                member.late = None
            unsent = sum(len(member.frame(payload)) for payload in self.pending(member))
            real = member.written - unsent - len(socket.kernel.taken)
            if waiting is None:
                assert socket.held_bytes == 0
                assert socket.producer is None
                assert not socket.is_polled
                assert box.send is not None
            else:
                assert socket.producer is box
                assert box.send is None
                # The transport does not tell how much is left of what it was given.
                real += waiting._handed_bytes - socket.held_bytes
            assert box.waiting_bytes == real, (box.waiting_bytes, real)

    def compare(self, member: Member, got: list[bytes | str]) -> None:
        """Assert that *member* may have *got* this so far."""
        if CLOSES in got:
            assert member.over in ("closed", "cut"), member.over
            assert got.index(CLOSES) == len(got) - 1
            got = got[:-1]
            if member.over == "cut":
                assert got.pop() == b"closing 1013"
        elif b"closing 1013" in got:
            assert member.over == "cut"
            assert got.pop() == b"closing 1013"
        payloads = [payload for payload in got if isinstance(payload, bytes)]
        stream = [payload for payload in payloads if payload[:1] in b"eJL"]
        replies = [payload for payload in payloads if payload[:1] in b"rJL"]
        pongs = [payload for payload in payloads if payload[:1] == b"p"]
        assert len(payloads) == len({*stream, *replies}) + len(pongs)
        assert stream == member.stream[: len(stream)], (stream, member.stream)
        assert replies == member.replies[: len(replies)], (replies, member.replies)
        # Some are left out, and none is told twice or late.
        asked = iter(member.pongs)
        assert all(pong in asked for pong in pongs), (pongs, member.pongs)

    def teardown(self) -> None:
        """In the end everybody reads everything."""
        for _ in range(len(self.events) + 1):
            self.reactor.advance(0)
        for member in self.members:
            if not member.socket.kernel.is_broken:
                member.socket.take(PLENTY)
        self.all_is_counted()
        for member in self.members:
            if member.socket.kernel.is_broken:
                continue
            got, rest = read(member.socket.kernel.taken)
            assert rest == b""
            self.compare(member, got)
            assert member.outbox.waiting_bytes == 0
            assert (CLOSES in got) == (member.over in ("closed", "cut"))
            if member.over != "cut":
                assert [p for p in got if p[:1] in (b"e", b"J", b"L")] == member.stream
                assert [p for p in got if p[:1] in (b"r", b"J", b"L")] == member.replies
            if not member.over and member.pongs:
                assert member.pongs[-1] in got


class WritePathTests(SynchronousTestCase):
    """The machine, with small limits."""

    def test_everybody_gets_their_bytes(self) -> None:
        """Any mix of what can happen."""
        self.patch(outbox, "BACKLOG_CUT_BYTES", CUT)
        self.patch(limits, "BACKLOG_CUT_BYTES", CUT)
        self.patch(limits, "SLICE_BYTES", SLICE)
        self.patch(backlog, "HANDOVER_BYTES", HANDOVER)
        self.patch(backlog, "BACKLOG_PAUSE_BYTES", PAUSE)
        for module in (backlog, outbox):
            self.patch(module, "PONG_BACKLOG_BYTES", PONGS)
        run_state_machine_as_test(
            WritePath,
            settings=settings(
                max_examples=150,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
