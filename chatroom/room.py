"""
A room: who is in it, and how it stands.
"""

from __future__ import annotations

from msgspec import UNSET

from chatroom import limits
from chatroom.conduct import Conduct
from chatroom.events import Acted, Event, Presence, Set, Settings, WasCalled, Who
from chatroom.log import RoomRecord
from chatroom.presence import Person
from chatroom.replies import RoomLine
from chatroom.rights import MEMBER, Roles
from chatroom.roster import Roster
from chatroom.rules import Rules


class Room:
    """
    What everybody in a room shares.

    *Present* are the people with a connection that listens here, and for a
    little while those whose last one closed.

    Args:
        name: As the server spells it.
        key: As it is compared.
        roles: Who is more than a member; nobody unless told.
        kept: Whether it exists without anybody and anything in it.
    """

    def __init__(
        self, name: str, key: str, roles: Roles | None = None, *, kept: bool = False
    ) -> None:
        self.name = name
        self.key = key
        self.kept = kept
        self.seq = 0
        self.rules = Rules()
        #: What is asked of those who speak; None where nothing is.
        self.conduct: Conduct | None = None
        self._roles = roles or Roles()
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
        return self.rules.told

    @property
    def line(self) -> RoomLine:
        """The room in a list of rooms."""
        return RoomLine(self.name, self.rules.topic, self.count, self.seq)

    @property
    def forgettable(self) -> bool:
        """Whether nothing would be lost with it."""
        return not (self.kept or self.seq or self._roster)

    def has(self, person: Person) -> bool:
        """
        Whether *person* is present.
        """
        return person.id in self._present

    def resume(self, record: RoomRecord) -> None:
        """
        Stand as it was left, and as it was spelled: the log knows it by that.
        """
        self.name, self.seq, self.rules = record.name, record.seq, record.rules
        self._follow_rules()

    def apply(self, event: Event) -> None:
        """
        Stand as after *event*, the room's next entry.
        """
        self.seq = event.seq
        if isinstance(event, Set):
            self.rules = self.rules.follow(event.values)
            self._follow_rules()
        elif isinstance(event, Acted):
            self._act(event)

    def _act(self, acted: Acted) -> None:
        until = None if acted.until is UNSET else acted.until
        if acted.act == "mute":
            self.mute(acted.target, until)
        elif acted.act == "unmute" and self.conduct is not None:
            self.conduct.mutes.pop(acted.target, None)
            self._follow_rules()
        elif acted.act == "role":
            self._first = None

    def mute(self, person: str, until: int | None) -> None:
        """
        Let *person* be muted until a time, in milliseconds since the Unix epoch, or for good.
        """
        self.conduct = self.conduct or Conduct()
        self.conduct.mutes[person] = until

    def _follow_rules(self) -> None:
        """
        Ask of those who speak what the settings say; of nobody anything, if they say nothing.
        """
        conduct = self.conduct or Conduct()
        conduct.slow, conduct.read_only = self.rules.slow, self.rules.read_only
        self.conduct = conduct or None

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
            self._first = {person.id: self._who(person) for person in people}
        shown = list(self._first.values())
        if me.id not in self._first:
            shown[-1] = self._who(me)
        return shown

    def _who(self, person: Person) -> Who:
        """
        Return *person* as one of the room's people.
        """
        if self._roles.rank(person.id, self.key) == MEMBER:
            return person.who
        return Who(person.id, person.name, self._roles.role(person.id, self.key))

    def _changed_at(self, place: int) -> None:
        if place < limits.MEMBERS_SHOWN:
            self._first = None

    def who(self, *, prefix: str, after: str | None, limit: int) -> tuple[list[Who], bool]:
        """
        Return people by name, and whether there are more.
        """
        people, more = self._roster.slice(prefix=prefix, after=after, limit=limit)
        return [self._who(person) for person in people], more

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
            joined=[self._who(here[id]) for id in touched if id in here],
            left=[who for id, who in touched.items() if id not in here],
            renamed=[WasCalled(id, here[id].name, was) for id, was in renamed.items()],
            count=self.count,
        )
