"""
What is written, on its way: seen at once, kept, said once, by one tab.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.intervention import Frame, Intervention, refusal
from tests.e2e.proxy import Proxy
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

#: Writes down in which state the rows of a text are, after each change of the timeline.
WATCH: Final = """(text) => {
    window.seen = [];
    const log = document.getElementById("log");
    new MutationObserver(() => {
        const rows = [...document.querySelectorAll(".msg")]
            .filter((row) => row.querySelector(".txt").textContent === text);
        window.seen.push(rows.map((row) => row.dataset.state).join());
    }).observe(log, { subtree: true, childList: true, attributes: true });
}"""
SEEN: Final = "() => [...new Set(window.seen)]"
#: The texts of each tab's queue, as the browser keeps them.
QUEUES: Final = """() => Object.entries(localStorage)
    .filter(([key]) => key.includes(":queue:"))
    .map(([, letters]) => JSON.parse(letters).map(({ text }) => text))
    .sort()"""
NO_LOCKS: Final = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"
ONLINE: Final = "() => dispatchEvent(new Event('online'))"


@story
async def test_sending_shows_it_at_once_and_the_echo_replaces_it(
    chromium: Chromium, server: Server
) -> None:
    """Line 16: pending, then stored, in one place: never twice there, and never gone between."""
    ann = await chromium.open("about:blank")
    hand = await ann.do(
        Intervention, ann.page, lambda command: {} if command["type"] == "say" else None
    )
    await ann.do(ann.page.goto, server.url())
    await ann.enter("Ann")
    await ann.do(expect(ann.page.locator("#state")).to_have_text, "Connected")
    await ann.do(ann.page.evaluate, WATCH, "hello")

    await ann.say("hello")
    row = ann.page.locator(".msg")
    await ann.do(expect(row).to_have_attribute, "data-state", "sending")
    await ann.do(expect(row.locator(".state")).to_have_text, "Sending…")
    await ann.do(hand.let_go)

    await ann.do(expect(row).to_have_attribute, "data-state", "stored")
    seen = await ann.do(ann.page.evaluate, SEEN)
    while seen and seen[0] == "":
        del seen[0]  # before it was drawn
    assert seen[-1] == "stored"
    assert set(seen) <= {"queued", "sending", "sent", "stored"}
    assert ann.complaints == []


@story
async def test_a_message_that_fails_can_be_retried_or_discarded(
    chromium: Chromium, server: Server
) -> None:
    """
    Line 16: it says why where it stands; Retry says it again, Discard forgets it, others go
    on.
    """
    ann = await chromium.open("about:blank")
    refused = {"no": refusal("of_a_later_version"), "never": refusal("muted")}

    def answer(command: Frame) -> Frame | None:
        return refused.get(command["text"]) if command["type"] == "say" else None

    await ann.do(Intervention, ann.page, answer)
    await ann.do(ann.page.goto, server.url())
    await ann.enter("Ann")
    page = ann.page

    for text in ("no", "yes", "never"):
        await ann.say(text)
    await ann.hears([("Ann", "yes")])
    failed = page.locator(".msg[data-state=failed]")
    await ann.do(expect(failed).to_have_count, 2)
    await ann.do(
        expect(failed.first).to_contain_text, "Not sent. the server's words for of_a_later_version"
    )
    await ann.do(expect(failed.last).to_contain_text, "Not sent. You may not write here just now.")
    await ann.do(page.reload)
    await ann.do(expect(failed).to_have_count, 2)
    del refused["no"]
    await ann.do(failed.first.get_by_role("button", name="Retry").click)
    await ann.hears([("Ann", "yes"), ("Ann", "no")])
    await ann.do(failed.get_by_role("button", name="Discard").click)

    await ann.do(expect(failed).to_have_count, 0)
    await ann.do(page.reload)
    await ann.hears([("Ann", "yes"), ("Ann", "no")])
    await ann.do(expect(page.locator(".msg")).to_have_count, 2)


@story
async def test_the_composer_stays_usable_offline(
    chromium: Chromium, server: Server, cable: Proxy
) -> None:
    """Line 17: what is typed without a connection is queued and goes out in order, each once."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    ann = await chromium.open(f"http://127.0.0.1:{cable.port}/")
    await ann.enter("ann")
    await ann.do(expect(ann.page.locator("#state")).to_have_text, "Connected")

    await cable.cut()
    for text in ("one", "two", "three"):
        await ann.say(text)
    await ann.do(expect(ann.page.locator(".msg[data-state=queued]")).to_have_count, 3)
    await ann.do(expect(ann.page.locator("#banner")).to_contain_text, "No connection.")
    assert await ann.do(ann.page.locator("#text").is_enabled)
    await cable.start()
    await ann.do(ann.page.evaluate, ONLINE)

    said = [("ann", "one"), ("ann", "two"), ("ann", "three")]
    await ann.hears(said)
    await bob.hears(said)


async def tab_beside(ann: ModernPage, url: str) -> Page:
    """Return another tab of the same browser, in the room."""
    page = await ann.do(ann.page.context.new_page)
    await ann.do(page.goto, url)
    await ann.do(expect(page.locator("#state")).to_have_text, "Connected")
    return page


def say(page: Page, text: str) -> None:
    """Say *text* in a tab."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


@pytest.mark.parametrize("has_locks", [True, False])
@story
async def test_a_closed_tabs_queue_is_adopted_by_exactly_one_other(
    chromium: Chromium,
    server: Server,
    cable: Proxy,
    has_locks: bool,  # noqa: FBT001 - a parameter
) -> None:
    """
    Line 31: each tab says its own; a closed one's is said by one other, with or without Web
    Locks.
    """
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    url = f"http://127.0.0.1:{cable.port}/"
    ann = await chromium.open("about:blank")
    if not has_locks:
        await ann.do(ann.page.context.add_init_script, script=NO_LOCKS)
    await ann.do(ann.page.goto, url)
    await ann.enter("ann")
    second, third = await tab_beside(ann, url), await tab_beside(ann, url)

    await cable.cut()
    for page, text in ((ann.page, "first"), (second, "second"), (third, "third"), (third, "last")):
        await ann.do(say, page, text)

    async def queues() -> list[Any]:
        kept: list[Any] = await ann.do(ann.page.evaluate, QUEUES)
        return kept

    assert await queues() == [["first"], ["second"], ["third", "last"]]
    await ann.do(third.close)
    await until(queues, lambda kept: len(kept) == 2)
    adopted = sorted(await queues(), key=len)
    assert [len(kept) for kept in adopted] == [1, 3]
    assert adopted[1][1:] == ["third", "last"]
    await cable.start()
    for page in (ann.page, second):
        await ann.do(page.evaluate, ONLINE)

    await bob.hears_many(4)
    await ann.do(expect(ann.page.locator(".msg[data-state=stored]")).to_have_count, 4)
    await until(queues, lambda kept: kept == [])
    texts = [text for _, text in bob.heard]
    assert sorted(texts) == ["first", "last", "second", "third"]
    assert texts.index("third") < texts.index("last")
