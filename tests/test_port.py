"""
Tests of `chatroom.port`: what a connection becomes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from zope.interface.verify import verifyObject

from chatroom.authenticators.base import Authenticator
from chatroom.channel import make_site
from chatroom.choice import Dialects
from chatroom.crowd import Crowd
from chatroom.factory import ChatFactory
from chatroom.limits import BODY_BYTES, CLOSE_TIMEOUT_S, HEAD_BYTES, HEAD_TIMEOUT_S
from chatroom.port import PortSwitch
from tests.heads import BAD, GOOD, HIXIE_76, KEY, RFC6455, UPGRADE, cuts, head
from tests.tls import TLSConnection, write_certificate

KEY3 = b"^n:ds[4U"

#: How an answer begins.
ANSWER = re.compile(rb"HTTP/1\.1 \d")

#: A command that is answered at once and the same each time: not yet welcome.
SAY = b'{"type":"leave","room":"lobby","id":"x"}'


def masked(payload: bytes) -> bytes:
    """
    Frame a short text as an RFC 6455 client does; the mask is zero.
    """
    return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload


#: By dialect: a whole opening, with the first frames right behind it.
OPENINGS = {
    "rfc6455": GOOD["RFC 6455"][1] + masked(SAY) * 2,
    "hixie-76": GOOD["hixie-76"][1] + KEY3 + (b"\x00" + SAY + b"\xff") * 2,
    "hixie-75": GOOD["hixie-75"][1] + (b"\x00" + SAY + b"\xff") * 2,
    "": GOOD["a page"][1] + head("GET /no HTTP/1.1", "Host: a", "Connection: close"),
}


#: An upgrade, and nothing behind it.
RFC6455_HEAD = GOOD["RFC 6455"][1]


class Speaker(Protocol):
    """Tells on the wire what it is called and what it hears."""

    is_known = False
    lost = 0

    def dataReceived(self, data: bytes) -> None:
        """Say who hears it, once, and echo."""
        assert isinstance(self.factory, Speakers)
        assert self.transport is not None
        if not self.is_known:
            self.transport.write(self.factory.name + b": ")
            self.is_known = True
        self.transport.write(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Count."""
        self.lost += 1


class Speakers(Factory):
    """Builds them, or refuses to."""

    protocol = Speaker
    is_full = False

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.asked: list[IAddress | None] = []
        self.built: list[Speaker] = []

    def buildProtocol(self, addr: IAddress | None) -> Speaker | None:
        """Note for whom."""
        self.asked.append(addr)
        if self.is_full:
            return None
        self.built.append(speaker := Speaker())
        speaker.factory = self
        return speaker


class Case(SynchronousTestCase):
    """A port whose dialects only say which of them was chosen."""

    def setUp(self) -> None:
        """Open the port."""
        self.clock = Clock()
        self.websocket = Speakers(b"rfc6455")
        self.hixie = Speakers(b"hixie")
        self.site = Speakers(b"site")
        self.dialects = Dialects(self.websocket, self.hixie, self.clock)

    def connect(self) -> tuple[PortSwitch, StringTransport]:
        """Accept a connection."""
        switch, transport = PortSwitch(self.dialects, self.site), StringTransport()
        switch.makeConnection(transport)
        return switch, transport

    def heard(self, *parts: bytes) -> bytes:
        """Return all that a client hears that says *parts*."""
        switch, transport = self.connect()
        for part in parts:
            switch.dataReceived(part)
        switch.connectionLost(Failure(ConnectionResetError()))
        value: bytes = transport.value()
        return value

    def status(self, *parts: bytes) -> int:
        """Return the status of the one answer to *parts*."""
        answer = self.heard(*parts)
        self.assertEqual(1, len(ANSWER.findall(answer)), answer)
        return int(answer.split()[1])


class Choice(Case):
    """What speaks on."""

    def test_nothing_is_said_first(self) -> None:
        """No banner: who connects speaks first."""
        self.assertEqual(b"", self.heard())

    def test_each_head_goes_to_its_own(self) -> None:
        """Every good head arrives whole, with what follows, where it belongs."""
        for name, (dialect, raw) in GOOD.items():
            said = raw + KEY3 + b"more"
            speaker = {"": b"site", "rfc6455": b"rfc6455"}.get(dialect, b"hixie")

            self.assertEqual(speaker + b": " + said, self.heard(said), name)

    def test_any_cut_of_a_good_head(self) -> None:
        """However the stream is cut, the same one hears the same."""
        for name, (_, raw) in GOOD.items():
            if len(raw) > HEAD_BYTES // 2:
                continue
            uncut = self.heard(raw + KEY3 + b"more")
            for parts in cuts(raw + KEY3 + b"more"):
                self.assertEqual(uncut, self.heard(*parts), name)

    def test_any_cut_of_a_bad_head(self) -> None:
        """However a bad head is cut, it gets one answer, and the same one."""
        for name, (status, raw) in BAD.items():
            self.assertEqual(status, self.status(raw), name)
            if len(raw) > HEAD_BYTES // 2:
                continue
            for parts in cuts(raw):
                self.assertEqual(status, self.status(*parts), name)

    def test_any_cut_of_a_refused_upgrade(self) -> None:
        """What is refused for where it comes from or goes to is so in any cut."""
        foreign = head("GET /chat HTTP/1.1", *HIXIE_76, "Origin: http://b.example")
        for status, raw in ((403, foreign), (404, GOOD["hixie-75"][1].replace(b"/chat", b"/"))):
            for parts in cuts(raw + KEY3):
                self.assertEqual(status, self.status(*parts))

    def test_the_peer_is_known(self) -> None:
        """Who serves a connection learns whose it is."""
        self.heard(GOOD["hixie-75"][1])

        self.assertEqual([StringTransport().getPeer()], self.hixie.asked)

    def test_nothing_of_the_switch_is_left(self) -> None:
        """After the choice the transport calls the chosen one directly."""
        switch, _ = self.connect()
        switch.dataReceived(GOOD["RFC 6455"][1])
        (speaker,) = self.websocket.built

        self.assertEqual(speaker.dataReceived, switch.dataReceived)
        self.assertEqual(set(), {"_parser", "_read", "_chosen", "_deadline"} & set(vars(switch)))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_body_comes_first(self) -> None:
        """The site hears of a request when all of it is there; what is too long, at once."""
        request = head("POST / HTTP/1.1", "Host: a", "Content-Length: 007")
        switch, transport = self.connect()

        switch.dataReceived(request + b"123456")
        self.assertEqual(b"", transport.value())
        switch.dataReceived(b"7")

        self.assertEqual(b"site: " + request + b"1234567", transport.value())
        for refused in (
            head("POST / HTTP/1.1", "Host: a", f"Content-Length: {BODY_BYTES + 1}"),
            head("POST / HTTP/1.1", "Host: a", "Content-Length: 7", "Expect: 100-continue"),
            head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"),
        ):
            self.assertEqual(b"site: " + refused, self.heard(refused))

    def test_who_can_take_no_more(self) -> None:
        """A factory that is full refuses in good form."""
        self.hixie.is_full = True

        self.assertEqual(503, self.status(GOOD["hixie-75"][1]))

    def test_no_header_grows_inside_a_value(self) -> None:
        """U+0085, where Autobahn sees the end of a line, does not reach it."""
        raw = head("GET /chat HTTP/1.1", *RFC6455, "Cookie: a\x85Origin: http://b", "Origin: null")

        self.dialects = replace(self.dialects, allow_origins=frozenset({"null"}))

        self.assertIn(b"\r\nCookie: a?Origin: http://b\r\n", self.heard(raw))


class Refusals(Case):
    """Who is not let in."""

    def upgrades(self, path: str, *headers: str) -> list[bytes]:
        """An upgrade of each dialect."""
        return [
            head(f"GET {path} HTTP/1.1", *kind, *headers) for kind in (RFC6455, HIXIE_76, UPGRADE)
        ]

    def test_another_path(self) -> None:
        """There is one room address; queries and escapes do not change it."""
        for path in ("/", "/chat/", "/chatter", "//chat", "/a/chat", "/Chat", "http://a/chat", "*"):
            for raw in self.upgrades(path):
                self.assertEqual(404, self.status(raw), path)
        for path in ("/chat?", "/chat?token=x", "/%63hat"):
            for raw in self.upgrades(path):
                self.assertIn(b": GET /", self.heard(raw + KEY3), path)

    def test_another_path_on_purpose(self) -> None:
        """The room's address can be chosen."""
        self.dialects = replace(self.dialects, path=b"/a/b")
        for raw in self.upgrades("/a/b"):
            self.assertIn(b": GET /a/b", self.heard(raw + KEY3))

    def test_foreign_pages(self) -> None:
        """A page of another site enters in no dialect, unless it is invited."""
        upgrades = self.upgrades("/chat", "Origin: http://b.example")
        for raw in upgrades:
            self.assertEqual(403, self.status(raw + KEY3))

        self.dialects = replace(self.dialects, allow_origins=frozenset({"http://b.example:80"}))
        for raw in upgrades:
            self.assertIn(b": GET /chat", self.heard(raw + KEY3))

    def test_own_pages(self) -> None:
        """A page of the same host and port enters, with cookies too."""
        for raw in self.upgrades("/chat", "Origin: http://a.example:9108", "Cookie: a=b"):
            self.assertIn(b": GET /chat", self.heard(raw + KEY3))

    def test_cookies_without_an_origin(self) -> None:
        """Cookies are a browser's, and a browser names the page."""
        for raw in self.upgrades("/chat", "Cookie: a=b"):
            self.assertEqual(403, self.status(raw + KEY3))

    def test_the_origin_of_version_8(self) -> None:
        """The origin is checked under its earlier name too, and beside the other."""
        eight = (*UPGRADE, KEY, "Sec-WebSocket-Version: 8")
        own, foreign = "http://a.example:9108", "http://b.example"
        for origins, expected in (
            ([f"Sec-WebSocket-Origin: {own}"], b"rfc6455: "),
            ([f"Sec-WebSocket-Origin: {foreign}"], b"HTTP/1.1 403 "),
            ([f"Sec-WebSocket-Origin: {own}", f"Origin: {foreign}"], b"HTTP/1.1 403 "),
            ([f"Sec-WebSocket-Origin: {foreign}", f"Origin: {own}"], b"HTTP/1.1 403 "),
        ):
            heard = self.heard(head("GET /chat HTTP/1.1", *eight, *origins))
            self.assertTrue(heard.startswith(expected), (origins, heard))

    def test_other_versions(self) -> None:
        """Other versions are told which ones are spoken."""
        for version in ("0", "7", "9", "14", "013", "x", "", "13, 8"):
            raw = head("GET /chat HTTP/1.1", *UPGRADE, KEY, f"Sec-WebSocket-Version: {version}")

            answer = self.heard(raw)

            self.assertIn(b"HTTP/1.1 426 ", answer, version)
            self.assertIn(b"\r\nSec-WebSocket-Version: 13, 8\r\n", answer)
            self.assertIn(b"\r\nUpgrade: websocket\r\n", answer)

    def test_hixie_turned_off(self) -> None:
        """Without hixie its clients are refused, and others are not."""
        self.dialects = replace(self.dialects, hixie=None)
        rfc, *old = self.upgrades("/chat")

        for raw in old:
            self.assertEqual(426, self.status(raw + KEY3))
        self.assertIn(b"rfc6455: ", self.heard(rfc))

    def test_no_site(self) -> None:
        """A port that leads nowhere but into the room says so."""
        switch, transport = PortSwitch(self.dialects, None), StringTransport()
        switch.makeConnection(transport)
        switch.dataReceived(GOOD["a page"][1])

        self.assertTrue(transport.value().startswith(b"HTTP/1.1 426 "))

    def test_what_a_refusal_looks_like(self) -> None:
        """An answer is whole, short, protected and the last one; it tells no version."""
        switch, transport = self.connect()
        switch.dataReceived(BAD["two Hosts"][1] + GOOD["a page"][1])
        switch.dataReceived(GOOD["a page"][1])

        top, _, body = transport.value().partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in top.split(b"\r\n")[1:])
        self.assertTrue(top.startswith(b"HTTP/1.1 400 Bad Request\r\n"))
        self.assertEqual(b"%d" % len(body), fields[b"Content-Length"])
        self.assertEqual(b"close", fields[b"Connection"])
        self.assertEqual(b"chatroom", fields[b"Server"])
        self.assertEqual(b"nosniff", fields[b"X-Content-Type-Options"])
        self.assertEqual(b"no-referrer", fields[b"Referrer-Policy"])
        self.assertIn(b"default-src 'none'", fields[b"Content-Security-Policy"])
        self.assertIn(b"frame-ancestors 'none'", fields[b"Content-Security-Policy"])
        self.assertTrue(fields[b"Date"].endswith(b" GMT"))
        self.assertIn(b"one Host", body)
        self.assertTrue(transport.disconnecting)


class Deadlines(Case):
    """How long it may take."""

    def drip(self, raw: bytes, seconds: float) -> StringTransport:
        """Say *raw* byte by byte, the last one after *seconds*."""
        switch, transport = self.connect()
        for i in range(len(raw)):
            switch.dataReceived(raw[i : i + 1])
            self.clock.advance(seconds / len(raw))
        self.clock.advance(0.001)
        return transport

    def test_a_head_in_time(self) -> None:
        """A slow head is served when it is complete in time."""
        transport = self.drip(GOOD["RFC 6455"][1], HEAD_TIMEOUT_S - 0.1)
        self.clock.advance(HEAD_TIMEOUT_S)

        self.assertFalse(transport.disconnecting)
        self.assertIn(b"rfc6455: ", transport.value())

    def test_bytes_do_not_move_the_deadline(self) -> None:
        """However it drips, a head that is late ends the connection."""
        transport = self.drip(GOOD["RFC 6455"][1][:-1], HEAD_TIMEOUT_S)

        self.assertTrue(transport.disconnected)
        self.assertEqual(b"", transport.value())

    def test_key_bytes_belong_to_the_head(self) -> None:
        """A hixie-76 client's eight bytes meet the same deadline."""
        transport = self.drip(GOOD["hixie-76"][1] + KEY3[:-1], HEAD_TIMEOUT_S)

        self.assertTrue(transport.disconnected)
        self.assertEqual([], self.hixie.asked)

    def test_silence(self) -> None:
        """Who connects and says nothing is dropped as well."""
        switch, transport = self.connect()
        self.clock.advance(HEAD_TIMEOUT_S - 0.1)
        self.assertFalse(transport.disconnected)
        self.clock.advance(0.1)
        self.assertTrue(transport.disconnected)
        switch.connectionLost(Failure(ConnectionAborted()))

    def test_who_leaves_early_leaves_nothing(self) -> None:
        """A connection that ends before or after its answer leaves no timer."""
        for said in (b"", GOOD["a page"][1][:9], BAD["two Hosts"][1]):
            switch, _ = self.connect()
            switch.dataReceived(said)
            switch.connectionLost(Failure(ConnectionResetError()))

            self.assertEqual([], self.clock.getDelayedCalls(), said)

    def test_who_does_not_leave(self) -> None:
        """A refused peer that holds the connection open loses it soon."""
        switch, transport = self.connect()
        switch.dataReceived(BAD["two Hosts"][1])
        self.clock.advance(CLOSE_TIMEOUT_S)

        self.assertTrue(transport.disconnected)


class Crowds(Case):
    """How many connections an address may have."""

    def setUp(self) -> None:
        """Allow two."""
        super().setUp()
        self.dialects = replace(self.dialects, crowd=Crowd(2))

    def come(
        self, host: str = "203.0.113.7", *, say: bytes = b""
    ) -> tuple[PortSwitch, StringTransport]:
        """Accept a connection from *host*."""
        switch = PortSwitch(self.dialects, self.site)
        transport = StringTransport(peerAddress=IPv4Address("TCP", host, 1234))
        switch.makeConnection(transport)
        if say:
            switch.dataReceived(say)
        return switch, transport

    def leave(self, switch: PortSwitch) -> None:
        """Let a connection end."""
        switch.connectionLost(Failure(ConnectionResetError()))

    def by_proxy(self, *hosts: str, opening: bytes = RFC6455_HEAD) -> StringTransport:
        """Upgrade through a proxy that names *hosts*."""
        lines = "".join(f"X-Forwarded-For: {host}\r\n" for host in hosts).encode()
        return self.come("127.0.0.1", say=opening[:-2] + lines + b"\r\n")[1]

    def test_counted_from_accept(self) -> None:
        """One more is closed before it says anything, and costs no deadline."""
        self.come()
        self.come()
        switch, transport = self.come()
        switch.dataReceived(RFC6455_HEAD)

        self.assertTrue(transport.disconnected)
        self.assertEqual(b"", transport.value())
        self.assertEqual(2, len(self.clock.getDelayedCalls()))
        self.assertFalse(self.come("203.0.113.8")[1].disconnected)

    def test_counted_to_the_end(self) -> None:
        """Whatever a connection has become, its place is free when it is gone."""
        for say in (b"", b"GET", BAD["two Hosts"][1], GOOD["a page"][1], RFC6455_HEAD):
            switches = [self.come(say=say)[0] for _ in range(2)]
            refused, transport = self.come()
            self.assertTrue(transport.disconnected, say)
            for switch in (refused, *switches):
                self.leave(switch)
        self.assertEqual(0, len(self.dialects.crowd))

    def test_this_machine_is_not_counted(self) -> None:
        """Nor is a peer without an address."""
        for _ in range(3):
            self.assertFalse(self.come("127.0.0.1")[1].disconnected)

    def test_by_the_proxy_protocol(self) -> None:
        """Whom the PROXY header names is counted, from its first head on."""
        for host, answers in (("7", b"rfc"), ("7", b"rfc"), ("7", b"HTTP/1.1 429 "), ("8", b"rfc")):
            port = Factory.forProtocol(lambda: PortSwitch(self.dialects, self.site))
            proxied = HAProxyWrappingFactory(port).buildProtocol(None)
            assert proxied is not None
            transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.9", 1))
            proxied.makeConnection(transport)
            proxied.dataReceived(b"PROXY TCP4 203.0.113.%b 192.0.2.1 1234 80\r\n" % host.encode())
            proxied.dataReceived(RFC6455_HEAD)
            self.assertTrue(transport.value().startswith(answers), transport.value())

    def test_by_a_trusted_proxy(self) -> None:
        """Whom it names is counted, and served; the proxy itself is not."""
        self.dialects = replace(self.dialects, trusted_proxies=1)
        answers = [
            self.by_proxy(*hosts).value()[:12]
            for hosts in (
                ["203.0.113.7"],
                ["203.0.113.9", "203.0.113.7"],
                ["203.0.113.8, 203.0.113.7"],
                ["203.0.113.8"],
            )
        ]

        self.assertEqual(
            [b"rfc6455: GET", b"rfc6455: GET", b"HTTP/1.1 429", b"rfc6455: GET"], answers
        )
        clients = [IPv4Address("TCP", f"203.0.113.{number}", 0) for number in (7, 7, 8)]
        self.assertEqual(clients, self.websocket.asked)

    def test_pages_by_a_trusted_proxy(self) -> None:
        """A proxy may ask for everybody's pages over the same connections."""
        self.dialects = replace(self.dialects, trusted_proxies=1)
        for _ in range(3):
            page = self.by_proxy("203.0.113.7", opening=GOOD["a page"][1])
            self.assertTrue(page.value().startswith(b"site: "))

    def test_a_proxy_that_names_nobody(self) -> None:
        """Counts as what it is; what it says breaks nothing."""
        self.dialects = replace(self.dialects, trusted_proxies=2)
        for hosts in ([], ["unknown"], ["\xff,,"], ["x" * 999, "192.0.2.1"]):
            self.assertTrue(self.by_proxy(*hosts).value().startswith(b"rfc6455: "), hosts)
        (peer,) = set(self.websocket.asked)
        self.assertEqual(IPv4Address("TCP", "127.0.0.1", 1234), peer)

    def test_nobody_is_believed_unasked(self) -> None:
        """Without trust, a client cannot name another in its place."""
        for host in ("192.0.2.1", "192.0.2.2"):
            self.come(say=RFC6455_HEAD[:-2] + f"X-Forwarded-For: {host}\r\n\r\n".encode())

        self.assertEqual(2 * [IPv4Address("TCP", "203.0.113.7", 1234)], self.websocket.asked)
        self.assertTrue(self.come()[1].disconnected)


class Hosts(Case):
    """Under which names the room may be asked for."""

    def test_unknown_hosts(self) -> None:
        """Pages and upgrades of any dialect are refused under another name."""
        for host, status in (("room.example", None), ("evil.example", 421)):
            self.dialects = replace(self.dialects, allow_hosts=frozenset({"room.example"}))
            for opening in OPENINGS.values():
                renamed = re.sub(rb"Host: [^\r]*", f"Host: {host}:9108".encode(), opening)
                if status is None:
                    self.assertFalse(self.heard(renamed).startswith(b"HTTP/1.1 421"), renamed)
                else:
                    self.assertEqual(status, self.status(renamed))


class Ends(Case):
    """How connections end."""

    def test_the_chosen_one_is_told(self) -> None:
        """The end of a connection reaches who speaks on it, once."""
        switch, _ = self.connect()
        switch.dataReceived(GOOD["a page"][1])
        switch.connectionLost(Failure(ConnectionResetError()))

        self.assertEqual(1, self.site.built[0].lost)

    def test_a_half_closed_peer_hears_the_rest(self) -> None:
        """A peer that says no more still gets what was written."""
        switch, transport = self.connect()
        verifyObject(IHalfCloseableProtocol, switch)
        switch.dataReceived(GOOD["a page"][1])
        switch.readConnectionLost()
        switch.writeConnectionLost()

        self.assertTrue(transport.disconnecting)
        self.assertFalse(transport.disconnected)
        self.assertEqual(0, self.site.built[0].lost)

    def test_who_knows_of_halves_is_told(self) -> None:
        """A site that can hold a half-closed connection is asked to."""
        site = make_site(Leaf(), self.clock)
        switch, transport = PortSwitch(self.dialects, site), StringTransport()
        switch.makeConnection(transport)
        switch.dataReceived(GOOD["a page"][1])
        self.assertIsNotNone(transport.producer)
        switch.readConnectionLost()

        self.assertIsNone(transport.producer)
        self.assertTrue(transport.disconnecting)
        switch.connectionLost(Failure(ConnectionResetError()))


class Leaf(Resource):
    """Answers whatever is asked for."""

    isLeaf = True

    def render(self, request: object) -> bytes:
        """Answer."""
        return b"hello"


class Wrapped(Case):
    """What stands before the switch."""

    def switch(self) -> PortSwitch:
        """Return a new one."""
        return PortSwitch(self.dialects, self.site)

    def connect_by_tls(self) -> TLSConnection:
        """Accept a connection, and open TLS on it."""
        pem = Path(self.mktemp())
        write_certificate(pem)
        return TLSConnection(Factory.forProtocol(self.switch), pem, self.clock)

    def test_haproxy(self) -> None:
        """Behind a PROXY header, even in one segment with it, all is as without."""
        port = Factory.forProtocol(self.switch)
        proxied, transport = HAProxyWrappingFactory(port).buildProtocol(None), StringTransport()
        assert proxied is not None
        proxied.makeConnection(transport)
        opening = OPENINGS["hixie-76"]

        proxied.dataReceived(b"PROXY TCP4 198.51.100.7 192.0.2.1 1234 80\r\n" + opening[:40])
        proxied.dataReceived(opening[40:])

        self.assertEqual(b"hixie: " + opening, transport.value())
        (peer,) = self.hixie.asked
        assert isinstance(peer, IPv4Address)
        self.assertEqual("198.51.100.7", peer.host)

    def test_tls(self) -> None:
        """Under TLS, all is as without it."""
        connection = self.connect_by_tls()
        opening = OPENINGS["hixie-76"]

        connection.say(opening[:40])
        connection.say(opening[40:])

        self.assertEqual(b"hixie: " + opening, connection.client.heard)

    def test_a_tls_client_that_never_says_goodbye(self) -> None:
        """A refused peer that ignores the end of TLS loses TCP as well."""
        connection = self.connect_by_tls()
        connection.say(BAD["two Hosts"][1])
        self.assertTrue(connection.client.heard.startswith(b"HTTP/1.1 400 "))

        self.clock.advance(CLOSE_TIMEOUT_S)

        self.assertTrue(connection.wire.disconnected)

    def test_a_crowd_by_tls(self) -> None:
        """One more than an address may have is closed before TLS is opened."""
        crowd = Crowd(1)
        self.assertTrue(crowd.enter(StringTransport().getPeer().host))
        self.dialects = replace(self.dialects, crowd=crowd)
        connection = self.connect_by_tls()

        self.assertTrue(connection.wire.disconnected)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_tls_counts_from_accept(self) -> None:
        """The deadline holds for the opening of TLS too."""
        connection = self.connect_by_tls()
        self.clock.advance(HEAD_TIMEOUT_S)

        self.assertTrue(connection.wire.disconnected)


class RealDialects(SynchronousTestCase):
    """The same with what really speaks."""

    def setUp(self) -> None:
        """Open a room."""
        web = Path(self.mktemp())
        web.mkdir()
        (web / "index.html").write_text("hello")
        self.factory = ChatFactory(Clock(), web=web)

    def heard(self, parts: list[bytes]) -> bytes:
        """Return what a client hears that says *parts*."""
        port, transport = self.factory.buildProtocol(None), StringTransport()
        port.makeConnection(transport)
        for part in parts:
            port.dataReceived(part)
        port.connectionLost(Failure(ConnectionResetError()))
        return re.sub(rb"Date: [^\r]*", b"", transport.value())

    def test_frames_behind_the_handshake_are_heard(self) -> None:
        """In one segment with the handshake, the first frames are answered, in each dialect."""
        for dialect, opening in OPENINGS.items():
            heard = self.heard([opening])
            if dialect:
                self.assertTrue(heard.startswith(b"HTTP/1.1 101 "), heard)
                self.assertEqual(2, heard.count(b'"not_welcome"'), heard)
            else:
                self.assertEqual(1, heard.count(b"HTTP/1.1 200 OK\r\n"), heard)
                self.assertEqual(1, heard.count(b"HTTP/1.1 404 Not Found\r\n"), heard)

    def test_each_dialect_knows_the_client(self) -> None:
        """What the client counts as is the same in each dialect; a page has none."""
        peer = IPv6Address("TCP", "2001:db8:1:2::7", 1234)
        for dialect, opening in OPENINGS.items():
            port = self.factory.buildProtocol(peer)
            port.makeConnection(StringTransport(peerAddress=peer))
            port.dataReceived(opening)

            addresses = [session.carrier.address for session in self.factory.clients]
            self.assertEqual(["2001:db8:1:2::/64"] if dialect else [], addresses, dialect)
            port.connectionLost(Failure(ConnectionResetError()))

    def test_what_it_was_asked_for_with(self) -> None:
        """The session sees the request until somebody is welcome, if an authenticator wants it."""
        for knows_visitors in (True, False):
            authenticator = Authenticator()
            authenticator.knows_visitors = knows_visitors
            factory = ChatFactory(Clock(), authenticator=authenticator)
            for dialect, opening in OPENINGS.items():
                if not dialect:
                    continue
                port = factory.buildProtocol(None)
                port.makeConnection(StringTransport())
                port.dataReceived(opening)

                (session,) = factory.clients
                request = session.carrier.request
                self.assertEqual(knows_visitors, request is not None, dialect)
                if request is not None:
                    self.assertEqual(b"/chat", request.target)
                session.received(b'{"type": "hello", "name": "Ann"}')
                self.assertIsNone(session.carrier.request, dialect)
                port.connectionLost(Failure(ConnectionResetError()))
                factory.chat.people.forget(session.person)  # type: ignore[arg-type]

    def test_the_digest_of_hixie_76(self) -> None:
        """The vector of the draft's makers comes out."""
        self.assertIn(b"\r\n\r\n8jKS'y:G*Co,Wxa-\x00", self.heard([OPENINGS["hixie-76"]]))

    def test_any_cut_of_an_opening(self) -> None:
        """Cut at every position, an opening is answered byte for byte as uncut."""
        for dialect, opening in OPENINGS.items():
            uncut = self.heard([opening])
            for parts in cuts(opening):
                self.assertEqual(uncut, self.heard(parts), (dialect, parts))

    @given(st.sampled_from(sorted(OPENINGS)), st.lists(st.integers(0, 600), max_size=6))
    def test_random_cuts_of_an_opening(self, dialect: str, places: list[int]) -> None:
        """Many cuts at once change nothing either."""
        opening = OPENINGS[dialect]
        edges = [0, *sorted(min(place, len(opening)) for place in places), len(opening)]

        heard = self.heard([opening[a:b] for a, b in pairwise(edges)])

        self.assertEqual(self.heard([opening]), heard)

    def test_no_bad_head_gets_more_than_one_answer(self) -> None:
        """What follows a bad head is not taken for another request."""
        for name, (status, raw) in BAD.items():
            heard = self.heard([raw + GOOD["a page"][1]])

            self.assertEqual(1, len(ANSWER.findall(heard)), name)
            self.assertTrue(heard.startswith(b"HTTP/1.1 %d " % status), name)

    @given(
        st.lists(st.sampled_from(sorted(OPENINGS)), min_size=1, max_size=3),
        st.lists(
            st.tuples(st.integers(0, 999), st.integers(0, 9), st.binary(max_size=3)),
            min_size=1,
            max_size=5,
        ),
    )
    def test_changed_openings(
        self, dialects: list[str], changes: list[tuple[int, int, bytes]]
    ) -> None:
        """Whatever is thrown at the port, it answers without a failure of its own."""
        stream = b"".join(OPENINGS[dialect] for dialect in dialects)
        for place, dropped, inserted in changes:
            at = place % len(stream)
            stream = stream[:at] + inserted + stream[at + dropped :]

        heard = self.heard([stream])

        self.assertNotIn(b"HTTP/1.1 5", heard)
        self.assertEqual([], self.flushLoggedErrors())
