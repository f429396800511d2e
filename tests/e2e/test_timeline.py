"""
The messages of a room: how they stand, what stays in sight, how one goes from one to another.
"""

from __future__ import annotations

import re
from typing import Any, Final

from playwright.sync_api import expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

BELOW: Final = """() => {
    const log = document.getElementById("log");
    return log.scrollHeight - log.scrollTop - log.clientHeight;
}"""
#: With what is above it.
AT_END: Final = f"() => ({BELOW})() < 2 && document.querySelectorAll('#log .msg').length >= 48"
UP: Final = "() => { document.getElementById('log').scrollTop -= 400; }"
ROWS: Final = "() => document.querySelectorAll('#log .msg').length"
#: The place of a row in the window.
TOP: Final = """(text) => [...document.querySelectorAll("#log .msg")]
    .find((row) => row.textContent.includes(text)).getBoundingClientRect().top"""
#: Scrolls until a row with a number is there; never may what is in sight move by itself.
SEEK: Final = """async ([edge, step]) => {
    const log = document.getElementById("log");
    const rows = () => [...log.querySelectorAll(".msg")];
    let jump = 0, most = 0;
    const late = performance.now() + 60000;
    while (!log.querySelector(edge)) {
        if (performance.now() > late) throw new Error("not found");
        const edgeTop = log.getBoundingClientRect().top;
        const row = rows().find((it) => it.getBoundingClientRect().bottom > edgeTop + 100);
        const top = row.getBoundingClientRect().top, before = log.scrollTop;
        log.scrollTop += step;
        const scrolled = log.scrollTop - before;
        await new Promise(requestAnimationFrame);
        await new Promise((next) => setTimeout(next));
        if (row.isConnected) {
            jump = Math.max(jump, Math.abs(row.getBoundingClientRect().top - top + scrolled));
        }
        most = Math.max(most, rows().length);
    }
    return [jump, most];
}"""


#: To a page with this clock every rendering seems to take long: it draws a few rows at a time.
SLOW: Final = """
    const now = performance.now.bind(performance);
    let ahead = 0;
    performance.now = () => now() + (ahead += 50);
"""
#: Goes up as far as there are rows, as soon as there is something above what is in sight; tells
#: how far that was, and how far what is in sight has moved when there are many.
CLIMB: Final = """
    (async () => {
        // No reader moves within a frame.
        const frame = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
        let log;
        do await frame();
        while (!((log = document.getElementById("log"))?.scrollHeight > log?.clientHeight));
        const way = log.scrollTop;
        log.scrollTop = 0;
        // The first one will be another when it loses its header to what comes above.
        const row = log.querySelectorAll(".msg")[1], top = row.getBoundingClientRect().top;
        while (log.querySelectorAll(".msg").length < 48) await frame();
        for (let more = 0; more < 8; more++) await frame();
        window.climbed = [way, Math.abs(row.getBoundingClientRect().top - top)];
    })();
"""
#: Goes to the end of the rows again and again, each time with two events before anything can be
#: drawn, until *edge* is there; returns how far what was in sight has moved.
OUTRUN: Final = """async (edge) => {
    const log = document.getElementById("log");
    const late = performance.now() + 60000;
    let jump = 0;
    while (!log.querySelector(edge)) {
        if (performance.now() > late) throw new Error("not found");
        log.scrollTop = log.scrollHeight;
        const row = [...log.querySelectorAll(".msg")].at(-1), top = row.getBoundingClientRect().top;
        log.dispatchEvent(new Event("scroll"));
        log.dispatchEvent(new Event("scroll"));
        for (let frame = 0; frame < 8; frame++) await new Promise(requestAnimationFrame);
        jump = Math.max(jump, Math.abs(row.getBoundingClientRect().top - top));
    }
    return jump;
}"""

#: Goes to the end of the rows when all that is near has been drawn, and waits for *edge*; an event
#: behind that is what the page causes itself when it takes rows away above. Returns how many
#: messages came, and how far what was in sight has moved.
REACH: Final = """async (edge) => {
    const log = document.getElementById("log");
    const frame = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    const end = () => [...log.querySelectorAll(".msg")].at(-1);
    let row;
    for (let still = 0; still < 12; still++) {
        if (row !== end()) still = 0;
        row = end();
        await frame();
    }
    const seq = row.dataset.seq;
    log.scrollTop = log.scrollHeight;
    const top = row.getBoundingClientRect().top;
    const late = Date.now() + 20000;
    while (!log.querySelector(edge)) {
        if (Date.now() > late) throw new Error("not found");
        await frame();
    }
    log.dispatchEvent(new Event("scroll"));
    for (let more = 0; more < 8; more++) await frame();
    return [end().dataset.seq - seq, Math.abs(row.getBoundingClientRect().top - top)];
}"""

PASTED: Final = "() => navigator.clipboard.readText()"


async def talked(port: int, count: int) -> AutobahnTalker:
    """Let somebody say *count* numbered lines."""
    bob = AutobahnTalker("Bob")
    await bob.enter(port)
    for number in range(1, count + 1):
        bob.tell(type="say", id=f"line-{number}", room="lobby", text=f"line {number}.")
    await bob.hears_many(count)
    return bob


async def scripted_page(chromium: Chromium, url: str, *scripts: str) -> ModernPage:
    """Open *url* in a page in which *scripts* run before its own."""
    page = await chromium.open("about:blank")
    for script in scripts:
        await page.do(page.page.add_init_script, script)
    await page.do(page.page.goto, url)
    return page


async def below(page: ModernPage) -> float:
    """Return how many pixels are below what is in sight."""
    pixels: float = await page.do(page.page.evaluate, BELOW)
    return pixels


@story
async def test_line_8_the_full_time_shows_on_hover_and_on_focus(
    chromium: Chromium, server: Server
) -> None:
    """
    One person's messages share a header; a day begins with its name; times are told in full,
    and those of twelve hours, which are longer, in one line, too.
    """
    await talked(server.port, 2)
    ann = await chromium.open(server.url(), locale="en-US")
    await ann.enter("Ann")
    rows = ann.page.locator("#log .msg")
    await ann.do(expect(rows).to_have_count, 2)
    await ann.do(expect(ann.page.locator("#log .day")).to_have_text, "Today")
    await ann.do(expect(rows.nth(0)).to_have_class, re.compile("head"))
    await ann.do(expect(rows.nth(1)).to_have_class, re.compile("more"))

    full = re.compile(r"20\d\d")
    await ann.do(rows.nth(1).hover)
    await ann.do(expect(rows.nth(1).locator("time")).to_have_text, re.compile("[AP]M$"))
    height = "(time) => time.offsetHeight / parseFloat(getComputedStyle(time).lineHeight)"
    assert await ann.do(rows.nth(1).locator("time").evaluate, height) < 2
    await ann.do(expect(rows.nth(1).locator("time")).to_have_attribute, "data-full", full)
    await ann.do(rows.nth(0).focus)
    await ann.do(expect(rows.nth(0).locator("time")).to_have_attribute, "data-full", full)


@story
async def test_line_12_on_a_phone_the_copy_button_covers_no_code(
    chromium: Chromium, server: Server
) -> None:
    """Who cannot hover sees the button all the time, and beside it the code."""
    phone: dict[str, Any] = {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    }
    ann = await chromium.open(server.url(), **phone)
    await ann.enter("Ann")
    await ann.do(ann.page.locator("#text").fill, "```\n" + "a long line of code " * 9 + "\n```")
    await ann.do(ann.page.locator("#send").tap)

    await ann.do(expect(ann.page.locator('.msg[data-state="stored"]')).to_have_count, 1)
    await ann.do(expect(ann.page.locator(".copy")).to_have_css, "opacity", "1")
    gap = """(fence) => {
        const [code, copy] = [...fence.children].map((child) => child.getBoundingClientRect());
        return [copy.left - code.right, innerWidth - copy.right];
    }"""
    beside, within = await ann.do(ann.page.locator(".fence").evaluate, gap)
    assert beside >= 0
    assert within >= 0


@story
async def test_line_9_sticks_to_the_end_or_to_what_is_read(
    chromium: Chromium, server: Server
) -> None:
    """At the end it stays there; elsewhere nothing moves, and a button tells what is new."""
    bob = await talked(server.port, 60)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(ann.page.get_by_text("line 60.").wait_for)
    await bob.say("at the end")
    await ann.do(ann.page.get_by_text("at the end").wait_for)
    # What is above comes a moment later.
    await until(lambda: ann.do(ann.page.evaluate, AT_END), bool)

    await ann.do(ann.page.evaluate, UP)
    jump = ann.page.locator("#jump")
    await ann.do(jump.wait_for)
    await until(lambda: ann.do(ann.page.evaluate, ROWS), lambda count: count >= 61)
    before = await ann.do(ann.page.evaluate, TOP, "line 40.")
    for number in range(3):
        await bob.say(f"unseen {number}")
    await ann.do(expect(jump).to_have_text, re.compile("Jump to latest · 3 new"))
    assert await ann.do(ann.page.evaluate, TOP, "line 40.") == before

    await ann.do(jump.click)
    await until(lambda: ann.do(ann.page.evaluate, AT_END), bool)
    await ann.do(ann.page.evaluate, UP)
    await ann.do(jump.wait_for)
    await ann.say("mine")
    await ann.do(ann.page.get_by_text("mine").wait_for)
    await until(lambda: below(ann), lambda pixels: pixels < 2)


@story
async def test_line_10_a_line_stands_above_what_is_new(chromium: Chromium, server: Server) -> None:
    """It stands still while somebody looks, and the pill above the messages leads to it."""
    bob = await talked(server.port, 5)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(ann.page.get_by_text("line 5.").wait_for)
    await until(lambda: ann.do(ann.page.title), lambda title: not title.startswith("("))
    await ann.do(ann.page.goto, "about:blank")
    for number in range(40):
        await bob.say(f"new {number}.")

    await ann.do(ann.page.goto, server.url())
    news = ann.page.locator("#news-jump")
    await ann.do(expect(news).to_have_text, re.compile(r"40 new messages since .*\d\d:\d\d"))
    await ann.do(news.click)

    divider = ann.page.locator("[data-edge=new]")
    await ann.do(expect(divider).to_be_in_viewport)
    await ann.do(expect(news).to_be_hidden)
    await bob.say("and more")
    await ann.do(expect(ann.page.locator("#jump")).to_have_text, re.compile("1 new"))
    await ann.do(expect(divider).to_be_in_viewport)


@story
async def test_line_11_older_and_newer_pages_come_without_a_jump(
    chromium: Chromium, server: Server
) -> None:
    """Up to the first of a thousand messages and down again, with some hundred in the page."""
    await talked(server.port, 1000)
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(ann.page.get_by_text("line 1000.").wait_for)
    await until(lambda: below(ann), lambda pixels: pixels < 2)

    for edge, step in (("[data-edge=start]", -300), ("[data-seq='1000']", 300)):
        jump, most = await ann.do(ann.page.evaluate, SEEK, [edge, step])
        assert jump <= 1
        assert most <= 320


@story
async def test_line_12_texts_are_formatted(chromium: Chromium, server: Server) -> None:
    """Emphasis, code with a button, quotes, lists and links: as DOM, whatever is in them."""
    bob = await talked(server.port, 0)
    await bob.say(
        "**bold** *italic* `code` https://example.org/a_b. <img src=x onerror=alert(1)>\n"
        "> quoted\n- one\n- two\n3. three\n```js\nlet x;\n```"
    )
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    text = ann.page.locator("#log .msg .txt")
    await ann.do(text.wait_for)

    for selector, said in {
        "strong": "bold",
        "em": "italic",
        ".para code": "code",
        "blockquote": "quoted",
        "ul li:nth-child(2)": "two",
        "ol[start='3'] li": "three",
        "pre": "let x;",
    }.items():
        await ann.do(expect(text.locator(selector)).to_have_text, said)
    link = text.locator("a")
    await ann.do(expect(link).to_have_attribute, "href", "https://example.org/a_b")
    await ann.do(expect(link).to_have_attribute, "rel", "noopener noreferrer")
    assert await ann.do(text.locator("img").count) == 0
    await ann.do(text.locator(".fence").hover)
    await ann.do(text.get_by_role("button", name="Copy").click)
    await ann.do(expect(text.get_by_role("button")).to_have_text, "Copied")
    assert ann.complaints == []


@story
async def test_line_13_a_permalink_opens_around_its_message(
    chromium: Chromium, server: Server
) -> None:
    """It is lit and in sight; newer ones come below; a quote leads to what it quotes."""
    bob = await talked(server.port, 400)
    await bob.ask(type="say", room="lobby", text="so it is", reply_to=300)
    ann = await chromium.open(server.url("#lobby/120"))
    await ann.enter("Ann")

    lit = ann.page.locator(".msg.lit")
    await ann.do(expect(lit).to_have_attribute, "data-seq", "120")
    await ann.do(expect(lit).to_be_in_viewport)
    jump, _ = await ann.do(ann.page.evaluate, SEEK, ["[data-seq='401']", 300])
    assert jump <= 1
    await ann.do(ann.page.get_by_role("link", name=re.compile("line 300")).click)
    await ann.do(expect(lit).to_have_attribute, "data-seq", "300")


@story
async def test_whoever_outruns_the_drawing_is_not_moved(chromium: Chromium, server: Server) -> None:
    """At the end of the rows, while the last ones are still to be drawn, nothing jumps."""
    await talked(server.port, 400)
    ann = await chromium.open(server.url("#lobby/120"))
    await ann.enter("Ann")
    await ann.do(expect(ann.page.locator(".msg.lit")).to_be_in_viewport)

    jump = await ann.do(ann.page.evaluate, OUTRUN, "[data-seq='400']")

    assert jump <= 1


@story
async def test_nobody_is_moved_to_the_end_because_few_rows_come(
    chromium: Chromium, server: Server
) -> None:
    """At the end of what a slow page has drawn nothing jumps, however little is still to come."""
    await talked(server.port, 200)
    ann = await scripted_page(chromium, server.url("#lobby/100"), SLOW)
    await ann.enter("Ann")

    moved: dict[int, float] = {}
    for seq in range(130, 142):
        await ann.do(ann.page.goto, server.url(f"#lobby/{seq}"))
        lit = ann.page.locator(".msg.lit")
        await ann.do(expect(lit).to_have_attribute, "data-seq", str(seq))
        came, jump = await ann.do(ann.page.evaluate, REACH, "[data-seq='200']")
        moved[came] = max(jump, moved.get(came, 0))
    assert max(moved.values()) <= 1, moved
    assert {1, 2, 3, 4} <= set(moved)


@story
async def test_whoever_climbs_while_rows_come_is_not_thrown_back(
    chromium: Chromium, server: Server
) -> None:
    """However short the way up is that a slow page offers first, it leads away from the end."""
    await talked(server.port, 100)
    ann = await scripted_page(chromium, server.url(), SLOW, CLIMB)
    await ann.enter("Ann")

    climbed = await until(lambda: ann.do(ann.page.evaluate, "() => window.climbed"), bool)
    way, jump = climbed
    assert 0 < way < 100
    assert jump <= 1


@story
async def test_line_13_edit_delete_and_react_in_place(chromium: Chromium, server: Server) -> None:
    """
    What is edited says so, what is deleted too; reactions count, and tell who; the menu
    copies the text and the link of a message (line 32).
    """
    bob = await talked(server.port, 3)
    rights = ["clipboard-read", "clipboard-write"]
    ann = await chromium.open(server.url(), permissions=rights)
    await ann.enter("Ann")
    for command in (
        {"type": "edit", "target": 1, "text": "said otherwise"},
        {"type": "delete", "target": 2},
        {"type": "react", "target": 3, "emoji": "🎉", "on": True},
    ):
        await bob.ask(room="lobby", **command)

    rows = ann.page.locator("#log .msg")
    await ann.do(expect(rows.nth(0)).to_contain_text, "said otherwise edited")
    await ann.do(expect(rows.nth(1)).to_contain_text, "message deleted")
    pill = rows.nth(2).locator(".reaction")
    await ann.do(pill.click)
    await ann.do(expect(pill).to_have_text, "🎉 2")
    await ann.do(expect(pill).to_have_attribute, "title", re.compile("Bob.*Ann"))
    await ann.do(rows.nth(2).focus)
    await ann.do(ann.page.keyboard.press, "Enter")
    await ann.do(expect(ann.page.locator("#actions-reactors")).to_contain_text, "Bob")

    text = await ann.do(rows.nth(2).locator(".txt").inner_text)
    for name, told, copied in (
        ("Copy text", "Text copied", text),
        ("Copy link", "Link copied", server.url("#lobby/3")),
    ):
        await ann.do(ann.page.get_by_role("button", name=name).click)
        await ann.do(expect(ann.page.get_by_role("status").get_by_text(told)).to_be_visible)
        assert await ann.do(ann.page.evaluate, PASTED) == copied
        await ann.do(rows.nth(2).focus)
        await ann.do(ann.page.keyboard.press, "Enter")


@story
async def test_line_14_mentions_emoji_and_who_comes_and_goes(
    chromium: Chromium, server: Server
) -> None:
    """A mention stands out, emoji alone are large, and five people who come are one line."""
    ann = await chromium.open(server.url())
    await ann.enter("Ann")
    await ann.do(expect(ann.page.locator("#state")).to_have_text, "Connected")
    people = [AutobahnTalker(f"guest {number}") for number in range(5)]
    for guest in people:
        await guest.enter(server.port)
    edge = ann.page.locator("[data-edge=people]")
    await ann.do(expect(edge).to_have_text, "5 people joined")

    await people[0].say("🎉 👍🏽")
    await people[0].say("look, @Ann")
    await people[1].ask(type="leave", room="lobby")

    rows = ann.page.locator("#log .msg")
    await ann.do(expect(rows.nth(0)).to_have_class, re.compile(r"\bbig\b"))
    await ann.do(expect(rows.nth(1)).to_have_class, re.compile("at-me"))
    await ann.do(expect(edge.nth(1)).to_have_text, re.compile("guest 1.* left"))
    size: Any = await ann.do(
        rows.nth(0).locator(".txt").evaluate,
        "(text) => parseFloat(getComputedStyle(text).fontSize)",
    )
    assert size > 24
