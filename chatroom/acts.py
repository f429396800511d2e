"""
What moderators do to people: kick, ban, mute, give roles, purge; each act is carried
out once it is stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType, structs

from chatroom import commands, limits, replies
from chatroom.bans import Ban
from chatroom.codecs import chat as codec
from chatroom.codecs.pages import span
from chatroom.commands import AnyAct
from chatroom.errors import BadKey, ChatError, NoSuchPerson
from chatroom.events import Acted
from chatroom.log import Authority, Deed, Draft, Duplicate, Outcome, Unchanged
from chatroom.order import link_digest
from chatroom.presence import Person
from chatroom.rights import SERVER, check_moderator
from chatroom.stream import Stream
from chatroom.text import check_reason
from chatroom.warrants import NothingToDo, Warrants, reason_of, room_of, scope_of, sessions_of

if TYPE_CHECKING:
    from chatroom.chat import Chat
    from chatroom.session import Session

_KEY_BYTES: Final = 32


class Acts:
    """
    The acts, their log, and the link by which somebody becomes the first to do any.

    Args:
        chat: The rooms and the people they are about.
    """

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._order = chat.order
        self._warrants = Warrants(chat.order, chat.now, chat.is_host)

    # For the answers.

    async def act(
        self, session: Session, person: Person, command: AnyAct, refusal: ChatError | None
    ) -> tuple[Outcome, Draft]:
        """
        Do *command* of *person*; return what became of it, and of which draft.

        Args:
            refusal: What is known already to be against it.
        """
        stream: Stream | None = None
        room = room_of(command)
        if room is not UNSET and refusal is None:
            try:
                stream = self._chat.rooms.joined(session, room)
            except ChatError as error:
                # The log may know the command by its id; then it is no refusal.
                refusal = error
        return await self.act_on(person, command, stream, refusal)

    async def modlog(
        self, session: Session, person: Person, command: commands.Modlog
    ) -> replies.Modlog:
        """
        Read the moderation log.
        """
        room: str | UnsetType = UNSET
        scope = None
        if command.room is not UNSET:
            stream = self._chat.rooms.joined(session, command.room)
            room, scope = stream.room.name, stream.room.key
        check_moderator(self._order.roles.rank(person.id, SERVER if scope is None else scope))
        before = None if command.before is UNSET else command.before
        acts = await self._chat.deeds.deeds(scope, command.limit + 1, before)
        _, end = span([codec.size(act) for act in acts[: command.limit]], 0, limits.PAGE_BYTES)
        return replies.Modlog(room=room, acts=acts[:end], more=end < len(acts))

    async def claim(
        self, session: Session, person: Person, command: commands.Claim
    ) -> replies.Claimed:
        """
        Make *person* an owner of the server, by a link that was not used yet.
        """
        chat, roles = self._chat, self._order.roles
        deed = self._warrants.deed(person, "role", person, role="owner")
        authority = Authority(deed=deed, scope=SERVER, key=link_digest(command.key))
        (outcome,) = await chat.append([chat.draft(person, SERVER, command, None, authority)])
        if isinstance(outcome, Deed):
            self._order.has_link = False
            roles.give(person.id, SERVER, "owner")
            await self._tell_rooms(person, person, commands.Role(target=person.id, role="owner"))
            chat.claimed()
        elif not isinstance(outcome, Duplicate) and roles.given(person.id, SERVER) != "owner":
            raise outcome if isinstance(outcome, ChatError) else BadKey("this link is none")
        return replies.Claimed(role="owner")

    async def make_link(self) -> str:
        """
        Return the key of a new owner link; the one before is none any more.

        Raises:
            StorageUnavailable: There is none.
        """
        key = secrets.token_urlsafe(_KEY_BYTES)
        await self._chat.start()
        await self._chat.deeds.offer(link_digest(key))
        self._order.has_link = True
        return key

    # Inside.

    async def act_on(
        self, by: Person, command: AnyAct, stream: Stream | None, refusal: ChatError | None
    ) -> tuple[Outcome, Draft]:
        """
        Do *command* of *by* in a room, or everywhere; return what became of it.

        Args:
            refusal: What is known already to be against it.
        """
        chat = self._chat
        target, authority = by, None
        against: ChatError | Unchanged | None = refusal
        try:
            if refusal is None:
                check_reason(reason_of(command) or "")
                target = await self._somebody(command.target)
                authority = self._warrants.warrant(by, command, stream, target)
        except ChatError as error:
            against = error
        except NothingToDo:
            against = Unchanged()
        room = room_of(command)
        name = stream.room.name if stream is not None else "" if room is UNSET else room
        draft = chat.draft(by, name, command, against, authority)
        outcome = await chat.record(draft)
        if authority is not None and isinstance(outcome, Acted | Deed):
            # They may have come while it was stored.
            target = chat.people.get(target.id) or target
            await self._carry_out(by, command, authority, stream, target)
        return outcome, draft

    async def _somebody(self, id: str) -> Person:
        """
        Return the person of this id, be it that they are gone.
        """
        person = self._chat.people.get(id)
        if person is not None:
            return person
        record = await self._chat.records.get(id)
        if record is None:
            raise NoSuchPerson("there is nobody with this id")
        # They may have come while the store was asked.
        return self._chat.people.get(id) or Person(record.id, record.name, record.rooms)

    async def _carry_out(
        self,
        by: Person,
        command: AnyAct,
        authority: Authority,
        stream: Stream | None,
        target: Person,
    ) -> None:
        """
        Let what is stored be so. Mutes are the room's own, which has heard of them.
        """
        order, scope, reason = self._order, scope_of(stream), reason_of(command)
        match command:
            case commands.Kick() if stream is not None:
                await self._send_out(stream, target, reason)
            case commands.Ban():
                order.bans.put(scope, target.id, authority.ban or Ban())
                if stream is not None:
                    await self._send_out(stream, target, reason)
                else:
                    present = self._present(target)
                    self._send_away(target, reason)
                    await self._tell(present, by, command, authority)
            case commands.Unban():
                order.bans.lift(scope, target.id)
            case commands.Role():
                order.roles.give(target.id, scope, command.role)
                if stream is None:
                    await self._tell_rooms(by, target, command)

    async def _send_out(self, stream: Stream, target: Person, reason: str | None) -> None:
        """
        Let *target* be a member of a room no longer.
        """
        key = stream.room.key
        target.rooms.pop(key, None)
        for session in sessions_of(target):
            # It has heard of the act before.
            is_here = stream.dismiss(session) or key in session.streams
            session.streams.pop(key, None)
            if is_here:
                session.news(replies.Left(room=stream.room.name, reason=reason or UNSET))
        if stream.room.has(target):
            self._chat.attendance.drop(stream, target)
        await self._chat.records.leave(target.id, key)

    def _send_away(self, target: Person, reason: str | None) -> None:
        """
        Close all connections of *target*, who may not be on the server.
        """
        present = self._present(target)
        for session in sessions_of(target):
            for stream in session.streams.values():
                stream.discard(session)
            session.streams.clear()
            why = "you are banned here" + (f": {reason}" if reason else "")
            session.close(limits.CLOSE_POLICY, why)
        for stream in present:
            self._chat.attendance.drop(stream, target)

    def _present(self, person: Person) -> list[Stream]:
        """
        Return the rooms that *person* is present in.
        """
        streams = map(self._chat.rooms.existing, list(person.rooms))
        return [stream for stream in streams if stream is not None and stream.room.has(person)]

    async def _tell_rooms(self, by: Person, target: Person, command: commands.Role) -> None:
        """
        Let the rooms know where *target* is present that they have another role.
        """
        deed = self._warrants.deed(by, "role", target, role=command.role)
        authority = Authority(deed=deed, scope=SERVER)
        await self._tell(self._present(target), by, command, authority)

    async def _tell(
        self, streams: Iterable[Stream], by: Person, command: AnyAct, authority: Authority
    ) -> None:
        """
        Tell *streams* of an act on the whole server.
        """
        chat, deed = self._chat, authority.deed
        if deed is None or deed.target is UNSET:
            return
        drafts = []
        bare = structs.replace(command, id=UNSET)
        for stream in streams:
            room = stream.room
            role = self._order.roles.role(deed.target, room.key) if deed.role else UNSET
            telling = Authority(deed=deed, role=role)
            drafts.append(chat.draft(by, room.name, bare, None, telling))
        if drafts:
            await chat.append(drafts)
