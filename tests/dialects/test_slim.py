"""
Connections that keep little of their own, and share nothing that changes.
"""

from __future__ import annotations

from typing import Any, Final

from autobahn.websocket.protocol import WebSocketServerProtocol

from chatroom.dialects.slim import slimmed
from chatroom.dialects.websocket import WebSocketCarrier
from tests.dialects.websocket_client import HEAD, PING, TEXT, WebSocketCase, closing, frames, masked
from tests.peers import RecordingSession, SlowTransport, lose

#: What there is of an open connection that has said nothing yet.
ITS_OWN: Final = {
    "_session",
    "_slot",
    "_was_heard",
    "outbox",
    "state",
    "transport",
}


class SlimTests(WebSocketCase):
    """What stands in the class, what in the instance."""

    def another(self) -> tuple[WebSocketCarrier, RecordingSession, SlowTransport]:
        """A second open connection of the same factory."""
        transport, session = SlowTransport(), RecordingSession()
        self.factory.new_session = lambda: session
        carrier = self.factory.buildProtocol(None)
        carrier.makeConnection(transport)
        carrier.dataReceived(HEAD)
        transport.take()
        transport.clear()
        return carrier, session, transport

    def test_options_stand_in_the_class(self) -> None:
        """Of what Autobahn sets at the beginning nothing is in an instance."""
        alone: Any = WebSocketServerProtocol()
        alone.factory, alone.log = self.factory, WebSocketCarrier.log
        WebSocketServerProtocol._connectionMade(alone)
        kept = {"state"}

        new: Any = slimmed(WebSocketCarrier, self.factory)()

        self.assertEqual({}, vars(new))
        self.assertLess(60, len(vars(alone)))
        # It looks for a TLS channel that nobody asks for.
        for name in set(vars(alone)) - {"_transport_details"}:
            self.assertTrue(hasattr(new, name), name)
        self.assertEqual(set(), set(vars(self.carrier)) & (set(vars(alone)) - kept))
        self.assertEqual(self.factory.maxMessagePayloadSize, new.maxMessagePayloadSize)
        self.assertIs(self.factory, new.factory)

    def test_nothing_of_the_handshake_is_left(self) -> None:
        """An open connection has a handful of attributes, none of them the request's."""
        self.open()

        self.assertEqual(ITS_OWN, set(vars(self.carrier)) - {"data"})
        self.assertEqual(b"", self.carrier.data)
        self.assertNotIn("http_headers", dir(self.carrier))

    def test_little_comes_back(self) -> None:
        """Texts and pongs in one piece leave nothing behind."""
        self.open()
        before = set(vars(self.carrier))
        self.receive(masked(b"a") + masked(b"b"), masked(b"c"))

        self.assertEqual({"_is_reading"}, set(vars(self.carrier)) - before)

    def test_version_8_stays_known(self) -> None:
        """It is read as it was agreed upon."""
        self.receive(HEAD.replace(b"Version: 13", b"Version: 8"), masked(b"a", fin=False))
        self.receive(masked(b"b", 0))

        self.assertEqual(8, self.carrier.websocket_version)
        self.assertEqual(13, self.another()[0].websocket_version)
        self.assertEqual([b"ab"], self.session.heard)

    def test_messages_in_pieces_stay_apart(self) -> None:
        """Two connections share no buffer, and no half of a character."""
        self.open()
        other, session, _ = self.another()
        text = "zwölf Tassen 茶 🎉".encode()
        for at in range(len(text) - 1):
            self.receive(masked(text[at : at + 1], 0 if at else TEXT, fin=False))
            other.dataReceived(masked(text[at : at + 1], 0 if at else TEXT, fin=False))
            if at % 3 == 0:
                self.receive(masked(b"x", PING)[:4])
                other.dataReceived(masked(b"y", PING))
                self.receive(masked(b"x", PING)[4:])
        self.receive(masked(text[-1:], 0))
        other.dataReceived(masked(text[-1:], 0))

        self.assertEqual([text], self.session.heard)
        self.assertEqual([text], session.heard)
        self.assertIsNot(self.carrier.utf8validator, other.utf8validator)

    def test_half_a_character_is_its_own(self) -> None:
        """What one has begun does not spoil what the other says."""
        self.open()
        other, session, transport = self.another()
        self.receive(masked(b"\xf0\x9f", fin=False))
        other.dataReceived(masked(b"a", fin=False))
        other.dataReceived(masked(b"b", 0))
        self.receive(masked(b"\x8e\x89", 0))

        self.assertEqual([["🎉".encode()], [b"ab"]], [self.session.heard, session.heard])
        transport.take()
        self.assertEqual([], frames(transport.value()))

    def test_mistakes_are_ones_own(self) -> None:
        """A connection that is closed leaves the other open."""
        self.open()
        other, session, _ = self.another()
        self.receive(masked(b"\xff"))
        other.dataReceived(masked(b"a"))

        self.assertEqual(["opened", "failing 1007"], self.session.told)
        self.assertEqual(([b"a"], ["opened"]), (session.heard, session.told))
        self.assertEqual(other.STATE_OPEN, other.state)

    def test_to_end_twice(self) -> None:
        """No end is told to somebody who waits for all of them."""
        self.open()
        other, session, transport = self.another()
        for _ in range(2):
            self.carrier.dropConnection(abort=True)
        other.close(1001, "bye")
        other.dataReceived(masked(closing(1001), 8))
        other.dropConnection()
        transport.take()
        for carrier in (self.carrier, other):
            lose(carrier)

        self.assertTrue(transport.disconnecting)
        self.assertEqual(["opened", "lost"], session.told)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(["opened"], self.another()[1].told)
