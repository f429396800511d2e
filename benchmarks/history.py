"""
What a long log costs those who read it: coming in, older pages, search; and the memory.

``python -m benchmarks.history``: two rooms on one disk, a short one and a long one, read
by the wire through a real server. Times are from a command's last byte out to its
reply's last byte in, the whole page decoded.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import react

from benchmarks.room import Caller, Room
from chatroom.commands import Say
from chatroom.histories.sql import SqlStore
from chatroom.log import Draft

NAME: Final = "lobby"
#: As many as the log takes in one transaction.
BATCH: Final = 500
PEOPLE: Final = 50
#: So many words are used, the n-th of them 1/n as often as the first.
WORDS: Final = 20_000
#: One message in so many is Chinese.
CHINESE: Final = 10
CHARACTERS: Final = (
    "的一是不了在人有我他这中大来上个国说们为子和你地出道也时年得就那要下以生会自着去之过家学"
)
SYLLABLES: Final = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ai")]
#: Said once in all, in the middle.
ONCE: Final = "unrepeatable"


class Speech:
    """
    What people say: the same every time.

    Args:
        count: How many messages there will be.
    """

    def __init__(self, count: int) -> None:
        self.dice = random.Random(1)  # noqa: S311 - to be repeated
        self.words = [self._word() for _ in range(WORDS)]
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(WORDS)))
        self._count = count

    def texts(self) -> Iterator[str]:
        """Return the messages, oldest first."""
        for number in range(self._count):
            if number == self._count // 2:
                yield f"this was said once: {ONCE}"
            elif number % CHINESE == 0:
                yield "".join(self.dice.choices(CHARACTERS, k=self.dice.randrange(4, 30)))
            else:
                size = self.dice.randrange(2, 20)
                yield " ".join(self.dice.choices(self.words, cum_weights=self._weights, k=size))

    def _word(self) -> str:
        return "".join(self.dice.choices(SYLLABLES, k=self.dice.randrange(2, 5)))


async def fill(reactor: IReactorTime, url: str, speech: Speech) -> None:
    """
    Write the log of a room, as the server does.
    """
    store = SqlStore(reactor, url)
    await store.start()
    begun, count, drafts = time.monotonic(), 0, []
    for text in speech.texts():
        count += 1
        person = f"person{count % PEOPLE}"
        say = Say(room=NAME, text=text, id=f"message{count}")
        drafts.append(Draft(say, NAME, person, person, 10**12 + count * 1000))
        if len(drafts) == BATCH:
            await store.history.append(drafts)
            drafts = []
    await store.history.append(drafts)
    await store.stop()
    seconds = time.monotonic() - begun
    print(f"{count:,} messages written in {seconds:.0f} s, {count / seconds:,.0f} a second")


class Reader:
    """
    Reads one room in every way there is, again and again.
    """

    def __init__(self, room: Room, speech: Speech, samples: int) -> None:
        self._room = room
        self._speech = speech
        self._samples = samples
        self._caller = Caller(room.port)
        self._caller.ask(type="hello", name="reader")
        joined = self._caller.ask(type="join", room=NAME, limit=0)
        self._seq, self._epoch = joined["seq"], joined["epoch"]

    def measure(self) -> None:
        """Print a line for each way."""
        dice = self._speech.dice
        common, rarer = self._speech.words[0], self._speech.words[200]
        self._time("join, nothing new", self._join)
        self._time("join, after a message", self._join, self._say)
        self._time("join, 100 missed", lambda: self._join(since=self._seq - 100))
        self._time("newest page", self._page)
        self._time("page before any", lambda: self._page(before=dice.randrange(1, self._seq)))
        self._time("page after any", lambda: self._page(after=dice.randrange(1, self._seq)))
        self._time("page around any", lambda: self._page(around=dice.randrange(1, self._seq)))
        searches = {
            "the commonest word": common,
            "a word": rarer,
            "any word": None,
            "a word said once": ONCE,
            "a word never said": "neverneverland",
            "two letters": common[:2],
            "two rarer words": f"{rarer} {self._speech.words[300]}",
            "one Chinese character": CHARACTERS[5],
            "two Chinese characters": CHARACTERS[7:9],
        }
        for what, text in searches.items():
            self._time(f"search: {what}", lambda text=text: self._search(text))  # type: ignore[misc]

    def _time(
        self, what: str, ask: Callable[[], object], before: Callable[[], object] = lambda: None
    ) -> None:
        waits, cpu_s = [], self._room.cpu_s()
        for _ in range(self._samples):
            before()
            begun = time.perf_counter()
            ask()
            waits.append((time.perf_counter() - begun) * 1000)
        waits.sort()
        p50, p99 = (waits[int(len(waits) * part)] for part in (0.5, 0.99))
        # Neighbours on the machine do not count here.
        cpu = (self._room.cpu_s() - cpu_s) * 1000 / self._samples
        print(f"  {what:28} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  {cpu:6.2f} ms CPU", flush=True)

    def _join(self, **position: int) -> None:
        epoch = {"epoch": self._epoch} if position else {}
        self._caller.ask(type="join", room=NAME, **position, **epoch)

    def _say(self) -> None:
        self._seq = self._caller.ask(type="say", room=NAME, text="something new")["seq"]

    def _page(self, **where: int) -> None:
        self._caller.ask(type="history", room=NAME, **where)

    def _search(self, text: str | None) -> None:
        asked = self._speech.dice.choice(self._speech.words) if text is None else text
        self._caller.ask(type="search", room=NAME, text=asked)


def size_mib(folder: Path) -> float:
    """Return what the files in *folder* take."""
    return sum(path.stat().st_size for path in folder.iterdir()) / 2**20


async def measure(reactor: IReactorTime, options: argparse.Namespace) -> None:
    """
    Fill, serve and read a short room and a long one.
    """
    for count in (options.short, options.long):
        with TemporaryDirectory(prefix="chatroom-bench-", dir=options.folder) as name:
            url = f"sqlite:///{name}/chatroom.sqlite"
            speech = Speech(count)
            await fill(reactor, url, speech)
            size = size_mib(Path(name))
            with Room(Path(name), "--database", url) as room:
                begun = room.rss_mib()
                print(f"  {size:.0f} MiB on disk, {begun:.1f} MiB in memory at the start")
                Reader(room, speech, options.samples).measure()
                print(f"  {room.rss_mib():.1f} MiB in memory at the end")


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", type=int, default=10_000, help="messages [%(default)s]")
    parser.add_argument("--long", type=int, default=1_000_000, help="messages [%(default)s]")
    parser.add_argument("--samples", type=int, default=200, help="of each [%(default)s]")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured [a temporary one]")
    options = parser.parse_args()
    react(lambda reactor: Deferred.fromCoroutine(measure(reactor, options)))


main()
