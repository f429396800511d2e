"""
Rows 16, 19 and 20: what the site gives to whom.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest
from pytest_twisted import async_yield_fixture

from chatroom.limits import BODY_BYTES, HEAD_BYTES
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.heads import HIXIE_76, RFC6455, UPGRADE, head
from tests.hostile.conftest import unharmed
from tests.hostile.raw import dialled, sent, statuses, together

SECRET: Final = b"nobody may read this"


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def own_site(tmp_path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """A room that serves a folder in which there is more than pages."""
    web = tmp_path / "web"
    for folder in (web / "sub", web / ".git", tmp_path / "webbing"):
        folder.mkdir(parents=True)
    (tmp_path / "secret.txt").write_bytes(SECRET)
    (tmp_path / "webbing/secret.txt").write_bytes(SECRET)
    (web / "index.html").write_text("<p>welcome")
    (web / "sub/page.html").write_text("<p>page")
    (web / ".git/config").write_bytes(SECRET)
    (web / ".env").write_bytes(SECRET)
    (web / "out.txt").symlink_to(tmp_path / "secret.txt")
    (web / "out").symlink_to(tmp_path)
    (web / "sub/up").symlink_to("..")
    (web / "loop").symlink_to("loop")
    os.mkfifo(web / "pipe.txt")
    server = Server(tmp_path, "--web", str(web))
    await server.start()
    yield server
    try:
        unharmed(server)
    finally:
        await server.stop()


PATHS: Final = (
    "/secret.txt",
    "/../secret.txt",
    "/sub/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "/..%c0%afsecret.txt",
    "/....//secret.txt",
    "//secret.txt",
    "/./../secret.txt",
    "/../webbing/secret.txt",
    "/.git/config",
    "/.git/",
    "/.env",
    "/%2eenv",
    "/out.txt",
    "/out/secret.txt",
    "/sub/up/.env",
    "/loop",
    "/pipe.txt",
    "/index.html%00.txt",
    "/%00",
    "/out.txt%00.html",
    "/index.html/",
    "/index.html/../.env",
    "/sub",
    "/sub/",
    "/" + "a" * 5_000,
    "/" + "a/" * 4_000,
    "/%ff%fe",
    "/con",
    "/;/secret.txt",
    "/index.html;x/../../secret.txt",
    "http://a/../secret.txt",
    "*",
    "/proc/self/environ",
    "/chatroom-data/chatroom.sqlite",
)


@story
async def test_row_19_nothing_but_the_pages(own_site: Server) -> None:
    """Row 19: no listing, dotfile, link out, pipe or NUL: neither a leak nor a 5xx."""
    for path in PATHS:
        answer = await sent(own_site.port, head(f"GET {path} HTTP/1.1", "Host: a"))
        assert SECRET not in answer, path
        assert 400 <= statuses(answer)[0] < 500, (path, answer)
        assert b"page.html" not in answer, path


@story
async def test_row_19_odd_ranges(own_site: Server) -> None:
    """Row 19: a range, however odd, gets the whole page."""
    for value in (
        "bytes=0-0",
        "bytes=-1",
        "bytes=5-1",
        "bytes=0-,0-,0-,0-",
        "bytes=" + ",".join(f"{n}-" for n in range(1_000)),
        "bytes=99999999999999999999-",
        "bytes=--1",
        "bytes=",
        "lines=1-2",
        "bytes=0-1\t,\t2-3",
    ):
        answer = await sent(
            own_site.port, head("GET / HTTP/1.1", "Host: a", f"Range: {value}", "If-Range: x")
        )
        assert statuses(answer) == [200], (value, answer)
        assert answer.endswith(b"<p>welcome"), value


BODY: Final = "x" * (BODY_BYTES + 1)
#: Name: what is asked, and the status of the answer.
ASKED: Final = {
    "a page": (200, head("GET / HTTP/1.1", "Host: a")),
    "the page of old browsers": (200, head("GET /classic HTTP/1.1", "Host: a")),
    "a script": (200, head("GET /js/app.js HTTP/1.1", "Host: a")),
    "the head of a page": (200, head("HEAD / HTTP/1.1", "Host: a")),
    "nothing new": (304, head("GET / HTTP/1.1", "Host: a", "If-None-Match: *")),
    "nothing at all": (404, head("GET /nothing HTTP/1.1", "Host: a")),
    "another method": (405, head("DELETE / HTTP/1.1", "Host: a")),
    "a trace": (405, head("TRACE / HTTP/1.1", "Host: a")),
    "a plain request to the room": (426, head("GET /chat HTTP/1.1", "Host: a")),
    "no request": (400, b"hello\r\n\r\n"),
    "a head without end": (431, b"GET / HTTP/1.1\r\nA: " + b"x" * HEAD_BYTES),
    "chunks": (411, head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")),
    "a large body": (413, head("POST / HTTP/1.1", "Host: a", f"Content-Length: {len(BODY)}")),
    "an expectation": (
        417,
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue"),
    ),
    "an upgrade elsewhere": (404, head("GET /elsewhere HTTP/1.1", *RFC6455)),
    "an upgrade of an evil page": (
        403,
        head("GET /chat HTTP/1.1", *RFC6455, "Origin: https://evil.example"),
    ),
    "an upgrade of a version of tomorrow": (
        426,
        head(
            "GET /chat HTTP/1.1",
            *UPGRADE,
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 99",
        ),
    ),
    "an upgrade with a bad key": (
        400,
        head("GET /chat HTTP/1.1", *HIXIE_76[:-1], "Sec-WebSocket-Key2: 1") + b"8 bytes.",
    ),
    "a link to draw for nobody's page": (
        403,
        head("POST /invitation.svg HTTP/1.1", "Host: a", "Content-Length: 3") + b"x=y",
    ),
}
PROTECTION: Final = {
    b"x-content-type-options": rb"nosniff",
    b"referrer-policy": rb"no-referrer",
    b"content-security-policy": rb"default-src 'none';.*frame-ancestors 'none'",
    b"x-frame-options": rb"DENY",
    b"server": rb"chatroom",
}


@story
async def test_row_20_every_answer_is_protected(room: Server) -> None:
    """Row 20: pages, refusals and errors alike have the headers; none tells a version."""
    names = sorted(ASKED)
    answers = await together(sent(room.port, ASKED[name][1]) for name in names)
    for name, answer in zip(names, answers, strict=True):
        assert statuses(answer) == [ASKED[name][0]], (name, answer)
        lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        for key, value in PROTECTION.items():
            found = [line for line in lines if line.lower().startswith(key + b": ")]
            assert len(found) == 1, (name, key, answer)
            assert re.fullmatch(value, found[0].partition(b": ")[2]), (name, found)
        assert b"twisted" not in answer.lower().partition(b"\r\n\r\n")[0], name
        assert b"autobahn" not in answer.lower(), name


@story
async def test_row_20_a_page_may_talk_to_its_own_host_by_name(room: Server) -> None:
    """Row 20: the room's own host is in the policy, for older Safari; nothing else gets in."""
    answer = await sent(room.port, head("GET / HTTP/1.1", "Host: chat.example:9108"))
    policy = next(it for it in answer.split(b"\r\n") if it.startswith(b"Content-Security-Policy"))
    assert b"connect-src 'self' ws://chat.example:9108 wss://chat.example:9108;" in policy
    assert b"unsafe" not in policy
    for host in ("a;script-src *", "a'none'", "a,b", "a b", "[::1]", "a%0d%0aX: y"):
        answer = await sent(room.port, head("GET / HTTP/1.1", f"Host: {host}"))
        assert b"script-src *" not in answer, host
        assert statuses(answer)[0] in {200, 400}, host


@pytest.mark.parametrize("server", [("--allow-host", "chat.example")], indirect=True)
@story
async def test_row_16_unknown_hosts_are_refused(server: Server) -> None:
    """Row 16: with ``--allow-host`` no other name is answered, on a later request neither."""

    def asks(host: str) -> tuple[bytes, ...]:
        return (
            head("GET / HTTP/1.1", f"Host: {host}"),
            head("GET /chat HTTP/1.1", *UPGRADE[:2], *RFC6455[3:], f"Host: {host}"),
            head("GET /chat HTTP/1.1", *UPGRADE[:2], *HIXIE_76[3:], f"Host: {host}") + b"12345678",
            head("GET /chat HTTP/1.1", *UPGRADE[:2], f"Host: {host}"),
        )

    for host in (
        "evil.example",
        "chat.example.evil.example",
        "chat.exampl",
        "127.0.0.1",
        "[::1]:1",
    ):
        for ask in asks(host):
            answer = await sent(server.port, ask)
            assert statuses(answer) == [421], (host, answer)
    for host in ("chat.example", "CHAT.example:9108"):
        for ask, status in zip(asks(host), (200, 101, 101, 101), strict=True):
            raw = await dialled(server.port)
            raw.send(ask)
            assert statuses(await raw.answer()) == [status], (host, bytes(raw.got))
            raw.hang_up()
    second = await sent(
        server.port, head("GET / HTTP/1.1", "Host: chat.example"), asks("evil.example")[0]
    )
    assert statuses(second) == [200, 421]
