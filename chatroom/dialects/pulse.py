"""
Who is still there: one timer for all connections.
"""

from __future__ import annotations

from typing import Final, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

_BEAT_S: Final = 1.0


class Patient(Protocol):
    """What is felt for."""

    def feel_pulse(self) -> None:
        """
        A period is over.
        """


class Pulse:
    """
    Turns to each connection once a period, to some of them each second.

    A timer of its own for each connection took 1.3 KB, and at ten thousand of them
    a twentieth of a processor.

    Args:
        clock: Gives the seconds.
        period_s: In whole seconds.
    """

    def __init__(self, clock: IReactorTime, period_s: float) -> None:
        self._clock = clock
        # A dict is a set that keeps its order.
        self._slots: list[dict[Patient, None]] = [{} for _ in range(round(period_s / _BEAT_S))]
        self._now = 0
        self._count = 0
        self._next: IDelayedCall | None = None

    def add(self, patient: Patient) -> int:
        """
        Turn to *patient* from now on, a period from now first; return what `discard` takes.
        """
        slot = self._now
        self._slots[slot][patient] = None
        self._count += 1
        if self._next is None:
            self._next = self._clock.callLater(_BEAT_S, self._beat)
        return slot

    def discard(self, patient: Patient, slot: int) -> None:
        """
        Turn to *patient* no more.
        """
        if self._slots[slot].pop(patient, self) is None:
            self._count -= 1
            if self._count == 0 and self._next is not None:
                self._next.cancel()
                self._next = None

    def _beat(self) -> None:
        self._now = (self._now + 1) % len(self._slots)
        self._next = self._clock.callLater(_BEAT_S, self._beat)
        slot = self._slots[self._now]
        for patient in tuple(slot):
            # One of those before may have sent it away.
            if patient in slot:
                patient.feel_pulse()
