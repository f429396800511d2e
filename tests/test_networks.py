"""
Tests of `chatroom.networks`: what an address counts as.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom.networks import network_of


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
