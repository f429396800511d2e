"""
Tests of `chatroom.resource`: the room inside an HTTP server.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Unpack

from hypothesis import given
from hypothesis import strategies as st
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from twisted.web.test.requesthelper import DummyRequest
from zope.interface.verify import verifyObject

from chatroom.authenticators.base import Authenticator
from chatroom.authenticators.cred import Realm
from chatroom.authenticators.several import Several
from chatroom.factory import ChatFactory, RoomOptions
from chatroom.limits import HEAD_TIMEOUT_S
from chatroom.resource import ChatResource
from tests.heads import BAD, HIXIE_76, RFC6455, UPGRADE, cuts, head
from tests.http import Answer, answers
from tests.test_port import KEY3, OPENINGS, SAY

#: What is said by dialect to a room that is not at the root of its server.
OPENINGS_BELOW = {
    dialect: opening.replace(b"GET /chat", b"GET /some/where/chat")
    for dialect, opening in OPENINGS.items()
    if dialect
}

#: What Twisted's server reads in one way, and the port does not pass on to find
#: out whether others would.
TOLERATED = {"an empty line first", "a folded line"}


class Later(Resource):
    """A page that takes its time."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[IRequest] = []

    def render(self, request: IRequest) -> int:
        """Wait until the test says so."""
        self.waiting.append(request)
        return NOT_DONE_YET


class Case(SynchronousTestCase):
    """A server that is not ours, and in it a room below ``/some/where``."""

    def setUp(self) -> None:
        """Build both."""
        self.clock = Clock()
        self.web = Path(self.mktemp())
        self.web.mkdir()
        (self.web / "index.html").write_text("hello")
        self.open()
        self.resource = ChatResource(self.factory)
        self.later = Later()
        some, root = Resource(), Resource()
        root.putChild(b"some", some)
        root.putChild(b"later", self.later)
        some.putChild(b"where", self.resource)
        self.site = Site(root, timeout=HEAD_TIMEOUT_S, reactor=self.clock)

    def open(self, **options: Unpack[RoomOptions]) -> None:
        """Open a room."""
        options["web"] = self.web
        self.factory = ChatFactory(self.clock, **options)

    def connect(self) -> tuple[object, StringTransport]:
        """Accept a connection."""
        channel, transport = self.site.buildProtocol(None), StringTransport()
        assert channel is not None
        channel.makeConnection(transport)
        return channel, transport

    def heard(self, *parts: bytes) -> list[Answer]:
        """Return the answers to *parts*."""
        channel, transport = self.connect()
        for part in parts:
            channel.dataReceived(part)  # type: ignore[attr-defined]
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]
        self.assertEqual([], self.clock.getDelayedCalls())
        found = answers(transport.value())
        for answer in found:
            answer.fields.pop(b"date", None)
        return found

    def get(self, path: str, *headers: str) -> Answer:
        """Return the one answer to a request."""
        (answer,) = self.heard(head(f"GET {path} HTTP/1.1", "Host: a.example:9108", *headers))
        return answer


class Known(Authenticator):
    """Lets in by passwords, and knows visitors."""

    takes_passwords = knows_visitors = True


class Pages(Case):
    """What a browser gets."""

    def test_how_to_come_in(self) -> None:
        """Pages are told how one comes in where there are accounts."""
        realm = Portal(Realm(), [InMemoryUsernamePasswordDatabaseDontUse()])
        ways: list[tuple[RoomOptions, str]] = [
            ({}, ""),
            ({"authenticator": realm}, "guests passwords"),
            ({"authenticator": realm, "guests": "read-only"}, "readers passwords"),
            ({"authenticator": Authenticator(), "guests": "no"}, "accounts"),
            (
                {"authenticator": Several([Known(), Authenticator()])},
                "guests passwords visitors",
            ),
        ]
        (self.web / "index.html").write_text('<meta name="accounts" content="">')
        for options, told in ways:
            self.open(**options)
            self.resource.__init__(self.factory)  # type: ignore[misc]

            body = self.get("/some/where/").body

            self.assertEqual(f'<meta name="accounts" content="{told}">'.encode(), body)

    def test_guests_without_accounts(self) -> None:
        """What guests may do is said where somebody is none."""
        for guests in ("no", "read-only", "maybe"):
            self.assertRaises(ValueError, self.open, guests=guests)
        self.assertRaises(ValueError, self.open, authenticator=Known(), guests="maybe")

    def test_pages(self) -> None:
        """The pages lie below the resource."""
        verifyObject(IResource, self.resource)

        self.assertEqual(b"hello", self.get("/some/where/").body)
        self.assertEqual(404, self.get("/some/where/no").status)
        self.assertEqual(404, self.get("/some/where/some/where/").status)

    def test_into_the_folder(self) -> None:
        """Without its last slash an address leads on to the one with it, relatively."""
        for path, location in (
            ("/some/where", b"./where/"),
            ("/some/where?x=//y", b"./where/?x=//y"),
            ("/some/%77here", b"./%77here/"),
        ):
            answer = self.get(path)
            self.assertEqual((302, location), (answer.status, answer.fields[b"location"]))

    def test_the_room_is_no_page(self) -> None:
        """Who asks for the room without an upgrade is told what it speaks."""
        for path in ("/some/where/chat", "/some/where/chat?x", "/some/where/%63hat"):
            answer = self.get(path)
            self.assertEqual(426, answer.status)
            self.assertEqual(b"websocket", answer.fields[b"upgrade"])
            self.assertIn(b"WebSocket", answer.body)
        self.assertEqual(404, self.get("/some/where/chat/").status)

    def test_other_protocols(self) -> None:
        """A request that is not of HTTP/1.1 can have pages, and no upgrade."""
        request: Any = DummyRequest([b"chat"])
        request.method, request.path = b"GET", b"/chat"
        request.requestHeaders.setRawHeaders(b"Upgrade", [b"websocket"])

        self.resource.render(request)

        self.assertEqual(426, request.responseCode)


class Upgrades(Case):
    """How a connection is taken over."""

    def test_frames_behind_the_handshake_are_heard(self) -> None:
        """In one segment with the handshake, the first frames are answered, in each dialect."""
        for opening in OPENINGS_BELOW.values():
            (answer,) = self.heard(opening)

            self.assertEqual(101, answer.status)
            self.assertEqual(2, answer.body.count(b'"not_welcome"'))

    def test_any_cut_of_an_opening(self) -> None:
        """Cut at every position, an opening is answered byte for byte as uncut."""
        for dialect, opening in OPENINGS_BELOW.items():
            uncut = self.heard(opening)
            for parts in cuts(opening):
                self.assertEqual(uncut, self.heard(*parts), (dialect, parts))

    @given(st.sampled_from(sorted(OPENINGS_BELOW)), st.lists(st.integers(0, 600), max_size=6))
    def test_random_cuts_of_a_conversation(self, dialect: str, places: list[int]) -> None:
        """A page and the room on one connection, cut at many places at once."""
        stream = head("GET /some/where/ HTTP/1.1", "Host: a") + OPENINGS_BELOW[dialect]
        edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]

        page, room = self.heard(*(stream[a:b] for a, b in pairwise(edges)))

        self.assertEqual((200, 101), (page.status, room.status))
        self.assertEqual(2, room.body.count(b'"not_welcome"'))

    def test_the_room_hears_its_own_address(self) -> None:
        """A hixie client is given back its URL byte for byte."""
        opening = head("GET /some/where/chat?a=%20b HTTP/1.1", *UPGRADE)

        (answer,) = self.heard(opening)

        location = answer.fields[b"websocket-location"]
        self.assertEqual(b"ws://a.example:9108/some/where/chat?a=%20b", location)

    def test_behind_a_page_that_takes_its_time(self) -> None:
        """An upgrade that was pipelined behind a slow page waits for it, with all its bytes."""
        for opening in OPENINGS_BELOW.values():
            channel, transport = self.connect()
            channel.dataReceived(head("GET /later HTTP/1.1", "Host: a") + opening[:-9])  # type: ignore[attr-defined]
            channel.dataReceived(opening[-9:])  # type: ignore[attr-defined]
            self.assertEqual(b"", transport.value())

            self.later.waiting.pop().finish()

            page, room = answers(transport.value().replace(b"\r\n\r\n0\r\n\r\n", b"\r\n\r\n"))
            self.assertEqual((200, 101), (page.status, room.status))
            self.assertEqual(2, room.body.count(b'"not_welcome"'))
            channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]

    def test_the_server_lets_go(self) -> None:
        """The server neither pauses nor times out a connection that is not its own."""
        channel, transport = self.connect()
        server = transport.producer
        transport.pauseProducing()
        channel.dataReceived(OPENINGS_BELOW["hixie-75"])  # type: ignore[attr-defined]
        self.assertIsNot(server, transport.producer)
        self.assertEqual("producing", transport.producerState)
        self.clock.advance(HEAD_TIMEOUT_S)
        channel.dataReceived(b"\x00" + SAY + b"\xff")  # type: ignore[attr-defined]

        self.assertFalse(transport.disconnecting)
        (answer,) = answers(transport.value())
        self.assertEqual(3, answer.body.count(b'"not_welcome"'))
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]

    def test_the_end_is_told_to_both(self) -> None:
        """The room forgets a lost connection, and who watches the request is told."""
        ended: list[Failure] = []

        class Watched(ChatResource):
            def render(self, request: IRequest) -> bytes | int:
                assert isinstance(request, Request)
                request.notifyFinish().addErrback(ended.append)
                return super().render(request)

        self.site.resource = Watched(self.factory)
        channel, _ = self.connect()
        channel.dataReceived(OPENINGS["hixie-75"])  # type: ignore[attr-defined]
        self.assertEqual(([], 1), (ended, len(self.factory.clients)))

        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]

        self.assertEqual((1, 0), (len(ended), len(self.factory.clients)))

    def test_key_bytes_have_a_deadline(self) -> None:
        """A hixie-76 client that keeps its eight bytes back is dropped."""
        channel, transport = self.connect()
        opening = head("GET /some/where/chat HTTP/1.1", *HIXIE_76)
        channel.dataReceived(opening + KEY3[:-1])  # type: ignore[attr-defined]
        self.clock.advance(HEAD_TIMEOUT_S)

        self.assertTrue(transport.disconnected)
        self.assertEqual(b"", transport.value())


class Refusals(Case):
    """What is answered as on a port of our own."""

    def test_foreign_pages_and_other_paths(self) -> None:
        """Below the resource, origins and addresses are checked in each dialect."""
        for kind in (RFC6455, HIXIE_76, UPGRADE):
            for path, origin, status in (
                ("/some/where/chat", "http://a.example:9108", 101),
                ("/some/where/chat", "http://b.example", 403),
                ("/some/where/", "http://a.example:9108", 404),
                ("/some/where", "http://a.example:9108", 404),
                ("/some/where/chat/", "http://a.example:9108", 404),
                ("/some/where/x/chat", "http://a.example:9108", 404),
            ):
                raw = head(f"GET {path} HTTP/1.1", *kind, f"Origin: {origin}") + KEY3
                (answer,) = self.heard(raw)
                self.assertEqual(status, answer.status, (path, origin))

    def test_no_body_becomes_frames(self) -> None:
        """An upgrade with a body is refused, and the body is nobody's."""
        body = b"\x00" + SAY + b"\xff"
        for kind in (RFC6455, HIXIE_76, UPGRADE):
            raw = head("GET /some/where/chat HTTP/1.1", *kind, f"Content-Length: {len(body)}")
            (answer,) = self.heard(raw + body + body)
            self.assertEqual(400, answer.status)

    def test_bad_heads(self) -> None:
        """What our own port refuses gets no further here, at most one answer."""
        for name, (_, raw) in BAD.items():
            ours = raw.replace(b" /chat ", b" /some/where/chat ")
            ours = ours.replace(b" / ", b" /some/where/ ")
            if ours == raw or "5000 digits" in name:  # at these Twisted's server fails
                continue
            # "100 Continue" comes from the server, and is no answer yet.
            found = [answer for answer in self.heard(ours) if answer.status != 100]

            self.assertLessEqual(len(found), 1, name)
            for answer in found:
                self.assertEqual(4 if name not in TOLERATED else 2, answer.status // 100, name)


class OwnPort(Case):
    """Upgrades on a kept-alive connection to the room's own port."""

    peer: IAddress | None = None

    def heard(self, *parts: bytes) -> list[Answer]:
        """Return the answers to *parts*."""
        port = self.factory.buildProtocol(self.peer)
        transport = StringTransport(peerAddress=self.peer)
        port.makeConnection(transport)
        for part in parts:
            port.dataReceived(part)
        port.connectionLost(Failure(ConnectionResetError()))
        return answers(transport.value())

    def test_a_page_first(self) -> None:
        """A pooling proxy asks for a page, then for the room, in any cut."""
        page = head("GET / HTTP/1.1", "Host: a")
        for dialect, opening in OPENINGS.items():
            if dialect:
                (fresh,) = self.heard(opening)
                for parts in (
                    [page + opening],
                    [page, opening],
                    [page + opening[:99], opening[99:]],
                ):
                    first, kept = self.heard(*parts)
                    self.assertEqual((200, fresh), (first.status, kept), dialect)

    def test_the_end_is_told(self) -> None:
        """Who has come by a kept-alive connection is gone when that is."""
        for opening in OPENINGS_BELOW.values():
            port = self.factory.buildProtocol(None)
            port.makeConnection(StringTransport())
            port.dataReceived(head("GET / HTTP/1.1", "Host: a"))
            port.dataReceived(opening.replace(b"/some/where", b""))
            self.assertEqual(1, len(self.factory.clients))

            port.connectionLost(Failure(ConnectionResetError()))

            self.assertEqual(0, len(self.factory.clients))

    def test_unknown_hosts(self) -> None:
        """Each request of a connection has to name the room as it is called."""
        self.open(allow_hosts=["room.example"])
        known = head("GET / HTTP/1.1", "Host: room.example:9108")
        for target in ("/", "/no", "/chat", "/invitation.svg", "*", "http://room.example/"):
            unknown = head(f"GET {target} HTTP/1.1", "Host: evil.example")
            statuses = [answer.status for answer in self.heard(known + unknown)]
            self.assertEqual([200, 421], statuses, target)
        for opening in OPENINGS_BELOW.values():
            statuses = [
                answer.status for answer in self.heard(known + opening.replace(b"/some/where", b""))
            ]
            self.assertEqual([200, 421], statuses)

    def test_counted_once(self) -> None:
        """An upgrade on a kept-alive connection is no second connection of its address."""
        self.open(per_address=1)
        self.peer = IPv4Address("TCP", "203.0.113.7", 1234)
        page = head("GET / HTTP/1.1", "Host: a")

        found = self.heard(page + OPENINGS["hixie-75"])

        self.assertEqual([200, 101], [answer.status for answer in found])
        self.assertEqual(0, len(self.factory.dialects.crowd))

    def test_counted_behind_a_proxy(self) -> None:
        """What a trusted proxy keeps alive counts from the upgrade on, for who upgrades."""
        self.open(per_address=1, trust_proxy=1)
        page = head("GET / HTTP/1.1", "Host: a", "X-Forwarded-For: 203.0.113.7")
        room = OPENINGS["hixie-75"].replace(b"Host", b"X-Forwarded-For: 203.0.113.8\r\nHost")
        port = self.factory.buildProtocol(None)
        port.makeConnection(StringTransport())
        port.dataReceived(page + room)
        (session,) = self.factory.clients

        self.assertEqual("203.0.113.8", session.carrier.address)
        self.assertEqual([200, 429], [answer.status for answer in self.heard(page + room)])
        port.connectionLost(Failure(ConnectionResetError()))
        self.assertEqual([200, 101], [answer.status for answer in self.heard(page + room)])

    def test_the_same_refusals(self) -> None:
        """What is refused at the start of a connection is refused later on, too."""
        page = head("GET / HTTP/1.1", "Host: a")
        for name, (_, raw) in BAD.items():
            first, *rest = self.heard(page + raw)

            self.assertEqual(200, first.status)
            self.assertLessEqual(len(rest), 1, name)
            for answer in rest:
                self.assertEqual(4 if name not in TOLERATED else 2, answer.status // 100, name)
