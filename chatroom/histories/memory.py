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

from msgspec import UNSET
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from chatroom import limits
from chatroom.book import deed_of, folded, retold, write
from chatroom.counters import Counters
from chatroom.errors import BadCommand
from chatroom.events import Entry
from chatroom.histories.memory_accounts import MemoryAccounts
from chatroom.histories.memory_log import MemoryLog
from chatroom.histories.memory_order import MemoryOrder
from chatroom.interfaces import IHistory, IPeople, IStore
from chatroom.log import (
    Deed,
    Draft,
    Duplicate,
    Hits,
    Kept,
    Outcome,
    Page,
    PersonRecord,
    Replay,
    Retain,
)
from chatroom.words import Query

#: How many accepted ids are remembered, so that a repetition is known as one.
IDS_KEPT: Final = 200_000
#: How many persons are remembered; past it, those not seen for longest are gone.
PERSONS_KEPT: Final = 100_000


@implementer(IHistory)
class MemoryHistory:
    """
    The logs of all rooms, in memory.

    Args:
        retain: How much is kept of each room, and a tenth more.
        name_of: The present name of a person.
        counters: Where it is counted what is let go.
        order: Where deeds are kept.
    """

    def __init__(
        self,
        retain: Retain = Retain(10_000),
        name_of: Callable[[str], str] = str,
        counters: Counters | None = None,
        order: MemoryOrder | None = None,
    ) -> None:
        self.epoch = secrets.token_urlsafe(9)
        self._retain = retain
        self._name_of = name_of
        self._evicted = (counters or Counters()).evicted
        self._order = order or MemoryOrder()
        self._logs: dict[str, MemoryLog] = {}
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
        if not draft.room:
            deed = self._order.write(draft)
            if isinstance(deed, Deed):
                self._know(key, Duplicate("", deed.number, deed.time))
            return deed
        log = self._logs.get(draft.room) or MemoryLog()
        outcome = write(draft, log)
        if isinstance(outcome, Entry):
            self._logs[draft.room] = log
            log.take(outcome)
            if dropped := log.trim(self._retain, draft.time):
                self._evicted["entries"] += dropped
            if draft.authority is not None:
                self._order.keep(deed_of(draft, outcome, log.post))
            self._know(key, Duplicate(outcome.room, outcome.seq, outcome.time))
        return outcome

    def _know(self, key: tuple[str, str] | None, accepted: Duplicate) -> None:
        if key is not None:
            self._ids[key] = accepted
            if len(self._ids) > IDS_KEPT:
                self._ids.popitem(last=False)
                self._evicted["ids"] += 1

    def page(
        self,
        room: str,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Deferred[Page]:
        """See `IHistory.page`."""
        log = self._logs.get(room) or MemoryLog()
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
        log = self._logs.get(room) or MemoryLog()
        posts = [post for post in map(log.post, messages) if post is not None]
        found = {
            post.seq: [emoji for emoji, people in post.reactions.items() if person in people]
            for post in posts
        }
        return succeed({seq: emoji for seq, emoji in found.items() if emoji})

    def replay(self, room: str, since: int) -> Deferred[Replay | None]:
        """See `IHistory.replay`."""
        log = self._logs.get(room) or MemoryLog()
        if not log.first - 1 <= since <= log.seq or log.seq - since > limits.REPLAY_EVENTS:
            return succeed(None)
        missed = islice(log.entries, since + 1 - log.first, None)
        return succeed(Replay(log.seq, [retold(event, log.post) for event in missed]))

    def unread(self, room: str, person: str, after: int, until: int) -> Deferred[tuple[int, int]]:
        """See `IHistory.unread`."""
        log = self._logs.get(room) or MemoryLog()
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
        return self.get(id)

    def get(self, id: str) -> Deferred[PersonRecord | None]:
        """See `IPeople.get`."""
        record = self._persons.get(id)
        return succeed(record and replace(record, rooms=dict(record.rooms)))

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

    def retoken(self, person: str, token_hash: bytes) -> Deferred[None]:
        """See `IPeople.retoken`."""
        # Few have accounts, and a password changes seldom.
        old = next((known for known, id in self._tokens.items() if id == person), None)
        if old is not None:
            del self._tokens[old]
            self._tokens[token_hash] = person
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
        self.order = MemoryOrder()
        self.accounts = MemoryAccounts()
        self.history = MemoryHistory(retain, self.people.name_of, self.counters, self.order)

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
