"""
Events on their way to many: encoded once, framed once for each dialect.
"""

from __future__ import annotations

from chatroom.interfaces import IDialect


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
