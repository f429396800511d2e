"""
A real room to measure, and those who talk to it, by blocking sockets.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

PROJECT: Final = Path(__file__).resolve().parents[1]
TWISTD: Final = Path(sys.executable).with_name("twistd")
OPEN: Final = re.compile(r"http://127\.0\.0\.1:(\d+)/")
START_S: Final = 60.0
REPLY_S: Final = 60.0

HANDSHAKE: Final = (
    b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RECEIVE_BYTES: Final = 2**18
#: What every measured room is started with, besides what a measurement needs: without
#: the rules that keep people from saying as much as is to be measured.
OPTIONS: Final = ("--rate", "0")
TEXT: Final = 0x81


class Room:
    """
    A ``twistd`` of its own, as long as the context lasts.

    Args:
        folder: Where it runs and logs.
        options: Of ``twistd chatroom``.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.port = 0

    def __enter__(self) -> Self:
        """Start it and wait until it is open."""
        log = self._folder / "twistd.log"
        log.unlink(missing_ok=True)
        port = ["--port", "tcp:0:interface=127.0.0.1"]
        frame = [str(TWISTD), "--nodaemon", "--pidfile=", f"--logfile={log}", "chatroom", *port]
        self._process = subprocess.Popen(
            [*frame, *OPTIONS, *self._options], cwd=self._folder, env={"PYTHONPATH": str(PROJECT)}
        )
        # Its log is asked, for want of a pipe that nobody would read later.
        deadline = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < deadline:
            found = OPEN.search(log.read_text()) if log.exists() else None
            if found:
                self.port = int(found.group(1))
                return self
            time.sleep(0.05)
        self.__exit__(None, None, None)
        raise SystemExit(f"the room does not open:\n{log.read_text() if log.exists() else ''}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def rss_mib(self) -> float:
        """Return how much memory it holds."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found.group(1)) / 1024

    def cpu_s(self) -> float:
        """Return how much processor time it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


class Caller:
    """
    One connection that asks and waits for the reply; what else it hears is dropped.

    Args:
        port: Where the room is.
    """

    def __init__(self, port: int) -> None:
        self._socket = opened(port)
        self._unread = bytearray()
        self._asked = 0

    def ask(self, **command: object) -> dict[str, Any]:
        """
        Send *command*, return the reply.

        Raises:
            SystemExit: It was refused: then there is nothing to measure.
        """
        self._asked += 1
        id = f"?{self._asked}"
        self._socket.sendall(frame({**command, "id": id}))
        while True:
            told: dict[str, Any] = json.loads(self._next())
            if told.get("id") == id and told["type"] == "error":
                raise SystemExit(f"{command} was refused: {told}")
            if told.get("id") == id and told["type"] != "message":
                return told

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _next(self) -> bytes:
        while True:
            head = 2 if len(self._unread) < 2 else 2 + {126: 2, 127: 8}.get(self._unread[1], 0)
            if len(self._unread) >= head:
                size = self._unread[1]
                if head > 2:
                    size = int.from_bytes(self._unread[2:head], "big")
                if len(self._unread) >= head + size:
                    opcode, payload = self._unread[0], bytes(self._unread[head : head + size])
                    del self._unread[: head + size]
                    if opcode == TEXT:
                        return payload
                    continue
            data = self._socket.recv(RECEIVE_BYTES)
            if not data:
                raise SystemExit("the room has hung up")
            self._unread += data


def opened(port: int) -> socket.socket:
    """
    Return a connection to the room at *port*, its handshake done.
    """
    connection = socket.create_connection(("127.0.0.1", port), REPLY_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(HANDSHAKE % port)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += connection.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    return connection


def frame(command: Mapping[str, object]) -> bytes:
    """
    Return *command* as a client's text frame; its mask is zeros.
    """
    payload = json.dumps(command, ensure_ascii=False).encode()
    size = len(payload)
    head = bytes([TEXT, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + payload
