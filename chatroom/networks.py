"""
What an address counts as, where limits and bans ask who somebody is.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

#: Of an IPv6 address these bits are the network's. The others are its user's choice,
#: anew for each connection if they like.
_NETWORK_BITS: Final = 64
_HOST_BITS: Final = 128 - _NETWORK_BITS


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
