"""
People: their names, their connections, their rooms.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

from chatroom import limits, names
from chatroom.errors import NameTaken
from chatroom.events import Who

#: ASCII letters and digits, folded.
_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(slots=True, eq=False)
class Person:
    """
    Somebody, with any number of connections.

    ``rooms`` are those they are a member of: the room's key, and the number up
    to which they have read.
    """

    id: str
    name: str
    rooms: dict[str, int] = field(default_factory=dict)
    connections: set[Hashable] = field(default_factory=set)

    @property
    def who(self) -> Who:
        """The person as others are told of them."""
        return Who(self.id, self.name)


class People:
    """
    Everybody who holds a name: the connected, and those gone for less than an hour.

    Times are seconds of any clock that does not jump.
    """

    def __init__(self) -> None:
        #: How many there were: what shows names is stale after one.
        self.renames = 0
        self._people: dict[str, Person] = {}
        self._by_skeleton: dict[str, Person] = {}
        self._by_fold: dict[str, Person] = {}
        self._longest = 0
        # In the order in which they left, so that the first to expire is the first.
        self._gone: dict[Person, float] = {}

    def get(self, id: str) -> Person | None:
        """
        Return the person of this id who holds a name.
        """
        return self._people.get(id)

    def connected(self, id: str) -> frozenset[Hashable]:
        """
        Return the connections of the person of this id.
        """
        person = self._people.get(id)
        return frozenset(person.connections) if person else frozenset()

    def admit(self, person: Person) -> None:
        """
        Let *person* hold their name.

        Raises:
            NameTaken: Somebody else holds it, or one that looks like it.
        """
        self._claim(person.name, person)
        self._people[person.id] = person

    def rename(self, person: Person, name: str) -> None:
        """
        Let *person* hold *name* in place of the one they have, which is free at once.

        Raises:
            NameTaken: Somebody else holds it, or one that looks like it.
        """
        was = person.name
        self._check(name, person)
        self._free(was)
        self._claim(name, person)
        person.name = name
        self.renames += 1

    def connect(self, person: Person, connection: Hashable) -> None:
        """
        Note that *person* has come by *connection*.
        """
        person.connections.add(connection)
        self._gone.pop(person, None)

    def disconnect(self, person: Person, connection: Hashable, now: float) -> None:
        """
        Note that *connection* is gone; with the last one the hour begins.
        """
        person.connections.discard(connection)
        if not person.connections:
            self._gone[person] = now

    def expire(self, now: float) -> None:
        """
        Take the names from those who have been gone for an hour.
        """
        while self._gone:
            person, since = next(iter(self._gone.items()))
            if now - since < limits.NAME_HOLD_S:
                return
            self.forget(person)

    def forget(self, person: Person) -> None:
        """
        Take the name from *person*.
        """
        self._gone.pop(person, None)
        self._people.pop(person.id, None)
        self._free(person.name)

    def mentioned(self, text: str) -> tuple[str, ...]:
        """
        Return the ids of those whom *text* addresses with ``@``, each once.

        After an ``@`` at the start or behind a non-letter, the longest held name
        counts for which the boundary holds: when it ends in an ASCII letter or
        digit, the next character is neither.
        """
        folded = text.casefold()
        found: dict[str, None] = {}
        at = folded.find("@")
        while at >= 0 and len(found) < limits.MENTIONS_PER_MESSAGE:
            if at == 0 or not folded[at - 1].isalpha():
                person = self._named_at(folded, at + 1)
                if person is not None:
                    found[person.id] = None
            at = folded.find("@", at + 1)
        return tuple(found)

    def _named_at(self, folded: str, start: int) -> Person | None:
        """
        Return the person whose name is the longest that stands at *start* of *folded*.
        """
        longest = min(start + self._longest, len(folded))
        for end in range(longest, start, -1):
            person = self._by_fold.get(folded[start:end])
            if person is not None and not (
                folded[end - 1] in _WORD and end < len(folded) and folded[end] in _WORD
            ):
                return person
        return None

    def _check(self, name: str, person: Person) -> None:
        """
        Refuse a name that anybody but *person* holds.
        """
        holder = self._by_skeleton.get(names.skeleton(name))
        if holder is not None and holder is not person:
            free = names.suggest(name, lambda other: names.skeleton(other) in self._by_skeleton)
            raise NameTaken("somebody here has this name or one that looks like it", suggest=free)

    def _claim(self, name: str, person: Person) -> None:
        self._check(name, person)
        self._by_skeleton[names.skeleton(name)] = person
        folded = name.casefold()
        self._by_fold[folded] = person
        # Folded, a name may be longer: ß is two letters then.
        self._longest = max(self._longest, len(folded))

    def _free(self, name: str) -> None:
        del self._by_skeleton[names.skeleton(name)]
        del self._by_fold[name.casefold()]
