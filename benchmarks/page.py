"""
How the page of today keeps up: a burst into an open tab, and a long way back.

``python -m benchmarks.page``, with Chromium, whose processor is slowed. The first table
is a burst while somebody types: how long the page's longest tasks take, how long each key
takes until its letter is on the screen, how much the page holds; beside it, what the same
costs a page that only shows the texts. Other work on the machine counts fourfold: as root,
``nice -n -20`` keeps it away. The second is a scroll
back to the first message: how far what is in sight ever moves by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.room import RECEIVE_BYTES, Room, frame, opened

#: How a tab comes into the room at a port.
Come = Callable[[Page, int], None]

MESSAGES: Final = 1000
BURST_S: Final = 10.0
SLOWED: Final = 4
HISTORY: Final = 10_000
TALKERS: Final = 5
#: Somebody who types fast.
KEY_EVERY_MS: Final = 120
LETTERS: Final = "the quick brown fox jumps over the lazy dog "
#: So many messages are on their way into the log while a history is made.
AHEAD: Final = 500
SCROLL_PX: Final = 360
ACK: Final = b'"type":"ack"'
PATIENCE_MS: Final = 120_000
#: Chromium tells of tasks longer than this, in milliseconds.
LONG_TASK_MS: Final = 50
BOUND_TASK_MS: Final = 100
BOUND_KEY_MS: Final = 50
#: The messages in the page, with some that come before others go.
BOUND_ROWS: Final = 360
#: What tells of each layout and paint, and does not slow the page itself.
TRACED: Final = ["devtools.timeline", "toplevel", "disabled-by-default-devtools.timeline"]
BOUND_JUMP_PX: Final = 1

#: Name, what it is, unit and bound of each figure of a burst.
FIGURES: Final = (
    ("tasks", f"tasks over {LONG_TASK_MS} ms", "", None),
    ("longest", "longest task", " ms", BOUND_TASK_MS),
    ("median", "key to screen, median", " ms", None),
    ("p95", "key to screen, p95", " ms", BOUND_KEY_MS),
    ("worst", "key to screen, worst", " ms", None),
    ("rows", "messages in the page", "", BOUND_ROWS),
    ("elements", "elements in the page", "", None),
)

TEXTS: Final = (
    "A plain line, as most of them are.",
    "yes",
    "Has anybody seen **the slides**? They are at https://example.org/slides?v=3 (the new ones).",
    "周五晚上谁来?我带 `饼干`,大家记得带杯子。",
    "I would rather meet on Thursday, if that is all right with everybody else here.",
    "ok, see you there",
    "```python\nfor line in log:\n    print(line.strip())\n```",
    "好的",
    "A longer one, which has to be broken over some lines on most screens, as it "
    + 12 * "goes on ",
    "Nobody told me. When was that?",
    "🎉",
    "What a pity! Next time, then.",
)

#: Hears of long tasks and of keys, from the first moment on.
WATCH: Final = """
    window.seen = { tasks: [], keys: [], rows: 0, elements: 0 };
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: 'longtask' });
    addEventListener('keydown', ({ timeStamp }) => {
        const painted = () => seen.keys.push(performance.now() - timeStamp);
        // Right behind the next frame's painting stands a task that all others wait for.
        const first = { priority: 'user-blocking' };
        requestAnimationFrame(() => void scheduler.postTask(painted, first));
    }, { capture: true });
    setInterval(() => {
        seen.rows = Math.max(seen.rows, document.querySelectorAll('#log article').length);
        seen.elements = Math.max(seen.elements, document.querySelectorAll('*').length);
    }, 250);
"""
#: Whether the newest message is in the page. Each ends with its number.
SHOWS_LAST: Final = """(number) =>
    document.querySelector('#log article:last-of-type')?.textContent.endsWith(number)
"""
FORGET: Final = "() => { Object.assign(seen, { tasks: [], keys: [], rows: 0, elements: 0 }); }"

#: The least that a page can be which shows what is said: what the browser itself costs.
PLAIN: Final = """<!doctype html><meta charset="utf-8"><title>plain</title>
<style>
    body { font: 15px/1.5 system-ui; margin: 0 }
    #log { height: 600px; overflow: auto }
    article { padding: 2px 20px; white-space: pre-wrap; overflow-wrap: anywhere }
</style>
<div id="log"></div>
<script>
    const log = document.getElementById('log');
    const socket = new WebSocket(`ws://${location.host}/chat`);
    const due = [];
    const draw = () => {
        for (const { text } of due.splice(0)) {
            const row = document.createElement('article');
            row.textContent = text;
            log.append(row);
            if (log.childElementCount > 48) log.firstElementChild.remove();
        }
        log.scrollTop = log.scrollHeight;
    };
    const send = (command) => socket.send(JSON.stringify(command));
    socket.onopen = () => {
        send({ type: 'hello', name: 'Plain', id: 'h' });
        send({ type: 'join', room: 'lobby', id: 'j' });
    };
    socket.onmessage = ({ data }) => {
        const event = JSON.parse(data);
        if (event.type === 'joined') {
            document.body.append(Object.assign(document.createElement('textarea'), { id: 'text' }));
        }
        if (event.type === 'message' && due.push(event) === 1) requestAnimationFrame(draw);
    };
</script>"""
#: Scrolls up by a step each frame. What is in sight has to move by what was scrolled.
BACK: Final = """async (step) => {
    const log = document.querySelector('[role=log]');
    const edge = log.getBoundingClientRect().top + 100;
    const shown = () => [...log.querySelectorAll('article')];
    const middle = () => shown().find((row) => row.getBoundingClientRect().bottom > edge);
    const find = (seq) => log.querySelector(`[data-seq='${seq}']`);
    const { port1, port2 } = new MessageChannel();
    const task = (next) => { port1.onmessage = next; port2.postMessage(0); };
    const moved = [], frames = [];
    const numbers = new Set();
    let most = 0, gone = 0, last = performance.now();
    const late = last + 170000;
    while (!log.querySelector('[data-edge=start]') || log.scrollTop > 0) {
        if (performance.now() > late) break;
        const row = middle();
        const top = row?.getBoundingClientRect().top;
        const before = log.scrollTop;
        log.scrollTop = before - step;
        const scrolled = before - log.scrollTop;
        await new Promise(requestAnimationFrame);
        // Behind what the page itself does in this frame.
        await new Promise(task);
        const now = performance.now();
        frames.push(now - last);
        last = now;
        // It may be drawn anew, with or without a header.
        const again = row?.isConnected ? row : find(row?.dataset.seq);
        if (row && !again) gone += 1;
        else if (row && row === again) {
            moved.push(Math.abs(row.getBoundingClientRect().top - top - scrolled));
        }
        const rows = shown();
        most = Math.max(most, rows.length);
        for (const { dataset } of rows) if (dataset.seq) numbers.add(dataset.seq);
    }
    return { jump: Math.max(...moved), gone, most, seen: numbers.size, frames };
}"""


class Talkers:
    """
    Some people who talk in the lobby by blocking sockets; what they hear is dropped.

    Args:
        port: Where the room is.
    """

    def __init__(self, port: int) -> None:
        self._sockets = [opened(port) for _ in range(TALKERS)]
        self._said = 0
        for number, connection in enumerate(self._sockets):
            connection.sendall(frame({"type": "hello", "name": f"talker {number}", "id": "h"}))
            connection.sendall(frame({"type": "join", "room": "lobby", "limit": 0, "id": "j"}))
            threading.Thread(target=_drain, args=(connection,), daemon=True).start()

    def say(self) -> None:
        """Say the next text; two in a row are often one person's."""
        self._said += 1
        text = TEXTS[self._said % len(TEXTS)]
        command = {"type": "say", "room": "lobby", "text": f"{text}\n{self._said}"}
        connection = self._sockets[self._said // 3 % TALKERS]
        connection.sendall(frame({**command, "id": f"m{self._said}"}))

    def burst(self, count: int, seconds: float) -> None:
        """Say *count* texts, evenly over so many *seconds*."""
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, begun + number * seconds / count - time.monotonic()))
            self.say()

    def close(self) -> None:
        """Hang up."""
        for connection in self._sockets:
            connection.close()


def _drain(connection: socket.socket) -> None:
    """Read whatever comes, to the end."""
    with contextlib.suppress(OSError):
        while connection.recv(RECEIVE_BYTES):
            pass


@contextlib.contextmanager
def tab(browser: Browser) -> Iterator[tuple[Page, CDPSession]]:
    """Open an empty tab of its own; the processor is not slowed yet."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    yield page, context.new_cdp_session(page)
    context.close()


def enter(page: Page, port: int) -> None:
    """Go into the room."""
    page.goto(f"http://127.0.0.1:{port}/")
    page.get_by_role("textbox", name="Your name").fill("Reader")
    page.keyboard.press("Enter")
    page.locator("#text").wait_for()


def enter_plainly(page: Page, port: int) -> None:
    """Go into the room with the least that a page can be."""
    url = f"http://127.0.0.1:{port}/plain"
    page.route(url, lambda route: route.fulfill(body=PLAIN, content_type="text/html"))
    page.goto(url)
    page.locator("#text").wait_for()


def hasten() -> None:
    """
    Give the browser's threads this process's priority, where that is a higher one.

    Chromium gives its own to each of them, whatever ``nice`` it was started with.
    """
    priority = os.getpriority(os.PRIO_PROCESS, 0)
    if priority >= 0:
        return
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = {os.getpid()}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    for pid in family:
        for task in Path(f"/proc/{pid}/task").glob("*"):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, int(task.name), priority)


def slow(cdp: CDPSession, times: float) -> None:
    """Let the page's processor be so many times slower."""
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": times})
    hasten()


def told(browser: Browser, options: argparse.Namespace, come: Come) -> dict[str, float]:
    """
    Return the figures of one burst into an open tab, while somebody types.
    """
    with (
        TemporaryDirectory(prefix="chatroom-bench-") as folder,
        Room(Path(folder)) as room,
        tab(browser) as (page, cdp),
    ):
        talkers = Talkers(room.port)
        come(page, room.port)
        talkers.burst(100, 0.5)
        page.wait_for_function(SHOWS_LAST, arg="100")
        slow(cdp, options.slowed)
        page.locator("#text").click()
        page.wait_for_timeout(1000)
        page.evaluate(FORGET)
        if options.trace and come is enter:
            browser.start_tracing(page=page, path=options.trace, categories=TRACED)
        speaking = threading.Thread(target=talkers.burst, args=(MESSAGES, BURST_S))
        speaking.start()
        typed = 0
        while speaking.is_alive():
            page.keyboard.press(
                f"Key{LETTERS[typed % len(LETTERS)].upper()}".replace("Key ", "Space")
            )
            typed += 1
            page.wait_for_timeout(KEY_EVERY_MS)
        page.wait_for_function(SHOWS_LAST, arg=str(MESSAGES + 100))
        seen: dict[str, Any] = page.evaluate("() => seen")
        if options.trace and come is enter:
            browser.stop_tracing()
        talkers.close()
    keys = sorted(seen["keys"])
    return {
        "tasks": len(seen["tasks"]),
        "longest": max(seen["tasks"], default=0),
        "median": keys[len(keys) // 2],
        "p95": keys[int(len(keys) * 0.95)],
        "worst": keys[-1],
        "rows": seen["rows"],
        "elements": seen["elements"],
    }


def burst(browser: Browser, options: argparse.Namespace) -> None:
    """Measure a burst, now into the page, now into the least that a page can be."""
    pages, floors = [], []
    for _ in range(options.runs):
        pages.append(told(browser, options, enter))
        floors.append(told(browser, options, enter_plainly))
    print(
        f"{MESSAGES} messages in {BURST_S:.0f} s, processor {options.slowed}x slower,"
        f" medians of {options.runs}:"
    )
    print(f"  {'':24} {'the page':>22}   {'a plain page':>14}")
    for name, what, unit, bound in FIGURES:
        figure, floor = (median(run[name] for run in runs) for runs in (pages, floors))
        worst = max(run[name] for run in pages)
        line(
            what,
            f"{figure:.0f}{unit}, at worst {worst:.0f}",
            f"{f'{floor:.0f}{unit}':>14}" + (f"   at most {bound}{unit}" if bound else ""),
            ok=bound is None or figure <= bound,
        )


def back(browser: Browser, room: Room, options: argparse.Namespace) -> None:
    """Measure a scroll from the end to the first of many messages."""
    with tab(browser) as (page, cdp):
        enter(page, room.port)
        page.locator("#log article").first.wait_for()
        slow(cdp, options.slowed)
        seen: dict[str, Any] = page.evaluate(BACK, SCROLL_PX)
        slow(cdp, 1)
    frames = sorted(seen["frames"])
    print(f"scrolling back through {seen['seen']} messages, processor {options.slowed}x slower:")
    line(
        "greatest jump",
        f"{seen['jump']:.1f} px",
        f"at most {BOUND_JUMP_PX} px",
        ok=seen["jump"] <= BOUND_JUMP_PX,
    )
    line("in sight, then gone", str(seen["gone"]), "never", ok=not seen["gone"])
    line("messages seen", str(seen["seen"]), f"{HISTORY}", ok=seen["seen"] >= HISTORY)
    line(
        "messages in the page",
        str(seen["most"]),
        f"at most {BOUND_ROWS}",
        ok=seen["most"] <= BOUND_ROWS,
    )
    line("frame, median", f"{frames[len(frames) // 2]:.0f} ms")
    line("frame, p95", f"{frames[int(len(frames) * 0.95)]:.0f} ms")


def fill(room: Room, count: int) -> None:
    """Let there be *count* messages in the lobby."""
    connection = opened(room.port)
    connection.sendall(frame({"type": "hello", "name": "scribe", "id": "h"}))
    connection.sendall(frame({"type": "join", "room": "lobby", "limit": 0, "id": "j"}))
    said, acks, tail = 0, 0, b""
    while acks < count:
        while said < min(acks + AHEAD, count):
            said += 1
            text = f"{TEXTS[said % len(TEXTS)]}\n{said}"
            say = {"type": "say", "room": "lobby", "id": f"h{said}", "text": text}
            connection.sendall(frame(say))
        data = tail + connection.recv(RECEIVE_BYTES)
        acks += data.count(ACK)
        tail = data[1 - len(ACK) :]
    connection.close()


def line(what: str, figure: str, bound: str = "", *, ok: bool = True) -> None:
    """Print one figure of a table."""
    print(f"  {what:24} {figure:>22}   {bound}{'' if ok else '   MISSED'}", flush=True)


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slowed", type=float, default=SLOWED, help="the processor [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, help="bursts of each kind [%(default)s]")
    parser.add_argument("--only", choices=["burst", "back"])
    parser.add_argument(
        "--trace", type=Path, help="write what the browser did during the burst there"
    )
    options = parser.parse_args()
    binary = shutil.which("chromium")
    if binary is None:
        raise SystemExit("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        # The plain page comes from no address: such a one may not talk to a local server.
        arguments = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
        browser = playwright.chromium.launch(executable_path=binary, args=arguments)
        if options.only != "back":
            burst(browser, options)
        if options.only != "burst":
            with TemporaryDirectory(prefix="chatroom-bench-") as folder, Room(Path(folder)) as room:
                fill(room, HISTORY)
                back(browser, room, options)
        browser.close()


if __name__ == "__main__":
    main()
