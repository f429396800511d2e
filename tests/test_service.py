"""
The room as a service.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from chatroom import service
from chatroom.factory import ChatFactory
from chatroom.log import Kept
from chatroom.metrics import MetricsFactory
from chatroom.ownerlink import OwnerLink
from chatroom.service import ChatService, chat_service, endpoint_from
from tests.people import Client
from tests.tls import TLSConnection, write_certificate


class EndpointTests(SynchronousTestCase):
    """What a port may be."""

    def listened(self, port: str) -> list[tuple[int, str]]:
        """The ports and interfaces on which *port* listens."""
        reactor = MemoryReactorClock()
        self.successResultOf(endpoint_from(reactor, port).listen(Factory()))
        return [(number, interface) for number, _, _, interface in reactor.tcpServers]

    def test_a_number(self) -> None:
        """A number is a port on every interface, IPv6 too where there is one."""
        self.patch(service, "takes_ipv4_too", lambda: True)
        self.assertEqual([(9108, "::")], self.listened("9108"))
        self.patch(service, "takes_ipv4_too", lambda: False)
        self.assertEqual([(9108, "")], self.listened("9108"))

    def test_a_description(self) -> None:
        """Anything else is an endpoint description."""
        self.assertEqual([(9108, "127.0.0.1")], self.listened("tcp:9108:interface=127.0.0.1"))

    def test_neither(self) -> None:
        """What is neither is told what was expected."""
        for port in ("abc", "", "tcp:x", "nonsense:1", "65536", "9" * 999, "٣"):
            with self.assertRaises(ValueError) as raised:
                endpoint_from(MemoryReactorClock(), port)
            self.assertRegex(str(raised.exception), "port")

    def test_no_socket_of_systemd(self) -> None:
        """What systemd has not passed is told so, whether it is named or counted."""
        for which in ("index=7", "name=room"):
            with self.assertRaisesRegex(ValueError, "expected a socket from systemd"):
                endpoint_from(MemoryReactorClock(), f"systemd:domain=INET:{which}")

    def test_certificates(self) -> None:
        """A folder without certificates is none to listen with by TLS."""
        folder = Path(self.mktemp())
        folder.mkdir()
        for port in (f"tls:{folder}", f"tls:path={folder}:port=443", "tls:/no/such"):
            with self.assertRaisesRegex(ValueError, "expected a folder with .pem files"):
                endpoint_from(MemoryReactorClock(), port)
        write_certificate(folder / "both.pem")
        endpoint_from(MemoryReactorClock(), f"tls:{folder}:port=443")

    def test_ipv6(self) -> None:
        """To ask whether a machine has IPv6 changes nothing, whatever the answer."""
        self.assertIn(service.takes_ipv4_too(), (True, False))

    def test_without_ipv6(self) -> None:
        """A machine without IPv6 has sockets for IPv4 alone."""

        def no_socket(*_: object) -> None:
            raise OSError("no such family")

        self.patch(service, "socket", no_socket)
        self.assertFalse(service.takes_ipv4_too())


@implementer(IStreamServerEndpoint)
class Pending:
    """An endpoint that takes its time."""

    def __init__(self) -> None:
        self.listening: Deferred[IListeningPort] = Deferred()

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """See `IStreamServerEndpoint`."""
        return self.listening


class ServiceTests(SynchronousTestCase):
    """Starting and stopping."""

    def setUp(self) -> None:
        """Make a reactor of memory."""
        self.reactor = MemoryReactorClock()

    def test_nothing_before_the_start(self) -> None:
        """To make the service starts nothing: twistd forks later."""
        made = chat_service(self.reactor, "tcp:9108")

        self.assertEqual([], self.reactor.tcpServers)
        made.privilegedStartService()
        made.startService()
        self.assertEqual(1, len(self.reactor.tcpServers))

    def test_where_it_is_open(self) -> None:
        """The log says so once the store is open, and again after another start."""
        made = chat_service(self.reactor, "tcp:9108:interface=127.0.0.1")
        for _ in range(2):
            with capturedLogs() as early:
                made.privilegedStartService()
            with capturedLogs() as logs:
                made.startService()
            self.successResultOf(made.stopService())

            self.assertNotIn("is open at", str([event["log_format"] for event in early]))
            urls = [event["url"] for event in logs if "url" in event]
            self.assertEqual("http://localhost:9108/", urls[0])
            self.assertEqual(len(set(urls)), len(urls))

    def test_the_link_for_its_owner(self) -> None:
        """It is made at the start, for the addresses that the room has."""
        room = ChatFactory(self.reactor)
        path = Path(self.mktemp())
        endpoint = endpoint_from(self.reactor, "tcp:9108:interface=127.0.0.1")
        made = ChatService(room, {"tcp": endpoint}, owner_link=OwnerLink(path))
        made.startService()

        link = path.read_text()
        self.assertTrue(link.startswith("http://localhost:9108/#owner="), link)
        self.successResultOf(made.stopService())

    def test_what_it_listens_with(self) -> None:
        """It is the room's factory, on every port that was asked for."""
        made = chat_service(self.reactor, "tcp:1", "tcp:2", rooms=["tea"])
        made.startService()

        self.assertEqual(
            [(1, made.factory), (2, made.factory)],
            [(number, factory) for number, factory, _, _ in self.reactor.tcpServers],
        )

    def test_stop(self) -> None:
        """Everybody is told, and it has stopped when the last one is gone."""
        made = chat_service(self.reactor, "tcp:9108")
        made.startService()
        ann = Client(made.factory.chat, self.reactor)
        made.factory.clients.add(ann.session)

        stopped = made.stopService()

        self.assertEqual(1001, ann.tape.code)
        self.assertIn(ann.heard[-1]["retry_after"], range(1, 11))
        self.assertNoResult(stopped)
        made.factory.disconnected(ann.session)
        self.assertIsNone(self.successResultOf(stopped))

    def test_the_store_hears_of_the_last_one(self) -> None:
        """Since when people are gone is kept before the store is closed."""
        made = chat_service(self.reactor, "tcp:9108")
        made.startService()
        chat = made.factory.chat
        told: list[str] = []

        def note(what: str) -> Deferred[None]:
            told.append(what)
            return succeed(None)

        self.patch(chat.records, "seen", lambda *_: note("seen"))
        self.patch(chat._store, "stop", lambda: note("stop"))
        ann = Client(chat, self.reactor)
        ann.session._clients = made.factory
        made.factory.connected(ann.session)
        ann.ask("hello", name="Ann")
        stopped = made.stopService()

        ann.leaves_the_net()

        self.assertIsNone(self.successResultOf(stopped))
        self.assertEqual(["seen", "stop"], told)

    def test_stop_during_the_start(self) -> None:
        """What was about to be done with the open store is not done, and is no trouble."""
        room, path = ChatFactory(self.reactor), Path(self.mktemp())
        made = ChatService(room, {}, owner_link=OwnerLink(path))
        opening: Deferred[Kept] = Deferred()
        self.patch(room.chat._store, "start", lambda: opening)
        made.startService()
        stopped = made.stopService()
        self.assertNoResult(stopped)

        opening.callback(Kept())

        self.assertIsNone(self.successResultOf(stopped))
        self.assertFalse(path.exists())

    def test_stop_twice(self) -> None:
        """Both who have stopped it hear when it has."""
        made = chat_service(self.reactor, "tcp:9108")
        made.startService()
        ann = Client(made.factory.chat, self.reactor)
        made.factory.clients.add(ann.session)

        stopped = [made.stopService(), made.stopService()]

        for one in stopped:
            self.assertNoResult(one)
        made.factory.disconnected(ann.session)
        for one in stopped:
            self.assertIsNone(self.successResultOf(one))

    def test_who_comes_too_late(self) -> None:
        """Behind a port that is still open nobody comes in, nor keeps it from stopping."""
        made = chat_service(self.reactor, "tcp:9108")
        made.startService()
        ann, bob, cleo = (Client(made.factory.chat, self.reactor) for _ in range(3))
        made.factory.connected(ann.session)
        stopped = made.stopService()

        made.factory.connected(bob.session)
        self.assertEqual(1001, bob.tape.code)
        made.factory.disconnected(ann.session)

        self.assertIsNone(self.successResultOf(stopped))
        self.assertEqual("storage_unavailable", cleo.ask("hello", name="Cleo")["code"])

        made.factory.open()
        made.factory.connected(cleo.session)
        self.assertIsNone(cleo.tape.code)
        self.assertEqual("welcome", cleo.ask("hello", name="Cleo")["type"])

    def test_start_again(self) -> None:
        """A service that was stopped can be started; who was here is not here any more."""
        made = chat_service(self.reactor, "tcp:9108")
        made.startService()
        ann = Client(made.factory.chat, self.reactor)
        ann.ask("hello", name="Ann")
        ann.ask("join", room="lobby")
        ann.ask("join", room="tea")
        ann.leaves_the_net()
        self.successResultOf(made.stopService())

        made.startService()
        bob = Client(made.factory.chat, self.reactor)
        made.factory.connected(bob.session)
        self.assertEqual("welcome", bob.ask("hello", name="Bob")["type"])

        self.assertIsNone(bob.tape.code)
        self.assertEqual(2, len(self.reactor.tcpServers))
        self.assertEqual(1, bob.ask("join", room="lobby")["count"])
        self.assertEqual(["lobby"], [line["room"] for line in bob.ask("rooms")["rooms"]])

    def test_stop_with_nobody(self) -> None:
        """With nobody there it stops at once."""
        made = chat_service(self.reactor, "tcp:9108")
        made.startService()

        self.assertIsNone(self.successResultOf(made.stopService()))

    def test_a_port_that_is_taken(self) -> None:
        """Who starts the service is told."""

        def taken(*_: object, **__: object) -> None:
            raise CannotListenError("", 9108, OSError(98, "Address already in use"))

        self.patch(self.reactor, "listenTCP", taken)

        made = chat_service(self.reactor, "tcp:9107", "tcp:9108")
        self.assertRaises(CannotListenError, made.startService)

    def test_a_port_that_is_free_again(self) -> None:
        """A start that has failed leaves no port open, and can be tried again."""
        listen, is_taken = self.reactor.listenTCP, True

        def listen_or_fail(port: int, *args: Any, **more: Any) -> object:
            if port == 9108 and is_taken:
                raise CannotListenError("", port, OSError(98, "Address already in use"))
            return listen(port, *args, **more)

        self.patch(self.reactor, "listenTCP", listen_or_fail)
        made = chat_service(self.reactor, "tcp:9107", "tcp:9108")
        self.assertRaises(CannotListenError, made.startService)
        self.assertEqual([], made.ports)

        is_taken = False
        made.startService()

        self.assertEqual(2, len(made.ports))
        self.assertEqual([9107, 9107, 9108], [number for number, *_ in self.reactor.tcpServers])

    def test_a_port_that_fails_later(self) -> None:
        """What has nobody to tell is logged."""
        endpoint = Pending()
        made = ChatService(chat_service(self.reactor).factory, {"later": endpoint})
        made.startService()

        endpoint.listening.errback(OSError("no such interface"))

        self.assertEqual(1, len(self.flushLoggedErrors(OSError)))

    def test_stop_before_it_listens(self) -> None:
        """An endpoint that has not answered is not waited for."""
        endpoint = Pending()
        made = ChatService(chat_service(self.reactor).factory, {"later": endpoint})
        made.startService()

        self.assertIsNone(self.successResultOf(made.stopService()))


class FactoryTests(SynchronousTestCase):
    """What a connection meets."""

    def test_browsers_that_ask_first(self) -> None:
        """Under TLS a browser says what it speaks before it does, and is spoken to."""
        pem = Path(self.mktemp())
        write_certificate(pem)
        room = chat_service(MemoryReactorClock()).factory
        for factory in (room, MetricsFactory(room)):
            for speaks in ([], [b"h2", b"http/1.1"], [b"http/1.1"]):
                connection = TLSConnection(factory, pem, Clock(), speaks)

                connection.say(b"GET /metrics HTTP/1.1\r\nHost: example.org\r\n\r\n")

                self.assertTrue(connection.client.heard.startswith(b"HTTP/1.1 "), speaks)

    def test_pages_and_room_on_one_port(self) -> None:
        """A browser's request is answered with the page."""
        factory = chat_service(MemoryReactorClock()).factory
        transport = StringTransport()
        protocol: Any = factory.buildProtocol(None)
        protocol.makeConnection(transport)

        protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")

        self.assertTrue(transport.value().startswith(b"HTTP/1.1 200 "))
        self.assertIn(b"Content-Type: text/html", transport.value())
