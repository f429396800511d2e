"""
What a chat takes over from the life before.
"""

from __future__ import annotations

from hashlib import sha256

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.chat import Chat
from chatroom.errors import StorageUnavailable
from chatroom.histories.memory import MemoryStore
from chatroom.log import Kept, PersonRecord, RoomRecord
from chatroom.rules import Rules
from tests.people import EPOCH_MS, Client


class Remembering(MemoryStore):
    """A store that opens when it is told, with what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.opening: Deferred[Kept] = Deferred()
        self.starts = 0
        self.stops = 0

    def start(self) -> Deferred[Kept]:
        """See `IStore.start`."""
        self.starts += 1
        return self.opening

    def stop(self) -> Deferred[None]:
        """See `IStore.stop`."""
        self.stops += 1
        return succeed(None)


class StartTests(SynchronousTestCase):
    """Opening the store."""

    def setUp(self) -> None:
        """Make a chat that has not started."""
        self.clock = Clock()
        self.clock.advance(50_000)
        self.store = Remembering()
        self.chat = Chat(self.clock, self.store, now=lambda: EPOCH_MS)
        self.client = Client(self.chat, self.clock)

    def start(self) -> Deferred[None]:
        """Start the chat."""
        return Deferred.fromCoroutine(self.chat.start())

    def test_hello_waits(self) -> None:
        """The first hello opens the store; all wait until that is done, once."""
        other = Client(self.chat, self.clock)
        for client, name in ((self.client, "Ann"), (other, "Bob")):
            client.send({"type": "hello", "name": name})
            client.send({"type": "join", "room": "lobby"})
        self.assertEqual([], self.client.heard)

        self.store.opening.callback(Kept())

        for client in (self.client, other):
            self.assertEqual(["welcome", "joined"], [said["type"] for said in client.heard][:2])
        self.assertEqual(1, self.store.starts)
        self.successResultOf(self.start())
        self.assertEqual(1, self.store.starts)

    def test_it_fails(self) -> None:
        """While the store cannot be opened hello is refused; the next one tries again."""
        self.client.send({"type": "hello", "name": "Ann"})
        started = self.start()
        self.store.opening.errback(StorageUnavailable("no disk"))

        self.assertEqual("storage_unavailable", self.client.heard[-1]["code"])
        self.failureResultOf(started, StorageUnavailable)
        self.store.opening = succeed(Kept())
        self.assertEqual("welcome", self.client.ask("hello", name="Ann")["type"])

    def test_it_is_closed(self) -> None:
        """Who comes after that does not open it again; only who prepares it does."""
        self.store.opening = succeed(Kept())
        self.successResultOf(self.start())
        self.successResultOf(Deferred.fromCoroutine(self.chat.stop()))

        self.assertEqual("storage_unavailable", self.client.ask("hello", name="Ann")["code"])
        self.assertEqual(1, self.store.starts)
        self.chat.prepare()
        self.assertEqual("welcome", self.client.ask("hello", name="Ann")["type"])

    def test_what_it_keeps_cannot_be_taken_over(self) -> None:
        """A store of which nothing comes is not left open."""
        self.patch(self.chat.order, "resume", lambda *_: 1 / 0)
        started = self.start()
        stopped = Deferred.fromCoroutine(self.chat.stop())

        self.store.opening.callback(Kept())

        self.failureResultOf(started, ZeroDivisionError)
        self.successResultOf(stopped)
        self.assertEqual(1, self.store.stops)

    def test_rooms(self) -> None:
        """Rooms are as they were left, in the spelling that the log has."""
        self.store.opening.callback(
            Kept(rooms=[RoomRecord("Lobby", 7, Rules()), RoomRecord("Tea", 3, Rules("cake"))])
        )
        self.client.ask("hello", name="Ann")

        self.assertEqual(
            [("Lobby", 7, ""), ("Tea", 3, "cake")],
            [(r["room"], r["seq"], r["topic"]) for r in self.client.ask("rooms")["rooms"]],
        )

    def test_names(self) -> None:
        """Those who were here less than an hour ago still hold their names."""
        self.store.opening.callback(
            Kept(
                people=[
                    (PersonRecord("b", "Bob", 0), EPOCH_MS),
                    (PersonRecord("a", "Ann", 0, {"tea": 3}), EPOCH_MS - 3_599_000),
                ]
            )
        )

        self.assertEqual("name_taken", self.client.ask("hello", name="ann")["code"])
        self.clock.advance(1)
        self.assertEqual("welcome", self.client.ask("hello", name="ann")["type"])
        other = Client(self.chat, self.clock)
        self.assertEqual("name_taken", other.ask("hello", name="Bob")["code"])

    def test_tokens(self) -> None:
        """Who holds a name is known by the token, and nobody is asked."""
        token_hash = sha256(b"secret").digest()
        ann = PersonRecord("a", "Ann", 0, {}, token_hash)
        self.store.opening.callback(Kept(people=[(ann, EPOCH_MS)]))
        self.successResultOf(self.start())
        self.patch(self.store.people, "find", lambda _: Deferred())

        self.assertEqual("a", self.client.ask("hello", token="secret")["person"])
        self.client.leaves_the_net()
        self.clock.advance(limits.NAME_HOLD_S)
        self.chat.people.expire(self.clock.seconds())

        self.assertIsNone(self.chat.people.with_token(token_hash))

    def test_names_that_clash(self) -> None:
        """
        Of two who would hold the same name, who was here last does: the clock of the
        wall may have jumped, or names may look alike that did not before.
        """
        self.store.opening.callback(
            Kept(
                people=[
                    (PersonRecord("a", "Ann", 0), EPOCH_MS - 2_000_000),
                    (PersonRecord("b", "ANN", 0), EPOCH_MS - 1_000_000),
                    (PersonRecord("c", "Cleo", 0), EPOCH_MS - 3_000_000),
                ]
            )
        )

        self.successResultOf(self.start())

        people = self.chat.people
        self.assertEqual(
            [None, "ANN", "Cleo"],
            [person and person.name for person in map(people.get, ("a", "b", "c"))],
        )
        self.clock.advance(601)
        late = Client(self.chat, self.clock)
        self.assertEqual("welcome", late.ask("hello", name="Cleo")["type"])

    def test_stop_while_it_opens(self) -> None:
        """A store that is being opened is closed as soon as it is open."""
        started = self.start()
        stopped = Deferred.fromCoroutine(self.chat.stop())
        self.assertEqual(0, self.store.stops)

        self.store.opening.callback(Kept())

        self.successResultOf(started)
        self.successResultOf(stopped)
        self.assertEqual(1, self.store.stops)

    def test_stop_while_it_fails_to_open(self) -> None:
        """There is nothing to close then, and nothing to complain of."""
        started = self.start()
        stopped = Deferred.fromCoroutine(self.chat.stop())

        self.store.opening.errback(StorageUnavailable("no disk"))

        self.failureResultOf(started, StorageUnavailable)
        self.successResultOf(stopped)
        self.assertEqual(0, self.store.stops)

    def test_stop(self) -> None:
        """An open store is closed, once."""
        self.store.opening.callback(Kept())
        self.successResultOf(self.start())

        for _ in range(2):
            self.successResultOf(Deferred.fromCoroutine(self.chat.stop()))

        self.assertEqual(1, self.store.stops)

    def test_who_is_here_is_kept(self) -> None:
        """The store learns of the end of a person's last connection, and of their return."""
        seen: list[tuple[str, int | None]] = []

        def keep(person: str, gone: int | None) -> Deferred[None]:
            seen.append((person, gone))
            return succeed(None)

        self.store.opening.callback(Kept())
        self.patch(self.store.people, "seen", keep)
        welcome = self.client.ask("hello", name="Ann")
        other = Client(self.chat, self.clock)
        other.ask("hello", token=welcome["token"])
        self.client.leaves_the_net()
        self.assertEqual([], seen)
        other.leaves_the_net()
        self.assertEqual([(welcome["person"], EPOCH_MS)], seen)
        again = Client(self.chat, self.clock)
        again.ask("hello", token=welcome["token"])

        self.assertEqual([(welcome["person"], None)], seen[1:])
