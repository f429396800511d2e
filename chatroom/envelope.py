"""
Events on their way to many: encoded once, framed once for each dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatroom.interfaces import ICarrier, IDialect


class Group:
    """
    Connections of one dialect that hear the same, by what owns them.

    A dialect makes its own (`IDialect.group`), and may have a faster way to write to all.
    """

    __slots__ = ("_carriers",)

    def __init__(self) -> None:
        self._carriers: dict[Any, ICarrier] = {}

    def __len__(self) -> int:
        return len(self._carriers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._carriers)

    def __contains__(self, owner: object) -> bool:
        return owner in self._carriers

    def add(self, owner: Any, carrier: ICarrier) -> None:  # noqa: ANN401 - whatever that is
        """
        Let *owner*, who is not in it, have its *carrier* written to.
        """
        self._carriers[owner] = carrier

    def remove(self, owner: Any) -> None:  # noqa: ANN401 - whatever that is
        """
        Let *owner*, who is in it, hear nothing more.
        """
        del self._carriers[owner]

    def write(self, frames: bytes) -> None:
        """
        Do ``write_event(frames)`` of each carrier.
        """
        # A copy: who is cut off while the others are written to may go at once.
        for carrier in tuple(self._carriers.values()):
            carrier.write_event(frames)


#: Those who hear the same, by what they speak.
Audience = Mapping[IDialect, Group]


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
        for dialect, group in audience.items():
            group.write(self.frame(dialect))
