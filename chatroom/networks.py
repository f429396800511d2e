"""
What an address counts as, where limits and bans ask who somebody is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

#: Of an IPv6 address these bits are the network's. The others are its user's choice,
#: anew for each connection if they like.
_NETWORK_BITS: Final = 64
_HOST_BITS: Final = 128 - _NETWORK_BITS

_PORT: Final = r"(?::[0-9]{1,5})?"
#: An address as proxies write it: bare, or as some do, with a port or in quotes.
_SEEN: Final = re.compile(
    rf'"?(?:\[([0-9a-f:.]+)\]{_PORT}|([0-9.]+){_PORT}|([0-9a-f:.]+))"?'.encode(), re.IGNORECASE
)


# A crowd comes from few networks, and to read an address costs as much as to accept it.
@lru_cache(maxsize=4096)
def network_of(host: str) -> str:
    """
    Return what *host* counts as: an IPv4 address as it is, also one that is mapped into
    IPv6; an IPv6 one as its network, ``2001:db8:1:2::/64``; and what is no address, or
    this machine's own (loopback), as the empty string.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            return "" if address.is_loopback else _network(address)
        address = mapped
    return "" if address.is_loopback else str(address)


def _network(address: IPv6Address) -> str:
    return f"{IPv6Address(int(address) >> _HOST_BITS << _HOST_BITS)}/{_NETWORK_BITS}"


def forwarded(values: Iterable[bytes], hops: int) -> str | None:
    """
    Return the address of a client as *hops* proxies on the way tell it; None if they do not.

    Each of them adds the address that it sees at the right. What stands further left
    came with the request, and may be anything.

    Args:
        values: Those of ``X-Forwarded-For``, in the order of their lines.
        hops: 1 or more.
    """
    # One place a hop, and nothing that comes with the request makes more of them.
    seen = b",".join(values).rsplit(b",", hops)[-hops:]
    match = _SEEN.fullmatch(seen[0].strip(b" \t"))
    if match is None:
        return None
    (host,) = filter(None, match.groups())
    try:
        return str(ip_address(host.decode()))
    except ValueError:
        return None
