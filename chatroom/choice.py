"""
What a request becomes: which upgrades are taken, by what, and whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IProtocolFactory, IReactorTime

from chatroom.codecs.answer import UPGRADE
from chatroom.codecs.head import BadHead, RequestHead
from chatroom.counters import Counters
from chatroom.crowd import Crowd
from chatroom.networks import forwarded
from chatroom.origins import allowed, host_allowed

#: What is said of a name that is not ours.
NOT_HERE: Final = "There is no room of this name here."

#: The versions of the protocol that RFC 6455 became.
_VERSIONS: Final = (b"13", b"8")


@dataclass(frozen=True, slots=True)
class Dialects:
    """
    Which upgrades are taken, and what speaks on after them.

    Args:
        websocket: Builds what speaks RFC 6455.
        hixie: Builds what speaks hixie-76 and hixie-75; None refuses them.
        clock: What deadlines are counted on.
        path: Where the room is; an upgrade to any other path finds nothing.
        allow_origins: Entries of `chatroom.origins` that are welcome beside
            the room's own pages.
        allow_hosts: Under which names the room may be asked for, as
            `chatroom.origins.normalized_host` writes them; under any without one.
        trusted_proxies: How many proxies every request comes through.
        crowd: Counts the connections of each address.
        counters: Where refusals are counted.
        keeps_requests: Whether the room wants to see what it was asked for with.
    """

    websocket: IProtocolFactory
    hixie: IProtocolFactory | None
    clock: IReactorTime
    path: bytes = b"/chat"
    allow_origins: frozenset[str] = frozenset()
    allow_hosts: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    crowd: Crowd = field(default_factory=Crowd)
    counters: Counters = field(default_factory=Counters)
    keeps_requests: bool = False

    def choose(self, head: RequestHead) -> IProtocolFactory | None:
        """
        Return what takes the connection over; None for plain HTTP.

        Raises:
            BadHead: The request is refused.
        """
        host = head.get(b"host")
        if not host_allowed(host, self.allow_hosts):
            raise BadHead(421, NOT_HERE)
        if not head.dialect:
            return None
        if unquote_to_bytes(head.target.partition(b"?")[0]) != self.path:
            raise BadHead(404, "There is no room at this address.")
        chosen = self.websocket if head.dialect == "rfc6455" else self.hixie
        if chosen is None or (
            head.dialect == "rfc6455" and head.get(b"sec-websocket-version") not in _VERSIONS
        ):
            raise BadHead(
                426,
                "The room does not speak this version of WebSocket.",
                (*UPGRADE, (b"Sec-WebSocket-Version", b", ".join(_VERSIONS))),
            )
        # Version 8 named the header otherwise. Whatever a client names must be
        # welcome, for a later reader may look at the other one.
        origins: list[bytes | None] = [*head.all(b"origin"), *head.all(b"sec-websocket-origin")]
        has_cookies = head.get(b"cookie") is not None
        if not all(
            allowed(origin, host, has_cookies=has_cookies, allow=self.allow_origins)
            for origin in origins or [None]
        ):
            raise BadHead(403, "Pages of this site may not enter the room.")
        return chosen

    def client(self, head: RequestHead, peer: IAddress) -> IAddress:
        """
        Return the address of the client who has sent *head* through *peer*.
        """
        host = self.trusted_proxies and forwarded(
            head.all(b"x-forwarded-for"), self.trusted_proxies
        )
        if not host:
            return peer
        address: IAddress = (IPv6Address if ":" in host else IPv4Address)("TCP", host, 0)
        return address
