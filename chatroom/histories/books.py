"""
A room's log, open while a batch is written into it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from chatroom.book import Post, erase, is_purged
from chatroom.commands import Delete, Edit, React, Say
from chatroom.events import Deleted, Edited, Event, Reacted
from chatroom.histories.database import Connection
from chatroom.histories.posts import Posts, Room
from chatroom.histories.reactions import Reactions
from chatroom.log import Draft
from chatroom.rules import Rules


class OpenBook:
    """
    A room's log while a batch is written; provides `chatroom.book.Book`.

    Args:
        drafts: Those of the room; what they are about is read ahead, at once.
    """

    def __init__(self, connection: Connection, room: Room, drafts: Iterable[Draft]) -> None:
        self.room = room
        self.seq = room.seq
        #: Whether it has other settings now.
        self.is_set = False
        self._rules: Rules | None = None
        self.entries: list[Event] = []
        self.new: list[Post] = []
        targets, at, people = set(), set(), set()
        for draft in drafts:
            command = draft.command
            if isinstance(command, React):
                at.add(command.target)
                people.add(draft.person)
            elif isinstance(command, Say):
                if command.reply_to is not UNSET:
                    targets.add(command.reply_to)
            elif isinstance(command, Edit | Delete):
                targets.add(command.target)
        targets |= at
        self.old = Posts(connection, room, targets)
        self._posts: dict[int, Post] = dict(self.old)
        self.reactions = Reactions(
            connection, room, self.old, [seq for seq in at if seq in self.old], list(people)
        )
        #: The earlier messages whose text is another now.
        self.changed: dict[int, Post] = {}
        #: What is to be erased: the purge's number, whose messages, and since when.
        self.purges: list[tuple[int, str, int]] = []

    @property
    def rules(self) -> Rules:
        """
        See `Book.rules`. Made when they are asked for: most batches only have messages.
        """
        return self._rules or self.room.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._rules = rules
        self.is_set = True

    def post(self, seq: int) -> Post | None:
        """See `Book.post`."""
        return self._posts.get(seq)

    def add(self, post: Post) -> None:
        """See `Book.add`."""
        self._posts[post.seq] = post
        self.new.append(post)

    def purge(self, person: str, since: int) -> None:
        """
        See `Book.purge`. Of the messages of earlier batches there may be very many:
        they are out of sight from here on, and erased by and by.
        """
        self.purges.append((self.seq + 1, person, since))
        for post in self._posts.values():
            if is_purged(post, person, since):
                erase(post)
                if post.seq not in self.old:
                    self.reactions.deleted(post.seq)

    def wrote(self, event: Event) -> None:
        """
        Note an entry.
        """
        self.entries.append(event)
        if isinstance(event, Reacted):
            self.reactions.reacted(event)
        elif isinstance(event, Edited | Deleted):
            if event.target in self.old:
                self.changed[event.target] = self.old[event.target]
            if isinstance(event, Deleted):
                self.reactions.deleted(event.target)
