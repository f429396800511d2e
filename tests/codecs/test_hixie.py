"""
Both handshakes of hixie, and its frames.
"""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom.codecs import hixie
from chatroom.codecs.head import BadHead, HeadParser, RequestHead
from chatroom.codecs.hixie import BadFrame, Close, Discarded, FrameReader, Text, handshake

#: The vector of draft 76, section 1.2.
KEY1: Final = b"4 @1  46546xW%0l 1 5"
KEY2: Final = b"12998 5 Y3 1  .P00"
KEY3: Final = b"^n:ds[4U"
DIGEST: Final = b"8jKS'y:G*Co,Wxa-"

MAX_BYTES: Final = 1000


def request(*headers: bytes, target: bytes = b"/chat?a=%20b&c") -> RequestHead:
    """The head of an upgrade with *headers*."""
    head = HeadParser().feed(
        b"\r\n".join(
            [
                b"GET " + target + b" HTTP/1.1",
                b"Host: Example.org:9108",
                b"Connection: Upgrade",
                b"Upgrade: WebSocket",
                *headers,
                b"\r\n",
            ]
        )
    )
    assert head is not None
    return head


def keyed(key1: bytes = KEY1, key2: bytes = KEY2) -> RequestHead:
    """A request of hixie-76 with these keys."""
    return request(b"Sec-WebSocket-Key1: " + key1, b"Sec-WebSocket-Key2: " + key2)


class HandshakeTests(SynchronousTestCase):
    """What a client of 2010 gets for its request."""

    def test_vector_of_draft_76(self) -> None:
        """The digest is the one that the draft computes."""
        shaken = handshake(keyed(), b"chatroom.v1", secure=False)

        self.assertEqual(8, shaken.body_bytes)
        self.assertEqual(DIGEST, shaken.answer(KEY3)[-16:])

    def test_whole_answer_76(self) -> None:
        """Origin and URL are given back as they came, behind a reason phrase."""
        head = request(
            b"Sec-WebSocket-Key1: " + KEY1,
            b"Sec-WebSocket-Key2: " + KEY2,
            b"Origin: http://Example.org:9108",
            b"Sec-WebSocket-Protocol: chatroom.v1",
            b"Cookie: a=b",
        )

        self.assertEqual(
            b"HTTP/1.1 101 Web Socket Protocol Handshake\r\n"
            b"Upgrade: WebSocket\r\n"
            b"Connection: Upgrade\r\n"
            b"Sec-WebSocket-Origin: http://Example.org:9108\r\n"
            b"Sec-WebSocket-Location: wss://Example.org:9108/chat?a=%20b&c\r\n"
            b"Sec-WebSocket-Protocol: chatroom.v1\r\n"
            b"\r\n" + DIGEST,
            handshake(head, b"chatroom.v1", secure=True).answer(KEY3),
        )

    def test_whole_answer_75(self) -> None:
        """The older draft has no keys, and its headers no prefix."""
        head = request(b"Origin: http://Example.org:9108", b"WebSocket-Protocol: chatroom.v1")

        shaken = handshake(head, b"chatroom.v1", secure=False)

        self.assertEqual(0, shaken.body_bytes)
        self.assertEqual(
            b"HTTP/1.1 101 Web Socket Protocol Handshake\r\n"
            b"Upgrade: WebSocket\r\n"
            b"Connection: Upgrade\r\n"
            b"WebSocket-Origin: http://Example.org:9108\r\n"
            b"WebSocket-Location: ws://Example.org:9108/chat?a=%20b&c\r\n"
            b"WebSocket-Protocol: chatroom.v1\r\n"
            b"\r\n",
            shaken.answer(b""),
        )

    def test_other_subprotocol_is_left_unanswered(self) -> None:
        """Only the room's own subprotocol is confirmed, in the dialect's own header."""
        for header in (
            b"WebSocket-Protocol: superchat",
            b"WebSocket-Protocol: chatroom.v1, superchat",
            b"Sec-WebSocket-Protocol: chatroom.v1",
        ):
            shaken = handshake(request(header), b"chatroom.v1", secure=False)
            self.assertNotIn(b"Protocol:", shaken.answer(b""))

    def test_no_origin_is_not_made_up(self) -> None:
        """A program that names no origin is told of none."""
        self.assertNotIn(b"Origin", handshake(request(), b"", secure=False).answer(b""))

    def test_keys_at_their_limits(self) -> None:
        """The smallest and the largest number that a key may hide."""
        for key, number in (
            (b"a 0", b"\0\0\0\0"),
            (b"4294967295 -", b"\xff\xff\xff\xff"),
            (b"4 2 9 4967295!", b"\x55\x55\x55\x55"),
        ):
            self.assertEqual(
                number * 2, handshake(keyed(key, key), b"", secure=False).challenge, key
            )

    def test_bad_keys_are_refused(self) -> None:
        """Keys that no browser makes open nothing, whichever of the two it is."""
        for bad in (
            b"",
            b"abc def",  # no number
            b"12998",  # no space
            b"7 . .",  # 7 is not divisible by 2
            b"4294967296 -",  # 33 bits
            b"4294967298 - -",  # 33 bits, although the quotient has 32
            b"00000000012 -",  # eleven digits
            b"9" * 8000 + b" -",
            "٣ -".encode(),  # a digit, but not ASCII
        ):
            for head in (keyed(key1=bad), keyed(key2=bad)):
                with self.assertRaises(BadHead) as caught:
                    handshake(head, b"", secure=False)
                self.assertEqual(400, caught.exception.status, bad)

    def test_no_line_of_the_peers_gets_into_the_answer(self) -> None:
        """Line breaks, were the head's parser to let one through, are refused."""
        for value in (b"http://a\r\nSet-Cookie: x=y", b"http://a\nb", b"http://a\rb"):
            head = RequestHead(
                raw=b"",
                method=b"GET",
                target=b"/chat",
                version=b"HTTP/1.1",
                headers={b"host": [b"a"], b"origin": [value]},
                dialect="hixie-75",
            )
            with self.assertRaises(BadHead):
                handshake(head, b"", secure=False)


#: What is sent, and what is read of it.
STREAMS: Final[tuple[tuple[bytes, list[object]], ...]] = (
    (b"", []),
    (b"\x00hello\xff", [Text(b"hello")]),
    (b"\x00\xff", [Text(b"")]),
    (b"\x00" + "Grüße 你好 🎉".encode() + b"\xff", [Text("Grüße 你好 🎉".encode())]),
    (b"\x00a\xff\x00b\xff", [Text(b"a"), Text(b"b")]),
    (b"\xff\x00", [Close()]),
    (b"\x00a\xff\xff\x00\x00b\xff", [Text(b"a"), Close(), Text(b"b")]),
    # Other types: up to the 0xFF below 0x80, by length above.
    (b"\x01\xc3\x28\xff\x00a\xff", [Discarded(), Text(b"a")]),
    (b"\x80\x00\x00a\xff", [Discarded(), Text(b"a")]),
    (b"\x80\x03\xff\x00\xff\x00a\xff", [Discarded(), Text(b"a")]),
    (b"\xff\x01x", [Discarded()]),
    (b"\x80\x87\x68" + b"x" * MAX_BYTES, [Discarded()]),
    (b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01x\x00a\xff", [Discarded(), Text(b"a")]),
    (b"\x00" + b"x" * MAX_BYTES + b"\xff", [Text(b"x" * MAX_BYTES)]),
    # Errors, after what came before them.
    (b"\x00a\xff\x00\xc3\x28\xff", [Text(b"a"), 1007]),
    (b"\x00\xed\xa0\x80\xff", [1007]),
    (b"\x00\xe4\xbd\xff", [1007]),
    (b"\x00a\xff\x00" + b"x" * (MAX_BYTES + 1), [Text(b"a"), 1009]),
    (b"\x00" + b"\xc3" * (MAX_BYTES + 1) + b"\xff", [1009]),
    (b"\x7f" + b"x" * (MAX_BYTES + 1) + b"\xff", [1009]),
    (b"\x80\x87\x69", [1009]),
    (b"\xfe\xff\xff\xff\xff\x7f", [1009]),
    (b"\x80" + b"\x80" * 10, [1002]),
    # Not finished.
    (b"\x00a", []),
    (b"\x00" + b"x" * MAX_BYTES, []),
    (b"\xff", []),
    (b"\x80\x87", []),
    (b"\x80\x05xxxx", []),
    (b"\x80" + b"\x80" * 9, []),
)


def read(*pieces: bytes) -> list[object]:
    """The frames in a stream that comes in *pieces*; an error's code is the last."""
    reader = FrameReader(MAX_BYTES)
    frames: list[object] = []
    for piece in pieces:
        reader.feed(piece)
        try:
            while (frame := reader.next()) is not None:
                frames.append(frame)
        except BadFrame as error:
            return [*frames, error.code]
    return frames


def bytewise(stream: bytes) -> list[bytes]:
    """*stream*, a byte at a time."""
    return [stream[at : at + 1] for at in range(len(stream))]


class FrameTests(SynchronousTestCase):
    """What is read of a stream of frames."""

    def test_whole(self) -> None:
        """Each stream of the table, in one piece."""
        for stream, frames in STREAMS:
            self.assertEqual(frames, read(stream), stream[:20])

    def test_byte_by_byte(self) -> None:
        """Each stream of the table, in the smallest pieces."""
        for stream, frames in STREAMS:
            self.assertEqual(frames, read(*bytewise(stream)), stream[:20])

    def test_behind_others(self) -> None:
        """Each stream of the table, behind a frame in the same piece."""
        for stream, frames in STREAMS:
            self.assertEqual([Text(b"x"), *frames], read(b"\x00x\xff" + stream), stream[:20])

    def test_written_is_read(self) -> None:
        """What the writer frames, the reader finds."""
        for payload in (b"", b'{"type":"ping"}', "你好".encode()):
            self.assertEqual([Text(payload)], read(hixie.frame(payload)))
        self.assertEqual([Close()], read(hixie.CLOSE))

    def test_a_frame_is_left_until_it_is_asked_for(self) -> None:
        """Who has enough for now finds the rest in its place, with more behind it."""
        reader = FrameReader(MAX_BYTES)
        reader.feed(b"\x00a\xff\x00b\xff\x00c")

        first = reader.next()
        reader.feed(b"c\xff")

        self.assertEqual(Text(b"a"), first)
        self.assertEqual([Text(b"b"), Text(b"cc"), None], [reader.next() for _ in range(3)])

    def test_floods_are_read_in_linear_time(self) -> None:
        """100,000 tiny frames at once, and a frame of 64 KiB byte by byte, just take their time."""
        reader = FrameReader(64 * 1024)
        reader.feed(b"\x00\xff" * 100_000)
        count = 0
        while reader.next() is not None:
            count += 1
        for byte in bytewise(b"\x00" + b"x" * 64 * 1024):
            reader.feed(byte)
            self.assertIsNone(reader.next())
        reader.feed(b"\xff")

        self.assertEqual(100_000, count)
        self.assertEqual(Text(b"x" * 64 * 1024), reader.next())

    @given(st.lists(st.sampled_from([stream for stream, _ in STREAMS])), st.data())
    def test_cuts_do_not_matter(self, streams: list[bytes], data: st.DataObject) -> None:
        """Any cut of any sequence of frames, good and bad, yields the same."""
        stream = b"".join(streams)
        cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)))
        pieces = [
            stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        ]

        self.assertEqual(read(stream), read(*pieces))

    @given(st.binary(max_size=200))
    def test_noise_raises_nothing_else(self, noise: bytes) -> None:
        """Any bytes are frames or one of the errors, whole or byte by byte."""
        self.assertEqual(read(noise), read(*bytewise(noise)))
