"""
What the program can do that has the room inside.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chatroom.errors import BadText, Forbidden, NameTaken
from chatroom.events import Event, Message
from chatroom.log import Draft
from tests.people import ChatTestCase


class SayTests(ChatTestCase):
    """Speaking into a room."""

    def say(self, *args: str, **more: str) -> Deferred[Message]:
        """Let the host say something."""
        return Deferred.fromCoroutine(self.chat.say(*args, **more))  # type: ignore[arg-type]

    def test_everybody_hears_it(self) -> None:
        """What the host says is a message like any other."""
        ann = self.enter("Ann", "tea")

        said = self.successResultOf(self.say("tea", "@Ann the kettle boils", name="kitchen"))
        self.clock.advance(0)

        (heard,) = ann.of("message")
        self.assertEqual((1, "kitchen"), (said.seq, heard["name"]))
        self.assertEqual([ann.of("welcome")[0]["person"]], heard["mentions"])

    def test_the_name_is_the_hosts(self) -> None:
        """One name is one person, held as long as the program runs."""
        first = self.successResultOf(self.say("tea", "a"))
        self.clock.advance(9999)
        second = self.successResultOf(self.say("new-room", "b", kind="action"))

        self.assertEqual((first.person, "server"), (second.person, second.name))
        self.assert_refused("name_taken", self.connect().ask("hello", name="Server"))

    def test_refusals(self) -> None:
        """The host is told what a client would be told."""
        self.enter("Ann")

        self.failureResultOf(self.say("tea", " "), BadText)
        self.failureResultOf(self.say("tea", "x", name="ann"), NameTaken)

    def test_nothing_is_left_of_what_was_not_said(self) -> None:
        """A room that was made to say something into it is there no longer."""
        ann = self.enter("Ann")
        self.failureResultOf(self.say("cake", "x", name="ann"), NameTaken)
        self.chat.guard(lambda _: 1 / 0)  # type: ignore[arg-type,return-value]

        self.failureResultOf(self.say("tea", "x"), ZeroDivisionError)

        self.assertEqual(["lobby"], [line["room"] for line in ann.ask("rooms")["rooms"]])


class ListenTests(ChatTestCase):
    """Hearing what is said."""

    def test_entries(self) -> None:
        """A listener hears messages and settings of all rooms, until it has enough."""
        heard: list[Event] = []
        stop = self.chat.listen(heard.append)
        ann = self.enter("Ann", "tea", "cake")

        ann.ask("say", room="tea", text="x")
        ann.ask("set", room="cake", values={"topic": "y"})
        stop()
        ann.ask("say", room="tea", text="z")

        self.assertEqual([("tea", 1), ("cake", 1)], [(event.room, event.seq) for event in heard])

    def test_a_bug_is_the_hosts(self) -> None:
        """A listener that fails is logged, and nobody else notices."""
        self.chat.listen(lambda _: 1 / 0)
        ann = self.enter("Ann", "tea")

        self.assertEqual("ack", ann.ask("say", room="tea", text="x")["type"])
        self.assertEqual(1, len(ann.of("message")))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class GuardTests(ChatTestCase):
    """Refusing before anything is stored."""

    def setUp(self) -> None:
        """Let nobody say a word that the host minds."""
        super().setUp()
        self.seen: list[Draft] = []

        def guard(draft: Draft) -> None:
            self.seen.append(draft)
            if "rum" in getattr(draft.command, "text", ""):
                raise Forbidden("this is a tea room")

        self.stop = self.chat.guard(guard)
        self.ann = self.enter("Ann", "tea")

    def test_refused(self) -> None:
        """A refused command is not stored, and its sender is told why."""
        refusal = self.ann.ask("say", room="tea", text="rum!", id="1")

        self.assert_refused("forbidden", refusal)
        self.assertEqual("this is a tea room", refusal["reason"])
        self.assertEqual([], self.ann.of("message"))
        self.assertEqual(("tea", "Ann"), (self.seen[0].room, self.seen[0].name))
        self.stop()
        self.assertEqual(1, self.ann.ask("say", room="tea", text="rum!", id="1")["seq"])

    def test_what_is_refused_already_is_not_asked(self) -> None:
        """A guard sees what would be stored."""
        self.ann.ask("say", room="tea", text="")
        self.ann.ask("say", room="nowhere", text="x")

        self.assertEqual([], self.seen)

    def test_later(self) -> None:
        """A guard may take its time; nothing is stored meanwhile."""
        verdict: Deferred[None] = Deferred()
        self.chat.guard(lambda _: verdict)

        self.ann.send({"type": "say", "room": "tea", "text": "x"})
        self.assertEqual([], self.ann.of("message", "ack"))
        verdict.callback(None)
        self.clock.advance(0)

        self.assertEqual(2, len(self.ann.of("message", "ack")))

    def test_one_after_the_other(self) -> None:
        """Who is thought about for long is not overtaken by what they say next; others are."""
        bob = self.enter("Bob", "tea")
        verdicts: dict[str, Deferred[None]] = {text: Deferred() for text in "abc"}
        self.chat.guard(lambda draft: verdicts[getattr(draft.command, "text", "")])
        for client, text in ((self.ann, "a"), (self.ann, "b"), (bob, "c")):
            client.send({"type": "say", "room": "tea", "text": text})

        for text in "bca":
            verdicts[text].callback(None)
            self.clock.advance(0)

        self.assertEqual(["c", "a", "b"], [said["text"] for said in bob.of("message")])

    def test_a_bug_refuses(self) -> None:
        """A guard that fails lets nothing pass."""
        self.chat.guard(lambda _: 1 / 0)  # type: ignore[arg-type,return-value]

        self.assert_refused("internal", self.ann.ask("say", room="tea", text="x"))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
