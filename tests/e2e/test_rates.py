"""
Who writes faster than the server takes it.
"""

from __future__ import annotations

import pytest

from tests.e2e.chromium import Chromium
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker

#: One message to begin with, and one a second.
SLOW = ["--rate", "1", "--burst", "1"]


@pytest.mark.parametrize("server", [SLOW], indirect=True)
@story
async def test_row_23_pages_wait_and_lose_nothing(chromium: Chromium, server: Server) -> None:
    """What was written too fast is said later by itself, in order, on both pages."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    ann = await chromium.open(server.url())
    await ann.enter("ann")
    tv = await chromium.open(server.url("classic"))
    await tv.do(tv.page.locator("#name").fill, "tv")
    await tv.do(tv.page.locator("#enter-button").click)
    await tv.do(tv.page.locator("#members li").first.wait_for)

    for number in range(4):
        await ann.say(f"ann {number}")
        await tv.do(tv.page.locator("#text").fill, f"tv {number}")
        await tv.do(tv.page.locator("#text").press, "Enter")
    await bob.hears_many(8)

    for name in ("ann", "tv"):
        expected = [(name, f"{name} {number}") for number in range(4)]
        assert [line for line in bob.heard if line[0] == name] == expected
    await ann.hears(bob.heard)
    assert ann.complaints == []
    assert tv.complaints == []
