"""
How a database is made, opened, brought up to date and closed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface.verify import verifyObject

from chatroom.commands import Say, Values
from chatroom.errors import StorageUnavailable
from chatroom.events import Message, Settings
from chatroom.histories import index
from chatroom.histories.migrate import STEPS, migrate
from chatroom.histories.schema import METADATA
from chatroom.histories.sql import TIDY_S, SqlStore
from chatroom.interfaces import IStore
from chatroom.log import (
    Draft,
    Duplicate,
    Kept,
    OrderRecord,
    Outcome,
    PersonRecord,
    Retain,
    RoomRecord,
)
from chatroom.rules import Rules
from tests.histories.contract import delete, said, topic
from tests.histories.ordered import acted, setting
from tests.histories.threadless import NoThreads, SameThread, now

HOUR = 3_600_000


class Opening(SynchronousTestCase):
    """Stores in one file, without threads."""

    def setUp(self) -> None:
        """Nothing is there."""
        self.folder = Path(self.mktemp())
        self.file = self.folder / "chatroom.sqlite"
        self.time = 10 * HOUR
        self.reactor = SameThread()

    def store(self, retain: Retain = Retain()) -> SqlStore:
        """Return a store."""
        return SqlStore(
            self.reactor,
            f"sqlite:///{self.file}",
            retain,
            now=lambda: self.time,
            threads=NoThreads,
        )

    def open(self, retain: Retain = Retain()) -> SqlStore:
        """Return one that is open until the end of the test."""
        store = self.store(retain)
        self.kept: Kept = now(store.start())
        self.addCleanup(store.stop)
        return store

    def refused(self, store: IStore | None = None) -> str:
        """Return why the database cannot be used."""
        with self.assertRaises(StorageUnavailable) as start:
            now((store or self.store()).start())
        with self.assertRaises(StorageUnavailable) as prepare:
            self.store().prepare()
        self.assertEqual(start.exception.reason, prepare.exception.reason)
        self.assertNotIn("\n", start.exception.reason)
        return str(start.exception)


class FileTests(Opening):
    """The file and its folder."""

    def test_nothing_before(self) -> None:
        """Nothing is on the disk until the store is started."""
        store = self.store()

        self.assertFalse(self.folder.exists())
        now(store.stop())
        verifyObject(IStore, store)

    def test_for_this_user_alone(self) -> None:
        """Nobody else can read the folder, the database or what is written ahead."""
        before = os.umask(0)
        self.addCleanup(os.umask, before)

        store = self.open()
        now(store.history.append([said("a")]))

        self.assertEqual(0o700, self.folder.stat().st_mode & 0o777)
        files = sorted(self.folder.iterdir())
        self.assertEqual(
            ["", "-lock", "-shm", "-wal"], [f.name.removeprefix(self.file.name) for f in files]
        )
        self.assertEqual({0o600}, {file.stat().st_mode & 0o777 for file in files})

    def test_what_is_there_keeps_its_mode(self) -> None:
        """A folder and a file that are there are taken as they are."""
        self.folder.mkdir(mode=0o750)
        self.file.touch(mode=0o640)

        self.open()

        modes = [path.stat().st_mode & 0o777 for path in (self.folder, self.file)]
        self.assertEqual([0o750, 0o640], modes)

    def test_prepared(self) -> None:
        """What is prepared is not open, and can be started here or elsewhere."""
        store = self.store()
        store.prepare()
        store.prepare()
        self.assertEqual([self.file], list(self.folder.iterdir()))

        self.assertEqual(Kept(), now(store.start()))
        now(store.stop())

    def test_stopped(self) -> None:
        """A store that is stopped has put everything in its place, and does no more."""
        store = self.open()
        now(store.history.append([said("a")]))

        now(store.stop())
        now(store.stop())

        self.assertEqual([self.file], list(self.folder.iterdir()))
        for answer in (store.history.append([said("b")]), store.history.page("tea", 1)):
            self.failureResultOf(answer, StorageUnavailable)
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_urls(self) -> None:
        """What is no database of ours is refused at once, in a sentence."""
        for url in ("x", "", "sqlite://", "sqlite:///:memory:", "postgresql://localhost/chat"):
            with self.assertRaises(ValueError):
                SqlStore(self.reactor, url)

    def test_not_a_folder(self) -> None:
        """A file is in the place of the folder."""
        self.folder.touch()

        self.assertIn(str(self.file), self.refused())

    def test_gone_since(self) -> None:
        """What was prepared is not there any more."""
        store = self.store()
        store.prepare()
        self.file.unlink()

        answer = self.failureResultOf(store.start(), StorageUnavailable)
        self.assertIn(str(self.file), answer.value.reason)

    def test_a_folder(self) -> None:
        """A folder is in the place of the file."""
        self.file.mkdir(parents=True)

        self.assertIn(str(self.file), self.refused())

    def test_not_a_database(self) -> None:
        """A file of another kind is left as it is."""
        self.folder.mkdir()
        self.file.write_text("a letter to my mother " * 100)

        self.assertIn("file is not a database", self.refused())
        self.assertEqual("a letter to my mother " * 100, self.file.read_text())


class RestartTests(Opening):
    """What is there when a store is opened again."""

    def again(self, store: SqlStore, retain: Retain = Retain()) -> SqlStore:
        """Close *store* and open another one."""
        now(store.stop())
        return self.open(retain)

    def test_everything(self) -> None:
        """The log's life, its rooms, and ids that were accepted."""
        store = self.open()
        now(store.history.append([said("a", id="1"), topic("hot"), said("x", room="Cake")]))

        again = self.again(store)

        self.assertEqual(
            (store.history.epoch, store.people.secret),
            (again.history.epoch, again.people.secret),
        )
        self.assertTrue(again.history.epoch)
        self.assertEqual(
            [RoomRecord("tea", 2, Rules("hot")), RoomRecord("Cake", 1, Rules())], self.kept.rooms
        )
        (outcome,) = now(again.history.append([said("b", id="1", room="Cake")]))
        self.assertEqual(Duplicate("tea", 1, 1000), outcome)

    def test_lives(self) -> None:
        """Each database has an epoch and a secret of its own."""
        one = self.open()
        self.file = self.folder / "other.sqlite"
        other = self.open()

        self.assertNotEqual(one.history.epoch, other.history.epoch)
        self.assertNotEqual(one.people.secret, other.people.secret)

    def test_names_are_held(self) -> None:
        """Who is gone for less than an hour is known, and who was there at a crash."""
        store = self.open()
        gone = {"long": self.time - HOUR, "short": self.time - HOUR + 1, "now": self.time}
        for person in (*gone, "here"):
            now(store.people.add(PersonRecord(person, person.title(), 5), person.encode()))
        for person, since in gone.items():
            now(store.people.seen(person, since))
        now(store.people.enter("here", "tea", 3))
        self.time += 1

        self.again(store)

        self.assertEqual(
            [
                (PersonRecord("now", "Now", 5, token_hash=b"now"), self.time - 1),
                (PersonRecord("here", "Here", 5, {"tea": 3}, b"here"), self.time),
            ],
            self.kept.people,
        )

    def test_retain_less(self) -> None:
        """What is retained can be less than before; it goes at once."""
        store = self.open()
        now(store.history.append([said(str(number)) for number in range(100)]))

        again = self.again(store, Retain(entries=10))
        now(again.settled())

        page = now(again.history.page("tea", 200))
        self.assertEqual(
            [str(n) for n in range(90, 100)], [message.text for message in page.messages]
        )

    def test_age(self) -> None:
        """What is too old goes, also from where nobody says anything."""
        store = self.open(Retain(age_ms=HOUR))
        old = Draft(Say(room="tea", text="old"), "tea", "ann", "Ann", self.time)
        now(store.history.append([old] * 3))
        self.time += 2 * HOUR
        self.reactor.advance(TIDY_S)

        page = now(store.history.page("tea", 200))
        self.assertEqual(([], 3, False), (page.messages, page.seq, page.older))
        again = self.again(store)
        (event,) = now(again.history.append([said("new")]))
        self.assertEqual(4, event.seq)

    def test_what_was_not_done_yet(self) -> None:
        """What could wait when the store was closed is done by the next one."""
        self.patch(index, "BLOCK", 4)
        store = self.open()
        store._scribe._tidying._awaiting = Forgetful()
        now(store.history.append([said("kettle") for _ in range(9)]))

        again = self.again(store)
        now(again.settled())

        connection = again._scribe._opened()
        rooms = connection._cursor.execute("SELECT sealed FROM rooms").fetchall()
        self.assertEqual([(2,)], rooms)
        hits = now(again.history.search(["tea"], "kettle", 50))
        self.assertEqual(9, len(hits.messages))


class Forgetful(dict[int, None]):
    """Keeps nothing."""

    def __setitem__(self, key: int, value: None) -> None:
        """Forget it."""


#: Somebody said something, somebody reacted to it, and somebody set the topic.
OF_THE_FIRST_VERSION = (
    "INSERT INTO rooms VALUES (1, 'tea', 'hot', 3, 1, 1, 0)",
    "INSERT INTO texts VALUES (1, 'kettle')",
    (
        "INSERT INTO messages VALUES"
        " (1, 1, 1000, 'ann', 'Ann', 1, '1', NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
    ),
    "INSERT INTO ids VALUES ('ann', '1', 1, 1, 1000)",
    "INSERT INTO changes VALUES (1, 2, 1000, 'ann', 'Ann', 'reacted', 1, 'x', 1, NULL)",
    "INSERT INTO reactions VALUES (1, 1, 'x', 'ann', 2)",
    "INSERT INTO tallies VALUES (1, 1, 'x', 2, 1)",
    "INSERT INTO changes VALUES (1, 3, 1000, 'ann', 'Ann', 'set', NULL, NULL, NULL, 'hot')",
)


class MigrationTests(Opening):
    """From any version to this one."""

    def steps(self) -> list[str]:
        """The versions there were, oldest first."""
        config = Config()
        config.set_main_option("script_location", str(STEPS))
        steps = ScriptDirectory.from_config(config).walk_revisions()
        return [step.revision for step in steps][::-1]

    def test_from_each_version(self) -> None:
        """A database of each version becomes what the schema says."""
        for step in self.steps():
            engine = create_engine("sqlite://")
            with engine.begin() as connection:
                migrate(connection, step)
                migrate(connection)
                context = MigrationContext.configure(connection)
                self.assertEqual([], compare_metadata(context, METADATA))
                self.assertEqual((self.steps()[-1],), context.get_current_heads())
                self.assertEqual(self.made(METADATA.create_all), self.made_by(connection))
            engine.dispose()

    def test_what_was_there_before_there_was_order(self) -> None:
        """A log of the first version is there afterwards, with rooms that have no rules."""
        self.folder.mkdir()
        engine = create_engine(f"sqlite:///{self.file}")
        with engine.begin() as connection:
            migrate(connection, "0001")
            for statement in OF_THE_FIRST_VERSION:
                connection.exec_driver_sql(statement)
        engine.dispose()

        store = self.open()

        self.assertEqual([RoomRecord("tea", 3, Rules("hot"))], self.kept.rooms)
        self.assertEqual(OrderRecord(), self.kept.order)
        replay = now(store.history.replay("tea", 0))
        self.assertEqual(["Message", "Reacted", "Set"], [type(e).__name__ for e in replay.events])
        self.assertEqual(Settings(topic="hot"), replay.events[-1].values)
        drafts = [said("b", id="1"), setting(Values(slow=5), None), acted("purge", since=0)]
        known, changed, purge = now(store.history.append(drafts))
        self.assertEqual(Duplicate("tea", 1, 1000), known)
        self.assertEqual((4, 5), (changed.seq, purge.seq))
        now(store.settled())
        self.assertEqual(
            [None], [m.text or None for m in now(store.history.page("tea", 9)).messages]
        )

    def made(self, make: Any) -> set[str]:  # noqa: ANN401 - of SQLAlchemy
        """The tables and indexes that *make* makes, in SQLite's words."""
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            make(connection)
            found = self.made_by(connection)
        engine.dispose()
        return found

    def made_by(self, connection: sqlalchemy.Connection) -> set[str]:
        """The tables and indexes there are, in SQLite's words."""
        query = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE '%alembic%' AND sql NOTNULL"
        found = connection.exec_driver_sql(query).scalars()
        return {" ".join(sorted(sql.replace(",", " ").split())) for sql in found}

    def test_of_a_newer_version(self) -> None:
        """A database of a newer version is refused, and left as it is."""
        now(self.open().stop())
        with sqlite3.connect(self.file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = 'f00'")
        connection.close()
        before = self.file.read_bytes()

        self.assertIn("newer version", self.refused())
        self.assertEqual(before, self.file.read_bytes())

    def test_of_another_program(self) -> None:
        """Another program's database is refused, and left as it is."""
        self.folder.mkdir()
        with sqlite3.connect(self.file) as connection:
            connection.execute("CREATE TABLE recipes (cake)")
        connection.close()

        self.assertIn("another program", self.refused())


def numbered(outcomes: list[Outcome]) -> int:
    """The number of the one message among *outcomes*."""
    (message,) = outcomes
    assert isinstance(message, Message)
    return message.seq


def out_of_order() -> None:
    """Fail as a disk does."""
    raise StorageUnavailable("no disk")


class ThreadTests(TestCase):
    """With threads."""

    async def test_begin_and_end(self) -> None:
        """Threads are there from start to stop; what was asked before is answered."""
        before = set(threading.enumerate())
        store = SqlStore(reactor, f"sqlite:///{self.mktemp()}/chatroom.sqlite")
        self.assertEqual(before, set(threading.enumerate()))
        await store.start()
        answers = [store.history.append([said(str(number))]) for number in range(100)]
        page = store.history.page("tea", 10)

        stopping = store.stop()

        self.assertEqual(list(range(1, 101)), [numbered(await answer) for answer in answers])
        await page
        await stopping
        self.assertEqual(before, set(threading.enumerate()))

    async def test_not_started(self) -> None:
        """A store that cannot be started leaves no threads behind."""
        before = set(threading.enumerate())
        store = SqlStore(reactor, f"sqlite:///{__file__}/chatroom.sqlite")

        await self.assertFailure(store.start(), StorageUnavailable)

        self.assertEqual(before, set(threading.enumerate()))

    async def test_start_again(self) -> None:
        """What could not be started may be later; so may what was stopped."""
        before = set(threading.enumerate())
        store = SqlStore(reactor, f"sqlite:///{self.mktemp()}/chatroom.sqlite")
        self.addCleanup(store.stop)
        patched = self.patch(store._scribe, "prepare", out_of_order)
        await self.assertFailure(store.start(), StorageUnavailable)
        patched.restore()

        for number in (1, 3):
            await store.start()
            self.assertEqual(number, numbered(await store.history.append([said("x")])))
            await store.history.append([delete(number)])
            await store.settled()
            self.assertFalse(store._scribe.untidy)
            await store.stop()

        self.assertEqual(before, set(threading.enumerate()))

    async def test_many_at_once(self) -> None:
        """While many write, what is read is always one moment."""
        store = SqlStore(reactor, f"sqlite:///{self.mktemp()}/chatroom.sqlite")
        await store.start()
        self.addCleanup(store.stop)

        reads: list[Deferred[Any]] = []
        writes = []
        for number in range(300):
            writes.append(store.history.append([said(str(number))]))
            reads.append(store.history.page("tea", 200))
            reads.append(store.history.replay("tea", 0))

        for read in reads:
            found = await read
            events = getattr(found, "messages", None) or getattr(found, "events", [])
            self.assertEqual(found.seq, events[-1].seq if events else 0)
        self.assertEqual(300, numbered(await writes[-1]))
