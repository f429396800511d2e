"""
Tests of `chatroom.networks`: what an address counts as.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom.networks import forwarded, network_of


class NetworkTests(SynchronousTestCase):
    """One client, however its address is written."""

    def test_ipv4_is_itself(self) -> None:
        """Also where a socket for both writes it as IPv6."""
        for host in ("203.0.113.7", "::ffff:203.0.113.7", "::FFFF:cb00:7107"):
            self.assertEqual("203.0.113.7", network_of(host), host)

    def test_ipv6_is_its_network(self) -> None:
        """Whoever has a /64 has all of its addresses, and is one client."""
        for host in ("2001:db8:1:2::7", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::%eth0"):
            self.assertEqual("2001:db8:1:2::/64", network_of(host), host)
        self.assertEqual("2001:db8:1:3::/64", network_of("2001:db8:1:3::7"))

    def test_own_machine_is_nobody(self) -> None:
        """Who knocks from within is not counted."""
        for host in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"):
            self.assertEqual("", network_of(host), host)

    def test_what_is_no_address_is_nobody(self) -> None:
        """Whatever a proxy says in its place, nothing breaks."""
        for host in ("", "unknown", "203.0.113.256", "203.0.113.7:80", "::g", "\x00", "1" * 5000):
            self.assertEqual("", network_of(host), host)


class ForwardedTests(SynchronousTestCase):
    """Whom proxies say that they serve."""

    def test_one_proxy(self) -> None:
        """What it has added counts, at the right; what came with the request does not."""
        for values in (
            [b"203.0.113.7"],
            [b"192.0.2.1, 203.0.113.7"],
            [b"192.0.2.1,192.0.2.2", b"203.0.113.7"],
            [b"\x00garbage,,," * 100, b" 203.0.113.7\t"],
        ):
            self.assertEqual("203.0.113.7", forwarded(values, 1), values)

    def test_several_proxies(self) -> None:
        """Each adds whom it sees: the client is as far from the right as there are proxies."""
        seen = [b"192.0.2.1, 203.0.113.7", b"198.51.100.1, 198.51.100.2"]

        self.assertEqual("203.0.113.7", forwarded(seen, 3))
        self.assertEqual("192.0.2.1", forwarded(seen, 9))

    def test_how_it_is_written(self) -> None:
        """With a port or in quotes, as some do."""
        for value, address in (
            (b"203.0.113.7:4711", "203.0.113.7"),
            (b"2001:DB8::7", "2001:db8::7"),
            (b"[2001:db8::7]", "2001:db8::7"),
            (b'"[2001:db8::7]:4711"', "2001:db8::7"),
        ):
            self.assertEqual(address, forwarded([value], 1), value)

    def test_what_names_nobody(self) -> None:
        """Is nobody, whatever it is."""
        for value in (
            b"",
            b"unknown",
            b"_hidden",
            b"203.0.113.256",
            b"1:2",
            b"\xff",
            b"[",
            b"1" * 9999,
        ):
            self.assertIsNone(forwarded([value], 1), value)
        self.assertIsNone(forwarded([], 1))
        self.assertIsNone(forwarded([b"203.0.113.7,"], 1))
