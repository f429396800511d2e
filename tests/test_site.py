"""
Tests of `chatroom.site`: the pages and their headers.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import Site
from zope.interface.verify import verifyObject

from chatroom.channel import make_site
from chatroom.folder import Folder
from chatroom.limits import (
    BODY_BYTES,
    HEAD_HEADERS,
    HEAD_TIMEOUT_S,
    REQUESTS_PER_TURN,
    SITE_IDLE_TIMEOUT_S,
)
from chatroom.site import StaticSite
from tests.heads import head
from tests.http import Answer, answers

PAGE = "<script>go()</script>" + "<p>hello " * 99


class Case(SynchronousTestCase):
    """A site with a few pages."""

    def setUp(self) -> None:
        """Fill the folder."""
        self.clock = Clock()
        self.root = Path(self.mktemp())
        self.root.mkdir()
        (self.root / "index.html").write_text(PAGE)
        (self.root / "classic.html").write_text("classic")
        (self.root / ".env").write_text("secret")
        self.site = self.serve(StaticSite(Folder(self.root)))

    def serve(self, root: IResource) -> Site:
        """Return a server of *root*."""
        return make_site(root, self.clock)

    def connect(self) -> tuple[object, StringTransport]:
        """Accept a connection."""
        channel, transport = self.site.buildProtocol(None), StringTransport()
        assert channel is not None
        channel.makeConnection(transport)
        return channel, transport

    def heard(self, stream: bytes) -> list[Answer]:
        """Return the answers to *stream*."""
        channel, transport = self.connect()
        channel.dataReceived(stream)  # type: ignore[attr-defined]
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]
        return answers(transport.value())

    def get(self, path: str, *headers: str, method: str = "GET") -> Answer:
        """Return the one answer to a request."""
        (answer,) = self.heard(head(f"{method} {path} HTTP/1.1", "Host: a.example:80", *headers))
        return answer


class Pages(Case):
    """What is sent."""

    def test_a_page(self) -> None:
        """A page comes whole, and is asked for again before it is shown again."""
        answer = self.get("/")

        self.assertEqual((200, PAGE.encode()), (answer.status, answer.body))
        self.assertEqual(b"text/html; charset=utf-8", answer.fields[b"content-type"])
        self.assertEqual(b"no-cache", answer.fields[b"cache-control"])
        self.assertEqual(b"Accept-Encoding", answer.fields[b"vary"])

    def test_addresses(self) -> None:
        """Queries do not matter, escapes are read once, suffixes may be left out."""
        for path in ("/classic", "/classic.html?x=%00", "/%63lassic", "/classic?"):
            self.assertEqual(b"classic", self.get(path).body, path)
        for path in (
            "/no",
            "/.env",
            "/%2eenv",
            "/%2e%2e/x",
            "//",
            "/%00",
            "/classic%00",
            "/a%2fb",
            "/classic/",
            "*",
            "/%2563lassic",
            "/%",
        ):
            answer = self.get(path)
            self.assertEqual(404, answer.status, path)
            self.assertIn(b"nothing at this address", answer.body)

    def test_head(self) -> None:
        """HEAD tells everything of a page but the page."""
        full, bare = self.get("/"), self.get("/", method="HEAD")

        self.assertEqual(b"", bare.body)
        self.assertEqual(len(PAGE), bare.length)
        for answer in (full, bare):
            answer.fields.pop(b"date")
        self.assertEqual(full.fields, bare.fields)
        missing = self.get("/no", method="HEAD")
        self.assertEqual((404, b""), (missing.status, missing.body))

    def test_other_methods(self) -> None:
        """A page is only read."""
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"):
            answer = self.get("/", method=method)
            self.assertEqual(405, answer.status, method)
            self.assertEqual(b"GET, HEAD", answer.fields[b"allow"])
        self.assertEqual(405, self.get("*", method="OPTIONS").status)

    def test_old_clients(self) -> None:
        """A client of HTTP/1.0 is served, and the connection closed."""
        channel, transport = self.connect()
        channel.dataReceived(head("GET /classic HTTP/1.0"))  # type: ignore[attr-defined]

        (answer,) = answers(transport.value())
        self.assertEqual((200, b"classic"), (answer.status, answer.body))
        self.assertTrue(transport.disconnecting)

    def test_several_requests(self) -> None:
        """Pipelined requests are answered in order."""
        request = "GET {} HTTP/1.1", "Host: a"
        stream = b"".join(head(request[0].format(p), request[1]) for p in ("/", "/no", "/classic"))

        self.assertEqual([200, 404, 200], [answer.status for answer in self.heard(stream)])

    def test_odd_ranges(self) -> None:
        """No range is an error, or costs anything: all get the page."""
        for value in ("bytes=0-1", "bytes=5-2", "bytes=-", "x", ",".join(["bytes=0-1"] * 999)):
            answer = self.get("/", f"Range: {value}")
            self.assertEqual((200, len(PAGE)), (answer.status, len(answer.body)))

    @given(
        st.text(
            st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=30
        )
    )
    def test_noise(self, path: str) -> None:
        """Whatever is asked for, the answer is a page or that there is none."""
        self.assertIn(self.get("/" + path).status, {200, 404})


class Variants(Case):
    """What a client can take, and what it has already."""

    def test_compressed(self) -> None:
        """A client that takes gzip gets it."""
        for value in ("gzip", "br, GZIP", "deflate,gzip;q=0.5", "x-gzip ; q=1.0", "gzip;q=0.001"):
            answer = self.get("/", f"Accept-Encoding: {value}")
            self.assertEqual(b"gzip", answer.fields[b"content-encoding"], value)
            self.assertEqual(PAGE.encode(), gzip.decompress(answer.body))

    def test_plain(self) -> None:
        """A client that does not, or a file that would not shrink, is left alone."""
        for value in ("", "identity", "br", "gzip;q=0", "gzip; q=0.000", "gzipped", "*"):
            self.assertNotIn(
                b"content-encoding", self.get("/", f"Accept-Encoding: {value}").fields, value
            )
        self.assertNotIn(b"content-encoding", self.get("/classic", "Accept-Encoding: gzip").fields)

    def test_nothing_new(self) -> None:
        """A client that has this version is told so, in each encoding by its own name."""
        tags = []
        for encoding in ("identity", "gzip"):
            accept = f"Accept-Encoding: {encoding}"
            tag = self.get("/", accept).fields[b"etag"].decode()
            tags.append(tag)
            for value in (tag, f"W/{tag}", f'"x", {tag}', f'{tag} , "x"', "*", " * "):
                for method in ("GET", "HEAD"):
                    answer = self.get("/", accept, f"If-None-Match: {value}", method=method)
                    self.assertEqual((304, b""), (answer.status, answer.body), value)
                    self.assertEqual(tag.encode(), answer.fields[b"etag"])
                    self.assertNotIn(b"content-length", answer.fields)
        self.assertEqual(2, len(set(tags)))

    def test_something_new(self) -> None:
        """A client that has another version gets this one."""
        tag = self.get("/").fields[b"etag"].decode()
        (self.root / "index.html").write_text("new")

        for value in (tag, '"x"', '""', tag.strip('"'), ""):
            self.assertEqual(b"new", self.get("/", f"If-None-Match: {value}").body)


class Protection(Case):
    """What goes with every answer."""

    def policy(self, answer: Answer) -> dict[str, list[str]]:
        """Read the answer's policy."""
        text = answer.fields[b"content-security-policy"].decode()
        return {d.split()[0]: d.split()[1:] for d in text.split(";")}

    def test_every_answer_is_protected(self) -> None:
        """Pages, errors and even failures have a policy, and no version to tell."""
        tag = self.get("/").fields[b"etag"].decode()
        for answer in (
            self.get("/"),
            self.get("/no"),
            self.get("/", method="POST"),
            self.get("*", method="OPTIONS"),
            self.get("/", f"If-None-Match: {tag}"),
            self.get("/", "Content-Length: 999999"),
            self.get("/", "Transfer-Encoding: chunked"),
            self.get("/", "Expect: 100-continue"),
            self.get("/", "Broken"),
            *self.heard(b"\x16\x03\x01\r\n"),
        ):
            policy = self.policy(answer)
            self.assertEqual(["'none'"], policy["default-src"], answer)
            self.assertEqual(["'none'"], policy["frame-ancestors"])
            self.assertEqual(["'none'"], policy["base-uri"])
            self.assertEqual(b"nosniff", answer.fields[b"x-content-type-options"])
            self.assertEqual(b"no-referrer", answer.fields[b"referrer-policy"])
            self.assertEqual(b"chatroom", answer.fields[b"server"])

    def test_what_a_page_may_do(self) -> None:
        """A page loads from its own site, and runs what is written into it."""
        policy = self.policy(self.get("/"))

        self.assertEqual("'self'", policy["script-src"][0])
        self.assertTrue(policy["script-src"][1].startswith("'sha256-"))
        self.assertEqual(["'self'"], self.policy(self.get("/classic"))["script-src"])
        self.assertEqual(["'self'", "data:"], policy["img-src"])
        self.assertEqual(
            ["'self'", "ws://a.example:80", "wss://a.example:80"], policy["connect-src"]
        )

    def test_no_host_gets_into_the_policy(self) -> None:
        """What could change the policy is left out of it."""
        for host in ("a;b", "a b", "*", "a,b", "'none'", "[::1]", "a:b", ""):
            (answer,) = self.heard(head("GET / HTTP/1.1", f"Host: {host}"))
            self.assertEqual(["'self'"], self.policy(answer)["connect-src"], host)
        (answer,) = self.heard(head("GET / HTTP/1.0"))
        self.assertEqual(["'self'"], self.policy(answer)["connect-src"])

    def test_embedding(self) -> None:
        """Where embedding is allowed, pages may stand in frames; errors still may not."""
        self.site = self.serve(StaticSite(Folder(self.root), embeddable=True))

        self.assertNotIn("frame-ancestors", self.policy(self.get("/")))
        self.assertNotIn(b"x-frame-options", self.get("/").fields)
        self.assertIn("frame-ancestors", self.policy(self.get("/no")))

    def test_failures(self) -> None:
        """A mistake of ours is logged, told without details, and protected as well."""

        class Broken(Resource):
            isLeaf = True

            def render(self, request: IRequest) -> bytes:
                raise ZeroDivisionError

        self.site = self.serve(Broken())

        answer = self.get("/")

        self.assertEqual(500, answer.status)
        self.assertEqual(b"chatroom", answer.fields[b"server"])
        self.assertIn("default-src", self.policy(answer))
        self.assertNotIn(b"ZeroDivision", answer.body)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class Limits(Case):
    """What is not taken."""

    def said(self, *headers: str, body: bytes = b"") -> list[int]:
        """Return the statuses after a POST and a GET behind it."""
        post = head("POST / HTTP/1.1", "Host: a", *headers) + body
        return [answer.status for answer in self.heard(post + head("GET / HTTP/1.1", "Host: a"))]

    def test_small_bodies(self) -> None:
        """A small body is passed over; the next request starts behind it."""
        self.assertEqual([405, 200], self.said("Content-Length: 5", body=b"GET /"))
        body = b"x" * BODY_BYTES
        self.assertEqual([405, 200], self.said(f"Content-Length: {BODY_BYTES}", body=body))

    def test_large_bodies(self) -> None:
        """A large body is refused before it comes, and nothing behind it is read."""
        self.assertEqual([413], self.said(f"Content-Length: {BODY_BYTES + 1}"))
        self.assertEqual([413], self.said("Content-Length: " + "9" * 30, body=b"x" * 99))
        self.assertEqual(
            [411], self.said("Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n")
        )

    def test_no_body_is_waited_for(self) -> None:
        """Who asks before sending a body is answered no, and only that."""
        self.assertEqual([417], self.said("Content-Length: 5", "Expect: 100-continue"))
        self.assertEqual([413], self.said("Content-Length: 99999", "Expect: 100-continue"))

    def test_later_heads_meet_the_same_limits(self) -> None:
        """On a kept-alive connection, too, heads are bounded and malformed ones refused."""
        for headers in (
            ["Content-Length: " + "1" * 5000],
            ["Content-Length: 1", "Content-Length: 1"],
            ["Content-Length: -1"],
            ["Transfer-Encoding: identity", "Content-Length: 1"],
            ["A: b"] * HEAD_HEADERS,
            ["A: " + "b" * 20_000],
            ["A : b"],
        ):
            stream = head("GET /classic HTTP/1.1", "Host: a") + head(
                "GET / HTTP/1.1", "Host: a", *headers
            )
            statuses = [answer.status for answer in self.heard(stream)]
            self.assertEqual([200, 400], statuses, headers[0][:20])

    def test_a_half_closed_client_hears_the_rest(self) -> None:
        """A client that asks no more gets its answer, and nothing holds the end up."""
        channel, transport = self.connect()
        verifyObject(IHalfCloseableProtocol, channel)
        channel.dataReceived(head("GET /classic HTTP/1.1", "Host: a"))  # type: ignore[attr-defined]
        channel.readConnectionLost()  # type: ignore[attr-defined]
        channel.writeConnectionLost()  # type: ignore[attr-defined]

        self.assertEqual([200], [answer.status for answer in answers(transport.value())])
        self.assertTrue(transport.disconnecting)
        self.assertIsNone(transport.producer)

    def test_idle_connections_end(self) -> None:
        """A kept-alive connection that falls silent is closed."""
        channel, transport = self.connect()
        channel.dataReceived(head("GET / HTTP/1.1", "Host: a"))  # type: ignore[attr-defined]
        self.clock.advance(SITE_IDLE_TIMEOUT_S)

        self.assertTrue(transport.disconnecting)
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]
        self.assertEqual([], self.clock.getDelayedCalls())

    def drip(self, *parts: bytes) -> tuple[object, StringTransport]:
        """Ask for a page, then say each of *parts* two seconds after the one before."""
        channel, transport = self.connect()
        channel.dataReceived(head("GET / HTTP/1.1", "Host: a"))  # type: ignore[attr-defined]
        self.clock.advance(SITE_IDLE_TIMEOUT_S - 1)
        for part in parts:
            self.assertFalse(transport.disconnected)
            channel.dataReceived(part)  # type: ignore[attr-defined]
            self.clock.advance(2)
        return channel, transport

    def test_a_later_request_has_one_deadline(self) -> None:
        """From its first byte on, however it drips: in its line, its headers, its body."""
        for whole in (
            b"GET /abcdefghi",
            b"GET / HTTP/1.1\r\nHost: a\r\n",
            head("POST / HTTP/1.1", "Host: a", "Content-Length: 99") + b"abcdefghi",
        ):
            steps = round(HEAD_TIMEOUT_S) // 2
            drips = [*(bytes([byte]) for byte in whole[: steps - 1]), whole[steps - 1 :]]
            _, transport = self.drip(*drips[:steps])

            self.assertTrue(transport.disconnected, whole)
            self.assertEqual(1, transport.value().count(b"HTTP/1.1 "))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_request_in_time(self) -> None:
        """Each request has its own deadline, and between two the connection may be idle."""
        request = head("GET / HTTP/1.1", "Host: a")
        channel, transport = self.drip(request[:4], request[4:9], request[9:] + request[:4])
        self.clock.advance(HEAD_TIMEOUT_S - 2.1)
        channel.dataReceived(request[4:])  # type: ignore[attr-defined]
        self.clock.advance(SITE_IDLE_TIMEOUT_S - 0.1)

        self.assertFalse(transport.disconnecting)
        self.assertEqual(3, len(answers(transport.value())))
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_who_does_not_read(self) -> None:
        """A client that wants no more, and does not take its answer, is not kept."""
        channel, transport = self.connect()
        channel.dataReceived(head("GET / HTTP/1.0"))  # type: ignore[attr-defined]
        self.assertTrue(transport.disconnecting)
        self.assertFalse(transport.disconnected)
        self.clock.advance(SITE_IDLE_TIMEOUT_S)

        self.assertTrue(transport.disconnected)

    def test_requests_that_come_together_take_turns(self) -> None:
        """Of those that stand in one segment a few are answered, then others have their turn."""
        channel, transport = self.connect()
        channel.dataReceived(head("GET / HTTP/1.1", "Host: a") * 20)  # type: ignore[attr-defined]

        self.assertEqual(REQUESTS_PER_TURN, len(answers(transport.value())))
        self.assertEqual("paused", transport.producerState)
        self.clock.advance(0)
        self.assertEqual(20, len(answers(transport.value())))
        self.assertEqual("producing", transport.producerState)
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]

    def test_who_does_not_read_is_not_answered_on(self) -> None:
        """While the transport is full no further request is begun, however many have come."""
        channel, transport = self.connect()
        server = transport.producer
        assert server is not None
        channel.dataReceived(head("GET / HTTP/1.1", "Host: a"))  # type: ignore[attr-defined]
        server.pauseProducing()
        channel.dataReceived(head("GET / HTTP/1.1", "Host: a") * 3)  # type: ignore[attr-defined]
        self.clock.advance(1)
        self.assertEqual(2, len(answers(transport.value())))
        self.assertEqual("paused", transport.producerState)

        server.resumeProducing()
        self.clock.advance(0)

        self.assertEqual(4, len(answers(transport.value())))
        self.assertEqual("producing", transport.producerState)

    def test_who_leaves_in_the_middle(self) -> None:
        """Nothing is begun for a client that is gone."""
        channel, transport = self.connect()
        channel.dataReceived(head("GET / HTTP/1.1", "Host: a") * 20)  # type: ignore[attr-defined]
        channel.connectionLost(Failure(ConnectionResetError()))  # type: ignore[attr-defined]

        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(REQUESTS_PER_TURN, len(answers(transport.value())))
