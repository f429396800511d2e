"""
The rooms that exist, by key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IReactorTime

from chatroom import limits, names
from chatroom.errors import NotJoined
from chatroom.rights import Roles
from chatroom.room import Room
from chatroom.roster import Roster
from chatroom.stream import Broadcast, Stream

if TYPE_CHECKING:
    from chatroom.session import Session


class Directory:
    """
    Every room of the server. One is there as soon as it is asked for, until nobody
    and nothing is in it.

    Args:
        clock: Gives turns to the streams.
        broadcast: Sends an envelope to many.
        roles: Who is more than a member.
    """

    def __init__(self, clock: IReactorTime, broadcast: Broadcast, roles: Roles) -> None:
        #: The rooms by name.
        self.roster: Roster[Room] = Roster()
        self._clock = clock
        self._broadcast = broadcast
        self._roles = roles
        self._streams: dict[str, Stream] = {}

    def open(self, name: str, *, kept: bool = False) -> Stream:
        """
        Return the room of this name, made if need be.

        Args:
            kept: Whether a new one exists without anybody and anything in it.

        Raises:
            BadRoom, TooLong: It is no room's name.
        """
        stream = self._streams.get(names.room_key(name))
        return stream or self._made(names.clean_room(name), kept=kept)

    def existing(self, key: str) -> Stream | None:
        """
        Return the room with this key, if there is one.
        """
        return self._streams.get(key)

    def joined(self, session: Session, name: str) -> Stream:
        """
        Return the room of this name that *session* listens to.

        Raises:
            NotJoined: It does not.
        """
        # Unread when no room can be called so: to compose 30,000 marks takes a second.
        is_short = len(name) <= limits.ROOM_CHARS * limits.COMPOSED_OF
        stream = session.streams.get(names.room_key(name)) if is_short else None
        if stream is None:
            raise NotJoined("join the room first")
        return stream

    def spelled(self, key: str) -> str:
        """
        Return the name of the room with this key.
        """
        return self._streams[key].room.name if key in self._streams else key

    def tidy(self, stream: Stream) -> None:
        """
        Forget a room with nobody and nothing in it; of one with nobody, its page.
        """
        if stream:
            return
        # It takes up to 224 KiB, and of rooms there may be any number.
        stream.newest = None
        room = stream.room
        if room.forgettable and self._streams.get(room.key) is stream:
            del self._streams[room.key]
            self.roster.remove(room.name)

    def _made(self, name: str, *, kept: bool) -> Stream:
        key = names.room_key(name)
        if key not in self._streams:
            room = Room(name, key, self._roles, kept=kept)
            self._streams[key] = Stream(room, self._clock, self._broadcast)
            self.roster.add(name, room)
        return self._streams[key]
