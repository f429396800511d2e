"""
The usual handshake, answered ahead of Autobahn: nobody can tell.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chatroom.choice import Dialects
from chatroom.codecs.head import BadHead, HeadParser, RequestHead
from chatroom.dialects.websocket import WebSocketCarrier, WebSocketFactory
from tests.dialects.websocket_client import ACCEPT, HEAD, WebSocketCase, asking, masked
from tests.heads import GOOD
from tests.peers import RecordingSession, SlowTransport

#: What may stand in an upgrade in several ways.
HEADERS = (
    b"Sec-WebSocket-Protocol: chatroom.v1",
    b"Sec-WebSocket-Protocol: other",
    b"Sec-WebSocket-Protocol: chatroom.v1, other",
    b"Sec-WebSocket-Protocol: chatroom.v1,chatroom.v1",
    b"Sec-WebSocket-Protocol:",
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    b"Origin: http://room.example:9108",
    b"Sec-WebSocket-Origin: http://room.example:9108",
    b"Cookie: a=b",
    b"User-Agent: \xc3\x85",
    b"X-Forwarded-For: 203.0.113.7",
    b"Content-Length: 0",
    b"Upgrade: h2c",
    b"Connection: keep-alive",
)


def read(raw: bytes) -> RequestHead:
    """The head that the switch has read."""
    head = HeadParser().feed(raw)
    assert head is not None
    return head


class GreetingTests(WebSocketCase):
    """The switch's head, and Autobahn's reading of it."""

    def other(self) -> tuple[WebSocketCarrier, RecordingSession, SlowTransport]:
        """A connection of another room that is like this one."""
        session, transport = RecordingSession(), SlowTransport()
        factory = WebSocketFactory(lambda: session, Clock(), compress=self.factory.compress)
        carrier = factory.buildProtocol(None)
        carrier.makeConnection(transport)
        return carrier, session, transport

    def agree(self, raw: bytes) -> None:
        """Whoever answers *raw*, the answer is the same, and so is what comes of it."""
        greeted, session, transport = self.other()
        if not greeted.greet(read(raw)):
            transport.take()
            self.assertEqual(b"", transport.value())
            return
        alone, other_session, other_transport = self.other()
        alone.dataReceived(raw)
        for each in (greeted, alone):
            each.dataReceived(masked(b"a", fin=False) + masked(b"b", 0) + masked(b"c"))
        transport.take()
        other_transport.take()

        self.assertEqual(other_transport.value(), transport.value())
        self.assertIn(b"HTTP/1.1 101 ", transport.value())
        self.assertEqual((other_session.told, other_session.heard), (session.told, session.heard))
        self.assertEqual(set(vars(alone)), set(vars(greeted)))
        self.assertEqual(alone.websocket_version, greeted.websocket_version)

    def test_usual(self) -> None:
        """Of a client that asks for nothing, and of one that asks for the room's protocol."""
        self.assertTrue(self.carrier.greet(read(HEAD)))

        self.assertIn(ACCEPT, self.sent())
        self.agree(HEAD)
        self.agree(asking(b"Sec-WebSocket-Protocol: chatroom.v1"))
        self.agree(HEAD.replace(b"Version: 13", b"Version: 8"))

    def test_not_usual(self) -> None:
        """What is to be chosen from is Autobahn's."""
        for header in (*HEADERS[1:3], HEADERS[4]):
            self.assertFalse(self.carrier.greet(read(asking(header))), header)

    def test_every_good_head(self) -> None:
        """Whatever the switch lets pass."""
        upgrades = [raw for dialect, raw in GOOD.values() if dialect == "rfc6455"]
        for raw in upgrades:
            self.agree(raw)
        self.assertTrue(upgrades)

    @given(st.lists(st.sampled_from(HEADERS), max_size=6), st.sampled_from([b"13", b"8"]))
    def test_any_upgrade(self, headers: list[bytes], version: bytes) -> None:
        """However an upgrade is made up, if the switch lets it pass."""
        raw = asking(*headers).replace(b"Version: 13", b"Version: " + version)
        try:
            head = read(raw)
            Dialects(self.factory, None, self.clock).choose(head)
        except BadHead:
            return
        self.agree(raw)


class CompressingTests(WebSocketCase):
    """With ``--compress``."""

    compress = True

    def test_left_to_autobahn(self) -> None:
        """It is Autobahn that agrees with a client on how to compress."""
        self.assertFalse(self.carrier.greet(read(HEAD)))
