"""
Commands that read a room's log, and stand for it at one position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET, Raw, UnsetType

from chatroom import commands, limits, names, replies
from chatroom.codecs import chat as codec
from chatroom.codecs.pages import span
from chatroom.envelope import Envelope
from chatroom.errors import NotJoined, TooMany
from chatroom.log import Page, Replay
from chatroom.presence import Person
from chatroom.replies import Reply
from chatroom.room import Room
from chatroom.session import Session
from chatroom.stream import Stream

if TYPE_CHECKING:
    from chatroom.chat import Chat


class Reading:
    """
    `join`, `read` and `history`.

    Args:
        chat: The rooms they are about.
    """

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def join(self, session: Session, person: Person, join: commands.Join) -> None:
        """
        Subscribe *session* to a room and make *person* a member.

        The reply is sent from here: what happens behind its position follows it.
        """
        name = names.clean_room(join.room)
        settled = False
        while not settled:
            key = names.room_key(name)
            if key not in person.rooms and len(person.rooms) >= limits.ROOMS_PER_PERSON:
                raise TooMany(f"one can be in {limits.ROOMS_PER_PERSON} rooms")
            stream = self._chat.open(name)
            try:
                settled = await self._joined(session, person, join, stream)
            finally:
                self._chat.tidy(stream)

    async def _joined(
        self, session: Session, person: Person, join: commands.Join, stream: Stream
    ) -> bool:
        """
        Join; return False if the person has left meanwhile, by another connection.
        """
        chat, room = self._chat, stream.room
        became = room.key not in person.rooms
        held = stream.hold(session)
        try:
            if became:
                person.rooms[room.key] = room.seq
                await chat.store.enter(person.id, room.key, room.seq)
            standing = await self._standing(person, join, room)
        except BaseException:
            if became:
                person.rooms.pop(room.key, None)
            stream.unhold(session, held)
            raise
        if session.closing:
            stream.discard(session)
            return True
        if not stream.holds(session, held):
            return False
        if room.key not in session.streams:
            session.streams[room.key] = stream
            chat.attendance.arrive(stream, person)
        reply = replies.Joined(
            room=room.name,
            epoch=chat.history.epoch,
            seq=standing.seq,
            settings=room.settings,
            recovered=standing.missed is not None,
            events=standing.shown,
            older=standing.older,
            mine={},
            members=room.members(person),
            count=room.count,
            read=standing.read,
            unread=standing.unread,
            mentions=standing.mentions,
        )
        session.reply(join, reply)
        for payload in standing.missed or ():
            session.hear(Envelope(payload))
        stream.release(session, standing.seq)
        if became:
            for other in chat.others(session):
                other.news(replies.JoinedElsewhere(room=room.name))
        return True

    async def _standing(self, person: Person, join: commands.Join, room: Room) -> _Standing:
        """
        Return how *room* stands, for *person* and as *join* asks for it.
        """
        history = self._chat.history
        missed: list[bytes] | None = None
        shown: list[Raw] = []
        older = False
        if join.since is not UNSET and join.epoch == history.epoch:
            replay = await history.replay(room.name, join.since)
            if replay is not None:
                seq, missed = replay.seq, _replayed(replay)
        if missed is None:
            page = await history.page(room.name, join.limit)
            seq = page.seq
            shown, older, _ = _fitting(page, len(page.messages) - 1)
        read = min(person.rooms.get(room.key, seq), seq)
        unread, mentions = await history.unread(room.name, person.id, read, seq)
        return _Standing(seq, missed, shown, older, read, unread, mentions)

    async def history(
        self, session: Session, person: Person, history: commands.History
    ) -> Reply | None:
        """
        Send a page of a room's messages, between the entries that it stands for and
        those that come later.
        """
        stream = self._chat.joined(session, history.room)
        room = stream.room
        held = stream.hold(session)
        try:
            page = await self._chat.history.page(
                room.name,
                history.limit,
                before=_known(history.before),
                after=_known(history.after),
                around=_known(history.around),
            )
        except BaseException:
            stream.unhold(session, held)
            raise
        if not stream.holds(session, held):
            raise NotJoined("this room was left meanwhile")
        shown, older, newer = _fitting(page, _pivot(page, history))
        stream.flush(session, page.seq)
        session.reply(
            history,
            replies.History(
                room=room.name, seq=page.seq, events=shown, older=older, newer=newer, mine={}
            ),
        )
        stream.release(session, page.seq)
        return None

    async def read(self, session: Session, person: Person, read: commands.Read) -> Reply:
        """
        Move the person's mark in a room, never backwards and not beyond the end.
        """
        chat = self._chat
        room = chat.joined(session, read.room).room
        mark = min(read.seq, room.seq)
        if mark > person.rooms[room.key]:
            person.rooms[room.key] = mark
            await chat.store.enter(person.id, room.key, mark)
            for other in chat.others(session):
                other.news(replies.Read(room=room.name, seq=mark))
        return replies.Read(room=room.name, seq=person.rooms.get(room.key, mark))


@dataclass(frozen=True, slots=True)
class _Standing:
    """
    A room at ``seq``: the entries missed, or a page if they cannot be told; and what
    the person has read, has not read, and was mentioned in.
    """

    seq: int
    missed: list[bytes] | None
    shown: list[Raw]
    older: bool
    read: int
    unread: int
    mentions: int


def _replayed(replay: Replay) -> list[bytes] | None:
    """
    Return the entries of *replay* as they are sent, unless they are too much.
    """
    payloads = [codec.encode(event) for event in replay.events]
    return payloads if sum(map(len, payloads)) <= limits.REPLAY_BYTES else None


def _known(seq: int | UnsetType) -> int | None:
    return None if seq is UNSET else seq


def _pivot(page: Page, history: commands.History) -> int:
    """
    Return the index of the message of *page* that matters most.
    """
    if history.after is not UNSET:
        return 0
    if history.around is not UNSET and page.messages:
        around = history.around
        return min(
            range(len(page.messages)), key=lambda index: abs(page.messages[index].seq - around)
        )
    return len(page.messages) - 1


def _fitting(page: Page, pivot: int) -> tuple[list[Raw], bool, bool]:
    """
    Return the messages of *page* that fit into a frame, as JSON, and whether there
    are older and newer ones than these.
    """
    payloads = [codec.encode(message) for message in page.messages]
    start, end = span([len(payload) for payload in payloads], pivot, limits.PAGE_BYTES)
    shown = [Raw(payload) for payload in payloads[start:end]]
    return shown, page.older or start > 0, page.newer or end < len(payloads)
