"""
What the program that has the room inside does to people, as a moderator would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import UNSET, UnsetType

from chatroom import commands, limits, names
from chatroom.commands import AnyAct
from chatroom.errors import ChatError
from chatroom.log import Deed, Unchanged
from chatroom.rights import Role
from chatroom.warrants import room_of

if TYPE_CHECKING:
    from chatroom.chat import Chat

T = TypeVar("T")


class Moderation:
    """
    The acts of the host program, which stands above everybody.

    Each is a coroutine. Persons are their ids, as events have them; rooms are names, and
    are made if need be.

    Args:
        chat: The rooms and the people they are about.
    """

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def kick(self, room: str, person: str, reason: str = "") -> bool:
        """Send *person*, an id, out of *room*. See `role` for what it returns and raises."""
        return await self._by_host(commands.Kick(room=room, target=person, reason=reason))

    async def ban(
        self,
        person: str,
        room: str | None = None,
        *,
        seconds: int | None = None,
        reason: str = "",
        address: bool = True,
    ) -> bool:
        """
        Keep *person*, an id, out of *room*, or without one of the server.

        Args:
            seconds: For how long; None for good.
            address: Whether to keep everybody out who comes from where they are now.
        """
        return await self._by_host(
            commands.Ban(
                room=_given(room),
                target=person,
                seconds=_given(seconds),
                reason=reason,
                address=address,
            )
        )

    async def unban(self, person: str, room: str | None = None) -> bool:
        """Keep *person*, an id, out no longer."""
        return await self._by_host(commands.Unban(room=_given(room), target=person))

    async def mute(
        self, room: str, person: str, *, seconds: int | None = None, reason: str = ""
    ) -> bool:
        """Let *person*, an id, only read in *room*."""
        return await self._by_host(
            commands.Mute(room=room, target=person, seconds=_given(seconds), reason=reason)
        )

    async def unmute(self, room: str, person: str) -> bool:
        """Let *person*, an id, speak again."""
        return await self._by_host(commands.Unmute(room=room, target=person))

    async def role(self, person: str, role: Role, room: str | None = None) -> bool:
        """
        Make *person*, an id, a ``member``, ``moderator`` or ``owner`` of *room*, or without
        one of the whole server.

        Returns:
            Whether that changed anything.

        Raises:
            NoSuchPerson, BadRoom, BadText, TooLong, TooMany: What it is about is none.
            StorageUnavailable: Nothing was stored.
        """
        return await self._by_host(commands.Role(room=_given(room), target=person, role=role))

    async def purge(self, room: str, person: str, minutes: int, reason: str = "") -> bool:
        """Delete what *person*, an id, said in *room* in the last *minutes*."""
        return await self._by_host(
            commands.Purge(room=room, target=person, minutes=minutes, reason=reason)
        )

    async def log(
        self, room: str | None = None, limit: int = limits.PAGE_DEFAULT, before: int | None = None
    ) -> list[Deed]:
        """
        Return what moderators did, in *room* or everywhere, the newest first.

        Args:
            before: Only what has a smaller number.
        """
        await self._chat.start()
        scope = None if room is None else names.room_key(room)
        return await self._chat.deeds.deeds(scope, limit, before)

    async def _by_host(self, command: AnyAct) -> bool:
        chat = self._chat
        await chat.start()
        room = room_of(command)
        stream = None if room is UNSET else chat.rooms.open(room)
        try:
            outcome, _ = await chat.acts.act_on(chat.host(), command, stream, None)
        finally:
            if stream is not None:
                chat.rooms.tidy(stream)
        if isinstance(outcome, ChatError):
            raise outcome
        return not isinstance(outcome, Unchanged)


def _given(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value
