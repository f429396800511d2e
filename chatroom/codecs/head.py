"""
The first bytes of a connection: one HTTP request head, bounded.

It is read ahead of the HTTP server and the dialects, which parse it again from
the bytes replayed to them. Two parsers that understand one head differently are
how requests are smuggled, so this one refuses whatever can be read in two ways
and passes on only what cannot.

Sources: RFC 9110 (fields), RFC 9112 (messages), RFC 6455 section 4.2.1,
draft-hixie-thewebsocketprotocol-75 and -76.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from chatroom.limits import HEAD_BYTES, HEAD_HEADERS

Dialect = Literal["", "rfc6455", "hixie-76", "hixie-75"]

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NAME: Final = re.compile(_TOKEN)
#: What is asked for: a path, a whole URL, or the server itself. A fragment (``#``) is for
#: the client alone and has no place in it. Twisted would skip a first byte of any kind.
_TARGET: Final = rb"/[!\"$-~]*|https?://[!\"$-~]+|\*"
_REQUEST_LINE: Final = re.compile(rb"(%b) (%b) (HTTP/1\.[01])" % (_TOKEN, _TARGET))
#: Never legal in a head. CR and LF are judged with their line.
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOST: Final = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")
#: More digits are no length, and Python refuses to read thousands of them.
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")

#: What an upgrade may say at most once: two values are two readings.
_ONCE: Final = (
    b"origin",
    b"sec-websocket-extensions",
    b"sec-websocket-key",
    b"sec-websocket-key1",
    b"sec-websocket-key2",
    b"sec-websocket-origin",
    b"sec-websocket-version",
)


class BadHead(Exception):
    """
    A head that is answered with an error, and the connection closed.

    Args:
        status: The HTTP status, 4xx.
        reason: One English sentence for people.
        headers: What the answer carries in addition.
    """

    def __init__(
        self, status: int, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers = headers


@dataclass(frozen=True, slots=True)
class RequestHead:
    """
    A request without its body.

    Args:
        raw: Every byte, the blank line included.
        method: As sent; methods are case-sensitive.
        target: Path and query as sent, percent signs and all.
        version: ``HTTP/1.1`` or ``HTTP/1.0``.
        headers: By lower-cased name, the stripped values in the order sent.
        dialect: Which WebSocket the request asks for; empty for plain HTTP.
    """

    raw: bytes
    method: bytes
    target: bytes
    version: bytes
    headers: dict[bytes, list[bytes]]
    dialect: Dialect

    def get(self, name: bytes) -> bytes | None:
        """
        Return the first value of *name* (lower case), None without any.
        """
        values = self.headers.get(name)
        return values[0] if values else None

    def all(self, name: bytes) -> list[bytes]:
        """
        Return every value of *name* (lower case), in the order sent.
        """
        return self.headers.get(name, [])


class HeadParser:
    """
    Reads one head from a stream cut anywhere; the cuts never change the result.

    Each byte is looked at a constant number of times. Nothing past
    ``HEAD_BYTES`` is looked at.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._line_start = 0
        self._searched = 0
        self._request_line: tuple[bytes, bytes, bytes] | None = None
        self._headers: dict[bytes, list[bytes]] = {}
        self._count = 0

    @property
    def rest(self) -> bytes:
        """
        What came behind the head, once that is complete.
        """
        return bytes(self._buffer)

    def feed(self, data: bytes) -> RequestHead | None:
        """
        Consume wire bytes; return the head once it is complete, and be done.

        The bytes behind it are then the `rest`.

        Raises:
            BadHead: 400 for what is no unambiguous request, 431 for one that is
                too large. The parser is now dead.
        """
        self._buffer += data
        while (end := self._buffer.find(b"\n", self._searched, HEAD_BYTES)) >= 0:
            line = bytes(self._buffer[self._line_start : end + 1])
            self._searched = self._line_start = end + 1
            if line == b"\r\n" and self._request_line is not None:
                return self._complete(end + 1, *self._request_line)
            self._take_line(line)
        # Refusing at the first impossible byte spares a client that speaks TLS
        # to the plain port the wait for the deadline.
        seen = min(len(self._buffer), HEAD_BYTES)
        if _CONTROL.search(self._buffer, self._searched, seen):
            raise BadHead(400, "The request has control characters in it.")
        self._searched = seen
        if seen == HEAD_BYTES:
            raise BadHead(431, "The head of the request is too large.")
        return None

    def _take_line(self, line: bytes) -> None:
        text = line[:-2]
        # Who ends lines at a lone LF and who ends them at CR LF only see
        # different headers, so neither lone one passes.
        if not line.endswith(b"\r\n") or b"\r" in text or _CONTROL.search(text):
            raise BadHead(400, "A line of the request is malformed.")
        if self._request_line is None:
            self._request_line = _request_line(text)
            return
        # A name ends right at its colon. That refuses folded lines too, which
        # some join to the line before and some read as headers.
        name, colon, value = text.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise BadHead(400, "A header of the request is malformed.")
        if self._count == HEAD_HEADERS:
            raise BadHead(431, "The request has too many headers.")
        self._count += 1
        self._headers.setdefault(name.lower(), []).append(value.strip(b" \t"))

    def _complete(self, size: int, method: bytes, target: bytes, version: bytes) -> RequestHead:
        raw = bytes(self._buffer[:size])
        del self._buffer[:size]
        head = RequestHead(raw, method, target, version, self._headers, "")
        _check_framing(head)
        return replace(head, dialect=_dialect(head))


def host_is_sound(host: bytes) -> bool:
    """
    Tell whether *host* is ``name``, ``name:port``, ``[v6]`` or ``[v6]:port``.
    """
    return _HOST.fullmatch(host) is not None


def _request_line(text: bytes) -> tuple[bytes, bytes, bytes]:
    match = _REQUEST_LINE.fullmatch(text)
    if match is None:
        raise BadHead(400, "This is no HTTP/1.1 request.")
    method, target, version = match.groups()
    return method, target, version


def _check_framing(head: RequestHead) -> None:
    """
    Refuse a head that leaves open whom it is for or where its body ends.

    Source: RFC 9112, sections 3.2 and 6.3.
    """
    hosts = head.all(b"host")
    if len(hosts) > 1 or (not hosts and head.version == b"HTTP/1.1"):
        raise BadHead(400, "The request needs exactly one Host.")
    if hosts and hosts[0] and not host_is_sound(hosts[0]):
        raise BadHead(400, "The Host of the request is malformed.")
    lengths = head.all(b"content-length")
    codings = head.all(b"transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise BadHead(400, "The request states its length more than once.")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise BadHead(400, "The length of the request is malformed.")
    if codings and (codings[0].lower() != b"chunked" or head.version != b"HTTP/1.1"):
        raise BadHead(400, "The request uses an unknown transfer coding.")


def _dialect(head: RequestHead) -> Dialect:
    """
    Tell which WebSocket *head* asks for.

    Raises:
        BadHead: It asks for one and contradicts that.
    """
    old_keys = [head.get(b"sec-websocket-key1"), head.get(b"sec-websocket-key2")]
    if not (
        b"websocket" in _tokens(head, b"upgrade") and b"upgrade" in _tokens(head, b"connection")
    ):
        # A proxy that strips an upgrade it does not know leaves the eight bytes
        # behind the keys in the stream, where they would be the next request.
        if old_keys != [None, None]:
            raise BadHead(400, "The request has keys and no upgrade.")
        return ""
    _check_upgrade(head)
    version, key = head.get(b"sec-websocket-version"), head.get(b"sec-websocket-key")
    if (version, key) == (None, None):
        if old_keys == [None, None]:
            return "hixie-75"
        if None in old_keys:
            raise BadHead(400, "The upgrade needs both its keys.")
        return "hixie-76"
    if old_keys != [None, None]:
        raise BadHead(400, "The upgrade asks for two dialects at once.")
    if version is None or key is None or not _KEY.fullmatch(key):
        raise BadHead(400, "The upgrade needs a version and a proper key.")
    return "rfc6455"


def _check_upgrade(head: RequestHead) -> None:
    """
    Refuse an upgrade that no client can mean.

    Source: RFC 6455, section 4.1.
    """
    if head.method != b"GET" or head.version != b"HTTP/1.1":
        raise BadHead(400, "Only a GET of HTTP/1.1 can upgrade.")
    # A body would be read as frames. ``Expect`` announces one, and an HTTP
    # server answers it ahead of the handshake.
    if (
        (head.get(b"content-length") or b"0").strip(b"0")
        or head.all(b"transfer-encoding")
        or head.all(b"expect")
    ):
        raise BadHead(400, "An upgrade has no body.")
    if not head.get(b"host"):
        raise BadHead(400, "An upgrade needs a Host.")
    protocols = _list(head, b"sec-websocket-protocol")
    if any(len(head.all(name)) > 1 for name in _ONCE) or len(protocols) != len(set(protocols)):
        raise BadHead(400, "The upgrade says a thing twice.")


def _tokens(head: RequestHead, name: bytes) -> set[bytes]:
    """
    The members of a header that is a list of words, in lower case.
    """
    return {member.lower() for member in _list(head, name)}


def _list(head: RequestHead, name: bytes) -> list[bytes]:
    """
    The members of a header that is a list, in however many lines it came.
    """
    return [member.strip(b" \t") for value in head.all(name) for member in value.split(b",")]
