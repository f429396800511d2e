"""
Tests of `chatroom.origins`.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom.origins import allowed, host_allowed, normalized, normalized_host

OWN = [
    (b"http://a.example", b"a.example"),
    (b"http://a.example", b"a.example:80"),
    (b"http://a.example:80", b"a.example"),
    (b"http://a.example:9108", b"a.example:9108"),
    (b"HTTP://A.example:9108", b"a.EXAMPLE:9108"),
    (b"http://[::1]:9108", b"[::1]:9108"),
    (b"http://[2001:DB8::1]", b"[2001:db8::1]"),
    # A proxy ends TLS and says to us what the browser said to it.
    (b"https://a.example", b"a.example"),
    (b"https://a.example", b"a.example:443"),
]

FOREIGN = [
    (b"http://b.example", b"a.example"),
    (b"http://a.example.b.example", b"a.example"),
    (b"http://b.a.example", b"a.example"),
    (b"http://a.example:81", b"a.example"),
    (b"http://a.example", b"a.example:9108"),
    (b"https://a.example", b"a.example:80"),
    (b"http://a.example", b"a.example:443"),
    (b"http://[::1]", b"[::2]"),
    # Neither an origin nor our own.
    (b"", b"a.example"),
    (b"a.example", b"a.example"),
    (b"null", b"a.example"),
    (b"null", b"null"),
    (b"*", b"*"),
    (b"//a.example", b"a.example"),
    (b"http://a.example/", b"a.example"),
    (b"http://a.example http://b.example", b"a.example"),
    (b"http://b.example@a.example", b"a.example"),
    (b"http://a.example:80:80", b"a.example"),
    (b"http://a.example:", b"a.example"),
    (b"ftp://a.example", b"a.example"),
    (b"file://", b"a.example"),
    (b"http://a.example\n", b"a.example"),
    (b"http://\xe4.example", b"\xe4.example"),
    (b"http://a.example", None),
    (b"http://a.example", b""),
    (b"http://a.example", b"a.example, b.example"),
]


class Origins(SynchronousTestCase):
    """Whose pages may enter."""

    def test_own_pages_enter(self) -> None:
        """A page of the host that it speaks to is at home, cookies or not."""
        for origin, host in OWN:
            for cookies in (False, True):
                self.assertTrue(
                    allowed(origin, host, has_cookies=cookies, allow=()), (origin, host)
                )

    def test_foreign_pages_do_not(self) -> None:
        """A page of any other host, or of none, stays outside."""
        for origin, host in FOREIGN:
            self.assertFalse(allowed(origin, host, has_cookies=False, allow=()), (origin, host))

    def test_programs_enter_without_cookies(self) -> None:
        """Who names no origin is no browser, unless it has a browser's cookies."""
        self.assertTrue(allowed(None, b"a.example", has_cookies=False, allow=()))
        self.assertFalse(allowed(None, b"a.example", has_cookies=True, allow=()))
        self.assertFalse(allowed(None, b"a.example", has_cookies=True, allow={"*"}))

    def test_invited_pages_enter(self) -> None:
        """An entry invites exactly its origin."""
        allow = {normalized("https://B.example"), normalized("app://c.example")}

        for origin in (b"https://b.example", b"https://b.example:443", b"app://C.example"):
            self.assertTrue(allowed(origin, b"a.example", has_cookies=True, allow=allow), origin)
        for origin in (
            b"http://b.example",
            b"https://b.example:444",
            b"app://c.example:1",
            b"null",
        ):
            self.assertFalse(allowed(origin, b"a.example", has_cookies=True, allow=allow), origin)

    def test_pages_without_an_origin_are_invited_by_name(self) -> None:
        """``null`` invites sandboxed pages and nobody else."""
        self.assertTrue(allowed(b"null", b"a.example", has_cookies=False, allow={"null"}))
        self.assertFalse(allowed(b"http://b", b"a.example", has_cookies=False, allow={"null"}))

    def test_everybody_is_invited_by_a_star(self) -> None:
        """``*`` lets every page in, whatever it calls itself."""
        for origin, host in FOREIGN:
            self.assertTrue(allowed(origin, host, has_cookies=True, allow={"*"}), (origin, host))

    def test_what_is_no_entry(self) -> None:
        """A mistyped entry is an error, not an entry that never matches."""
        for entry in ("", "example.org", "https://example.org/", "https://", "http://a b", "**"):
            with self.assertRaises(ValueError, msg=entry):
                normalized(entry)
        self.assertEqual("null", normalized("NULL"))

    @given(st.binary(max_size=30), st.binary(max_size=30) | st.none(), st.booleans())
    def test_noise_stays_outside(self, origin: bytes, host: bytes | None, cookies: bool) -> None:  # noqa: FBT001
        """No noise is an origin, and none is an error."""
        if b"://" not in origin:
            self.assertFalse(allowed(origin, host, has_cookies=cookies, allow=()))

    @given(
        st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}(:[1-9][0-9]{0,4})?", fullmatch=True)
    )
    def test_own_is_what_the_host_says(self, host: str) -> None:
        """Whatever the host is called, its pages are its own and no other's."""
        origin, encoded = f"http://{host}".encode(), host.encode()

        self.assertTrue(allowed(origin, encoded, has_cookies=True, allow=()))
        self.assertFalse(allowed(origin, b"x" + encoded, has_cookies=True, allow=()))


class Hosts(SynchronousTestCase):
    """Under which names the room may be asked for."""

    def test_any_unless_told_otherwise(self) -> None:
        """Without an entry, every name is ours, or none."""
        for host in (b"a.example", b"", None):
            self.assertTrue(host_allowed(host, ()), host)

    def test_an_entry_allows_exactly_its_host(self) -> None:
        """At any port, however it is spelled; nothing that only looks like it."""
        allow = {normalized_host("A.example"), normalized_host("::1"), normalized_host("[::2]")}
        for host in (b"a.example", b"a.EXAMPLE:9108", b"a.example.", b"[::1]:80", b"[::2]"):
            self.assertTrue(host_allowed(host, allow), host)
        for host in (
            b"b.example",
            b"a.example.b",
            b"b.a.example",
            b"a.example@b",
            b"::1",
            b"",
        ):
            self.assertFalse(host_allowed(host, allow), host)
        self.assertFalse(host_allowed(None, allow))

    def test_what_is_no_host(self) -> None:
        """A scheme, a port or a path is a mistake."""
        for entry in ("", ".", "http://a.example", "a.example:80", "a/b", "[::1]:80", "a b", "*/"):
            self.assertRaises(ValueError, normalized_host, entry)
