"""
Behind a reverse proxy, below a path.
"""

from __future__ import annotations

from pathlib import Path

from tests.e2e.chromium import Chromium
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story


@story
async def test_site_works_below_a_path(
    chromium: Chromium, server: Server, phantomjs: Path, tmp_path: Path
) -> None:
    """Both pages find their parts and the room wherever a proxy mounts the site."""
    proxy = Proxy(server.port, prefix="/room")
    await proxy.start()
    ann = await chromium.open(f"http://127.0.0.1:{proxy.port}/room/")
    tv = ClassicPage(phantomjs)
    await tv.open(tmp_path, f"http://127.0.0.1:{proxy.port}/room/classic")
    await ann.enter("ann")
    await tv.enter("tv")

    await ann.say("Hello from below")

    await tv.hears([("ann", "Hello from below")])
    assert ann.complaints == []
    await tv.close()
    await ann.close()
    await proxy.cut()
