"""
The WebSocket of today: closing, waiting, and sessions that break.
"""

from __future__ import annotations

from chatroom.dialects.websocket import RFC6455
from chatroom.limits import BACKLOG_CUT_BYTES, CLOSE_TIMEOUT_S, PONG_BACKLOG_BYTES
from tests.dialects.websocket_client import (
    CLOSE,
    HEAD,
    PING,
    PONG,
    TEXT,
    WebSocketCase,
    closing,
    masked,
)
from tests.peers import lose


class CloseTests(WebSocketCase):
    """How it ends."""

    def test_ours(self) -> None:
        """The close frame goes behind what is queued; the peer's ends TCP."""
        self.open()
        self.session.say(b"bye")
        self.carrier.close(1001, "restart")
        self.carrier.close(1013, "again")
        self.session.say(b"too late")
        self.carrier.write_event(RFC6455.frame(b"too late"))
        self.receive(masked(b"too late"), masked(b"too late", PING))

        self.assertEqual([(TEXT, b"bye"), (CLOSE, closing(1001, b"restart"))], self.sent_frames())
        self.assertEqual([], self.session.heard)
        self.assertFalse(self.transport.disconnecting)
        self.receive(masked(closing(1001), CLOSE))
        self.assertTrue(self.transport.disconnecting)
        self.assertFalse(self.transport.disconnected)

    def test_ours_unanswered(self) -> None:
        """Two seconds later the connection is aborted."""
        self.open()
        self.carrier.close(1001, "restart")
        self.clock.advance(CLOSE_TIMEOUT_S)

        self.assertTrue(self.transport.disconnected)

    def test_theirs(self) -> None:
        """It is answered, and TCP ends behind what is queued."""
        self.open()
        self.session.say(b"x" * 100_000)
        self.receive(masked(closing(1001), CLOSE) + masked(b"too late"))
        self.session.say(b"too late")
        self.assertFalse(self.transport.disconnecting)

        self.assertEqual([TEXT, CLOSE], [opcode for opcode, _ in self.sent_frames()])
        self.assertTrue(self.transport.disconnecting)
        self.assertEqual([], self.session.heard)

    def test_theirs_with_a_backlog_that_is_not_read(self) -> None:
        """A peer that says goodbye and reads nothing does not stay."""
        self.open()
        self.session.say(b"x" * 100_000)
        self.receive(masked(closing(1001), CLOSE))
        self.clock.advance(CLOSE_TIMEOUT_S)

        self.assertTrue(self.transport.disconnected)

    def test_in_the_middle_of_a_segment(self) -> None:
        """Once the session closes it hears no more of what came together."""
        self.open()
        self.receive(masked(b"close") + masked(b"too late"))

        self.assertEqual([b"close"], self.session.heard)

    def test_long_reason(self) -> None:
        """A reason is cut to what a control frame holds, between characters."""
        self.open()
        self.carrier.close(1001, "ü" * 100)

        ((_, payload),) = self.sent_frames()
        self.assertLessEqual(len(payload), 125)
        self.assertEqual("ü" * 61, payload[2:].decode())

    def test_lost(self) -> None:
        """The session is told once, and no call is left on the clock."""
        for close in (False, True):
            self.setUp()
            self.open()
            if close:
                self.carrier.close(1001, "restart")
            lose(self.carrier)

            self.assertEqual(["opened", "lost"], self.session.told)
            self.assertEqual([], self.clock.getDelayedCalls())


class FlowTests(WebSocketCase):
    """Sessions that have enough, and peers that do not read."""

    def test_pause_holds_what_came_in_one_segment(self) -> None:
        """A paused session gets not even what was read already."""
        self.open()
        self.session.pauses = True
        self.receive(masked(b"a") + masked(b"b") + masked(b"c"))
        self.assertEqual([b"a"], self.session.heard)
        self.assertEqual("paused", self.transport.producerState)

        self.session.pauses = False
        self.carrier.resume()

        self.assertEqual([b"a", b"b", b"c"], self.session.heard)
        self.assertEqual("producing", self.transport.producerState)

    def test_resume_while_reading(self) -> None:
        """A session that answers at once may resume inside of `received`."""
        self.open()
        received = self.session.received

        def received_and_resumed(payload: bytes) -> None:
            received(payload)
            self.carrier.resume()

        self.session.pauses = True
        self.session.received = received_and_resumed  # type: ignore[method-assign]
        self.receive(masked(b"a") + masked(b"b") + masked(b"c"))

        self.assertEqual([b"a", b"b", b"c"], self.session.heard)

    def test_pause_holds_what_came_with_the_handshake(self) -> None:
        """Bytes behind the head are frames, and wait like others."""
        self.session.pauses = True
        self.receive(HEAD + masked(b"a") + masked(b"b"))
        self.assertEqual([b"a"], self.session.heard)

        self.session.pauses = False
        self.carrier.resume()

        self.assertEqual([b"a", b"b"], self.session.heard)

    def test_close_while_paused(self) -> None:
        """The peer's close frame is read behind what waited, which is not delivered."""
        self.open()
        self.session.pauses = True
        self.receive(masked(b"a") + masked(b"b") + masked(closing(1000), CLOSE))
        self.carrier.close(1001, "restart")

        self.assertEqual([b"a"], self.session.heard)
        self.transport.take()
        self.assertTrue(self.transport.disconnecting)

    def test_overflow(self) -> None:
        """A peer that does not read is told and cut off."""
        self.open()
        frame = RFC6455.frame(b"x" * 100_000)
        for _ in range(BACKLOG_CUT_BYTES // 100_000 + 1):
            self.carrier.write_event(frame)

        self.assertEqual(["opened", "overflowed"], self.session.told)
        last = self.sent_frames()[-2:]
        self.assertEqual([(TEXT, b"closing 1013"), (CLOSE, closing(1013, b"slow"))], last)

    def test_ping_flood(self) -> None:
        """Pings of a peer that does not read cost no memory; in the end the last is answered."""
        self.open()
        self.session.say(b"x" * 20_000)
        for number in range(5_000):
            self.receive(masked(b"%d" % number, PING))
        self.assertLess(self.carrier.waiting_bytes, 20_100 + PONG_BACKLOG_BYTES)

        self.assertEqual((PONG, b"4999"), self.sent_frames()[-1])


class BugTests(WebSocketCase):
    """A session with a bug hurts its own connection alone."""

    def test_received_raises(self) -> None:
        """It is logged, told with 1011, and the session hears no more."""
        self.open()
        self.receive(masked(b"bug") + masked(b"b"))

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual([b"bug"], self.session.heard)
        said, closed = self.sent_frames()
        self.assertEqual((TEXT, b"closing 1011"), said)
        self.assertEqual(closing(1011), closed[1][:2])

    def test_opened_raises(self) -> None:
        """Nothing vanishes in Autobahn's handshake, nor with what came behind it."""
        self.session.bug = ZeroDivisionError()
        self.receive(HEAD + masked(b"a"))

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertIn(b"closing 1011", self.sent())
        self.assertEqual([], self.session.heard)
