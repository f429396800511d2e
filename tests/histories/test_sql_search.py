"""
Searching a database: blocks that are in the index, and what came after them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Delete, Select, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement
from twisted.trial.unittest import SynchronousTestCase

from chatroom import histories
from chatroom.commands import Say
from chatroom.histories import finding, index
from chatroom.histories.database import Connection
from chatroom.histories.sql import SqlStore
from chatroom.log import Draft, Hits
from chatroom.words import Query
from tests.histories.contract import delete, edit, said
from tests.histories.threadless import NoThreads, SameThread, now


class SearchTests(SynchronousTestCase):
    """What is found, and how far one has to look for it."""

    def setUp(self) -> None:
        """Open a store whose blocks are small."""
        self.patch(index, "BLOCK", 8)
        url = f"sqlite:///{self.mktemp()}/chatroom.sqlite"
        self.store = SqlStore(SameThread(), url, threads=NoThreads)
        now(self.store.start())
        self.addCleanup(self.store.stop)
        self.looked_through: list[int] = []

    def say(self, *texts: str, room: str = "tea", time: int = 1000) -> None:
        """Say *texts*, a moment between one and the next."""
        about = (room, "ann", "Ann")
        now(
            self.store.history.append(
                [
                    Draft(Say(room=room, text=text), *about, time + number)
                    for number, text in enumerate(texts)
                ]
            )
        )

    def search(self, text: str, *rooms: str, limit: int = 3) -> list[int]:
        """Return the numbers of the messages that are found, and note how many blocks were read."""
        places = index.Lookup.places

        def counting(lookup: index.Lookup, connection: Connection, within: list[int]) -> object:
            self.looked_through += within
            return places(lookup, connection, within)

        self.looked_through.clear()
        patched = self.patch(index.Lookup, "places", counting)
        hits: Hits = now(self.store.history.search(rooms or ["tea"], text, limit))
        patched.restore()
        return [message.seq for message in hits.messages]

    def test_the_newest_are_near(self) -> None:
        """What is said often is found without looking through everything."""
        self.say(*("kettle" for _ in range(400)))

        self.assertEqual([400, 399, 398], self.search("kettle"))
        self.assertEqual(finding.BLOCKS_AT_FIRST, len(self.looked_through))

    def test_the_oldest_is_far(self) -> None:
        """What was said once is found in the first block, too."""
        self.say("teapot", *("kettle" for _ in range(400)))

        self.assertEqual([1], self.search("teapot"))
        self.assertEqual(401 // 8, len(set(self.looked_through)))

    def test_many_words(self) -> None:
        """More words than are looked up must be there as well."""
        self.say("a bc def ghij klmno pqrstu", "a bc def ghij klmno", *("x" for _ in range(20)))

        self.assertEqual([1], self.search("pqrstu klmno ghij def bc a"))
        self.assertEqual([2, 1], self.search("klmno ghij def bc a"))
        self.assertEqual([], self.search("pqrstu klmno ghij def bc a x"))

    def test_a_clock_set_back(self) -> None:
        """The newest by time come first, though they were said before others."""
        self.say(*("kettle" for _ in range(20)), time=9000)
        self.say(*("kettle" for _ in range(100)), time=1000)
        self.say(*("kettle" for _ in range(20)), time=5000, room="cake")

        hits = now(self.store.history.search(["tea", "cake"], "kettle", 21))

        found = [(message.room, message.seq) for message in hits.messages]
        self.assertEqual([("tea", 20 - n) for n in range(20)] + [("cake", 20)], found)

    def test_changes_in_the_index(self) -> None:
        """A block knows the words of its messages as they are now, longer or shorter."""
        self.say(*("kettle" for _ in range(20)))
        long = " ".join(f"word{number}" for number in range(200))

        now(self.store.history.append([edit(1, "teapot"), edit(2, long), delete(3)]))

        self.assertEqual([1], self.search("teapot"))
        self.assertEqual([2], self.search("word7 word199"))
        self.assertEqual([4], self.search("kettle", limit=99)[-1:])
        now(self.store.history.append([edit(2, "kettle")]))
        self.assertEqual([4, 2], self.search("kettle", limit=99)[-2:])
        self.assertEqual([], self.search("word7"))

    def test_a_block_of_nothing(self) -> None:
        """A block whose messages are all deleted is no trouble."""
        now(self.store.history.append([*(said("kettle") for _ in range(7)), said("x")]))
        self.say("y")
        now(self.store.history.append([delete(seq) for seq in range(1, 8)]))
        self.say(*("teapot" for _ in range(20)))

        self.assertEqual([], self.search("kettle"))
        now(self.store.history.append([edit(8, "kettle")]))
        self.assertEqual([8], self.search("kettle"))

    @given(
        texts=st.lists(
            st.text(alphabet="aAbß1茶水カー \u0301", min_size=1, max_size=12),
            min_size=8,
            max_size=8,
        ),
        asked=st.text(alphabet="aAbß1茶水カー ", max_size=5),
    )
    def test_as_the_words_say(self, texts: list[str], asked: str) -> None:
        """What the index has of a text is enough for every query that finds it."""
        query = Query(asked)
        written = index._written(enumerate(texts))
        expected = {place for place, text in enumerate(texts) if query.finds(text)}

        if query:
            lookup = index.Lookup(query)
            count = len(lookup._patterns)
            chunks = [written.get(lookup._values[f"part{n}"], b"") for n in range(count)]  # type: ignore[call-overload]
            self.assertLessEqual(expected, set(lookup.common(chunks)))


class PlanTests(SynchronousTestCase):
    """SQLite goes by the indexes."""

    #: The first, or the last, of a table; small tables; what is done once, at the start.
    ALLOWED = frozenset(
        {"index._LAST_CHUNK", "ledger._LAST_TEXT", "retention._BOUNDS", "tidying._AWAITING"}
        | {"people._KNOWN_ROOMS", "scribe._MARKS", "orders._LAST_DEED"}
        | {f"orders.{name}" for name in ("_ROLES", "_BANS", "_MUTES", "_NO_OLD")}
    )

    def statements(self) -> Iterator[tuple[str, ClauseElement]]:
        """Every statement of the histories, by its name."""
        for name in (
            *("erasing", "finding", "index", "ledger", "orders", "people", "posts"),
            *("reactions", "reading", "retention", "scribe", "tidying"),
        ):
            module: ModuleType = import_module(f"{histories.__name__}.{name}")
            for constant, value in vars(module).items():
                several = value if isinstance(value, list) else [value]
                for one in several:
                    for statement in one if isinstance(one, tuple) else (one,):
                        if isinstance(statement, Select | Update | Delete):
                            yield f"{name}.{constant}", statement
        for words in range(1, index.LOOKED_UP + 1):
            yield f"index._lookup({words})", index._lookup(words)

    def test_no_table_is_read_through(self) -> None:
        """No statement reads a table from one end to the other."""
        path = self.mktemp() + ".sqlite"
        SqlStore(SameThread(), f"sqlite:///{path}", threads=NoThreads).prepare()
        connection = sqlite3.connect(path)
        self.addCleanup(connection.close)
        names = set()
        for name, statement in self.statements():
            names.add(name)
            compiled = statement.compile(dialect=sqlite.dialect())
            asked = [1] * len(compiled.params)
            plan = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", asked).fetchall()
            scans = [
                row[3]
                for row in plan
                if row[3].startswith("SCAN ") and "anon_" not in row[3] and name not in self.ALLOWED
            ]
            self.assertEqual([], scans, name)
        self.assertLess(50, len(names))
        self.assertEqual(set(), self.ALLOWED - names)
