"""
The fast lane ahead of Autobahn: which frames it takes, and that nobody can tell.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom.dialects import websocket
from chatroom.dialects.lane import whole_frame
from chatroom.dialects.websocket import WebSocketFactory
from chatroom.limits import KIB
from tests.dialects.websocket_client import (
    BINARY,
    CLOSE,
    HEAD,
    MASK,
    PING,
    PONG,
    TEXT,
    WebSocketCase,
    closing,
    masked,
)
from tests.peers import RecordingSession, SlowTransport


class WholeFrameTests(SynchronousTestCase):
    """One frame of a segment."""

    def test_texts(self) -> None:
        """Of each class of lengths up to the longest, alone and between others."""
        for length in (0, 1, 3, 4, 5, 125, 126, 127, 4 * KIB - 1, 4 * KIB):
            payload = (b"0123456" * KIB)[:length]
            frame = masked(payload)

            self.assertEqual((payload, len(frame)), whole_frame(frame, 0), length)
            self.assertEqual(
                (payload, 3 + len(frame)), whole_frame(b"abc" + frame + b"def", 3), length
            )

    def test_utf8(self) -> None:
        """Characters of every length are read as the bytes they are."""
        payload = "aß茶🎉".encode()

        self.assertEqual((payload, len(masked(payload))), whole_frame(masked(payload), 0))

    def test_pongs(self) -> None:
        """They are taken, and nobody is told."""
        for payload in (b"", b"x", b"\xff" * 125):
            frame = masked(payload, PONG)
            self.assertEqual((None, len(frame)), whole_frame(frame, 0))

    def test_cut_anywhere(self) -> None:
        """Of a frame that is not whole nothing is taken."""
        for payload in (b"", b"x" * 20, b"x" * 200):
            frame = masked(payload)
            for at in range(len(frame)):
                self.assertIsNone(whole_frame(frame[:at], 0))
                self.assertIsNone(whole_frame(frame + frame[:at], len(frame)))

    def test_what_is_for_autobahn(self) -> None:
        """The unusual and the mistaken."""
        body = MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(b"x" * 200))
        for name, frame in (
            ("longer than the longest", masked(b"x" * (4 * KIB + 1))),
            ("eight bytes of length", masked(b"x" * 2**16)),
            ("eight bytes where one would do", b"\x81\xff" + bytes(7) + b"\x05" + body),
            ("two bytes where one would do", b"\x81\xfe\x00\x7d" + body),
            ("two bytes for nothing", b"\x81\xfe\x00\x00" + body),
            ("a long pong", b"\x8a\xfe\x00\x7e" + body),
            ("not masked", b"\x81\x05hello, and more"),
            ("a pong that is not masked", b"\x8a\x00" + body),
            ("the beginning of a message", masked(b"x", fin=False)),
            ("its middle", masked(b"x", 0, fin=False)),
            ("its end", masked(b"x", 0)),
            ("half a pong", masked(b"x", PONG, fin=False)),
            ("binary", masked(b"x", BINARY)),
            ("ping", masked(b"x", PING)),
            ("close", masked(closing(1000), CLOSE)),
            ("no such opcode", masked(b"x", 3)),
            ("compressed", b"\xc1" + masked(b"x")[1:]),
            ("compressed pong", b"\xca" + masked(b"x", PONG)[1:]),
            ("not UTF-8", masked(b"\xff")),
            ("half a character", masked("🎉".encode()[:-1])),
            ("a lone surrogate", masked(b"\xed\xa0\x80")),
            ("longer than need be", masked(b"\xc0\xaf")),
            ("beyond Unicode", masked(b"\xf4\x90\x80\x80")),
        ):
            self.assertIsNone(whole_frame(frame, 0), name)

    @given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
    def test_any_mask(self, payload: bytes, mask: bytes) -> None:
        """It is taken off the way it was put on."""
        text = payload.decode(errors="replace").encode()[:125].decode(errors="ignore").encode()
        body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))
        frame = bytes([0x81, 0x80 | len(text)]) + mask + body

        self.assertEqual((text, len(frame)), whole_frame(frame, 0))


class Whimsical(RecordingSession):
    """Pauses, resumes, replies, closes and breaks as the messages say."""

    def received(self, payload: bytes) -> None:
        """Do what the first letter is for."""
        super().received(payload)
        if payload.startswith(b"p"):
            self.carrier.pause()
        elif payload.startswith(b"r"):
            self.carrier.pause()
            self.carrier.resume()
        elif payload.startswith(b"s"):
            self.say(b"said " + payload)
        elif payload.startswith(b"q"):
            self.carrier.close(1000, "enough")
        elif payload.startswith(b"b"):
            raise ZeroDivisionError

    def overheard(self) -> tuple[list[bytes], list[str]]:
        """All that it was told."""
        return self.heard, self.told


#: What begins with a letter, so that `Whimsical` does all it can. A mistake ends
#: the talk, so there must not be too many.
payloads = st.one_of(
    st.sampled_from([b"x", b"s", b"p", b"r", b"s", b"x" * 130, b"p" * 126, b"", "ü茶🎉".encode()]),
    st.text(max_size=8).map(str.encode),
    st.sampled_from([b"q", b"b", b"\xff", b"x" * (4 * KIB), b"p" * (4 * KIB + 1)]),
)
pieces = st.sampled_from([b"", b"x", b"p", b"\xe8", b"\x8c\xb6", b"r"])
frames = st.one_of(
    *[st.builds(masked, payloads)] * 3,
    st.builds(masked, pieces, st.sampled_from([TEXT, 0, 0]), fin=st.booleans()),
    st.builds(masked, pieces, st.sampled_from([TEXT, 0, 0]), fin=st.booleans()),
    st.builds(masked, pieces, st.sampled_from([PING, PONG, PONG])),
    st.builds(masked, pieces, st.sampled_from([BINARY, CLOSE, 3, PING]), fin=st.booleans())
    | st.binary(max_size=20),
)
#: Each frame with where the segment that it begins in ends: within it, or not.
streams = st.lists(
    st.tuples(frames, st.none() | st.sampled_from([1, 2, 5, 6, 7, 10_000])), max_size=12
)


def cut(stream: list[tuple[bytes, int | None]]) -> list[bytes]:
    """The segments of *stream*."""
    segments = [b""]
    for frame, at in stream:
        if at is None:
            segments[-1] += frame
        else:
            segments[-1] += frame[:at]
            segments.append(frame[at:])
    return [segment for segment in segments if segment]


class DifferenceTests(WebSocketCase):
    """With the lane and without, all is the same."""

    def run_through(self, segments: list[bytes]) -> tuple[object, ...]:
        """What is told and sent when *segments* come, and a paused session resumes between."""
        clock, session, transport = Clock(), Whimsical(), SlowTransport()
        carrier = WebSocketFactory(lambda: session, clock).buildProtocol(None)
        carrier.makeConnection(transport)
        carrier.dataReceived(HEAD)
        seen: list[object] = []
        for number, segment in enumerate(segments):
            carrier.dataReceived(segment)
            seen.append((list(session.heard), list(session.told), transport.producerState))
            if number % 2:
                carrier.resume()
                seen.append(list(session.heard))
        for _ in range(100):
            carrier.resume()
        transport.take()
        bugs = len(self.flushLoggedErrors(ZeroDivisionError))
        return (
            seen,
            session.overheard(),
            transport.value(),
            transport.disconnecting,
            carrier.state,
            bugs,
        )

    @settings(max_examples=400)
    @given(streams)
    def test_any_stream_and_any_cut(self, stream: list[tuple[bytes, int | None]]) -> None:
        """The session hears the same at the same moment, and the peer gets the same."""
        segments = cut(stream)
        with_lane = self.run_through(segments)
        switched_off = self.patch(websocket, "whole_frame", lambda *_: None)
        try:
            without = self.run_through(segments)
        finally:
            switched_off.restore()

        self.assertEqual(without, with_lane)

    def test_the_lane_is_taken(self) -> None:
        """For messages and pongs Autobahn is not asked; for half a message it is."""
        self.open()
        read = []
        self.patch(self.carrier, "processData", lambda: read.append(self.carrier.data))

        self.receive(masked(b"a") + masked(b"", PONG) + masked(b"b" * 300))
        self.assertEqual(([], [b"a", b"b" * 300]), (read, self.session.heard))
        half = masked(b"c")[:3]
        self.receive(masked(b"c") + half)

        self.assertEqual([half], read)
        self.assertEqual([b"a", b"b" * 300, b"c"], self.session.heard)

    def test_the_rest_of_a_frame_that_looks_like_one(self) -> None:
        """What Autobahn has begun to read it reads to the end."""
        mask = b"\xc0" * 4
        body = b"\x81\x80\x81\x82\x83\x84"  # an empty message, taken alone
        text = bytes(byte ^ 0xC0 for byte in body)
        inside_payload = (b"\x81\x86" + mask, body)
        inside_ping = (b"\x89\x86" + mask, body)
        inside_head = (b"\x81", b"\x81\x80\x01\x02\x03" + bytes([ord("a") ^ 0x80]))
        for segments, heard in (
            (inside_payload, [text]),
            (inside_ping, []),
            (inside_head, [b"a"]),
        ):
            self.setUp()
            self.open()
            self.assertIsNotNone(whole_frame(segments[1], 0))
            self.receive(*segments, masked(b"z"))

            self.assertEqual([*heard, b"z"], self.session.heard)
