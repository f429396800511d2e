"""
Tests of `chatroom.codecs.head`.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http import HTTPChannel, Request

from chatroom.codecs.head import BadHead, HeadParser, RequestHead, host_is_sound
from tests.heads import BAD, GOOD, RFC6455, cuts, head

#: What one reader might take for the end of a line, of a name or of a value.
_ODD = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b"\x0b", b"\x85", b"\xff", b"0"]


def read(parts: list[bytes]) -> tuple[RequestHead | int | None, bytes]:
    """
    Feed *parts*; return the head or the status it is refused with, and the rest.
    """
    parser = HeadParser()
    for i, part in enumerate(parts):
        try:
            found = parser.feed(part)
        except BadHead as error:
            return error.status, b""
        if found is not None:
            return found, parser.rest + b"".join(parts[i + 1 :])
    return None, b""


class GoodHeads(SynchronousTestCase):
    """What is passed on."""

    def test_any_cut_reads_the_same(self) -> None:
        """However a head is cut, it and what follows it come out the same."""
        for name, (dialect, raw) in GOOD.items():
            for parts in cuts(raw + b"frames\r\n\r\n"):
                found, rest = read(parts)

                assert isinstance(found, RequestHead), name
                self.assertEqual((raw, dialect), (found.raw, found.dialect), name)
                self.assertEqual(b"frames\r\n\r\n", rest, name)

    def test_without_its_last_byte_it_is_unfinished(self) -> None:
        """No head is taken for complete too early."""
        for name, (_, raw) in GOOD.items():
            self.assertEqual((None, b""), read([raw[:-1]]), name)

    def test_parts(self) -> None:
        """The parts of a head come as they were sent, names and edges aside."""
        raw = head("GET /x?%20 HTTP/1.1", "HOST: a", "X-Y: \t b c \t", "x-y:", "Z:d:e")

        found, _ = read([raw])

        assert isinstance(found, RequestHead)
        self.assertEqual(
            (b"GET", b"/x?%20", b"HTTP/1.1"), (found.method, found.target, found.version)
        )
        self.assertEqual({b"host": [b"a"], b"x-y": [b"b c", b""], b"z": [b"d:e"]}, found.headers)
        self.assertEqual((b"b c", [b"b c", b""]), (found.get(b"x-y"), found.all(b"x-y")))
        self.assertEqual((None, []), (found.get(b"a"), found.all(b"a")))

    @given(st.sampled_from(sorted(GOOD)), st.lists(st.integers(0, 700), max_size=8))
    def test_random_cuts(self, name: str, places: list[int]) -> None:
        """Many cuts at once change nothing either."""
        dialect, raw = GOOD[name]
        edges = [0, *sorted(places), len(raw) + 4]
        stream = raw + b"\x81\x80\0\0"

        found, rest = read([stream[a:b] for a, b in pairwise(edges)])

        assert isinstance(found, RequestHead)
        self.assertEqual((raw, dialect, b"\x81\x80\0\0"), (found.raw, found.dialect, rest))


class BadHeads(SynchronousTestCase):
    """What is refused."""

    def test_any_cut_is_refused_the_same(self) -> None:
        """However a bad head is cut, it gets the same status."""
        for name, (status, raw) in BAD.items():
            for parts in cuts(raw):
                self.assertEqual(status, read(parts)[0], name)

    def test_at_its_first_impossible_byte(self) -> None:
        """A client that speaks TLS to the plain port need not wait."""
        self.assertEqual(400, read([b"\x16"])[0])

    def test_nothing_past_the_limit_counts(self) -> None:
        """A head that ends beyond the limit is too large, however it comes."""
        raw = head("GET / HTTP/1.1", "Host: a", "Pad: ".ljust(20_000, "x"), "\0: bad")

        self.assertEqual(431, read([raw])[0])
        self.assertEqual(431, read([raw[i : i + 1000] for i in range(0, len(raw), 1000)])[0])


class Hosts(SynchronousTestCase):
    """What may stand for a host."""

    def test_sound(self) -> None:
        """Names, addresses and ports pass, what could hide something does not."""
        for host in (b"a", b"a.example:80", b"127.0.0.1", b"[::1]", b"[2001:db8::1]:9108", b"x_y"):
            self.assertTrue(host_is_sound(host), host)
        for host in (b"", b":80", b"a:", b"a b", b"a@b", b"[::1", b"::1", b"a;b\n", b"a\xe4"):
            self.assertFalse(host_is_sound(host), host)


class _Recorder(Request):
    """Keeps what the HTTP server understood."""

    def process(self) -> None:
        """Note the request and answer nothing."""
        seen = self.channel.seen  # type: ignore[attr-defined]
        seen.append((self.method, self.uri, self.clientproto, self._fields()))
        self.setHeader(b"Content-Length", b"0")
        self.finish()

    def _fields(self) -> list[tuple[bytes, bytes]]:
        fields = self.requestHeaders.getAllRawHeaders()
        return sorted((name.lower(), value) for name, values in fields for value in values)


class OneReading(SynchronousTestCase):
    """The head parser and the HTTP server behind it understand the same."""

    def heard(self, stream: bytes) -> list[tuple[object, ...]]:
        """Return what the HTTP server makes of *stream*."""
        channel = HTTPChannel()
        channel.requestFactory = _Recorder
        channel.seen = []  # type: ignore[attr-defined]
        channel.timeOut = None
        channel.makeConnection(StringTransport())
        channel.dataReceived(stream)
        seen: list[tuple[object, ...]] = channel.seen  # type: ignore[attr-defined]
        return seen

    def agree(self, raw: bytes) -> None:
        """Check that the HTTP server reads an accepted *raw* as one such request."""
        found, rest = read([raw])
        if not isinstance(found, RequestHead):
            return
        body = b""
        if found.get(b"content-length"):
            length = int(found.get(b"content-length") or 0)
            if length > 100:
                return
            body = b"b" * length
        elif found.get(b"transfer-encoding"):
            body = b"0\r\n\r\n"

        first, second = self.heard(found.raw + body + b"GET /next HTTP/1.0\r\n\r\n")

        headers = sorted((name, v) for name, values in found.headers.items() for v in values)
        expected = (found.method, found.target, found.version, headers)
        self.assertEqual(expected, first)
        self.assertEqual(b"/next", second[1])
        self.assertEqual(raw, found.raw + rest)

    def persistent(self, raw: bytes) -> bytes:
        """Return *raw* as a client of today says it, so that a second request may follow."""
        return raw.replace(b"HTTP/1.0", b"HTTP/1.1").replace(
            b"1.1\r\n\r\n", b"1.1\r\nHost: a\r\n\r\n"
        )

    def test_of_every_good_head(self) -> None:
        """What is passed on is one request, and the next one starts behind it."""
        for _, raw in GOOD.values():
            self.agree(self.persistent(raw))

    @given(
        st.sampled_from(
            sorted({raw for _, raw in [*GOOD.values(), *BAD.values()] if len(raw) < 999})
        ),
        st.lists(
            st.tuples(st.integers(0, 500), st.integers(0, 2), st.sampled_from(_ODD)), max_size=3
        ),
    )
    def test_of_changed_heads(self, raw: bytes, changes: list[tuple[int, int, bytes]]) -> None:
        """A head with odd bytes thrown in is refused, or read the same by both."""
        for place, dropped, inserted in changes:
            at = place % (len(raw) + 1)
            raw = raw[:at] + inserted + raw[at + dropped :]

        self.agree(self.persistent(raw))

    def test_a_changed_upgrade_is_never_another_request(self) -> None:
        """Each single odd byte in a handshake leaves one reading or none."""
        raw = head("GET /chat HTTP/1.1", *RFC6455)
        for place in range(len(raw)):
            for odd in _ODD:
                self.agree(raw[:place] + odd + raw[place:])
