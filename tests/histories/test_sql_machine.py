"""
A database beside a plain model: whatever is said and asked, they agree.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from operator import methodcaller
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec import UNSET
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatroom.commands import Delete, Edit, Kick, React, Say, Set, Values
from chatroom.errors import BadText, ChatError
from chatroom.histories import erasing, finding, index
from chatroom.histories.memory import MemoryStore
from chatroom.histories.posts import find_rooms
from chatroom.histories.sql import SqlStore
from chatroom.log import Authority, Deed, Draft, PersonRecord, Retain
from tests.histories.threadless import NoThreads, SameThread, now

#: What a history is asked, or people.
Ask = Callable[[Any], Deferred[Any]]

PERSONS = ("ann", "bob", "cleo")
WORDS = ("kettle", "kett", "tea", "Straße", "a", "b", "茶", "茶水", "水茶", "カナ", "42")

rooms = st.sampled_from(["tea", "Cake"])
persons = st.sampled_from(PERSONS)
numbers = st.integers(0, 40)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
ids = st.one_of(st.just(UNSET), st.integers(0, 30).map(str))
targets = st.one_of(st.integers(1, 12), numbers)
emoji = st.sampled_from(["🎉", "👍"])


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A draft of any kind, that may be refused, repeated, or about nothing."""
    room, id = draw(rooms), draw(ids)
    kind = draw(st.sampled_from("ssssedrrtapw"))
    command: Any
    person, time = draw(persons), draw(st.integers(0, 20))
    refusal = draw(st.sampled_from([None] * 9 + [BadText("no")]))
    if kind in "apw":
        return draw(acts(kind, room, id, person, time, refusal))
    if kind == "s":
        reply_to = draw(st.one_of(st.just(UNSET), targets))
        action: Any = draw(st.sampled_from([UNSET, UNSET, "action"]))
        command = Say(id=id, room=room, text=draw(texts), reply_to=reply_to, kind=action)
    elif kind == "e":
        command = Edit(id=id, room=room, target=draw(targets), text=draw(texts))
    elif kind == "d":
        command = Delete(id=id, room=room, target=draw(targets))
    elif kind == "r":
        command = React(
            id=id, room=room, target=draw(targets), emoji=draw(emoji), on=draw(st.booleans())
        )
    else:
        command = Set(id=id, room=room, values=draw(values))
    mentions = tuple(draw(st.lists(persons, unique=True, max_size=3)))
    authority = None
    if kind in "dt" and draw(st.booleans()):
        beyond = frozenset(draw(st.lists(persons, max_size=2)))
        authority = Authority(beyond=beyond, key=draw(st.sampled_from([b"1", b"2"])))
    return Draft(command, room, person, person.title(), time, mentions, refusal, authority)


values = st.builds(
    Values,
    topic=st.one_of(st.just(UNSET), texts),
    slow=st.sampled_from([UNSET, 0, 5]),
    locked=st.sampled_from([UNSET, False, True]),
    key=st.sampled_from([UNSET, "x"]),
)


@st.composite
def acts(
    draw: st.DrawFn,
    kind: str,
    room: str,
    id: Any,  # noqa: ANN401 - or UNSET
    person: str,
    time: int,
    refusal: ChatError | None,
) -> Draft:
    """A draft of an act in a room, of a purge, or of an act without a room."""
    target = draw(persons)
    command: Any = Kick(id=id, room=room, target=target)
    if kind == "w":
        room = ""
    act: Any = "purge" if kind == "p" else draw(st.sampled_from(["kick", "mute", "ban", "role"]))
    deed = Deed(
        # A clock may be set back.
        time=time,
        person=person,
        name=person.title(),
        act=act,
        target=target,
        target_name=target.title(),
        room=room or UNSET,
        since=draw(st.integers(0, 20)) if kind == "p" else UNSET,
        role="owner" if act == "role" else UNSET,
    )
    scope = draw(st.sampled_from([room.casefold(), None])) if room else room
    authority = Authority(deed=deed, scope=scope)
    return Draft(command, room, person, person.title(), time, (), refusal, authority)


def plain(outcome: object) -> object:
    """An outcome that can be compared."""
    return (type(outcome), str(outcome)) if isinstance(outcome, ChatError) else outcome


class Machine(RuleBasedStateMachine):
    """Two stores that are told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = mkdtemp()
        self.store: SqlStore | None = None

    @initialize(retain=st.sampled_from([Retain(), Retain(entries=10)]))
    def begin(self, retain: Retain) -> None:
        """Both know the same persons."""
        self.retain = retain
        self.model = MemoryStore(retain)
        self.start()
        for person in PERSONS:
            record = PersonRecord(person, person.title(), 0)
            for store in (self.model, self.sql):
                now(store.people.add(record, person.encode()))

    @property
    def sql(self) -> SqlStore:
        """The store that is open."""
        assert self.store is not None
        return self.store

    def start(self) -> None:
        """Open the database."""
        url = f"sqlite:///{self.folder}/chatroom.sqlite"
        self.store = SqlStore(SameThread(), url, self.retain, threads=NoThreads)
        now(self.store.start())

    def both(self, ask: Ask) -> tuple[Any, Any]:
        """What the two histories answer."""
        return now(ask(self.model.history)), now(ask(self.sql.history))

    def agree(self, ask: Ask) -> None:
        """They answer the same."""
        expected, found = self.both(ask)
        assert expected == found, (expected, found)

    def each(self, ask: Ask) -> None:
        """The people of both answer the same."""
        expected, found = now(ask(self.model.people)), now(ask(self.sql.people))
        assert expected == found, (expected, found)

    @rule(batch=st.lists(drafts(), min_size=1, max_size=6))
    def append(self, batch: list[Draft]) -> None:
        """Something happens, some of it at once."""
        # What is retained is looked at once in a batch, by the model after each entry.
        several = [[draft] for draft in batch] if self.retain.entries else [batch]
        for together in several:
            expected, found = self.both(methodcaller("append", together))
            assert [*map(plain, expected)] == [*map(plain, found)]

    @rule(
        room=rooms,
        limit=st.integers(0, 6),
        where=st.sampled_from([None, "before", "after", "around"]),
        seq=numbers,
    )
    def page(self, room: str, limit: int, where: str | None, seq: int) -> None:
        """Somebody turns a page."""
        asked = {} if where is None else {where: seq}
        self.agree(lambda history: history.page(room, limit, **asked))

    @rule(room=rooms, person=persons, seqs=st.lists(numbers, unique=True))
    def mine(self, room: str, person: str, seqs: list[int]) -> None:
        """Somebody asks for their reactions."""
        self.agree(lambda history: history.mine(room, person, seqs))

    @rule(room=rooms, since=numbers)
    def replay(self, room: str, since: int) -> None:
        """Somebody comes back."""
        self.agree(lambda history: history.replay(room, since))

    @rule(room=rooms, person=persons, after=numbers, until=numbers)
    def unread(self, room: str, person: str, after: int, until: int) -> None:
        """Somebody asks what they have missed."""
        self.agree(lambda history: history.unread(room, person, after, until))

    @rule(asked=st.lists(rooms, unique=True), text=texts, limit=st.integers(1, 4))
    def search(self, asked: list[str], text: str, limit: int) -> None:
        """Somebody searches to the end."""
        start = None
        more = True
        while more:
            expected, found = self.both(methodcaller("search", asked, text, limit, start))
            assert expected == found, (expected, found)
            start, more = found.places[-1] if found.places else None, found.more

    @rule(
        scope=st.sampled_from([None, "", "tea", "cake"]),
        limit=st.integers(1, 5),
        before=st.one_of(st.none(), st.integers(1, 30)),
    )
    def deeds(self, scope: str | None, limit: int, before: int | None) -> None:
        """Somebody reads the moderation log."""
        expected, found = (
            now(store.order.deeds(scope, limit, before)) for store in (self.model, self.sql)
        )
        assert expected == found, (expected, found)

    @rule(person=persons, name=st.sampled_from(["Xaver", "Yann"]))
    def rename(self, person: str, name: str) -> None:
        """Somebody takes another name."""
        self.each(methodcaller("rename", person, name))

    @rule(person=persons, room=rooms, read=numbers)
    def enter(self, person: str, room: str, read: int) -> None:
        """Somebody reads."""
        self.each(methodcaller("enter", person, room, read))
        self.each(methodcaller("find", person.encode()))

    @rule(person=persons, room=rooms)
    def leave(self, person: str, room: str) -> None:
        """Somebody leaves."""
        self.each(methodcaller("leave", person, room))
        self.each(methodcaller("find", person.encode()))

    @invariant()
    def the_writer_knows_the_ends(self) -> None:
        """What it does not ask for is as it is stored."""
        if self.store is not None:
            scribe = self.store._scribe
            connection, ends = scribe._opened(), scribe._ends
            assert ends.rooms == (find_rooms(connection, ends.rooms) if ends.rooms else {})

    @rule()
    def settle_a_little(self) -> None:
        """Some of what can wait is done."""
        scribe = self.sql._scribe
        scribe._ends.forget()
        scribe._tidying.slice(scribe._opened())

    @rule()
    def settle(self) -> None:
        """What can wait is done."""
        now(self.sql.settled())

    @rule()
    def restart(self) -> None:
        """The store is closed and opened again."""
        now(self.sql.stop())
        self.start()

    def teardown(self) -> None:
        """Leave nothing behind."""
        if self.store is not None:
            now(self.store.stop())
        shutil.rmtree(self.folder)


class MachineTests(SynchronousTestCase):
    """The machine, run."""

    def test_machine(self) -> None:
        """Whatever is said and asked, in whatever order, the database agrees with the model."""
        # Blocks so small that many are sealed, and looked through one by one.
        self.patch(index, "BLOCK", 4)
        self.patch(erasing, "SLICE", 3)
        self.patch(finding, "BLOCKS_AT_FIRST", 1)
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=40,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
