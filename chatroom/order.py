"""
The order that there is: who has which role, who is kept out, and what a room asks of
those who come and speak.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from msgspec import UNSET, UnsetType
from twisted.python.failure import Failure

from chatroom import limits
from chatroom.bans import Bans, banned
from chatroom.commands import AnyCommand, Say, Values
from chatroom.directory import Directory
from chatroom.errors import BadKey, Locked
from chatroom.events import Message, Set
from chatroom.interfaces import IPeople
from chatroom.log import Authority, Draft, OrderRecord, Outcome
from chatroom.presence import Person
from chatroom.replies import You
from chatroom.rights import MEMBER, SERVER, Role, Roles, check_moderator
from chatroom.room import Room
from chatroom.rules import is_moderators
from chatroom.text import check_join_key

#: What most people are: for a thousand who join it is made once.
_MEMBER: Final = You()

#: How much of an address's digest is kept: nobody is to find another with the same one.
_DIGEST_BYTES: Final = 16


class Order:
    """
    What is asked about for each who enters, joins or speaks, all of it in memory.

    Args:
        records: Has the secret, once the store is open.
        now: The time, in milliseconds since the Unix epoch.
    """

    def __init__(self, records: IPeople, now: Callable[[], int]) -> None:
        self.roles = Roles()
        self.bans = Bans()
        #: Whether somebody could claim the server by a link.
        self.has_link = False
        self._records = records
        self._now = now

    def resume(self, kept: OrderRecord, rooms: Directory) -> None:
        """
        Let the order be as it was left.
        """
        for person, scope, role in kept.roles:
            self.roles.give(person, scope, role)
        for scope, person, ban in kept.bans:
            self.bans.put(scope, person, ban)
        for key, person, until in kept.mutes:
            stream = rooms.existing(key)
            if stream is not None:
                stream.room.mute(person, until)
        self.has_link = kept.has_link

    # Coming in.

    def check_entry(self, person: str | None, address: str) -> None:
        """
        Refuse a *person*, or somebody new, who comes from *address* and is banned from
        the server.

        Raises:
            Banned: They are.
        """
        self._check_ban(SERVER, person, address)

    def check_join(self, person: Person, address: str, room: Room, key: str | UnsetType) -> None:
        """
        Refuse *person*, who comes from *address*, where they may not go in.

        Args:
            key: What they say is the room's key.

        Raises:
            Banned: They are banned from the room.
            Locked: Nobody new is let in.
            BadKey: The room has another key.
        """
        self._check_ban(room.key, person.id, address)
        if room.key in person.rooms or self.roles.rank(person.id, room.key) > MEMBER:
            return
        if room.rules.locked:
            raise Locked("nobody new is let into this room")
        if room.rules.key is not None:
            given = "" if key is UNSET else key
            if not given or not hmac.compare_digest(self.key_digest(room, given), room.rules.key):
                raise BadKey("this room opens with a key, and this is not it")

    def _check_ban(self, scope: str, person: str | None, address: str) -> None:
        now, bans = self._now(), self.bans
        ban = None if person is None else bans.of(scope, person, now)
        # The innocent at the same address can be made moderators: so they get in.
        is_member = person is None or self.roles.rank(person, scope) == MEMBER
        if ban is None and is_member and address and bans.has_addresses(scope):
            ban = bans.at(scope, self.address_digest(address), now)
        if ban is not None:
            raise banned(ban, now)

    def server_role(self, person: Person) -> Role | UnsetType:
        """
        Return what *person* is on the whole server, if more than a member.
        """
        role = self.roles.role(person.id, SERVER)
        return UNSET if role == "member" else role

    def you(self, person: Person, room: Room) -> You:
        """
        Return what *person* is told of how they stand in *room*.
        """
        role = self.roles.role(person.id, room.key)
        muted = room.conduct is not None and room.conduct.muted(person.id, self._now())
        reads = person.standing == "reader" and role == "member"
        if muted or reads or role != "member":
            return You(role, muted or UNSET, True if reads else UNSET)
        return _MEMBER

    # Speaking.

    def check_speech(self, person: Person, room: Room, command: AnyCommand, now_s: float) -> None:
        """
        Refuse *command* of *person* where *room* asks otherwise.

        Args:
            now_s: Seconds of a clock that does not jump.

        Raises:
            Muted, ReadOnly, RateLimited: It does.
        """
        if room.conduct is not None:
            rank = self.roles.rank(person.id, room.key)
            refusal = room.conduct.check(person.id, rank, command, self._now(), now_s)
            if refusal is not None:
                raise refusal
            if isinstance(command, Say) and rank == MEMBER:
                room.conduct.says(person.id, now_s)

    def deleting(self, person: Person, room: Room) -> Authority | None:
        """
        Return what *person* may delete in *room* beside what they said themselves.
        """
        if self.roles.rank(person.id, room.key) == MEMBER:
            return None
        return Authority(beyond=self.roles.beyond(person.id, room.key))

    def setting(self, person: Person, room: Room, values: Values) -> Authority | None:
        """
        Return what belongs to *values* that *person* sets in *room*.

        Raises:
            Forbidden: They are for moderators to set.
            BadText, TooLong: The key cannot be one.
        """
        if not is_moderators(values):
            return None
        check_moderator(self.roles.rank(person.id, room.key))
        if values.key is UNSET:
            return Authority()
        check_join_key(values.key)
        return Authority(key=self.key_digest(room, values.key) if values.key else None)

    def settle(self, result: Outcome | Failure, room: Room, draft: Draft) -> Outcome | Failure:
        """
        Let *room* stand as after *result*, as far as no entry tells it: open with the key
        that was set, and let who said nothing speak without a wait.
        """
        authority = draft.authority
        if isinstance(draft.command, Say):
            if room.conduct is not None and not isinstance(result, Message):
                room.conduct.said_nothing(draft.person)
        elif isinstance(result, Set) and authority is not None and authority.key is not None:
            room.rules = replace(room.rules, key=authority.key)
        return result

    # Digests: who can read the store learns neither addresses nor keys from it.

    def addresses_of(self, addresses: Iterable[str]) -> tuple[bytes, ...]:
        """
        Return the digests of *addresses*, each once; those that count as none have none.
        """
        known = dict.fromkeys(self.address_digest(address) for address in addresses if address)
        return tuple(known)[: limits.ADDRESSES_PER_BAN]

    def address_digest(self, address: str) -> bytes:
        """
        Return what is kept of *address*.
        """
        return self._digest("address", address)[:_DIGEST_BYTES]

    def key_digest(self, room: Room, key: str) -> bytes:
        """
        Return what is kept of the *key* of *room*.
        """
        return self._digest("key", f"{room.key}\0{key}")

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._records.secret, f"{kind}\0{text}".encode(), hashlib.sha256)


def link_digest(key: str) -> bytes:
    """
    Return what is kept of an owner link's *key*: 256 random bits need no secret.
    """
    return hashlib.sha256(key.encode()).digest()
