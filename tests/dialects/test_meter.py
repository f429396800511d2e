"""
Tests of `chatroom.dialects.meter`, and of the carriers that it slows down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom.codecs import hixie
from chatroom.dialects.carrier import Carrier
from chatroom.dialects.hixie import HixieFactory
from chatroom.dialects.meter import Meter
from chatroom.dialects.websocket import WebSocketFactory
from chatroom.interfaces import ISession
from chatroom.limits import (
    FRAME_COST_BYTES,
    FRAMES_PER_TURN,
    KIB,
    READ_AHEAD_S,
    READ_BYTES_PER_S,
)
from tests.dialects.test_hixie import BODY, HEAD_76
from tests.dialects.websocket_client import HEAD, PING, masked
from tests.peers import RecordingSession, SlowTransport, lose

BURST: Final = round(READ_AHEAD_S * READ_BYTES_PER_S)
SEGMENT: Final = 8 * KIB


class MeterTests(SynchronousTestCase):
    """The pace."""

    def test_so_much_at_once_then_so_much_a_second(self) -> None:
        """Who has been silent may be ahead by the burst, and never by more."""
        clock = Clock()
        clock.advance(1000)
        meter = Meter(clock)

        due_s = meter.read(0.0, BURST)
        self.assertEqual(0, meter.ahead_s(due_s))
        due_s = meter.read(due_s, READ_BYTES_PER_S // 2)
        self.assertEqual(0.5, meter.ahead_s(due_s))
        clock.advance(1000)
        self.assertEqual(0, meter.ahead_s(meter.read(due_s, BURST)))


class Turns(Clock):
    """A clock that begins a turn with each call."""

    def __init__(self) -> None:
        super().__init__()
        #: What a test counts in each.
        self.counts = [0]

    def callLater(  # type: ignore[override]  # noqa: N802 - Twisted's
        self, when: float, what: Callable[..., None], *details: object
    ) -> IDelayedCall:
        """Begin a turn before *what*."""

        def turn() -> None:
            self.counts.append(0)
            what(*details)

        return super().callLater(when, turn)


class Case(SynchronousTestCase):
    """Both dialects."""

    is_metered = True

    def setUp(self) -> None:
        """Have a clock."""
        self.clock = Turns()
        self.clock.advance(1000)

    def each(self) -> list[tuple[str, Carrier, RecordingSession, SlowTransport]]:
        """An open connection in each dialect, and how a text is framed there."""
        meter = Meter(self.clock) if self.is_metered else None
        opened: list[tuple[str, Carrier, RecordingSession, SlowTransport]] = []
        for name, make, opening in (
            ("rfc6455", self.websocket, HEAD),
            ("hixie-76", self.hixie, HEAD_76 + BODY),
        ):
            session, transport = RecordingSession(), SlowTransport()
            carrier = make(lambda session=session: session, meter).buildProtocol(None)  # type: ignore[misc]
            carrier.makeConnection(transport)
            carrier.dataReceived(opening)
            transport.take()
            transport.clear()
            opened.append((name, carrier, session, transport))
        return opened

    def websocket(self, new: Callable[[], ISession], meter: Meter | None) -> WebSocketFactory:
        """What speaks RFC 6455."""
        return WebSocketFactory(new, self.clock, meter=meter)

    def hixie(self, new: Callable[[], ISession], meter: Meter | None) -> HixieFactory:
        """What speaks hixie."""
        return HixieFactory(new, self.clock, meter=meter)

    def framed(self, name: str, payload: bytes) -> bytes:
        """Frame *payload* as a client of the dialect does."""
        return masked(payload) if name == "rfc6455" else hixie.frame(payload)

    def paused(self, transport: SlowTransport) -> bool:
        """Whether nothing is read."""
        return bool(transport.producerState == "paused")

    def flood(self, carrier: Carrier, transport: SlowTransport, data: bytes) -> int:
        """Send *data* as fast as it is read; return how much that is in this moment."""
        sent = 0
        while sent < len(data) and not self.paused(transport):
            carrier.dataReceived(data[sent : sent + SEGMENT])  # type: ignore[attr-defined]
            sent += SEGMENT
        return min(sent, len(data))


class SlowedTests(Case):
    """At the meter."""

    def test_a_flood_is_read_at_the_pace(self) -> None:
        """First the burst, then each second its bytes; no message of it is lost."""
        for name, carrier, session, transport in self.each():
            texts = [b"%d" % number + b"x" * 4000 for number in range(100)]
            data = b"".join(self.framed(name, text) for text in texts)

            sent = self.flood(carrier, transport, data)
            self.assertTrue(BURST - 4 * SEGMENT <= sent <= BURST + SEGMENT, (name, sent))
            before = sent
            for _ in range(4):
                self.clock.advance(0.25)
                sent += self.flood(carrier, transport, data[sent:])
            self.assertTrue(abs(sent - before - READ_BYTES_PER_S) <= 2 * SEGMENT, (name, sent))
            while sent < len(data):
                self.clock.advance(0.25)
                sent += self.flood(carrier, transport, data[sent:])
            self.clock.advance(READ_AHEAD_S)

            self.assertEqual(texts, session.heard, name)
            self.assertFalse(self.paused(transport), name)

    def test_frames_of_nothing(self) -> None:
        """Of pings, empty fragments and empty texts few are read in a turn, and few a second."""
        fragments = masked(b"", 0, fin=False)
        for kind, frame in (
            ("pings", masked(b"", PING)),
            ("fragments", fragments),
            ("texts", b"\x00\xff"),
        ):
            self.setUp()
            (_, websocket, _, first), (_, hixie_76, _, second) = self.each()
            carrier, transport = (hixie_76, second) if kind == "texts" else (websocket, first)
            if kind == "fragments":
                carrier.dataReceived(masked(b"a", fin=False))  # type: ignore[attr-defined]
            counts, read_one = self.clock.counts, carrier._read_one

            def counted(
                read_one: Callable[[], bool] = read_one, counts: list[int] = counts
            ) -> bool:
                counts[-1] += 1
                return read_one()

            self.patch(carrier, "_read_one", counted)
            data = frame * 20_000
            sent = self.flood(carrier, transport, data)
            while self.clock.seconds() < 1000 + 10:
                self.clock.advance(1 / 8)
                sent += self.flood(carrier, transport, data[sent:])

            self.assertLessEqual(max(counts), FRAMES_PER_TURN, kind)
            most = (10 + READ_AHEAD_S) * READ_BYTES_PER_S / FRAME_COST_BYTES + FRAMES_PER_TURN
            self.assertTrue(most / 4 < sum(counts) <= most, (kind, sum(counts), most))

    def test_texts_take_turns(self) -> None:
        """Of a segment full of texts some are heard, then others have their turn."""
        for name, carrier, session, transport in self.each():
            texts = [b"%d" % number for number in range(3 * FRAMES_PER_TURN)]
            carrier.dataReceived(b"".join(self.framed(name, text) for text in texts))  # type: ignore[attr-defined]

            self.assertEqual(texts[:FRAMES_PER_TURN], session.heard, name)
            self.assertTrue(self.paused(transport), name)
            self.clock.advance(0)
            self.assertEqual(texts, session.heard, name)
            self.assertFalse(self.paused(transport), name)

    def test_who_is_sent_away(self) -> None:
        """Is read no faster for that."""
        for name, carrier, _, transport in self.each():
            carrier.close(1008, "enough")
            sent = self.flood(carrier, transport, self.framed(name, b"x" * 4000) * 100)
            self.assertLessEqual(sent, BURST + SEGMENT, name)
            lose(carrier)  # type: ignore[arg-type]

    def test_two_reasons_to_wait(self) -> None:
        """Neither the session nor the meter reads on while the other still waits."""
        for name, carrier, session, transport in self.each():
            carrier.pause()
            data = self.framed(name, b"x" * 1000) * (3 * BURST // 1000)
            carrier.dataReceived(data)  # type: ignore[attr-defined]
            carrier.resume()
            self.assertTrue(self.paused(transport), name)
            self.assertEqual([], session.heard)
            carrier.pause()
            self.clock.advance(10 * READ_AHEAD_S)
            self.assertTrue(self.paused(transport), name)
            self.assertEqual([], session.heard)

            carrier.resume()

            # Autobahn takes two steps for a frame: its head, its payload.
            steps = FRAMES_PER_TURN // 2 if name == "rfc6455" else FRAMES_PER_TURN
            self.assertEqual(steps, len(session.heard))
            lose(carrier)  # type: ignore[arg-type]

    def test_who_is_never_too_fast(self) -> None:
        """Is never waited for: no timer, no pause."""
        for name, carrier, session, transport in self.each():
            calls = len(self.clock.getDelayedCalls())
            for _ in range(100):
                self.clock.advance(0.1)
                carrier.dataReceived(self.framed(name, b"hello"))  # type: ignore[attr-defined]
                self.assertEqual(calls, len(self.clock.getDelayedCalls()))
                self.assertFalse(self.paused(transport))
            self.assertEqual(100, len(session.heard))

    def test_the_end_of_who_is_waited_for(self) -> None:
        """Leaves no timer behind."""
        for name, carrier, _, transport in self.each():
            others = set(self.clock.getDelayedCalls())
            self.flood(carrier, transport, self.framed(name, b"x" * 4000) * 100)
            self.assertEqual(1, len(set(self.clock.getDelayedCalls()) - others))
            lose(carrier)  # type: ignore[arg-type]

            self.assertEqual(set(), set(self.clock.getDelayedCalls()) - others)


class UnmeteredTests(Case):
    """Without a meter."""

    is_metered = False

    def test_a_flood_is_read_as_it_comes(self) -> None:
        """All of it, and nobody waits."""
        for name, carrier, session, transport in self.each():
            data = self.framed(name, b"x" * 4000) * 100
            self.assertEqual(len(data), self.flood(carrier, transport, data))
            self.assertEqual(100, len(session.heard))
