"""
What waits to be sent on one connection, counted to the byte.
"""

from __future__ import annotations

from collections import deque

from chatroom.limits import BACKLOG_PAUSE_BYTES, HANDOVER_BYTES, PONG_BACKLOG_BYTES


class Backlog:
    """
    What the kernel has not taken of one connection's frames; there is none while it
    takes them all.
    """

    __slots__ = (
        "_begun_bytes",
        "_handed_bytes",
        "_handed_event_bytes",
        "_is_high",
        "frames",
        "late_pong",
        "waiting_bytes",
        "waiting_event_bytes",
    )

    def __init__(self) -> None:
        #: Those the transport was not given whole, and whether each is of events.
        self.frames: deque[tuple[bytes, bool]] = deque()
        self.late_pong: bytes | None = None
        self.waiting_bytes = 0
        self.waiting_event_bytes = 0
        self._begun_bytes = 0
        self._handed_bytes = 0
        self._handed_event_bytes = 0
        self._is_high = False

    def add(self, frame: bytes, begun_bytes: int = 0, *, is_event: bool) -> None:
        """
        Let *frame* wait, of which *begun_bytes* are taken: that is for the first one.
        """
        self.frames.append((frame, is_event))
        self._begun_bytes += begun_bytes
        self.waiting_bytes += len(frame) - begun_bytes
        if is_event:
            self.waiting_event_bytes += len(frame) - begun_bytes

    def next_piece(self) -> bytes:
        """
        Hand at most ``HANDOVER_BYTES`` over, from the front.
        """
        room = HANDOVER_BYTES
        parts: list[memoryview] = []
        while self.frames and room:
            frame, is_event = self.frames[0]
            part = memoryview(frame)[self._begun_bytes : self._begun_bytes + room]
            parts.append(part)
            room -= len(part)
            self._begun_bytes += len(part)
            self._handed_bytes += len(part)
            if is_event:
                self._handed_event_bytes += len(part)
            if self._begun_bytes == len(frame):
                self.frames.popleft()
                self._begun_bytes = 0
        return b"".join(parts)

    def settle(self) -> None:
        """
        Count what was handed over as taken.
        """
        self.waiting_bytes -= self._handed_bytes
        self.waiting_event_bytes -= self._handed_event_bytes
        self._handed_bytes = self._handed_event_bytes = 0
        if self.late_pong is not None and self.waiting_bytes <= PONG_BACKLOG_BYTES:
            pong, self.late_pong = self.late_pong, None
            self.add(pong, is_event=False)

    def drop(self) -> None:
        """
        Forget the frames that were not begun.
        """
        begun = [self.frames[0]] if self._begun_bytes else []
        self.frames = deque(begun)
        rest = sum(len(frame) - self._begun_bytes for frame, _ in begun)
        events = sum(len(frame) - self._begun_bytes for frame, is_event in begun if is_event)
        self.waiting_bytes = self._handed_bytes + rest
        self.waiting_event_bytes = self._handed_event_bytes + events
        self.late_pong = None
        self._is_high = False

    def has_come_down(self) -> bool:
        """
        Tell, once, that no more than ``BACKLOG_PAUSE_BYTES`` wait after more did.
        """
        was_high, self._is_high = self._is_high, self.waiting_bytes > BACKLOG_PAUSE_BYTES
        return was_high and not self._is_high
