"""
The outbox on Twisted's own transports and their buffers.
"""

from __future__ import annotations

from socket import SO_SNDBUF, SOL_SOCKET, socketpair
from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import ISSLTransport, ITCPTransport, IUNIXTransport
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.tcp import Connection
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides

from chatroom.dialects.outbox import Outbox
from chatroom.limits import (
    BACKLOG_PAUSE_BYTES,
    CLOSE_TIMEOUT_S,
    HANDOVER_BYTES,
    KIB,
    MIB,
    SOCKET_SEND_BYTES,
    TRANSPORT_BYTES,
)
from tests.dialects.kernel import PLENTY, BareSocket


class Descriptor(FileDescriptor):
    """Twisted's own buffers, above a kernel that takes what the test lets it take."""

    def __init__(self) -> None:
        self._reactor = MemoryReactorClock()
        super().__init__(self._reactor)
        self.connected = 1
        self.taken = b""
        self.ended = False
        self._budget = 0

    def writeSomeData(self, data: bytes) -> int:  # noqa: N802
        """Be the kernel."""
        count = min(self._budget, len(data))
        self._budget -= count
        self.taken += bytes(data[:count])
        return count

    def take(self, count: int) -> None:
        """Let the kernel take *count* bytes."""
        self._budget = count
        while self._budget and self in self._reactor.writers:
            self.ended = self.doWrite() is CONNECTION_DONE or self.ended


class DescriptorTests(SynchronousTestCase):
    """On the transports of Twisted itself."""

    def setUp(self) -> None:
        """Begin with an empty one."""
        self.descriptor = Descriptor()
        self.overflows = 0

    def overflowed(self) -> None:
        """See `Owner`."""
        self.overflows += 1

    def drained(self) -> None:
        """See `Owner`."""

    def outbox(self, transport: object) -> Outbox:
        """An outbox on *transport*."""
        return Outbox(cast(ITCPTransport, transport), Clock(), self)

    def test_buffer_of_a_descriptor(self) -> None:
        """It is made small: what is in it cannot be counted."""
        self.outbox(self.descriptor).write(b"x")

        self.assertEqual(TRANSPORT_BYTES, self.descriptor.bufferSize)

    def test_buffer_below_a_wrapper(self) -> None:
        """TLS and the like only pass on what the descriptor below them says."""
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.makeConnection(self.descriptor)

        outbox = self.outbox(wrapper)
        outbox.write(b"x" * (TRANSPORT_BYTES + 1))
        outbox.write(b"y")

        self.assertEqual(TRANSPORT_BYTES, self.descriptor.bufferSize)
        self.assertEqual(TRANSPORT_BYTES + 2, outbox.waiting_bytes)
        self.descriptor.take(MIB)
        self.assertEqual(b"x" * (TRANSPORT_BYTES + 1) + b"y", self.descriptor.taken)

    def test_the_end(self) -> None:
        """The last byte goes out, then the descriptor ends."""
        outbox = self.outbox(self.descriptor)
        outbox.write(b"x" * (MIB - 1))
        outbox.write(b"y")
        outbox.loseConnection()
        self.descriptor.take(MIB - 1)
        self.assertFalse(self.descriptor.ended)

        self.descriptor.take(MIB)

        self.assertEqual(b"xy", self.descriptor.taken[-2:])
        self.assertTrue(self.descriptor.ended)

    def test_the_end_that_the_peer_asked_for(self) -> None:
        """The switch ends the descriptor; what waits goes out before."""
        outbox = self.outbox(self.descriptor)
        outbox.write(b"x" * MIB)
        self.descriptor.loseConnection()

        self.descriptor.take(2 * MIB)

        self.assertEqual(MIB, len(self.descriptor.taken))
        self.assertTrue(self.descriptor.ended)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["write", "event", "take", "take"]),
                st.integers(1, 5) | st.integers(1, 200 * KIB),
            ),
            max_size=60,
        )
    )
    def test_every_byte_once_and_counted(self, steps: list[tuple[str, int]]) -> None:
        """Whatever the mix, the kernel gets whole frames in order, and the rest is counted."""
        self.setUp()
        outbox = self.outbox(self.descriptor)
        written: list[bytes] = []
        for number, (step, count) in enumerate(steps):
            if step == "take":
                self.descriptor.take(count)
            else:
                frame = bytes([number]) * count
                (outbox.write if step == "write" else outbox.write_event)(frame)
                if self.overflows:
                    break
                written.append(frame)
            waiting = sum(map(len, written)) - len(self.descriptor.taken)
            # A full transport's part counts until all of it is taken, and what a
            # transport holds that is not full does not count.
            self.assertLessEqual(waiting - TRANSPORT_BYTES, outbox.waiting_bytes)
            self.assertLess(outbox.waiting_bytes, waiting + HANDOVER_BYTES + TRANSPORT_BYTES)
        self.descriptor.take(100 * MIB)

        ends = [len(b"".join(written[:count])) for count in range(len(written) + 1)]
        sent = len(self.descriptor.taken)
        self.assertEqual(self.descriptor.taken, b"".join(written)[:sent])
        self.assertIn(sent, ends if self.overflows else ends[-1:])
        self.assertEqual(0, outbox.waiting_bytes)


class StraightTests(SynchronousTestCase):
    """On a bare TCP socket: past the transport while nothing waits."""

    def setUp(self) -> None:
        """Begin with a socket that takes all."""
        self.reactor = MemoryReactorClock()
        self.socket = BareSocket(self.reactor)
        self.kernel = self.socket.kernel
        self.kernel.room = PLENTY
        self.told: list[str] = []
        self.lost: list[object] = []
        self.socket.protocol = self
        self.outbox = Outbox(cast(ITCPTransport, self.socket), self.reactor, self)

    def connectionLost(self, reason: Failure) -> None:
        """See `Protocol`."""
        self.lost.append(reason)
        self.outbox.connection_lost()

    def overflowed(self) -> None:
        """See `Owner`."""
        self.told.append("overflowed")

    def drained(self) -> None:
        """See `Owner`."""
        self.told.append("drained")

    def assert_straight(self) -> None:
        """Nothing waits, and the transport knows of nothing."""
        self.assertIsNone(self.socket.producer)
        self.assertFalse(self.socket.is_polled)
        self.assertEqual((0, 0), (self.socket.held_bytes, self.outbox.waiting_bytes))
        sends = self.kernel.sends
        self.outbox.write(b"straight")
        self.assertEqual(sends + 1, self.kernel.sends)

    def test_while_the_kernel_takes_all(self) -> None:
        """One call for each write, and nothing is registered or polled."""
        for write in (self.outbox.write, self.outbox.write_event, self.outbox.write_pong):
            write(b"<frame>")
        self.outbox.writeSequence([b"a", b"b"])

        self.assertEqual(b"<frame>" * 3 + b"ab", self.kernel.taken)
        self.assertEqual(4, self.kernel.sends)
        self.assert_straight()

    def test_a_part_is_taken(self) -> None:
        """The rest goes through the transport, and then all is straight again."""
        self.kernel.room = 3
        self.outbox.write(b"<one>")
        self.outbox.write(b"<two>")
        self.assertEqual(b"<on", self.kernel.taken)
        self.assertEqual(7, self.outbox.waiting_bytes)
        self.assertTrue(self.socket.is_polled)
        self.assertEqual(1, self.kernel.sends)

        self.socket.take(PLENTY)

        self.assertEqual(b"<one><two>", self.kernel.taken)
        self.assert_straight()

    def test_it_would_block(self) -> None:
        """A frame of which nothing was taken waits whole."""
        self.kernel.room = 0
        self.outbox.write_event(b"<event>")

        self.assertEqual(7, self.outbox.waiting_bytes)
        self.socket.take(4)
        self.outbox.write(b"<reply>")
        self.socket.take(PLENTY)
        self.assertEqual(b"<event><reply>", self.kernel.taken)
        self.assert_straight()

    def test_again_and_again(self) -> None:
        """From the one way to the other and back, as often as need be."""
        for number in range(5):
            self.kernel.room = number
            self.outbox.write(b"<frame>")
            self.socket.take(PLENTY)
            self.assert_straight()

        self.assertEqual(b"<frame>straight" * 5, self.kernel.taken)

    def test_broken(self) -> None:
        """The transport finds out what is wrong, ends, and tells; once."""
        self.kernel.is_broken = True
        self.outbox.write(b"<one>")
        self.outbox.write_event(b"<two>")
        self.assertEqual([], self.lost)

        self.socket.poll()
        self.outbox.write(b"<late>")

        self.assertEqual(1, len(self.lost))
        self.assertEqual((b"", 0), (self.kernel.taken, self.outbox.waiting_bytes))
        self.assertFalse(self.socket.is_polled)

    def test_cut(self) -> None:
        """What was begun is finished, and what is said then goes behind it."""
        self.kernel.room = 10
        frame = b"e" * (100 * KIB)
        while not self.told:
            self.outbox.write_event(frame)
        self.assertEqual(len(frame) - 10, self.outbox.waiting_bytes)
        self.outbox.write(b"closing")
        self.outbox.write_event(frame)
        self.socket.take(PLENTY)
        self.outbox.write_event(frame)

        self.assertEqual(["overflowed"], self.told)
        self.assertEqual(frame + b"closing", self.kernel.taken)
        self.assertFalse(self.socket.is_polled)

    def test_closed_behind_nothing(self) -> None:
        """The transport ends in its own time, and nothing is written any more."""
        self.outbox.write(b"bye")
        self.outbox.loseConnection()
        self.outbox.write(b"late")
        self.outbox.write_event(b"late")
        self.outbox.write_pong(b"late")
        self.socket.poll()

        self.assertEqual(b"bye", self.kernel.taken)
        self.assertEqual(1, len(self.lost))
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_nothing_happens_behind_a_closing(self) -> None:
        """Once an end is in sight, replies go out, and events nowhere."""
        self.outbox.end_in_time()
        self.outbox.write_event(b"<event>")
        self.outbox.write(b"<close>")
        self.socket.take(PLENTY)

        self.assertEqual(b"<close>", self.kernel.taken)

    def test_closed_behind_a_backlog(self) -> None:
        """Not before the last byte is gone."""
        self.kernel.room = 0
        self.outbox.write(b"x" * (3 * HANDOVER_BYTES))
        self.outbox.write(b"bye")
        self.outbox.loseConnection()
        self.socket.take(3 * HANDOVER_BYTES)
        self.assertEqual([], self.lost)
        self.socket.take(PLENTY)

        self.assertEqual(3 * HANDOVER_BYTES + 3, len(self.kernel.taken))
        self.assertEqual(1, len(self.lost))

    def test_half_closed(self) -> None:
        """With and without a backlog, the one half ends; the other at the deadline."""
        for room in (PLENTY, 2):
            self.setUp()
            self.kernel.room = room
            self.outbox.write(b"<bye>")
            self.outbox.end_and_linger()
            self.outbox.write(b"<late>")
            self.socket.take(PLENTY)

            self.assertEqual(b"<bye>", self.kernel.taken)
            self.assertTrue(self.socket.half_closed)
            self.assertEqual([], self.lost)
            self.reactor.advance(CLOSE_TIMEOUT_S)
            self.reactor.advance(0)
            self.assertEqual(1, len(self.lost))

    def test_the_peer_has_said_its_last(self) -> None:
        """The switch ends the transport; what is written until it is gone still goes out."""
        for room, written in ((PLENTY, b"<one><two>"), (2, b"<one><two>")):
            self.setUp()
            self.kernel.room = room
            self.outbox.write(b"<one>")
            self.socket.loseConnection()
            self.outbox.write(b"<two>")
            self.assertEqual([], self.lost)
            self.socket.take(PLENTY)

            self.assertEqual(written, self.kernel.taken)
            self.assertEqual(1, len(self.lost))

    def test_no_pong_behind_a_close(self) -> None:
        """One that found no room is forgotten with the closing."""
        for end in (Outbox.end_in_time, Outbox.loseConnection, Outbox.end_and_linger):
            self.setUp()
            self.kernel.room = 0
            self.outbox.write(b"x" * (3 * KIB))
            self.outbox.write_pong(b"<pong>")
            if end is Outbox.end_in_time:
                end(self.outbox)
                self.outbox.write(b"<close>")
            else:
                self.outbox.write(b"<close>")
                end(self.outbox)
            self.socket.take(PLENTY)

            self.assertEqual(b"x" * (3 * KIB) + b"<close>", self.kernel.taken)

    def test_no_pong_asked_for_behind_a_close(self) -> None:
        """Nor is one kept that is asked for while the closing waits."""
        self.kernel.room = 0
        self.outbox.write(b"x" * (3 * KIB))
        self.outbox.loseConnection()
        self.outbox.write_pong(b"<pong>")
        self.socket.take(PLENTY)

        self.assertEqual(b"x" * (3 * KIB), self.kernel.taken)

    def test_a_late_pong(self) -> None:
        """Goes out when there is room, and all is straight again."""
        self.kernel.room = 0
        self.outbox.write(b"x" * (3 * KIB))
        for number in range(3):
            self.outbox.write_pong(b"<%d>" % number)
        self.socket.take(PLENTY)

        self.assertEqual(b"x" * (3 * KIB) + b"<2>", self.kernel.taken)
        self.assert_straight()

    def test_drained(self) -> None:
        """Told once it has come down, as on any transport."""
        self.kernel.room = 0
        self.outbox.write(b"x" * (BACKLOG_PAUSE_BYTES + 1))
        self.socket.take(1000)
        self.assertEqual([], self.told)
        self.socket.take(PLENTY)

        self.assertEqual(["drained"], self.told)

    def test_aborted(self) -> None:
        """What waits is forgotten at once."""
        self.kernel.room = 0
        self.outbox.write(b"<frame>")
        self.outbox.abortConnection()
        self.outbox.write(b"<late>")

        self.assertEqual(0, self.outbox.waiting_bytes)
        self.reactor.advance(0)
        self.assertEqual(1, len(self.lost))
        self.assertEqual(b"", self.kernel.taken)


class SocketTests(SynchronousTestCase):
    """What is set on a socket of the system."""

    def test_options(self) -> None:
        """No waiting for more, and a kernel that holds little; bytes arrive."""
        ours, theirs = socketpair()
        for end in (ours, theirs):
            self.addCleanup(end.close)
            end.settimeout(0)
        no_delay: list[bool] = []

        class Quiet(Connection):
            """Without Nagle's algorithm, which a pair of sockets does not know."""

            def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001, N802
                no_delay.append(enabled)

        transport = Quiet(ours, Protocol(), MemoryReactorClock())
        before = ours.getsockopt(SOL_SOCKET, SO_SNDBUF)

        outbox = Outbox(cast(ITCPTransport, transport), Clock(), StraightTests())
        outbox.write(b"<frame>")

        self.assertEqual([True], no_delay)
        self.assertNotEqual(before, ours.getsockopt(SOL_SOCKET, SO_SNDBUF))
        # Linux counts its own bookkeeping too.
        self.assertIn(
            ours.getsockopt(SOL_SOCKET, SO_SNDBUF), (SOCKET_SEND_BYTES, 2 * SOCKET_SEND_BYTES)
        )
        self.assertEqual(b"<frame>", theirs.recv(100))

    def test_what_is_no_bare_socket(self) -> None:
        """TLS, Unix sockets and wrappers are written to as transports."""
        for interface in (ISSLTransport, IUNIXTransport):
            socket = BareSocket(MemoryReactorClock())
            socket.kernel.room = PLENTY
            directlyProvides(socket, interface)
            Outbox(cast(ITCPTransport, socket), Clock(), StraightTests()).write(b"<frame>")

            self.assertEqual((0, b""), (socket.kernel.sends, socket.kernel.taken))
            socket.poll()
            self.assertEqual(b"<frame>", socket.kernel.taken)

    def test_what_was_written_before_is_not_overtaken(self) -> None:
        """A site that was there first has answers on their way; then it goes straight."""
        socket = BareSocket(MemoryReactorClock())
        socket.write(b"<page>")
        outbox = Outbox(cast(ITCPTransport, socket), Clock(), StraightTests())
        for frames in (b"<one>", b"<two>"):
            outbox.write(frames)
        self.assertEqual(b"", socket.kernel.taken)

        socket.take(PLENTY)
        outbox.write(b"<three>")

        self.assertEqual(b"<page><one><two><three>", socket.kernel.taken)
        self.assertEqual((1, 0), (socket.kernel.sends, outbox.waiting_bytes))
