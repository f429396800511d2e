"""
A room's stream: what is said in one turn leaves together, to those who listened then.
"""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.envelope import Audience, Envelope
from chatroom.room import Room
from chatroom.stream import Stream
from tests.people import Bare


class Listener:
    """A session that notes each write to it."""

    def __init__(self) -> None:
        self.dialect = Bare()
        self.carrier = self
        self.writes: list[bytes] = []
        self.is_cut = False

    def write_event(self, frames: bytes) -> None:
        """See `ICarrier`."""
        self.writes.append(frames)

    def hear(self, envelope: Envelope) -> None:
        """See `chatroom.session.Session`."""
        self.write_event(envelope.frame(self.dialect))

    def overflowed(self) -> None:
        """See `ISession`."""
        self.is_cut = True


class StreamTests(SynchronousTestCase):
    """Who hears what, when, and in how many writes."""

    def setUp(self) -> None:
        """Let Ann and Bob listen."""
        self.clock = Clock()
        self.stream = Stream(Room("tea", "tea"), self.clock, Envelope.send_to)
        self.seq = 0
        self.ann, self.bob = self.listener(), self.listener()

    def hold(self, listener: Listener) -> Any:  # noqa: ANN401 - what `Stream.hold` returns
        """Let *listener* wait."""
        return self.stream.hold(cast(Any, listener))

    def release(self, listener: Listener, after: int) -> None:
        """Let *listener* go live."""
        self.stream.release(cast(Any, listener), after)

    def listener(self) -> Listener:
        """Somebody who listens from now on."""
        listener = Listener()
        self.hold(listener)
        self.release(listener, self.seq)
        return listener

    def publish(self, *payloads: bytes) -> None:
        """Let entries happen."""
        for payload in payloads:
            self.seq += 1
            self.stream.keep(self.seq, Envelope(payload))
            self.stream.say(Envelope(payload))

    def turn(self) -> None:
        """Let the turn of the reactor end."""
        self.clock.advance(0)

    def test_one_turn_is_one_write(self) -> None:
        """For each member, at the end of the turn, of the very same bytes."""
        self.publish(b"1", b"2", b"3")
        self.assertEqual(([], []), (self.ann.writes, self.bob.writes))
        self.turn()

        self.assertEqual([b"1\n2\n3\n"], self.ann.writes)
        self.assertIs(self.ann.writes[0], self.bob.writes[0])
        self.publish(b"4")
        self.turn()
        self.assertEqual([b"1\n2\n3\n", b"4\n"], self.bob.writes)

    def test_an_empty_turn_costs_nothing(self) -> None:
        """No call is left on the clock, and none made for a room in which nobody is."""
        self.publish(b"1")
        self.turn()
        self.assertEqual([], self.clock.getDelayedCalls())
        for listener in (self.ann, self.bob):
            self.stream.discard(cast(Any, listener))
        self.publish(b"2")

        self.assertEqual([], self.clock.getDelayedCalls())

    def test_slices(self) -> None:
        """Of very much, a slice leaves in each turn; one that is larger leaves alone."""
        self.patch(limits, "SLICE_BYTES", 10)
        self.publish(b"aaaa", b"bbbb", b"cc", b"d", b"e" * 30, b"f", b"g")
        seen = []
        for _ in range(5):
            # A `Clock` does in one turn what it is asked for in it.
            for call in self.clock.getDelayedCalls():
                turn = cast(Any, call).func
                call.cancel()
                turn()
            seen.append(self.ann.writes[:])
            self.ann.writes.clear()

        self.assertEqual(
            [[b"aaaa\nbbbb\ncc\n"], [b"d\n"], [b"e" * 30 + b"\n"], [b"f\ng\n"], []], seen
        )
        self.assertEqual([], self.clock.getDelayedCalls())

    def expect(self) -> Deferred[None]:
        """A draft for the room goes to the log; return what fires when it is answered."""
        answer: Deferred[None] = Deferred()
        self.stream.expect(answer)
        return answer

    def send_slowly(self, seconds: float) -> None:
        """Let it take so long to send to all, as it does to very many."""

        def send(envelope: Envelope, audience: Audience) -> None:
            envelope.send_to(audience)
            self.clock.rightNow += seconds

        self.stream = Stream(Room("tea", "tea"), self.clock, send)
        self.ann = self.listener()
        self.publish(b"0")
        self.turn()
        self.ann.writes.clear()

    def test_what_is_on_its_way_is_waited_for(self) -> None:
        """What is answered by then leaves in the same write, at the end of that turn."""
        self.send_slowly(0.01)
        two, three = self.expect(), self.expect()
        self.publish(b"1")
        self.turn()
        two.callback(None)
        self.publish(b"2")
        self.clock.advance(0.009)
        self.assertEqual([], self.ann.writes)
        three.callback(None)
        self.publish(b"3")
        self.assertEqual([], self.ann.writes)
        self.turn()

        self.assertEqual([b"1\n2\n3\n"], self.ann.writes)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_fails_is_waited_for_no_more(self) -> None:
        """Whatever becomes of a draft, it is answered; and it is another's to mind."""
        self.send_slowly(0.01)
        two = self.expect()
        self.publish(b"1")
        self.turn()
        two.errback(ZeroDivisionError())
        self.failureResultOf(two, ZeroDivisionError)
        self.turn()

        self.assertEqual([b"1\n"], self.ann.writes)

    def test_what_came_later_is_not_waited_for(self) -> None:
        """Or who talks without end would hold everything up."""
        self.send_slowly(0.01)
        two = self.expect()
        self.publish(b"1")
        self.turn()
        self.expect()
        two.callback(None)
        self.publish(b"2")
        self.turn()

        self.assertEqual([b"1\n2\n"], self.ann.writes)

    def test_how_long_is_waited(self) -> None:
        """As long as it took to send, within a bound; and so not at all in a small room."""
        for seconds, wait_s in ((0.01, 0.01), (10.0, limits.PATIENCE_S), (0.0, 0.0)):
            self.send_slowly(seconds)
            self.expect()
            self.publish(b"1")
            self.turn()
            if wait_s:
                self.clock.advance(wait_s * 0.9)
                self.assertEqual([], self.ann.writes)
            self.clock.advance(wait_s * 0.2)
            self.assertEqual([b"1\n"], self.ann.writes)

    def test_who_leaves_meanwhile(self) -> None:
        """Has heard all that was said; what waits is not sent twice."""
        self.send_slowly(0.01)
        self.expect()
        self.publish(b"1")
        self.turn()
        bob = self.listener()
        self.stream.discard(cast(Any, self.ann))
        self.clock.advance(1)

        self.assertEqual(([b"1\n"], []), (self.ann.writes, bob.writes))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_comes_while_slices_leave(self) -> None:
        """It goes behind them."""
        self.patch(limits, "SLICE_BYTES", 4)
        self.publish(b"aaaa", b"bbbb")
        self.turn()
        self.publish(b"cc", b"dd")
        self.turn()
        self.turn()

        self.assertEqual([b"aaaa\n", b"bbbb\n", b"cc\ndd\n"], self.ann.writes)

    def test_who_joins_in_between(self) -> None:
        """Hears nothing of what was said before; the others hear it first, and once."""
        self.publish(b"1", b"2")
        cleo = self.listener()
        self.assertEqual([b"1\n2\n"], self.ann.writes)
        self.publish(b"3")
        self.turn()

        self.assertEqual([b"3\n"], cleo.writes)
        self.assertEqual([b"1\n2\n", b"3\n"], self.ann.writes)

    def test_whose_reply_stands_for_a_moment_of_the_turn(self) -> None:
        """Hears what came behind it in the same turn, once."""
        cleo = Listener()
        self.publish(b"1")
        self.hold(cleo)
        self.publish(b"2", b"3")
        self.release(cleo, 2)
        self.publish(b"4")
        self.turn()

        self.assertEqual([b"3\n", b"4\n"], cleo.writes)
        self.assertEqual(b"1\n2\n3\n4\n", b"".join(self.ann.writes))

    def test_who_listens_and_asks_for_a_page(self) -> None:
        """Hears what was said before at once, and what is said meanwhile behind the page."""
        self.publish(b"1")
        held = self.hold(self.ann)
        self.assertEqual([b"1\n"], self.ann.writes)
        self.publish(b"2", b"3")
        self.turn()
        self.assertEqual([b"1\n"], self.ann.writes)
        self.stream.catch_up(cast(Any, self.ann), 2)
        self.assertTrue(self.stream.holds(cast(Any, self.ann), held))
        self.assertEqual([b"1\n", b"2\n"], self.ann.writes)
        self.release(self.ann, 2)

        self.assertEqual([b"1\n", b"2\n", b"3\n"], self.ann.writes)
        self.assertEqual(b"1\n2\n3\n", b"".join(self.bob.writes))

    def test_who_leaves(self) -> None:
        """Hears what was said before, and nothing after; so do those who stay."""
        self.publish(b"1", b"2")
        self.stream.discard(cast(Any, self.ann))
        self.assertEqual([b"1\n2\n"], self.ann.writes)
        self.publish(b"3")
        self.turn()

        self.assertEqual([b"1\n2\n"], self.ann.writes)
        self.assertEqual([b"1\n2\n", b"3\n"], self.bob.writes)

    def test_a_reply_that_does_not_come(self) -> None:
        """Who listened before hears all of it; who did not hears nothing."""
        cleo = Listener()
        held_ann, held_cleo = self.hold(self.ann), self.hold(cleo)
        self.publish(b"1", b"2")
        for listener, held in ((self.ann, held_ann), (cleo, held_cleo)):
            self.stream.unhold(cast(Any, listener), held)
        self.publish(b"3")
        self.turn()

        self.assertEqual(b"1\n2\n3\n", b"".join(self.ann.writes))
        self.assertEqual([], cleo.writes)

    def test_what_has_no_place_in_the_log(self) -> None:
        """Keeps its place among what is said, and does not wait for a page."""
        self.hold(self.ann)
        cleo = Listener()
        self.hold(cleo)
        self.publish(b"1")
        self.stream.mention(Envelope(b"presence"))
        self.publish(b"2")
        self.turn()

        self.assertEqual([b"1\npresence\n2\n"], self.bob.writes)
        self.assertEqual([b"presence\n"], self.ann.writes)
        self.assertEqual([], cleo.writes)

    def test_who_waits_for_too_much(self) -> None:
        """Is cut off, and remembered for no more."""
        self.patch(limits, "BACKLOG_CUT_BYTES", 10)
        cleo = Listener()
        held = self.hold(cleo)
        self.publish(b"a" * 10)
        self.assertFalse(cleo.is_cut)
        self.publish(b"b")

        self.assertTrue(cleo.is_cut)
        self.assertFalse(self.stream.holds(cast(Any, cleo), held))
        self.turn()
        self.assertEqual(([], [b"a" * 10 + b"\nb\n"]), (cleo.writes, self.bob.writes))
