"""
The room for browsers of 2010.
"""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides
from zope.interface.verify import verifyObject

from chatroom.codecs.head import HeadParser, RequestHead
from chatroom.codecs.hixie import Handshake
from chatroom.dialects.hixie import HIXIE_75, HIXIE_76, HixieCarrier, HixieFactory
from chatroom.interfaces import ICarrier, IDialect
from chatroom.limits import BACKLOG_CUT_BYTES, CLOSE_TIMEOUT_S, FRAME_IN_BYTES, HIXIE_PING_S
from tests.peers import RecordingSession, SlowTransport, lose

HEAD_75: Final = (
    b"GET /chat HTTP/1.1\r\n"
    b"Upgrade: WebSocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Host: room.example:9108\r\n"
    b"Origin: http://room.example:9108\r\n"
    b"Cookie: who=ann\r\n"
    b"\r\n"
)
HEAD_76: Final = (
    HEAD_75[:-2]
    + b"Sec-WebSocket-Protocol: chatroom.v1\r\n"
    + b"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"
    + b"Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n"
    + b"\r\n"
)
BODY: Final = b"^n:ds[4U"
ANSWER_76: Final = (
    b"HTTP/1.1 101 Web Socket Protocol Handshake\r\n"
    b"Upgrade: WebSocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Origin: http://room.example:9108\r\n"
    b"Sec-WebSocket-Location: ws://room.example:9108/chat\r\n"
    b"Sec-WebSocket-Protocol: chatroom.v1\r\n"
    b"\r\n"
    b"8jKS'y:G*Co,Wxa-"
)
BAD_HEAD: Final = HEAD_76.replace(b".P00", b".P01")
CLOSE: Final = b"\xff\x00"
PING: Final = b'\x00{"type":"ping"}\xff'


class HixieCase(SynchronousTestCase):
    """A carrier between a client and a session."""

    def setUp(self) -> None:
        """Begin with a connection that was just accepted."""
        self.clock = Clock()
        self.session = RecordingSession()
        self.transport = SlowTransport()
        self.carrier = self.connect()

    def connect(self) -> HixieCarrier:
        """A carrier on the transport."""
        factory = HixieFactory(lambda: self.session, self.clock)
        carrier = factory.buildProtocol(None)
        carrier.makeConnection(self.transport)
        return carrier

    def open(self) -> None:
        """Shake hands, and forget the answer."""
        self.carrier.dataReceived(HEAD_76 + BODY)
        self.transport.take()
        self.transport.clear()

    def sent(self) -> bytes:
        """What the client gets who takes all there is."""
        self.transport.take()
        return self.transport.value()


class HandshakeTests(HixieCase):
    """The opening handshake, and what comes with it."""

    def test_interfaces(self) -> None:
        """It is a carrier and speaks a dialect."""
        self.carrier.dataReceived(HEAD_76 + BODY)

        verifyObject(ICarrier, self.carrier)
        verifyObject(IDialect, self.carrier.dialect)

    def test_76(self) -> None:
        """The answer goes out in one write, digest and all."""
        self.carrier.dataReceived(HEAD_76 + BODY)

        self.assertEqual(ANSWER_76, self.sent())
        self.assertEqual(["opened"], self.session.told)
        self.assertIs(HIXIE_76, self.carrier.dialect)

    def test_75(self) -> None:
        """Without keys the session opens by the head alone."""
        self.carrier.dataReceived(HEAD_75 + b"\x00hello\xff")

        self.assertTrue(
            self.sent().endswith(b"WebSocket-Location: ws://room.example:9108/chat\r\n\r\n")
        )
        self.assertEqual([b"hello"], self.session.heard)
        self.assertIs(HIXIE_75, self.carrier.dialect)

    def test_secure(self) -> None:
        """Behind TLS the client's URL began with wss."""
        directlyProvides(self.transport, ISSLTransport)

        self.carrier.dataReceived(HEAD_75)

        self.assertIn(b"Location: wss://room.example:9108/chat\r\n", self.sent())

    def test_nothing_of_the_handshake_is_kept(self) -> None:
        """Who listens all day is not to hold a head; who needs it has it from the switch."""
        for head in (HEAD_75, HEAD_76 + BODY):
            self.setUp()
            self.carrier.dataReceived(head)

            kept = vars(self.carrier).values()
            self.assertEqual(["opened"], self.session.told)
            self.assertFalse(
                [value for value in kept if isinstance(value, RequestHead | HeadParser | Handshake)]
            )

    def test_waits_for_the_last_key_byte(self) -> None:
        """Seven of eight bytes open nothing."""
        self.carrier.dataReceived(HEAD_76 + BODY[:-1])

        self.assertEqual(b"", self.sent())
        self.assertEqual([], self.session.told)

    def test_bad_keys_are_refused(self) -> None:
        """A 400, the end of the connection, and no session."""
        self.carrier.dataReceived(BAD_HEAD + BODY + b"\x00hello\xff")
        self.carrier.dataReceived(b"\x00hello\xff")

        self.assertTrue(self.sent().startswith(b"HTTP/1.1 400 Bad Request\r\n"))
        self.assertTrue(self.transport.half_closed)
        self.assertEqual(([], []), (self.session.told, self.session.heard))
        lose(self.carrier)
        self.assertEqual([], self.session.told)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_lost_before_the_end_of_the_handshake(self) -> None:
        """There is nobody to tell."""
        self.carrier.dataReceived(HEAD_76)

        lose(self.carrier)

        self.assertEqual([], self.session.told)

    def test_cut_anywhere(self) -> None:
        """Each cut of handshake and frames, and each byte alone: the same."""
        stream = HEAD_76 + BODY + b"\x00one\xff\x80\x03two\x00three\xff" + CLOSE
        cuts = [[stream[:at], stream[at:]] for at in range(len(stream) + 1)]
        cuts.append([stream[at : at + 1] for at in range(len(stream))])
        for pieces in cuts:
            self.setUp()
            for piece in pieces:
                self.carrier.dataReceived(piece)
            self.assertEqual(ANSWER_76 + CLOSE, self.sent())
            self.assertEqual([b"one", b"three"], self.session.heard)


class FrameTests(HixieCase):
    """What a client sends after the handshake."""

    def test_messages(self) -> None:
        """Text frames are delivered in order, others are not."""
        self.open()
        self.carrier.dataReceived(b"\x00a\xff\x80\x01b\x01c\xff\x00" + "你好".encode() + b"\xff")

        self.assertEqual([b"a", "你好".encode()], self.session.heard)

    def test_replies_and_events(self) -> None:
        """What the session writes goes out framed, in order."""
        self.open()
        self.session.say(b"reply")
        self.carrier.write_event(self.carrier.dialect.frame(b"event"))

        self.assertEqual(b"\x00reply\xff\x00event\xff", self.sent())
        self.assertEqual(0, self.carrier.waiting_bytes)

    def test_mistakes_close(self) -> None:
        """The session says why, then comes FF 00, then TCP ends."""
        for frame, code in (
            (b"\x00\xed\xa0\x80\xff", 1007),
            (b"\x00" + b"x" * (FRAME_IN_BYTES + 1), 1009),
            (b"\x80\xff\xff\xff\x7f", 1009),
            (b"\x80" * 11, 1002),
        ):
            self.setUp()
            self.open()
            self.carrier.dataReceived(b"\x00a\xff" + frame + b"\x00b\xff")
            self.carrier.dataReceived(b"\x00c\xff")

            self.assertEqual([b"a"], self.session.heard)
            self.assertEqual(["opened", f"failing {code}"], self.session.told)
            self.assertEqual(b"\x00closing %d\xff" % code + CLOSE, self.sent())
            self.assertTrue(self.transport.half_closed)

    def test_largest_message(self) -> None:
        """Exactly the limit is fine."""
        self.open()
        self.carrier.dataReceived(b"\x00" + b"x" * FRAME_IN_BYTES + b"\xff")

        self.assertEqual([b"x" * FRAME_IN_BYTES], self.session.heard)

    @given(st.binary(max_size=300), st.integers(0, 300))
    def test_noise_raises_nothing(self, noise: bytes, cut: int) -> None:
        """Whatever comes, the carrier copes, and any cut is the same."""
        seen = []
        for pieces in ([noise], [noise[:cut], noise[cut:]]):
            self.setUp()
            self.open()
            for piece in pieces:
                self.carrier.dataReceived(piece)
            seen.append((self.session.heard, self.session.told, self.sent()))
        self.assertEqual(*seen)


class CloseTests(HixieCase):
    """How it ends."""

    def test_ours(self) -> None:
        """FF 00 and the end of TCP; clients answer neither."""
        self.open()
        self.session.say(b"bye")
        self.carrier.close(1001, "restart")
        self.carrier.close(1001, "restart")
        self.session.say(b"too late")
        self.carrier.write_event(b"too late")
        self.carrier.dataReceived(b"\x00too late\xff")

        self.assertEqual(b"\x00bye\xff" + CLOSE, self.sent())
        self.assertEqual([], self.session.heard)
        self.assertTrue(self.transport.half_closed)
        self.clock.advance(CLOSE_TIMEOUT_S)
        self.assertTrue(self.transport.disconnected)

    def test_theirs(self) -> None:
        """FF 00 is answered, and TCP ends."""
        self.open()
        self.carrier.dataReceived(CLOSE + b"\x00too late\xff")

        self.assertEqual(CLOSE, self.sent())
        self.assertEqual((["opened"], []), (self.session.told, self.session.heard))

    def test_in_the_middle_of_a_segment(self) -> None:
        """Once the session closes it hears no more of what came together."""
        self.open()
        self.carrier.dataReceived(b"\x00close\xff\x00too late\xff")

        self.assertEqual([b"close"], self.session.heard)

    def test_lost(self) -> None:
        """The session is told once, and no call is left on the clock."""
        self.open()
        lose(self.carrier)

        self.assertEqual(["opened", "lost"], self.session.told)
        self.assertEqual([], self.clock.getDelayedCalls())


class FlowTests(HixieCase):
    """Sessions that have enough, and peers that do not read."""

    def test_pause_holds_what_came_in_one_segment(self) -> None:
        """A paused session gets not even what was read already."""
        self.open()
        self.session.pauses = True
        self.carrier.dataReceived(b"\x00a\xff\x00b\xff\x00c\xff")
        self.assertEqual([b"a"], self.session.heard)
        self.assertEqual("paused", self.transport.producerState)
        self.carrier.pause()

        self.session.pauses = False
        self.carrier.resume()
        self.carrier.resume()

        self.assertEqual([b"a", b"b", b"c"], self.session.heard)
        self.assertEqual("producing", self.transport.producerState)

    def test_close_while_paused(self) -> None:
        """The transport reads again, or the peer's end would not be seen."""
        self.open()
        self.carrier.pause()
        self.carrier.close(1001, "restart")
        self.carrier.pause()

        self.assertEqual("producing", self.transport.producerState)

    def test_overflow(self) -> None:
        """A peer that does not read is told and cut off."""
        self.open()
        frame = self.carrier.dialect.frame(b"x" * 100_000)
        for _ in range(BACKLOG_CUT_BYTES // 100_000 + 1):
            self.carrier.write_event(frame)

        self.assertEqual(["opened", "overflowed"], self.session.told)
        self.assertTrue(self.sent().endswith(b"x\xff\x00closing 1013\xff" + CLOSE))

    def test_drained(self) -> None:
        """The session learns when there is room again."""
        self.open()
        self.session.say(b"x" * 300_000)
        self.transport.take()

        self.assertEqual(["opened", "drained"], self.session.told)


class PingTests(HixieCase):
    """The wire has no pings, so the session's messages are used."""

    def test_idle_connection_is_pinged_then_dropped(self) -> None:
        """Two pings without an answer, and the peer is gone."""
        self.open()
        self.clock.advance(HIXIE_PING_S - 1)
        self.assertEqual(b"", self.sent())
        self.clock.advance(1)
        self.assertEqual(PING, self.sent())
        self.clock.advance(HIXIE_PING_S)
        self.assertEqual(PING * 2, self.sent())
        self.assertFalse(self.transport.disconnected)
        self.clock.advance(HIXIE_PING_S)

        self.assertTrue(self.transport.disconnected)
        lose(self.carrier)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_who_reads_slowly_is_there(self) -> None:
        """A paused connection's frames are not seen, but that it takes what waits for it is."""
        self.open()
        self.carrier.pause()
        self.session.say(b"x" * 900_000)
        for _ in range(6):
            self.clock.advance(HIXIE_PING_S)
            self.assertFalse(self.transport.disconnected)
            self.transport.take(100_000)

        self.clock.pump([HIXIE_PING_S] * 4)
        self.assertTrue(self.transport.disconnected)

    def test_who_is_not_read_is_there(self) -> None:
        """What a paused connection says is not seen, its answers neither."""
        self.open()
        self.carrier.pause()
        for _ in range(6):
            self.clock.advance(HIXIE_PING_S)
            self.transport.take()

        self.assertFalse(self.transport.disconnected)

    def test_any_frame_is_an_answer(self) -> None:
        """Also one that is discarded, and one that comes unasked."""
        self.open()
        for frame in (b"\x00x\xff", b"\x80\x00", b"\x00x\xff") * 2:
            self.clock.advance(HIXIE_PING_S)
            self.carrier.dataReceived(frame)
        self.assertFalse(self.transport.disconnected)
        self.assertEqual(PING * 6, self.sent())
        self.transport.clear()

        for _ in range(6):
            self.clock.advance(HIXIE_PING_S - 1)
            self.carrier.dataReceived(b"\x00x\xff")

        self.assertEqual(b"", self.sent())


class BugTests(HixieCase):
    """A session with a bug hurts its own connection alone."""

    def test_received_raises(self) -> None:
        """It is logged, told with 1011, and the session hears no more."""
        self.open()
        self.carrier.dataReceived(b"\x00bug\xff\x00b\xff")

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual([b"bug"], self.session.heard)
        self.assertEqual(b"\x00closing 1011\xff" + CLOSE, self.sent())

    def test_opened_raises(self) -> None:
        """The handshake is answered, then comes the close."""
        self.session.bug = ZeroDivisionError()
        self.carrier.dataReceived(HEAD_76 + BODY + b"\x00a\xff")

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(ANSWER_76 + b"\x00closing 1011\xff" + CLOSE, self.sent())
        self.assertEqual([], self.session.heard)

    def test_no_session_can_be_made(self) -> None:
        """There is nobody to say why; the connection closes all the same."""

        def no_session() -> RecordingSession:
            raise ZeroDivisionError

        factory = HixieFactory(no_session, self.clock)
        carrier = factory.buildProtocol(None)
        carrier.makeConnection(self.transport)

        carrier.dataReceived(HEAD_76 + BODY + b"\x00a\xff")
        carrier.write_event(b"too late")
        lose(carrier)

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(ANSWER_76 + CLOSE, self.sent())

    def test_failing_raises_too(self) -> None:
        """Both bugs are logged, and the connection closes."""
        self.open()
        self.session.say = lambda _: 1 / 0  # type: ignore[assignment,method-assign]
        self.carrier.dataReceived(b"\x00bug\xff")

        self.assertEqual(2, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(CLOSE, self.sent())
