"""
Compression: what is agreed upon, what goes out, and what comes in.
"""

from __future__ import annotations

import json
import tracemalloc
import zlib
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom.dialects.deflate import DEFLATE_FROM_BYTES, deflated
from chatroom.dialects.websocket import (
    RFC6455,
    RFC6455_DEFLATED,
    RFC6455_DEFLATED_LITTLE,
    WebSocketDialect,
)
from chatroom.envelope import Envelope
from chatroom.factory import ChatFactory
from chatroom.limits import FRAME_IN_BYTES, MIB
from tests.dialects.websocket_client import (
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
from tests.heads import HIXIE_76, UPGRADE, head
from tests.peers import SlowTransport

OFFER: Final = b"Sec-WebSocket-Extensions: "
ASKING: Final = asking(OFFER + b"permessage-deflate; client_max_window_bits")
#: What is always answered.
AGREED: Final = "permessage-deflate; server_no_context_takeover"
BOTH: Final = "; client_no_context_takeover"
TAIL: Final = b"\x00\x00\xff\xff"

LONG: Final = json.dumps(
    {"text": "Who brings the biscuits, and who brings the tea? " * 20}
).encode()


def inflated(payload: bytes, window_bits: int = zlib.MAX_WBITS) -> bytes:
    """What a client without a memory makes of a compressed message."""
    return zlib.decompressobj(-window_bits).decompress(payload + TAIL)


def squeezed(payload: bytes) -> bytes:
    """The payload of a message that a client compresses, as hard as it can."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(TAIL)]


def is_compressed(frame: bytes) -> bool:
    """Whether the first bit for extensions is set."""
    return bool(frame[0] & 0x40)


class DialectTests(SynchronousTestCase):
    """Compressed frames from server to client."""

    def test_rfc_example(self) -> None:
        """RFC 7692, section 7.2.3.1: it ends without what a flush ends with."""
        self.assertEqual(b"\xf2\x48\xcd\xc9\xc9\x07\x00", deflated(b"Hello", 15))

    def test_long_is_compressed(self) -> None:
        """A whole text, the bit set, shorter than it was."""
        for dialect in (RFC6455_DEFLATED, RFC6455_DEFLATED_LITTLE):
            frame = dialect.frame(LONG)
            self.assertEqual(0xC1, frame[0])
            self.assertLess(len(frame), len(LONG) / 2)
            [(opcode, payload)] = frames(frame)
            self.assertEqual((TEXT, LONG), (opcode, inflated(payload, dialect.window_bits)))

    def test_short_goes_as_it_is(self) -> None:
        """And so does what would become longer."""
        short = b"x" * (DEFLATE_FROM_BYTES - 1)
        noise = bytes((at * at * 31 + at // 7) % 256 for at in range(DEFLATE_FROM_BYTES))
        for payload in (b"", short, noise):
            self.assertEqual(RFC6455.frame(payload), RFC6455_DEFLATED.frame(payload))
        self.assertTrue(is_compressed(RFC6455_DEFLATED.frame(short + b"x")))

    @given(st.binary(max_size=3000).flatmap(lambda some: st.just(some * 3)))
    def test_any_payload_comes_back(self, payload: bytes) -> None:
        """With either window, which is never reached beyond."""
        for dialect in (RFC6455_DEFLATED, RFC6455_DEFLATED_LITTLE):
            frame = dialect.frame(payload)
            [(_, body)] = frames(frame)
            if is_compressed(frame):
                body = inflated(body, dialect.window_bits)
            self.assertEqual(payload, body)

    def test_shared(self) -> None:
        """Two who speak it get the very same bytes; the names keep dialects apart."""
        envelope = Envelope(LONG, LONG)

        self.assertIs(envelope.frame(RFC6455_DEFLATED), envelope.frame(RFC6455_DEFLATED))
        all_three = (RFC6455, RFC6455_DEFLATED, RFC6455_DEFLATED_LITTLE)
        self.assertEqual(3, len({dialect.name for dialect in all_three}))


class NegotiationTests(WebSocketCase):
    """Who offers what, and what is answered."""

    compress = True

    def answer(self, *headers: bytes) -> str | None:
        """The extension in the answer to *headers*."""
        self.setUp()
        self.receive(asking(*headers))
        lines = self.sent().decode().split("\r\n")
        self.assertIn(" 101 ", lines[0])
        self.assertEqual(["opened"], self.session.told)
        found = [line for line in lines if line.startswith("Sec-WebSocket-Extensions: ")]
        self.assertLessEqual(len(found), 1)
        return found[0].partition(": ")[2] if found else None

    def test_table(self) -> None:
        """Always without context takeover; windows as asked for; what cannot be read is passed."""
        deflate = "permessage-deflate"
        little = "; server_max_window_bits="
        table: tuple[tuple[str, str | None, WebSocketDialect], ...] = (
            (deflate, AGREED + BOTH, RFC6455_DEFLATED),
            (f"{deflate}; client_max_window_bits", AGREED + BOTH, RFC6455_DEFLATED),
            (f"{deflate}; client_max_window_bits=10", AGREED + BOTH, RFC6455_DEFLATED),
            (f"{deflate}; client_no_context_takeover", AGREED + BOTH, RFC6455_DEFLATED),
            (f"{deflate}; server_no_context_takeover", AGREED + BOTH, RFC6455_DEFLATED),
            (f"{deflate}{little}15", f"{AGREED}{little}15{BOTH}", RFC6455_DEFLATED),
            (f'{deflate}{little}"14"', f"{AGREED}{little}14{BOTH}", RFC6455_DEFLATED),
            (f"{deflate}{little}13", f"{AGREED}{little}13{BOTH}", RFC6455_DEFLATED_LITTLE),
            (f"{deflate}{little}9", f"{AGREED}{little}9{BOTH}", RFC6455_DEFLATED_LITTLE),
            # Several: the first that can be had.
            (f"{deflate}{little}9, {deflate}", f"{AGREED}{little}9{BOTH}", RFC6455_DEFLATED_LITTLE),
            (f"{deflate}{little}8, {deflate}", AGREED + BOTH, RFC6455_DEFLATED),
            (f"x-other; a=1, {deflate}", AGREED + BOTH, RFC6455_DEFLATED),
            (f"permessage-bzip2, {deflate}", AGREED + BOTH, RFC6455_DEFLATED),
            # None that can.
            (f"{deflate}{little}8", None, RFC6455),
            (f"{deflate}{little}16", None, RFC6455),
            (f"{deflate}; server_max_window_bits", None, RFC6455),
            (f"{deflate}; client_max_window_bits=x", None, RFC6455),
            (f"{deflate}; server_no_context_takeover=1", None, RFC6455),
            (f"{deflate}{little}9{little}10", None, RFC6455),
            (f"{deflate}; novelty", None, RFC6455),
            ("permessage-bzip2", None, RFC6455),
            ("x-webkit-deflate-frame", None, RFC6455),
            (",;=", None, RFC6455),
        )
        for offer, answer, dialect in table:
            self.assertEqual(answer, self.answer(OFFER + offer.encode()), offer)
            self.assertIs(dialect, self.carrier.dialect, offer)

    def test_not_offered(self) -> None:
        """Nothing is forced upon anybody."""
        self.assertIsNone(self.answer())
        self.assertIs(RFC6455, self.carrier.dialect)

    def test_off_by_default(self) -> None:
        """What is offered is not taken, well said or not; compressed frames are a mistake."""
        self.compress = False
        for offer in (b"permessage-deflate", b"permessage-deflate; server_max_window_bits=8"):
            self.assertIsNone(self.answer(OFFER + offer))
            self.assertIs(RFC6455, self.carrier.dialect)
        self.transport.clear()
        self.receive(masked(squeezed(LONG), rsv1=True))
        self.assertEqual(["opened", "failing 1002"], self.session.told)

    def test_one_connection_is_not_another(self) -> None:
        """What one has agreed upon binds nobody else."""
        first = self.factory.buildProtocol(None)
        first.makeConnection(SlowTransport())
        first.dataReceived(ASKING)
        self.receive(HEAD)

        self.assertIs(RFC6455_DEFLATED, first.dialect)
        self.assertIs(RFC6455, self.carrier.dialect)


class CompressedCase(WebSocketCase):
    """A connection that compresses."""

    compress = True

    def open(self) -> None:
        """Agree upon it, and forget the answer."""
        self.carrier.dataReceived(ASKING)
        self.transport.take()
        self.transport.clear()


class IncomingTests(CompressedCase):
    """What a client sends compressed."""

    def test_whole_and_in_fragments(self) -> None:
        """Plain ones too, in any order, a ping between fragments; each cut anywhere the same."""
        body = squeezed(LONG)
        stream = masked(b"plain") + masked(body, rsv1=True)
        stream += masked(body[:7], fin=False, rsv1=True) + masked(b"p", PING)
        stream += (
            masked(body[7:9], 0, fin=False) + masked(body[9:], 0) + masked(b"plain", fin=False)
        )
        stream += masked(b" too", 0) + masked(body, rsv1=True)
        for at in range(len(stream) + 1):
            self.setUp()
            self.open()
            self.receive(stream[:at], stream[at:])
            self.assertEqual([b"plain", LONG, LONG, b"plain too", LONG], self.session.heard)
            self.assertEqual([(PONG, b"p")], self.sent_frames())

    def test_other_forms(self) -> None:
        """RFC 7692, section 7.2.3: blocks stored, final, several in a message, or empty."""
        self.open()
        for body, text in (
            (b"\x00\x05\x00\xfa\xffHello\x00", b"Hello"),
            (b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", b"Hello"),
            (b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", b"Hello"),
            (b"\x00", b""),
        ):
            self.receive(masked(body, rsv1=True))
            self.assertEqual(text, self.session.heard.pop(), body)

    def test_nothing_is_kept(self) -> None:
        """Between two messages there is no window, and the handshake is forgotten."""
        self.open()
        self.receive(masked(squeezed(LONG), rsv1=True))
        inflater = self.carrier._perMessageCompress
        self.assertEqual({}, vars(inflater))
        # What refers to the message before it cannot be opened.
        compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        first, second = (
            (compressor.compress(LONG) + compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(TAIL)]
            for _ in range(2)
        )
        self.receive(masked(first, rsv1=True), masked(second, rsv1=True))
        self.assertEqual([LONG, LONG], self.session.heard)
        self.assertEqual(["opened", "failing 1007"], self.session.told)

    def test_largest_message(self) -> None:
        """The limit is that of the text, to the byte, in one frame or several."""
        body = squeezed(b"x" * FRAME_IN_BYTES)
        self.open()
        self.receive(masked(body, rsv1=True))
        self.receive(masked(body[:30], fin=False, rsv1=True), masked(body[30:], 0))
        self.assertEqual([b"x" * FRAME_IN_BYTES] * 2, self.session.heard)

        for excess in (1, 100, 300):
            longer = squeezed(b"x" * (FRAME_IN_BYTES + excess))
            for pieces in (
                (masked(longer, rsv1=True),),
                (masked(longer[:30], fin=False, rsv1=True), masked(longer[30:], 0)),
            ):
                self.setUp()
                self.open()
                self.receive(*pieces)
                self.assertEqual(["opened", "failing 1009"], self.session.told)
                self.assertEqual([], self.session.heard)

    def test_mistakes_close(self) -> None:
        """Each with its code, once, and nothing of it is heard."""
        body = squeezed(LONG)
        for pieces, code in (
            ((masked(b"\xff\xff\xff\xff", rsv1=True),), 1007),
            ((masked(body[:9] + b"\xff" * 9, rsv1=True),), 1007),
            # The end is missing: what it goes without is read as something else.
            ((masked(b"\x00\x05\x00\xfa\xffHel", rsv1=True),), 1007),
            ((masked(squeezed(b"\xed\xa0\x80"), rsv1=True),), 1007),
            ((masked(squeezed(b"\xc3"), rsv1=True),), 1007),
            ((masked(squeezed(b"x" * MIB), rsv1=True),), 1009),
            ((masked(b"p", PING, rsv1=True),), 1002),
            ((masked(body[:5], fin=False, rsv1=True), masked(body[5:], 0, rsv1=True)), 1002),
            ((b"\xa1" + masked(b"x")[1:],), 1002),  # another bit than ours
            ((b"\xe1" + masked(b"x")[1:],), 1002),  # ours and another one
        ):
            self.setUp()
            self.open()
            self.receive(masked(b"a"), *pieces, masked(b"b"), masked(body, rsv1=True))

            self.assertEqual([b"a"], self.session.heard, pieces)
            self.assertEqual(["opened", f"failing {code}"], self.session.told, pieces)
            said, closed = self.sent_frames()
            self.assertEqual((TEXT, b"closing %d" % code), said)
            self.assertEqual((CLOSE, code.to_bytes(2, "big")), (closed[0], closed[1][:2]))

    def test_bomb(self) -> None:
        """60 MB in one frame of 60 KB, and again in fragments: 1009, and 8 MB at most meanwhile."""
        bomb = squeezed(bytes(60 * MIB))
        self.assertLess(len(bomb), FRAME_IN_BYTES)
        for pieces in (
            (masked(bomb, rsv1=True),),
            (
                masked(bomb[:50], fin=False, rsv1=True),
                masked(bomb[50:], 0),
                masked(bomb, rsv1=True),
            ),
        ):
            self.setUp()
            self.open()
            tracemalloc.start()
            try:
                self.receive(*pieces)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            self.assertEqual(["opened", "failing 1009"], self.session.told)
            self.assertEqual([], self.session.heard)
            self.assertLess(peak, 8 * MIB)

    @given(st.binary(max_size=200), st.booleans())
    def test_noise_raises_nothing(self, noise: bytes, fin: bool) -> None:  # noqa: FBT001
        """Whatever comes, the carrier copes."""
        self.setUp()
        self.open()
        self.receive(masked(noise, fin=fin, rsv1=True), masked(b"", 0))
        self.assertIn(
            self.session.told, [["opened"], ["opened", "failing 1007"], ["opened", "failing 1002"]]
        )


class OutgoingTests(CompressedCase):
    """What a client gets compressed."""

    def test_replies_events_and_control_frames(self) -> None:
        """Long texts are compressed, control frames never."""
        self.open()
        self.session.say(LONG)
        self.receive(masked(b"p" * 125, PING))
        self.carrier.write_event(self.carrier.dialect.frame(LONG))
        self.carrier.close(1001, "restart")

        first, pong, second, closed = self.sent_frames()
        self.assertEqual([LONG, LONG], [inflated(first[1]), inflated(second[1])])
        self.assertEqual((PONG, b"p" * 125), pong)
        self.assertEqual((CLOSE, closing(1001, b"restart")), closed)


class Member:
    """Somebody in a room, by the bytes they get."""

    def __init__(self, room: ChatFactory, head: bytes, *, is_hixie: bool = False) -> None:
        self._is_hixie = is_hixie
        self._transport = SlowTransport()
        self._protocol = room.buildProtocol(None)
        self._protocol.makeConnection(self._transport)
        self._protocol.dataReceived(head)
        self.got()

    def says(self, **command: Any) -> None:
        """Send one command."""
        payload = json.dumps(command).encode()
        self._protocol.dataReceived(
            b"\x00" + payload + b"\xff" if self._is_hixie else masked(payload)
        )

    def got(self) -> bytes:
        """What has come since."""
        self._transport.take()
        got = self._transport.value()
        self._transport.clear()
        return got

    def heard(self) -> list[dict[str, Any]]:
        """The same, as messages."""
        if self._is_hixie:
            return [json.loads(part[1:]) for part in self.got().split(b"\xff")[:-1]]
        data, found = self.got(), []
        while data:
            start = {126: 4, 127: 10}.get(data[1], 2)
            length = int.from_bytes(data[2:start], "big") if start > 2 else data[1]
            payload = data[start : start + length]
            found.append(json.loads(inflated(payload) if is_compressed(data) else payload))
            data = data[start + length :]
        return found


class RoomTests(SynchronousTestCase):
    """All in one room."""

    def test_mixed_room(self) -> None:
        """Compressed with either window, plain, hixie: everybody hears the same."""
        clock = Clock()
        room = ChatFactory(clock, compress=True)
        members = (
            Member(room, ASKING),
            Member(room, ASKING),
            Member(room, asking(OFFER + b"permessage-deflate; server_max_window_bits=9")),
            Member(room, HEAD),
            Member(room, head("GET /chat HTTP/1.1", *HIXIE_76) + b"^n:ds[4U", is_hixie=True),
            Member(room, head("GET /chat HTTP/1.1", *UPGRADE), is_hixie=True),
        )
        for number, member in enumerate(members):
            member.says(type="hello", name=f"member{number}")
            member.says(type="join", room="lobby")
        clock.pump([0.5] * 10)
        for member in members:
            self.assertIn("joined", [said["type"] for said in member.heard()])

        members[0].says(type="say", room="lobby", text="Tea, biscuits and 茶. " * 50)
        clock.pump([0.5] * 4)
        messages = [
            [said for said in member.heard() if said["type"] == "message"] for member in members[1:]
        ]
        self.assertEqual(1, len(messages[0]))
        self.assertEqual([messages[0]] * 5, messages)

    def test_bytes_are_shared(self) -> None:
        """Two members get the same frame, compressed, and a little window gets its own."""
        clock = Clock()
        room = ChatFactory(clock, compress=True)
        little = asking(OFFER + b"permessage-deflate; server_max_window_bits=9")
        members = [Member(room, head) for head in (ASKING, ASKING, little, HEAD)]
        for number, member in enumerate(members):
            member.says(type="hello", name=f"member{number}")
            member.says(type="join", room="lobby")
        clock.pump([0.5] * 10)
        for member in members:
            member.got()
        teller = Member(room, HEAD)
        teller.says(type="hello", name="teller")
        teller.says(type="join", room="lobby")
        clock.pump([0.5] * 10)
        for member in members:
            member.got()
        teller.says(type="say", room="lobby", text="Tea, biscuits and cake. " * 50)
        clock.pump([0.5] * 4)
        first, second, third, plain = (member.got() for member in members)

        self.assertEqual(first, second)
        self.assertTrue(is_compressed(first))
        self.assertTrue(is_compressed(third))
        self.assertLess(len(first), len(plain) / 4)
