"""
Where messages are written: keys, input methods, drafts, completion, commands, limits.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from twisted.internet.defer import Deferred, gatherResults

from tests.e2e.chromium import Chromium, ModernPage
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.waiting import until
from tests.e2e.wire import AutobahnTalker

PHONE: Final[dict[str, Any]] = {
    "has_touch": True,
    "is_mobile": True,
    "viewport": {"width": 390, "height": 780},
}

#: An input method in Chromium tells with its last key that it composes, and ends then; in
#: Safari it ends first, and the key that ended it comes after, marked by its code alone.
COMPOSE: Final = {
    "chromium": """(field) => {
        const key = (type, init) => field.dispatchEvent(
            new KeyboardEvent(type, { bubbles: true, cancelable: true, ...init }));
        const input = () => field.dispatchEvent(
            new InputEvent("input", { bubbles: true, isComposing: true }));
        key("keydown", { key: "Process", keyCode: 229 });
        field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
        field.value += "ni";
        input();
        key("keydown", { key: "Enter", keyCode: 229, isComposing: true });
        field.value = field.value.slice(0, -2) + "你";
        input();
        field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "你" }));
        key("keyup", { key: "Enter", keyCode: 13 });
    }""",
    "safari": """(field) => {
        const key = (type, init) => field.dispatchEvent(
            new KeyboardEvent(type, { bubbles: true, cancelable: true, ...init }));
        field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
        field.value += "ni";
        field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
        key("keydown", { key: "n", keyCode: 229, isComposing: true });
        field.value = field.value.slice(0, -2) + "你";
        field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
        field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "你" }));
        key("keydown", { key: "Enter", keyCode: 229, isComposing: false });
        key("keyup", { key: "Enter", keyCode: 13 });
    }""",
}


async def opened(chromium: Chromium, url: str, name: str = "ann", **context: Any) -> ModernPage:
    """Return a page of somebody in the room, the composer in focus."""
    person = await chromium.open(url, **context)
    await person.enter(name)
    await person.do(expect(person.page.locator("#state")).to_have_text, "Connected")
    await person.do(person.page.locator("#text").focus)
    return person


def typed(page: Page, *keys: str) -> str:
    """Type *keys*, names of keys in angle brackets, and return what stands in the composer."""
    for key in keys:
        if key.startswith("<"):
            page.keyboard.press(key.strip("<>"))
        else:
            page.keyboard.type(key)
    return page.locator("#text").input_value()


def offered(page: Page) -> list[str]:
    """Return what is offered to complete with."""
    return page.locator("#suggestions .label").all_inner_texts()


@story
async def test_enter_sends_and_shift_enter_breaks_the_line(
    chromium: Chromium, server: Server
) -> None:
    """Line 4: Enter sends what Shift+Enter has broken into lines."""
    ann = await opened(chromium, server.url())

    written = await ann.do(typed, ann.page, "one", "<Shift+Enter>", "two")
    assert written == "one\ntwo"
    assert await ann.do(typed, ann.page, "<Enter>") == ""

    await ann.hears([("ann", "one\ntwo")])


@story
async def test_on_touch_enter_breaks_and_the_button_sends(
    chromium: Chromium, server: Server
) -> None:
    """Line 4: a touch keyboard has no Shift+Enter: there Enter breaks, and the button sends."""
    ann = await opened(chromium, server.url(), **PHONE)

    assert await ann.do(typed, ann.page, "one", "<Enter>", "two") == "one\ntwo"
    await ann.do(ann.page.locator("#send").tap)

    await ann.hears([("ann", "one\ntwo")])


@pytest.mark.parametrize("browser", sorted(COMPOSE))
@story
async def test_never_sends_while_an_input_method_composes(
    chromium: Chromium, server: Server, browser: str
) -> None:
    """
    Line 4: the Enter that ends a composition is not ours, in either browser's order of
    events.
    """
    ann = await opened(chromium, server.url())
    field = ann.page.locator("#text")

    for _ in range(2):
        await ann.do(field.evaluate, COMPOSE[browser])
    assert await ann.do(field.input_value) == "你你"
    await ann.do(typed, ann.page, "<Enter>")

    await ann.hears([("ann", "你你")])


@story
async def test_composing_leaves_an_open_list_alone(chromium: Chromium, server: Server) -> None:
    """The Enter that ends a composition behind an @ takes none of the names that are offered."""
    bob = AutobahnTalker("你好")
    await bob.enter(server.port)
    ann = await opened(chromium, server.url())
    field = ann.page.locator("#text")
    await ann.do(ann.page.locator("#members").get_by_text("你好").wait_for)

    await ann.do(typed, ann.page, "@")
    await ann.do(field.evaluate, COMPOSE["safari"])

    assert await ann.do(field.input_value) == "@你"
    assert await ann.do(offered, ann.page) == ["你好"]
    assert await ann.do(typed, ann.page, "<Enter>") == "@你好 "


@story
async def test_an_input_method_of_the_browser(chromium: Chromium, server: Server) -> None:
    """Composing through Chromium itself, nothing is sent before Enter, and all of it then."""

    def compose(page: Page) -> str:
        session = page.context.new_cdp_session(page)
        for part in ("w", "wo", "我"):
            session.send(
                "Input.imeSetComposition",
                {"text": part, "selectionStart": len(part), "selectionEnd": len(part)},
            )
        session.send("Input.insertText", {"text": "我们"})
        return page.locator("#text").input_value()

    ann = await opened(chromium, server.url())

    assert await ann.do(compose, ann.page) == "我们"
    await ann.do(typed, ann.page, "<Enter>")

    await ann.hears([("ann", "我们")])


@story
async def test_grows_to_eight_lines_then_scrolls(chromium: Chromium, server: Server) -> None:
    """
    Line 5: with each line it is higher, up to eight; then it scrolls, and shrinks when it
    is sent.
    """

    def heights(page: Page) -> list[tuple[int, bool]]:
        field = page.locator("#text")
        found = []
        for count in (1, 2, 8, 9, 30):
            field.fill("\n".join(["line"] * count))
            found.append(
                field.evaluate("(it) => [it.offsetHeight, it.scrollHeight > it.clientHeight]")
            )
        return [(height, scrolls) for height, scrolls in found]

    ann = await opened(chromium, server.url())

    (one, _), (two, _), (eight, eight_scrolls), (nine, nine_scrolls), (thirty, _) = await ann.do(
        heights, ann.page
    )
    await ann.do(typed, ann.page, "<Enter>")

    line = two - one
    assert line > 0
    assert eight - one == pytest.approx(7 * line, abs=2)
    assert (eight, eight) == (nine, thirty)
    assert (eight_scrolls, nine_scrolls) == (False, True)
    assert await ann.do(ann.page.locator("#text").evaluate, "(it) => it.offsetHeight") == one


@story
async def test_a_draft_per_room_survives_a_reload(chromium: Chromium, server: Server) -> None:
    """Line 5: what is written in a room is there again when the room is, after a reload too."""
    ann = await opened(chromium, server.url("#tea"))
    await ann.do(typed, ann.page, "milk", "<Shift+Enter>", "or lemon?")
    await ann.do(ann.page.goto, server.url("#lobby"))
    await ann.do(expect(ann.page.locator("#text")).to_have_value, "")
    await ann.do(typed, ann.page, "hello al")

    await ann.do(ann.page.reload)

    await ann.do(expect(ann.page.locator("#text")).to_have_value, "hello al")
    await ann.do(ann.page.goto, server.url("#tea"))
    await ann.do(expect(ann.page.locator("#text")).to_have_value, "milk\nor lemon?")
    await ann.do(ann.page.locator("#send").click)
    await ann.hears([("ann", "milk\nor lemon?")])
    await ann.do(ann.page.reload)
    await ann.do(ann.page.locator(".msg").wait_for)
    assert await ann.do(ann.page.locator("#text").input_value) == ""


@story
async def test_a_draft_is_sent_once_whatever_tab_shows_it(
    chromium: Chromium, server: Server
) -> None:
    """A draft that was sent from one tab does not come back from another, nor from a spelling."""
    ann = await opened(chromium, server.url("#tea"))
    await ann.do(typed, ann.page, "milk?")
    await ann.do(ann.page.goto, server.url("#lobby"))
    await ann.do(expect(ann.page.locator("#text")).to_have_value, "")
    other = await ann.do(ann.page.context.new_page)
    await ann.do(other.goto, server.url("#TEA"))
    await ann.do(expect(other.locator("#text")).to_have_value, "milk?")
    await ann.do(ann.page.goto, server.url("#tea"))
    await ann.do(expect(ann.page.locator("#text")).to_have_value, "milk?")

    await ann.do(ann.page.locator("#send").click)
    await ann.hears([("ann", "milk?")])
    await ann.do(other.close)

    await ann.do(ann.page.reload)
    await ann.hears([("ann", "milk?")])
    assert await ann.do(ann.page.locator("#text").input_value) == ""


@story
async def test_a_reply_that_is_being_written_survives_a_reload(
    chromium: Chromium, server: Server
) -> None:
    """What it replies to is kept with its draft, and forgotten when it is sent."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    ann = await opened(chromium, server.url())
    page = ann.page
    await bob.say("Tea?")
    await ann.hears([("bob", "Tea?")])
    await ann.do(page.locator(".msg").hover)
    await ann.do(page.get_by_role("button", name="Reply").click)
    await ann.do(typed, page, "Please")

    await ann.do(page.reload)

    await ann.do(expect(page.locator("#reply")).to_contain_text, "Tea?")
    await ann.do(page.locator("#send").click)
    await ann.do(page.locator(".msg[data-state=stored] .quote").wait_for)
    assert not await ann.do(page.locator("#reply").is_visible)
    await ann.do(page.reload)
    await ann.do(page.locator(".msg .quote").wait_for)
    assert not await ann.do(page.locator("#reply").is_visible)


@story
async def test_up_edits_my_last_message_and_escape_leaves(
    chromium: Chromium, server: Server
) -> None:
    """Line 5: ↑ in an empty composer edits; Escape leaves the list, then the edit or the reply."""
    bob = AutobahnTalker("bob")
    await bob.enter(server.port)
    ann = await opened(chromium, server.url())
    page = ann.page
    await ann.say("mine")
    await ann.hears([("ann", "mine")])
    await bob.say("not mine")
    await ann.hears([("ann", "mine"), ("bob", "not mine")])

    assert await ann.do(typed, page, "<ArrowUp>") == "mine"
    assert await ann.do(typed, page, " @b") == "mine @b"
    assert await ann.do(offered, page) == ["bob"]
    assert await ann.do(typed, page, "<Escape>") == "mine @b"
    assert await ann.do(offered, page) == []
    assert await ann.do(typed, page, "<Escape>") == ""
    await ann.do(typed, page, "<ArrowUp>", " indeed", "<Enter>")
    await ann.do(page.locator(".txt", has_text="mine indeed").wait_for)

    reply = page.locator("#reply")
    await ann.do(page.locator(".msg", has_text="not mine").hover)
    await ann.do(page.get_by_role("button", name="Reply").click)
    await ann.do(reply.wait_for)
    assert await ann.do(typed, page, "so", "<Escape>") == "so"
    assert not await ann.do(reply.is_visible)
    assert ann.complaints == []


@story
async def test_names_are_completed_by_keyboard(chromium: Chromium, server: Server) -> None:
    """
    Line 6: after an @ arrows choose among those who are here, and Enter completes, without
    sending.
    """
    for name in ("Bo", "Bodo", "Ravi Bond"):
        await AutobahnTalker(name).enter(server.port)
    ann = await opened(chromium, server.url())
    page = ann.page
    await ann.do(page.locator("#members").get_by_text("Ravi Bond").wait_for)

    await ann.do(typed, page, "hi @bo")
    assert await ann.do(offered, page) == ["Bo", "Bodo", "Ravi Bond"]
    active = page.get_by_role("option", selected=True)
    assert await ann.do(active.inner_text) == "BO\nBo"
    assert await ann.do(typed, page, "<ArrowUp>", "<ArrowUp>", "<Enter>") == "hi @Bodo "
    assert await ann.do(offered, page) == []
    assert await ann.do(typed, page, "and @rav", "<Tab>") == "hi @Bodo and @Ravi Bond "
    await ann.hears([])

    await ann.do(typed, page, "<Enter>")
    await ann.hears([("ann", "hi @Bodo and @Ravi Bond")])
    assert await ann.do(page.locator(".txt .mention").all_inner_texts) == ["@Bodo", "@Ravi Bond"]
    assert await ann.do(page.locator("#text").get_attribute, "aria-activedescendant") is None


@story
async def test_a_list_is_shown_to_everybody(chromium: Chromium, server: Server) -> None:
    """The list tells a screen reader what is chosen, takes clicks, and axe finds nothing wrong."""
    await AutobahnTalker("Bob").enter(server.port)
    ann = await opened(chromium, server.url())
    page = ann.page
    await ann.do(page.locator("#members").get_by_text("Bob").wait_for)

    for signs in ("@", ":hea", "/"):
        await ann.do(page.locator("#text").fill, "")
        await ann.do(typed, page, signs)
        await ann.do(page.get_by_role("listbox", name="Suggestions").wait_for)
        field = page.locator("#text")
        active = await ann.do(field.get_attribute, "aria-activedescendant")
        assert await ann.do(field.get_attribute, "aria-controls") == "suggestions"
        assert await ann.do(page.locator(f"#{active}").get_attribute, "aria-selected") == "true"
        seen = await ann.do(Axe().run, page)
        assert seen.violations_count == 0, seen.generate_report()

    await ann.do(page.get_by_role("option", name="/topic").click)
    assert await ann.do(page.locator("#text").input_value) == "/topic "
    assert await ann.do(page.evaluate, "() => document.activeElement.id") == "text"


@story
async def test_names_beyond_those_known_are_asked_for(chromium: Chromium, server: Server) -> None:
    """In a room of more people than the page knows, the server is asked who is called so."""
    crowd = [AutobahnTalker(f"guest {number:03}") for number in range(120)]
    await gatherResults(Deferred.fromCoroutine(guest.enter(server.port)) for guest in crowd)
    await AutobahnTalker("zoë").enter(server.port)
    ann = await opened(chromium, server.url())
    page = ann.page
    await ann.do(page.locator("#member-list .rest").wait_for)

    await ann.do(typed, page, "@Zo")

    await until(lambda: ann.do(offered, page), lambda names: names == ["zoë"])
    assert await ann.do(typed, page, "<Enter>") == "@zoë "


@story
async def test_emoji_are_completed_by_keyboard(chromium: Chromium, server: Server) -> None:
    """Line 6: their names are loaded at the first colon, in the reader's language too."""
    ann = await opened(chromium, server.url())
    page = ann.page
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))

    await ann.do(typed, page, "well :")
    assert [url for url in loaded if "emoji" in url] == []
    await ann.do(typed, page, "tad")
    await until(lambda: ann.do(offered, page), lambda names: names[:1] == ["tada"])
    found = [re.sub(r".*/js/", "", url) for url in loaded if "emoji" in url]
    assert found == ["emoji-names.js", "emoji/en.js"]
    assert await ann.do(typed, page, "<Enter>", "<Enter>") == ""
    await ann.hears([("ann", "well 🎉")])
    await ann.do(typed, page, ":thumbs_u")
    await until(lambda: ann.do(offered, page), lambda names: names[:1] == ["thumbs up"])
    assert await ann.do(typed, page, "p:") == "👍"

    mei = await opened(chromium, server.url(), "mei", locale="en-GB")
    await mei.do(mei.page.locator("#me").click)
    await mei.do(mei.page.get_by_role("button", name="简体中文").click)
    await mei.do(mei.page.keyboard.press, "Escape")
    await mei.do(mei.page.locator("#text").focus)
    await mei.do(typed, mei.page, ":火箭")
    await until(lambda: mei.do(offered, mei.page), lambda names: names[:1] == ["火箭"])
    assert await mei.do(typed, mei.page, "<Enter>") == "🚀"


@story
async def test_smileys_and_what_is_whole_are_sent_at_once(
    chromium: Chromium, server: Server
) -> None:
    """Where there is nothing to complete, Enter is not taken for completing."""
    await AutobahnTalker("bob").enter(server.port)
    ann = await opened(chromium, server.url())
    await ann.do(ann.page.locator("#members").get_by_text("bob").wait_for)

    for text in (":D", "at 12:30", "hello @bob", "a@b"):
        await ann.do(typed, ann.page, text, "<Enter>")

    await ann.hears([("ann", text) for text in (":D", "at 12:30", "hello @bob", "a@b")])


@story
async def test_commands_do_what_they_say(chromium: Chromium, server: Server) -> None:
    """Line 6: /me, /topic, /nick, /join and /leave, each as it is completed and typed."""
    ann = await opened(chromium, server.url(), "Ann")
    page = ann.page

    assert await ann.do(typed, page, "/m", "<Enter>") == "/me "
    await ann.do(typed, page, "waves", "<Enter>")
    await ann.do(page.locator(".msg.action[data-state=stored]", has_text="waves").wait_for)

    await ann.do(typed, page, "/topic Tea, and only tea", "<Enter>")
    await ann.do(page.locator("#topic", has_text="Tea, and only tea").wait_for)
    await ann.do(page.get_by_role("status").get_by_text("The topic is set.").wait_for)
    await ann.do(typed, page, "/topic", "<Enter>")
    await ann.do(expect(page.locator("#topic")).to_have_text, "")

    await ann.do(typed, page, "/nick Ännchen", "<Enter>")
    await ann.do(page.locator("#me-name", has_text="Ännchen").wait_for)
    await ann.do(page.get_by_role("status").get_by_text("You are").wait_for)
    await ann.do(expect(page.locator("#text")).to_have_value, "")

    await ann.do(typed, page, "/join #tea", "<Enter>")
    await ann.do(page.locator("#room-title", has_text="tea").wait_for)
    await ann.do(page.locator("#empty").wait_for)
    await ann.do(typed, page, "/leave", "<Enter>")
    await ann.do(page.locator("#room-title", has_text="lobby").wait_for)
    # The rooms where a command was given keep none of it.
    for room in ("tea", "lobby"):
        await ann.do(page.goto, server.url(f"#{room}"))
        await ann.do(page.locator("#room-title", has_text=room).wait_for)
        assert await ann.do(page.locator("#text").input_value) == ""
    assert ann.complaints == []


@story
async def test_help_lists_the_commands(chromium: Chromium, server: Server) -> None:
    """Line 6: /help shows them all in a dialog, which gives the focus back."""
    ann = await opened(chromium, server.url())
    page = ann.page

    await ann.do(typed, page, "/help", "<Enter>")

    dialog = page.get_by_role("dialog", name="Commands")
    await ann.do(dialog.wait_for)
    listed = await ann.do(dialog.locator("kbd").all_inner_texts)
    assert listed == ["/me", "/nick", "/topic", "/join", "/leave", "/help"]
    seen = await ann.do(Axe().run, page)
    assert seen.violations_count == 0, seen.generate_report()
    await ann.do(page.keyboard.press, "Escape")
    assert await ann.do(typed, page, "x") == "x"


@story
async def test_an_unknown_command_is_an_error_beside_the_composer(
    chromium: Chromium, server: Server
) -> None:
    """Line 6: nothing is sent and nothing lost of what is no command; // sends a slash."""
    await AutobahnTalker("Bob").enter(server.port)
    ann = await opened(chromium, server.url())
    page = ann.page
    problem = page.locator("#composer-problem")

    for written, reason in (
        ("/usr/bin is missing", "There is no command"),
        ("/nick ", "Write the new name"),
        ("/nick Bob", "Somebody is already called that. .* is free."),
        ("/nick !", "This name cannot be used"),
        ("/topic " + "x" * 251, "That is too long."),
        ("/leave", "the only room"),
        ("/leave nowhere", "You are not in"),
    ):
        await ann.do(page.locator("#text").fill, written)
        await ann.do(typed, page, "<Enter>")
        await ann.do(expect(problem).to_have_text, re.compile(reason))
        assert await ann.do(page.locator("#text").input_value) == written
    await ann.do(page.locator("#text").fill, "//usr/bin is missing")
    assert await ann.do(problem.inner_text) == ""
    await ann.do(typed, page, "<Enter>")

    await ann.hears([("ann", "/usr/bin is missing")])


@story
async def test_text_over_the_limit_is_never_lost(chromium: Chromium, server: Server) -> None:
    """
    Line 7: near the limit a counter counts down; over it nothing is sent, and nothing cut
    off.
    """
    ann = await opened(chromium, server.url())
    field, counter = ann.page.locator("#text"), ann.page.locator("#counter")

    await ann.do(field.fill, "好" * 3799)
    assert not await ann.do(counter.is_visible)
    # An emoji is one character to the server, and two to JavaScript.
    await ann.do(field.fill, "好" * 3800 + "🎉")
    assert await ann.do(counter.inner_text) == "199 characters left"
    await ann.do(field.fill, "🎉" * 4001)
    assert await ann.do(counter.inner_text) == "1 character too many"
    await ann.do(typed, ann.page, "<Enter>")
    assert await ann.do(field.input_value) == "🎉" * 4001
    await ann.do(ann.page.reload)
    await ann.do(expect(field).to_have_value, "🎉" * 4001)
    await ann.do(field.focus)
    await ann.do(typed, ann.page, "<Control+End>", "<Backspace>", "<Enter>")

    await ann.hears([("ann", "🎉" * 4000)])


@story
async def test_paste_keeps_line_breaks(chromium: Chromium, server: Server) -> None:
    """Line 32: what is pasted has its lines, whatever ends them, and is not sent by them."""
    rights: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"]}
    ann = await opened(chromium, server.url(), **rights)
    copy = "(text) => navigator.clipboard.writeText(text)"

    await ann.do(ann.page.evaluate, copy, "one\r\ntwo\n\n  three")
    written = await ann.do(typed, ann.page, "<Control+v>")
    await ann.do(typed, ann.page, "<Enter>")

    assert written == "one\ntwo\n\n  three"
    await ann.hears([("ann", "one\ntwo\n\n  three")])
