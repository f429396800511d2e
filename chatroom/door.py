"""
Who comes in, and under what name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple

from msgspec import UNSET

from chatroom.commands import Hello
from chatroom.errors import BadCommand, BadToken
from chatroom.interfaces import IPeople
from chatroom.log import PersonRecord
from chatroom.looks import check_own
from chatroom.names import clean_name
from chatroom.presence import People, Person
from chatroom.turns import Turns


class Arrival(NamedTuple):
    """
    Somebody who comes in: their token, and how they are to be called, unless as they
    are. One who holds another name has yet to be renamed.
    """

    person: Person
    token: str
    name: str | None


class Door:
    """
    Makes persons of those who say `hello`, or knows them again.

    Args:
        people: Who holds a name now.
        store: Everybody there ever was.
        now: The time, in milliseconds since the Unix epoch.
    """

    def __init__(self, people: People, store: IPeople, now: Callable[[], int]) -> None:
        self._people = people
        self._store = store
        self._now = now
        self._entering = Turns()

    async def enter(self, hello: Hello, may_come: Callable[[], None]) -> Arrival:
        """
        Return the person who says *hello*, holding a name.

        Args:
            may_come: Called for whom nobody has seen before; what it raises keeps
                them out.

        Raises:
            BadCommand: It does not say who they are.
            BadToken: The token is nobody's.
            BadName, TooLong: The name is none.
            NameTaken: It is somebody else's; `suggest` is a free one.
        """
        name = clean_name(hello.name) if hello.name is not UNSET else None
        if hello.token is not UNSET:
            person = await self._known(hello.token, name)
            if person is None:
                raise BadToken("this token is nobody's here; say hello without it")
            return Arrival(person, hello.token, name)
        if name is None:
            raise BadCommand("`hello` needs a `name` or a `token`")
        if hello.key is UNSET:
            token = secrets.token_urlsafe(32)
            return Arrival(await self.new(name, token, may_come), token, name)
        # The first welcome may have been lost. A token made from the key is found
        # again by the key, and nothing more needs to be kept.
        token = self._derived(hello.key)
        # The second who comes with a key waits until the first is known.
        async with self._entering.of(token):
            person = await self._known(token, name)
            return Arrival(person or await self.new(name, token, may_come), token, name)

    async def rename(self, person: Person, name: str) -> str:
        """
        Let *person* be called *name*, a clean one; return how they were called until
        now.

        Raises:
            NameTaken: It is somebody else's.
        """
        # The old name is held until the new one is stored: it may have to stay.
        self._people.claim(person, name)
        try:
            check_own(name)
            await self._store.rename(person.id, name)
        except BaseException:
            self._people.release(person, name)
            raise
        was = person.name
        self._people.rename(person, name)
        return was

    def host(self, name: str) -> Person:
        """
        Return a person for the host program, who holds *name* until it ends.

        Raises:
            NameTaken: Somebody else holds it.
        """
        person = Person(id=secrets.token_urlsafe(9), name=name, standing="host")
        self._people.admit(person)
        return person

    async def new(self, name: str, token: str, may_come: Callable[[], None]) -> Person:
        """
        Return a person whom nobody has seen before.
        """
        person = Person(id=secrets.token_urlsafe(9), name=name, token_hash=hash_of(token))
        # The name is held before the store is asked: of two who ask at once for
        # the same one, the first has it.
        self._people.admit(person)
        try:
            check_own(name)
            may_come()
            await self._store.add(PersonRecord(person.id, name, self._now()), person.token_hash)
        except BaseException:
            self._people.forget(person)
            raise
        return person

    async def _known(self, token: str, name: str | None) -> Person | None:
        """
        Return the person with this token: as they are now, or else called *name* if
        that is given.
        """
        token_hash = hash_of(token)
        # The store need not be asked for those who hold a name: everybody who comes
        # back after a restart does.
        person = self._people.with_token(token_hash)
        if person is not None:
            return person
        record = await self._store.find(token_hash)
        return None if record is None else await self.again(record, token_hash, name)

    async def again(self, record: PersonRecord, token_hash: bytes, name: str | None) -> Person:
        """
        Return the person of *record*: as they are now, or else called *name* if that
        is given.
        """
        person = self._people.get(record.id)
        if person is None:
            person = Person(
                record.id,
                name or record.name,
                record.rooms,
                kept_as_gone=True,
                token_hash=token_hash,
            )
            self._people.admit(person)
            if person.name != record.name:
                await self._keep_name(person)
        return person

    async def _keep_name(self, person: Person) -> None:
        """
        Store the name under which *person* has come back.
        """
        try:
            check_own(person.name)
            await self._store.rename(person.id, person.name)
        except BaseException:
            self._people.forget(person)
            raise
        self._people.renames += 1

    def _derived(self, key: str) -> str:
        """
        Return the token that belongs to a client's *key*.
        """
        digest = hmac.digest(self._store.secret, key.encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> bytes:
    """
    Return what is kept of *token*: 256 random bits need no salt and no stretching.
    """
    return hashlib.sha256(token.encode()).digest()
