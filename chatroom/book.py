"""
The rules of a room's log: what a draft makes of it, and how it is told later.

Every provider of `IHistory` keeps entries and posts in its own way; what they
mean is said here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, Protocol, cast

from msgspec import UNSET, UnsetType, structs

from chatroom import limits
from chatroom.commands import Delete, Edit, React, Say, Set
from chatroom.errors import ChatError, Internal, NoSuchMessage, NotYours, TooMany
from chatroom.events import (
    Acted,
    ActName,
    Deleted,
    Edited,
    Event,
    Message,
    Quote,
    Reacted,
    Reaction,
    Who,
)
from chatroom.events import Set as SetEvent
from chatroom.log import Deed, Draft, Unchanged
from chatroom.rules import Rules, is_moderators


@dataclass(slots=True)
class Post:
    """
    A message as it now is.

    Without ``text`` it is deleted. ``notified`` were mentioned when it was said:
    an edit notifies nobody. ``reactions`` are the persons by emoji, both in the
    order in which they (last) came.
    """

    room: str
    seq: int
    time: int
    person: str
    name: str
    text: str | None
    id: str | UnsetType = UNSET
    kind: Literal["action"] | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    quoted: Who | None = None
    mentions: tuple[str, ...] = ()
    notified: tuple[str, ...] = ()
    edited: int | None = None
    reactions: dict[str, dict[str, None]] = field(default_factory=dict)


class Book(Protocol):
    """
    A room's log, open at its end.
    """

    seq: int
    rules: Rules

    def post(self, seq: int) -> Post | None:
        """Return the message of this number; what is changed of it is kept."""

    def add(self, post: Post) -> None:
        """Keep a new message."""

    def purge(self, person: str, since: int) -> None:
        """Delete all messages of *person* with a time from *since* on."""


def write(draft: Draft, book: Book) -> Event | Unchanged | ChatError:
    """
    Return the next entry of *book*, which *draft* makes, or why it makes none.
    """
    try:
        return _written(draft, book)
    except ChatError as refusal:
        return refusal


def _written(draft: Draft, book: Book) -> Event | Unchanged:
    command = draft.command
    match command:
        case Say():
            return _say(draft, command, book)
        case Set():
            return _set(draft, command, book)
        case Edit():
            return _edit(draft, command, book)
        case Delete():
            return _delete(draft, command, book)
        case React():
            return _react(draft, command, book)
    return _act(draft, book)


def _target(book: Book, seq: int) -> Post:
    post = book.post(seq)
    if post is None:
        raise NoSuchMessage("there is no message of this number")
    return post


def _present(post: Post) -> Post:
    if post.text is None:
        raise NoSuchMessage("this message is deleted")
    return post


def _own(post: Post, person: str) -> Post:
    if post.person != person:
        raise NotYours("this is somebody else's message")
    return post


def _say(draft: Draft, say: Say, book: Book) -> Event:
    quoted = None
    if say.reply_to is not UNSET:
        target = _target(book, say.reply_to)
        quoted = Who(target.person, target.name)
    book.seq += 1
    post = Post(
        room=draft.room,
        seq=book.seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        text=say.text,
        id=say.id,
        kind=say.kind,
        reply_to=say.reply_to,
        quoted=quoted,
        mentions=draft.mentions,
        notified=draft.mentions,
    )
    book.add(post)
    return told(post, book.post)


def _set(draft: Draft, command: Set, book: Book) -> Event | Unchanged:
    key = None if draft.authority is None else draft.authority.key
    rules, changed = book.rules.set(command.values, key)
    if rules == book.rules:
        return Unchanged()
    book.seq += 1
    book.rules = rules
    return SetEvent(
        room=draft.room,
        seq=book.seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        values=changed,
    )


def _edit(draft: Draft, edit: Edit, book: Book) -> Event | Unchanged:
    post = _own(_present(_target(book, edit.target)), draft.person)
    if edit.text == post.text:
        return Unchanged()
    book.seq += 1
    post.text, post.mentions, post.edited = edit.text, draft.mentions, draft.time
    return Edited(
        room=draft.room,
        seq=book.seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        target=edit.target,
        text=edit.text,
        mentions=draft.mentions or UNSET,
    )


def _delete(draft: Draft, delete: Delete, book: Book) -> Event | Unchanged:
    post = _target(book, delete.target)
    if draft.authority is None or post.person in draft.authority.beyond:
        _own(post, draft.person)
    if post.text is None:
        return Unchanged()
    book.seq += 1
    erase(post)
    return Deleted(
        room=draft.room,
        seq=book.seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        target=delete.target,
    )


def _react(draft: Draft, react: React, book: Book) -> Event | Unchanged:
    post = _present(_target(book, react.target))
    people = post.reactions.get(react.emoji, {})
    if react.on == (draft.person in people):
        return Unchanged()
    if react.on:
        if not people and len(post.reactions) >= limits.EMOJI_PER_MESSAGE:
            raise TooMany(f"a message has at most {limits.EMOJI_PER_MESSAGE} emoji")
        post.reactions.setdefault(react.emoji, {})[draft.person] = None
    else:
        del people[draft.person]
        if not people:
            del post.reactions[react.emoji]
    book.seq += 1
    return Reacted(
        room=draft.room,
        seq=book.seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        target=react.target,
        emoji=react.emoji,
        on=react.on,
    )


def _act(draft: Draft, book: Book) -> Event:
    authority = draft.authority
    deed = None if authority is None else authority.deed
    if authority is None or deed is None or deed.target is UNSET or deed.target_name is UNSET:
        raise Internal("an act is something done to somebody")
    if deed.since is not UNSET:
        book.purge(deed.target, deed.since)
    book.seq += 1
    return Acted(
        room=draft.room,
        seq=book.seq,
        time=draft.time,
        person=draft.person,
        name=draft.name,
        act=cast("ActName", deed.act),
        target=deed.target,
        target_name=deed.target_name,
        until=deed.until,
        reason=deed.reason,
        role=authority.role,
        since=deed.since,
    )


def erase(post: Post) -> None:
    """
    Delete *post*: what was said and who reacted to it.
    """
    post.text, post.mentions = None, ()
    post.reactions.clear()


def is_purged(post: Post, person: str, since: int) -> bool:
    """
    Whether a purge of *person* since then deletes *post*.
    """
    return post.person == person and post.time >= since


def deed_of(draft: Draft, event: Event, post_at: Callable[[int], Post | None]) -> Deed | None:
    """
    Return what the moderation log has of *draft*, which became *event*; None if nothing.

    Args:
        post_at: Finds the message that was deleted.
    """
    authority = draft.authority
    if authority is None:
        return None
    if isinstance(event, Acted):
        return authority.deed if authority.scope is not None else None
    deed = Deed(time=draft.time, person=draft.person, name=draft.name, room=draft.room, act="set")
    if isinstance(event, SetEvent):
        return structs.replace(deed, values=event.values) if is_moderators(event.values) else None
    post = post_at(event.target) if isinstance(event, Deleted) else None
    if post is None or post.person == draft.person:
        return None
    return structs.replace(
        deed, act="delete", target=post.person, target_name=post.name, message=post.seq
    )


def told(post: Post, post_at: Callable[[int], Post | None]) -> Message:
    """
    Return *post* as an entry: with its present text, and nothing that later entries tell.

    Args:
        post_at: Finds the message that it replies to.
    """
    quote: Quote | UnsetType = UNSET
    if post.quoted is not None and post.reply_to is not UNSET:
        target = post_at(post.reply_to)
        text: str | UnsetType = UNSET
        if target is not None and target.text is not None:
            text = target.text[: limits.QUOTE_CHARS]
        quote = Quote(post.quoted.person, post.quoted.name, text)
    return Message(
        room=post.room,
        seq=post.seq,
        time=post.time,
        person=post.person,
        name=post.name,
        text=UNSET if post.text is None else post.text,
        id=post.id,
        kind=post.kind,
        reply_to=post.reply_to,
        quote=quote,
        mentions=post.mentions or UNSET,
        deleted=True if post.text is None else UNSET,
    )


def folded(
    post: Post, post_at: Callable[[int], Post | None], name_of: Callable[[str], str]
) -> Message:
    """
    Return *post* as it now stands, for a page.

    Args:
        post_at: Finds the message that it replies to.
        name_of: The present name of a person.
    """
    message = told(post, post_at)
    if post.text is None:
        return message
    return structs.replace(
        message,
        edited=UNSET if post.edited is None else post.edited,
        reactions=[
            Reaction(
                emoji,
                len(people),
                [Who(id, name_of(id)) for id in islice(people, limits.REACTORS_SHOWN)],
            )
            for emoji, people in post.reactions.items()
        ]
        or UNSET,
    )


def retold(event: Event, post_at: Callable[[int], Post | None]) -> Event:
    """
    Return *event* as it is told to one who missed it: no text in it that is not
    the present one.
    """
    if isinstance(event, Message):
        post = post_at(event.seq)
        return event if post is None else told(post, post_at)
    if isinstance(event, Edited):
        post = post_at(event.target)
        if post is None or post.text is None:
            return structs.replace(event, text=UNSET, mentions=UNSET, deleted=True)
        return structs.replace(event, text=post.text, mentions=post.mentions or UNSET)
    return event
