"""
Behind a reverse proxy, below a path.
"""

from __future__ import annotations

from tests.e2e.chromium import Chromium
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story


@story
async def test_site_works_below_a_path(chromium: Chromium, server: Server) -> None:
    """
    Both pages find their parts and the room wherever a proxy mounts the site.

    The classic page is seen in Chromium here: a hixie browser compares the address in
    the server's handshake with its own, of which a proxy that takes a path off tells
    the server nothing.
    """
    proxy = Proxy(server.port, prefix="/room")
    await proxy.start()
    ann = await chromium.open(f"http://127.0.0.1:{proxy.port}/room/")
    bob = await chromium.open(f"http://127.0.0.1:{proxy.port}/room/classic")
    await ann.enter("ann")
    await bob.do(bob.page.locator("#name").fill, "bob")
    await bob.do(bob.page.locator("#enter-button").click)

    await ann.say("Hello from below")

    await bob.do(bob.page.locator("#entries").get_by_text("Hello from below").wait_for)
    assert ann.complaints == []
    assert bob.complaints == []

    await proxy.cut()
