"""
From a link into the room: what a first visit asks, and how somebody is invited.
"""

from __future__ import annotations

from typing import Final

import zxingcpp

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until

#: What a camera sees: how light each point of the picture is.
SEEN: Final = """async (picture) => {
    await picture.decode();
    const side = 480;
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(picture.parentElement).backgroundColor;
    context.fillRect(0, 0, side, side);
    context.drawImage(picture, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    return [side, Array.from({ length: side * side }, (_, at) => data[4 * at])];
}"""
FIELDS: Final = """() => [...document.querySelectorAll("input, textarea, select")]
    .filter((field) => field.checkVisibility()).map((field) => field.id)"""
FOCUSED: Final = "() => document.activeElement.id"
#: The part of the page is here, so that it can be used without a network.
FETCHED: Final = """
    (name) => performance.getEntriesByType("resource").some((it) => it.name.endsWith(name))
"""
PASTED: Final = "() => navigator.clipboard.readText()"


async def photographed(page: ModernPage) -> str:
    """Return what a telephone reads when it is held to the share dialog."""
    picture = page.page.locator("#share-picture")
    await page.do(picture.wait_for)
    side, light = await page.do(picture.evaluate, SEEN)
    (code,) = zxingcpp.read_barcodes(memoryview(bytes(light)).cast("B", (side, side)))
    text: str = code.text
    return text


@story
async def test_first_visit_is_one_field_and_enter(chromium: Chromium, server: Server) -> None:
    """Line 3: who opens a link types a name and Enter, and is in the room that the link names."""
    bob = await chromium.open(server.url("#茶馆"))
    await bob.enter("Bob")
    await bob.say("进来坐")

    page = await chromium.open(server.url("#茶馆"))
    await page.do(page.page.locator("#name").wait_for)
    fields = await page.do(page.page.evaluate, FIELDS)
    focused = await page.do(page.page.evaluate, FOCUSED)
    await page.do(page.page.keyboard.type, "Ann")
    await page.do(page.page.keyboard.press, "Enter")

    assert (fields, focused) == (["name"], "name")
    await page.hears([("Bob", "进来坐")])
    assert await page.do(page.page.locator("#room-title").inner_text) == "茶馆"
    assert await page.do(page.page.evaluate, FOCUSED) == "text"


@story
async def test_share_copies_the_link_and_shows_its_code(chromium: Chromium, server: Server) -> None:
    """
    Line 3: the link is copied, shown, and readable by a camera in either theme; a camera
    leads here.
    """
    for scheme in ("light", "dark"):
        rights = {"permissions": ["clipboard-read", "clipboard-write"], "color_scheme": scheme}
        ann = await chromium.open(server.url("#茶馆"), **rights)
        await ann.enter(f"Ann {scheme}")

        await ann.do(ann.page.get_by_role("button", name="Share").click)

        link = server.url("#%E8%8C%B6%E9%A6%86")
        assert await photographed(ann) == link
        assert await ann.do(ann.page.locator("#share-link").input_value) == link
        assert await ann.do(ann.page.evaluate, PASTED) == link
        assert ann.complaints == []
    guest = await chromium.open(link)
    await guest.enter("guest")
    assert await guest.do(guest.page.locator("#room-title").inner_text) == "茶馆"


@story
async def test_share_below_a_path(chromium: Chromium, server: Server) -> None:
    """Wherever a proxy mounts the site, the code leads there."""
    proxy = Proxy(server.port, prefix="/room")
    await proxy.start()
    ann = await chromium.open(f"http://127.0.0.1:{proxy.port}/room/#tea")
    await ann.enter("ann")

    await ann.do(ann.page.get_by_role("button", name="Share").click)

    assert await photographed(ann) == f"http://127.0.0.1:{proxy.port}/room/#tea"
    assert ann.complaints == []
    await proxy.cut()


@story
async def test_share_without_a_connection(chromium: Chromium, server: Server) -> None:
    """Where no code can be had, there is the link, and no empty frame."""
    proxy = Proxy(server.port)
    await proxy.start()
    ann = await chromium.open(f"http://127.0.0.1:{proxy.port}/#tea")
    await ann.enter("ann")
    await ann.do(ann.page.wait_for_function, FETCHED, arg="js/share.js")
    await proxy.cut()

    await ann.do(ann.page.get_by_role("button", name="Share").click)

    frame = ann.page.locator("#share-code")
    await until(lambda: ann.do(frame.is_visible), lambda visible: not visible)
    link = await ann.do(ann.page.locator("#share-link").input_value)
    assert link == f"http://127.0.0.1:{proxy.port}/#tea"
