"""
What every provider of `IHistory` and `IPeople` does: one set of tests for all.
"""

from __future__ import annotations

from msgspec import UNSET
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from chatroom import limits
from chatroom.accounts import AccountRecord
from chatroom.commands import Delete, Edit, React, Say, Set, Values
from chatroom.errors import BadCommand, BadText, NoSuchMessage, NotYours, TooMany
from chatroom.events import Deleted, Edited, Message, Quote, Reacted, Reaction, Who
from chatroom.events import Set as TopicSet
from chatroom.interfaces import IAccounts, IHistory, IPeople, IStore
from chatroom.log import Draft, Duplicate, Outcome, Page, PersonRecord, Retain, Unchanged


def said(text: str, room: str = "tea", person: str = "ann", **fields: object) -> Draft:
    """A draft of a message."""
    about = {key: fields.pop(key) for key in ("mentions", "refusal") if key in fields}
    command = Say(room=room, text=text, **fields)  # type: ignore[arg-type]
    return Draft(command, room, person, person.title(), 1000, **about)  # type: ignore[arg-type]


def edit(target: int, text: str, person: str = "ann", **about: object) -> Draft:
    """A draft of a new text for a message."""
    command = Edit(room="tea", target=target, text=text)
    return Draft(command, "tea", person, person.title(), 2000, **about)  # type: ignore[arg-type]


def delete(target: int, person: str = "ann") -> Draft:
    """A draft that takes a message back."""
    return Draft(Delete(room="tea", target=target), "tea", person, person.title(), 3000)


def react(target: int, emoji: str = "🎉", person: str = "ann", *, on: bool = True) -> Draft:
    """A draft of a reaction."""
    command = React(room="tea", target=target, emoji=emoji, on=on)
    return Draft(command, "tea", person, person.title(), 4000)


def topic(topic: str, room: str = "tea", id: str | None = None) -> Draft:
    """A draft of a new topic."""
    command = Set(room=room, values=Values(topic=topic), id=UNSET if id is None else id)
    return Draft(command, room, "ann", "Ann", 1000)


class StoreContract(TestCase):
    """
    What a provider's own test case says: how a store is made.
    """

    async def open(self, retain: Retain = Retain()) -> IStore:
        """A new store, started; it is stopped when the test is over."""
        raise NotImplementedError


class HistoryContract(StoreContract):
    """
    The tests of an `IHistory`.
    """

    async def make(self, retain: Retain = Retain()) -> IHistory:
        """An empty one."""
        return (await self.open(retain)).history

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
        history = await self.make(Retain(entries=20))
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

    async def test_retain_by_age(self) -> None:
        """What is older than it may be goes when the next entry comes."""
        history = await self.make(Retain(age_ms=1000))
        await self.append(history, *(said(str(number)) for number in range(10)))

        late = Draft(Say(room="tea", text="late"), "tea", "ann", "Ann", 9000)
        await self.append(history, late)

        page = await history.page("tea", 200)
        self.assertEqual(([11], 11, False), (self.numbers(page), page.seq, page.older))

    async def test_changes(self) -> None:
        """Edits, deletions and reactions are entries; pages have what came of them."""
        history = await self.make()
        await self.append(history, said("a"), said("b"), said("c", reply_to=1))

        edited, reacted, deleted = await self.append(
            history, edit(1, "A", mentions=("bob",)), react(1, person="bob"), delete(2)
        )

        self.assertEqual(
            (
                Edited(
                    room="tea",
                    seq=4,
                    time=2000,
                    person="ann",
                    name="Ann",
                    target=1,
                    text="A",
                    mentions=("bob",),
                ),
                Reacted(
                    room="tea",
                    seq=5,
                    time=4000,
                    person="bob",
                    name="Bob",
                    target=1,
                    emoji="🎉",
                    on=True,
                ),
                Deleted(room="tea", seq=6, time=3000, person="ann", name="Ann", target=2),
            ),
            (edited, reacted, deleted),
        )
        page = await history.page("tea", 50)
        first, second, third = page.messages
        self.assertEqual(("A", 2000, ("bob",)), (first.text, first.edited, first.mentions))
        self.assertEqual((UNSET, True), (second.text, second.deleted))
        self.assertEqual(Quote("ann", "Ann", "A"), third.quote)
        self.assertEqual(6, page.seq)

    async def test_changes_across_batches(self) -> None:
        """What a change needs to know is found again."""
        history = await self.make()
        await self.append(history, said("a"), react(1), edit(1, "b"))
        await self.append(history, react(1, person="bob"), react(1, on=False))

        (message,) = (await history.page("tea", 50)).messages

        assert message.reactions is not UNSET
        (reaction,) = message.reactions
        self.assertEqual(
            ("🎉", 1, ["bob"]),
            (reaction.emoji, reaction.count, [who.person for who in reaction.people]),
        )
        outcomes = await self.append(
            history, react(1, on=False), edit(1, "b"), delete(1), delete(1), react(1)
        )
        self.assertEqual(
            [Unchanged, Unchanged, Deleted, Unchanged, NoSuchMessage],
            [type(outcome) for outcome in outcomes],
        )

    async def test_who_may(self) -> None:
        """A message is its author's; only a message can be changed."""
        history = await self.make()
        await self.append(history, said("a"), topic("x"))

        outcomes = await self.append(
            history, edit(1, "x", "bob"), delete(1, "bob"), edit(2, "x"), delete(9), react(2)
        )

        self.assertEqual(
            [NotYours, NotYours, NoSuchMessage, NoSuchMessage, NoSuchMessage],
            [type(outcome) for outcome in outcomes],
        )

    async def test_reactions_in_order(self) -> None:
        """Emoji stand as they came, people as they last did; ten are named."""
        store = await self.open()
        for number in range(12):
            record = PersonRecord(f"p{number}", f"P{number}", 0)
            await store.people.add(record, bytes([number]) * 32)
        await self.append(
            store.history,
            said("a"),
            *(react(1, person=f"p{number}") for number in range(12)),
            react(1, "👍", "p3"),
            react(1, person="p0", on=False),
            react(1, person="p0"),
        )
        await store.people.rename("p1", "Pia")

        (message,) = (await store.history.page("tea", 50)).messages

        people = [Who("p1", "Pia"), *(Who(f"p{n}", f"P{n}") for n in range(2, 11))]
        self.assertEqual(
            [Reaction("🎉", 12, people), Reaction("👍", 1, [Who("p3", "P3")])], message.reactions
        )

    async def test_mine(self) -> None:
        """A person's own reactions are told by message."""
        history = await self.make()
        await self.append(
            history,
            *(said(text) for text in "abcd"),
            *(react(1), react(1, "👍"), react(1, "🎉", "bob"), react(2, "👍", "bob")),
            *(react(3), delete(3), react(4), react(4, on=False)),
        )

        mine = await history.mine("tea", "ann", [1, 2, 3, 4, 9])

        self.assertEqual({1: ["🎉", "👍"]}, mine)
        self.assertEqual({2: ["👍"]}, await history.mine("tea", "bob", [2, 3]))
        self.assertEqual({}, await history.mine("tea", "bob", []))

    async def test_twenty_emoji(self) -> None:
        """A message has at most twenty."""
        history = await self.make()
        await self.append(history, said("a"), *(react(1, f"e{n}") for n in range(20)))

        outcomes = await self.append(history, react(1, "late"), react(1, "e0", "bob"))

        self.assertEqual([TooMany, Reacted], [type(outcome) for outcome in outcomes])

    async def test_retold(self) -> None:
        """A replay has no text that is not the present one."""
        history = await self.make()
        await self.append(
            history, said("a", mentions=("bob",)), said("b"), said("c", reply_to=2), edit(2, "B")
        )
        await self.append(history, edit(1, "x"), edit(1, "y", mentions=("cleo",)), delete(2))

        replay = await history.replay("tea", 0)

        assert replay is not None
        first, second, third, of_second, of_first, again, deleted = replay.events
        assert isinstance(first, Message)
        assert isinstance(second, Message)
        assert isinstance(third, Message)
        assert isinstance(of_second, Edited)
        assert isinstance(of_first, Edited)
        assert isinstance(again, Edited)
        self.assertIsInstance(deleted, Deleted)
        self.assertEqual(("y", ("cleo",), UNSET), (first.text, first.mentions, first.edited))
        self.assertEqual((UNSET, True), (second.text, second.deleted))
        self.assertEqual(Quote("ann", "Ann"), third.quote)
        self.assertEqual((UNSET, True), (of_second.text, of_second.deleted))
        for edited in (of_first, again):
            self.assertEqual(("y", ("cleo",)), (edited.text, edited.mentions))

    async def test_unread_of_what_changed(self) -> None:
        """Deleted messages do not count, nor a mention that an edit made or unmade."""
        history = await self.make()
        await self.append(
            history,
            said("1", mentions=("bob",)),
            said("2", mentions=("bob",)),
            said("3"),
            said("4", mentions=("bob",)),
            delete(1),
            edit(2, "-"),
            edit(3, "+", mentions=("bob",)),
        )

        self.assertEqual((3, 1), await history.unread("tea", "bob", 0, 99))

    async def test_search(self) -> None:
        """Each word must begin a word; Chinese is found as a run."""
        history = await self.make()
        await self.append(
            history,
            said("The Kettle boils"),
            said("kettledrum, don't!"),
            said("电视上的老浏览器也能连上"),
            said("Straße 42"),
            said("कितली गरम"),
            said("カタカナ and 漢字"),
            said("漢字、漢字"),
        )
        await self.append(history, topic("kettle"), said("gone kettle"), delete(9))

        for text, numbers in (
            ("kettle", [2, 1]),
            ("KETT boil", [1]),
            ("ettle", []),
            ("kettle drum", []),
            ("浏览", [3]),
            ("览", [3]),
            ("浏器", []),
            ("老浏 电视", [3]),
            ("漢字", [7, 6]),
            ("字漢", []),
            ("STRASSE", [4]),
            ("４", [4]),
            ("don't", [2]),
            ("कित", [5]),
            ("カナ 漢", [6]),
            ("* OR the", []),
            ('"kettle"', [2, 1]),
            ("gone", []),
            ("!", []),
        ):
            hits = await history.search(["tea"], text, 50)
            self.assertEqual(numbers, [message.seq for message in hits.messages], text)

    async def test_search_finds_what_is_there_now(self) -> None:
        """After an edit the new words find a message, not the old ones."""
        history = await self.make()
        await self.append(history, said("kettle"), edit(1, "teapot"), react(1))

        hits = await history.search(["tea"], "teapot", 50)

        self.assertEqual(
            (1, UNSET), (len(hits.messages[0].reactions or ()), hits.messages[0].deleted)
        )
        self.assertEqual([], (await history.search(["tea"], "kettle", 50)).messages)

    async def test_search_in_pages(self) -> None:
        """The newest come first, across rooms; pages neither repeat nor skip."""
        history = await self.make()
        for number in range(10):
            room = ("tea", "cake", "rum")[number % 3]
            command = Say(room=room, text=f"kettle {number}")
            await self.append(history, Draft(command, room, "ann", "Ann", 1000 * number))

        found: list[str] = []
        start: str | None = None
        more = True
        while more:
            hits = await history.search(["tea", "cake", "nowhere"], "kettle", 3, start)
            found += [str(message.text) for message in hits.messages]
            start, more = hits.places[-1], hits.more
            self.assertEqual(len(hits.messages), len(hits.places))
            late = Say(room="tea", text="kettle late")
            await self.append(history, Draft(late, "tea", "ann", "Ann", 99_000))

        self.assertEqual([f"kettle {number}" for number in (9, 7, 6, 4, 3, 1, 0)], found)

    async def test_search_from_nowhere(self) -> None:
        """A place that no search gave is refused."""
        history = await self.make()

        for start in ("", "x", "1.2", "9" * 99):
            await self.assertFailure(history.search(["tea"], "a", 3, start), BadCommand)


class PeopleContract(StoreContract):
    """
    The tests of an `IPeople`.
    """

    async def make(self) -> IPeople:
        """One that knows nobody."""
        return (await self.open()).people

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
        await people.enter("a", "tea", 5)
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

    async def test_by_id(self) -> None:
        """A person is found by their id, too."""
        people = await self.make()
        ann = PersonRecord("a", "Ann", 1000)
        await people.add(ann, b"1" * 32)

        self.assertEqual(ann, await people.get("a"))
        self.assertIsNone(await people.get("b"))

    async def test_another_token(self) -> None:
        """Who gets another token is known by it, and by the old one no more."""
        people = await self.make()
        ann = PersonRecord("a", "Ann", 1000)
        await people.add(ann, b"1" * 32)

        await people.retoken("a", b"2" * 32)
        await people.retoken("nobody", b"3" * 32)

        self.assertEqual(ann, await people.find(b"2" * 32))
        self.assertIsNone(await people.find(b"1" * 32))
        self.assertIsNone(await people.find(b"3" * 32))


class AccountsContract(StoreContract):
    """
    The tests of an `IAccounts`.
    """

    async def make(self) -> IAccounts:
        """One without any."""
        return (await self.open()).accounts

    async def test_provides(self) -> None:
        """It has everything the interface says."""
        verifyObject(IAccounts, await self.make())

    async def test_found(self) -> None:
        """An account is found by its id, by what its name looks like, and by its person."""
        accounts = await self.make()
        ann = AccountRecord("1", "Ann", b"key", "a", "hash")
        bob = AccountRecord("2", "Bob", b"yek")

        await accounts.keep(ann)
        await accounts.keep(bob)

        self.assertEqual([ann, bob, None], [await accounts.find(id) for id in ("1", "2", "3")])
        alike = [await accounts.alike(name) for name in ("Ann", "ANN", "Аnn", "Anna")]
        self.assertEqual([ann, ann, ann, None], alike)
        self.assertEqual([ann, None], [await accounts.of(person) for person in ("a", "b")])

    async def test_kept_again(self) -> None:
        """Name and person are as last said; key and password are not this one's to change."""
        accounts = await self.make()
        await accounts.keep(AccountRecord("1", "Ann", b"key", None, "hash"))

        await accounts.keep(AccountRecord("1", "Zoe", b"new", "z", None))

        zoe = AccountRecord("1", "Zoe", b"key", "z", "hash")
        self.assertEqual(zoe, await accounts.find("1"))
        self.assertEqual([None, zoe], [await accounts.alike("Ann"), await accounts.alike("ZOE")])
        self.assertEqual(zoe, await accounts.of("z"))
