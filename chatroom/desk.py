"""
Signing in: who has an account, and what is left to those who have none.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from traceback import extract_tb
from typing import TypeVar
from unicodedata import normalize

from msgspec import UNSET
from twisted.internet.defer import Deferred, DeferredLock, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatroom import limits
from chatroom.accounts import Account, AccountRecord, Guests
from chatroom.commands import Hello
from chatroom.door import Arrival, Door, hash_of
from chatroom.errors import (
    BadCommand,
    BadToken,
    ChatError,
    Forbidden,
    Internal,
    NameTaken,
    SignIn,
)
from chatroom.interfaces import IAuthenticator, ICarrier, IStore
from chatroom.log import PersonRecord
from chatroom.looks import check_own
from chatroom.names import clean_name, skeleton, suggest
from chatroom.presence import People, Person
from chatroom.tries import Tries

log = Logger()

T = TypeVar("T")


class Desk:
    """
    Where those who come in show who they are, in a room with accounts.

    Args:
        authenticator: Knows the accounts.
        guests: What those may do who have none.
        door: Lets people in.
        people: Who holds a name now.
        store: Everybody there ever was, and their accounts.
        clock: For waits.
        call: Calls a person by another name, and tells everybody.
    """

    def __init__(
        self,
        authenticator: IAuthenticator,
        guests: Guests,
        door: Door,
        people: People,
        store: IStore,
        clock: IReactorTime,
        call: Callable[[Person, str], Awaitable[None]],
    ) -> None:
        self.guests = guests
        self._authenticator = authenticator
        self._door = door
        self._people = people
        self._records = store.people
        self._accounts = store.accounts
        self._clock = clock
        self._call = call
        self._tries = Tries()
        self._one_at_a_time = DeferredLock()

    async def enter(self, hello: Hello, carrier: ICarrier, may_come: Callable[[], None]) -> Arrival:
        """
        Return who says *hello* by *carrier*: see `Door.enter`.

        Raises:
            SignIn: The name belongs to an account, or guests are not let in.
            BadPassword: It is not the account's.
            RateLimited: There were too many tries.
        """
        visitor = await self._visitor(carrier)
        if visitor is not None:
            # The site's session is what counts each time. This token opens nothing, so
            # whoever has signed out there is out here as well.
            arrival = await self._enter_as(visitor)
            return arrival._replace(token=secrets.token_urlsafe(32))
        if hello.password is not UNSET:
            if hello.name is UNSET:
                raise BadCommand("a password goes with a name")
            account = await self._checked(clean_name(hello.name), hello.password, carrier.address)
            return await self._enter_as(account)
        record = None
        if hello.token is not UNSET:
            # The store is asked each time: another process may have ended the token.
            record = await self._records.find(hash_of(hello.token))
            if record is None:
                raise BadToken("this token is nobody's here; say hello without it")
            kept = await self._accounts.of(record.id)
            if kept is not None:
                return await self._again(kept, record, hello)
        return await self._guest(hello, record, may_come)

    async def check_rename(self, person: Person, name: str) -> None:
        """
        Refuse *name*, a clean one, if *person* cannot be called so.

        Raises:
            Forbidden: They have an account, which gives them their name.
            SignIn: It is the name of one.
        """
        if person.standing == "account":
            raise Forbidden("you are called as your account is")
        await self._check_guests_name(name)

    # Accounts.

    async def _checked(self, name: str, password: str, address: str) -> Account:
        """
        Return the account that *name* and *password* are of.
        """
        known = await self._accounts.alike(name)
        now = self._clock.seconds()
        by_name = f"account {known.id}" if known is not None else f"name {skeleton(name)}"
        by_address = f"address {address}"
        self._tries.begin(by_name, now)
        if address:
            self._tries.begin(by_address, now)
        password = normalize("NFC", password)
        account = await self._asked(self._authenticator.sign_in, name, password)
        self._tries.forget(by_name)
        if address:
            self._tries.take_back(by_address)
        return account

    async def _visitor(self, carrier: ICarrier) -> Account | None:
        head = carrier.request
        if head is None or not self._authenticator.knows_visitors:
            return None
        return await self._asked(self._authenticator.visitor, head)

    async def _asked(self, ask: Callable[..., Deferred[T]], *about: object) -> T:
        """
        Return what the authenticator says.

        Raises:
            ChatError: What it refuses with; or it does not answer, or fails.
        """
        answer: Deferred[T] = maybeDeferred(ask, *about)
        answer.addTimeout(limits.SIGN_IN_TIMEOUT_S, self._clock)
        try:
            return await answer
        except ChatError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises
            trouble = _told(error)
        log.error("The authenticator failed: {trouble}", trouble=trouble)
        raise Internal("it cannot be found out just now who you are")

    async def _enter_as(self, account: Account) -> Arrival:
        """
        Return the person that *account* is, who is called as it is.

        Raises:
            BadName, TooLong: Nobody can be called so.
            NameTaken: An account has the name that another one has.
        """
        name = clean_name(account.name)
        check_own(name)
        # Two devices at once must not become two persons.
        await self._one_at_a_time.acquire()
        try:
            known = await self._accounts.find(account.id)
            alike = await self._accounts.alike(name)
            if alike is not None and alike.id != account.id:
                raise NameTaken("another account has a name that looks like yours")
            record = None
            if known is not None and known.person is not None:
                record = await self._records.get(known.person)
            key = secrets.token_bytes(32) if known is None else known.key
            token = self._token(key, account.stamp)
            is_here = record is not None and self._people.get(record.id) is not None
            person = await self._person(record, name, token)
            kept = AccountRecord(account.id, name, key, person.id)
            if known is None or (known.name, known.person) != (kept.name, kept.person):
                try:
                    await self._accounts.keep(kept)
                except BaseException:
                    if not (is_here or person.connections):
                        self._people.forget(person)
                    raise
        finally:
            self._one_at_a_time.release()
        person.standing = "account"
        return Arrival(person, token, name)

    async def _person(self, record: PersonRecord | None, name: str, token: str) -> Person:
        """
        Return the person of *record*, or a new one, who holds *name* and has *token*.
        """
        await self._make_way(name, None if record is None else record.id)
        if record is None:
            # Whom an authenticator knows is not one of a crowd that somebody makes up.
            return await self._door.new(name, token, _welcome)
        if await self._records.find(hash_of(token)) is None:
            await self._records.retoken(record.id, hash_of(token))
        return await self._door.again(record, hash_of(token), name)

    async def _make_way(self, name: str, id: str | None) -> None:
        """
        Call whoever else holds *name* otherwise: it is the account's, whose person is *id*.

        Raises:
            NameTaken: The host program is called so.
        """
        while (holder := self._people.holder(name, but=id)) is not None:
            if holder.standing == "host":
                raise NameTaken("the program that hosts the room is called so")
            await self._call(holder, self._free(holder.name))

    async def _again(self, kept: AccountRecord, record: PersonRecord, hello: Hello) -> Arrival:
        """
        Return the person of an account, who has shown its token.
        """
        account: Account | None = Account(kept.id, kept.name)
        if self._authenticator.knows_accounts:
            account = await self._asked(self._authenticator.look_up, kept.name)
        is_good = account is not None and hmac.compare_digest(
            str(hello.token), self._token(kept.key, account.stamp)
        )
        if account is None or not is_good:
            raise BadToken("the account is another one now; sign in")
        if hello.name is not UNSET and clean_name(hello.name) != kept.name:
            raise Forbidden("you are called as your account is")
        await self._make_way(kept.name, record.id)
        person = await self._door.again(record, hash_of(str(hello.token)), kept.name)
        person.standing = "account"
        return Arrival(person, str(hello.token), kept.name)

    def _token(self, key: bytes, stamp: bytes) -> str:
        """
        Return the token of an account: the same on each device, as long as both last.
        """
        digest = hmac.digest(self._records.secret, key + stamp, hashlib.sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode()

    # Guests.

    async def _guest(
        self, hello: Hello, record: PersonRecord | None, may_come: Callable[[], None]
    ) -> Arrival:
        if self.guests == "no":
            raise SignIn("this room is for those who have an account")
        name = clean_name(hello.name) if hello.name is not UNSET else None
        if name is None and record is not None:
            name = record.name
        if name is not None:
            await self._check_guests_name(name)
        arrival = await self._door.enter(hello, may_come)
        arrival.person.standing = "reader" if self.guests == "read-only" else "guest"
        return arrival

    async def _check_guests_name(self, name: str) -> None:
        owner: Account | AccountRecord | None = await self._accounts.alike(name)
        if owner is None:
            owner = await self._asked(self._authenticator.look_up, name)
        if owner is not None:
            raise SignIn("this name belongs to an account", suggest=self._free(owner.name))

    def _free(self, name: str) -> str:
        """
        Return a name like *name* that nobody holds now.
        """
        return suggest(name, lambda other: self._people.holder(other) is not None)


def _welcome() -> None:
    """
    Let in.
    """


def _told(error: Exception) -> str:
    """
    Return what *error* is and where it was raised; not what it says, for there might be
    a password in it.
    """
    kind, frames = type(error).__qualname__, extract_tb(error.__traceback__)
    return f"{kind} at {frames[-1].filename}:{frames[-1].lineno}" if frames else kind
