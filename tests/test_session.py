"""
Commands in, replies out: what is no command, too much of it, and what takes its time.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatroom.errors import StorageUnavailable
from chatroom.log import Draft, Outcome, Page
from chatroom.session import Session
from tests.moderated import id_of
from tests.people import ChatTestCase


class WireTests(ChatTestCase):
    """What is no command, and too much of it."""

    def test_replies_carry_the_id(self) -> None:
        """A reply has its command's id, an error too; without one there is none."""
        ann = self.enter("Ann")

        ann.send({"type": "ping"})
        self.assertNotIn("id", ann.heard[-1])
        ann.send({"type": "nonsense", "id": "n"})
        self.assertEqual("n", ann.heard[-1]["id"])
        self.assert_refused("unknown_type", ann.heard[-1])

    def test_flood_of_mistakes(self) -> None:
        """A hundred refused commands in ten seconds end a connection."""
        ann, slow = self.enter("Ann"), self.enter("Bob")

        for _ in range(99):
            ann.send(b"{")
        self.assertIsNone(ann.tape.code)
        ann.send(b"{")

        self.assertEqual(1008, ann.tape.code)
        self.assertEqual("closing", ann.heard[-1]["type"])
        for _ in range(200):
            slow.send(b"{")
            self.clock.advance(0.102)
        self.assertIsNone(slow.tape.code)

    def test_nothing_after_closing(self) -> None:
        """Behind `closing` comes nothing, and what is still sent is not done."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.session.close(1001, "bye")

        ann.send({"type": "say", "room": "tea", "text": "late"})
        bob.ask("say", room="tea", text="x")

        self.assertEqual("closing", ann.heard[-1]["type"])
        self.assertEqual(["x"], [message["text"] for message in bob.of("message")])

    def test_what_no_room_can_be_called(self) -> None:
        """A name of tens of thousands of marks is not read; nor is a prefix."""
        ann = self.enter("Ann", "tea")
        name = "a" + "\u0301" * 15_000 + "\u0316" * 15_000
        self.patch(unicodedata, "normalize", self._normalize_briefly)

        self.assert_refused("not_joined", ann.ask("say", room=name, text="x"))
        self.assert_refused("too_long", ann.ask("join", room=name))
        self.assertEqual([], ann.ask("rooms", prefix=name)["rooms"])
        self.assertEqual([], ann.ask("who", room="tea", after="z" + name)["members"])

    def _normalize_briefly(self, form: str, text: str) -> str:
        """Normalize *text*, which must not be long."""
        self.assertLess(len(text), 1000)
        return text

    def test_reasons_are_short(self) -> None:
        """What is wrong with a command is told without repeating it."""
        ann = self.enter("Ann", "tea")

        refusal = ann.ask("say", room="tea", text="x", kind="z" * 60_000)

        self.assertLess(len(refusal["reason"]), 300)

    def test_a_bug_is_one_connections(self) -> None:
        """A mistake of ours is `internal`, is logged, and the room goes on."""
        ann = self.enter("Ann", "tea")
        self.patch(self.history, "append", lambda _: 1 / 0)

        self.assert_refused("internal", ann.ask("say", room="tea", text="x"))

        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual("pong", ann.ask("ping")["type"])


class PipelineTests(ChatTestCase):
    """Commands on their way into a log that takes its time."""

    def setUp(self) -> None:
        """Let the log store when it is told."""
        super().setUp()
        self.ann = self.enter("Ann", "tea")
        self.under_way: list[Deferred[None]] = []
        append = self.history.append

        def append_late(drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
            stored = self.successResultOf(append(drafts))
            late: Deferred[None] = Deferred()
            self.under_way.append(late)
            return late.addCallback(lambda _: stored)

        self.patch(self.history, "append", append_late)

    def catch_up(self) -> None:
        """Store what is on its way."""
        under_way, self.under_way = self.under_way, []
        for late in under_way:
            late.callback(None)
        self.clock.advance(0)

    def say(self, text: str) -> None:
        """Let Ann say *text*."""
        self.ann.send({"type": "say", "id": text, "room": "tea", "text": text})

    def test_one_after_the_other(self) -> None:
        """A message does not wait until the one before is stored; nobody hears either before."""
        for text in "abc":
            self.say(text)

        self.assertEqual(3, len(self.under_way))
        self.assertEqual([], self.ann.of("message", "ack"))
        self.catch_up()

        self.assertEqual(["a", "b", "c"], [ack["id"] for ack in self.ann.of("ack")])
        self.assertEqual(["a", "b", "c"], [message["text"] for message in self.ann.of("message")])

    def test_what_is_said_waits_for_what_is_coming(self) -> None:
        """Where it takes long to tell all, two messages that come together leave together."""
        write = self.ann.tape.write_event

        def write_slowly(frames: bytes) -> None:
            write(frames)
            self.clock.rightNow += 0.01

        self.patch(self.ann.tape, "write_event", write_slowly)
        self.say("a")
        self.catch_up()
        self.say("b")
        self.say("c")

        first, second = self.under_way
        first.callback(None)
        self.clock.advance(0)
        self.assertEqual(["a"], [message["text"] for message in self.ann.of("message")])
        second.callback(None)
        self.clock.advance(0)
        self.assertEqual(["a", "b", "c"], [message["text"] for message in self.ann.of("message")])

    def test_others_wait(self) -> None:
        """What is not for the log takes effect after what was sent before it."""
        self.say("a")
        self.ann.send({"type": "leave", "room": "tea"})
        self.say("b")
        self.assertEqual([], self.ann.of("left"))

        self.catch_up()

        self.assertEqual(
            ["ack", "message", "left"],
            [said["type"] for said in self.ann.of("message", "ack", "left", "error")],
        )
        self.catch_up()
        self.assert_refused("not_joined", self.ann.heard[-1])

    def test_sixty_four(self) -> None:
        """At most 64 are on their way."""
        for number in range(70):
            self.say(str(number))

        self.assertEqual(64, len(self.under_way))
        self.catch_up()
        self.assertEqual(6, len(self.under_way))

    def test_the_order_of_a_mix(self) -> None:
        """Each takes effect where it was sent, whatever takes its time."""
        bob = self.enter("Bob", "tea")
        for text in "ab":
            self.say(text)
        self.ann.send({"type": "leave", "room": "tea"})
        self.say("c")
        self.assertEqual(2, len(self.under_way))

        for _ in range(2):
            self.catch_up()

        self.assertEqual(["a", "b"], [message["text"] for message in bob.of("message")])
        self.assertEqual(
            ["ack", "ack", "message", "message", "left", "error"],
            [said["type"] for said in self.ann.of("message", "ack", "left", "error")],
        )
        self.assertEqual("c", self.ann.heard[-1]["id"])

    def test_acts_are_judged_one_after_the_other(self) -> None:
        """What undoes an act that is still on its way undoes it, and is no `unchanged`."""
        bob = self.enter("Bob", "tea")
        self.chat.order.roles.give(id_of(self.ann), "tea", "owner")
        for act, id in (("mute", "1"), ("unmute", "2")):
            self.ann.send({"type": act, "id": id, "room": "tea", "target": id_of(bob)})
        self.say("a")

        for _ in range(3):
            self.catch_up()

        self.assertEqual(["mute", "unmute"], [acted["act"] for acted in bob.of("acted")])
        self.assertEqual([1, 2, 3], [ack["seq"] for ack in self.ann.of("ack")])

    def test_what_takes_its_time_holds_those_behind_it(self) -> None:
        """Nothing is begun while one that is no matter of the log is done, each in its turn."""
        read: Deferred[Page] = Deferred()
        page = self.history.page
        self.patch(self.history, "page", lambda *_, **__: read)
        self.ann.send({"type": "history", "room": "tea", "id": "h"})
        self.ann.send({"type": "ping", "id": "p"})
        self.say("a")
        self.assertEqual(([], []), (self.under_way, self.ann.of("pong", "history")))

        page("tea", 50).chainDeferred(read)
        self.clock.advance(0)

        self.assertEqual(["history", "pong"], [one["type"] for one in self.ann.heard[-2:]])
        self.assertEqual(1, len(self.under_way))

    def test_a_bug_in_acknowledging(self) -> None:
        """It is logged, the connection is closed with 1011, and nothing more is begun."""
        bob = self.enter("Bob", "tea")
        self.say("a")
        self.ann.send({"type": "leave", "room": "tea"})
        self.patch(Session, "reply", lambda *_: 1 / 0)

        self.catch_up()

        self.assertEqual(1011, self.ann.tape.code)
        self.assertEqual("closing", self.ann.heard[-1]["type"])
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(["a"], [message["text"] for message in bob.of("message")])
        self.assertTrue(self.ann.session.streams)

    def test_nothing_is_begun_after_a_close(self) -> None:
        """What waited is not done; what was on its way is, and is not answered."""
        bob = self.enter("Bob", "tea")
        self.say("a")
        self.ann.send({"type": "leave", "room": "tea"})
        self.say("b")
        self.ann.session.close(1001, "bye")
        before = len(self.ann.heard)

        for _ in range(3):
            self.catch_up()

        self.assertEqual(["a"], [message["text"] for message in bob.of("message")])
        self.assertEqual([], self.ann.heard[before:])
        self.assertEqual(2, bob.ask("who", room="tea")["count"])

    def test_lost_meanwhile(self) -> None:
        """Who is gone before the ack has said it all the same."""
        bob = self.enter("Bob", "tea")
        self.say("a")
        self.ann.leaves_the_net()

        self.catch_up()

        self.assertEqual(["a"], [message["text"] for message in bob.of("message")])

    def test_a_failure_later(self) -> None:
        """An error of the log's reaches the one who asked."""
        late: Deferred[list[Outcome]] = Deferred()
        self.patch(self.history, "append", lambda _: late)
        self.say("a")
        late.errback(StorageUnavailable("no space"))

        self.assert_refused("storage_unavailable", self.ann.heard[-1])
        self.assertEqual("a", self.ann.heard[-1]["id"])


class BacklogTests(ChatTestCase):
    """A peer that does not read, and one that asks too fast."""

    def test_commands_wait_for_a_slow_reader(self) -> None:
        """While replies wait to be read, the next command is not begun."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.tape.waiting_bytes = 256 * 1024 + 1

        ann.send({"type": "say", "room": "tea", "text": "x"})
        self.assertEqual([], bob.of("message"))
        ann.tape.waiting_bytes = 0
        ann.session.drained()
        self.clock.advance(0)

        self.assertEqual(1, len(bob.of("message")))

    def test_a_slow_reader_leaves(self) -> None:
        """What waited when the connection was lost is not done."""
        ann = self.enter("Ann", "tea")
        ann.tape.waiting_bytes = 256 * 1024 + 1
        ann.send({"type": "ping"})

        ann.leaves_the_net()

        self.assertEqual([], ann.of("pong"))

    def test_reading_stops_at_sixty_four(self) -> None:
        """With 64 commands waiting no more is read, until one is done."""
        ann = self.enter("Ann")
        ann.tape.waiting_bytes = 256 * 1024 + 1

        for _ in range(64):
            self.assertFalse(ann.tape.paused)
            ann.send({"type": "ping"})
        self.assertTrue(ann.tape.paused)
        ann.tape.waiting_bytes = 0
        ann.session.drained()

        self.assertFalse(ann.tape.paused)
        self.assertEqual(64, len(ann.of("pong")))

    def test_others_have_their_turn(self) -> None:
        """Of very many commands in one segment a part is done in a turn."""
        ann = self.enter("Ann")
        ann.tape.waiting_bytes = 256 * 1024 + 1
        for _ in range(1000):
            ann.send({"type": "ping"})
        ann.tape.waiting_bytes = 0
        ann.session.drained()

        self.assertEqual(64, len(ann.of("pong")))
        self.clock.pump([0] * 20)
        self.assertEqual(1000, len(ann.of("pong")))

    def test_others_have_their_turn_while_one_talks(self) -> None:
        """The same of messages, when the log has each at once."""
        ann = self.enter("Ann", "tea")
        ann.tape.waiting_bytes = 256 * 1024 + 1
        for _ in range(300):
            ann.send({"type": "say", "room": "tea", "text": "x"})
        ann.tape.waiting_bytes = 0
        ann.session.drained()

        self.assertEqual(64, len(ann.of("ack")))
        self.clock.pump([0] * 10)
        self.assertEqual(300, len(ann.of("ack")))
        self.assertEqual(300, len(ann.of("message")))

    def test_overflow(self) -> None:
        """Who is cut off for reading too slowly may come back at once."""
        ann = self.enter("Ann", "tea")

        ann.session.overflowed()

        self.assertEqual(1013, ann.tape.code)
        self.assertEqual(0, ann.heard[-1]["retry_after"])
