"""
Heads of requests, good and bad: one table for whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatroom.limits import HEAD_BYTES, HEAD_HEADERS


def head(request_line: str, *headers: str) -> bytes:
    """
    Write a head down; characters are bytes.
    """
    return "\r\n".join([request_line, *headers, "", ""]).encode("latin-1")


KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
VERSION = "Sec-WebSocket-Version: 13"
KEY1 = "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5"
KEY2 = "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00"
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Host: a.example:9108")
RFC6455 = (*UPGRADE, KEY, VERSION)
HIXIE_76 = (*UPGRADE, KEY1, KEY2)

#: Name: the dialect that the head asks for, and the head.
GOOD: dict[str, tuple[str, bytes]] = {
    "a page": ("", head("GET / HTTP/1.1", "Host: a.example")),
    "an old client": ("", head("GET / HTTP/1.0")),
    "the server itself": ("", head("OPTIONS * HTTP/1.1", "Host: a")),
    "a whole URL": ("", head("GET http://a/x?y HTTP/1.1", "Host: a")),
    "an empty Host": ("", head("GET / HTTP/1.1", "Host:")),
    "a port": ("", head("GET /x?y=%20 HTTP/1.1", "Host: [::1]:9108", "X: \t y \t", "Empty:")),
    "a body": ("", head("POST / HTTP/1.1", "Host: a", "Content-Length: 007")),
    "a chunked body": ("", head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked")),
    "bytes past ASCII": ("", head("GET / HTTP/1.1", "Host: a", "Cookie: n=\xc3\x85\xff")),
    "another upgrade": (
        "",
        head("GET / HTTP/1.1", "Host: a", "Upgrade: h2c", "Connection: upgrade"),
    ),
    "an upgrade not hop by hop": ("", head("GET /chat HTTP/1.1", "Host: a", "Upgrade: websocket")),
    "as many headers as may be": (
        "",
        head("GET / HTTP/1.1", "Host: a", *["A: b"] * (HEAD_HEADERS - 1)),
    ),
    "as many bytes as may be": (
        "",
        head("GET / HTTP/1.1", "Host: a", "Pad: ".ljust(HEAD_BYTES - 29, "x")),
    ),
    "RFC 6455": ("rfc6455", head("GET /chat HTTP/1.1", *RFC6455)),
    "RFC 6455 in lists": (
        "rfc6455",
        head(
            "GET /chat?a=b HTTP/1.1",
            "host: a",
            "UPGRADE: h2c, WebSocket",
            "connection: keep-alive",
            "Connection: foo,UPGRADE",
            "Content-Length: 0",
            "Sec-WebSocket-Protocol: chatroom.v1, x",
            "Sec-WebSocket-Protocol: y",
            KEY,
            VERSION,
        ),
    ),
    "version 8": (
        "rfc6455",
        head("GET /chat HTTP/1.1", *UPGRADE, KEY, "Sec-WebSocket-Version: 8"),
    ),
    "hixie-76": (
        "hixie-76",
        head("GET /chat HTTP/1.1", *HIXIE_76, "Origin: http://a.example:9108"),
    ),
    "hixie-75": ("hixie-75", head("GET /chat HTTP/1.1", *UPGRADE)),
}

#: Name: the status it is refused with, and the head.
BAD: dict[str, tuple[int, bytes]] = {
    "TLS to the plain port": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64)),
    "another protocol": (400, b"SSH-2.0-OpenSSH_9.2\r\n"),
    "HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/0.9": (400, b"GET /\r\n"),
    "HTTP/1.2": (400, head("GET / HTTP/1.2", "Host: a")),
    "lower-case HTTP": (400, head("GET / http/1.1", "Host: a")),
    "an empty line first": (400, head("", "GET / HTTP/1.1", "Host: a")),
    "two spaces": (400, head("GET  / HTTP/1.1", "Host: a")),
    "a space behind": (400, head("GET / HTTP/1.1 ", "Host: a")),
    "a tab between": (400, head("GET\t/ HTTP/1.1", "Host: a")),
    "a method of other signs": (400, head("GE(T / HTTP/1.1", "Host: a")),
    "a fragment": (400, head("GET /#x HTTP/1.1", "Host: a")),
    "a target that is no path": (400, head("GET x/chat HTTP/1.1", *RFC6455)),
    "a query alone": (400, head("GET ?x HTTP/1.1", *RFC6455)),
    "a target for a tunnel": (400, head("CONNECT a:80 HTTP/1.1", "Host: a:80")),
    "a target past ASCII": (400, head("GET /\xe4 HTTP/1.1", "Host: a")),
    "LF alone": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "LF alone in a header": (400, head("GET / HTTP/1.1", "Host: a", "A: b\nC: d")),
    "LF alone at the end": (400, b"GET / HTTP/1.1\r\nHost: a\r\n\n"),
    "CR alone": (400, head("GET / HTTP/1.1", "Host: a", "A: b\rC: d")),
    "CR twice": (400, b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
    "NUL": (400, head("GET / HTTP/1.1", "Host: a", "A: \0")),
    "DEL": (400, head("GET / HTTP/1.1", "Host: a", "A: \x7f")),
    "a vertical tab": (400, head("GET / HTTP/1.1", "Host: a", "A: b\x0bC: d")),
    "a folded line": (400, head("GET / HTTP/1.1", "Host: a", "A: b", " c")),
    "a folded first header": (400, head("GET / HTTP/1.1", " Host: a")),
    "a space before the colon": (400, head("GET / HTTP/1.1", "Host : a")),
    "no colon": (400, head("GET / HTTP/1.1", "Host: a", "A")),
    "no name": (400, head("GET / HTTP/1.1", "Host: a", ": b")),
    "a name of other signs": (400, head("GET / HTTP/1.1", "Host: a", "A(: b")),
    "no Host": (400, head("GET / HTTP/1.1")),
    "two Hosts": (400, head("GET / HTTP/1.1", "Host: a", "host: a")),
    "two Hosts of an old client": (400, head("GET / HTTP/1.0", "Host: a", "Host: b")),
    "a Host of two": (400, head("GET / HTTP/1.1", "Host: a, b")),
    "a Host with a path": (400, head("GET / HTTP/1.1", "Host: a/b")),
    "a Host with a long port": (400, head("GET / HTTP/1.1", "Host: a:123456")),
    "a Host that ends a policy": (400, head("GET / HTTP/1.1", 'Host: a"b')),
    "two lengths": (
        400,
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 2"),
    ),
    "the same length twice": (
        400,
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 1"),
    ),
    "a list of lengths": (400, head("POST / HTTP/1.1", "Host: a", "Content-Length: 1, 1")),
    "a signed length": (400, head("POST / HTTP/1.1", "Host: a", "Content-Length: +1")),
    "a negative length": (400, head("POST / HTTP/1.1", "Host: a", "Content-Length: -1")),
    "a hexadecimal length": (400, head("POST / HTTP/1.1", "Host: a", "Content-Length: 0x1")),
    "no length": (400, head("POST / HTTP/1.1", "Host: a", "Content-Length:")),
    "a length of 5000 digits": (
        400,
        head("POST / HTTP/1.1", "Host: a", "Content-Length: " + "1" * 5000),
    ),
    "a length and a coding": (
        400,
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked"),
    ),
    "two codings": (
        400,
        head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
    ),
    "an unknown coding": (400, head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked")),
    "a coding that is none": (
        400,
        head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: identity"),
    ),
    "a coding of an old client": (
        400,
        head("POST / HTTP/1.0", "Host: a", "Transfer-Encoding: chunked"),
    ),
    "too many headers": (431, head("GET / HTTP/1.1", "Host: a", *["A: b"] * HEAD_HEADERS)),
    "one byte too many": (
        431,
        head("GET / HTTP/1.1", "Host: a", "Pad: ".ljust(HEAD_BYTES - 28, "x")),
    ),
    "a head without end": (431, b"GET / HTTP/1.1\r\nA: " + b"x" * 2 * HEAD_BYTES),
    "a target without end": (431, b"GET /" + b"x" * HEAD_BYTES),
    "an upgrade with a body": (400, head("GET /chat HTTP/1.1", *RFC6455, "Content-Length: 5")),
    "an upgrade with chunks": (
        400,
        head("GET /chat HTTP/1.1", *RFC6455, "Transfer-Encoding: chunked"),
    ),
    "an upgrade that expects": (400, head("GET /chat HTTP/1.1", *RFC6455, "Expect: 100-continue")),
    "an upgrade by an old client": (400, head("GET /chat HTTP/1.0", *RFC6455)),
    "an upgrade by POST": (400, head("POST /chat HTTP/1.1", *RFC6455)),
    "an upgrade without Host": (
        400,
        head("GET /chat HTTP/1.1", "Upgrade: websocket", "Connection: upgrade", "Host:"),
    ),
    "an upgrade with two Hosts": (400, head("GET /chat HTTP/1.1", *RFC6455, "Host: b")),
    "an upgrade with two keys": (400, head("GET /chat HTTP/1.1", *RFC6455, KEY)),
    "an upgrade with two versions": (400, head("GET /chat HTTP/1.1", *RFC6455, VERSION)),
    "an upgrade with two origins": (
        400,
        head("GET /chat HTTP/1.1", *RFC6455, "Origin: http://a", "Origin: http://b"),
    ),
    "a subprotocol twice": (
        400,
        head("GET /chat HTTP/1.1", *RFC6455, "Sec-WebSocket-Protocol: a, b, a"),
    ),
    "a key without a version": (400, head("GET /chat HTTP/1.1", *UPGRADE, KEY)),
    "a version without a key": (400, head("GET /chat HTTP/1.1", *UPGRADE, VERSION)),
    "a short key": (
        400,
        head("GET /chat HTTP/1.1", *UPGRADE, VERSION, "Sec-WebSocket-Key: dGhlIA=="),
    ),
    "two dialects": (400, head("GET /chat HTTP/1.1", *RFC6455, KEY1, KEY2)),
    "one old key": (400, head("GET /chat HTTP/1.1", *UPGRADE, KEY1)),
    "an old key twice": (400, head("GET /chat HTTP/1.1", *UPGRADE, KEY1, KEY2, KEY1)),
    "old keys with a body": (400, head("GET /chat HTTP/1.1", *HIXIE_76, "Content-Length: 8")),
    "hixie-75 by POST": (400, head("POST /chat HTTP/1.1", *UPGRADE)),
    "old keys, no upgrade": (400, head("GET /chat HTTP/1.1", "Host: a", KEY1, KEY2)),
}


def cuts(stream: bytes) -> Iterator[list[bytes]]:
    """
    Cut *stream* in all the ways worth trying: whole, in bytes, in two anywhere.

    Of a long stream only the two-part cuts near its ends are made.
    """
    yield [stream]
    yield [stream[i : i + 1] for i in range(len(stream))]
    for i in range(1, len(stream)):
        if i < 600 or i > len(stream) - 100:
            yield [stream[:i], stream[i:]]
