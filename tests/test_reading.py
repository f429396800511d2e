"""
Positions: what a connection hears before, in and behind a reply that reads the log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from chatroom.errors import StorageUnavailable
from chatroom.histories.memory import MemoryHistory, MemoryStore
from chatroom.interfaces import IHistory
from chatroom.log import Draft
from tests.people import ChatTestCase, Client, Said


@implementer(IHistory)
class SlowHistory(MemoryHistory):
    """
    A history whose readers can be made to wait: each answer stands for the
    moment at which it was asked for, and comes when `catch_up` is called.
    """

    def __init__(self, name_of: Callable[[str], str]) -> None:
        super().__init__(name_of=name_of)
        self.is_slow = False
        self._late: list[Callable[[], object]] = []

    def _later(self, result: Deferred[Any]) -> Deferred[Any]:
        if not self.is_slow:
            return result
        late: Deferred[Any] = Deferred()
        self._late.append(lambda: result.chainDeferred(late))
        return late

    def page(self, *args: Any, **where: Any) -> Deferred[Any]:
        """See `IHistory.page`."""
        return self._later(super().page(*args, **where))

    def replay(self, room: str, since: int) -> Deferred[Any]:
        """See `IHistory.replay`."""
        return self._later(super().replay(room, since))

    def catch_up(self) -> None:
        """Answer everything, and be quick from now on."""
        self.is_slow = False
        late, self._late = self._late, []
        for answer in late:
            answer()


class StreamTestCase(ChatTestCase):
    """Two people in a room, and a history that can be slow."""

    history: SlowHistory

    def make_store(self) -> MemoryStore:
        """See `ChatTestCase`."""
        store = MemoryStore()
        store.history = SlowHistory(store.people.name_of)
        return store

    def setUp(self) -> None:
        """Let Ann say three things."""
        super().setUp()
        self.ann = self.enter("Ann", "tea")
        self.says("1", "2", "3")

    def says(self, *texts: str) -> None:
        """Let Ann say *texts*."""
        for text in texts:
            self.ann.ask("say", room="tea", text=text)

    def stream(self, client: Client, start: int = 0) -> list[object]:
        """What *client* heard of the room's log: numbers, and types of replies."""
        return [
            said["seq"] if said["type"] in {"message", "set"} else said["type"]
            for said in client.heard[start:]
            if said["type"] in {"message", "set", "joined", "history", "left"}
        ]


class JoinTests(StreamTestCase):
    """A page, and what comes behind it."""

    def test_what_happens_meanwhile_follows(self) -> None:
        """What is said while the page is read comes behind it, once, in order."""
        bob = self.enter("Bob")
        self.history.is_slow = True
        bob.send({"type": "join", "room": "tea"})
        self.says("4", "5")
        self.assertEqual([], self.stream(bob))

        self.history.catch_up()
        self.says("6")

        self.assertEqual(["joined", 4, 5, 6], self.stream(bob))
        self.assertEqual(3, bob.of("joined")[0]["seq"])
        self.assertEqual([1, 2, 3], [event["seq"] for event in bob.of("joined")[0]["events"]])

    def test_a_page_that_stands_later(self) -> None:
        """What the page holds already does not come again behind it."""
        bob = self.enter("Bob")
        self.history.is_slow = True
        bob.send({"type": "join", "room": "tea", "since": 99, "epoch": self.history.epoch})
        self.says("4")

        # The replay is answered first, with nothing; only then the page is read.
        self.history.catch_up()

        self.assertEqual(["joined"], self.stream(bob))
        self.assertEqual(4, bob.of("joined")[0]["seq"])

    def test_again(self) -> None:
        """Another join of the same room starts its stream anew."""
        bob = self.enter("Bob", "tea")
        before = len(bob.heard)
        self.history.is_slow = True
        bob.send({"type": "join", "room": "tea"})
        self.says("4")
        self.history.catch_up()

        self.assertEqual(["joined", 4], self.stream(bob, before))
        self.assertEqual(2, bob.of("joined")[-1]["count"])

    def test_one_page_for_all(self) -> None:
        """Who joins between two entries gets the page that was read for the first."""
        self.enter("Bob", "tea")
        self.history.is_slow = True

        cleo = self.enter("Cleo", "tea")
        self.assertEqual([1, 2, 3], [event["seq"] for event in cleo.of("joined")[0]["events"]])
        cleo.send({"type": "join", "room": "tea", "limit": 2})
        self.assertEqual(1, len(cleo.of("joined")))
        self.history.catch_up()
        self.says("4")

        self.assertEqual([2, 3], [event["seq"] for event in cleo.of("joined")[1]["events"]])
        late = self.enter("Late", "tea").of("joined")[0]
        self.assertEqual([1, 2, 3, 4], [event["seq"] for event in late["events"]])

    def test_a_page_knows_of_renames(self) -> None:
        """The names at reactions are the present ones."""
        self.ann.ask("react", room="tea", target=3, emoji="🎉", on=True)
        bob = self.enter("Bob", "tea")
        self.ann.ask("rename", name="Zoe")

        reactions = bob.ask("join", room="tea")["events"][-1]["reactions"]

        self.assertEqual("Zoe", reactions[0]["people"][0]["name"])

    def test_a_page_ahead_of_what_was_heard(self) -> None:
        """A page may hold what is stored and not published yet; nothing comes twice."""
        bob, cleo = self.enter("Bob", "tea"), self.enter("Cleo")
        before = len(bob.heard)
        append = self.history.append
        late: Deferred[Any] = Deferred()

        def append_late(drafts: Sequence[Draft]) -> Deferred[Any]:
            stored = self.successResultOf(append(drafts))
            return late.addCallback(lambda _: stored)

        self.patch(self.history, "append", append_late)
        self.ann.send({"type": "say", "room": "tea", "text": "4"})
        bob.send({"type": "history", "room": "tea"})
        cleo.send({"type": "join", "room": "tea", "limit": 2})
        self.assertEqual(([], []), (self.stream(bob, before), self.stream(cleo)))

        late.callback(None)

        self.assertEqual([4, "history"], self.stream(bob, before))
        self.assertEqual(["joined"], self.stream(cleo))
        self.assertEqual(4, cleo.of("joined")[0]["seq"])

    def test_lost_meanwhile(self) -> None:
        """Who is gone before the page is read is not in the room."""
        bob = self.enter("Bob")
        self.history.is_slow = True
        bob.send({"type": "join", "room": "tea"})
        bob.leaves_the_net()

        self.history.catch_up()
        self.says("4")

        self.assertEqual([], self.stream(bob))
        self.assertEqual(1, self.ann.ask("who", room="tea")["count"])

    def test_left_meanwhile(self) -> None:
        """Who leaves by another connection while one joins is a member again after."""
        bob = self.enter("Bob", "tea")
        tablet = self.again(bob)
        self.says("4")
        self.history.is_slow = True
        tablet.send({"type": "join", "room": "tea"})
        bob.ask("leave", room="tea")

        self.history.catch_up()
        self.says("5")

        self.assertEqual(["left", "joined", 5], self.stream(tablet))
        self.assertEqual([{"type": "joined", "room": "tea"}], bob.of("joined")[1:])

    def test_a_failing_read(self) -> None:
        """A join that fails leaves everything as it was."""
        bob, cleo = self.enter("Bob", "tea"), self.enter("Cleo")
        self.says("new")
        before = len(bob.heard)
        reads: list[Deferred[Any]] = []

        def read_later(*_: object) -> Deferred[Any]:
            reads.append(Deferred())
            return reads[-1]

        self.patch(self.history, "page", read_later)
        for client, room in ((bob, "tea"), (cleo, "cake")):
            client.send({"type": "join", "room": room})
        self.says("4")
        for read in reads:
            read.errback(StorageUnavailable("no disk"))

        self.assert_refused("storage_unavailable", bob.of("error")[0])
        self.says("5")
        self.assertEqual([5, 6], self.stream(bob, before))
        self.assert_refused("storage_unavailable", cleo.of("error")[0])
        self.assertEqual([], self.again(cleo).of("welcome")[0]["rooms"])
        self.assertEqual(["lobby", "tea"], [room["room"] for room in cleo.ask("rooms")["rooms"]])

    def test_one_who_waits_is_bounded_too(self) -> None:
        """A connection whose page takes too long is cut off, not remembered for."""
        bob = self.enter("Bob")
        self.history.is_slow = True
        bob.send({"type": "join", "room": "tea"})

        self.says(*["𝛀" * 4000] * 70)
        self.history.catch_up()

        self.assertEqual(1013, bob.tape.code)
        self.assertEqual([], self.stream(bob))


class HistoryTests(StreamTestCase):
    """A page for one who listens already."""

    def test_between_the_entries(self) -> None:
        """A page comes behind what it stands for, and before what is later."""
        bob = self.enter("Bob", "tea")
        before = len(bob.heard)
        self.says("4")
        self.history.is_slow = True
        bob.send({"type": "history", "room": "tea"})
        self.says("5")
        self.assertEqual([4], self.stream(bob, before))

        self.history.catch_up()
        self.says("6")

        self.assertEqual([4, "history", 5, 6], self.stream(bob, before))
        self.assertEqual(4, bob.of("history")[0]["seq"])

    def test_presence_does_not_wait(self) -> None:
        """Who listens hears who comes, whatever is being read."""
        bob = self.enter("Bob", "tea")
        self.pass_seconds(1.1)
        self.history.is_slow = True
        bob.send({"type": "history", "room": "tea"})

        self.history.is_slow = False
        self.enter("Cleo", "tea")
        self.pass_seconds(1.1)

        self.assertEqual(["Cleo"], [who["name"] for who in bob.of("presence")[-1]["joined"]])

    def test_left_meanwhile(self) -> None:
        """Who left by another connection gets no page of the room."""
        bob = self.enter("Bob", "tea")
        tablet = self.again(bob, "tea")
        self.history.is_slow = True
        bob.send({"type": "history", "room": "tea", "id": "h"})
        tablet.ask("leave", room="tea")

        self.history.catch_up()

        self.assert_refused("not_joined", bob.heard[-1])

    def test_a_failing_read(self) -> None:
        """A page that cannot be read takes no entry along."""
        bob = self.enter("Bob", "tea")
        before = len(bob.heard)
        failed: Deferred[Any] = Deferred()
        self.patch(self.history, "page", lambda *_, **__: failed)
        bob.send({"type": "history", "room": "tea"})
        self.says("4")
        failed.errback(StorageUnavailable("no disk"))
        self.says("5")

        self.assertEqual([4, 5], self.stream(bob, before))


class ResumeTests(StreamTestCase):
    """Coming back to where one left off."""

    def resume(self, client: Client, since: int, **fields: object) -> Said:
        """Join the room from *since* on."""
        asked = {"epoch": self.history.epoch, **fields}
        return client.ask("join", room="tea", since=since, **asked)

    def test_what_was_missed_follows(self) -> None:
        """The entries missed come behind the reply, then the live ones."""
        bob = self.enter("Bob")

        joined = self.resume(bob, 1)
        self.says("4")

        self.assertTrue(joined["recovered"])
        self.assertEqual(([], 3), (joined["events"], joined["seq"]))
        self.assertEqual(["joined", 2, 3, 4], self.stream(bob))

    def test_while_others_talk(self) -> None:
        """Nothing is missed and nothing comes twice when the replay takes its time."""
        bob = self.enter("Bob", "tea")
        before = len(bob.heard)
        self.history.is_slow = True
        bob.send({"type": "join", "room": "tea", "since": 2, "epoch": self.history.epoch})
        self.says("4", "5")
        self.history.catch_up()

        self.assertEqual(["joined", 3, 4, 5], self.stream(bob, before))

    def test_nothing_was_missed(self) -> None:
        """Who missed nothing is told so."""
        joined = self.resume(self.enter("Bob"), 3)

        self.assertEqual((True, 3, []), (joined["recovered"], joined["seq"], joined["events"]))

    def test_nothing_is_asked_of_the_log(self) -> None:
        """Who missed nothing is told so at once, as all are after a restart."""
        bob = self.enter("Bob")
        self.history.is_slow = True

        self.assertTrue(self.resume(bob, 3)["recovered"])

    def test_not_to_be_told_one_by_one(self) -> None:
        """Another epoch, or a position that cannot be: the newest page, and no error."""
        bob = self.enter("Bob")

        for since, fields in ((1, {"epoch": "other"}), (4, {}), (2**53 - 1, {})):
            joined = self.resume(bob, since, **fields)
            self.assertFalse(joined["recovered"])
            self.assertEqual([1, 2, 3], [event["seq"] for event in joined["events"]])
        joined = bob.ask("join", room="tea", since=1)
        self.assertFalse(joined["recovered"])

    def test_too_many_bytes(self) -> None:
        """More than 256 KiB come as a page."""
        bob = self.enter("Bob")
        self.says(*["𝛀" * 4000] * 20)

        self.assertFalse(self.resume(bob, 3)["recovered"])
        self.assertTrue(self.resume(bob, 10)["recovered"])
