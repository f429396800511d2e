"""
What was asked, what was answered and what was seen; and whether the log says so too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

#: A JSON object, asked or told.
Told: TypeAlias = dict[str, Any]

#: What is promised never to happen.
KINDS: Final = (
    "lost",  # acknowledged, and not in the log
    "doubled",  # twice in the log
    "moved",  # in the log, but not as acknowledged
    "gone",  # seen by somebody, and not in the log, or otherwise
    "unknown",  # in the log, and nobody said it
    "gaps",  # numbers left out
    "disorder",  # not in the order in which its sender said it, or told out of order
    "changed",  # the room, folded, is not what its entries make of it
    "unsound",  # what `python -m chatroom check` finds
    "refused",  # an answer that no command here should get
    "epochs",  # the log's life ended
)

#: What of an entry never changes. Its text does: it is the present one.
LASTING: Final = (
    "type", "room", "seq", "time", "person", "name", "id", "kind", "reply_to", "target", "emoji",
    "on", "values",
)  # fmt: skip

#: How a command's type is called when it is done.
DONE: Final = {
    "say": "message", "edit": "edited", "delete": "deleted", "react": "reacted", "set": "set",
}  # fmt: skip


@dataclass(slots=True)
class Asked:
    """A command of a person, and its answer: ``seq`` and ``time``, or that it made no entry."""

    person: str
    command: Told
    seq: int | None = None
    time: int | None = None
    settled: bool = False


class Ledger:
    """
    The books of the driver: one room's.
    """

    def __init__(self) -> None:
        #: Every command by its id, in the order in which they were first sent.
        self.asked: dict[str, Asked] = {}
        #: What any connection was told of each number, first.
        self.seen: dict[int, Told] = {}
        self.epoch: str | None = None
        self.acks = 0
        self.duplicates = 0
        self.complaints: list[tuple[str, str]] = []

    def complain(self, kind: str, sentence: str) -> None:
        """A promise is broken."""
        assert kind in KINDS
        self.complaints.append((kind, sentence))

    def counts(self) -> dict[str, int]:
        """How often each promise was broken."""
        found = Counter(kind for kind, _ in self.complaints)
        return {kind: found[kind] for kind in KINDS}

    # While it goes on.

    def asks(self, person: str, command: Told) -> None:
        """*person* sends *command* for the first time."""
        self.asked[command["id"]] = Asked(person, command)

    def answered(self, reply: Told) -> bool:
        """
        Enter the reply to a command; return False if it is to be said again.
        """
        asked = self.asked[reply["id"]]
        if reply["type"] == "ack" and "seq" in reply:
            self._acked(asked, reply)
        elif reply.get("code") == "storage_unavailable":
            return False
        elif not _may_be_refused(asked, reply):
            self.complain("refused", f"{asked.command} got {reply}")
        asked.settled = True
        return True

    def _acked(self, asked: Asked, ack: Told) -> None:
        self.acks += 1
        self.duplicates += ack.get("duplicate", False)
        place = ack["seq"], ack["time"]
        if asked.settled and (asked.seq, asked.time) != place:
            self.complain("moved", f"{asked.command} was {asked.seq}, now {ack}")
        asked.seq, asked.time = place

    def sees(self, entry: Told, who: str) -> None:
        """*who* is told of *entry*, live or replayed."""
        first = self.seen.setdefault(entry["seq"], entry)
        if first is not entry and lasting(first) != lasting(entry):
            self.complain("gone", f"{who} sees {entry}, where {first} was seen")

    def lives(self, epoch: str) -> None:
        """The log is of this *epoch*."""
        self.epoch = self.epoch or epoch
        if epoch != self.epoch:
            self.complain("epochs", f"{self.epoch} became {epoch}")

    # When it is over, and every command answered.

    def compare(self, log: list[Told], pages: list[Told], topic: str) -> None:
        """
        Compare with what the room now says.

        Args:
            log: Its entries, replayed.
            pages: Its messages, folded.
            topic: The present one.
        """
        by_seq = {entry["seq"]: entry for entry in log}
        numbers = [entry["seq"] for entry in log]
        if numbers != list(range(1, len(log) + 1)):
            missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
            self.complain("gaps", f"of {len(log)} entries; missing: {missing[:20]}")
        self._compare_acks(by_seq)
        self._compare_seen(by_seq)
        self._compare_entries(log)
        self._compare_order(log)
        self._compare_pages(log, pages, topic)

    def _compare_acks(self, log: dict[int, Told]) -> None:
        for asked in self.asked.values():
            if asked.seq is None:
                if not asked.settled:
                    self.complain("lost", f"{asked.command} was never answered")
                continue
            entry = log.get(asked.seq)
            if entry is None:
                self.complain("lost", f"{asked.command}, acknowledged as {asked.seq}")
            elif entry["time"] != asked.time or not tells_of(entry, asked):
                self.complain("moved", f"{asked.command}, acknowledged as {asked.seq}: {entry}")

    def _compare_seen(self, log: dict[int, Told]) -> None:
        for seq, seen in self.seen.items():
            if seq not in log:
                self.complain("gone", f"{seen} was seen")
            elif lasting(seen) != lasting(log[seq]):
                self.complain("gone", f"{seen} was seen, now it is {log[seq]}")

    def _compare_entries(self, log: list[Told]) -> None:
        """Whether each entry is what one command became."""
        claims = Counter(asked.seq for asked in self.asked.values() if asked.seq is not None)
        for entry in log:
            claimed = claims[entry["seq"]]
            if claimed > 1:
                self.complain("moved", f"{claimed} commands were acknowledged as {entry}")
            if not claimed:
                repeats = any(
                    asked.seq is not None and tells_of(entry, asked)
                    for asked in self.asked.values()
                )
                kind = "doubled" if repeats else "unknown"
                self.complain(kind, f"nobody was answered with {entry}")

    def _compare_order(self, log: list[Told]) -> None:
        last: dict[str, Asked] = {}
        for asked in self.asked.values():
            if asked.seq is not None:
                before = last.get(asked.person)
                if (
                    before is not None
                    and before.seq is not None
                    and asked.seq < before.seq
                    and not _was_unchanged(before, log[: asked.seq - 1])
                ):
                    self.complain(
                        "disorder",
                        f"{asked.command} became {asked.seq},"
                        f" and {before.command}, said before, {before.seq}",
                    )
                last[asked.person] = asked

    def _compare_pages(self, log: list[Told], pages: list[Told], topic: str) -> None:
        expected, last_topic = self._folded(log)
        if topic != last_topic:
            self.complain("changed", f"the topic is {topic!r}, not {last_topic!r}")
        shown = {page["seq"]: page for page in pages}
        if list(shown) != list(expected) or len(pages) != len(expected):
            self.complain("changed", f"{len(pages)} messages in the pages, not {len(expected)}")
        for seq, message in expected.items():
            page = shown.get(seq)
            if page is not None and (state := _state(page)) != message:
                self.complain("changed", f"message {seq} is {state}, not {message}")

    def _folded(self, log: list[Told]) -> tuple[dict[int, Told], str]:
        """
        Return what the commands that became *log* make of each message, and the topic.
        """
        by_seq = {asked.seq: asked.command for asked in self.asked.values()}
        messages: dict[int, Told] = {}
        topic = ""
        for entry in log:
            # An entry without a command was complained of already.
            command = by_seq.get(entry["seq"], {})
            if entry["type"] == "message":
                messages[entry["seq"]] = {"text": command.get("text"), "reactions": {}}
            elif entry["type"] == "set":
                topic = entry["values"]["topic"]
            elif entry["target"] in messages:
                _change(messages[entry["target"]], entry, command)
        for message in messages.values():
            if "reactions" in message:
                message["reactions"] = {e: who for e, who in message["reactions"].items() if who}
        return messages, topic


def _change(message: Told, entry: Told, command: Told) -> None:
    """Do to a folded *message* what *entry* tells, with the text of its *command*."""
    if entry["type"] == "edited":
        message |= {"text": command.get("text"), "edited": entry["time"]}
    elif entry["type"] == "deleted":
        message.clear()
        message["deleted"] = True
    elif "reactions" in message:
        people = message["reactions"].setdefault(entry["emoji"], [])
        if entry["on"]:
            people.append(entry["person"])
        elif entry["person"] in people:
            people.remove(entry["person"])


def lasting(entry: Told) -> Told:
    """What of *entry* never changes."""
    return {key: entry[key] for key in LASTING if key in entry}


def tells_of(entry: Told, asked: Asked) -> bool:
    """Whether *entry* is what became of a command."""
    command = asked.command
    return (
        entry["type"] == DONE[command["type"]]
        and entry["person"] == asked.person
        # Of the entries a message alone has the id of its command.
        and (command["type"] != "say" or entry.get("id") == command["id"])
        and all(
            entry.get(key) == command.get(key)
            for key in ("reply_to", "target", "emoji", "on", "values")
        )
    )


def _state(page: Told) -> Told:
    """What of a folded message its entries must account for."""
    if page.get("deleted"):
        return {key: page[key] for key in ("deleted", "text") if key in page}
    reactions: Iterable[Told] = page.get("reactions", ())
    state = {
        "text": page.get("text"),
        "reactions": {it["emoji"]: [who["person"] for who in it["people"]] for it in reactions},
    }
    return state | ({"edited": page["edited"]} if "edited" in page else {})


def _may_be_refused(asked: Asked, reply: Told) -> bool:
    """
    Whether *reply* is one that a reaction may get: its message was deleted by its
    author meanwhile, or the emoji was there already.
    """
    if asked.command["type"] != "react":
        return False
    return reply.get("unchanged") is True or reply.get("code") == "no_such_message"


def _was_unchanged(asked: Asked, log: list[Told]) -> bool:
    """
    Whether *asked* would have changed nothing behind the entries of *log*.

    Then that is what became of it when it was first said. It settles no id: if the answer
    is lost, and it is said again behind what was said after it, it may well change something.
    """
    if asked.command["type"] != "react":
        return False
    is_on = False
    for entry in log:
        about = [entry.get(name) for name in ("person", "target", "emoji")]
        if about == [asked.person, asked.command["target"], asked.command["emoji"]]:
            is_on = entry["on"]
    return bool(is_on == asked.command["on"])
