"""
What the room promises whatever a client sends: rows 13, 22 and 24 of its list.
"""

from __future__ import annotations

import json
from typing import Final, cast

from twisted.internet.defer import Deferred, fail
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher

from chatroom.errors import StorageUnavailable
from tests.people import ChatTestCase, Client, Said

#: Messages that have stopped rooms, and what they are answered with.
BAD_MESSAGES: Final = [
    (b'{"type": "say", "room": "tea", "text": "\\ud800"}', "bad_json"),
    (b'{"type": "say", "room": "tea", "text": "\\udc00\\ud800 x"}', "bad_json"),
    (b'{"type": "say", "room": "\\udfff", "text": "x"}', "bad_json"),
    (b'{"type": "say", "room": "tea", "text": "a\\u0000b"}', "bad_text"),
    (b'{"type": "say", "room": "tea\\u0000", "text": "x"}', "not_joined"),
    (
        b'{"type": "say", "room": "tea", "text": "x", "reply_to": 9223372036854775807}',
        "bad_command",
    ),
    (
        b'{"type": "say", "room": "tea", "text": "x", "reply_to": 18446744073709551616}',
        "bad_command",
    ),
    (
        b'{"type": "say", "room": "tea", "text": "x", "reply_to": 9007199254740991}',
        "no_such_message",
    ),
    (b'{"type": "delete", "room": "tea", "target": -1}', "bad_command"),
    (b'{"type": "delete", "room": "tea", "target": 1e400}', "bad_json"),
    (b'{"type": "delete", "room": "tea", "target": NaN}', "bad_json"),
    (b'{"type": "history", "room": "tea", "before": ' + b"9" * 60_000 + b"}", "bad_json"),
    (b"[" * 65_000, "bad_json"),
    (b'{"a":' * 12_000 + b"1" + b"}" * 12_000, "bad_json"),
    (b'{"type": "say", "room": "tea", "text": {"a": ["b"]}}', "bad_command"),
    (b'{"type": "dance"}', "unknown_type"),
    (b"", "bad_json"),
    (b"\0" * 65_000, "bad_json"),
]

#: What only the server says, with something of somebody else's in it.
LIES: Final = {
    "person": "victim",
    "name": "Bob",
    "seq": 999,
    "time": 1,
    "edited": 1,
    "deleted": True,
    "duplicate": True,
    "role": "owner",
    "mentions": ["victim"],
    "reactions": [{"emoji": "x", "count": 9, "people": []}],
    "quote": {"person": "victim", "name": "Bob", "text": "I owe you"},
}

#: In all that a log might be tempted to tell, with what would forge a line of it.
MARK: Final = "m4rk\r\n2026-01-01T00:00:00+0000 [-] forged \x1b[2J"


class PromiseTests(ChatTestCase):
    """One room, in which somebody means no good."""

    def setUp(self) -> None:
        """Let two people in."""
        super().setUp()
        self.eve, self.bob = self.enter("Eve", "tea"), self.enter("Bob", "tea")

    def still_talks(self, client: Client) -> Said:
        """Let *client* say something, which must be heard."""
        ack = client.ask("say", room="tea", text="still here")
        self.assertEqual("ack", ack["type"])
        self.assertEqual("still here", client.of("message")[-1]["text"])
        return ack

    def test_row_13_a_bad_message_is_its_senders(self) -> None:
        """It is answered with what is wrong, and the room goes on, its sender included."""
        for payload, code in BAD_MESSAGES:
            with self.subTest(payload[:80]):
                self.eve.send(payload)
                self.assert_refused(code, self.eve.heard[-1])
                self.still_talks(self.bob)
                self.still_talks(self.eve)
            # Not more of them than is no flood.
            self.clock.advance(1)

    def test_row_13_who_leaves_stops_nobody(self) -> None:
        """Whoever goes while something of theirs is stored, read or told."""
        late: Deferred[None] = Deferred()
        append, page = self.history.append, self.history.page
        self.patch(self.history, "append", lambda it: late.addCallback(lambda _: append(it)))
        self.patch(
            self.history, "page", lambda room, limit: late.addCallback(lambda _: page(room, limit))
        )
        third = self.again(self.eve)
        for client, command in (
            (self.eve, {"type": "say", "text": "last words"}),
            (third, {"type": "join"}),
        ):
            client.send({**command, "room": "tea"})
            client.leaves_the_net()
        self.patch(self.history, "append", append)
        self.patch(self.history, "page", page)

        late.callback(None)
        self.clock.advance(0)

        self.assertEqual("last words", self.bob.of("message")[-1]["text"])
        self.still_talks(self.bob)
        self.still_talks(self.again(self.eve, "tea"))

    def test_row_22_what_is_the_servers(self) -> None:
        """Who, when, which number, and what became of it: a client's word is ignored."""
        eve = self.eve.of("welcome")[0]["person"]
        seq = self.still_talks(self.bob)["seq"]
        for type, fields in (
            ("say", {"text": "me"}),
            ("edit", {"target": seq + 1, "text": "it was me"}),
            ("react", {"target": seq, "emoji": "🍪", "on": True}),
            ("set", {"values": {"topic": "x", **LIES}}),
            ("delete", {"target": seq + 1}),
        ):
            ack = self.eve.ask(type, **{**LIES, **fields, "room": "tea"})

            event = self.bob.heard[-1]
            self.assertEqual(
                (eve, "Eve", ack["seq"], self.milliseconds()),
                (event["person"], event["name"], event["seq"], event["time"]),
            )
            self.assertNotIn("duplicate", ack)
            lied = set(LIES) - {"person", "name", "seq", "time"}
            self.assertEqual(set(), lied & {*event, *event.get("values", ())})
        for type in ("edit", "delete"):
            refusal = self.eve.ask(type, **{**LIES, "room": "tea", "target": seq, "text": "ours"})
            self.assert_refused("not_yours", refusal)
        for type, wanted in (("rename", "renamed"), ("typing", None), ("who", "members")):
            self.eve.send({**LIES, "type": type, "room": "tea", "name": "Eve", "id": f"~{type}"})
            if wanted:
                self.assertEqual(wanted, self.eve.heard[-1]["type"])
        self.assertEqual(
            (eve, "Eve"), tuple(self.bob.of("typing")[0][it] for it in ("person", "name"))
        )

    def test_row_24_the_log_tells_nothing(self) -> None:
        """No text, name, token or raw byte gets into a line of the log, nor a line of theirs."""
        logged: list[LogEvent] = []
        observer = cast("ILogObserver", logged.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        token = self.eve.of("welcome")[0]["token"]
        commands: list[Said] = [
            {"type": "say", "text": MARK.replace("\r", "").replace("\x1b", "")},
            {"type": "say", "text": MARK},
            {"type": "edit", "target": 1, "text": MARK},
            {"type": "react", "target": 1, "emoji": MARK, "on": True},
            {"type": "set", "values": {"topic": MARK}},
            {"type": "search", "text": MARK},
            {"type": "history", "before": MARK},
            {"type": "rename", "name": MARK},
            {"type": "join", "room": MARK},
            {"type": MARK},
            {"type": "hello", "token": MARK, "name": MARK},
        ]
        for fault in (None, StorageUnavailable("no disk"), ZeroDivisionError("a bug")):
            if fault is not None:
                self.patch(self.history, "append", lambda _, fault=fault: fail(fault))
            for number, command in enumerate(commands):
                self.eve.send(
                    json.dumps({"room": "tea", "id": f"m4rk {number}", **command}).encode()
                )
                stranger = self.connect()
                stranger.send({**command, "key": MARK})
            self.eve.send(MARK.encode())
            self.clock.advance(10)

        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))
        told = [f"{formatEvent(event)} {event.get('log_failure')}" for event in logged]
        self.assertTrue(told)
        for line in told:
            self.assertNotIn("m4rk", line)
            self.assertNotIn("forged", line)
            self.assertNotIn(token, line)

    def test_row_24_what_is_deleted_is_told_to_nobody(self) -> None:
        """Neither a page, a replay, a search nor a quote has a text that was taken back."""
        for text in ("secret one", "secret two"):
            self.eve.ask("say", room="tea", text=text)
        self.bob.ask("say", room="tea", text="what?", reply_to=1)
        self.bob.ask("say", room="tea", text="what?", reply_to=2)
        self.eve.ask("delete", room="tea", target=1)
        self.eve.ask("edit", room="tea", target=2, text="nothing")

        late = self.enter("Late")
        joined = late.ask("join", room="tea")
        late.ask("join", room="tea", since=0, epoch=joined["epoch"])
        self.clock.advance(0)
        late.ask("history", room="tea")
        late.ask("search", text="secret")

        self.assertEqual(joined["seq"], late.of("message", "edited", "deleted")[-1]["seq"])
        self.assertNotIn("secret", json.dumps(late.heard))
