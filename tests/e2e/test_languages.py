"""
Two languages, both directions, any address.
"""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Page, expect

from tests.e2e.chromium import Chromium
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.wire import AutobahnTalker

HEBREW: Final = "שלום לכולם!"
#: Elements that show a name or a text of somebody's.
SAID: Final = ".name, .para, #room-title, #me-name, #member-list bdi, #room-list bdi, .quote span"
#: Of these, those whose direction is not their own.
CARRIED_AWAY: Final = f"""
    () => [...document.querySelectorAll('{SAID}')]
        .filter((element) => element.tagName !== 'BDI' && element.dir !== 'auto')
        .map((element) => element.outerHTML)
"""


#: By how many pixels the first line of each long follow-up begins elsewhere than its second.
INDENTS: Final = """() => [...document.querySelectorAll('.more .para')].map((para) => {
    const range = document.createRange();
    range.selectNodeContents(para);
    // A line may be several boxes.
    const boxes = [...range.getClientRects()];
    const [first, second] = [...new Set(boxes.map(({ top }) => top))].map((top) => {
        const line = boxes.filter((box) => box.top === top);
        return getComputedStyle(para).direction === 'rtl'
            ? Math.max(...line.map(({ right }) => right))
            : Math.min(...line.map(({ left }) => left));
    });
    return Math.abs(first - second);
})"""


async def talk(server: Server) -> tuple[AutobahnTalker, AutobahnTalker]:
    """
    Let people of several scripts talk, and return them.
    """
    dana = AutobahnTalker("דנה")
    bo = AutobahnTalker("Bo")
    for person in (dana, bo):
        await person.enter(server.port)
    said = await dana.ask(type="say", room="lobby", text=HEBREW)
    await bo.ask(type="say", room="lobby", text="Hello, everybody!", reply_to=said["seq"])
    return dana, bo


def left(page: Page, selector: str) -> float:
    """Return where an element begins, from the left."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"]


@story
async def test_line_25_each_text_has_its_own_direction(chromium: Chromium, server: Server) -> None:
    """
    Line 25: Hebrew runs from the right and English from the left, in one log, and no
    name turns the sentence around it.
    """
    await talk(server)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")

    def look() -> None:
        page = ann.page
        expect(page.locator(".msg")).to_have_count(2)
        direction = "(element) => getComputedStyle(element).direction"
        assert page.get_by_text(HEBREW).last.evaluate(direction) == "rtl"
        assert page.get_by_text("Hello, everybody!").evaluate(direction) == "ltr"
        assert page.locator(".quote span").evaluate(direction) == "rtl"
        assert page.evaluate(CARRIED_AWAY) == []
        # In texts of the page's own, names are set apart by marks.
        page.locator(".msg").first.hover()
        page.get_by_role("button", name="Reply").click()
        expect(page.locator("#reply-to")).to_have_text("Replying to \u2068דנה\u2069")
        page.locator("#text").fill(HEBREW)
        assert page.locator("#text").evaluate(direction) == "rtl"

    await ann.do(look)


@story
async def test_line_25_the_page_is_mirrored(chromium: Chromium, server: Server) -> None:
    """
    Line 25: right to left, everything stands on the other side: panels, avatars,
    times, tools, the button that sends.
    """
    await talk(server)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")

    def order(*selectors: str) -> list[str]:
        return sorted(selectors, key=lambda selector: left(ann.page, selector))

    def look() -> None:
        page = ann.page
        expect(page.locator(".msg")).to_have_count(2)
        page.locator(".msg").first.hover()
        page.locator(".tools").wait_for()
        rows = (
            ("#rooms", "#log", "#members"),
            ("#room-title", "#search-button", "#share-button", "#members-toggle"),
            (".msg .av", ".msg .name", ".msg time", ".tools"),
            ("#text", "#send"),
            ("#me-avatar", "#me-name"),
            (".room .hash", ".room .label"),
        )
        for row in rows:
            assert order(*row) == list(row)
        page.evaluate("() => { document.documentElement.dir = 'rtl' }")
        for row in rows:
            assert order(*row) == [*reversed(row)]
        page.set_viewport_size({"width": 390, "height": 780})
        page.locator("#rooms-toggle").click()
        expect(page.locator("#rooms")).to_be_in_viewport(ratio=1)
        box = page.locator("#rooms").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] == 390

    await ann.do(look)


@story
async def test_line_25_no_text_makes_way_for_the_tools_of_the_other_side(
    chromium: Chromium, server: Server
) -> None:
    """
    Line 25: a long text that goes on after another one begins each of its lines at the
    same edge, whichever way it and the page run.
    """
    for person, word in zip(await talk(server), ("שלום ", "hello "), strict=True):
        for _ in range(2):
            await person.ask(type="say", room="lobby", text=40 * word)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")

    def look() -> None:
        page = ann.page
        expect(page.locator(".msg.more")).to_have_count(2)
        for direction in ("ltr", "rtl"):
            page.evaluate(f"() => {{ document.documentElement.dir = '{direction}' }}")
            assert page.evaluate(INDENTS) == [0, 0]

    await ann.do(look)


@story
async def test_line_26_the_browser_chooses_and_so_may_i(chromium: Chromium, server: Server) -> None:
    """
    Line 26: the page speaks the browser's language; another one is chosen without a
    reload, for the dialogs, the dates and the messages' states too, and remembered.
    """
    await talk(server)
    mei = await chromium.open(server.url(), locale="zh-CN")

    def enter() -> None:
        page = mei.page
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        page.get_by_role("textbox", name="你的名字").fill("Mei")
        page.get_by_role("button", name="进入聊天室").click()
        expect(page.locator("#text")).to_have_attribute("placeholder", re.compile("发消息到"))
        expect(page.locator(".day")).to_have_text("今天")
        page.evaluate("window.stays = true")

    def switch() -> None:
        page = mei.page
        page.locator("#text").fill("还没写完")
        page.locator("#me").click()
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#settings-heading")).to_have_text("Settings")
        page.keyboard.press("Escape")
        expect(page.locator(".day")).to_have_text("Today")
        expect(page.get_by_role("textbox", name=re.compile("^Message"))).to_have_value("还没写完")
        expect(page.locator("#members-title")).to_have_text("In the room — 3")
        assert page.evaluate("window.stays") is True
        visible = page.locator("#shell").inner_text()
        own = visible.replace("Mei", "").replace(HEBREW, "")
        assert not re.search("[\u4e00-\u9fff]", own)
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator(".day")).to_have_text("Today")

    await mei.do(enter)
    await mei.do(switch)
    assert mei.complaints == []


@story
async def test_line_27_installable_below_any_path(chromium: Chromium, server: Server) -> None:
    """
    Line 27: below a path of a proxy, everything the page asks for lies below it too,
    Chromium finds nothing that keeps it from being installed, and the icons are there.
    """
    proxy = Proxy(server.port, prefix="/chat/room")
    await proxy.start()
    home = f"http://127.0.0.1:{proxy.port}/chat/room/"
    ann = await chromium.open("about:blank")
    asked: list[str] = []

    def look() -> None:
        page = ann.page
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{home}#tea")
        session = page.context.new_cdp_session(page)
        manifest = session.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert manifest["url"] == f"{home}manifest.webmanifest"
        errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # Which all pages of tests are.
        assert [error["errorId"] for error in errors] == ["in-incognito"]
        data = page.request.get(manifest["url"]).json()
        assert {data[key] for key in ("id", "start_url", "scope")} == {"./"}
        for icon in data["icons"]:
            assert page.request.get(home + icon["src"]).ok

    await ann.do(look)
    await ann.enter("Ann")
    await ann.say("Hello from below")
    await ann.hears([("Ann", "Hello from below")])

    assert [url for url in asked if not url.startswith(home)] == []
    assert ann.complaints == []
    await proxy.cut()
