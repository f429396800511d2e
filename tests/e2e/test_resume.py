"""
Who was away sees what those saw who stayed; what they wrote meanwhile is said once.
"""

from __future__ import annotations

from typing import Final

from playwright.sync_api import StorageState
from pytest_twisted import async_fixture

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.meanwhile import Meanwhile, react, said, settled
from tests.e2e.phantom import ClassicPage
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker, Line

#: Longer than what is missed may be, to be told one by one.
TOO_MANY: Final = 1010
#: The messages of a page that a client gets with a join.
PAGE: Final = 50
#: So many rows at the end are there on every page, whatever it held before.
LAST: Final = 18

# A row, without what it has only under the pointer, and only where it needs a header: that
# depends on what stands above it, which may be the line that says what is new to a reader.
_LOOK: Final = """
    const look = (article) => {
        const row = article.cloneNode(true);
        row.classList.remove("head", "more");
        const changing = ".tools, .av, .going-on, :scope > time, :scope > .by";
        for (const part of row.querySelectorAll(changing)) part.remove();
        const name = article.querySelector(".name").textContent;
        return `${name}, ${article.querySelector("time").dateTime}: ${row.outerHTML}`;
    };
    const log = document.querySelector("[role=log]");
    const rows = () => [...log.querySelectorAll("article")];
"""
ROWS: Final = f"() => {{ {_LOOK} return rows().map(look); }}"
#: From the last message up to the room's first: the page holds a part of them at a time.
LOG: Final = f"""async () => {{ {_LOOK}
    const seen = new Map();
    const late = performance.now() + 60000;
    for (;;) {{
        for (const row of rows()) seen.set(Number(row.dataset.seq), look(row));
        if (log.querySelector("[data-edge=start]")) break;
        if (performance.now() > late) throw new Error(`only ${{seen.size}} rows`);
        log.scrollTop = 0;
        await new Promise(requestAnimationFrame);
    }}
    return [...seen].sort(([a], [b]) => a - b).map(([, row]) => row);
}}"""
ONLINE: Final = "dispatchEvent(new Event('online'))"
CLASSIC_ROWS: Final = """
    var rows = document.querySelectorAll("#entries .entry"), seen = [], i;
    for (i = 1; i < rows.length; i++) { seen.push(rows[i].className + ": " + rows[i].textContent); }
    return seen;
"""
NOTICE: Final = 'return document.getElementById("notice").textContent;'
UNSENT: Final = 'return document.querySelectorAll("#unsent .entry").length;'
OLDER: Final = 'document.getElementById("older").click();'
RELOAD: Final = "location.reload();"
TRY_NOW: Final = """
    var button = document.getElementById("notice-button");
    if (button.offsetWidth > 0) { button.click(); }
"""


class Laptop:
    """
    A second device of somebody, whose cable can be pulled.

    Args:
        cable: What it reaches the room through.
    """

    page: ModernPage

    def __init__(self, cable: Proxy) -> None:
        self._cable = cable

    async def open(self, chromium: Chromium, owner: ModernPage) -> None:
        """Open the page, as the one who sits at *owner*."""
        site = f"http://127.0.0.1:{self._cable.port}"
        stored = await stored_by(owner)
        stored["origins"][0]["origin"] = site
        self.page = await chromium.open(f"{site}/", storage_state=stored)
        await self.page.do(self.page.page.locator("#members li").first.wait_for)

    async def close_lid(self) -> None:
        """Be nowhere."""
        await self._cable.cut()
        await self.page.do(self.page.page.context.set_offline, offline=True)

    async def open_lid(self) -> None:
        """Be back."""
        await self._cable.start()
        await self.page.do(self.page.page.context.set_offline, offline=False)

    async def try_now(self) -> None:
        """Look for the room at once: the pause before the next try may be long."""
        await self.page.do(self.page.page.evaluate, ONLINE)


async def stored_by(page: ModernPage) -> StorageState:
    """Return what a page remembers of its visitor."""
    stored: StorageState = await page.do(page.page.context.storage_state)
    return stored


async def rows_of(page: ModernPage, script: str = ROWS) -> list[str]:
    """Return what stands in a page, row by row, as *script* sees it."""
    rows: list[str] = await page.do(page.page.evaluate, script)
    return rows


async def phone_of(page: ModernPage, port: int) -> AutobahnTalker:
    """Return a third device of the one who sits at *page*, in the lobby."""
    kept = (await stored_by(page))["origins"][0]["localStorage"]
    (token,) = (it["value"] for it in kept if it["name"].endswith(":token"))
    phone = AutobahnTalker("ann")
    await phone.come(port)
    await phone.ask(type="hello", token=token)
    await phone.ask(type="join", room="lobby")
    return phone


@async_fixture()  # type: ignore[untyped-decorator]
async def meanwhile(server: Server) -> Meanwhile:
    """Two people in the room, who have said a little already."""
    people = Meanwhile()
    await people.enter(server.port)
    await people.talk(20)
    return people


@async_fixture()  # type: ignore[untyped-decorator]
async def tv(cable: Proxy, kiosk: ClassicPage) -> ClassicPage:
    """A television in the room."""
    await kiosk.open(f"http://127.0.0.1:{cable.port}/classic")
    await kiosk.enter("tv")
    return kiosk


@story
async def test_laptop_closed_for_an_hour(
    chromium: Chromium, server: Server, cable: Proxy, meanwhile: Meanwhile
) -> None:
    """It shows exactly what the tab shows that stayed open; what was typed on it is said once."""
    tab = await chromium.open(server.url())
    await tab.enter("ann")
    laptop = Laptop(cable)
    await laptop.open(chromium, tab)
    await laptop.page.say("before")
    await meanwhile.bob.hears_many(21)
    phone = await phone_of(tab, server.port)

    await laptop.close_lid()
    typed: list[Line] = [("ann", f"from the dark {number}") for number in range(3)]
    for _, text in typed:
        await laptop.page.say(text)
    await meanwhile.talk(500)
    await meanwhile.correct()
    before = said(meanwhile.bob, by="ann")[0]
    await settled(phone, type="edit", target=before, text="long ago")
    for target in (before, said(meanwhile.eve)[-9]):
        await react(phone, target, "👀")
    await laptop.open_lid()
    await laptop.try_now()

    await meanwhile.bob.hears_many(21 + 500 + 3)
    assert [line for line in meanwhile.bob.heard if line[0] == "ann"] == [("ann", "before"), *typed]
    for page in (tab, laptop.page):
        await until(page.lines, lambda seen: seen[-3:] == typed)
    assert (await rows_of(laptop.page))[-LAST:] == (await rows_of(tab))[-LAST:]
    log = await rows_of(tab, LOG)
    assert len(log) == 20 + 1 + 500 + 3
    # Besides those that are deleted, there are those that quote them.
    assert sum("message deleted" in row for row in log) > 5
    assert await rows_of(laptop.page, LOG) == log
    assert tab.complaints == []


@story
async def test_laptop_that_missed_a_thousand_messages_starts_at_the_newest(
    chromium: Chromium, server: Server, cable: Proxy, meanwhile: Meanwhile
) -> None:
    """More than is told one by one: the newest page, and a word that some were missed."""
    tab = await chromium.open(server.url())
    await tab.enter("ann")
    laptop = Laptop(cable)
    await laptop.open(chromium, tab)

    await laptop.close_lid()
    await laptop.page.say("from the dark")
    await meanwhile.talk(TOO_MANY)
    await laptop.open_lid()
    await laptop.try_now()

    await laptop.page.do(laptop.page.page.get_by_text("Some messages were missed").wait_for)
    for page in (tab, laptop.page):
        await until(page.lines, lambda seen: seen[-1] == ("ann", "from the dark"))
    assert (await rows_of(laptop.page))[-LAST:] == (await rows_of(tab))[-LAST:]
    assert meanwhile.bob.heard.count(("ann", "from the dark")) == 1


@story
async def test_unsent_messages_outlive_a_reload(
    chromium: Chromium, server: Server, cable: Proxy
) -> None:
    """One that is stored, but whose ack was lost, and those behind it are there once, in order."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    ann = await chromium.open(f"http://127.0.0.1:{cable.port}/")
    await ann.enter("ann")
    typed: list[Line] = [("ann", f"message {number}") for number in range(3)]

    cable.lose_answers()
    for _, text in typed:
        await ann.say(text)
    await bob.hears(typed[:1])
    await ann.do(ann.page.reload)

    await bob.hears(typed)
    await ann.hears(typed)
    await bob.say("Welcome back")
    await ann.hears([*typed, ("bob", "Welcome back")])
    assert bob.heard == [*typed, ("bob", "Welcome back")]


@story
async def test_television_unplugged_for_an_hour(
    chromium: Chromium, server: Server, cable: Proxy, tv: ClassicPage, meanwhile: Meanwhile
) -> None:
    """The classic page shows what another one shows that stayed open, and says its own once."""
    other = await chromium.open(server.url("classic"))
    await other.do(other.page.locator("#name").fill, "other")
    await other.do(other.page.locator("#enter-button").click)
    await other.do(other.page.locator("#members li").first.wait_for)

    await cable.cut()
    await until(lambda: tv.script(NOTICE), lambda said: "lost" in said)
    typed: list[Line] = [("tv", f"from the dark {number}") for number in range(3)]
    for _, text in typed:
        await tv.say(text)
    await meanwhile.talk(500)
    await meanwhile.correct()
    await cable.start()
    await tv.script(TRY_NOW)

    await until(tv.lines, lambda seen: seen[-3:] == typed)
    assert [line for line in meanwhile.bob.heard if line[0] == "tv"] == typed
    shown = await until(
        lambda: rows_of(other, f"() => {{ {CLASSIC_ROWS} }}"),
        lambda rows: "from the dark 2" in rows[-1],
    )
    assert (await tv.script(CLASSIC_ROWS))[-LAST:] == shown[-LAST:]


@story
async def test_television_that_missed_a_thousand_messages_starts_at_the_newest(
    cable: Proxy, tv: ClassicPage, meanwhile: Meanwhile
) -> None:
    """More than is told one by one: the newest page, and a word that some were missed."""
    await cable.cut()
    await until(lambda: tv.script(NOTICE), lambda said: "lost" in said)
    await meanwhile.talk(TOO_MANY)
    await cable.start()
    await tv.script(TRY_NOW)

    await until(lambda: tv.script(NOTICE), lambda said: "Some messages may have been" in said)
    await tv.hears(meanwhile.bob.heard[-PAGE:])
    await tv.script(OLDER)
    await tv.hears(meanwhile.bob.heard[-2 * PAGE :])


@story
async def test_unsent_messages_outlive_a_reload_of_the_classic_page(
    server: Server, cable: Proxy, tv: ClassicPage
) -> None:
    """One that is stored, but whose ack was lost, and those behind it are there once, in order."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    typed: list[Line] = [("tv", f"message {number}") for number in range(3)]

    cable.lose_answers()
    for _, text in typed:
        await tv.say(text)
    await bob.hears(typed[:1])
    assert await tv.script(UNSENT) == len(typed)
    await tv.script(RELOAD)

    await bob.hears(typed)
    await tv.hears(typed)
    await bob.say("Welcome back")
    await tv.hears([*typed, ("bob", "Welcome back")])
    assert await tv.script(UNSENT) == 0
