"""
Messages out of the database, as they now are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, structs
from sqlalchemy import and_, bindparam, func, select

from chatroom import limits
from chatroom.book import Post, erase, folded, is_purged
from chatroom.events import Message, Who
from chatroom.histories.database import Connection, among, json
from chatroom.histories.schema import (
    erasures,
    messages,
    persons,
    reactions,
    rooms,
    tallies,
    texts,
)
from chatroom.rules import Rules


class Room(NamedTuple):
    """
    A row of ``rooms``.
    """

    id: int
    name: str
    topic: str
    seq: int
    first: int
    purged: int
    sealed: int
    slow: int = 0
    locked: bool = False
    read_only: bool = False
    key: bytes | None = None
    erasing: int = 0

    @property
    def rules(self) -> Rules:
        """
        The room's settings.
        """
        return Rules(self.topic, self.slow, bool(self.locked), bool(self.read_only), self.key)

    def set(self, rules: Rules) -> Room:
        """
        Return the row with other settings.
        """
        return self._replace(
            topic=rules.topic,
            slow=rules.slow,
            locked=rules.locked,
            read_only=rules.read_only,
            key=rules.key,
        )

    @classmethod
    def new(cls, name: str) -> Room:
        """
        Return one without entries, which has no row yet.
        """
        return cls(0, name, "", seq=0, first=1, purged=1, sealed=0)


_ROOMS: Final = select(rooms).where(among(rooms.c.name, "names"))


def find_rooms(connection: Connection, names: Iterable[str]) -> dict[str, Room]:
    """
    Return those of the rooms called *names* that have entries.
    """
    found = map(Room._make, connection.rows(_ROOMS, names=json(list(names))))
    return {room.name: room for room in found}


_POSTS: Final = (
    select(
        *(messages.c[name] for name in ("seq", "time", "person", "name")),
        texts.c.text,
        *(messages.c[name] for name in ("id", "kind", "reply_to")),
        *(messages.c[name] for name in ("quoted_person", "quoted_name")),
        *(messages.c[name] for name in ("mentions", "notified", "edited", "text")),
    )
    .select_from(messages.outerjoin(texts, texts.c.id == messages.c.text))
    .where(messages.c.room == bindparam("room"), among(messages.c.seq, "seqs"))
)
_persons = msgspec.json.Decoder(tuple[str, ...]).decode


_ERASURES: Final = select(erasures).where(erasures.c.room == bindparam("room"))


class Posts(dict[int, Post]):
    """
    The messages of a room among *seqs*, by number; ``texts`` are the ids of their texts.

    What is yet to be erased is so already.
    """

    def __init__(self, connection: Connection, room: Room, seqs: Collection[int]) -> None:
        super().__init__()
        self.texts: dict[int, int] = {}
        # Not a condition of the query: SQLite would take it for the more useful one.
        retained = [seq for seq in seqs if seq >= room.first]
        if not retained:
            return
        for row in connection.rows(_POSTS, room=room.id, seqs=json(retained)):
            post, text = _post(room.name, row)
            self[post.seq] = post
            if text is not None:
                self.texts[post.seq] = text
        if room.erasing:
            self._erase(connection.rows(_ERASURES, room=room.id))

    def _erase(self, erasures: list[Any]) -> None:
        for _, _, person, since, before in erasures:
            for post in self.values():
                if post.seq < before and is_purged(post, person, since):
                    erase(post)


def live(connection: Connection, room: Room, seqs: Collection[int]) -> list[int]:
    """
    Return which of *seqs* are numbers of messages that are not deleted.
    """
    return [post.seq for post in Posts(connection, room, seqs).values() if post.text is not None]


def _post(room: str, row: Any) -> tuple[Post, int | None]:  # noqa: ANN401 - a row of `_POSTS`
    seq, time, person, name, text, id, kind, reply_to, *more = row
    quoted_person, quoted_name, mentions, notified, edited, text_id = more
    post = Post(
        room=room,
        seq=seq,
        time=time,
        person=person,
        name=name,
        text=text,
        id=UNSET if id is None else id,
        kind=UNSET if kind is None else kind,
        reply_to=UNSET if reply_to is None else reply_to,
        quoted=None if quoted_person is None else Who(quoted_person, quoted_name),
        mentions=() if mentions is None else _persons(mentions),
        notified=() if notified is None else _persons(notified),
        edited=edited,
    )
    return post, text_id


def quoting(connection: Connection, room: Room, posts: Posts) -> Callable[[int], Post | None]:
    """
    Return what finds *posts*, and those they reply to.
    """
    targets = {post.reply_to for post in posts.values() if post.reply_to is not UNSET}
    missing = targets - posts.keys()
    if not missing:
        return posts.get
    return {**posts, **Posts(connection, room, missing)}.get


_FIRST_OF: Final = reactions.alias("first_of")
_REACTIONS: Final = (
    select(
        tallies.c.target,
        tallies.c.emoji,
        tallies.c.count,
        reactions.c.person,
        func.coalesce(persons.c.name, reactions.c.person),
    )
    .select_from(
        # Outer joins are done in the order in which they stand: from few to many.
        tallies.outerjoin(
            reactions,
            and_(
                reactions.c.room == tallies.c.room,
                reactions.c.target == tallies.c.target,
                reactions.c.emoji == tallies.c.emoji,
                reactions.c.seq.in_(
                    select(_FIRST_OF.c.seq)
                    .where(
                        _FIRST_OF.c.room == tallies.c.room,
                        _FIRST_OF.c.target == tallies.c.target,
                        _FIRST_OF.c.emoji == tallies.c.emoji,
                    )
                    .order_by(_FIRST_OF.c.seq)
                    .limit(limits.REACTORS_SHOWN)
                    .correlate(tallies)
                ),
            ),
        ).outerjoin(persons, persons.c.id == reactions.c.person)
    )
    .where(tallies.c.room == bindparam("room"), among(tallies.c.target, "seqs"))
    .order_by(tallies.c.target, tallies.c.since, reactions.c.seq)
)


def fold(connection: Connection, room: Room, seqs: list[int]) -> list[Message]:
    """
    Return the messages of these numbers, folded, in this order.
    """
    posts = Posts(connection, room, seqs)
    names: dict[str, str] = {}
    counts: dict[tuple[int, str], int] = {}
    for target, emoji, count, person, name in connection.rows(
        _REACTIONS, room=room.id, seqs=json(seqs)
    ):
        posts[target].reactions.setdefault(emoji, {})[person] = None
        counts[target, emoji] = count
        names[person] = name
    post_at = quoting(connection, room, posts)
    told = (folded(posts[seq], post_at, names.__getitem__) for seq in seqs)
    return [_counted(message, counts) for message in told] if counts else list(told)


def _counted(message: Message, counts: dict[tuple[int, str], int]) -> Message:
    """
    Return *message* with all who reacted counted, not only those who are shown.
    """
    if message.reactions is UNSET:
        return message
    exact = [
        structs.replace(reaction, count=counts[message.seq, reaction.emoji])
        for reaction in message.reactions
    ]
    return structs.replace(message, reactions=exact)
