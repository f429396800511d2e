"""
Coming and going, as a room hears of it: at most once a second.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatroom import limits
from chatroom.codecs import chat as codec
from chatroom.envelope import Envelope
from chatroom.presence import Person
from chatroom.room import Room
from chatroom.stream import Stream


class Attendance:
    """
    Who is present in the rooms.

    A person whose last connection closed stays for ``PRESENCE_LINGER_S``: a
    reload of the page is no leaving and coming back.

    Args:
        clock: For the waits.
        emptied: Told of a room that its last person has left.
    """

    def __init__(
        self,
        clock: IReactorTime,
        emptied: Callable[[Stream], None],
    ) -> None:
        self._clock = clock
        self._emptied = emptied
        self._lingering: dict[tuple[Stream, Person], IDelayedCall] = {}
        self._due: dict[Room, IDelayedCall] = {}
        self._told: dict[Room, float] = {}

    def arrive(self, stream: Stream, person: Person) -> None:
        """
        A connection of *person* begins to listen.
        """
        lingering = self._lingering.pop((stream, person), None)
        if lingering is not None:
            lingering.cancel()
        if stream.room.arrive(person):
            self.changed(stream)

    def depart(self, stream: Stream, person: Person) -> None:
        """
        A connection of *person* is gone.
        """
        if stream.room.depart(person):
            self._lingering[stream, person] = self._clock.callLater(
                limits.PRESENCE_LINGER_S, self.drop, stream, person
            )

    def drop(self, stream: Stream, person: Person) -> None:
        """
        *person* is not in the room any more.
        """
        lingering = self._lingering.pop((stream, person), None)
        if lingering is not None and lingering.active():
            lingering.cancel()
        stream.room.drop(person)
        self.changed(stream)

    def changed(self, stream: Stream) -> None:
        """
        Tell the room, soon.
        """
        room = stream.room
        if room not in self._due:
            interval = max(limits.PRESENCE_INTERVAL_S, room.count / limits.PRESENCE_SENDS_PER_S)
            told = self._told.get(room)
            wait = 0.0 if told is None else max(0.0, told + interval - self._clock.seconds())
            self._due[room] = self._clock.callLater(wait, self._tell, stream)

    def _tell(self, stream: Stream) -> None:
        del self._due[stream.room]
        self._told[stream.room] = self._clock.seconds()
        presence = stream.room.presence()
        if stream:
            stream.mention(Envelope(codec.encode(presence)))
        if not stream.room.count:
            del self._told[stream.room]
            self._emptied(stream)

    def stop(self) -> None:
        """
        Wait for nothing any more: who would have lingered is gone.
        """
        for stream, person in tuple(self._lingering):
            self.drop(stream, person)
            self._emptied(stream)
        for call in self._due.values():
            call.cancel()
        self._due.clear()
        self._told.clear()
