"""
What happens while the people's records are being stored, or when they cannot be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from chatroom.errors import StorageUnavailable
from chatroom.histories.memory import MemoryPeople, MemoryStore
from chatroom.interfaces import IPeople
from chatroom.log import Draft, Outcome, PersonRecord
from tests.moderated import id_of
from tests.people import ChatTestCase, Client


@implementer(IPeople)
class SlowPeople(MemoryPeople):
    """
    Records that take as long as the test wants: what is asked while they are slow is
    done, or fails, later.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_slow = False
        self._late: list[Deferred[None]] = []

    async def _when_told(self) -> None:
        if self.is_slow:
            late: Deferred[None] = Deferred()
            self._late.append(late)
            await late

    def _later(self, name: str, *about: Any) -> Deferred[Any]:
        async def do() -> Any:  # noqa: ANN401 - as the method's
            await self._when_told()
            return await getattr(MemoryPeople, name)(self, *about)

        return Deferred.fromCoroutine(do())

    def find(self, token_hash: bytes) -> Deferred[PersonRecord | None]:
        """See `IPeople.find`."""
        return self._later("find", token_hash)

    def add(self, record: PersonRecord, token_hash: bytes) -> Deferred[None]:
        """See `IPeople.add`."""
        return self._later("add", record, token_hash)

    def rename(self, person: str, name: str) -> Deferred[None]:
        """See `IPeople.rename`."""
        return self._later("rename", person, name)

    def enter(self, person: str, room: str, read: int) -> Deferred[None]:
        """See `IPeople.enter`."""
        return self._later("enter", person, room, read)

    def catch_up(self) -> None:
        """Do all that is late, and what it leads to, as slowly."""
        while self._late:
            self._late.pop(0).callback(None)

    def fail(self) -> None:
        """Fail the first that is late."""
        self._late.pop(0).errback(StorageUnavailable("no disk"))


class SlowRecordsTests(ChatTestCase):
    """People who do not wait for each other."""

    store: SlowPeople

    def make_store(self) -> MemoryStore:
        """See `ChatTestCase`."""
        store = MemoryStore()
        store.people = SlowPeople()
        store.history._name_of = store.people.name_of
        return store

    def names(self, client: Client) -> list[str]:
        """The people in the room, as *client* is told."""
        return [who["name"] for who in client.ask("who", room="tea")["members"]]

    def test_both_names_are_held_during_a_rename(self) -> None:
        """Nobody takes the old name before the new one is stored."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        self.store.is_slow = True
        ann.send({"type": "rename", "name": "Zoe"})

        for name in ("Ann", "Zoe"):
            self.assert_refused("name_taken", self.connect().ask("hello", name=name))
        self.assertEqual(["Ann", "Bob"], self.names(bob))
        self.store.catch_up()

        self.assertEqual(["Bob", "Zoe"], self.names(bob))
        self.store.is_slow = False
        self.assertEqual("welcome", self.connect().ask("hello", name="Ann")["type"])

    def test_a_rename_that_fails(self) -> None:
        """Who cannot be renamed is called as before, and the other name is free."""
        ann = self.enter("Ann", "tea")
        self.store.is_slow = True
        ann.send({"type": "rename", "name": "Zoe"})
        self.store.fail()
        self.store.is_slow = False

        self.assert_refused("storage_unavailable", ann.heard[-1])
        self.assertEqual(["Ann"], self.names(ann))
        self.assertEqual("welcome", self.connect().ask("hello", name="Zoe")["type"])

    def test_two_renames_at_once(self) -> None:
        """Each is answered with its own name; the last one is kept."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(ann, "tea")
        self.store.is_slow = True
        ann.send({"type": "rename", "id": "1", "name": "Bea"})
        tablet.send({"type": "rename", "id": "2", "name": "Cid"})
        self.store.catch_up()

        self.assertIn({"type": "renamed", "id": "1", "name": "Bea"}, ann.heard)
        self.assertIn({"type": "renamed", "id": "2", "name": "Cid"}, tablet.heard)
        self.assertEqual(["Bob", "Cid"], self.names(bob))

    def test_two_renames_at_once_to_what_looks_alike(self) -> None:
        """What is held for the one is not free because the other is done."""
        ann = self.enter("Ann")
        tablet = self.again(ann)
        self.store.is_slow = True
        ann.send({"type": "rename", "name": "Bea"})
        tablet.send({"type": "rename", "name": "ANN"})
        self.store._late.pop(0).callback(None)
        self.store.is_slow = False

        self.assert_refused("name_taken", self.connect().ask("hello", name="ann"))
        self.store.catch_up()
        self.assert_refused("name_taken", self.connect().ask("hello", name="ann"))
        self.assertEqual("welcome", self.connect().ask("hello", name="Bea")["type"])

    def test_an_hour_that_ends_during_a_rename(self) -> None:
        """Who comes back in the last moment, by another name, is as good as here."""
        ann = self.enter("Ann")
        ann.leaves_the_net()
        self.clock.advance(3599.5)
        back = self.connect()
        self.store.is_slow = True
        token = ann.of("welcome")[0]["token"]
        back.send({"type": "hello", "name": "Zoe", "token": token})
        self.clock.advance(1)
        self.connect().send({"type": "hello", "name": "Bob"})
        self.store.catch_up()
        self.store.is_slow = False

        self.assertEqual("Zoe", back.of("welcome")[0]["name"])
        self.assertEqual("welcome", self.connect().ask("hello", token=token)["type"])
        self.assertEqual("welcome", self.connect().ask("hello", name="Ann")["type"])

    def test_a_page_made_during_a_rename(self) -> None:
        """The names at reactions are the present ones, whenever a page was made."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.ask("say", room="tea", text="x")
        bob.ask("react", room="tea", target=1, emoji="🎉", on=True)
        self.store.is_slow = True
        bob.send({"type": "rename", "name": "Bo"})
        ann.ask("join", room="tea")
        self.store.catch_up()

        (message,) = ann.ask("join", room="tea")["events"]

        self.assertEqual("Bo", message["reactions"][0]["people"][0]["name"])

    def test_back_under_another_name(self) -> None:
        """Who comes back after an hour by another name has it at reactions, too."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.ask("say", room="tea", text="x")
        bob.ask("react", room="tea", target=1, emoji="🎉", on=True)
        bob.leaves_the_net()
        self.pass_seconds(3611)
        ann.ask("join", room="tea")

        self.connect().ask("hello", name="Bo", token=bob.of("welcome")[0]["token"])

        (message,) = ann.ask("join", room="tea")["events"]
        self.assertEqual("Bo", message["reactions"][0]["people"][0]["name"])

    def test_back_and_not_stored(self) -> None:
        """A name under which somebody could not come back is free."""
        ann = self.enter("Ann")
        ann.leaves_the_net()
        self.pass_seconds(3601)
        back = self.connect()
        self.enter("Bob")
        self.store.is_slow = True
        back.send({"type": "hello", "name": "Zoe", "token": ann.of("welcome")[0]["token"]})
        self.store._late.pop(0).callback(None)
        self.store.fail()
        self.store.is_slow = False

        self.assert_refused("storage_unavailable", back.heard[-1])
        self.assertEqual("welcome", self.connect().ask("hello", name="Zoe")["type"])

    def test_the_same_key_twice_at_once(self) -> None:
        """The second of two is the person that the first is about to become."""
        first, second = self.connect(), self.connect()
        self.store.is_slow = True
        for client in (first, second):
            client.send({"type": "hello", "name": "Ann", "key": "k" * 16})
        self.store.catch_up()

        (one,), (other,) = first.of("welcome"), second.of("welcome")
        self.assertEqual((one["person"], one["token"]), (other["person"], other["token"]))
        self.assertEqual(0, len(self.chat.door._entering))

    def test_a_mark_that_is_not_stored(self) -> None:
        """What could not be stored has not been read."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(ann)
        bob.ask("say", room="tea", text="x")
        self.store.is_slow = True
        ann.send({"type": "read", "room": "tea", "seq": 1})
        self.store.fail()
        self.store.is_slow = False

        self.assert_refused("storage_unavailable", ann.heard[-1])
        self.assertEqual([], tablet.of("read"))
        self.assertEqual(1, ann.ask("read", room="tea", seq=1)["seq"])
        self.assertEqual(1, tablet.of("read")[0]["seq"])

    def test_marks_that_cross(self) -> None:
        """The higher of two marks stays, whichever is stored last."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(ann, "tea")
        for text in "ab":
            bob.ask("say", room="tea", text=text)
        self.store.is_slow = True
        ann.send({"type": "read", "room": "tea", "seq": 2})
        tablet.send({"type": "read", "room": "tea", "seq": 1})
        self.store.catch_up()
        self.store.is_slow = False

        self.assertEqual(2, ann.ask("read", room="tea", seq=0)["seq"])

    def test_a_membership_that_is_not_stored(self) -> None:
        """One connection's failed join does not undo another's."""
        ann = self.enter("Ann")
        tablet = self.again(ann)
        self.store.is_slow = True
        for client in (ann, tablet):
            client.send({"type": "join", "room": "tea"})
        self.store.fail()
        self.store.catch_up()
        self.store.is_slow = False

        self.assert_refused("storage_unavailable", ann.of("error")[0])
        self.assertEqual("read", tablet.ask("read", room="tea", seq=0)["type"])
        self.assertEqual(["tea"], self.again(ann).of("welcome")[0]["rooms"])

    def test_banned_while_joining(self) -> None:
        """Who is banned while they join does not come in, and is no member."""
        ann, bo = self.enter("Ann"), self.enter("Bo", "tea")
        self.store.is_slow = True
        ann.send({"type": "join", "id": "j", "room": "tea"})

        self.ban(ann, "tea")
        self.store.catch_up()

        self.assert_refused("banned", ann.heard[-1])
        self.assertEqual([], ann.of("joined", "left"))
        self.store.is_slow = False
        self.assertEqual([], self.again(ann).of("welcome")[0]["rooms"])
        with self.quiet(ann):
            bo.ask("say", room="tea", text="x")

    def test_kicked_while_reading_on(self) -> None:
        """To have a mark kept makes nobody a member again who was sent out meanwhile."""
        ann, bo = self.enter("Ann", "tea"), self.enter("Bo", "tea")
        bo.ask("say", room="tea", text="x")
        bo.ask("say", room="tea", text="y")
        self.store.is_slow = True
        ann.send({"type": "read", "id": "r", "room": "tea", "seq": 1})

        moderation = self.chat.moderation
        self.successResultOf(Deferred.fromCoroutine(moderation.kick("tea", id_of(ann))))
        self.store.catch_up()
        self.store.is_slow = False

        self.assertEqual([], self.again(ann).of("welcome")[0]["rooms"])

    def test_banned_while_a_page_is_read(self) -> None:
        """Who waits for a page when they are banned hears that first, then is out."""
        ann = self.enter("Ann", "tea")
        held = self.chat.rooms.open("tea").hold(ann.session)
        self.assertTrue(held.joined)

        self.ban(ann, "tea")

        self.assertEqual(["acted", "left"], [said["type"] for said in ann.heard[-2:]])

    def test_banned_while_entering(self) -> None:
        """Who says hello from an address that is banned meanwhile stays outside."""
        ann = self.enter("Ann")
        ann.tape.address = "192.0.2.1"
        self.store.is_slow = True
        newcomer = self.connect()
        newcomer.tape.address = "192.0.2.1"
        newcomer.send({"type": "hello", "name": "Anne"})

        self.ban(ann)
        self.store.catch_up()

        self.assert_refused("banned", newcomer.heard[-1])
        self.assertEqual(1008, ann.tape.code)

    def test_banned_while_renamed(self) -> None:
        """Who comes back under another name, and is banned meanwhile, stays outside."""
        ann = self.enter("Ann")
        again = self.connect()
        self.store.is_slow = True
        again.send({"type": "hello", "token": ann.of("welcome")[0]["token"], "name": "Anna"})

        self.ban(ann)
        self.store.catch_up()

        self.assert_refused("banned", again.heard[-1])

    def test_banned_by_one_who_asks_for_who_is_gone(self) -> None:
        """The person is looked up; who comes meanwhile is banned as who is there."""
        ann = self.enter("Ann", "tea")
        ann.leaves_the_net()
        self.clock.advance(7200)
        self.enter("Zoe")
        again: list[Client] = []
        get = self.store.get

        def late(id: str) -> Deferred[PersonRecord | None]:
            found = get(id)
            if not again:
                again.append(self.connect())
                again[0].ask("hello", token=ann.of("welcome")[0]["token"])
                again[0].ask("join", room="tea")
            return found

        self.patch(self.store, "get", late)
        self.ban(ann, "tea")

        self.assertEqual("left", again[0].heard[-1]["type"])

    def test_who_comes_while_their_ban_is_stored(self) -> None:
        """They were gone for long, come back in that moment, and are out."""
        ann = self.enter("Ann", "tea")
        ann.leaves_the_net()
        self.clock.advance(7200)
        self.enter("Zoe")
        append, stored = self.history.append, Deferred[None]()

        def late(drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
            return stored.addCallback(lambda _: append(drafts))

        self.patch(self.history, "append", late)
        person = ann.of("welcome")[0]["person"]
        banned = Deferred.fromCoroutine(self.chat.moderation.ban(person, "tea"))
        again = self.connect()
        again.ask("hello", token=ann.of("welcome")[0]["token"])
        self.assertEqual("joined", again.ask("join", room="tea")["type"])

        stored.callback(None)
        self.clock.advance(0)

        self.assertTrue(self.successResultOf(banned))
        self.assertEqual("left", again.heard[-1]["type"])

    def ban(self, client: Client, room: str | None = None) -> None:
        """Let the host program ban somebody."""
        person = client.of("welcome")[0]["person"]
        self.successResultOf(Deferred.fromCoroutine(self.chat.moderation.ban(person, room)))
        self.clock.advance(0)
