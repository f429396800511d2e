"""
The WebSocket of today, by Autobahn, through our outbox: what comes and goes.
"""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chatroom.dialects.websocket import RFC6455
from chatroom.interfaces import ICarrier, IDialect
from chatroom.limits import CLOSE_TIMEOUT_S, FRAME_IN_BYTES, WEBSOCKET_PING_S
from tests.dialects.websocket_client import (
    ACCEPT,
    BINARY,
    CLOSE,
    HEAD,
    PING,
    PONG,
    TEXT,
    WebSocketCase,
    asking,
    closing,
    frames,
    masked,
)
from tests.peers import lose


class DialectTests(SynchronousTestCase):
    """Frames from server to client."""

    def test_lengths(self) -> None:
        """In one byte, in two more, in eight more."""
        for length, head in (
            (0, b"\x81\x00"),
            (125, b"\x81\x7d"),
            (126, b"\x81\x7e\x00\x7e"),
            (65535, b"\x81\x7e\xff\xff"),
            (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        ):
            payload = b"x" * length
            self.assertEqual(head + payload, RFC6455.frame(payload))
            self.assertEqual([(TEXT, payload)], frames(RFC6455.frame(payload)))


class HandshakeTests(WebSocketCase):
    """The opening handshake."""

    def test_interfaces(self) -> None:
        """It is a carrier and speaks a dialect."""
        self.open()

        verifyObject(ICarrier, self.carrier)
        verifyObject(IDialect, self.carrier.dialect)

    def test_answer(self) -> None:
        """The key is proved, nothing is said of who we are."""
        self.receive(HEAD)

        answer = self.sent()
        self.assertTrue(answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n"))
        self.assertIn(ACCEPT, answer)
        self.assertNotIn(b"Server:", answer)
        self.assertNotIn(b"Protocol:", answer)
        self.assertEqual(["opened"], self.session.told)
        self.assertTrue(self.transport.no_delay)

    def test_subprotocol(self) -> None:
        """Ours is confirmed, among others too; another is not, and the room opens all the same."""
        for offer, confirmed in (
            (b"chatroom.v1", True),
            (b"superchat, chatroom.v1", True),
            (b"superchat", False),
        ):
            self.setUp()
            self.receive(asking(b"Sec-WebSocket-Protocol: " + offer))
            answer = self.sent()
            self.assertEqual(confirmed, b"\r\nSec-WebSocket-Protocol: chatroom.v1\r\n" in answer)
            self.assertEqual(confirmed, b"Protocol:" in answer)
            self.assertEqual(["opened"], self.session.told)

    def test_version_8(self) -> None:
        """Browsers of 2011 ask for an older version of the same."""
        self.receive(
            asking(b"Sec-WebSocket-Origin: http://room.example:9108").replace(b": 13", b": 8")
        )

        self.assertIn(b" 101 ", self.sent())

    def test_refusal_repeats_nothing(self) -> None:
        """What only Autobahn objects to gets a bare answer, and no session."""
        self.receive(asking(b"Sec-WebSocket-Protocol: secret, secret") + masked(b"a"))

        answer = self.sent()
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 Bad Request\r\n"))
        self.assertIn(b"\r\nContent-Security-Policy: default-src 'none'", answer)
        self.assertNotIn(b"secret", answer)
        self.assertTrue(self.transport.disconnecting)
        lose(self.carrier)
        self.assertEqual([], self.session.told)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_cut_anywhere(self) -> None:
        """Each cut of handshake and frames, and each byte alone: the same."""
        stream = HEAD + masked(b"on", fin=False) + masked(b"e", 0) + masked(b"p", PING)
        stream += masked("zwölf".encode()) + masked(closing(1000), CLOSE)
        cuts = [[stream[:at], stream[at:]] for at in range(len(stream) + 1)]
        cuts.append([stream[at : at + 1] for at in range(len(stream))])
        answers = set()
        for pieces in cuts:
            self.setUp()
            self.receive(*pieces)
            answers.add(self.sent())
            self.assertEqual([b"one", "zwölf".encode()], self.session.heard)
        self.assertEqual(1, len(answers))
        behind_head = answers.pop().partition(b"\r\n\r\n")[2]
        self.assertEqual([(PONG, b"p"), (CLOSE, closing(1000))], frames(behind_head))


class FrameTests(WebSocketCase):
    """What a client sends after the handshake."""

    def test_replies_and_events(self) -> None:
        """What the session writes goes out framed, in order, with what Autobahn says between."""
        self.open()
        self.session.say(b"reply")
        self.receive(masked(b"x", PING))
        self.carrier.write_event(RFC6455.frame(b"event"))

        self.assertEqual([(TEXT, b"reply"), (PONG, b"x"), (TEXT, b"event")], self.sent_frames())

    def test_control_frames_do_not_cross(self) -> None:
        """On a connection that is full everything still goes one way."""
        self.open()
        big = b"b" * 200_000
        self.session.say(big)
        self.session.say(b"1")
        self.pass_seconds(WEBSOCKET_PING_S)
        self.session.say(b"2")
        self.carrier.close(1001, "restart")

        opcodes = [opcode for opcode, _ in self.sent_frames()]
        self.assertEqual([TEXT, TEXT, PING, TEXT, CLOSE], opcodes)

    def test_mistakes_close(self) -> None:
        """The session says why, then comes the close frame, then TCP waits for the peer's."""
        for frame, code in (
            (masked(b"x", BINARY), 1003),
            (masked(b"\xed\xa0\x80"), 1007),
            (masked(b"\xe4", fin=False) + masked(b"\xbd", 0), 1007),
            (masked(b"x" * (FRAME_IN_BYTES + 1)), 1009),
            (masked(b"x" * 40_000, fin=False) + masked(b"x" * 40_000, 0), 1009),
            (b"\x81\x01x", 1002),  # not masked
            (masked(b"x", 3), 1002),  # no such opcode
            (b"\xc1" + masked(b"x")[1:], 1002),  # compressed
            (masked(b"x", 0), 1002),  # the rest of nothing
            (masked(b"x", PING, fin=False), 1002),
        ):
            self.setUp()
            self.open()
            self.receive(masked(b"a") + frame + masked(b"b"), masked(b"c"))

            self.assertEqual([b"a"], self.session.heard, frame[:20])
            self.assertEqual(["opened", f"failing {code}"], self.session.told, frame[:20])
            said, closed = self.sent_frames()
            self.assertEqual((TEXT, b"closing %d" % code), said)
            self.assertEqual((CLOSE, code.to_bytes(2, "big")), (closed[0], closed[1][:2]))
            self.assertFalse(self.transport.disconnecting)
            self.clock.advance(CLOSE_TIMEOUT_S)
            self.assertTrue(self.transport.disconnected)

    def test_bad_closes(self) -> None:
        """A close frame that is wrong gets one that says so, and TCP ends: nothing more comes."""
        for payload, code in ((closing(999), 1002), (closing(1000, b"\xff"), 1007), (b"x", 1002)):
            self.setUp()
            self.open()
            self.receive(masked(payload, CLOSE))

            self.assertEqual(["opened", f"failing {code}"], self.session.told)
            said, closed = self.sent_frames()
            self.assertEqual((TEXT, b"closing %d" % code), said)
            self.assertEqual((CLOSE, code.to_bytes(2, "big")), (closed[0], closed[1][:2]))
            self.assertTrue(self.transport.disconnecting)

    def test_a_second_mistake_changes_nothing(self) -> None:
        """The close frame is not lost by ending TCP under it."""
        self.open()
        self.receive(masked(b"\xff" * 10, fin=False), masked(b"\xff" * 10), b"\x81\x01x")

        self.assertEqual([TEXT, CLOSE], [opcode for opcode, _ in self.sent_frames()])
        self.assertFalse(self.transport.disconnecting)

    def test_largest_message(self) -> None:
        """Exactly the limit is fine, in fragments too."""
        self.open()
        self.receive(masked(b"x" * FRAME_IN_BYTES))
        self.receive(masked(b"y" * (FRAME_IN_BYTES - 1), fin=False), masked(b"y", 0))

        self.assertEqual([b"x" * FRAME_IN_BYTES, b"y" * FRAME_IN_BYTES], self.session.heard)

    def test_empty_fragments(self) -> None:
        """Of those a message may have any number, and nothing is kept of them."""
        self.open()
        self.receive(masked(b"x", fin=False))
        many = masked(b"", 0, fin=False) * 10_000
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            self.receive(many)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertLess(after - before, 10_000)
        self.receive(masked(b"", 0))
        self.assertEqual([b"x"], self.session.heard)

    def test_tiny_fragments(self) -> None:
        """A message in pieces takes little more than its own size, and comes as it was sent."""
        self.open()
        pieces = [b"%02d" % (number % 100) for number in range(20_000)]
        self.receive(masked(b"x", fin=False))
        many = [b"".join(masked(it, 0, fin=False) for it in pieces[at::20]) for at in range(20)]
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            self.receive(*many)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertLess(after - before, 2 * FRAME_IN_BYTES)
        self.receive(masked(b"y", 0))
        sent = b"".join(piece for at in range(20) for piece in pieces[at::20])
        self.assertEqual([b"x" + sent + b"y"], self.session.heard)

    @given(
        st.lists(
            st.binary(max_size=40)
            | st.builds(
                masked,
                st.binary(max_size=20) | st.text(max_size=20).map(str.encode),
                st.sampled_from([0, TEXT, BINARY, CLOSE, PING, PONG, 3]),
                fin=st.booleans(),
            ),
            max_size=6,
        ),
        st.integers(0, 100),
    )
    def test_noise_raises_nothing(self, noise: list[bytes], cut: int) -> None:
        """Whatever comes, the carrier copes, and any cut is the same."""
        stream = b"".join(noise)
        seen = []
        for pieces in ([stream], [stream[:cut], stream[cut:]]):
            self.setUp()
            self.open()
            self.receive(*pieces)
            seen.append((self.session.heard, self.session.told, self.sent()))
        self.assertEqual(*seen)


class PingTests(WebSocketCase):
    """Dead peers leave."""

    def test_silence_is_pinged_then_dropped(self) -> None:
        """A ping after 20 s, the end after 20 more."""
        self.open()
        self.pass_seconds(WEBSOCKET_PING_S - 1)
        self.assertEqual([], self.sent_frames())
        self.pass_seconds(1)
        self.assertEqual([(PING, b"")], self.sent_frames())
        self.pass_seconds(WEBSOCKET_PING_S - 1)
        self.assertFalse(self.transport.disconnected)
        self.pass_seconds(1)

        self.assertTrue(self.transport.disconnected)
        lose(self.carrier)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_pongs_keep_it_alive(self) -> None:
        """Who answers stays."""
        self.open()
        for _ in range(5):
            self.transport.clear()
            self.pass_seconds(2 * WEBSOCKET_PING_S - 1)
            self.assertEqual([(PING, b"")], self.sent_frames())
            self.receive(masked(b"", PONG))
            self.pass_seconds(1)

        self.assertFalse(self.transport.disconnected)

    def test_anything_is_an_answer(self) -> None:
        """Who talks is not asked."""
        self.open()
        for _ in range(5):
            self.pass_seconds(WEBSOCKET_PING_S / 2)
            self.receive(masked(b"x"))

        self.assertEqual([], self.sent_frames())

    def test_who_reads_slowly_is_there(self) -> None:
        """A paused connection's pongs are not seen, but that it takes what waits for it is."""
        self.open()
        self.session.pauses = True
        self.receive(masked(b"x"))
        self.session.say(b"x" * 900_000)
        for _ in range(5):
            self.pass_seconds(WEBSOCKET_PING_S)
            self.transport.take(100_000)

        self.assertFalse(self.transport.disconnected)

    def test_who_neither_reads_nor_is_read_is_dropped(self) -> None:
        """To have the room wait for one's reading is no way to stay for ever."""
        self.open()
        self.session.pauses = True
        self.receive(masked(b"x"))
        self.session.say(b"x" * 900_000)
        self.pass_seconds(3 * WEBSOCKET_PING_S)

        self.assertTrue(self.transport.disconnected)

    def test_who_is_not_read_is_there(self) -> None:
        """What a paused connection says is not seen, its pongs neither."""
        self.open()
        self.session.pauses = True
        self.receive(masked(b"x"))
        self.pass_seconds(5 * WEBSOCKET_PING_S)

        self.assertFalse(self.transport.disconnected)
