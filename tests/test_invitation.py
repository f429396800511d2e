"""
Tests of `chatroom.invitation`: a link as a QR code.
"""

from __future__ import annotations

import re

import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from chatroom.factory import ChatFactory
from chatroom.limits import BODY_BYTES, LINK_BYTES
from chatroom.resource import ChatResource
from tests.heads import head
from tests.http import Answer, answers

ORIGIN = "http://a.example:9108"
LINK = f"{ORIGIN}/#%E8%8C%B6%E9%A6%86"


def read(picture: bytes) -> str:
    """Return what a reader of QR codes finds in an SVG of horizontal strokes."""
    svg = picture.decode()
    found = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert found, svg
    size, scale = int(found[1]), 3
    light = bytearray(b"\xff" * size * size)
    x = y = 0
    for command, a, b in re.findall(r"([Mmh])(-?\d+)(?: (-?[\d.]+))?", svg):
        if command == "h":
            light[y * size + x : y * size + x + int(a)] = bytes(int(a))
            x += int(a)
        else:
            x, y = (x + int(a), y + int(b)) if command == "m" else (int(a), int(float(b)))
    rows = [
        b"".join(bytes([light[y * size + x]]) * scale for x in range(size)) for y in range(size)
    ]
    pixels = b"".join(row * scale for row in rows)
    side = size * scale
    (code,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (side, side)))
    text: str = code.text
    return text


class Case(SynchronousTestCase):
    """A room on a port of its own."""

    def setUp(self) -> None:
        """Open it."""
        self.clock = Clock()
        self.factory = ChatFactory(self.clock)

    def heard(self, stream: bytes) -> list[Answer]:
        """Return the answers to *stream*."""
        port, transport = self.factory.buildProtocol(None), StringTransport()
        port.makeConnection(transport)
        port.dataReceived(stream)
        port.connectionLost(Failure(ConnectionResetError()))
        self.assertEqual([], self.clock.getDelayedCalls())
        return answers(transport.value())

    def ask(
        self,
        link: str | bytes,
        *headers: str,
        method: str = "POST",
        path: str = "/invitation.svg",
    ) -> Answer:
        """Return the one answer to *link*, sent from a page of the room unless *headers* differ."""
        body = link.encode() if isinstance(link, str) else link
        headers = headers or (f"Origin: {ORIGIN}",)
        lengths = (f"Content-Length: {len(body)}",)
        lines = (f"{method} {path} HTTP/1.1", "Host: a.example:9108", *headers, *lengths)
        (answer,) = self.heard(head(*lines) + body)
        return answer


class Invitations(Case):
    """What a page gets."""

    def test_a_reader_finds_the_link(self) -> None:
        """The picture is read as exactly the link, the shortest and the longest alike."""
        for link in (f"{ORIGIN}/", LINK, f"{LINK}/1241", f"{ORIGIN}/#".ljust(LINK_BYTES, "%")):
            answer = self.ask(link)

            self.assertEqual(200, answer.status, link)
            self.assertEqual(link, read(answer.body))
            self.assertEqual(len(answer.body), answer.length)

    def test_nobody_keeps_it_and_nothing_in_it_runs(self) -> None:
        """It is stored nowhere, is what it says it is, and may load and do nothing."""
        answer = self.ask(LINK)

        self.assertEqual(b"image/svg+xml; charset=utf-8", answer.fields[b"content-type"])
        self.assertEqual(b"no-store", answer.fields[b"cache-control"])
        self.assertEqual(b"nosniff", answer.fields[b"x-content-type-options"])
        self.assertIn(b"default-src 'none'", answer.fields[b"content-security-policy"])
        for word in (b"style", b"script", b"href", b"<!"):
            self.assertNotIn(word, answer.body)

    def test_inside_another_server(self) -> None:
        """Below a path of an embedder's server it is beside the pages there, too."""
        root = Resource()
        root.putChild(b"talk", ChatResource(self.factory))
        site = Site(root, reactor=self.clock)
        channel, transport = site.buildProtocol(None), StringTransport()
        assert channel is not None
        channel.makeConnection(transport)
        link = f"{ORIGIN}/talk/#tea"

        channel.dataReceived(
            head(
                "POST /talk/invitation.svg HTTP/1.1",
                "Host: a.example:9108",
                f"Origin: {ORIGIN}",
                f"Content-Length: {len(link)}",
            )
            + link.encode()
        )
        channel.connectionLost(Failure(ConnectionResetError()))

        (answer,) = answers(transport.value())
        self.assertEqual((200, link), (answer.status, read(answer.body)))

    def test_a_connection_goes_on(self) -> None:
        """What comes behind a link is the next request."""
        post = head(
            "POST /invitation.svg HTTP/1.1",
            "Host: a.example:9108",
            f"Origin: {ORIGIN}",
            f"Content-Length: {len(LINK)}",
        )
        stream = (post + LINK.encode()) * 2 + head("GET /no HTTP/1.1", "Host: a.example:9108")

        self.assertEqual([200, 200, 404], [answer.status for answer in self.heard(stream)])


class Refusals(Case):
    """What is not drawn, each with its reason in a sentence."""

    def refused(self, status: int, answer: Answer) -> None:
        """Prove that *answer* is a short one."""
        self.assertEqual(status, answer.status)
        self.assertEqual(b"text/plain; charset=utf-8", answer.fields[b"content-type"])
        self.assertNotIn(b"<", answer.body)

    def test_pages_of_others(self) -> None:
        """No page of another site, and nobody who does not say whose page asks, is served."""
        for headers in (
            ("Origin: http://b.example",),
            ("Origin: http://a.example",),
            ("Origin: null",),
            ("Origin: ",),
            ("Origin: http://a.example:9108/",),
            ("Origin: http://a.example:9108\xff",),
            ("Accept: */*",),
        ):
            self.refused(403, self.ask(LINK, *headers))

    def test_pages_that_are_welcome(self) -> None:
        """Where a proxy shows the site under another name, the operator's word for it counts."""
        self.factory = ChatFactory(self.clock, allow_origins=["https://chat.example"])

        answer = self.ask("https://chat.example/#tea", "Origin: https://chat.example")

        self.assertEqual("https://chat.example/#tea", read(answer.body))

    def test_links_elsewhere(self) -> None:
        """Only links to the site that asks are drawn: in ASCII, without anything around them."""
        for link in (
            "",
            ORIGIN,
            f"{ORIGIN}0/#tea",
            f"{ORIGIN}.evil.example/",
            f"{ORIGIN}@evil.example/",
            "http://b.example/#tea",
            "https://a.example:9108/#tea",
            "/#tea",
            "javascript:alert(1)",
            f" {LINK}",
            f"{LINK}\n",
            f"{LINK} x",
            f"{LINK}\x00",
            f"{ORIGIN}/#茶馆",
            b"\xff\xfe" + LINK.encode(),
        ):
            self.refused(400, self.ask(link))

    def test_too_much(self) -> None:
        """What is longer than a link is neither drawn nor, beyond a bound, read."""
        self.refused(413, self.ask(LINK.ljust(LINK_BYTES + 1, "x")))
        self.refused(413, self.ask(LINK.ljust(BODY_BYTES, "x")))
        self.refused(413, self.ask(LINK.ljust(BODY_BYTES + 1, "x")))

    def test_other_methods(self) -> None:
        """There is nothing to be read at this address: no link is ever part of one."""
        for method in ("GET", "HEAD", "PUT", "OPTIONS"):
            answer = self.ask("", method=method)
            self.assertEqual((405, b"POST"), (answer.status, answer.fields[b"allow"]))

    def test_other_addresses(self) -> None:
        """It is at one address, and a page cannot be asked so."""
        for path in ("/", "/invitation", "/invitation.svg/", "/x/invitation.svg"):
            self.refused(405, self.ask(LINK, path=path))

    @given(st.binary(max_size=200))
    def test_noise(self, noise: bytes) -> None:
        """Whatever is sent, the answer is a picture of it or that it is no link."""
        answer = self.ask(ORIGIN.encode() + b"/" + noise)

        self.assertIn(answer.status, {200, 400})
        if answer.status == 200:
            self.assertEqual(f"{ORIGIN}/".encode() + noise, read(answer.body).encode())
