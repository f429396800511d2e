"""
A room: who is in it, and how it stands.
"""

from __future__ import annotations

from chatroom import limits
from chatroom.events import Event, Presence, Set, Settings, WasCalled, Who
from chatroom.log import RoomRecord
from chatroom.presence import Person
from chatroom.replies import RoomLine
from chatroom.roster import Roster


class Room:
    """
    What everybody in a room shares.

    *Present* are the people with a connection that listens here, and for a
    little while those whose last one closed.

    Args:
        name: As the server spells it.
        key: As it is compared.
        kept: Whether it exists without anybody and anything in it.
    """

    def __init__(self, name: str, key: str, *, kept: bool = False) -> None:
        self.name = name
        self.key = key
        self.kept = kept
        self.seq = 0
        self.topic = ""
        self._roster: Roster[Person] = Roster()
        #: The first people by name, by id, as long as nothing about them changes: a
        #: thousand who join a crowd are shown the same.
        self._first: dict[str, Who] | None = None
        self._present: dict[str, Person] = {}
        self._connections: dict[str, int] = {}
        # Since the last `presence`: whom it concerns, and how they were called.
        self._touched: dict[str, Who] = {}
        self._renamed: dict[str, str] = {}

    @property
    def count(self) -> int:
        """How many people are present."""
        return len(self._roster)

    @property
    def settings(self) -> Settings:
        """The settings as they now are."""
        return Settings(topic=self.topic)

    @property
    def line(self) -> RoomLine:
        """The room in a list of rooms."""
        return RoomLine(self.name, self.topic, self.count, self.seq)

    @property
    def forgettable(self) -> bool:
        """Whether nothing would be lost with it."""
        return not (self.kept or self.seq or self._roster)

    def resume(self, record: RoomRecord) -> None:
        """
        Stand as it was left, and as it was spelled: the log knows it by that.
        """
        self.name, self.seq, self.topic = record.name, record.seq, record.topic

    def apply(self, event: Event) -> None:
        """
        Stand as after *event*, the room's next entry.
        """
        self.seq = event.seq
        if isinstance(event, Set) and isinstance(event.values.topic, str):
            self.topic = event.values.topic

    def arrive(self, person: Person) -> bool:
        """
        One more connection of *person* listens; return whether they were not here.
        """
        is_new = person.id not in self._present
        if is_new:
            self._present[person.id] = person
            self._connections[person.id] = 0
            self._changed_at(self._roster.add(person.name, person))
            self._touched[person.id] = person.who
        self._connections[person.id] += 1
        return is_new

    def depart(self, person: Person) -> bool:
        """
        One connection of *person* listens no more; return whether it was the last.

        The person stays present until `drop`.
        """
        self._connections[person.id] -= 1
        return self._connections[person.id] == 0

    def drop(self, person: Person) -> None:
        """
        *person* is not here any more, whatever listened.
        """
        if self._present.pop(person.id, None) is not None:
            del self._connections[person.id]
            self._changed_at(self._roster.remove(person.name))
            self._touched[person.id] = person.who
            self._renamed.pop(person.id, None)

    def rename(self, person: Person, was: str) -> bool:
        """
        *person* has another name than *was*; return whether that concerns this room.
        """
        if person.id not in self._present:
            return False
        self._changed_at(self._roster.remove(was))
        self._changed_at(self._roster.add(person.name, person))
        self._renamed.setdefault(person.id, was)
        return True

    def members(self, me: Person) -> list[Who]:
        """
        Return the first people by name, *me* among them.
        """
        if self._first is None:
            people, _ = self._roster.slice(limit=limits.MEMBERS_SHOWN)
            self._first = {person.id: person.who for person in people}
        shown = list(self._first.values())
        if me.id not in self._first:
            shown[-1] = me.who
        return shown

    def _changed_at(self, place: int) -> None:
        if place < limits.MEMBERS_SHOWN:
            self._first = None

    def who(self, *, prefix: str, after: str | None, limit: int) -> tuple[list[Who], bool]:
        """
        Return people by name, and whether there are more.
        """
        people, more = self._roster.slice(prefix=prefix, after=after, limit=limit)
        return [person.who for person in people], more

    def presence(self) -> Presence:
        """
        Return what has changed about the people here since it was last asked.

        It names everyone touched, whether or not it cancels out: those absent
        now are in ``left``. In a crowd there is only the count.
        """
        touched, self._touched = self._touched, {}
        renamed, self._renamed = self._renamed, {}
        if self.count > limits.PRESENCE_PEOPLE or len(touched) > limits.PRESENCE_NAMED:
            return Presence(room=self.name, count=self.count)
        here = self._present
        return Presence(
            room=self.name,
            joined=[here[id].who for id in touched if id in here],
            left=[who for id, who in touched.items() if id not in here],
            renamed=[WasCalled(id, here[id].name, was) for id, was in renamed.items()],
            count=self.count,
        )
