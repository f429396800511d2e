"""
People: their names, their connections, their rooms.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from string import ascii_letters, digits
from typing import Final

from chatroom import limits, names
from chatroom.accounts import Standing
from chatroom.errors import NameTaken
from chatroom.events import Who
from chatroom.looks import is_mixed, looks

_WORD: Final = frozenset(ascii_letters + digits)
#: Of so many ``@`` of a text it is found out whom they address: a text of nothing
#: else would take a fiftieth of a second.
_TRIES: Final = 200


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
    #: Whether the store has it that they are gone.
    kept_as_gone: bool = False
    standing: Standing = "guest"
    #: For `chatroom.rates`: when all is paid for that they wrote and read, and when
    #: they last told of their typing, by room.
    writes_paid_at: float = 0.0
    reads_paid_at: float = 0.0
    typed_at: dict[str, float] | None = None
    #: By it they are known without asking the store; empty if they are not to be.
    token_hash: bytes = b""

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
        self._by_token: dict[bytes, Person] = {}
        self._by_look: dict[str, Person] = {}
        self._by_fold: dict[str, Person] = {}
        self._longest = 0
        # In the order in which they left, so that the first to expire is the first.
        self._gone: dict[Person, float] = {}
        # What is held beside one's own name, while it is being stored.
        self._claims: dict[Person, list[str]] = {}

    def get(self, id: str) -> Person | None:
        """
        Return the person of this id who holds a name.
        """
        return self._people.get(id)

    def with_token(self, token_hash: bytes) -> Person | None:
        """
        Return the person with this token, if they hold a name.
        """
        return self._by_token.get(token_hash)

    def admit(self, person: Person) -> None:
        """
        Let *person* hold their name.

        Raises:
            NameTaken: Somebody else holds it, or one that looks like it.
        """
        self._claim(person.name, person)
        self._people[person.id] = person
        if person.token_hash:
            self._by_token[person.token_hash] = person

    def holder(self, name: str, but: str | None = None) -> Person | None:
        """
        Return somebody who holds *name*, or one that looks like it; but the person whose
        id is *but*.
        """
        holders = (self._by_look.get(look) for look in looks(name))
        return next((one for one in holders if one is not None and one.id != but), None)

    def claim(self, person: Person, name: str) -> None:
        """
        Let *person* hold *name* as well, until `rename` or `release`.

        Raises:
            NameTaken: Somebody else holds it, or one that looks like it.
        """
        self._claim(name, person)
        self._claims.setdefault(person, []).append(name)

    def release(self, person: Person, name: str) -> None:
        """
        Let *person* hold a claimed *name* no longer.
        """
        self._unclaim(person, name)
        self._free(name, person)

    def rename(self, person: Person, name: str) -> None:
        """
        Call *person* by a claimed *name*; the one they had is free at once.
        """
        was, person.name = person.name, name
        self._unclaim(person, name)
        self._free(was, person)
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
        Take the names from those who have been gone for an hour; not from who is just
        being renamed.
        """
        over: list[Person] = []
        for person, since in self._gone.items():
            if now - since < limits.NAME_HOLD_S:
                break
            if person not in self._claims:
                over.append(person)
        for person in over:
            self.forget(person)

    def forget(self, person: Person) -> None:
        """
        Take the name from *person*.
        """
        self._gone.pop(person, None)
        self._people.pop(person.id, None)
        self._by_token.pop(person.token_hash, None)
        self._free(person.name)

    def mentioned(self, text: str) -> tuple[str, ...]:
        """
        Return the ids of those whom *text* addresses with ``@``, each once.

        After an ``@`` at the start or behind a non-letter, the longest held name
        counts for which the boundary holds: when it ends in an ASCII letter or
        digit, the next character is neither.
        """
        found: dict[str, None] = {}
        tries = 0
        at = text.find("@")
        while at >= 0 and len(found) < limits.MENTIONS_PER_MESSAGE and tries < _TRIES:
            if at == 0 or not text[at - 1].isalpha():
                person = self._named_at(text, at + 1)
                tries += 1
                if person is not None:
                    found[person.id] = None
            at = text.find("@", at + 1)
        return tuple(found)

    def _named_at(self, text: str, start: int) -> Person | None:
        """
        Return the person whose name is the longest that stands at *start* of *text*.
        """
        for end in range(min(start + self._longest, len(text)), start, -1):
            person = self._by_fold.get(text[start:end].casefold())
            if person is not None and not (
                person.name[-1] in _WORD and end < len(text) and text[end] in _WORD
            ):
                return person
        return None

    def _check(self, name: str, person: Person) -> None:
        """
        Refuse a name that anybody but *person* holds.
        """
        for look in looks(name):
            holder = self._by_look.get(look)
            if holder is not None and holder is not person:
                free = names.suggest(holder.name if is_mixed(name) else name, self._is_taken)
                reason = "somebody here has this name or one that looks like it"
                raise NameTaken(reason, suggest=free)

    def _is_taken(self, name: str) -> bool:
        """
        Whether somebody holds *name* or one that looks like it.
        """
        return not self._by_look.keys().isdisjoint(looks(name))

    def _claim(self, name: str, person: Person) -> None:
        self._check(name, person)
        self._by_look.update(dict.fromkeys(looks(name), person))
        folded = name.casefold()
        self._by_fold[folded] = person
        # Folded, a name may be longer: ß is two letters then.
        self._longest = max(self._longest, len(folded))

    def _unclaim(self, person: Person, name: str) -> None:
        claims = self._claims[person]
        claims.remove(name)
        if not claims:
            del self._claims[person]

    def _free(self, name: str, person: Person | None = None) -> None:
        """
        Give *name* up, save for what it has in common with those that *person* holds.
        """
        held = [] if person is None else [person.name, *self._claims.get(person, ())]
        for look in looks(name).difference(*map(looks, held)):
            self._by_look.pop(look, None)
        if name.casefold() not in map(str.casefold, held):
            self._by_fold.pop(name.casefold(), None)
