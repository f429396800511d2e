"""
Where the room can be opened, as people type it.
"""

from __future__ import annotations

from collections.abc import Iterable

import ifaddr
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

_ANY = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on


def machine_addresses() -> list[str]:
    """
    Return this machine's addresses, IPv4 first, without loopback and link-local ones;
    none if that cannot be found out.
    """
    try:
        found = [ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    except OSError:
        # A sandbox may not let us look. They are for the log alone.
        return []
    v4 = [ip.ip for ip in found if isinstance(ip.ip, str)]
    v6 = [ip.ip[0] for ip in found if isinstance(ip.ip, tuple)]
    return [
        address
        for address in [*v4, *v6]
        if not address.startswith(("127.", "169.254.", "fe80:")) and address != "::1"
    ]


def urls(address: IAddress, *, secure: bool, machine: Iterable[str]) -> list[str]:
    """
    Return the URLs under which a server that listens on *address* is found.

    Args:
        address: As the listening port tells it.
        secure: Whether it speaks TLS.
        machine: The addresses of this machine, for a port on all of them.
    """
    if isinstance(address, UNIXAddress):
        return [f"unix:{(address.name or b'').decode(errors='replace')}"]
    if not isinstance(address, IPv4Address | IPv6Address):
        return [str(address)]
    hosts = [address.host]
    if address.host in _ANY:
        # A socket on every IPv4 address has no IPv6 one.
        hosts = ["localhost", *(one for one in machine if address.host == "::" or ":" not in one)]
    scheme, default = ("https", 443) if secure else ("http", 80)
    port = "" if address.port == default else f":{address.port}"
    return [f"{scheme}://{f'[{host}]' if ':' in host else host}{port}/" for host in hosts]
