"""
Whose pages may talk to the room.

A browser lets every page open a WebSocket to every host, cookies included, and
only names the page's origin: the check is the server's.

Source: RFC 6455, section 10.2; RFC 6454, section 6.2.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

#: The entry that stands for every origin.
ANY: Final = "*"
#: What sandboxed pages and some local files call themselves.
NULL: Final = "null"

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST_PORT: Final = r"([\w.~!$&'()*+,;=%-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?"
_AUTHORITY: Final = re.compile(_HOST_PORT, re.ASCII)
_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://" + _HOST_PORT, re.ASCII)


def allowed(
    origin: bytes | None, host: bytes | None, *, has_cookies: bool, allow: Collection[str]
) -> bool:
    """
    Tell whether a page of *origin* may open a connection to *host*.

    Args:
        origin: The ``Origin`` header, None without one.
        host: The ``Host`` header, None without one.
        has_cookies: Whether the request carries any.
        allow: `normalized` entries of other origins that are welcome.
    """
    if origin is None:
        # A program that is no browser names no origin. A browser that names
        # none would lend a foreign page its cookies, so those must be absent.
        return not has_cookies
    if ANY in allow:
        return True
    try:
        text = origin.decode("ascii")
        return normalized(text) in allow or _is_own(text, host)
    except ValueError:
        return False


def normalized(entry: str) -> str:
    """
    Return *entry* (``*``, ``null`` or ``scheme://host[:port]``) as it is compared.

    Raises:
        ValueError: It is none of these.
    """
    if entry.lower() in {ANY, NULL}:
        return entry.lower()
    scheme, host, port = _parsed(entry)
    return f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"


def host_allowed(host: bytes | None, allow: Collection[str]) -> bool:
    """
    Tell whether *host* is a name of this server, or whether it has been given none.

    A page whose own name is made to point here ("DNS rebinding") is at home for its
    browser, cookies and origin included. Only the name that it asks for gives it away.

    Args:
        host: The ``Host`` header, None without one.
        allow: `normalized_host` entries; without any, every name is.
    """
    if not allow:
        return True
    match = _AUTHORITY.fullmatch((host or b"").decode("latin-1").lower())
    return match is not None and match[1].rstrip(".") in allow


def normalized_host(entry: str) -> str:
    """
    Return *entry*, a name or an address without a port, as it is compared.

    Raises:
        ValueError: It is neither.
    """
    name = f"[{entry}]" if ":" in entry and not entry.startswith("[") else entry
    match = _AUTHORITY.fullmatch(name.lower())
    if match is None or match[2] is not None or not match[1].rstrip("."):
        raise ValueError(f"not a host like chat.example.org: {entry}")
    return match[1].rstrip(".")


def _parsed(origin: str) -> tuple[str, str, int | None]:
    match = _ORIGIN.fullmatch(origin.lower())
    if match is None:
        raise ValueError(f"not an origin like https://example.org: {origin}")
    scheme, host, port = match.groups()
    return scheme, host, int(port) if port else _DEFAULT_PORTS.get(scheme)


def _is_own(origin: str, host: bytes | None) -> bool:
    """
    Tell whether *origin* is the site that *host* names.

    The scheme counts only for its default port: behind a proxy that ends TLS
    the page's scheme is not the connection's.
    """
    scheme, name, port = _parsed(origin)
    match = _AUTHORITY.fullmatch((host or b"").decode("latin-1").lower())
    if match is None or scheme not in _DEFAULT_PORTS:
        return False
    return (match[1], int(match[2] or _DEFAULT_PORTS[scheme])) == (name, port)
