"""
What waits to be sent on one connection, on a transport that is no bare socket.
"""

from __future__ import annotations

from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chatroom.dialects.outbox import Outbox
from chatroom.limits import (
    BACKLOG_CUT_BYTES,
    BACKLOG_PAUSE_BYTES,
    CLOSE_TIMEOUT_S,
    HANDOVER_BYTES,
    KIB,
)
from tests.peers import SlowTransport


class OutboxCase(SynchronousTestCase):
    """An outbox on a transport that takes what it is let take."""

    def setUp(self) -> None:
        """Begin with an empty one."""
        self.transport = SlowTransport()
        self.clock = Clock()
        self.told: list[str] = []
        self.outbox = Outbox(self.transport, self.clock, self)

    def overflowed(self) -> None:
        """See `Owner`."""
        self.told.append("overflowed")

    def drained(self) -> None:
        """See `Owner`."""
        self.told.append("drained")

    def fill(self) -> None:
        """Let one frame be more than the transport holds without saying so."""
        self.outbox.write(b"f" * (self.transport.bufferSize + 1))


class WritingTests(OutboxCase):
    """What is written goes out, in order and whole."""

    def test_it_is_a_transport_and_a_producer(self) -> None:
        """To the dialect it is the one, to the transport the other."""
        verifyObject(ITransport, self.outbox)
        verifyObject(IPushProducer, self.outbox)
        self.assertEqual(self.transport.getPeer(), self.outbox.getPeer())
        self.assertEqual(self.transport.getHost(), self.outbox.getHost())

    def test_nothing_written_leaves_the_transport_alone(self) -> None:
        """No producer is registered for a connection that has nothing to send."""
        self.assertIsNone(self.transport.producer)

    def test_a_frame_goes_straight_through(self) -> None:
        """While the transport takes it, nothing waits."""
        self.outbox.write(b"one")
        self.outbox.writeSequence([b"t", b"wo"])

        self.assertEqual(b"onetwo", self.transport.held)
        self.assertEqual(0, self.outbox.waiting_bytes)

    def test_small_frames_are_not_held_back(self) -> None:
        """Nagle's algorithm is off by the first byte."""
        self.outbox.write(b"one")

        self.assertTrue(self.transport.no_delay)

    def test_the_transport_is_given_little_at_a_time(self) -> None:
        """What it did not take yet stays in the outbox, where it can be counted."""
        big = b"b" * (3 * HANDOVER_BYTES)

        self.outbox.write(big)

        self.assertEqual(HANDOVER_BYTES, len(self.transport.held))
        self.assertEqual(len(big), self.outbox.waiting_bytes)
        self.transport.take()
        self.assertEqual(big, self.transport.value())
        self.assertEqual(0, self.outbox.waiting_bytes)

    def test_frames_of_a_full_connection_keep_their_order(self) -> None:
        """Replies, events and control frames share one line."""
        self.fill()
        self.outbox.write(b"1")
        self.outbox.write_event(b"2")
        self.outbox.write_pong(b"3")
        self.outbox.write(b"4")
        waiting = self.outbox.waiting_bytes

        self.transport.take()

        self.assertTrue(self.transport.value().endswith(b"f124" + b"3"))
        self.assertGreater(waiting, self.transport.bufferSize)

    def test_drained_is_told_when_there_is_room_again(self) -> None:
        """Once for each time that more than the limit waited."""
        for _ in range(2):
            self.outbox.write(b"x" * (BACKLOG_PAUSE_BYTES + 1))
            self.transport.take(1)
            self.assertNotIn("drained", self.told)
            self.transport.take()
            self.assertEqual(["drained"], self.told)
            self.told.clear()
        self.outbox.write(b"x" * 1000)
        self.transport.take()
        self.assertEqual([], self.told)


class CutTests(OutboxCase):
    """A peer that does not read what happens is cut off."""

    def test_events_up_to_the_limit_wait(self) -> None:
        """Exactly the limit is no overflow."""
        frame = b"e" * (64 * KIB)
        for _ in range(BACKLOG_CUT_BYTES // len(frame)):
            self.outbox.write_event(frame)

        self.assertEqual([], self.told)
        self.assertEqual(BACKLOG_CUT_BYTES, self.outbox.waiting_bytes)

    def test_overflow_drops_what_was_not_begun(self) -> None:
        """The frame under way is finished, the next one is what is said then."""
        begun = b"b" * (100 * KIB)
        self.outbox.write_event(begun)
        self.assertEqual(HANDOVER_BYTES, len(self.transport.held))
        frame = b"e" * (100 * KIB)
        while not self.told:
            self.outbox.write_event(frame)
        waiting = self.outbox.waiting_bytes

        self.outbox.write(b"closing")
        self.outbox.write_event(frame)
        self.transport.take()

        self.assertEqual(["overflowed"], self.told)
        self.assertEqual(len(begun), waiting)
        self.assertEqual(begun + b"closing", self.transport.value())

    def test_overflow_between_frames(self) -> None:
        """When no frame is under way, only what was handed over goes out."""
        frame = b"e" * HANDOVER_BYTES
        while not self.told:
            self.outbox.write_event(frame)

        self.transport.take()

        self.assertEqual(frame, self.transport.value())

    def test_replies_never_overflow(self) -> None:
        """Who asks for much gets it; the limit is for what comes unasked."""
        for _ in range(40):
            self.outbox.write(b"r" * (64 * KIB))
        self.outbox.write_event(b"e")

        self.assertEqual([], self.told)
        self.transport.take()
        self.assertEqual(40 * 64 * KIB + 1, len(self.transport.value()))

    def test_taken_events_are_not_counted(self) -> None:
        """A peer that reads slowly but reads may get any number of events."""
        frame = b"e" * (200 * KIB)
        for _ in range(30):
            self.outbox.write_event(frame)
            self.transport.take(len(frame))

        self.assertEqual([], self.told)


class PongTests(OutboxCase):
    """Pings of a peer that does not read are not answered one by one."""

    def test_the_latest_ping_is_answered_in_the_end(self) -> None:
        """Of the many that found no room only the last one is."""
        self.fill()
        for number in range(10_000):
            self.outbox.write_pong(b"<%d>" % number)
        waiting = self.outbox.waiting_bytes

        self.transport.take()

        self.assertLessEqual(waiting, self.transport.bufferSize + 1)
        self.assertTrue(self.transport.value().endswith(b"f<9999>"))

    def test_pings_of_a_reader_are_all_answered(self) -> None:
        """While they are taken, each has its answer."""
        for number in range(3):
            self.outbox.write_pong(b"<%d>" % number)
            self.transport.take()

        self.assertEqual(b"<0><1><2>", self.transport.value())


class EndTests(OutboxCase):
    """How a connection ends."""

    def test_the_end_waits_for_what_was_written(self) -> None:
        """A producer that stayed registered would hold it up."""
        self.fill()
        self.outbox.write(b"bye")

        self.outbox.loseConnection()
        self.outbox.write(b"too late")

        self.assertFalse(self.transport.disconnecting)
        self.transport.take()
        self.assertTrue(self.transport.value().endswith(b"fbye"))
        self.assertTrue(self.transport.disconnecting)

    def test_an_empty_outbox_ends_at_once(self) -> None:
        """Whether or not anything was ever written."""
        self.outbox.loseConnection()
        self.outbox.loseConnection()

        self.assertTrue(self.transport.disconnecting)

    def test_a_peer_that_does_not_read_is_aborted(self) -> None:
        """The end is waited for, but not for ever."""
        self.fill()
        self.outbox.loseConnection()

        self.clock.advance(CLOSE_TIMEOUT_S)

        self.assertTrue(self.transport.disconnected)
        self.assertEqual(0, self.outbox.waiting_bytes)

    def test_the_deadline_is_not_moved(self) -> None:
        """It counts from the first time that an end was asked for."""
        self.outbox.end_in_time()
        self.clock.advance(CLOSE_TIMEOUT_S / 2)
        self.outbox.loseConnection()
        self.clock.advance(CLOSE_TIMEOUT_S / 2)

        self.assertTrue(self.transport.disconnected)

    def test_a_lost_connection_needs_no_deadline(self) -> None:
        """Nothing is left behind on the clock."""
        self.outbox.loseConnection()
        self.outbox.connection_lost()

        self.assertEqual([], self.clock.getDelayedCalls())
        self.outbox.write(b"x")
        self.assertEqual(b"", self.transport.held)

    def test_lingering_ends_one_half(self) -> None:
        """The peer can still talk, so that nothing unread resets the connection."""
        self.fill()
        self.outbox.end_and_linger()
        self.assertFalse(self.transport.half_closed)

        self.transport.take()

        self.assertTrue(self.transport.half_closed)
        self.assertFalse(self.transport.disconnecting)
        self.clock.advance(CLOSE_TIMEOUT_S)
        self.assertTrue(self.transport.disconnected)

    def test_a_peer_that_says_no_more_gets_what_waits(self) -> None:
        """The switch has the transport end; the outbox lets it, when it is empty."""
        self.fill()
        self.outbox.write(b"rest")
        self.transport.disconnecting = True

        self.transport.take()

        self.assertTrue(self.transport.value().endswith(b"frest"))
        self.assertIsNone(self.transport.producer)

    def test_a_stopped_producer_forgets(self) -> None:
        """A transport that is gone takes nothing."""
        self.fill()
        self.outbox.write(b"rest")

        self.outbox.stopProducing()

        self.assertEqual(0, self.outbox.waiting_bytes)
