"""
Events on their way to many: encoded once, framed once for each dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatroom.interfaces import ICarrier, IDialect

#: Those who hear the same, by what they speak; their carriers by what owns them.
Audience = Mapping[IDialect, Mapping[Any, ICarrier]]


class Envelope:
    """
    Payloads that leave together, and the frames made of them so far.

    Every member of a dialect is sent the very same bytes object: the cost of
    an event is that of its first recipient, and a pointer for each other.

    Args:
        payloads: One event each, in their order.
    """

    __slots__ = ("_frames", "payloads")

    def __init__(self, *payloads: bytes) -> None:
        self.payloads = payloads
        self._frames: dict[str, bytes] = {}

    def frame(self, dialect: IDialect) -> bytes:
        """
        Return the payloads as frames of *dialect*, one behind the other.
        """
        frames = self._frames.get(dialect.name)
        if frames is None:
            frames = self._frames[dialect.name] = b"".join(map(dialect.frame, self.payloads))
        return frames

    def send_to(self, audience: Audience) -> None:
        """
        Send the payloads to all of *audience*, by what they speak.
        """
        for dialect, carriers in audience.items():
            # A copy: who is cut off while the others are written to may go at once.
            dialect.write_events(self.frame(dialect), tuple(carriers.values()))
