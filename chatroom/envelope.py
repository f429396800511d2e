"""
An event on its way to many: encoded once, framed once for each dialect.
"""

from __future__ import annotations

from chatroom.interfaces import IDialect


class Envelope:
    """
    One payload, and the frames made of it so far.

    Every member of a dialect is sent the very same bytes object: the cost of
    an event is that of its first recipient, and a pointer for each other.
    """

    __slots__ = ("_frames", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._frames: dict[str, bytes] = {}

    def frame(self, dialect: IDialect) -> bytes:
        """
        Return the payload as one frame of *dialect*.
        """
        frame = self._frames.get(dialect.name)
        if frame is None:
            frame = self._frames[dialect.name] = dialect.frame(self.payload)
        return frame
