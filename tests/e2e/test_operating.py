"""
Under systemd, and behind nginx, as docs/operating.md has it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from pytest_twisted import async_yield_fixture
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from tests.e2e.server import (
    PROJECT,
    STOP_TIMEOUT_S,
    TWISTD,
    Program,
    Server,
    environment,
    own_port,
    run,
)
from tests.e2e.stories import story
from tests.e2e.waiting import News, reactor
from tests.e2e.wire import AutobahnTalker
from tests.http import Answer, answers

DOCUMENT: Final = PROJECT / "docs" / "operating.md"
METRICS: Final = re.compile(r"Metrics are at http://127\.0\.0\.1:(\d+)/metrics")
#: nginx says so when it listens.
BEGUN: Final = re.compile(r"event method")
#: The nearest that there is to systemd's way of starting a program: its descriptors
#: begin at 3, and the variables name the process that they are for.
ACTIVATE: Final = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=room exec "$0" "$@"'


class Asker(Protocol):
    """
    Sends one request, and reads up to the end of the connection.
    """

    transport: ITCPTransport

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.heard = b""
        self.ended = False
        self.news = News()

    def connectionMade(self) -> None:
        """Ask."""
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        """Listen."""
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """That was the answer."""
        self.ended = True
        self.news.tell()


async def asked(port: int, path: str) -> Asker:
    """Ask for *path*, and do not wait for the answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    asker: Asker = await connectProtocol(endpoint, Asker(request.encode()))
    return asker


async def answered(asker: Asker) -> Answer:
    """Wait for the answer."""
    await asker.news.until(lambda: asker.ended, lambda: repr(asker.heard))
    (answer,) = answers(asker.heard)
    return answer


async def got(port: int, path: str) -> Answer:
    """Ask for *path*."""
    return await answered(await asked(port, path))


@story
async def test_systemd_passes_the_port(tmp_path: Path) -> None:
    """
    Who comes while the room is not there waits, and is served when it is; when it ends the
    port is still systemd's. Its log is JSON from the first line to the last, and its
    metrics are where it says.
    """
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        early = await asked(port, "/healthz")
        room = Program()
        reactor.spawnProcess(
            room,
            "/bin/sh",
            [
                *("/bin/sh", "-c", ACTIVATE, str(TWISTD), "--nodaemon", "--pidfile=", "chatroom"),
                *("--port", "systemd:domain=INET:index=0", "--json-log", "-"),
                *("--metrics", "tcp:0:interface=127.0.0.1"),
            ],
            env=environment(),
            path=str(tmp_path),
            childFDs={0: "w", 1: "r", 2: "r", 3: held.fileno()},
        )

        try:
            first = await answered(early)
            metrics = await got(int((await room.says(METRICS))[1]), "/metrics")
            room.send_signal(signal.SIGTERM)
            await room.end(STOP_TIMEOUT_S)
        finally:
            room.send_signal(signal.SIGKILL)
        late = await asked(port, "/healthz")
        late.transport.abortConnection()

    assert (first.status, first.body) == (200, b"ok\n"), room.story()
    assert b"chatroom_connections{" in metrics.body
    lines = [json.loads(line) for line in room.out.splitlines()]
    assert f"The room is open at http://127.0.0.1:{port}/" in [line["message"] for line in lines]
    assert lines[-1]["message"] == "Server Shut Down."


def documented(room: int, port: int, folder: Path) -> str:
    """
    Return nginx's configuration as documented, between *port* and *room*; but plain, for
    what it has to do with certificates is its own.
    """
    (block,) = re.findall(r"(?s)```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"))
    for what, instead in (
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};"),
        (r"listen \[::\]:443 ssl http2;", ""),
        (r"ssl_certificate\w* .*;", ""),
        (r"127\.0\.0\.1:9108", f"127.0.0.1:{room}"),
    ):
        block, count = re.subn(what, instead, block)
        assert count, what
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    frame = (
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log /dev/stdout notice;\n"
        "events {}\nhttp {\n"
    )
    return f"{frame}access_log off;\n{temporary}{block}}}\n"


@async_yield_fixture()  # type: ignore[untyped-decorator]
async def nginx(tmp_path: Path, server: Server) -> AsyncIterator[int]:
    """The port of an nginx in front of the server."""
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        if os.environ.get("CI") == "true":
            pytest.fail("nginx is missing", pytrace=False)
        pytest.skip("nginx is missing")
    port, file = own_port(), tmp_path / "nginx.conf"
    file.write_text(documented(server.port, port, tmp_path), encoding="utf-8")
    program = run(tmp_path, binary, "-e", "/dev/stdout", "-c", str(file))
    try:
        await program.says(BEGUN)
        yield port
    finally:
        program.send_signal(signal.SIGTERM)
        await program.end()


@story
async def test_nginx_as_documented(server: Server, nginx: int) -> None:
    """Pages and WebSockets come through the configuration that the document has."""
    page = await got(nginx, "/")
    ann, bob = AutobahnTalker("ann"), AutobahnTalker("bob")
    await ann.enter(nginx)
    await bob.enter(server.port)

    await ann.say("Hello from behind nginx")

    await bob.hears([("ann", "Hello from behind nginx")])
    assert page.status == 200
    assert b"<title>" in page.body
    assert page.fields[b"content-security-policy"]
