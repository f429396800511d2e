"""
Reactions, while a batch of drafts is written.

Ten thousand may have put the same emoji to a message. Of those only the batch's
own people are read; one who is nobody stands for all the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, delete, select

from chatroom.book import Post
from chatroom.events import Reacted
from chatroom.histories.database import Connection, among, insert, json
from chatroom.histories.posts import Room
from chatroom.histories.schema import reactions, tallies

_OTHERS: Final = ""

_TALLIES: Final = (
    select(tallies.c.target, tallies.c.emoji, tallies.c.since, tallies.c.count)
    .where(tallies.c.room == bindparam("room"), among(tallies.c.target, "targets"))
    .order_by(tallies.c.target, tallies.c.since)
)
_OURS: Final = (
    select(reactions.c.target, reactions.c.emoji, reactions.c.person)
    .select_from(
        # An outer join is done in the order in which it stands: from few to many.
        tallies.outerjoin(
            reactions,
            and_(
                reactions.c.room == tallies.c.room,
                reactions.c.target == tallies.c.target,
                reactions.c.emoji == tallies.c.emoji,
                among(reactions.c.person, "persons"),
            ),
        )
    )
    .where(tallies.c.room == bindparam("room"), among(tallies.c.target, "targets"))
    .order_by(reactions.c.seq)
)

_new_tally = insert(tallies)
_TALLY: Final = _new_tally.on_conflict_do_update(
    index_elements=["room", "target", "emoji"],
    set_={"since": _new_tally.excluded.since, "count": _new_tally.excluded.count},
)
_NO_TALLY: Final = delete(tallies).where(
    tallies.c.room == bindparam("room"),
    tallies.c.target == bindparam("target"),
    tallies.c.emoji == bindparam("emoji"),
)
_new_reaction = insert(reactions)
_REACTION: Final = _new_reaction.on_conflict_do_update(
    index_elements=["room", "target", "emoji", "person"],
    set_={"seq": _new_reaction.excluded.seq},
)
_NO_REACTION: Final = delete(reactions).where(
    reactions.c.room == bindparam("room"),
    reactions.c.target == bindparam("target"),
    reactions.c.emoji == bindparam("emoji"),
    reactions.c.person == bindparam("person"),
)
_NO_TALLIES_AT: Final = delete(tallies).where(
    tallies.c.room == bindparam("room"), among(tallies.c.target, "targets")
)
_NO_REACTIONS_AT: Final = delete(reactions).where(
    reactions.c.room == bindparam("room"), among(reactions.c.target, "targets")
)


class Reactions:
    """
    What a batch does to the reactions in a room.

    Args:
        posts: The messages of the room that the batch is about; the reactions to
            them are filled in, as far as the batch needs them.
        targets: Those to which it reacts.
        people: Those who react.
    """

    def __init__(
        self,
        connection: Connection,
        room: Room,
        posts: dict[int, Post],
        targets: Sequence[int],
        people: Sequence[str],
    ) -> None:
        #: Since when, and how many, by target and emoji.
        self._tallies: dict[tuple[int, str], tuple[int, int]] = {}
        self._touched: dict[tuple[int, str], None] = {}
        self._last: dict[tuple[int, str, str], int | None] = {}
        self._cleared: set[int] = set()
        if not targets:
            return
        asked = {"room": room.id, "targets": json(targets)}
        for target, emoji, since, count in connection.rows(_TALLIES, **asked):
            self._tallies[target, emoji] = since, count
            posts[target].reactions[emoji] = {}
        for target, emoji, person in connection.rows(_OURS, persons=json(people), **asked):
            if person is not None:
                posts[target].reactions[emoji][person] = None
        for (target, emoji), (_, count) in self._tallies.items():
            people_here = posts[target].reactions[emoji]
            if len(people_here) < count:
                people_here[_OTHERS] = None

    def reacted(self, event: Reacted) -> None:
        """
        Note a reaction, or that one was taken away.
        """
        key = event.target, event.emoji
        since, count = self._tallies.get(key, (0, 0))
        if event.on:
            self._tallies[key] = since if count else event.seq, count + 1
        else:
            self._tallies[key] = since, count - 1
        self._touched[key] = None
        self._last[*key, event.person] = event.seq if event.on else None

    def deleted(self, target: int) -> None:
        """
        Note that a message was deleted.
        """
        self._cleared.add(target)

    def keep(self, connection: Connection, room: int) -> None:
        """
        Write what was noted.
        """
        if not self._last and not self._cleared:
            return
        last = {key: seq for key, seq in self._last.items() if key[0] not in self._cleared}
        touched = [key for key in self._touched if key[0] not in self._cleared]
        connection.each(
            _NO_REACTION,
            [
                {"room": room, "target": target, "emoji": emoji, "person": person}
                for (target, emoji, person), seq in last.items()
                if seq is None
            ],
        )
        connection.insert(
            _REACTION, [(room, *key, seq) for key, seq in last.items() if seq is not None]
        )
        connection.each(
            _NO_TALLY,
            [
                {"room": room, "target": target, "emoji": emoji}
                for target, emoji in touched
                if not self._tallies[target, emoji][1]
            ],
        )
        connection.insert(
            _TALLY,
            [(room, *key, *self._tallies[key]) for key in touched if self._tallies[key][1]],
        )
        if self._cleared:
            cleared = json(list(self._cleared))
            connection.run(_NO_REACTIONS_AT, room=room, targets=cleared)
            connection.run(_NO_TALLIES_AT, room=room, targets=cleared)
