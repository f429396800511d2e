"""
One room's log, as long as the process lives.
"""

from __future__ import annotations

from bisect import bisect_left

from msgspec import UNSET, structs

from chatroom.book import Post, erase, is_purged
from chatroom.events import Deleted, Edited, Event, Message
from chatroom.histories.vocabulary import Vocabulary
from chatroom.log import Retain
from chatroom.rules import Rules
from chatroom.words import Query


class MemoryLog:
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
        self.rules = Rules()
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

    def purge(self, person: str, since: int) -> None:
        """See `Book.purge`."""
        for post in self._posts.values():
            if post.text is not None and is_purged(post, person, since):
                erase(post)
                self._words.put(post.seq, None)

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


def _without_text(event: Event) -> Event:
    """
    Return *event* as it is kept: a text is the post's, and gone when it is erased there.
    """
    if isinstance(event, Message):
        return structs.replace(event, text=UNSET, quote=UNSET)
    if isinstance(event, Edited):
        return structs.replace(event, text=UNSET)
    return event
