"""
The examples of docs/embedding.md, as printed but for their ports.
"""

from __future__ import annotations

import re
import signal
import sys
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import expect
from twisted.internet.error import ConnectError
from twisted.internet.threads import deferToThread

from tests.e2e.chromium import Chromium
from tests.e2e.server import PROJECT, TWISTD, Program, environment, own_port, run
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

DOCUMENT: Final = (PROJECT / "docs" / "embedding.md").read_text(encoding="utf-8")
EXAMPLES: Final = {
    match[1]: match[0]
    for match in re.finditer(r"(?<=```python\n)# (\w+)\.py.*?(?=```)", DOCUMENT, re.DOTALL)
}


def start(name: str, folder: Path) -> tuple[Program, int]:
    """Run the example *name* on a free port."""
    port = own_port()
    text, count = re.subn(r"\b(9108|8080)\b", str(port), EXAMPLES[name])
    assert count
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    twistd = [str(TWISTD), "--nodaemon", "--pidfile=", "--python"]
    command = twistd if "twistd" in text else [sys.executable]
    return run(folder, *command, f"{name}.py", environment=environment()), port


async def enter(name: str, port: int, path: str = "chat") -> AutobahnTalker:
    """Enter the lobby, once the program is up."""

    async def look() -> AutobahnTalker | None:
        talker = AutobahnTalker(name, path=path)
        try:
            await talker.enter(port)
        except ConnectError:
            return None
        return talker

    talker = await until(look, lambda found: found is not None)
    assert talker is not None
    return talker


async def stop(program: Program) -> None:
    """End *program* as an operator does."""
    program.send_signal(signal.SIGTERM)
    try:
        await program.end()
    finally:
        program.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("name", ["office", "website", "listen", "kitchen"])
@story
async def test_people_talk(tmp_path: Path, name: str) -> None:
    """Each example is a room in which two people talk, and ends when it is told to."""
    program, port = start(name, tmp_path)
    try:
        path = "talk/chat" if name == "website" else "chat"
        ann, bob = await enter("Ann", port, path), await enter("Bob", port, path)

        await ann.say("hello")

        await bob.hears([("Ann", "hello")])
    finally:
        await stop(program)
    assert "Traceback" not in program.story()
    assert (await ann.told_of("closing"))["code"] == 1001


@story
async def test_members_of_the_site(tmp_path: Path) -> None:
    """Who is signed in at the site that hosts the room enters as who they are there."""
    program, port = start("members", tmp_path)
    try:
        stranger = await enter("Bob", port, "talk/chat")
        answer = await deferToThread(asked, port, "/sign-in?name=Ann")
        cookie = answer.getheader("Set-Cookie", "").partition(";")[0]
        ann = AutobahnTalker("whoever", path="talk/chat", cookie=cookie)
        await ann.enter(port)

        assert stranger.told[0]["code"] == "sign_in"
        assert ((await ann.told_of("welcome"))["name"], ann.told[-1]["type"]) == ("Ann", "joined")
    finally:
        await stop(program)


@story
async def test_members_of_the_site_in_a_browser(chromium: Chromium, tmp_path: Path) -> None:
    """Of who is signed in at the site the page asks no name; who is not stays at the door."""
    program, port = start("members", tmp_path)
    try:
        await enter("Bob", port, "talk/chat")
        ann = await chromium.open(f"http://127.0.0.1:{port}/sign-in?name=Ann")
        await ann.do(expect(ann.page.locator("#text")).to_be_visible)
        await ann.do(expect(ann.page.locator("#me")).to_contain_text, "Ann")
        await ann.do(expect(ann.page.locator("#door")).to_be_hidden)
        await ann.say("hello")
        await ann.hears([("Ann", "hello")])
        await ann.do(ann.page.reload)
        await ann.hears([("Ann", "hello")])

        stranger = await chromium.open(f"http://127.0.0.1:{port}/talk/")
        await stranger.do(expect(stranger.page.locator("#door")).to_be_visible)
        await stranger.do(expect(stranger.page.locator("#text")).to_be_hidden)
        assert ann.complaints == []
    finally:
        await stop(program)


def asked(port: int, path: str) -> HTTPResponse:
    """Return the answer to a request, without following where it leads."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@story
async def test_the_program_takes_part(tmp_path: Path) -> None:
    """The host program hears, answers and refuses."""
    program, port = start("kitchen", tmp_path)
    try:
        ann = await enter("Ann", port)

        refusal = await ann.ask(type="say", room="lobby", text="coffee?")
        await ann.say("!tea")

        assert (refusal["code"], refusal["reason"]) == ("forbidden", "this is a tea kitchen")
        await ann.hears([("Ann", "!tea"), ("kettle", "Coming up.")])
    finally:
        await stop(program)


@story
async def test_the_program_keeps_order(tmp_path: Path) -> None:
    """The host program sends somebody out, and takes back what they said."""
    program, port = start("keeper", tmp_path)
    try:
        ann, bob = await enter("Ann", port), await enter("Bob", port)

        await bob.say("come to my casino")

        assert (await bob.told_of("left"))["reason"] == "advertising"
        refusal = await bob.ask(type="join", room="lobby")
        assert (refusal["code"], refusal["retry_after"] > 3000) == ("banned", True)
        page = await ann.ask(type="history", room="lobby")
        assert [message["deleted"] for message in page["events"]] == [True]
    finally:
        await stop(program)
