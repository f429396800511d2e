"""
Writing into the rooms' logs: many drafts, few statements, one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from msgspec import UNSET
from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from chatroom.book import Post, deed_of, write
from chatroom.events import Event, Message
from chatroom.histories import index, orders
from chatroom.histories import schema as db
from chatroom.histories.books import OpenBook
from chatroom.histories.database import Connection, json, paired
from chatroom.histories.entries import change
from chatroom.histories.posts import Room, find_rooms
from chatroom.histories.retention import cut
from chatroom.log import Authority, Deed, Draft, Duplicate, Outcome, Retain

#: How many rooms the writer knows the ends of.
ROOMS_KNOWN: Final = 10_000


class Ends:
    """
    Where the logs end, as the only one who writes knows without asking.

    What is noted here must be committed. Whoever changes rooms in another way, or
    fails to commit, has it forget.
    """

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {}
        #: The id of the next text; 0 if it is not known.
        self.next_text = 0

    def note(self, rooms: Iterable[Room]) -> None:
        """
        Know how *rooms* stand.
        """
        if len(self.rooms) > ROOMS_KNOWN:
            self.rooms.clear()
        self.rooms.update((room.name, room) for room in rooms)

    def forget(self) -> None:
        """
        Ask again.
        """
        self.rooms.clear()
        self.next_text = 0


class Written(NamedTuple):
    """
    What became of drafts, in order; the rooms they made entries in, as they are now;
    and whether a text was erased.
    """

    outcomes: list[Outcome]
    rooms: list[Room]
    erased: bool


def append(connection: Connection, drafts: Sequence[Draft], retain: Retain, ends: Ends) -> Written:
    """
    Store *drafts*, in order. See `IHistory.append`.
    """
    known = _known(connection, drafts)
    books = _books(connection, drafts, ends)
    outcomes: list[Outcome] = []
    ids: list[tuple[str, str, Duplicate]] = []
    for draft in drafts:
        outcome = _outcome(connection, draft, known, books)
        outcomes.append(outcome)
        if isinstance(outcome, Event):
            book = books[draft.room]
            book.wrote(outcome)
            accepted = Duplicate(draft.room, outcome.seq, outcome.time)
            if draft.authority is not None:
                _keep_order(connection, draft, draft.authority, outcome, book)
        elif isinstance(outcome, Deed):
            accepted = Duplicate("", outcome.number, outcome.time)
        else:
            continue
        id = draft.command.id
        if id is not UNSET:
            known[draft.person, id] = accepted
            ids.append((draft.person, id, accepted))
    written = [book for book in books.values() if book.entries]
    if written:
        _name_new_rooms(connection, written)
        _keep_messages(connection, written, ends)
        _keep_changes(connection, written)
        _keep_ends(connection, written, retain)
    if ids:
        connection.insert(
            _NEW_IDS,
            [
                (person, id, books[at.room].room.id if at.room else 0, at.seq, at.time)
                for person, id, at in ids
            ],
        )
    return Written(outcomes, [book.room for book in written], any(book.changed for book in written))


def _keep_order(
    connection: Connection, draft: Draft, authority: Authority, event: Event, book: OpenBook
) -> None:
    """
    Keep what *draft* did to somebody, and that it did.
    """
    deed = deed_of(draft, event, book.post)
    if deed is not None:
        orders.carry_out(connection, authority)
        orders.keep_deed(connection, deed)


def _accepted(condition: ColumnElement[bool]) -> Select[Any]:
    # A deed of the whole server has no room.
    name = func.coalesce(db.rooms.c.name, "")
    return (
        select(db.ids.c.person, db.ids.c.id, name, db.ids.c.seq, db.ids.c.time)
        .select_from(db.ids.outerjoin(db.rooms, db.rooms.c.id == db.ids.c.room))
        .where(condition)
    )


_KNOWN: Final = _accepted(paired(db.ids.c.person, db.ids.c.id, "pairs"))
_ONE_KNOWN: Final = _accepted(
    (db.ids.c.person == bindparam("person")) & (db.ids.c.id == bindparam("id_"))
)
_NEW_IDS: Final = insert(db.ids)


def _known(connection: Connection, drafts: Iterable[Draft]) -> dict[tuple[str, str], Duplicate]:
    """
    Return what was accepted before under the ids of *drafts*.
    """
    pairs = [(draft.person, draft.command.id) for draft in drafts if draft.command.id is not UNSET]
    if not pairs:
        return {}
    if len(pairs) == 1:
        # The usual batch has one draft, and to read a list of one takes twice as long.
        rows = connection.rows(_ONE_KNOWN, person=pairs[0][0], id_=pairs[0][1])
    else:
        rows = connection.rows(_KNOWN, pairs=json(pairs))
    return {(person, id): Duplicate(room, seq, time) for person, id, room, seq, time in rows}


def _books(connection: Connection, drafts: Iterable[Draft], ends: Ends) -> dict[str, OpenBook]:
    """
    Open the books of the rooms that *drafts* are for.
    """
    by_room: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.refusal is None and draft.room:
            by_room.setdefault(draft.room, []).append(draft)
    if not by_room:
        return {}
    known = ends.rooms
    missing = [name for name in by_room if name not in known]
    found = find_rooms(connection, missing) if missing else {}
    return {
        name: OpenBook(connection, known.get(name) or found.get(name) or Room.new(name), theirs)
        for name, theirs in by_room.items()
    }


def _outcome(
    connection: Connection,
    draft: Draft,
    known: dict[tuple[str, str], Duplicate],
    books: dict[str, OpenBook],
) -> Outcome:
    id = draft.command.id
    if id is not UNSET:
        duplicate = known.get((draft.person, id))
        if duplicate is not None:
            return duplicate
    if draft.refusal is not None:
        return draft.refusal
    if not draft.room:
        return orders.serverwide(connection, draft)
    return write(draft, books[draft.room])


_NEW_ROOM: Final = (
    insert(db.rooms)
    .values({name: bindparam(name) for name in Room._fields if name != "id"})
    .returning(db.rooms.c.id)
)


def _name_new_rooms(connection: Connection, books: Iterable[OpenBook]) -> None:
    for book in books:
        if not book.room.id:
            new = book.room._asdict()
            del new["id"]
            (id,) = connection.row(_NEW_ROOM, **new)
            book.room = book.room._replace(id=id)


_LAST_TEXT: Final = select(db.texts.c.id).order_by(db.texts.c.id.desc()).limit(1)
_NEW_TEXTS: Final = insert(db.texts)
_NEW_MESSAGES: Final = insert(db.messages)
_NEW_MENTIONS: Final = insert(db.mentions)
_NO_MENTION: Final = delete(db.mentions).where(
    db.mentions.c.room == bindparam("room"),
    db.mentions.c.person == bindparam("person"),
    db.mentions.c.seq == bindparam("seq"),
)
_ERASED: Final = update(db.texts).where(db.texts.c.id == bindparam("text_id")).values(text="")
_CHANGED: Final = (
    update(db.messages)
    .where(db.messages.c.room == bindparam("in_room"), db.messages.c.seq == bindparam("target"))
    .values(text=bindparam("text"), mentions=bindparam("mentions"), edited=bindparam("edited"))
)


def _keep_messages(connection: Connection, books: Sequence[OpenBook], ends: Ends) -> None:
    """
    Keep the texts as they are after the batch, and who is mentioned in them.
    """
    if not ends.next_text:
        last = connection.row(_LAST_TEXT)
        ends.next_text = 1 if last is None else last[0] + 1
    next_text = count(ends.next_text)
    texts: list[tuple[object, ...]] = []
    messages: list[tuple[object, ...]] = []
    changed: list[dict[str, object]] = []
    erased: list[dict[str, object]] = []
    unmentioned: list[dict[str, object]] = []
    mentioned: list[tuple[object, ...]] = []
    for book in books:
        room = book.room.id
        for post in book.new:
            text = None
            if post.text is not None:
                text = next(next_text)
                texts.append((text, post.text))
            messages.append(_message(room, post, text))
            mentioned += _mentioned(room, post)
        for seq, post in book.changed.items():
            text = None
            if post.text is not None:
                text = next(next_text)
                texts.append((text, post.text))
            new = {"text": text, "mentions": _list(post.mentions), "edited": post.edited}
            changed.append({"in_room": room, "target": seq, **new})
            erased.append({"text_id": book.old.texts[seq]})
            unmentioned += ({"room": room, "person": p, "seq": seq} for p in post.notified)
            mentioned += _mentioned(room, post)
        if book.changed:
            present = {seq: post.text for seq, post in book.changed.items()}
            index.change(connection, book.room, present)
    ends.next_text += len(texts)
    connection.insert(_NEW_TEXTS, texts)
    connection.insert(_NEW_MESSAGES, messages)
    connection.each(_CHANGED, changed)
    connection.each(_ERASED, erased)
    connection.each(_NO_MENTION, unmentioned)
    connection.insert(_NEW_MENTIONS, mentioned)


def _list(persons: tuple[str, ...]) -> str | None:
    return json(persons).decode() if persons else None


def _message(room: int, post: Post, text: int | None) -> tuple[object, ...]:
    """
    Return *post* as a row of ``messages``.
    """
    quoted = post.quoted
    return (
        room,
        post.seq,
        post.time,
        post.person,
        post.name,
        text,
        None if post.id is UNSET else post.id,
        None if post.kind is UNSET else post.kind,
        None if post.reply_to is UNSET else post.reply_to,
        None if quoted is None else quoted.person,
        None if quoted is None else quoted.name,
        _list(post.mentions),
        _list(post.notified),
        post.edited,
    )


def _mentioned(room: int, post: Post) -> Iterable[tuple[object, ...]]:
    """
    Return the rows of ``mentions`` for *post*.
    """
    return (
        (room, person, post.seq)
        for person in post.notified
        if person in post.mentions and person != post.person
    )


_NEW_CHANGES: Final = insert(db.changes)


def _keep_changes(connection: Connection, books: Iterable[OpenBook]) -> None:
    connection.insert(
        _NEW_CHANGES,
        [
            change(book.room.id, event)
            for book in books
            for event in book.entries
            if not isinstance(event, Message)
        ],
    )
    for book in books:
        book.reactions.keep(connection, book.room.id)


_END: Final = (
    update(db.rooms)
    .where(db.rooms.c.id == bindparam("room"))
    .values(seq=bindparam("last"), topic=bindparam("now"), first=bindparam("retained"))
)
_SET: Final = (
    update(db.rooms)
    .where(db.rooms.c.id == bindparam("room"))
    .values({name: bindparam(f"new_{name}") for name in ("slow", "locked", "read_only", "key")})
)
_NEW_ERASURES: Final = insert(db.erasures)
_ERASING: Final = (
    update(db.rooms).where(db.rooms.c.id == bindparam("room")).values(erasing=bindparam("many"))
)


def _keep_ends(connection: Connection, books: Iterable[OpenBook], retain: Retain) -> None:
    ends = []
    for book in books:
        if book.is_set:
            _keep_rules(connection, book)
        if book.purges:
            _keep_purges(connection, book)
        room = book.room._replace(seq=book.seq)
        first = cut(connection, room, retain, book.entries[-1].time)
        book.room = room._replace(first=first)
        ends.append({"room": room.id, "last": room.seq, "now": room.topic, "retained": first})
    connection.each(_END, ends)


def _keep_rules(connection: Connection, book: OpenBook) -> None:
    book.room = room = book.room.set(book.rules)
    connection.run(
        _SET,
        room=room.id,
        new_slow=room.slow,
        new_locked=room.locked,
        new_read_only=room.read_only,
        new_key=room.key,
    )


def _keep_purges(connection: Connection, book: OpenBook) -> None:
    connection.insert(
        _NEW_ERASURES,
        [(book.room.id, seq, person, since, seq) for seq, person, since in book.purges],
    )
    book.room = book.room._replace(erasing=book.room.erasing + len(book.purges))
    connection.run(_ERASING, room=book.room.id, many=book.room.erasing)
