"""
The room in numbers, for Prometheus.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Site
from zope.interface import implementer

from chatroom.errors import StorageUnavailable
from chatroom.health import HealthResource
from chatroom.limits import HEAD_TIMEOUT_S
from chatroom.metrics import MetricsFactory, MetricsResource
from chatroom.service import chat_service
from tests.heads import BAD, GOOD, head
from tests.http import Answer, answers
from tests.people import Client

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "operating.md"


class Case(SynchronousTestCase):
    """A room that is watched."""

    def setUp(self) -> None:
        """Open both ports."""
        self.reactor = MemoryReactorClock()
        self.service = chat_service(self.reactor, "tcp:9108", metrics="9109")
        self.service.startService()
        self.factory = self.service.factory

    def enter(self, name: str) -> Client:
        """Somebody who is in the lobby."""
        client = Client(self.factory.chat, self.reactor)
        client.session._clients = self.factory
        self.factory.connected(client.session)
        client.ask("hello", name=name)
        client.ask("join", room="lobby")
        return client

    def connect(self) -> tuple[Any, StringTransport]:
        """Accept a connection to the port of the metrics."""
        factory: Any = self.reactor.tcpServers[1][1]
        transport = StringTransport()
        protocol = factory.buildProtocol(None)
        protocol.makeConnection(transport)
        return protocol, transport

    def get(self, path: str = "/metrics", method: str = "GET") -> Answer:
        """Return the one answer to a request."""
        protocol, transport = self.connect()
        protocol.dataReceived(head(f"{method} {path} HTTP/1.1", "Host: localhost:9109"))
        self.assertTrue(transport.disconnecting)
        (answer,) = answers(transport.value())
        return answer

    def families(self) -> list[Metric]:
        """Return what is told."""
        return list(text_string_to_metric_families(self.get().body.decode()))

    def values(self) -> dict[str, float]:
        """Return all values, by their names and labels as written."""
        lines = self.get().body.decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


class MetricsTests(Case):
    """What is told."""

    def test_how_it_stands(self) -> None:
        """Connections, people, rooms, and what waits, as it is at that moment."""
        ann, bob = self.enter("ann"), self.enter("bob")
        ann.ask("join", room="tea")
        ann.tape.waiting_bytes, bob.tape.waiting_bytes = 100, 50

        values = self.values()

        self.assertEqual(2, values['chatroom_connections{dialect="bare"}'])
        self.assertEqual(0, values['chatroom_connections{dialect="hixie-76"}'])
        self.assertEqual(2, values["chatroom_people"])
        self.assertEqual(2, values["chatroom_rooms"])
        self.assertEqual(150, values["chatroom_unsent_bytes"])
        self.assertEqual(100, values["chatroom_unsent_bytes_max"])
        self.assertEqual(0, values["chatroom_commands_waiting"])
        bob.leaves_the_net()
        self.assertEqual(1, self.values()["chatroom_people"])

    def test_what_waits(self) -> None:
        """Commands that a slow reader's wait behind, and writes behind a commit."""
        ann = self.enter("ann")
        ann.tape.waiting_bytes = 2**20
        ann.send({"type": "ping"})
        ann.send({"type": "ping"})
        self.patch(self.factory.chat._store, "waiting", 7)

        values = self.values()

        self.assertEqual(2, values["chatroom_commands_waiting"])
        self.assertEqual(7, values["chatroom_writes_waiting"])

    def test_what_happened(self) -> None:
        """Sums, by what happened; what never did is a 0, so that the first time is seen."""
        ann = self.enter("ann")
        ann.ask("say", room="lobby", text="x")
        ann.ask("say", room="tea", text="x")
        counters = self.factory.counters
        counters.refused_heads[403] += 3
        counters.evicted["ids"] += 4
        ann.session.close(1013, "you read too slowly")

        values = self.values()

        for name, value in (
            ('connections_opened_total{dialect="bare"}', 1),
            ('connections_closed_total{code="1013"}', 1),
            ('connections_closed_total{code="1006"}', 0),
            ('heads_refused_total{status="403"}', 3),
            ('heads_refused_total{status="431"}', 0),
            ('commands_refused_total{code="not_joined"}', 1),
            (f'commands_refused_total{{code="{StorageUnavailable.code}"}}', 0),
            ('entries_total{type="message"}', 1),
            ('entries_total{type="reacted"}', 0),
            ('evicted_total{what="ids"}', 4),
            ('evicted_total{what="entries"}', 0),
        ):
            self.assertEqual(value, values[f"chatroom_{name}"], name)

    def test_how_long_it_took(self) -> None:
        """Histograms are cumulative, as Prometheus has them."""
        acks = self.factory.counters.acks
        for seconds in (0.001, 0.02, 0.03, 60):
            acks.note(seconds)

        values = self.values()

        for bound, count in (("0.001", 1), ("0.025", 2), ("0.05", 3), ("10.0", 3), ("+Inf", 4)):
            self.assertEqual(count, values[f'chatroom_ack_seconds_bucket{{le="{bound}"}}'])
        self.assertEqual(4, values["chatroom_ack_seconds_count"])
        self.assertAlmostEqual(60.051, values["chatroom_ack_seconds_sum"])

    def test_the_process(self) -> None:
        """Memory, processor time and descriptors are told as everybody's are."""
        values = self.values()

        self.assertGreater(values["process_resident_memory_bytes"], 2**20)
        self.assertGreater(values["process_open_fds"], 2)

    def test_a_room_of_its_own(self) -> None:
        """Two rooms of one program do not count each other's."""
        other = chat_service(self.reactor, "tcp:9208", metrics="9209")
        other.startService()
        self.enter("ann")

        self.assertEqual(0, sum(other.factory.counters.opened.values()))
        self.assertEqual(1, sum(self.factory.counters.opened.values()))

    def test_every_metric_is_explained(self) -> None:
        """Each of the room's metrics has its line in the table for operators, and no others."""
        rows = re.findall(r"(?m)^\| `chatroom_(\w+)`", DOCUMENT.read_text(encoding="utf-8"))
        told = {
            family.name + ("_total" if family.type == "counter" else "")
            for family in self.families()
        }

        self.assertEqual(
            sorted(name for name in told if name.startswith("chatroom_")),
            sorted(f"chatroom_{name}" for name in rows),
        )


class PortTests(Case):
    """How it is told."""

    def test_the_answer(self) -> None:
        """It is nobody's to keep, and the connection ends with it."""
        answer = self.get()

        self.assertEqual(200, answer.status)
        self.assertEqual(
            b"text/plain; version=0.0.4; charset=utf-8", answer.fields[b"content-type"]
        )
        for name, value in (
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            (b"server", b"chatroom"),
            (b"x-content-type-options", b"nosniff"),
        ):
            self.assertEqual(value, answer.fields[name])

    def test_anything_else(self) -> None:
        """There is nothing else there, least of all the room."""
        self.assertEqual((404, "/metrics"), (self.get("/").status, "/metrics"))
        self.assertIn(b"at /metrics", self.get("/metrics/x").body)
        self.assertEqual(405, self.get(method="DELETE").status)
        bare = self.get(method="HEAD")
        self.assertEqual((200, b""), (bare.status, bare.body))
        for name in ("RFC 6455", "hixie-76", "hixie-75"):
            protocol, transport = self.connect()
            protocol.dataReceived(GOOD[name][1])
            (answer,) = answers(transport.value())
            self.assertEqual(404, answer.status, name)

    def test_row_8_heads_are_judged_as_the_rooms_are(self) -> None:
        """Bad heads are refused, slow ones dropped; neither counts as the room's."""
        for status, raw in BAD.values():
            protocol, transport = self.connect()
            protocol.dataReceived(raw)
            self.assertEqual(status, answers(transport.value())[0].status)
        protocol, transport = self.connect()
        protocol.dataReceived(b"GET /met")
        self.reactor.advance(HEAD_TIMEOUT_S)

        self.assertTrue(transport.disconnected)
        self.assertEqual(0, sum(self.factory.counters.refused_heads.values()))

    def test_a_bug(self) -> None:
        """What cannot be told is an error, logged, and harms nothing."""
        self.patch(self.factory, "clients", None)

        self.assertEqual(500, self.get().status)
        self.assertEqual(1, len(self.flushLoggedErrors(TypeError)))


class ServiceTests(Case):
    """When it listens, and where."""

    def listened(self, metrics: str) -> list[tuple[int, str]]:
        """Where there are metrics if *metrics* is said."""
        reactor = MemoryReactorClock()
        chat_service(reactor, "tcp:9108", metrics=metrics).privilegedStartService()
        return [(number, interface) for number, _, _, interface in reactor.tcpServers[1:]]

    def test_a_number(self) -> None:
        """A number is for this machine alone; a description says where."""
        self.assertEqual([(9109, "127.0.0.1")], self.listened("9109"))
        self.assertEqual([(1, "10.0.0.1")], self.listened("tcp:1:interface=10.0.0.1"))

    def test_neither(self) -> None:
        """What is neither is told what was expected."""
        for metrics in ("abc", "65536", ""):
            with self.assertRaisesRegex(ValueError, "port"):
                chat_service(self.reactor, metrics=metrics)

    def test_nothing_before_the_start(self) -> None:
        """To make the service listens nowhere, nor is there a port nobody asked for."""
        reactor = MemoryReactorClock()
        chat_service(reactor, metrics="9109")
        self.assertEqual([], reactor.tcpServers)
        chat_service(reactor, "tcp:9108").startService()
        self.assertEqual(1, len(reactor.tcpServers))

    def test_a_port_that_is_taken(self) -> None:
        """Who starts the service is told."""
        listen = self.reactor.listenTCP

        def taken(port: int, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if port == 9109:
                raise CannotListenError("127.0.0.1", port, OSError(98, "Address already in use"))
            return listen(port, *args, **kwargs)

        self.patch(self.reactor, "listenTCP", taken)

        self.assertRaises(
            CannotListenError, chat_service(self.reactor, "tcp:1", metrics="9109").startService
        )

    def test_the_log(self) -> None:
        """The log says where."""
        said: list[str] = []

        @implementer(ILogObserver)
        def note(event: LogEvent) -> None:
            if event.get("log_namespace") == "chatroom.service":
                said.append(event["log_format"].format(**event))

        globalLogPublisher.addObserver(note)
        self.addCleanup(globalLogPublisher.removeObserver, note)
        chat_service(MemoryReactorClock(), "tcp:9108", metrics="9109").startService()

        said = [line for line in said if line.startswith("Metrics")]
        self.assertIn("Metrics are at http://localhost:9109/metrics", said)

    def test_stop(self) -> None:
        """Both ports are closed when it stops."""
        closed: list[object] = []
        for port in self.service.ports:
            self.patch(port, "stopListening", lambda port=port: closed.append(port))
        ports = list(self.service.ports)

        self.successResultOf(self.service.stopService())

        self.assertEqual(2, len(ports))
        self.assertEqual(ports, closed)

    def test_embedded(self) -> None:
        """A program can listen for the metrics of its room itself."""
        factory = MetricsFactory(self.factory)
        transport = StringTransport()
        protocol = factory.buildProtocol(None)
        protocol.makeConnection(transport)

        protocol.dataReceived(head("GET /metrics HTTP/1.1", "Host: localhost"))

        self.assertEqual(200, answers(transport.value())[0].status)

    def test_below_a_site(self) -> None:
        """A program can put what is told, and whether all is well, into a site of its own."""
        root = Resource()
        root.putChild(b"watch", MetricsResource(self.factory))
        root.putChild(b"well", HealthResource(self.factory))
        channel: Any = Site(root, reactor=self.reactor).buildProtocol(None)
        transport = StringTransport()
        channel.makeConnection(transport)

        channel.dataReceived(head("GET /well HTTP/1.1", "Host: localhost"))
        channel.dataReceived(head("GET /watch/metrics HTTP/1.1", "Host: localhost"))

        well, metrics = answers(transport.value())
        self.assertEqual((200, b"ok\n"), (well.status, well.body))
        self.assertIn(b"chatroom_people 0", metrics.body)
