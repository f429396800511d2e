"""
What every provider of `IHistory` and `IPeople` does: one set of tests for all.
"""

from __future__ import annotations

from msgspec import UNSET
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from chatroom import limits
from chatroom.commands import Say, Set, Values
from chatroom.errors import BadText, NoSuchMessage
from chatroom.events import Message
from chatroom.events import Set as TopicSet
from chatroom.interfaces import IHistory, IPeople
from chatroom.log import Draft, Duplicate, Outcome, Page, PersonRecord, Unchanged


def said(text: str, room: str = "tea", person: str = "ann", **fields: object) -> Draft:
    """A draft of a message."""
    about = {key: fields.pop(key) for key in ("mentions", "refusal") if key in fields}
    command = Say(room=room, text=text, **fields)  # type: ignore[arg-type]
    return Draft(command, room, person, person.title(), 1000, **about)  # type: ignore[arg-type]


def topic(topic: str, room: str = "tea", id: str | None = None) -> Draft:
    """A draft of a new topic."""
    command = Set(room=room, values=Values(topic=topic), id=UNSET if id is None else id)
    return Draft(command, room, "ann", "Ann", 1000)


class HistoryContract(TestCase):
    """
    The tests of an `IHistory`; a provider's own test case says how it is made.
    """

    async def make(self, retain: int = 10_000) -> IHistory:
        """An empty one, that keeps *retain* entries of a room."""
        raise NotImplementedError

    async def append(self, history: IHistory, *drafts: Draft) -> list[Outcome]:
        """Append *drafts* in one batch."""
        return await history.append(drafts)

    async def fill(self, history: IHistory, count: int) -> None:
        """Append messages ``1`` to *count* to the room `tea`."""
        for start in range(1, count + 1, 500):
            texts = range(start, min(start + 500, count + 1))
            await history.append([said(str(number)) for number in texts])

    def numbers(self, page: Page) -> list[int]:
        """The numbers of a page's messages."""
        return [message.seq for message in page.messages]

    async def test_provides(self) -> None:
        """It has everything the interface says."""
        verifyObject(IHistory, await self.make())

    async def test_numbers(self) -> None:
        """Entries are numbered from 1, without gaps, each room for itself."""
        history = await self.make()

        outcomes = await self.append(history, said("a"), said("b"), said("x", room="cake"))
        (later,) = await self.append(history, said("c"))

        numbers = [outcome.seq for outcome in outcomes if isinstance(outcome, Message)]
        self.assertEqual([1, 2, 1], numbers)
        assert isinstance(later, Message)
        self.assertEqual((3, "tea", "c", 1000), (later.seq, later.room, later.text, later.time))

    async def test_each_draft_for_itself(self) -> None:
        """A refused draft leaves no gap and takes none along."""
        history = await self.make()
        refusal = BadText("no")

        outcomes = await self.append(
            history, said("a"), said("b", refusal=refusal), said("c", reply_to=9), said("d")
        )

        self.assertIs(refusal, outcomes[1])
        self.assertIsInstance(outcomes[2], NoSuchMessage)
        last = outcomes[3]
        assert isinstance(last, Message)
        self.assertEqual(2, last.seq)

    async def test_a_known_id_is_a_duplicate(self) -> None:
        """In the same batch and in a later one, whatever it says, even if refused."""
        history = await self.make()

        first, second = await self.append(history, said("a", id="1"), said("b", id="1"))
        later = await self.append(
            history,
            said("c", id="1", refusal=BadText("no")),
            said("d", id="1", room="cake", reply_to=77),
            topic("e", id="1"),
            said("f", id="1", person="bob"),
        )

        assert isinstance(first, Message)
        known = Duplicate("tea", first.seq, first.time)
        self.assertEqual([known] * 4, [second, *later[:3]])
        self.assertIsInstance(later[3], Message)

    async def test_only_entries_keep_their_id(self) -> None:
        """What was refused or changed nothing may come again under its id."""
        history = await self.make()

        outcomes = await self.append(
            history,
            said("a", id="1", refusal=BadText("no")),
            topic("", id="1"),
            said("a", id="1", reply_to=1),
            said("a", id="1"),
        )

        self.assertIsInstance(outcomes[1], Unchanged)
        self.assertIsInstance(outcomes[3], Message)

    async def test_topics(self) -> None:
        """A topic that is one already changes nothing; within a batch, too."""
        history = await self.make()

        outcomes = await self.append(history, topic("x"), topic("x"), topic("y"), topic("x"))

        kinds = [type(outcome) for outcome in outcomes]
        self.assertEqual([TopicSet, Unchanged, TopicSet, TopicSet], kinds)

    async def test_quotes(self) -> None:
        """A reply quotes the beginning of its target, which may be in the same batch."""
        history = await self.make()

        _, reply = await self.append(history, said("ü" * 200), said("b", person="bob", reply_to=1))

        assert isinstance(reply, Message)
        assert reply.quote is not UNSET
        self.assertEqual(
            ("ann", "Ann", "ü" * 140), (reply.quote.person, reply.quote.name, reply.quote.text)
        )

    async def test_pages(self) -> None:
        """Messages come oldest first, from the end, or from where it is said."""
        history = await self.make()
        await self.append(history, *(said(str(n)) for n in range(1, 5)), topic("x"))
        await self.append(history, *(said(str(n)) for n in range(6, 11)))

        for asked, numbers, older, newer in (
            ({"limit": 3}, [8, 9, 10], True, False),
            ({"limit": 50}, [1, 2, 3, 4, 6, 7, 8, 9, 10], False, False),
            ({"limit": 0}, [], True, False),
            ({"limit": 3, "before": 6}, [2, 3, 4], True, True),
            ({"limit": 3, "before": 3}, [1, 2], False, True),
            ({"limit": 3, "before": 1}, [], False, True),
            ({"limit": 3, "before": 99}, [8, 9, 10], True, False),
            ({"limit": 3, "after": 3}, [4, 6, 7], True, True),
            ({"limit": 3, "after": 8}, [9, 10], True, False),
            ({"limit": 3, "after": 99}, [], True, False),
            ({"limit": 3, "around": 7}, [6, 7, 8], True, True),
            ({"limit": 1, "around": 8}, [8], True, True),
            ({"limit": 3, "around": 1}, [1, 2, 3], False, True),
            ({"limit": 3, "around": 99}, [8, 9, 10], True, False),
            ({"limit": 50, "around": 5}, [1, 2, 3, 4, 6, 7, 8, 9, 10], False, False),
        ):
            page = await history.page("tea", **asked)
            self.assertEqual(
                (numbers, older, newer), (self.numbers(page), page.older, page.newer), asked
            )
            self.assertEqual(10, page.seq)

    async def test_a_page_of_nothing(self) -> None:
        """A room without an entry has empty pages."""
        history = await self.make()

        for asked in ({}, {"before": 5}, {"after": 5}, {"around": 5}):
            page = await history.page("tea", 10, **asked)
            self.assertEqual(
                ([], False, False, 0), (page.messages, page.older, page.newer, page.seq)
            )

    async def test_replay(self) -> None:
        """What follows a position is told entry by entry."""
        history = await self.make()
        await self.append(history, said("a"), topic("x"), said("b"))

        for since, numbers in ((0, [1, 2, 3]), (1, [2, 3]), (3, [])):
            replay = await history.replay("tea", since)
            assert replay is not None
            self.assertEqual((3, numbers), (replay.seq, [event.seq for event in replay.events]))
        self.assertIsNone(await history.replay("tea", 4))
        empty = await history.replay("cake", 0)
        assert empty is not None
        self.assertEqual((0, []), (empty.seq, empty.events))

    async def test_a_replay_is_bounded(self) -> None:
        """A thousand entries are told one by one, more are not."""
        history = await self.make()
        await self.fill(history, limits.REPLAY_EVENTS + 1)

        self.assertIsNone(await history.replay("tea", 0))
        replay = await history.replay("tea", 1)
        assert replay is not None
        self.assertEqual(limits.REPLAY_EVENTS, len(replay.events))

    async def test_retain(self) -> None:
        """Old entries go, in lumps; the numbers go on, and so does the topic."""
        history = await self.make(retain=20)
        await self.append(history, topic("x"))
        await self.fill(history, 100)

        page = await history.page("tea", 200)
        first = page.messages[0].seq
        self.assertTrue(101 - 22 < first <= 101 - 19, first)
        self.assertEqual((101, False), (page.seq, page.older))
        self.assertIsNone(await history.replay("tea", first - 2))
        self.assertIsNotNone(await history.replay("tea", first - 1))
        (reply, unchanged) = await self.append(history, said("r", reply_to=5), topic("x"))
        self.assertIsInstance(reply, NoSuchMessage)
        self.assertIsInstance(unchanged, Unchanged)

    async def test_unread(self) -> None:
        """Messages by others count, and those that mention the person."""
        history = await self.make()
        await self.append(
            history,
            said("1", mentions=("bob",)),
            said("2", person="bob", mentions=("bob",)),
            topic("3"),
            said("4", mentions=("cleo", "bob")),
            said("5"),
        )

        for after, until, counts in (
            (0, 5, (3, 2)),
            (1, 5, (2, 1)),
            (1, 4, (1, 1)),
            (5, 5, (0, 0)),
        ):
            self.assertEqual(counts, await history.unread("tea", "bob", after, until))

    async def test_unread_is_counted_to_a_hundred(self) -> None:
        """Further than that nobody wants to know."""
        history = await self.make()
        await self.append(history, *(said("x", mentions=("bob",)) for _ in range(120)))

        self.assertEqual((100, 100), await history.unread("tea", "bob", 0, 120))


class PeopleContract(TestCase):
    """
    The tests of an `IPeople`; a provider's own test case says how it is made.
    """

    async def make(self) -> IPeople:
        """One that knows nobody."""
        raise NotImplementedError

    async def test_provides(self) -> None:
        """It has everything the interface says."""
        people = await self.make()

        verifyObject(IPeople, people)
        self.assertEqual(32, len(people.secret))

    async def test_find(self) -> None:
        """A person is found by the hash of their token."""
        people = await self.make()
        ann = PersonRecord("a", "Ann", 1000)
        await people.add(ann, b"1" * 32)
        await people.add(PersonRecord("b", "Bob", 2000), b"2" * 32)

        self.assertEqual(ann, await people.find(b"1" * 32))
        self.assertIsNone(await people.find(b"3" * 32))

    async def test_what_changes(self) -> None:
        """Name, rooms and read marks are as last said."""
        people = await self.make()
        await people.add(PersonRecord("a", "Ann", 1000), b"1" * 32)

        await people.rename("a", "Anna")
        await people.enter("a", "tea", 3)
        await people.enter("a", "cake", 0)
        await people.enter("a", "tea", 7)
        await people.leave("a", "cake")
        await people.leave("a", "nowhere")

        expected = PersonRecord("a", "Anna", 1000, {"tea": 7})
        self.assertEqual(expected, await people.find(b"1" * 32))

    async def test_a_record_is_a_copy(self) -> None:
        """To change what was found changes nothing."""
        people = await self.make()
        await people.add(PersonRecord("a", "Ann", 1000), b"1" * 32)
        found = await people.find(b"1" * 32)
        assert found is not None

        found.rooms["tea"] = 5

        self.assertEqual(PersonRecord("a", "Ann", 1000), await people.find(b"1" * 32))
