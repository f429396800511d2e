"""
What every provider of `IOrder` does, and what acts do to every `IHistory`.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, structs
from zope.interface.verify import verifyObject

from chatroom.commands import Claim, Delete, Kick, Purge, Set, Values
from chatroom.errors import BadKey, NoSuchMessage, NotYours
from chatroom.events import Acted, Deleted, Message, Settings
from chatroom.events import Set as TopicSet
from chatroom.interfaces import IOrder
from chatroom.log import Authority, Deed, Draft, Duplicate, Unchanged
from chatroom.rights import SERVER
from tests.histories.contract import StoreContract, delete, edit, react, said, topic


class OrderContract(StoreContract):
    """
    The tests of an `IOrder`, and of what acts do to a history.
    """

    async def test_provides(self) -> None:
        """It has everything the interface says."""
        verifyObject(IOrder, (await self.open()).order)

    async def test_acts_are_entries(self) -> None:
        """Numbered like all, replayed as they were, and known by their ids."""
        history = (await self.open()).history
        about: dict[str, Any] = {"reason": "too loud", "until": 9000}

        first, second = await history.append([said("a"), acted("mute", id="1", **about)])
        (again,) = await history.append([acted("ban", id="1")])

        assert isinstance(first, Message)
        expected = Acted(
            room="tea",
            seq=2,
            time=5000,
            person="mo",
            name="Mo",
            act="mute",
            target="ann",
            target_name="Ann",
            **about,
        )
        self.assertEqual(expected, second)
        self.assertEqual(Duplicate("tea", 2, 5000), again)
        replay = await history.replay("tea", 1)
        assert replay is not None
        self.assertEqual([expected], replay.events)
        self.assertEqual(2, (await history.page("tea", 9)).seq)

    async def test_settings(self) -> None:
        """Those that change are told, and replayed; the key's digest is not."""
        history = (await self.open()).history
        values = Values(topic="t", slow=5, locked=True, read_only=True, key="k")
        everything = Settings(topic="t", slow=5, locked=True, read_only=True, key=True)

        outcomes = await history.append(
            [
                setting(values, b"1"),
                setting(values, b"1"),
                setting(Values(slow=0, topic="t"), None),
                setting(Values(key="l"), b"2"),
                setting(Values(key=""), None),
                topic("u"),
            ]
        )

        told = [one.values for one in outcomes if isinstance(one, TopicSet)]
        expected = [
            everything,
            Settings(slow=0),
            Settings(key=True),
            Settings(key=False),
            Settings(topic="u"),
        ]
        self.assertEqual(expected, told)
        self.assertIsInstance(outcomes[1], Unchanged)
        replay = await history.replay("tea", 0)
        assert replay is not None
        self.assertEqual([one for one in outcomes if isinstance(one, TopicSet)], replay.events)

    async def test_deleted_by_a_moderator(self) -> None:
        """Messages of others, save of those beyond."""
        history = (await self.open()).history
        await history.append([said("a"), said("b", person="bob"), said("c", person="mo")])

        outcomes = await history.append(
            [
                by_mo(Delete(room="tea", target=1), Authority(beyond=frozenset({"bob"}))),
                by_mo(Delete(room="tea", target=2), Authority(beyond=frozenset({"bob"}))),
                by_mo(Delete(room="tea", target=3), Authority()),
                by_mo(Delete(room="tea", target=2)),
            ]
        )

        kinds = [type(outcome) for outcome in outcomes]
        self.assertEqual([Deleted, NotYours, Deleted, NotYours], kinds)

    async def test_deeds(self) -> None:
        """What is done is kept with a number; settings and deletions of others, too."""
        store = await self.open()
        await store.history.append(
            [
                said("a"),
                acted("kick", reason="too loud"),
                setting(Values(slow=5, topic="t"), None),
                setting(Values(topic="u"), None),
                by_mo(Delete(room="tea", target=1), Authority()),
                acted("kick", scope=None),
                acted("kick", room="Cake"),
                said("b", person="mo"),
                by_mo(Delete(room="tea", target=7), Authority()),
            ]
        )
        await store.history.append([serverwide("ban", until=9)])

        deeds = await store.order.deeds(None, 9, None)
        of_tea = await store.order.deeds("tea", 2, None)
        older = await store.order.deeds("tea", 2, of_tea[-1].number)
        of_server = await store.order.deeds(SERVER, 9, None)

        self.assertEqual(["ban", "kick", "delete", "set", "kick"], [d.act for d in deeds])
        self.assertEqual([5, 4, 3, 2, 1], [deed.number for deed in deeds])
        deleted, done = of_tea
        self.assertEqual(("ann", "Ann", 1), (deleted.target, deleted.target_name, deleted.message))
        self.assertEqual(Settings(topic="t", slow=5), done.values)
        self.assertEqual(["kick"], [deed.act for deed in older])
        self.assertEqual(("too loud", "tea"), (older[0].reason, older[0].room))
        self.assertEqual([deeds[0]], of_server)
        self.assertEqual((UNSET, 9), (deeds[0].room, deeds[0].until))
        self.assertEqual([deeds[1]], await store.order.deeds("cake", 9, None))

    async def test_of_the_whole_server(self) -> None:
        """An act without a room is a deed, no entry, and known by its id."""
        history = (await self.open()).history
        await history.append([acted("kick")])

        first, again = await history.append(
            [serverwide("role", id="1", role="owner"), serverwide("ban", id="1")]
        )
        (later,) = await history.append([said("x", person="mo", id="1")])

        assert isinstance(first, Deed)
        self.assertEqual((2, "role", "owner"), (first.number, first.act, first.role))
        self.assertEqual([Duplicate("", 2, 5000)] * 2, [again, later])
        self.assertEqual(1, (await history.page("tea", 9)).seq)

    async def test_links(self) -> None:
        """A link is claimed once; a later one takes its place."""
        store = await self.open()
        await store.order.offer(b"1")
        await store.order.offer(b"2")

        outcomes = await store.history.append(
            [claim(b"1", "a"), claim(b"2", "b"), claim(b"2", "c"), claim(b"2", "b")]
        )

        self.assertEqual([BadKey, Deed, BadKey, Duplicate], [type(one) for one in outcomes])
        (deed,) = await store.order.deeds(None, 9, None)
        self.assertEqual(("role", "owner"), (deed.act, deed.role))

    async def test_purge(self) -> None:
        """Messages of one person, from a time on, are deleted, at once and for all that asks."""
        history = (await self.open()).history
        await history.append([at(10, "kettle one"), at(20, "kettle two", mentions=("bob",))])
        await history.append(
            [
                at(30, "kettle three", "bob", reply_to=2),
                at(5, "kettle four"),
                at(40, "kettle five"),
                react(2, person="bob"),
                acted("purge", since=20),
                at(50, "kettle six", reply_to=2),
                react(2, person="bob"),
                edit(5, "again"),
                delete(5),
            ]
        )

        page = await history.page("tea", 9)
        texts = [message.text for message in page.messages]
        purged = [text is UNSET for text in texts]
        self.assertEqual([False, True, False, False, True, False], purged)
        self.assertEqual([True], [m.deleted for m in page.messages if m.seq == 2])
        self.assertEqual(
            [UNSET, UNSET], [m.quote.text for m in page.messages if m.quote is not UNSET]
        )
        hits = await history.search(["tea"], "kettle", 9)
        self.assertEqual([8, 3, 1, 4], [hit.seq for hit in hits.messages])
        self.assertEqual({}, await history.mine("tea", "bob", [2]))
        self.assertEqual((3, 0), await history.unread("tea", "bob", 0, 99))
        replay = await history.replay("tea", 0)
        assert replay is not None
        told = [event.text for event in replay.events if isinstance(event, Message)]
        self.assertEqual(texts, told)
        outcomes = await history.append([edit(2, "x"), react(2), delete(2), delete(1)])
        self.assertEqual(
            [NoSuchMessage, NoSuchMessage, Unchanged, Deleted], [type(one) for one in outcomes]
        )


def acted(act: str, room: str = "tea", id: str | None = None, **about: Any) -> Draft:
    """A draft of something that Mo does to Ann."""
    scope = about.pop("scope", room.casefold())
    command: Any = Purge(room=room, target="ann", minutes=1) if act == "purge" else None
    command = command or Kick(room=room, target="ann")
    deed = Deed(
        time=5000,
        person="mo",
        name="Mo",
        act=act,  # type: ignore[arg-type]
        target="ann",
        target_name="Ann",
        room=room,
        **about,
    )
    command = structs.replace(command, id=UNSET if id is None else id)
    return by_mo(command, Authority(deed=deed, scope=scope, ban=about.get("ban")))


def serverwide(act: str, id: str | None = None, **about: Any) -> Draft:
    """A draft of something that Mo does to Ann on the whole server."""
    draft = acted(act, "", id, **about)
    assert draft.authority is not None
    deed = structs.replace(draft.authority.deed, room=UNSET)  # type: ignore[type-var]
    return structs.replace(draft, authority=structs.replace(draft.authority, deed=deed))


def claim(key: bytes, id: str) -> Draft:
    """A draft of Mo's, who has a link."""
    draft = serverwide("role", role="owner")
    assert draft.authority is not None
    return structs.replace(
        draft,
        command=Claim(key="x", id=id),
        authority=structs.replace(draft.authority, key=key),
    )


def setting(values: Values, key: bytes | None) -> Draft:
    """A draft of new settings."""
    return by_mo(Set(room="tea", values=values), Authority(key=key))


def by_mo(command: Any, authority: Authority | None = None) -> Draft:  # noqa: ANN401 - any command
    """A draft of a moderator's."""
    return Draft(command, command.room, "mo", "Mo", 5000, authority=authority)


def at(time: int, text: str, person: str = "ann", **about: Any) -> Draft:
    """A draft of a message at a time."""
    return structs.replace(said(text, person=person, **about), time=time)
