"""
One event to many: the loop that a room costs.
"""

from __future__ import annotations

from itertools import repeat
from operator import call, length_hint
from typing import Any, Protocol, cast

from chatroom.dialects.outbox import Outbox
from chatroom.dialects.sockets import Send
from chatroom.envelope import Group
from chatroom.interfaces import ICarrier


class HasOutbox(Protocol):
    """A carrier, as the fan-out sees it."""

    outbox: Outbox


class FanOut(Group):
    """
    A group whose carriers have outboxes.

    For a thousand members an event is a thousand calls of ``send``, of 8 µs each. They
    drive everything else out of the processor's caches, so what is looked at between two
    of them, a carrier, its outbox, is fetched from memory each time: 0.5 to 1 µs for each
    member. So the ``send`` of all who go straight are kept in a list, and `map` calls them.

    Invariants:

    - The list is used only while nobody has come or gone, and no outbox anywhere has
      changed its ``send``, since it was made.
    - Between two of its calls nothing of ours happens. When one has not taken all, the
      outbox may tell its session, which may do anything: whoever is left is looked at anew.
    """

    __slots__ = ("_changes", "_outboxes", "_sends")

    def __init__(self) -> None:
        super().__init__()
        #: Of which moment the lists are; none, if it is negative.
        self._changes = -1
        self._sends: list[Send] = []
        #: In the order of ``_sends``; behind them those who do not go straight.
        self._outboxes: list[Outbox] = []

    def add(self, owner: Any, carrier: ICarrier) -> None:  # noqa: ANN401 - as in `Group`
        """See `Group.add`."""
        super().add(owner, carrier)
        self._changes = -1

    def remove(self, owner: Any) -> None:  # noqa: ANN401 - as in `Group`
        """See `Group.remove`."""
        super().remove(owner)
        self._changes = -1

    def write(self, frames: bytes) -> None:
        """See `Group.write`."""
        if self._changes != Outbox.changes:
            self._look()
        sends, outboxes = self._sends, self._outboxes
        left = iter(sends)
        sent = size = len(frames)
        try:
            for sent in map(call, left, repeat(frames)):
                if sent != size:
                    break
        except OSError:
            # It would block; or it is broken, which the transport finds out too.
            sent = 0
        done = len(sends) - length_hint(left)
        if sent != size:
            outboxes[done - 1].add_event(frames, sent)
        if done < len(outboxes):
            _write_to_each(frames, outboxes[done:])

    def _look(self) -> None:
        """
        Make the lists.
        """
        outboxes = [cast(HasOutbox, carrier).outbox for carrier in self._carriers.values()]
        straight = [outbox for outbox in outboxes if outbox.send is not None]
        self._sends = [outbox.send for outbox in straight if outbox.send is not None]
        self._outboxes = straight + [outbox for outbox in outboxes if outbox.send is None]
        self._changes = Outbox.changes


def _write_to_each(frames: bytes, outboxes: list[Outbox]) -> None:
    """
    Do ``write_event(frames)`` of each of *outboxes*.
    """
    size = len(frames)
    for outbox in outboxes:
        send = outbox.send
        if send is None:
            outbox.write_event(frames)
            continue
        # What nearly every member needs is written out: through `write_event` a delivery
        # takes about 2 µs more, of 12.
        try:
            sent = send(frames)
        except OSError:
            sent = 0
        if sent != size:
            outbox.add_event(frames, sent)
