"""
Whether an act may be done, and what exactly it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import UNSET, UnsetType, structs

from chatroom import commands, limits
from chatroom.bans import Ban
from chatroom.commands import Act, AnyAct
from chatroom.errors import BadCommand, Forbidden
from chatroom.events import ActName
from chatroom.log import Authority, Deed
from chatroom.order import Order
from chatroom.presence import Person
from chatroom.rights import (
    SERVER,
    SERVER_OWNER,
    Role,
    check_act,
    check_gift,
    check_moderator,
)
from chatroom.session import Session
from chatroom.stream import Stream

_MINUTE_MS: Final = 60_000

#: What an act is called in the log.
ACTS: Final[dict[type[Act], ActName]] = {
    commands.Kick: "kick",
    commands.Ban: "ban",
    commands.Unban: "unban",
    commands.Mute: "mute",
    commands.Unmute: "unmute",
    commands.Role: "role",
    commands.Purge: "purge",
}


class NothingToDo(Exception):
    """An act that would change nothing."""


class Warrants:
    """
    Looks at acts before they are stored.

    Args:
        order: Who may do what.
        now: The time, in milliseconds since the Unix epoch.
        is_host: Whether somebody is the program that has the room inside.
    """

    def __init__(
        self, order: Order, now: Callable[[], int], is_host: Callable[[Person], bool]
    ) -> None:
        self._order = order
        self._now = now
        self._is_host = is_host

    def warrant(
        self, by: Person, command: AnyAct, stream: Stream | None, target: Person
    ) -> Authority:
        """
        Return what *command* does.

        Raises:
            ChatError: *by* may not do it to *target*.
            NothingToDo: It changes nothing.
        """
        self._check(by, command, scope_of(stream), target)
        deed = self.deed(by, ACTS[type(command)], target)
        reason, seconds = reason_of(command), getattr(command, "seconds", UNSET)
        deed = structs.replace(
            deed,
            room=UNSET if stream is None else stream.room.name,
            reason=reason or UNSET,
            until=UNSET if seconds is UNSET else deed.time + seconds * 1000,
        )
        match command:
            case commands.Ban():
                return self._ban(command, stream, target, deed)
            case commands.Unban():
                return self._unban(stream, target, deed)
            case commands.Role():
                return self._role(command, stream, target, deed)
        if stream is None:
            raise BadCommand("this is done in a room")
        match command:
            case commands.Kick():
                if stream.room.key not in target.rooms and not stream.room.has(target):
                    raise NothingToDo
            case commands.Mute() | commands.Unmute():
                self._check_mute(command, stream, target)
            case commands.Purge():
                deed = structs.replace(deed, since=deed.time - command.minutes * _MINUTE_MS)
        return Authority(deed=deed, scope=stream.room.key)

    def _check(self, by: Person, command: AnyAct, scope: str, target: Person) -> None:
        """
        Refuse what *by* may not do to *target*.
        """
        roles, is_host = self._order.roles, self._is_host
        if is_host(target):
            raise Forbidden("that is the program that hosts the room")
        rank = SERVER_OWNER if is_host(by) else roles.rank(by.id, scope)
        # An act on the whole server is one in each of its rooms.
        on = roles.highest(target.id) if scope == SERVER else roles.rank(target.id, scope)
        is_self = by is target
        if isinstance(command, commands.Role):
            check_gift(rank, on, command.role, is_self=is_self)
        elif isinstance(command, commands.Purge) and is_self:
            check_moderator(rank)
        else:
            check_act(rank, on, is_self=is_self)

    def _ban(
        self, command: commands.Ban, stream: Stream | None, target: Person, deed: Deed
    ) -> Authority:
        bans, scope = self._order.bans, scope_of(stream)
        known = bans.of(scope, target.id, deed.time)
        found: tuple[bytes, ...] = ()
        if command.address:
            found = self._order.addresses_of(one.carrier.address for one in sessions_of(target))
            # Who is banned again is so for the addresses of the first time, too.
            found += known.addresses if known is not None else ()
        addresses = tuple(dict.fromkeys(found))[: limits.ADDRESSES_PER_BAN]
        ban = Ban(None if deed.until is UNSET else deed.until, addresses)
        if ban == known:
            raise NothingToDo
        if known is None:
            bans.check_room(scope, deed.time)
        return Authority(deed=deed, scope=scope, ban=ban)

    def _unban(self, stream: Stream | None, target: Person, deed: Deed) -> Authority:
        scope = scope_of(stream)
        if self._order.bans.of(scope, target.id, deed.time) is None:
            raise NothingToDo
        return Authority(deed=deed, scope=scope)

    def _role(
        self, command: commands.Role, stream: Stream | None, target: Person, deed: Deed
    ) -> Authority:
        roles, scope = self._order.roles, scope_of(stream)
        given = roles.given(target.id, scope)
        if given == command.role:
            raise NothingToDo
        if given == "member":
            roles.check_room(scope)
        return Authority(
            deed=structs.replace(deed, role=command.role),
            scope=scope,
            role=roles.with_role(target.id, scope, command.role),
        )

    def _check_mute(
        self, command: commands.Mute | commands.Unmute, stream: Stream, target: Person
    ) -> None:
        conduct, now = stream.room.conduct, self._now()
        muted = conduct is not None and conduct.muted(target.id, now)
        if isinstance(command, commands.Unmute):
            if not muted:
                raise NothingToDo
        elif muted is True and command.seconds is UNSET:
            raise NothingToDo
        elif conduct is not None and not muted:
            conduct.check_room(now)

    def deed(self, by: Person, act: ActName, target: Person, role: Role | None = None) -> Deed:
        """
        Return what the moderation log has of *act*, at least.
        """
        return Deed(
            time=self._now(),
            person=by.id,
            name=by.name,
            act=act,
            target=target.id,
            target_name=target.name,
            role=role or UNSET,
        )


def scope_of(stream: Stream | None) -> str:
    """
    Return where an act in a room, or without one, holds.
    """
    return SERVER if stream is None else stream.room.key


def room_of(command: Act) -> str | UnsetType:
    """
    Return the room that *command* names, if it does.
    """
    room: str | UnsetType = getattr(command, "room", UNSET)
    return room


def reason_of(command: Act) -> str | None:
    """
    Return the reason that *command* gives, if it does.
    """
    return getattr(command, "reason", None) or None


def sessions_of(person: Person) -> list[Session]:
    """
    Return the connections of *person*.
    """
    return [session for session in person.connections if isinstance(session, Session)]
