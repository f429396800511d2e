"""
What each command does and is answered with; those that read the log are in `reading`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET
from twisted.internet.defer import Deferred

from chatroom import commands, events, limits, names, replies
from chatroom.codecs import chat as codec
from chatroom.codecs.pages import span
from chatroom.commands import AnyCommand, Spoken
from chatroom.envelope import Envelope
from chatroom.errors import BadCommand, Banned, ChatError, NotWelcome, RateLimited, ReadOnly
from chatroom.log import Authority, Deed, Draft, Outcome, Unchanged
from chatroom.presence import Person
from chatroom.reading import Reading
from chatroom.replies import Reply
from chatroom.rights import MEMBER
from chatroom.room import Room
from chatroom.session import Session
from chatroom.text import check_emoji, check_text, check_topic

if TYPE_CHECKING:
    from chatroom.chat import Chat

PROTOCOL: Final = 1
#: What has a rate of its own, since it asks the store or reads long lists.
READING: Final = (
    commands.Join,
    commands.History,
    commands.Search,
    commands.Who,
    commands.Rooms,
    commands.Modlog,
    commands.Claim,
)
#: What a server of this version need not have, and this one has.
FEATURES: Final = ("edit", "delete", "react", "search", "moderation")
#: What is named as well where one can sign in.
ACCOUNTS: Final = "accounts"


class Answers:
    """
    The commands of the protocol, each with its reply.

    Args:
        chat: The rooms and the people they are about.
        has_accounts: Whether one can sign in.
    """

    def __init__(self, chat: Chat, *, has_accounts: bool = False) -> None:
        self._chat = chat
        self._rates = rates = chat.rates
        self._limits = replies.Limits(
            text_chars=limits.TEXT_CHARS,
            name_chars=limits.NAME_CHARS,
            topic_chars=limits.TOPIC_CHARS,
            frame_bytes=limits.FRAME_IN_BYTES,
            rooms_per_person=limits.ROOMS_PER_PERSON,
            rate=rates.per_s,
            burst=rates.burst,
        )
        self._features = (*FEATURES, ACCOUNTS) if has_accounts else FEATURES
        reading = Reading(chat)
        self._answers: dict[type, Callable[[Session, Person, Any], Awaitable[Reply | None]]] = {
            commands.Rename: self._rename,
            commands.Join: reading.join,
            commands.Leave: self._leave,
            commands.Typing: self._typing,
            commands.Read: reading.read,
            commands.History: reading.history,
            commands.Search: reading.search,
            commands.Who: self._who,
            commands.Rooms: self._rooms,
            commands.Modlog: chat.acts.modlog,
            commands.Claim: chat.acts.claim,
        }

    async def to(self, session: Session, command: AnyCommand) -> Reply | None:
        """
        Do *command*, which is nothing said into a room; return the reply, unless it is
        sent already.

        Raises:
            ChatError: It is refused.
        """
        match command:
            case commands.Ping():
                return replies.Pong(time=self._chat.now())
            case commands.Pong():
                return None
            case commands.Hello():
                return await self._hello(session, command)
        if session.person is None:
            raise NotWelcome("say hello first")
        if isinstance(command, commands.Act):
            return await self._act(session, session.person, command)
        if isinstance(command, READING):
            self._rates.read(session.person, self._chat.clock.seconds())
        return await self._answers[type(command)](session, session.person, command)

    def record(self, session: Session, command: Spoken) -> Deferred[Reply]:
        """
        Send *command* on its way into the log; return the reply, which comes when it is there.

        Raises:
            NotWelcome: There is no person it could be of.
        """
        # Every message comes through here: a function that waits for nothing is not
        # made one that could, which takes ten times as long.
        person = session.person
        if person is None:
            raise NotWelcome("say hello first")
        chat = self._chat
        name: str = command.room
        refusal = room = authority = None
        try:
            if self._rates.is_on:
                self._rates.write(person, chat.clock.seconds())
            room = chat.rooms.joined(session, name).room
            name = room.name
            authority = self._checked(command, person, room)
            if person.standing == "reader":
                self._check_reader(command, person, room)
            if room.conduct is not None:
                chat.order.check_speech(person, room, command, chat.clock.seconds())
        except ChatError as error:
            # The log may know the command by its id; then it is no refusal.
            refusal = error
        draft = chat.draft(person, name, command, refusal, authority)
        outcome = chat.record(draft)
        if room is not None and refusal is None and (room.conduct or authority):
            outcome.addBoth(chat.order.settle, room, draft)
        recorded = outcome.addCallback(_acknowledged, draft)
        return recorded.addCallback(_counted, session, refusal) if refusal else recorded

    async def _act(self, session: Session, person: Person, command: commands.AnyAct) -> Reply:
        refusal = None
        try:
            if self._rates.is_on:
                self._rates.write(person, self._chat.clock.seconds())
        except ChatError as error:
            refusal = error
        outcome, draft = await self._chat.acts.act(session, person, command, refusal)
        return _counted(_acknowledged(outcome, draft), session, refusal)

    def _checked(self, command: Spoken, person: Person, room: Room) -> Authority | None:
        """
        Refuse what cannot be said, put to a message, or set; return what belongs to it.
        """
        match command:
            case commands.Say() | commands.Edit():
                check_text(command.text)
            case commands.React():
                check_emoji(command.emoji)
            case commands.Set():
                check_topic("" if command.values.topic is UNSET else command.values.topic)
                return self._chat.order.setting(person, room, command.values)
            case commands.Delete():
                return self._chat.order.deleting(person, room)
        return None

    async def _hello(self, session: Session, hello: commands.Hello) -> Reply | None:
        if session.person is not None:
            raise BadCommand("hello was said already")
        chat = self._chat
        await chat.start()
        chat.people.expire(chat.clock.seconds())
        address = session.carrier.address
        may_come = partial(self._check_new, address)
        if chat.desk is None:
            person, token, name = await chat.door.enter(hello, may_come)
        else:
            person, token, name = await chat.desk.enter(hello, session.carrier, may_come)
        try:
            chat.order.check_entry(person.id, address)
            if name is not None:
                await self.call(person, name, session)
                # That may have taken a while.
                chat.order.check_entry(person.id, address)
        except Banned:
            if not person.connections:
                chat.people.disconnect(person, session, chat.clock.seconds())
            raise
        chat.arrived(session, person)
        if session.closing:
            # It was lost while the store was asked: its name is held for an hour.
            chat.lost(session)
            return None
        session.welcomed()
        return replies.Welcome(
            person=person.id,
            name=person.name,
            token=token,
            rooms=[chat.rooms.spelled(key) for key in person.rooms],
            protocol=PROTOCOL,
            features=self._features,
            time=chat.now(),
            limits=self._limits,
            role=chat.order.server_role(person),
            account=True if person.standing == "account" else UNSET,
        )

    def _check_new(self, address: str) -> None:
        """
        Refuse somebody whom nobody has seen before.
        """
        self._chat.order.check_entry(None, address)
        self._rates.come(address, self._chat.clock.seconds())

    async def _rename(self, session: Session, person: Person, rename: commands.Rename) -> Reply:
        name = names.clean_name(rename.name)
        if self._chat.desk is not None:
            await self._chat.desk.check_rename(person, name)
        await self.call(person, name, session)
        return replies.Renamed(name=name)

    async def call(self, person: Person, name: str, session: Session | None = None) -> None:
        """
        Call *person* by another name, and let everybody know but *session*, whose wish it
        is; without one it is the server's.

        Raises:
            NameTaken: It is somebody else's.
        """
        chat = self._chat
        if name == person.name:
            return
        now = chat.clock.seconds()
        if session is not None:
            self._rates.write(person, now)
        chat.people.expire(now)
        was = await chat.door.rename(person, name)
        for key in person.rooms:
            stream = chat.rooms.existing(key)
            if stream is not None and stream.room.rename(person, was):
                chat.attendance.changed(stream)
        for other in person.connections:
            if isinstance(other, Session) and other is not session:
                other.news(replies.Renamed(name=name))

    async def _leave(self, session: Session, person: Person, leave: commands.Leave) -> Reply:
        chat = self._chat
        stream = chat.rooms.joined(session, leave.room)
        room = stream.room
        await chat.records.leave(person.id, room.key)
        person.rooms.pop(room.key, None)
        for connection in (session, *chat.others(session)):
            stream.discard(connection)
            connection.streams.pop(room.key, None)
            if connection is not session:
                connection.news(replies.Left(room=room.name))
        chat.attendance.drop(stream, person)
        return replies.Left(room=room.name)

    async def _typing(self, session: Session, person: Person, typing: commands.Typing) -> None:
        if person.standing == "reader":
            return
        stream = self._chat.rooms.joined(session, typing.room)
        room = stream.room
        now = self._chat.clock.seconds()
        if room.count <= limits.PRESENCE_PEOPLE and self._rates.may_type(person, room.key, now):
            event = events.Typing(room=room.name, person=person.id, name=person.name)
            envelope = Envelope(codec.encode(event))
            # Who says something and types on has said it before.
            stream.flush()
            for listener in stream.listeners():
                if listener.person is not person:
                    listener.hear(envelope)

    async def _who(self, session: Session, person: Person, who: commands.Who) -> Reply:
        room = self._chat.rooms.joined(session, who.room).room
        members, more = room.who(
            prefix=who.prefix, after=None if who.after is UNSET else who.after, limit=who.limit
        )
        return replies.Members(room=room.name, members=members, count=room.count, more=more)

    async def _rooms(self, session: Session, person: Person, rooms: commands.Rooms) -> Reply:
        found, more = self._chat.rooms.roster.slice(
            prefix=rooms.prefix,
            after=None if rooms.after is UNSET else rooms.after,
            limit=rooms.limit,
        )
        lines = [room.line for room in found]
        _, end = span([codec.size(line) for line in lines], 0, limits.PAGE_BYTES)
        return replies.Rooms(rooms=lines[:end], more=more or end < len(lines))

    def _check_reader(self, command: Spoken, person: Person, room: Room) -> None:
        """
        Refuse what changes anything but what a guest who may only read has said before.
        """
        if (
            not isinstance(command, commands.Delete)
            and self._chat.order.roles.rank(person.id, room.key) == MEMBER
        ):
            raise ReadOnly("guests may only read here; sign in to say something")


def _counted(reply: Reply, session: Session, refusal: ChatError | None) -> Reply:
    """
    Count as refused what was too fast and yet is answered, since the log knows it: to
    look into it has cost as much.
    """
    return session.counted(reply) if isinstance(refusal, RateLimited) else reply


def _acknowledged(outcome: Outcome, draft: Draft) -> Reply:
    """
    Return the reply to *draft*, of which *outcome* came, or raise why it was refused.
    """
    id = draft.command.id
    if isinstance(outcome, events.Entry):
        return replies.Ack(id=id, room=outcome.room, seq=outcome.seq, time=outcome.time)
    if isinstance(outcome, ChatError):
        raise outcome
    if isinstance(outcome, Unchanged):
        return replies.Ack(id=id, room=draft.room or UNSET, unchanged=True)
    if isinstance(outcome, Deed):
        return replies.Ack(id=id, time=outcome.time)
    if not outcome.room:
        return replies.Ack(id=id, time=outcome.time, duplicate=True)
    return replies.Ack(id=id, room=outcome.room, seq=outcome.seq, time=outcome.time, duplicate=True)
