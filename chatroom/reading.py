"""
Commands that read a room's log, and stand for it at one position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
from chatroom.snapshots import Snapshot, snapshot
from chatroom.stream import Stream
from chatroom.text import check_text

if TYPE_CHECKING:
    from chatroom.chat import Chat


#: The page of one who is told what was missed.
_NOTHING: Final = Snapshot(seq=0, events=[], reacted=[], older=False, newer=False)


class Reading:
    """
    `join`, `history`, `search` and `read`.

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
            stream = self._chat.rooms.open(name)
            try:
                self._chat.order.check_join(person, session.carrier.address, stream.room, join.key)
                settled = await self._joined(session, person, join, stream)
            finally:
                self._chat.rooms.tidy(stream)

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
            standing = await self._standing(person, join, stream)
            if became and stream.holds(session, held):
                await chat.records.enter(person.id, room.key, standing.seq)
                # Whoever was sent out meanwhile is no member.
                if session.closing or stream.holds(session, held):
                    person.rooms.setdefault(room.key, standing.seq)
        except BaseException:
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
            events=standing.page.events,
            older=standing.page.older,
            mine=standing.mine,
            members=room.members(person),
            count=room.count,
            read=standing.read,
            unread=standing.unread,
            mentions=standing.mentions,
            you=chat.order.you(person, room),
        )
        session.reply(join, reply)
        for payload in standing.missed or ():
            session.hear(Envelope(payload))
        stream.release(session, standing.seq)
        if became:
            for other in chat.others(session):
                other.news(replies.JoinedElsewhere(room=room.name))
        return True

    async def _standing(self, person: Person, join: commands.Join, stream: Stream) -> _Standing:
        """
        Return how a room stands, for *person* and as *join* asks for it.
        """
        room = stream.room
        history = self._chat.history
        missed: list[bytes] | None = None
        page = _NOTHING
        if join.since is not UNSET and join.epoch == history.epoch:
            seq, missed = await self._missed(room, join.since)
        if missed is None:
            page = await self._newest(stream, join.limit)
            seq = page.seq
        mine = await self._mine(person, page, room)
        read = min(person.rooms.get(room.key, seq), seq)
        unread = mentions = 0
        if read < seq:
            unread, mentions = await history.unread(room.name, person.id, read, seq)
        await stream.reached(seq)
        return _Standing(seq, missed, page, mine, read, unread, mentions)

    async def _missed(self, room: Room, since: int) -> tuple[int, list[bytes] | None]:
        """
        Return the entries after *since*, and up to where; None if they cannot be told.
        """
        if since == room.seq:
            # That is nearly everybody after a restart, and all at once.
            return since, []
        replay = await self._chat.history.replay(room.name, since)
        return (since, None) if replay is None else (replay.seq, _replayed(replay))

    async def _newest(self, stream: Stream, limit: int) -> Snapshot:
        """
        Return the newest page; it is the same one for all who join between two entries.
        """
        renames = self._chat.people.renames
        known = stream.newest
        if known is not None and known[:3] == (limit, stream.room.seq, renames):
            return known[3]
        page = await self._chat.history.page(stream.room.name, limit)
        newest = snapshot(page, len(page.messages) - 1)
        stream.newest = (limit, newest.seq, renames, newest)
        return newest

    async def _mine(self, person: Person, page: Snapshot, room: Room) -> dict[int, list[str]]:
        """
        Return the person's own reactions to the messages of *page*.
        """
        if not page.reacted:
            return {}
        return await self._chat.history.mine(room.name, person.id, page.reacted)

    async def history(
        self, session: Session, person: Person, history: commands.History
    ) -> Reply | None:
        """
        Send a page of a room's messages, between the entries that it stands for and
        those that come later.
        """
        stream = self._chat.rooms.joined(session, history.room)
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
            shown = snapshot(page, _pivot(page, history))
            mine = await self._mine(person, shown, room)
            await stream.reached(page.seq)
        except BaseException:
            stream.unhold(session, held)
            raise
        if not stream.holds(session, held):
            raise NotJoined("this room was left meanwhile")
        stream.catch_up(session, page.seq)
        session.reply(
            history,
            replies.History(
                room=room.name,
                seq=page.seq,
                events=shown.events,
                older=shown.older,
                newer=shown.newer,
                mine=mine,
            ),
        )
        stream.release(session, page.seq)
        return None

    async def search(self, session: Session, person: Person, search: commands.Search) -> Reply:
        """
        Find messages by the words in them.
        """
        chat = self._chat
        check_text(search.text)
        if search.room is UNSET:
            rooms = [chat.rooms.spelled(key) for key in person.rooms]
        else:
            rooms = [chat.rooms.joined(session, search.room).room.name]
        start = None if search.from_ is UNSET else search.from_
        hits = await chat.history.search(rooms, search.text, search.limit, start)
        events = [codec.encode(message) for message in hits.messages]
        _, end = span([len(event) for event in events], 0, limits.PAGE_BYTES)
        has_more = hits.more or end < len(events)
        return replies.Found(
            events=[Raw(event) for event in events[:end]],
            next=hits.places[end - 1] if has_more and end else UNSET,
        )

    async def read(self, session: Session, person: Person, read: commands.Read) -> Reply:
        """
        Move the person's mark in a room, never backwards and not beyond the end.
        """
        chat = self._chat
        room = chat.rooms.joined(session, read.room).room
        mark = min(read.seq, room.seq)
        if mark > person.rooms.get(room.key, mark):
            await chat.records.enter(person.id, room.key, mark)
            # Who was sent out meanwhile is no member, and does not become one by that.
            if room.key in person.rooms:
                mark = person.rooms[room.key] = max(mark, person.rooms[room.key])
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
    page: Snapshot
    mine: dict[int, list[str]]
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
