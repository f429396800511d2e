"""
Short HTTP answers, and the headers that protect every answer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

Headers = tuple[tuple[bytes, bytes], ...]

#: What the server calls itself: a version would tell which holes to try.
SERVER: Final = b"chatroom"

#: What asks a client for an upgrade, beside the status 426.
UPGRADE: Final[Headers] = ((b"Upgrade", b"websocket"), (b"Connection", b"upgrade"))

#: The policy of an answer that is nothing but its text.
BARE_POLICY: Final = b"default-src 'none'; base-uri 'none'; form-action 'none'"


def protection(policy: bytes = BARE_POLICY, *, embeddable: bool = False) -> Headers:
    """
    Return the headers that keep a browser from what the answer is not for.

    Args:
        policy: The Content-Security-Policy but for its ``frame-ancestors``.
        embeddable: Whether pages of other sites may show this one in a frame.
    """
    headers: Headers = (
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Referrer-Policy", b"no-referrer"),
    )
    if embeddable:
        return ((b"Content-Security-Policy", policy), *headers)
    return (
        (b"Content-Security-Policy", policy + b"; frame-ancestors 'none'"),
        # Browsers older than the policy know this one.
        (b"X-Frame-Options", b"DENY"),
        *headers,
    )


def text_of(status: int, reason: str) -> bytes:
    """
    Return the page that tells people what went wrong: one plain sentence.
    """
    return f"{status} {HTTPStatus(status).phrase}\n\n{reason}\n".encode()


def closing_answer(status: int, reason: str, headers: Headers = ()) -> bytes:
    """
    Return a whole HTTP answer, after which the connection is closed.

    Args:
        status: An error's, 4xx or 5xx.
        reason: One English sentence for people.
        headers: What goes with it in addition.
    """
    body = text_of(status, reason)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    for name, value in (
        (b"Server", SERVER),
        (b"Connection", b"close"),
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
        (b"Cache-Control", b"no-store"),
        *protection(),
        *headers,
    ):
        lines.append(name + b": " + value)
    return b"\r\n".join([*lines, b"", body])
