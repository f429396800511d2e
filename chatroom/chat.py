"""
The chat: commands of sessions in, events to those who listen out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from msgspec import UNSET
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from chatroom import names
from chatroom.accounts import Guests
from chatroom.acts import Acts
from chatroom.answers import Answers
from chatroom.attendance import Attendance
from chatroom.codecs import chat as codec
from chatroom.commands import AnyCommand, Claim, Durable, Edit, Say, Spoken
from chatroom.desk import Desk
from chatroom.directory import Directory
from chatroom.door import Door
from chatroom.envelope import Envelope
from chatroom.errors import ChatError, Internal
from chatroom.events import Entry, Event, Message
from chatroom.guards import Guard, Guards
from chatroom.interfaces import IAuthenticator, IStore
from chatroom.log import Authority, Draft, Outcome, Unchanged
from chatroom.moderation import Moderation
from chatroom.opening import Opening
from chatroom.order import Order
from chatroom.presence import People, Person
from chatroom.rates import NO_RATES, Rates
from chatroom.replies import Reply
from chatroom.session import Session
from chatroom.stream import Broadcast
from chatroom.text import check_text

log = Logger()

LOBBY: Final = "lobby"

Listener = Callable[[Event], object]


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Chat:
    """
    All rooms and all people of one server.

    Args:
        clock: For waits; it does not jump.
        store: Where history and people are kept.
        rooms: Names of rooms that always exist, beside the lobby.
        broadcast: Sends an envelope to many.
        now: The time, in milliseconds since the Unix epoch.
        rates: How fast people may be.
        authenticator: Knows who has an account; None where nobody has.
        guests: What those may do who have none.

    Raises:
        BadRoom, TooLong: One of *rooms* is no room's name.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        clock: IReactorTime,
        store: IStore,
        *,
        rooms: Iterable[str] = (),
        broadcast: Broadcast = Envelope.send_to,
        now: Callable[[], int] = _milliseconds,
        rates: Rates = NO_RATES,
        authenticator: IAuthenticator | None = None,
        guests: Guests = "yes",
    ) -> None:
        self.clock = clock
        self.history = store.history
        self.counters = store.counters
        self.records = store.people
        self.now = now
        self.people = People()
        self.rates = rates
        self.door = Door(self.people, store.people, now)
        self.order = Order(store.people, now)
        self.deeds = store.order
        #: The rooms that exist.
        self.rooms = Directory(clock, broadcast, self.order.roles)
        self.attendance = Attendance(clock, self.rooms.tidy)
        self._store = store
        self._opening = Opening(
            clock, store, self.rooms, self.people, self.order, now, authenticator
        )
        self.acts = Acts(self)
        #: What you may do to people, as a moderator would.
        self.moderation = Moderation(self)
        #: Called when somebody has claimed the server by a link.
        self.claimed: Callable[[], object] = lambda: None
        self._answers = answers = Answers(self, has_accounts=authenticator is not None)
        #: Where those sign in who have an account, in a room with accounts.
        self.desk: Desk | None = None
        if authenticator is not None:
            self.desk = Desk(
                authenticator, guests, self.door, self.people, store, clock, answers.call
            )
        self._guards = Guards(self._stored)
        self._listeners: list[Listener] = []
        self._hosts: dict[str, Person] = {}
        for name in (LOBBY, *rooms):
            self.rooms.open(names.clean_room(name), kept=True)

    # For the program that has the room inside.

    def prepare(self) -> None:
        """
        Make what the store lacks, and bring it up to date. Blocks: it is for the time
        before the reactor runs, when what is wrong can still be told to who starts it,
        and for a start after `stop`.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """
        self._opening.reopen()
        self._store.prepare()

    async def start(self) -> None:
        """
        Open the store, and take rooms and names from it. The first hello does so
        at the latest. To call it again while it is open does nothing.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """
        await self._opening.start()

    def probe(self) -> Deferred[None]:
        """
        Ask the store, which is open, for something small.

        Raises:
            StorageUnavailable: Nothing can be read.
        """
        return self._store.probe()

    @property
    def writes_waiting(self) -> int:
        """
        Writes that were asked for and are not yet begun.
        """
        return self._store.waiting

    async def stop(self) -> None:
        """
        Wait for nothing any more, and close the store, until `prepare` and `start`.
        """
        self.attendance.stop()
        await self._opening.stop()

    def guard(self, guard: Guard) -> Callable[[], None]:
        """
        Ask *guard* before anything is stored; return a function that ends it.

        It is called with the `Draft` and refuses by raising a `ChatError`
        (`Forbidden` is meant for that). It may return an awaitable. Any other
        exception refuses too, as `internal`. What somebody says while a guard thinks
        about what they said before is stored behind that.
        """
        return self._guards.add(guard)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """
        Tell *listener* of each entry once it is stored; return a function that ends
        it. What it raises is logged.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def say(
        self, room: str, text: str, *, name: str = "server", kind: Literal["action"] | None = None
    ) -> Message:
        """
        Say *text* into *room* as the host program, under *name*; return the entry.

        The name is held as long as the program runs. The room is made if need
        be. Guards are asked.

        Raises:
            BadName, NameTaken: The program cannot be called so.
            BadRoom, BadText, TooLong: The room or the text is none.
            StorageUnavailable: Nothing was stored.
        """
        check_text(text)
        name = names.clean_name(name)
        await self.start()
        stream = self.rooms.open(room)
        command = Say(room=stream.room.name, text=text, kind=kind or UNSET)
        try:
            person = self.host(name)
            outcome = await self.record(self.draft(person, stream.room.name, command))
        finally:
            self.rooms.tidy(stream)
        if isinstance(outcome, ChatError):
            raise outcome
        if not isinstance(outcome, Message):
            raise Internal("a new message was not taken for one")
        return outcome

    def host(self, name: str = "server") -> Person:
        """
        Return the host program as a person called *name*, a clean one.

        Raises:
            NameTaken: Somebody else is.
        """
        return self._hosts.get(name) or self._hosts.setdefault(name, self.door.host(name))

    def is_host(self, person: Person) -> bool:
        """
        Whether *person* is the host program.
        """
        return self._hosts.get(person.name) is person

    # For sessions.

    async def submit(self, session: Session, command: AnyCommand) -> Reply | None:
        """
        Do *command* of *session*, which is nothing said into a room; return the reply,
        unless it is sent already.

        Raises:
            ChatError: It is refused.
        """
        return await self._answers.to(session, command)

    def commit(self, session: Session, command: Spoken) -> Deferred[Reply]:
        """
        Send *command* of *session* on its way into the log; return the reply.
        """
        return self._answers.record(session, command)

    def arrived(self, session: Session, person: Person) -> None:
        """
        *session* is *person*'s.
        """
        if person.kept_as_gone:
            self._note_seen(person, None)
        self.people.connect(person, session)
        session.person = person

    def lost(self, session: Session) -> None:
        """
        *session* is gone.
        """
        person = session.person
        if person is None:
            return
        for stream in session.streams.values():
            stream.discard(session)
            self.attendance.depart(stream, person)
        session.streams.clear()
        self.people.disconnect(person, session, self.clock.seconds())
        if not person.connections:
            self._note_seen(person, self.now())

    # For the answers.

    def others(self, session: Session) -> list[Session]:
        """
        Return the other connections of the session's person.
        """
        person = session.person
        connections = person.connections if person is not None else ()
        return [
            other for other in connections if isinstance(other, Session) and other is not session
        ]

    def draft(
        self,
        person: Person,
        room: str,
        command: Durable | Claim,
        refusal: ChatError | Unchanged | None = None,
        authority: Authority | None = None,
    ) -> Draft:
        """
        Return *command* as it goes to the log of *room*.

        Args:
            refusal: What is against it, unless the log knows it by its id.
            authority: What a moderator's has beside it.
        """
        return Draft(
            command=command,
            room=room,
            person=person.id,
            name=person.name,
            time=self.now(),
            mentions=() if refusal is not None else self._mentions(command),
            refusal=refusal,
            authority=authority,
        )

    def record(self, draft: Draft) -> Deferred[Outcome]:
        """
        Store *draft*, unless a guard minds, and let those who listen hear what comes of it.
        """
        if self._guards and draft.refusal is None:
            return Deferred.fromCoroutine(self._guards.ask(draft))
        return self._stored(draft)

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
        """
        Store *drafts*, whatever guards think, and let those who listen hear of it.
        """
        return self.history.append(drafts).addCallback(self._heard)

    # Inside.

    def _note_seen(self, person: Person, gone: int | None) -> None:
        """
        Have it kept for how long the name is still held: nobody waits for that.
        """
        person.kept_as_gone = gone is not None
        self.records.seen(person.id, gone).addErrback(
            lambda failure: log.failure("It was not kept who is here", failure)
        )

    def _mentions(self, command: Durable | Claim) -> tuple[str, ...]:
        if not isinstance(command, Say | Edit) or "@" not in command.text:
            return ()
        self.people.expire(self.clock.seconds())
        return self.people.mentioned(command.text)

    def _stored(self, draft: Draft) -> Deferred[Outcome]:
        answer = self.history.append([draft])
        if draft.room and draft.refusal is None:
            self.rooms.open(draft.room).expect(answer)
        return answer.addCallback(self._recorded)

    def _heard(self, outcomes: list[Outcome]) -> list[Outcome]:
        return [self._recorded([outcome]) for outcome in outcomes]

    def _recorded(self, outcomes: list[Outcome]) -> Outcome:
        (outcome,) = outcomes
        if isinstance(outcome, Entry):
            self._published(outcome)
        return outcome

    def _published(self, event: Event) -> None:
        """
        Let those who listen hear *event*, the next entry of its room.
        """
        self.counters.entries[type(event)] += 1
        stream = self.rooms.open(event.room)
        stream.room.apply(event)
        envelope = Envelope(codec.encode(event))
        stream.keep(event.seq, envelope)
        stream.say(envelope)
        stream.published()
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - a bug of the host's is its own
                log.failure("A listener of the host program failed")
