"""
The outbox on Twisted's own transports and their buffers.
"""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from chatroom.dialects.outbox import Outbox
from chatroom.limits import HANDOVER_BYTES, KIB, MIB, TRANSPORT_BYTES


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
