"""
The answer to the usual handshake of RFC 6455, ahead of Autobahn.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from typing import Final

from chatroom.codecs.head import RequestHead
from chatroom.dialects.carrier import SUBPROTOCOL

#: In Autobahn's words.
_GREETING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: WebSocket\r\n"
    b"Connection: Upgrade\r\n"
    b"%b"
    b"Sec-WebSocket-Accept: %b\r\n"
    b"\r\n"
)
_OURS: Final = SUBPROTOCOL.encode()
_CONFIRMED: Final = b"Sec-WebSocket-Protocol: %b\r\n" % _OURS
#: Source: RFC 6455, section 1.3.
_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def greeting(head: RequestHead) -> bytes | None:
    """
    Return what Autobahn would answer to *head*; None where there is a choice to be made.

    Autobahn reads the head once more, and that takes a seventh of all that a connection
    costs until its person is in a room.

    Args:
        head: One that `chatroom.choice.Dialects` lets pass, which is stricter than Autobahn.
    """
    protocols = head.all(b"sec-websocket-protocol")
    if protocols and protocols != [_OURS]:
        return None
    key = head.get(b"sec-websocket-key") or b""
    digest = sha1(key + _MAGIC, usedforsecurity=False).digest()
    return _GREETING % (_CONFIRMED if protocols else b"", b64encode(digest))
