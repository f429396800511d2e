"""
Whether the room is well.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatroom.errors import StorageUnavailable
from chatroom.histories.scribe import Scribe
from chatroom.histories.sql import SqlStore
from chatroom.limits import HEALTH_KEPT_S, HEALTH_TIMEOUT_S
from chatroom.log import Kept
from chatroom.service import ChatService, chat_service
from tests.heads import head
from tests.histories.threadless import NoThreads, SameThread, now
from tests.http import Answer, answers


class Case(SynchronousTestCase):
    """A room that is open, and whose store can be made to fail."""

    def setUp(self) -> None:
        """Open it."""
        self.reactor = MemoryReactorClock()
        self.service: ChatService = chat_service(self.reactor, "tcp:9108")
        self.service.startService()
        self.factory = self.service.factory
        self.probes: list[Deferred[None]] = []

    def break_store(self) -> None:
        """Let the store answer when it is told."""

        def probe() -> Deferred[None]:
            self.probes.append(Deferred())
            return self.probes[-1]

        self.patch(self.factory.chat._store, "probe", probe)

    def connect(self) -> tuple[Any, StringTransport]:
        """Accept a connection."""
        transport = StringTransport()
        protocol = self.factory.buildProtocol(None)
        protocol.makeConnection(transport)
        return protocol, transport

    def ask(self, method: str = "GET", path: str = "/healthz") -> StringTransport:
        """Ask how it is."""
        protocol, transport = self.connect()
        protocol.dataReceived(head(f"{method} {path} HTTP/1.1", "Host: a.example"))
        return transport

    def answer(self, transport: StringTransport) -> Answer:
        """Return the one answer."""
        (answer,) = answers(transport.value())
        return answer


class HealthTests(Case):
    """What is answered, and when."""

    def test_well(self) -> None:
        """An open room whose store answers is well, and nobody keeps that."""
        answer = self.answer(self.ask())

        self.assertEqual((200, b"ok\n"), (answer.status, answer.body))
        self.assertEqual(b"no-store", answer.fields[b"cache-control"])
        self.assertEqual(b"nosniff", answer.fields[b"x-content-type-options"])

    def test_out_of_reach(self) -> None:
        """A store that cannot be read is told in one line, which tells strangers no more."""
        self.break_store()
        asked = self.ask()
        self.assertEqual(b"", asked.value())

        self.probes[0].errback(StorageUnavailable("cannot use /srv/secret"))

        answer = self.answer(asked)
        self.assertEqual((503, b"the store is out of reach\n"), (answer.status, answer.body))

    def test_back_again(self) -> None:
        """As soon as the store answers again the room is well."""
        self.break_store()
        self.ask()
        self.probes[0].errback(StorageUnavailable("no disk"))
        self.reactor.advance(HEALTH_KEPT_S)
        asked = self.ask()

        self.probes[1].callback(None)

        self.assertEqual(200, self.answer(asked).status)

    def test_a_mistake(self) -> None:
        """Whatever else goes wrong is no answer of 200, and is logged."""
        self.break_store()
        asked = self.ask()

        self.probes[0].errback(KeyError("a bug"))

        self.assertEqual(503, self.answer(asked).status)
        self.assertEqual(1, len(self.flushLoggedErrors(KeyError)))

    def test_asked_once(self) -> None:
        """However many ask, the store is asked once, and then not for a moment."""
        self.break_store()
        crowd = [self.ask() for _ in range(9)]
        self.assertEqual(1, len(self.probes))

        self.probes[0].callback(None)

        self.assertEqual([200] * 9, [self.answer(asked).status for asked in crowd])
        self.assertEqual(200, self.answer(self.ask()).status)
        self.assertEqual(1, len(self.probes))
        self.reactor.advance(HEALTH_KEPT_S)
        self.ask()
        self.assertEqual(2, len(self.probes))

    def test_no_answer(self) -> None:
        """A store that says nothing is waited for once; then that is known, until it does."""
        self.break_store()
        asked = self.ask()
        self.reactor.advance(HEALTH_TIMEOUT_S)
        late = self.answer(asked)
        self.assertEqual((503, b"the store does not answer\n"), (late.status, late.body))
        self.assertEqual(503, self.answer(self.ask()).status)
        self.assertEqual(1, len(self.probes))

        self.probes[0].callback(None)

        self.assertEqual(200, self.answer(self.ask()).status)

    def test_stopping(self) -> None:
        """A room that is about to stop is not well, even to who has asked before."""
        self.break_store()
        protocol, transport = self.connect()
        protocol.dataReceived(head("GET /healthz HTTP/1.1", "Host: a.example"))
        self.service.stopService()
        self.probes[0].callback(None)
        protocol.dataReceived(head("GET /healthz HTTP/1.1", "Host: a.example"))

        first, second = answers(transport.value())
        self.assertEqual((503, 503), (first.status, second.status))
        self.assertIn(b"closed", first.body)
        self.service.startService()
        self.reactor.advance(HEALTH_KEPT_S)
        asked = self.ask()
        self.probes[-1].callback(None)
        self.assertEqual(200, self.answer(asked).status)

    def test_a_closed_room_stays_closed(self) -> None:
        """To ask a room that was closed does not open its store again."""
        self.successResultOf(self.service.stopService())
        started: list[str] = []

        def start() -> Deferred[Kept]:
            started.append("again")
            return succeed(Kept())

        self.patch(self.factory.chat._store, "start", start)

        self.assertEqual(503, self.answer(self.ask()).status)
        self.assertEqual([], started)

    def test_head(self) -> None:
        """HEAD tells everything but the line."""
        answer = self.answer(self.ask("HEAD"))

        self.assertEqual((200, b"", 3), (answer.status, answer.body, answer.length))

    def test_other_methods(self) -> None:
        """It is only asked."""
        for method in ("PUT", "DELETE", "OPTIONS"):
            answer = self.answer(self.ask(method))
            self.assertEqual((405, b"GET, HEAD"), (answer.status, answer.fields[b"allow"]))

    def test_who_does_not_wait(self) -> None:
        """Who is gone before the answer is none harms nobody."""
        self.break_store()
        protocol, transport = self.connect()
        protocol.dataReceived(head("GET /healthz HTTP/1.1", "Host: a.example"))
        protocol.connectionLost(Failure(ConnectionResetError()))

        self.probes[0].callback(None)

        self.assertEqual(b"", transport.value())
        self.assertEqual([], self.flushLoggedErrors())


class ProbeTests(SynchronousTestCase):
    """What it costs a database."""

    def test_nothing_is_committed(self) -> None:
        """The question is a read."""
        url = f"sqlite:///{self.mktemp()}/chatroom.sqlite"
        store = SqlStore(SameThread(), url, threads=NoThreads)
        now(store.start())
        self.addCleanup(store.stop)
        commits: list[object] = []
        self.patch(Scribe, "commit", lambda *asked: commits.append(asked))

        now(store.probe())

        self.assertEqual([], commits)

    def test_a_file_that_is_gone(self) -> None:
        """A database that was taken away does not answer."""
        folder = self.mktemp()
        store = SqlStore(SameThread(), f"sqlite:///{folder}/chatroom.sqlite", threads=NoThreads)
        now(store.start())
        self.addCleanup(store.stop)
        store._database.path.rename(f"{folder}/elsewhere")

        self.assertRaises(StorageUnavailable, now, store.probe())
