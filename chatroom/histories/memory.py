"""
History and people that live as long as the process.
"""

from __future__ import annotations

import secrets
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import islice
from typing import Final

from msgspec import UNSET, structs
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from chatroom import limits
from chatroom.book import Post, folded, retold, write
from chatroom.counters import Counters
from chatroom.errors import BadCommand, ChatError
from chatroom.events import Deleted, Edited, Event, Message
from chatroom.histories.vocabulary import Vocabulary
from chatroom.interfaces import IHistory, IPeople, IStore
from chatroom.log import (
    Draft,
    Duplicate,
    Hits,
    Kept,
    Outcome,
    Page,
    PersonRecord,
    Replay,
    Retain,
    Unchanged,
)
from chatroom.words import Query

#: How many accepted ids are remembered, so that a repetition is known as one.
IDS_KEPT: Final = 200_000
#: How many persons are remembered; past it, those not seen for longest are gone.
PERSONS_KEPT: Final = 100_000


class _Log:
    """
    One room's entries, those that are retained; `entries[i]` has the number ``first + i``.

    Provides `chatroom.book.Book`.
    """

    def __init__(self) -> None:
        self.first = 1
        self.entries: list[Event] = []
        #: The numbers of the messages, in order.
        self.messages: list[int] = []
        self.seq = 0
        self.topic = ""
        self._posts: dict[int, Post] = {}
        self._words = Vocabulary()

    def post(self, seq: int) -> Post | None:
        """See `Book.post`."""
        return self._posts.get(seq)

    def add(self, post: Post) -> None:
        """See `Book.add`."""
        self._posts[post.seq] = post
        self.messages.append(post.seq)
        self._words.put(post.seq, post.text)

    def take(self, event: Event) -> None:
        """Append *event*, which `write` has made here."""
        if isinstance(event, Edited | Deleted):
            post = self._posts.get(event.target)
            self._words.put(event.target, None if post is None else post.text)
        self.entries.append(_without_text(event))

    def found(self, query: Query) -> list[Post]:
        """Return the messages that *query* finds."""
        return [self._posts[seq] for seq in self._words.find(query)]

    def between(self, start: int, end: int) -> list[Post]:
        """Return the messages whose places among the messages are *start* to *end*."""
        return [self._posts[seq] for seq in self.messages[start:end]]

    def trim(self, retain: Retain, now: int) -> int:
        """
        Let go of what is not to be kept; return how many entries that is.

        In lumps: to drop the first of ten thousand at each message would move all
        the others each time.
        """
        excess = 0
        if retain.entries is not None:
            excess = max(0, len(self.entries) - retain.entries)
        if retain.age_ms is not None:
            oldest = now - retain.age_ms
            while excess < len(self.entries) and self.entries[excess].time < oldest:
                excess += 1
        if excess <= len(self.entries) // 10:
            return 0
        self.first += excess
        del self.entries[:excess]
        gone = bisect_left(self.messages, self.first)
        for seq in self.messages[:gone]:
            del self._posts[seq]
            self._words.put(seq, None)
        del self.messages[:gone]
        return excess


@implementer(IHistory)
class MemoryHistory:
    """
    The logs of all rooms, in memory.

    Args:
        retain: How much is kept of each room, and a tenth more.
        name_of: The present name of a person.
        counters: Where it is counted what is let go.
    """

    def __init__(
        self,
        retain: Retain = Retain(10_000),
        name_of: Callable[[str], str] = str,
        counters: Counters | None = None,
    ) -> None:
        self.epoch = secrets.token_urlsafe(9)
        self._retain = retain
        self._name_of = name_of
        self._evicted = (counters or Counters()).evicted
        self._logs: dict[str, _Log] = {}
        self._ids: OrderedDict[tuple[str, str], Duplicate] = OrderedDict()

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
        """See `IHistory.append`."""
        return succeed([self._append(draft) for draft in drafts])

    def _append(self, draft: Draft) -> Outcome:
        id = draft.command.id
        key = None if id is UNSET else (draft.person, id)
        if key is not None and key in self._ids:
            return self._ids[key]
        if draft.refusal is not None:
            return draft.refusal
        log = self._logs.get(draft.room) or _Log()
        outcome = write(draft, log)
        if isinstance(outcome, Unchanged | ChatError):
            return outcome
        self._logs[draft.room] = log
        log.take(outcome)
        if dropped := log.trim(self._retain, draft.time):
            self._evicted["entries"] += dropped
        if key is not None:
            self._ids[key] = Duplicate(outcome.room, outcome.seq, outcome.time)
            if len(self._ids) > IDS_KEPT:
                self._ids.popitem(last=False)
                self._evicted["ids"] += 1
        return outcome

    def page(
        self,
        room: str,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Deferred[Page]:
        """See `IHistory.page`."""
        log = self._logs.get(room) or _Log()
        numbers = log.messages
        if after is not None:
            start = bisect_right(numbers, after)
        elif around is not None:
            start = min(_nearest(numbers, around) - limit // 2, len(numbers) - limit)
        else:
            end = len(numbers) if before is None else bisect_left(numbers, before)
            start, limit = end - limit, min(end, limit)
        start = max(0, start)
        end = min(start + limit, len(numbers))
        posts = log.between(start, end)
        return succeed(
            Page(
                seq=log.seq,
                messages=[folded(post, log.post, self._name_of) for post in posts],
                older=start > 0,
                newer=end < len(numbers),
            )
        )

    def mine(
        self, room: str, person: str, messages: Sequence[int]
    ) -> Deferred[dict[int, list[str]]]:
        """See `IHistory.mine`."""
        log = self._logs.get(room) or _Log()
        posts = [post for post in map(log.post, messages) if post is not None]
        found = {
            post.seq: [emoji for emoji, people in post.reactions.items() if person in people]
            for post in posts
        }
        return succeed({seq: emoji for seq, emoji in found.items() if emoji})

    def replay(self, room: str, since: int) -> Deferred[Replay | None]:
        """See `IHistory.replay`."""
        log = self._logs.get(room) or _Log()
        if not log.first - 1 <= since <= log.seq or log.seq - since > limits.REPLAY_EVENTS:
            return succeed(None)
        missed = islice(log.entries, since + 1 - log.first, None)
        return succeed(Replay(log.seq, [retold(event, log.post) for event in missed]))

    def unread(self, room: str, person: str, after: int, until: int) -> Deferred[tuple[int, int]]:
        """See `IHistory.unread`."""
        log = self._logs.get(room) or _Log()
        unread = mentions = 0
        start, end = bisect_right(log.messages, after), bisect_right(log.messages, until)
        for post in log.between(start, end):
            if post.person != person and post.text is not None:
                unread += 1
                mentions += person in post.notified and person in post.mentions
        most = limits.UNREAD_COUNTED
        return succeed((min(unread, most), min(mentions, most)))

    def search(
        self, rooms: Sequence[str], text: str, limit: int, start: str | None = None
    ) -> Deferred[Hits]:
        """See `IHistory.search`."""
        query = Query(text)
        try:
            before = None if start is None else _place(start)
        except ValueError:
            return fail(BadCommand("`from` is what an earlier `found` gave as `next`"))
        found = nlargest(
            limit + 1,
            (
                (post.time, post.room, post.seq)
                for log in map(self._logs.get, rooms)
                for post in (log.found(query) if log else ())
                if before is None or (post.time, post.room, post.seq) < before
            ),
        )
        logs = [(self._logs[room], seq) for _, room, seq in found[:limit]]
        messages = [
            folded(post, log.post, self._name_of)
            for log, seq in logs
            if (post := log.post(seq)) is not None
        ]
        places = [f"{time}.{seq}.{room}" for time, room, seq in found[:limit]]
        return succeed(Hits(messages, places, len(found) > limit))


def _without_text(event: Event) -> Event:
    """
    Return *event* as it is kept: a text is the post's, and gone when it is erased there.
    """
    if isinstance(event, Message):
        return structs.replace(event, text=UNSET, quote=UNSET)
    if isinstance(event, Edited):
        return structs.replace(event, text=UNSET)
    return event


def _place(start: str) -> tuple[int, str, int]:
    """
    Return the time, the room and the number that *start* names.

    Raises:
        ValueError: It names none.
    """
    time, seq, room = start.split(".", 2)
    return int(time[:20]), room, int(seq[:20])


def _nearest(numbers: list[int], seq: int) -> int:
    """
    Return the index of the number in *numbers* that is nearest to *seq*.
    """
    later = bisect_left(numbers, seq)
    if later == len(numbers) or (later and seq - numbers[later - 1] < numbers[later] - seq):
        return max(0, later - 1)
    return later


@implementer(IPeople)
class MemoryPeople:
    """
    Persons, in memory.

    Args:
        counters: Where it is counted who is forgotten.
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self._evicted = (counters or Counters()).evicted
        self.secret = secrets.token_bytes(32)
        self._persons: dict[str, PersonRecord] = {}
        self._tokens: OrderedDict[bytes, str] = OrderedDict()

    def name_of(self, person: str) -> str:
        """Return the present name of *person*."""
        return self._persons[person].name if person in self._persons else person

    def find(self, token_hash: bytes) -> Deferred[PersonRecord | None]:
        """See `IPeople.find`."""
        id = self._tokens.get(token_hash)
        if id is None:
            return succeed(None)
        self._tokens.move_to_end(token_hash)
        record = self._persons[id]
        return succeed(replace(record, rooms=dict(record.rooms)))

    def add(self, record: PersonRecord, token_hash: bytes) -> Deferred[None]:
        """See `IPeople.add`."""
        self._persons[record.id] = record
        self._tokens[token_hash] = record.id
        if len(self._tokens) > PERSONS_KEPT:
            _, id = self._tokens.popitem(last=False)
            del self._persons[id]
            self._evicted["people"] += 1
        return succeed(None)

    def rename(self, person: str, name: str) -> Deferred[None]:
        """See `IPeople.rename`."""
        if person in self._persons:
            self._persons[person] = replace(self._persons[person], name=name)
        return succeed(None)

    def enter(self, person: str, room: str, read: int) -> Deferred[None]:
        """See `IPeople.enter`."""
        if person in self._persons:
            rooms = self._persons[person].rooms
            rooms[room] = max(read, rooms.get(room, 0))
        return succeed(None)

    def leave(self, person: str, room: str) -> Deferred[None]:
        """See `IPeople.leave`."""
        if person in self._persons:
            self._persons[person].rooms.pop(room, None)
        return succeed(None)

    def seen(self, person: str, gone: int | None) -> Deferred[None]:
        """See `IPeople.seen`: who holds a name in this life, the chat knows itself."""
        return succeed(None)


@implementer(IStore)
class MemoryStore:
    """
    History and people of one process: nothing is on disk, nothing is kept.

    Args:
        retain: How much is kept of each room.
    """

    #: Nothing is: what is asked for is done.
    waiting = 0

    def __init__(self, retain: Retain = Retain(10_000)) -> None:
        self.counters = Counters()
        self.people = MemoryPeople(self.counters)
        self.history = MemoryHistory(retain, self.people.name_of, self.counters)

    def prepare(self) -> None:
        """See `IStore.prepare`: there is nothing to do."""

    def probe(self) -> Deferred[None]:
        """See `IStore.probe`."""
        return succeed(None)

    def start(self) -> Deferred[Kept]:
        """See `IStore.start`."""
        return succeed(Kept())

    def stop(self) -> Deferred[None]:
        """See `IStore.stop`."""
        return succeed(None)
