"""
What is asked of a room's log, each from one snapshot of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, and_, bindparam, exists, func, select

from chatroom import limits
from chatroom.book import retold, told
from chatroom.events import Edited, Event
from chatroom.histories.database import Connection, among, json
from chatroom.histories.entries import changed as entry_of
from chatroom.histories.migrate import EPOCH
from chatroom.histories.posts import Posts, find_rooms, fold, live, quoting
from chatroom.histories.schema import (
    changes,
    erasures,
    marks,
    mentions,
    messages,
    reactions,
    tallies,
)
from chatroom.log import Page, Replay

_here = messages.c.room == bindparam("room")
# Of two conditions that begin a range SQLite uses the first: it gets one.
_BEFORE: Final = (
    select(messages.c.seq)
    .where(_here, messages.c.seq >= bindparam("first"), messages.c.seq < bindparam("pivot"))
    .order_by(messages.c.seq.desc())
    .limit(bindparam("most"))
)
_FROM: Final = (
    select(messages.c.seq)
    .where(_here, messages.c.seq >= bindparam("pivot"))
    .order_by(messages.c.seq)
    .limit(bindparam("most"))
)


_PROBE: Final = select(marks.c.value).where(marks.c.name == EPOCH)


def probe(connection: Connection) -> None:
    """
    Read something small, to find out whether that can be done.
    """
    connection.run(_PROBE)


def page(
    connection: Connection,
    name: str,
    limit: int,
    before: int | None,
    after: int | None,
    around: int | None,
) -> Page:
    """See `IHistory.page`."""
    room = find_rooms(connection, [name]).get(name)
    if room is None:
        return Page(seq=0, messages=[], older=False, newer=False)

    def seqs(statement: Select[tuple[int]], pivot: int, most: int) -> list[int]:
        pivot = max(pivot, room.first)
        rows = connection.rows(statement, room=room.id, first=room.first, pivot=pivot, most=most)
        return [seq for (seq,) in rows]

    if around is not None:
        below, above = seqs(_BEFORE, around, 1), seqs(_FROM, around, 1)
        nearer_below = below and (not above or around - below[0] < above[0] - around)
        pivot = (below if nearer_below else above or [around])[0]
        earlier, later = seqs(_BEFORE, pivot, limit + 1), seqs(_FROM, pivot, limit + 1)
        take = min(len(earlier), max(limit // 2, limit - len(later)))
    elif after is not None:
        earlier, later = seqs(_BEFORE, after + 1, 1), seqs(_FROM, after + 1, limit + 1)
        take = 0
    else:
        pivot = room.seq + 1 if before is None else before
        earlier, later = seqs(_BEFORE, pivot, limit + 1), seqs(_FROM, pivot, 1)
        take = min(len(earlier), limit)
        limit = take
    shown = [*reversed(earlier[:take]), *later[: limit - take]]
    return Page(
        seq=room.seq,
        messages=fold(connection, room, shown),
        older=len(earlier) > take,
        newer=len(later) > limit - take,
    )


_MINE: Final = (
    select(tallies.c.target, tallies.c.emoji)
    .select_from(
        tallies.join(
            reactions,
            and_(
                reactions.c.room == tallies.c.room,
                reactions.c.target == tallies.c.target,
                reactions.c.emoji == tallies.c.emoji,
                reactions.c.person == bindparam("person"),
            ),
        )
    )
    .where(tallies.c.room == bindparam("room"), among(tallies.c.target, "seqs"))
    .order_by(tallies.c.target, tallies.c.since)
)


def mine(
    connection: Connection, name: str, person: str, seqs: Sequence[int]
) -> dict[int, list[str]]:
    """See `IHistory.mine`."""
    found: dict[int, list[str]] = {}
    room = find_rooms(connection, [name]).get(name)
    if room is not None:
        retained = json(
            live(connection, room, seqs)
            if room.erasing
            else [seq for seq in seqs if seq >= room.first]
        )
        for target, emoji in connection.rows(_MINE, room=room.id, person=person, seqs=retained):
            found.setdefault(target, []).append(emoji)
    return found


_SAID_SINCE: Final = select(messages.c.seq).where(_here, messages.c.seq > bindparam("since"))
_CHANGED_SINCE: Final = select(changes).where(
    changes.c.room == bindparam("room"), changes.c.seq > bindparam("since")
)


def replay(connection: Connection, name: str, since: int) -> Replay | None:
    """See `IHistory.replay`."""
    room = find_rooms(connection, [name]).get(name)
    if room is None:
        return None if since else Replay(0, [])
    if not room.first - 1 <= since <= room.seq or room.seq - since > limits.REPLAY_EVENTS:
        return None
    said = [seq for (seq,) in connection.rows(_SAID_SINCE, room=room.id, since=since)]
    changed = [
        entry_of(room, row) for row in connection.rows(_CHANGED_SINCE, room=room.id, since=since)
    ]
    edited = [event.target for event in changed if isinstance(event, Edited)]
    posts = Posts(connection, room, {*said, *edited})
    post_at = quoting(connection, room, posts)
    events: list[Event] = [told(posts[seq], post_at) for seq in said]
    events += (retold(event, post_at) for event in changed)
    return Replay(room.seq, sorted(events, key=lambda event: event.seq))


#: What a purge has yet to erase does not count.
_KEPT: Final = ~exists().where(
    erasures.c.room == messages.c.room,
    erasures.c.person == messages.c.person,
    erasures.c.since <= messages.c.time,
    erasures.c.before > messages.c.seq,
)
_unread = select(messages.c.seq).where(
    _here,
    messages.c.seq > bindparam("after"),
    messages.c.seq <= bindparam("until"),
    messages.c.person != bindparam("person"),
    messages.c.text.is_not(None),
)
_mentioned = select(mentions.c.seq).where(
    mentions.c.room == bindparam("room"),
    mentions.c.person == bindparam("person"),
    mentions.c.seq > bindparam("after"),
    mentions.c.seq <= bindparam("until"),
)


def _counted(found: Select[tuple[int]]) -> Select[int]:
    return select(func.count()).select_from(found.limit(limits.UNREAD_COUNTED).subquery())


_UNREAD: Final = _counted(_unread), _counted(_mentioned)
_UNREAD_OF_KEPT: Final = (
    _counted(_unread.where(_KEPT)),
    _counted(
        _mentioned.join_from(
            mentions,
            messages,
            and_(messages.c.room == mentions.c.room, messages.c.seq == mentions.c.seq),
        ).where(_KEPT)
    ),
)


def unread(
    connection: Connection, name: str, person: str, after: int, until: int
) -> tuple[int, int]:
    """See `IHistory.unread`."""
    room = find_rooms(connection, [name]).get(name)
    if room is None:
        return 0, 0
    asked = {
        "room": room.id,
        "person": person,
        "after": max(after, room.first - 1),
        "until": until,
    }
    of_all, of_mine = _UNREAD_OF_KEPT if room.erasing else _UNREAD
    (unread,) = connection.row(of_all, **asked)
    (mentioned,) = connection.row(of_mine, **asked)
    return unread, mentioned
