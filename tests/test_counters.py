"""
What is counted, and where.
"""

from __future__ import annotations

from twisted.internet.error import ConnectionAborted
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.counters import SILENT, Histogram
from chatroom.events import Deleted, Message, Reacted
from chatroom.factory import ChatFactory
from chatroom.histories import memory
from chatroom.histories.memory import MemoryStore
from chatroom.histories.sql import TIDY_S, SqlStore
from chatroom.interfaces import IStore
from chatroom.limits import HIXIE_PING_S, WEBSOCKET_PING_S
from chatroom.log import PersonRecord, Retain
from chatroom.port import PortSwitch
from tests.heads import BAD, GOOD, HIXIE_76, KEY1, UPGRADE, head
from tests.histories.contract import said
from tests.histories.threadless import NoThreads, SameThread, now
from tests.people import ChatTestCase


class HistogramTests(SynchronousTestCase):
    """Values by their size."""

    def test_buckets(self) -> None:
        """A bound belongs to the bucket below it; what is beyond all has one of its own."""
        histogram = Histogram((1, 5))

        for value in (0, 1, 1.5, 5, 6):
            histogram.note(value)
        histogram.note(2, times=3)

        self.assertEqual([2, 5, 1], histogram.buckets)
        self.assertEqual(19.5, histogram.sum)


class SessionTests(ChatTestCase):
    """What becomes of commands and of connections."""

    def test_entries(self) -> None:
        """What is stored is counted by its kind, once."""
        ann = self.enter("ann", "tea")
        ann.ask("say", room="tea", text="x", id="1")
        ann.ask("say", room="tea", text="x", id="1")
        ann.ask("say", room="tea", text="y")
        ann.ask("react", room="tea", target=1, emoji="🍪", on=True)
        ann.ask("delete", room="tea", target=1)

        self.assertEqual({Message: 2, Reacted: 1, Deleted: 1}, self.chat.counters.entries)

    def test_refused_commands(self) -> None:
        """A refusal is counted by its code, one that is not told as well."""
        ann = self.enter("ann")
        ann.send({"type": "typing", "room": "tea"})
        ann.ask("say", room="tea", text="x")
        ann.send(b"{")

        self.assertEqual({"not_joined": 2, "bad_json": 1}, self.chat.counters.refused_commands)

    def test_closed(self) -> None:
        """A close is counted once, by its code, whoever begins it."""
        silent, slow, bad = self.connect(), self.connect(), self.connect()
        slow.session.overflowed()
        slow.session.close(limits.CLOSE_RESTART, "again")
        bad.session.failing(1009, "too big")
        bad.session.close(1009, "too big")
        self.clock.advance(limits.HELLO_TIMEOUT_S)

        self.assertEqual(limits.CLOSE_POLICY, silent.tape.code)
        self.assertEqual({1013: 1, 1009: 1, 1008: 1}, self.chat.counters.closed)


class PortTests(SynchronousTestCase):
    """What becomes of connections before there is a session."""

    def setUp(self) -> None:
        """Open the port."""
        self.clock = Clock()
        self.factory = ChatFactory(self.clock)

    def connect(self, stream: bytes) -> tuple[PortSwitch, StringTransport]:
        """Send *stream*."""
        transport = StringTransport()
        switch = self.factory.buildProtocol(None)
        switch.makeConnection(transport)
        switch.dataReceived(stream)
        return switch, transport

    def test_refused_heads(self) -> None:
        """A refused head is counted by its status, one whose keys are bad as well."""
        self.connect(BAD["HTTP/0.9"][1])
        self.connect(BAD["too many headers"][1])
        self.connect(head("GET /chat HTTP/1.1", *HIXIE_76, "Origin: http://b.example"))
        self.connect(head("GET /chat HTTP/1.1", *UPGRADE, KEY1, "Sec-WebSocket-Key2: 1") + bytes(8))
        self.connect(GOOD["a page"][1])

        self.assertEqual({400: 2, 431: 1, 403: 1}, self.factory.counters.refused_heads)

    def test_late_heads(self) -> None:
        """One that is not complete in time is counted, though it gets no answer."""
        _, transport = self.connect(b"GET / HT")

        self.clock.advance(limits.HEAD_TIMEOUT_S)

        self.assertTrue(transport.disconnected)
        self.assertEqual({408: 1}, self.factory.counters.refused_heads)

    def test_a_crowd(self) -> None:
        """Connections beyond those that one address may have are counted, answered or not."""
        self.factory = ChatFactory(self.clock, per_address=1)
        for _ in range(3):
            self.connect(GOOD["RFC 6455"][1])

        self.assertEqual({429: 2}, self.factory.counters.refused_heads)

    def test_opened_and_silent(self) -> None:
        """Connections are counted by dialect, and those that answer no ping."""
        for name, silence_s in (("RFC 6455", 2 * WEBSOCKET_PING_S), ("hixie-75", 3 * HIXIE_PING_S)):
            switch, _ = self.connect(GOOD[name][1])
            (session,) = self.factory.clients
            session.welcomed()
            self.clock.pump([1] * int(silence_s + 1))
            switch.connectionLost(Failure(ConnectionAborted()))

        counters = self.factory.counters
        self.assertEqual({"rfc6455": 1, "hixie-75": 1}, counters.opened)
        self.assertEqual({SILENT: 2}, counters.closed)


class EvictionTests(SynchronousTestCase):
    """What is dropped so that no more is kept than may be."""

    def fill(self, store: IStore) -> None:
        """Say something thirty times, in the same room."""
        now(store.history.append([said(str(number), id=str(number)) for number in range(30)]))

    def test_in_memory(self) -> None:
        """Entries, ids and people."""
        self.patch(memory, "IDS_KEPT", 25)
        self.patch(memory, "PERSONS_KEPT", 1)
        store = MemoryStore(Retain(entries=10))
        self.fill(store)
        for name in ("ann", "bob", "eve"):
            now(store.people.add(PersonRecord(name, name, 0), name.encode()))

        kept = len(now(store.history.page("tea", 200)).messages)
        self.assertEqual({"entries": 30 - kept, "ids": 5, "people": 2}, store.counters.evicted)

    def test_in_a_database(self) -> None:
        """Entries: who is who, and which ids there were, is kept."""
        reactor = SameThread()
        url = f"sqlite:///{self.mktemp()}/chatroom.sqlite"
        store = SqlStore(reactor, url, Retain(entries=10), threads=NoThreads)
        now(store.start())
        self.addCleanup(store.stop)
        self.fill(store)
        reactor.advance(TIDY_S)

        kept = len(now(store.history.page("tea", 200)).messages)
        self.assertEqual({"entries": 30 - kept}, store.counters.evicted)
