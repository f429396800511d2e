"""
One timer that turns to all connections.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom.dialects.pulse import Pulse

PERIOD_S = 20


class Patient:
    """Notes when it is turned to."""

    def __init__(self, clock: Clock) -> None:
        self.felt: list[float] = []
        self.then: Callable[[], object] = list
        self._clock = clock

    def feel_pulse(self) -> None:
        """See `chatroom.dialects.pulse.Patient`."""
        self.felt.append(self._clock.seconds())
        self.then()


class PulseTests(SynchronousTestCase):
    """Who is turned to, and when."""

    def setUp(self) -> None:
        """Begin with nobody."""
        self.clock = Clock()
        self.pulse = Pulse(self.clock, PERIOD_S)
        self.ann, self.bob = Patient(self.clock), Patient(self.clock)

    def pass_seconds(self, seconds: int) -> None:
        """Let the clock go on, a second at a time."""
        self.clock.pump([1] * seconds)

    def test_once_a_period(self) -> None:
        """A period from the beginning first, then each period, whoever else there is."""
        self.pulse.add(self.ann)
        self.pass_seconds(7)
        self.pulse.add(self.bob)
        self.pass_seconds(53)

        self.assertEqual([20, 40, 60], self.ann.felt)
        self.assertEqual([27, 47], self.bob.felt)

    def test_between_two_beats(self) -> None:
        """Who comes in the middle of a second is turned to within it, a period later."""
        self.pulse.add(self.ann)
        self.clock.advance(0.5)
        self.pulse.add(self.bob)
        self.clock.pump([0.5] * 80)

        self.assertEqual([20, 40], self.bob.felt)

    def test_one_timer(self) -> None:
        """However many there are."""
        for _ in range(50):
            self.pulse.add(Patient(self.clock))
            self.pass_seconds(1)

        self.assertEqual(1, len(self.clock.getDelayedCalls()))

    def test_who_goes_is_left_alone(self) -> None:
        """And the others are not; to go twice is to go once."""
        slot = self.pulse.add(self.ann)
        self.pulse.add(self.bob)
        self.pulse.discard(self.ann, slot)
        self.pulse.discard(self.ann, slot)
        self.pass_seconds(PERIOD_S)

        self.assertEqual(([], [PERIOD_S]), (self.ann.felt, self.bob.felt))

    def test_the_last_one_stops_the_timer(self) -> None:
        """Nothing is left on the clock, and the next one starts it again."""
        slot = self.pulse.add(self.ann)
        self.pass_seconds(3)
        self.pulse.discard(self.ann, slot)
        self.assertEqual([], self.clock.getDelayedCalls())

        self.pass_seconds(10)
        self.pulse.add(self.bob)
        self.pass_seconds(PERIOD_S)

        self.assertEqual(([], [33]), (self.ann.felt, self.bob.felt))

    def test_one_goes_while_the_pulse_is_felt(self) -> None:
        """Who is sent away by another of the same second is not turned to any more."""
        self.pulse.add(self.ann)
        slot = self.pulse.add(self.bob)
        self.ann.then = lambda: self.pulse.discard(self.bob, slot)
        self.pass_seconds(2 * PERIOD_S)

        self.assertEqual(([20, 40], []), (self.ann.felt, self.bob.felt))

    def test_the_last_one_goes_while_the_pulse_is_felt(self) -> None:
        """The timer stops all the same."""
        slot = self.pulse.add(self.ann)
        self.ann.then = lambda: self.pulse.discard(self.ann, slot)
        self.pass_seconds(PERIOD_S)

        self.assertEqual([PERIOD_S], self.ann.felt)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_newcomer_while_the_pulse_is_felt(self) -> None:
        """Waits for a period like everybody."""
        self.pulse.add(self.ann)
        self.ann.then = lambda: len(self.ann.felt) == 1 and self.pulse.add(self.bob)
        self.pass_seconds(2 * PERIOD_S)

        self.assertEqual([2 * PERIOD_S], self.bob.felt)
