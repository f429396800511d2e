"""
The command itself: what it explains, how it fails, how it ends.
"""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.server import STOP_TIMEOUT_S, Program, Server, twistd
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker, HixieTalker

OPTIONS = ["--port", "--web", "--allow-origin", "--no-hixie", "--room", "--retain"]


def start(folder: Path, *options: str, daemon: bool) -> Program:
    """Start the room in the foreground or daemonized, all it leaves in *folder*."""
    if not daemon:
        return twistd(folder, "--nodaemon", "--pidfile=", "chatroom", *options)
    frame = [f"--pidfile={folder / 'twistd.pid'}", f"--logfile={folder / 'twistd.log'}"]
    return twistd(folder, *frame, "chatroom", *options)


def running(folder: Path) -> list[int]:
    """Return the processes that were started with *folder* on their command line."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in command.read_bytes():
                found.append(int(command.parent.name))
        except OSError:
            continue  # it ended while we looked
    return found


@story
async def test_help_explains_each_option(tmp_path: Path) -> None:
    """``twistd chatroom --help`` says what each option is for."""
    program = twistd(tmp_path, "chatroom", "--help")

    assert await program.end() == 0

    for option in OPTIONS:
        explained = re.search(rf"{option}\b[= \w]*\s+([A-Z][^\n]+)", program.out)
        assert explained, f"{option} is not explained in:\n{program.out}"


@pytest.mark.parametrize("how", ["foreground", "daemon"])
@pytest.mark.parametrize("wrong", ["port", "in-use", "web"])
@story
async def test_wrong_option_is_one_line(tmp_path: Path, wrong: str, how: str) -> None:
    """What is wrong with an option is told in one line, and nothing stays behind."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        in_use = f"tcp:{other.getsockname()[1]}:interface=127.0.0.1"
        options = {
            "port": ["--port", "abc"],
            "in-use": ["--port", in_use],
            "web": ["--port", "tcp:0:interface=127.0.0.1", "--web", str(tmp_path / "nowhere")],
        }[wrong]
        program = start(tmp_path, *options, daemon=how == "daemon")

        try:
            status = await program.end()
            left = running(tmp_path)
        finally:
            for process in running(tmp_path):
                os.kill(process, signal.SIGKILL)

    said = {"port": "abc", "in-use": in_use.split(":")[1], "web": "nowhere"}[wrong]
    assert status == 1, program.story()
    assert len(program.err.splitlines()) == 1, program.story()
    assert said in program.err
    assert "Traceback" not in program.out
    assert left == []


@story
async def test_sigterm_says_goodbye(tmp_path: Path) -> None:
    """SIGTERM: everyone is told ``closing`` 1001 and when to return, and the process ends."""
    server = Server(tmp_path)
    await server.start()
    ann = AutobahnTalker("ann")
    tv = HixieTalker("tv", keys=True)
    kiosk = HixieTalker("kiosk", keys=False)
    for talker in (ann, tv, kiosk):
        await talker.enter(server.port)

    server.program.send_signal(signal.SIGTERM)

    for talker in (ann, tv, kiosk):
        closing = await talker.told_of("closing")
        assert closing["code"] == 1001
        assert 1 <= closing["retry_after"] <= 10
    assert await ann.end() == 1001
    await tv.end()
    await kiosk.end()
    await server.program.end(STOP_TIMEOUT_S)
    assert server.program.ended
