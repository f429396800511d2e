"""
Where the room can be opened.
"""

from __future__ import annotations

import ifaddr
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.trial.unittest import SynchronousTestCase

from chatroom.addresses import machine_addresses, urls

MACHINE = ["192.0.2.7", "2001:db8::7"]


class UrlTests(SynchronousTestCase):
    """A listening port, as people type it."""

    def urls(self, address: IAddress, *, secure: bool = False) -> list[str]:
        """The URLs of *address* on a machine with two addresses."""
        return urls(address, secure=secure, machine=MACHINE)

    def test_every_interface(self) -> None:
        """A port on all addresses is found under each of them."""
        self.assertEqual(
            ["http://localhost:9108/", "http://192.0.2.7:9108/", "http://[2001:db8::7]:9108/"],
            self.urls(IPv6Address("TCP", "::", 9108)),
        )
        self.assertEqual(
            ["http://localhost:9108/", "http://192.0.2.7:9108/"],
            self.urls(IPv4Address("TCP", "0.0.0.0", 9108)),  # noqa: S104
        )

    def test_one_interface(self) -> None:
        """A port on one address is found there."""
        for address, secure, expected in (
            (IPv4Address("TCP", "127.0.0.1", 9108), False, "http://127.0.0.1:9108/"),
            (IPv4Address("TCP", "192.0.2.7", 80), False, "http://192.0.2.7/"),
            (IPv4Address("TCP", "192.0.2.7", 80), True, "https://192.0.2.7:80/"),
            (IPv6Address("TCP", "2001:db8::7", 443), True, "https://[2001:db8::7]/"),
            (UNIXAddress(b"/run/chat.sock"), False, "unix:/run/chat.sock"),
        ):
            self.assertEqual([expected], self.urls(address, secure=secure))

    def test_any_other(self) -> None:
        """What is no address of ours is told as it is."""
        (told,) = self.urls(HostnameAddress(b"example.org", 9108))
        self.assertIn("example.org", told)

    def test_the_machine(self) -> None:
        """Loopback is no address that others could open."""
        for address in machine_addresses():
            self.assertFalse(address.startswith("127.") or address == "::1", address)

    def test_a_machine_that_does_not_tell(self) -> None:
        """In a sandbox that lists no addresses the room opens all the same."""

        def denied() -> None:
            raise OSError("no netlink in here")

        self.patch(ifaddr, "get_adapters", denied)

        self.assertEqual([], machine_addresses())
