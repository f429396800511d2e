"""
History and people that live as long as the process.
"""

from __future__ import annotations

import secrets
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from msgspec import UNSET
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from chatroom import limits
from chatroom.commands import Say
from chatroom.errors import ChatError, NoSuchMessage
from chatroom.events import Event, Message, Quote, Set, Settings
from chatroom.interfaces import IHistory, IPeople
from chatroom.log import Draft, Duplicate, Outcome, Page, PersonRecord, Replay, Unchanged

#: How many accepted ids are remembered, so that a repetition is known as one.
IDS_KEPT: Final = 200_000
#: How many persons are remembered; past it, those not seen for longest are gone.
PERSONS_KEPT: Final = 100_000


class _Log:
    """
    One room's entries, the newest *retain* of them.

    ``entries[i]`` has the number ``first + i``.
    """

    def __init__(self, retain: int) -> None:
        self.retain = retain
        self.first = 1
        self.entries: list[Event] = []
        self.messages: list[int] = []
        self.topic = ""

    @property
    def seq(self) -> int:
        """The number of the last entry."""
        return self.first + len(self.entries) - 1

    def at(self, seq: int) -> Event | None:
        """Return the entry of this number, if it is retained."""
        return self.entries[seq - self.first] if self.first <= seq <= self.seq else None

    def add(self, event: Event) -> None:
        """Append the next entry, and let go of what is too old."""
        self.entries.append(event)
        if isinstance(event, Message):
            self.messages.append(event.seq)
        elif isinstance(event.values.topic, str):
            self.topic = event.values.topic
        # In lumps: to drop the first of ten thousand at each message would move
        # all the others each time.
        excess = len(self.entries) - self.retain
        if excess > self.retain // 10:
            del self.entries[:excess]
            self.first += excess
            del self.messages[: bisect_left(self.messages, self.first)]


@implementer(IHistory)
class MemoryHistory:
    """
    The logs of all rooms, in memory.

    Args:
        retain: How many entries are kept of each room, and a tenth more.
    """

    def __init__(self, retain: int = 10_000) -> None:
        self.epoch = secrets.token_urlsafe(9)
        self._retain = retain
        self._logs: dict[str, _Log] = {}
        self._ids: OrderedDict[tuple[str, str], Duplicate] = OrderedDict()

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
        """See `IHistory.append`."""
        return succeed([self._append(draft) for draft in drafts])

    def _append(self, draft: Draft) -> Outcome:
        command = draft.command
        key = (draft.person, command.id) if command.id is not UNSET else None
        if key is not None and key in self._ids:
            return self._ids[key]
        if draft.refusal is not None:
            return draft.refusal
        log = self._logs.get(draft.room) or _Log(self._retain)
        outcome = _entry(log, draft)
        if isinstance(outcome, Message | Set):
            self._logs[draft.room] = log
            log.add(outcome)
            if key is not None:
                self._ids[key] = Duplicate(outcome.room, outcome.seq, outcome.time)
                if len(self._ids) > IDS_KEPT:
                    self._ids.popitem(last=False)
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
        log = self._logs.get(room) or _Log(self._retain)
        numbers = log.messages
        if after is not None:
            start = bisect_right(numbers, after)
        elif around is not None:
            start = _nearest(numbers, around) - limit // 2
        else:
            end = len(numbers) if before is None else bisect_left(numbers, before)
            start, limit = max(0, end - limit), min(end, limit)
        start = max(0, min(start, len(numbers) - limit) if around is not None else start)
        end = min(start + limit, len(numbers))
        messages = [log.entries[seq - log.first] for seq in numbers[start:end]]
        return succeed(
            Page(
                seq=log.seq,
                messages=[entry for entry in messages if isinstance(entry, Message)],
                older=start > 0,
                newer=end < len(numbers),
            )
        )

    def replay(self, room: str, since: int) -> Deferred[Replay | None]:
        """See `IHistory.replay`."""
        log = self._logs.get(room) or _Log(self._retain)
        if not log.first - 1 <= since <= log.seq or log.seq - since > limits.REPLAY_EVENTS:
            return succeed(None)
        return succeed(Replay(log.seq, log.entries[since + 1 - log.first :]))

    def unread(self, room: str, person: str, after: int, until: int) -> Deferred[tuple[int, int]]:
        """See `IHistory.unread`."""
        log = self._logs.get(room) or _Log(self._retain)
        start, end = bisect_right(log.messages, after), bisect_right(log.messages, until)
        unread = mentions = 0
        for seq in islice(log.messages, start, end):
            message = log.at(seq)
            if isinstance(message, Message) and message.person != person:
                unread += 1
                mentions += message.mentions is not UNSET and person in message.mentions
            if mentions >= limits.UNREAD_COUNTED:
                break
        return succeed((min(unread, limits.UNREAD_COUNTED), mentions))


def _entry(log: _Log, draft: Draft) -> Event | Unchanged | ChatError:
    """
    Return the next entry of *log* that *draft* makes, or why it makes none.
    """
    command, seq = draft.command, log.seq + 1
    if isinstance(command, Say):
        quote = UNSET if command.reply_to is UNSET else _quote(log, command.reply_to)
        if quote is None:
            return NoSuchMessage("there is no message of this number to reply to")
        return Message(
            room=draft.room,
            seq=seq,
            time=draft.time,
            person=draft.person,
            name=draft.name,
            text=command.text,
            id=command.id,
            kind=command.kind,
            reply_to=command.reply_to,
            quote=quote,
            mentions=draft.mentions or UNSET,
        )
    topic = command.values.topic
    if topic is UNSET or topic == log.topic:
        return Unchanged()
    return Set(
        room=draft.room,
        seq=seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        values=Settings(topic=topic),
    )


def _quote(log: _Log, seq: int) -> Quote | None:
    """
    Return how the message *seq* begins, or None if it is none.
    """
    target = log.at(seq)
    if not isinstance(target, Message):
        return None
    return Quote(target.person, target.name, target.text[: limits.QUOTE_CHARS])


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
    """

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(32)
        self._persons: dict[str, PersonRecord] = {}
        self._tokens: OrderedDict[bytes, str] = OrderedDict()

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
        return succeed(None)

    def rename(self, person: str, name: str) -> Deferred[None]:
        """See `IPeople.rename`."""
        if person in self._persons:
            self._persons[person] = replace(self._persons[person], name=name)
        return succeed(None)

    def enter(self, person: str, room: str, read: int) -> Deferred[None]:
        """See `IPeople.enter`."""
        if person in self._persons:
            self._persons[person].rooms[room] = read
        return succeed(None)

    def leave(self, person: str, room: str) -> Deferred[None]:
        """See `IPeople.leave`."""
        if person in self._persons:
            self._persons[person].rooms.pop(room, None)
        return succeed(None)
