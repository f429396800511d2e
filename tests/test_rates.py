"""
How fast people may be, and what becomes of who is faster.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.chat import Chat
from chatroom.errors import RateLimited
from chatroom.histories.memory import MemoryStore
from chatroom.log import Outcome
from chatroom.presence import Person
from chatroom.rates import Rate, Rates
from tests.people import ChatTestCase, Client, Said


class RateTests(SynchronousTestCase):
    """One bucket."""

    def test_burst_and_rate(self) -> None:
        """So many at once, then so many a second, wherever the clock stands."""
        for start in (0.0, 12_345_678.9):
            rate, paid_at = Rate(10, 50), 0.0
            for _ in range(50):
                paid_at = rate.spend(paid_at, start)
            self.assertRaises(RateLimited, rate.spend, paid_at, start)

            for _ in range(10):
                paid_at = rate.spend(paid_at, start + 1)
            self.assertRaises(RateLimited, rate.spend, paid_at, start + 1)

    @given(
        st.integers(1, 1000),
        st.integers(1, 1000),
        st.lists(st.floats(0, 3), min_size=1, max_size=200),
    )
    def test_never_more(self, per_s: int, burst: int, pauses: list[float]) -> None:
        """In no stretch of time there is more than the rate and the burst allow."""
        rate, paid_at, now = Rate(per_s, burst), 0.0, 100.0
        spent = 0
        for pause in pauses:
            now += pause
            try:
                paid_at = rate.spend(paid_at, now)
            except RateLimited:
                continue
            spent += 1
            # Half a token is given to whoever is rounded against.
            self.assertLessEqual(spent, burst + (now - 100 - pauses[0]) * per_s + 0.6)

    @given(st.integers(1, 50), st.integers(1, 20), st.integers(1, 5))
    def test_retry_after(self, per_s: int, burst: int, times: int) -> None:
        """Who waits as long as they are told is not refused again."""
        rate, paid_at, now = Rate(per_s, burst), 0.0, 7.7
        for _ in range(times):
            refusal = None
            while refusal is None:
                try:
                    paid_at = rate.spend(paid_at, now)
                except RateLimited as error:
                    refusal = error.retry_after
            self.assertGreaterEqual(refusal, 1)
            now += refusal
            paid_at = rate.spend(paid_at, now)


class RatesTests(SynchronousTestCase):
    """The rates of a server."""

    def test_what_is_none(self) -> None:
        """Less than nothing, or a burst in which nothing is, is a mistake."""
        for per_s, burst in ((-1, 50), (10, 0)):
            self.assertRaises(ValueError, Rates, per_s, burst)


class AddressTests(SynchronousTestCase):
    """New persons of an address."""

    def test_sixty_a_minute(self) -> None:
        """One more has to wait, however often it is tried; others come in meanwhile."""
        rates = Rates(10, 50)
        for _ in range(60):
            rates.come("192.0.2.1", 5)

        for _ in range(200):
            self.assertRaises(RateLimited, rates.come, "192.0.2.1", 5)
        rates.come("192.0.2.2", 5)
        rates.come("192.0.2.1", 6)

    def test_no_address(self) -> None:
        """Who comes from nowhere that counts is not counted."""
        rates = Rates(10, 50)
        for _ in range(1000):
            rates.come("", 5)

    def test_bounded(self) -> None:
        """So many addresses are known, and no more."""
        self.patch(limits, "ADDRESSES_KNOWN", 3)
        rates = Rates(10, 50)
        for _ in range(60):
            rates.come("first", 0)
        self.assertRaises(RateLimited, rates.come, "first", 0)

        for address in "abc":
            rates.come(address, 0)

        rates.come("first", 0)

    def test_the_busy_are_known(self) -> None:
        """Of too many addresses the one is forgotten that nobody came from for longest."""
        self.patch(limits, "ADDRESSES_KNOWN", 3)
        rates = Rates(10, 50)
        for _ in range(60):
            rates.come("busy", 0)
        for number in range(100):
            if number % 2:
                rates.come("busy", number)
            rates.come(str(number), number)

        for _ in range(limits.NEW_PEOPLE_PER_MIN):
            try:
                rates.come("busy", 100)
            except RateLimited:
                return
        self.fail("the busy one was forgotten")


class RatedTestCase(ChatTestCase):
    """A room with the rates that it has unless told otherwise."""

    rates = Rates(10, 50)

    def say(self, client: Client, count: int, start: int = 0) -> list[Said]:
        """Say something *count* times at once; return the replies."""
        return [
            client.ask("say", room="tea", text=str(number), id=f"m{number}")
            for number in range(start, start + count)
        ]


class WritingTests(RatedTestCase):
    """What is stored."""

    def test_welcome_tells(self) -> None:
        """A client is told the figures when it comes in."""
        told = self.enter("Ann").of("welcome")[0]["limits"]

        self.assertEqual((10, 50), (told["rate"], told["burst"]))

    def test_row_23_rates(self) -> None:
        """More than fifty at once is refused, with the time to wait, and not stored."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")

        replies = self.say(ann, 60)

        self.assertEqual(["ack"] * 50 + ["error"] * 10, [reply["type"] for reply in replies])
        for reply in replies[50:]:
            self.assert_refused("rate_limited", reply)
            self.assertEqual(1, reply["retry_after"])
        self.assertEqual(50, len(bob.of("message")))
        self.assertEqual("ack", bob.ask("say", room="tea", text="x")["type"])
        self.clock.advance(1)
        replies = self.say(ann, 11, start=60)
        self.assertEqual(["ack"] * 10 + ["error"], [reply["type"] for reply in replies])

    def test_one_person(self) -> None:
        """All connections of a person share it, and everything that is stored counts."""
        ann = self.enter("Ann", "tea")
        other = self.again(ann, "tea")
        ann.ask("say", room="tea", text="x")
        for number in range(24):
            other.ask("edit", room="tea", target=1, text=str(number), id=f"e{number}")
            ann.ask("react", room="tea", target=1, emoji="🍪", on=number % 2 == 0)
        self.assertEqual("renamed", ann.ask("rename", name="Zoe")["type"])

        self.assert_refused("rate_limited", other.ask("delete", room="tea", target=1, id="d"))
        self.assert_refused("rate_limited", ann.ask("rename", name="Zoe 2"))
        set_topic = other.ask("set", room="tea", values={"topic": "x"}, id="s")
        self.assert_refused("rate_limited", set_topic)
        self.assertEqual("pong", ann.ask("ping")["type"])

    def test_what_is_known_is_acknowledged(self) -> None:
        """A repeated id gets its first ack also when it is too fast."""
        ann = self.enter("Ann", "tea")
        first = self.say(ann, 50)[0]

        again = ann.ask("say", room="tea", text="whatever", id="m0")

        self.assertEqual({**first, "duplicate": True}, again)

    def test_each_for_itself(self) -> None:
        """What was sent behind a refused command is not refused for it."""
        ann = self.enter("Ann", "tea")
        self.say(ann, 50)
        self.assert_refused("rate_limited", ann.ask("say", room="tea", text="late", id="a"))
        self.clock.advance(0.1)

        self.assertEqual("ack", ann.ask("say", room="tea", text="behind", id="b")["type"])
        self.clock.advance(0.1)
        # A refusal settles nothing: the same id may be accepted yet.
        self.assertEqual("ack", ann.ask("say", room="tea", text="late", id="a")["type"])

    def test_row_23_flood(self) -> None:
        """A flood that goes on is closed; what is known counts, for it costs a look-up."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        self.say(ann, 50)
        asked: list[object] = []
        append = self.history.append

        def counted(drafts: list[object]) -> Deferred[list[Outcome]]:
            asked.extend(drafts)
            return append(drafts)  # type: ignore[arg-type]

        self.patch(self.history, "append", counted)

        for number in range(300):
            ann.send({"type": "say", "room": "tea", "text": "x", "id": f"m{number % 100}"})

        self.assertEqual(1008, ann.tape.code)
        self.assertEqual(limits.FLOOD_REFUSALS, len(asked))
        self.assertIsNone(bob.tape.code)
        self.assertEqual("ack", bob.ask("say", room="tea", text="calm")["type"])

    def test_row_23_flood_of_acts(self) -> None:
        """Whatever is told under an id that is known counts, were it a kick."""
        ann = self.enter("Ann", "tea")
        self.say(ann, 50)

        for _ in range(100):
            ann.send({"type": "kick", "room": "tea", "target": "x", "id": "m0"})

        self.assertEqual(1008, ann.tape.code)
        self.assertTrue(ann.heard[-2]["duplicate"])

    def test_the_host_speaks(self) -> None:
        """The program that has the room inside has no rate."""
        for number in range(200):
            said = Deferred.fromCoroutine(self.chat.say("tea", str(number)))
            self.successResultOf(said)

    def test_refused_texts_are_not_read(self) -> None:
        """Whom a refused message would mention is not looked for."""
        ann = self.enter("Ann", "tea")
        self.say(ann, 50)
        self.patch(self.chat.people, "mentioned", self.fail)

        self.assert_refused("rate_limited", ann.ask("say", room="tea", text="@Ann" * 99))

    def test_off(self) -> None:
        """With a rate of 0 there is none, and `welcome` says so."""
        chat = Chat(self.clock, MemoryStore(), now=self.milliseconds, rates=Rates(0, 50))
        ann = Client(chat, self.clock)
        told = ann.ask("hello", name="Ann")["limits"]
        self.assertEqual((0, 0), (told["rate"], told["burst"]))
        ann.ask("join", room="tea")

        self.assertEqual({"ack"}, {reply["type"] for reply in self.say(ann, 200)})
        self.assertEqual({"rooms"}, {ann.ask("rooms")["type"] for _ in range(200)})


class ReadingTests(RatedTestCase):
    """What is read."""

    def test_reading(self) -> None:
        """A hundred at once, then twenty a second; it has nothing to do with what is stored."""
        ann = self.enter("Ann", "tea")
        asked = ["history", "search", "who", "rooms", "join"]
        for number in range(99):
            type = asked[number % 5]
            fields = {} if type == "rooms" else {"room": "tea"}
            fields |= {"text": "x"} if type == "search" else {}
            self.assertNotEqual("error", ann.ask(type, **fields)["type"])

        for type in asked:
            refusal = ann.ask(type, room="tea", text="x")
            self.assert_refused("rate_limited", refusal)
            self.assertEqual(1, refusal["retry_after"])
        self.assertEqual("ack", ann.ask("say", room="tea", text="x")["type"])
        self.assertEqual("read", ann.ask("read", room="tea", seq=1)["type"])
        self.clock.advance(1)
        replies = [ann.ask("who", room="tea")["type"] for _ in range(21)]
        self.assertEqual(["members"] * 20 + ["error"], replies)

    def test_fifty_rooms_in_two_tabs(self) -> None:
        """Who comes back to all their rooms is not refused one."""
        ann = self.enter("Ann")
        rooms = [f"room-{number}" for number in range(limits.ROOMS_PER_PERSON)]
        for room in rooms:
            ann.ask("join", room=room)
        self.clock.advance(10)

        self.again(self.again(ann, *rooms), *rooms)

    def test_row_23_rooms(self) -> None:
        """Nobody is in more than fifty rooms; who leaves one may join another."""
        ann = self.enter("Ann", *(f"room-{number}" for number in range(50)))

        self.assert_refused("too_many", ann.ask("join", room="one-more"))
        self.assert_refused("too_many", self.again(ann).ask("join", room="one-more"))
        ann.ask("leave", room="room-0")
        self.assertEqual("joined", ann.ask("join", room="one-more")["type"])


class TypingTests(RatedTestCase):
    """Who is writing."""

    def test_one_in_three_seconds(self) -> None:
        """More are dropped without a word, for each room and from all connections."""
        ann, bob = self.enter("Ann", "tea", "cake"), self.enter("Bob", "tea", "cake")
        other = self.again(ann, "tea")
        typing = {"type": "typing", "id": "t", "room": "tea"}

        for client in (ann, other, ann):
            client.send(typing)
        ann.send({**typing, "room": "cake"})
        self.assertEqual(["tea", "cake"], [said["room"] for said in bob.of("typing")])
        self.clock.advance(2.9)
        ann.send(typing)
        self.assertEqual(2, len(bob.of("typing")))
        self.clock.advance(0.1)
        ann.send(typing)

        self.assertEqual(3, len(bob.of("typing")))
        self.assertEqual([], ann.of("error") + other.of("error"))

    def test_bounded(self) -> None:
        """Rooms that were left are not remembered for ever."""
        rates, person = Rates(10, 50), Person("p", "Ann")
        for number in range(1000):
            self.assertTrue(rates.may_type(person, str(number), 5))

        self.assertLessEqual(len(person.typed_at or ()), limits.ROOMS_PER_PERSON)


class ComingTests(RatedTestCase):
    """New persons."""

    def setUp(self) -> None:
        """Let sixty come from one address."""
        self.rates = Rates(10, 50)
        super().setUp()
        self.known = [self.come(f"Ann {number}") for number in range(60)]

    def come(self, name: str, **more: str) -> Client:
        """Somebody from the one address."""
        client = self.connect()
        client.tape.address = "192.0.2.1"
        client.ask("hello", name=name, **more)
        return client

    def test_row_23_new_people(self) -> None:
        """Who is new has to wait, and has taken no name; who is known, or elsewhere, comes in."""
        late = self.come("Late", key="k" * 16)

        self.assert_refused("rate_limited", late.heard[-1])
        self.assertEqual(1, late.heard[-1]["retry_after"])
        token = self.known[0].of("welcome")[0]["token"]
        again = self.connect()
        again.tape.address = "192.0.2.1"
        self.assertEqual("welcome", again.ask("hello", token=token)["type"])
        self.assertEqual("welcome", self.connect().ask("hello", name="late")["type"])
        self.clock.advance(1)
        self.assertEqual("welcome", late.ask("hello", name="Later", key="k" * 16)["type"])

    def test_a_name_that_is_taken(self) -> None:
        """Who gets no name was no new person yet."""
        self.clock.advance(1)
        for _ in range(5):
            self.assert_refused("name_taken", self.come("Ann 1").heard[-1])

        self.assertEqual("welcome", self.come("Zoe").heard[-1]["type"])
