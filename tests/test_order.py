"""
What a room asks of those who come and speak; and that it still does after a restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits, order
from chatroom.bans import Ban
from chatroom.chat import Chat
from chatroom.errors import Banned
from chatroom.histories.memory import MemoryPeople
from chatroom.histories.sql import SqlStore
from chatroom.order import Order
from chatroom.presence import Person
from chatroom.room import Room
from tests.histories.threadless import NoThreads, SameThread
from tests.moderated import ModeratedCase, id_of
from tests.people import Client, Said

PEOPLE: Final = st.sampled_from(["ann", "bo", "cleo"])
SCOPES: Final = st.sampled_from(["", "tea"])
ROLES: Final = st.sampled_from(["owner", "moderator", "member"])
ADDRESSES: Final = st.sampled_from(["192.0.2.1", "192.0.2.2", ""])


class SettingsCase(ModeratedCase):
    """The room `tea`, set by its moderator."""

    def set(self, client: Client, **values: Any) -> Said:
        """Let somebody set something."""
        return client.ask("set", room="tea", values=values)


class SetTests(SettingsCase):
    """Who sets what."""

    def test_for_moderators(self) -> None:
        """All but the topic; a member sets nothing with anything of it."""
        for values in (
            {"slow": 5},
            {"locked": True},
            {"read_only": True},
            {"key": "x"},
            {"topic": "x", "slow": 0},
        ):
            self.assert_refused("forbidden", self.set(self.ann, **values))
        self.assertEqual("ack", self.set(self.ann, topic="x")["type"])

    def test_told(self) -> None:
        """As an entry what changed, and on joining what is set; of the key only that it is."""
        self.set(self.mo, slow=5, locked=True, read_only=True, key="earl grey")
        self.assertEqual(
            {"slow": 5, "locked": True, "read_only": True, "key": True},
            self.ann.of("set")[-1]["values"],
        )
        self.assertEqual(
            {"topic": "", "slow": 5, "locked": True, "read_only": True, "key": True},
            self.ann.ask("join", room="tea")["settings"],
        )
        self.assertTrue(self.set(self.mo, slow=5, key="earl grey")["unchanged"])

        self.set(self.mo, slow=0, locked=False, read_only=False, key="")

        self.assertEqual(
            {"slow": 0, "locked": False, "read_only": False, "key": False},
            self.ann.of("set")[-1]["values"],
        )
        self.assertEqual({"topic": ""}, self.ann.ask("join", room="tea")["settings"])
        self.assertTrue(self.set(self.mo, key="")["unchanged"])

    def test_ranges(self) -> None:
        """What cannot be set is refused."""
        self.assert_refused("bad_command", self.set(self.mo, slow=limits.SLOW_S + 1))
        self.assert_refused("bad_command", self.set(self.mo, slow=-1))
        self.assert_refused("too_long", self.set(self.mo, key="x" * 65))
        self.assert_refused("bad_text", self.set(self.mo, key="a\nb"))


class JoinTests(SettingsCase):
    """Coming into a room."""

    def test_locked(self) -> None:
        """Nobody new comes in; members come back, and moderators."""
        self.set(self.mo, locked=True)

        self.assert_refused("locked", self.enter("Cleo").ask("join", room="tea"))
        self.again(self.ann, "tea")
        self.assertEqual("ack", self.ann.ask("say", room="tea", text="x")["type"])
        moderator = self.enter("Moritz")
        self.give(moderator, "moderator")
        self.assertEqual("joined", moderator.ask("join", room="tea")["type"])
        self.set(self.mo, locked=False)
        self.assertEqual("joined", self.enter("Dora").ask("join", room="tea")["type"])

    def test_key(self) -> None:
        """Who is new says it, exactly; members need none; a new one is the one that counts."""
        self.set(self.mo, key="earl grey")
        cleo = self.enter("Cleo")

        for wrong in ({}, {"key": ""}, {"key": "Earl Grey"}, {"key": "earl grey "}):
            self.assert_refused("bad_key", cleo.ask("join", room="tea", **wrong))
        self.assertEqual("joined", cleo.ask("join", room="Tea", key="earl grey")["type"])
        self.assertEqual("joined", self.ann.ask("join", room="tea")["type"])
        self.set(self.mo, key="assam")
        dora = self.enter("Dora")
        self.assert_refused("bad_key", dora.ask("join", room="tea", key="earl grey"))
        self.assertEqual("joined", dora.ask("join", room="tea", key="assam")["type"])
        self.set(self.mo, key="")
        self.assertEqual("joined", self.enter("Emil").ask("join", room="tea")["type"])

    def test_a_key_where_there_is_none(self) -> None:
        """Is not looked at."""
        self.assertEqual("joined", self.enter("Cleo").ask("join", room="tea", key="x")["type"])


class SpeechTests(SettingsCase):
    """Speaking in a room."""

    def test_read_only(self) -> None:
        """Only moderators say, edit, react and set; what one said can be taken back."""
        seq = self.ann.ask("say", room="tea", text="x")["seq"]
        self.set(self.mo, read_only=True)

        for command in (
            {"type": "say", "text": "y"},
            {"type": "edit", "target": seq, "text": "y"},
            {"type": "react", "target": seq, "emoji": "🎉", "on": True},
            {"type": "set", "values": {"topic": "y"}},
        ):
            self.assert_refused("read_only", self.ann.ask(room="tea", **command))
        self.assertEqual("ack", self.ann.ask("delete", room="tea", target=seq)["type"])
        self.assertEqual("ack", self.set(self.mo, topic="y")["type"])
        self.assertEqual("ack", self.mo.ask("say", room="tea", text="hear")["type"])

    def test_slow(self) -> None:
        """One message, then a wait; it tells how long; moderators do not wait."""
        self.set(self.mo, slow=10)

        self.assertEqual("ack", self.say(self.ann)["type"])
        self.clock.advance(3.5)
        refusal = self.say(self.ann)
        self.assert_refused("rate_limited", refusal)
        self.assertEqual(7, refusal["retry_after"])
        # To try again does not help.
        self.assert_refused("rate_limited", self.say(self.ann))
        self.assertEqual("ack", self.say(self.bo)["type"])
        self.assertEqual(["ack"] * 2, [self.say(self.mo)["type"] for _ in range(2)])
        self.clock.advance(6.5)
        self.assertEqual("ack", self.say(self.ann)["type"])

    def test_slow_for_all_connections(self) -> None:
        """A second connection is no second voice."""
        self.set(self.mo, slow=10)
        self.say(self.ann)

        again = self.again(self.ann, "tea")
        self.assert_refused("rate_limited", again.ask("say", id="another", room="tea", text="x"))

    def test_what_was_refused_costs_no_wait(self) -> None:
        """Nor what was said before, under its id."""
        self.set(self.mo, slow=10)
        seq = self.ann.ask("say", room="tea", text="x", id="m1")["seq"]
        again = self.ann.ask("say", room="tea", text="x", id="m1")
        self.assertEqual((seq, True), (again["seq"], again["duplicate"]))
        self.clock.advance(10)

        self.assert_refused(
            "no_such_message", self.ann.ask("say", room="tea", text="x", reply_to=99)
        )
        self.assertTrue(self.ann.ask("say", room="tea", text="x", id="m1")["duplicate"])

        self.assertEqual("ack", self.say(self.ann)["type"])

    def test_only_what_is_said(self) -> None:
        """Edits and reactions are not slowed down."""
        self.set(self.mo, slow=10)
        seq = self.say(self.ann)["seq"]

        edited = self.ann.ask("edit", room="tea", target=seq, text="y")

        self.assertEqual("ack", edited["type"])

    def test_a_room_without_rules_has_none(self) -> None:
        """Nothing is looked at there; so it is again when the last rule is gone."""
        room = self.chat.rooms.open("tea").room
        self.assertIsNone(room.conduct)
        self.set(self.mo, slow=10)
        self.does(self.mo, "mute", self.ann)
        self.assertIsNotNone(room.conduct)

        self.set(self.mo, slow=0)
        self.does(self.mo, "unmute", self.ann)

        self.assertIsNone(room.conduct)

    def test_voices_are_forgotten(self) -> None:
        """Of those who may speak again nothing is kept."""
        self.set(self.mo, slow=10)
        for client in (self.ann, self.bo):
            self.say(client)
        self.clock.advance(10)
        self.say(self.ann)

        conduct = self.chat.rooms.open("tea").room.conduct
        assert conduct is not None
        self.assertEqual([id_of(self.ann)], list(conduct._said))

    def say(self, client: Client) -> Said:
        """Let somebody say something."""
        return client.ask("say", room="tea", text="x")


class BoundTests(SettingsCase):
    """All of it is held in memory, and bounded."""

    def test_bans_mutes_and_roles(self) -> None:
        """There are only so many in a room."""
        self.patch(limits, "BANS_PER_ROOM", 1)
        self.patch(limits, "ROLES_PER_ROOM", 2)
        self.does(self.mo, "mute", self.ann)
        self.assert_refused("too_many", self.does(self.mo, "mute", self.bo))
        self.assertEqual("ack", self.does(self.mo, "mute", self.ann, seconds=60)["type"])
        self.does(self.mo, "ban", self.ann, seconds=60)
        self.assert_refused("too_many", self.does(self.mo, "ban", self.bo))
        self.does(self.olga, "role", self.ann, role="moderator")
        self.assert_refused("too_many", self.does(self.olga, "role", self.bo, role="moderator"))
        self.does(self.olga, "role", self.ann, role="member")
        self.assertEqual("ack", self.does(self.olga, "role", self.bo, role="moderator")["type"])

    def test_what_has_ended_makes_room(self) -> None:
        """A day later, should the clock be wrong."""
        self.patch(limits, "BANS_PER_ROOM", 1)
        for act in ("mute", "ban"):
            self.does(self.mo, act, self.ann, seconds=60)
        self.clock.advance(60 + 86_399)
        for act in ("mute", "ban"):
            self.assert_refused("too_many", self.does(self.mo, act, self.bo))
        self.clock.advance(1)

        for act in ("mute", "ban"):
            self.assertEqual("ack", self.does(self.mo, act, self.bo)["type"])

    def test_addresses(self) -> None:
        """Of a person with many connections so many addresses count."""
        self.patch(limits, "ADDRESSES_PER_BAN", 2)
        for number in range(4):
            self.again(self.ann).tape.address = f"192.0.2.{number}"

        self.does(self.mo, "ban", self.ann)

        ban = self.chat.order.bans.of("tea", id_of(self.ann), self.milliseconds())
        assert ban is not None
        self.assertEqual(2, len(ban.addresses))
        self.assertEqual({order._DIGEST_BYTES}, {len(digest) for digest in ban.addresses})


class CaughtTests(SynchronousTestCase):
    """Whom a ban catches, whatever roles and bans there are."""

    @given(
        st.lists(st.tuples(PEOPLE, SCOPES, ROLES), min_size=1),
        st.lists(st.tuples(SCOPES, PEOPLE, ADDRESSES), min_size=1),
        PEOPLE,
        ADDRESSES,
    )
    def test_never_a_moderator_by_an_address(
        self,
        roles: list[tuple[str, str, Any]],
        bans: list[tuple[str, str, str]],
        name: str,
        address: str,
    ) -> None:
        """A moderator is kept out by a ban of their own alone; nobody by no address."""
        order = Order(MemoryPeople(), lambda: 0)
        for role in roles:
            order.roles.give(*role)
        for scope, banned, at in bans:
            order.bans.put(scope, banned, Ban(None, order.addresses_of([at])))
        person, room = Person(name, name), Room("tea", "tea", order.roles)

        for scope, check in (
            ("", lambda: order.check_entry(name, address)),
            ("tea", lambda: order.check_join(person, address, room, UNSET)),
        ):
            try:
                check()
            except Banned:
                is_meant = order.bans.of(scope, name, 0) is not None
                is_caught = bool(address) and order.roles.role(name, scope) == "member"
                self.assertTrue(is_meant or is_caught)


class RestartTests(SettingsCase):
    """With a database: everything holds when the server was away."""

    def make_store(self) -> Any:  # noqa: ANN401 - another kind of store
        """See `ChatTestCase`."""
        self.folder = Path(self.mktemp())
        return self.open()

    def open(self) -> SqlStore:
        """The database, opened by a server."""
        url = f"sqlite:///{self.folder}/chatroom.sqlite"
        return SqlStore(SameThread(), url, now=self.milliseconds, threads=NoThreads)

    def begin_anew(self) -> None:
        """Stop the server and start another one; everybody has to come again."""
        self.successResultOf(Deferred.fromCoroutine(self.chat.stop()))
        store = self.open()
        self.chat = Chat(self.clock, store, now=self.milliseconds)
        self.successResultOf(Deferred.fromCoroutine(self.chat.start()))

    def test_everything_still_holds(self) -> None:
        """Bans, by person and by address, mutes, roles, settings, the moderation log."""
        self.ann.tape.address = "192.0.2.1"
        self.does(self.olga, "ban", self.ann, room=None)
        cleo, dora = self.enter("Cleo", "tea"), self.enter("Dora", "tea")
        cleo.tape.address = "192.0.2.2"
        self.does(self.mo, "ban", cleo, seconds=3600)
        self.does(self.mo, "mute", self.bo, seconds=3600)
        self.does(self.mo, "kick", dora)
        self.set(self.mo, topic="Darjeeling", slow=5, locked=True, read_only=True, key="assam")
        before = self.mo.ask("modlog", room="tea")["acts"]

        self.begin_anew()

        self.assert_refused("banned", self.at("192.0.2.9", client=self.ann))
        self.assert_refused("banned", self.at("192.0.2.1", "Newcomer"))
        self.at("192.0.2.2", "Newcomer")
        self.assert_refused("banned", self.newcomer.ask("join", room="tea"))
        mo, bo = self.again(self.mo), self.again(self.bo)
        joined = mo.ask("join", room="tea")
        self.assertEqual({"role": "moderator"}, joined["you"])
        self.assertEqual(
            {"topic": "Darjeeling", "slow": 5, "locked": True, "read_only": True, "key": True},
            joined["settings"],
        )
        self.assertTrue(bo.ask("join", room="tea")["you"]["muted"])
        self.assert_refused("muted", bo.ask("say", room="tea", text="x"))
        self.assertNotIn("tea", self.again(dora).of("welcome")[0]["rooms"])
        self.assert_refused("locked", self.again(dora).ask("join", room="tea"))
        self.assertEqual("owner", self.again(self.olga).of("welcome")[0]["role"])
        self.assertEqual(before, mo.ask("modlog", room="tea")["acts"])
        mo.ask("set", id="another", room="tea", values={"locked": False})
        self.at("192.0.2.3", "Emil")
        self.assert_refused("bad_key", self.newcomer.ask("join", room="tea"))
        self.assertEqual("joined", self.newcomer.ask("join", room="tea", key="assam")["type"])
        self.assert_refused("read_only", self.newcomer.ask("say", room="tea", text="x"))

    def test_neither_keys_nor_addresses_are_kept(self) -> None:
        """Only digests of them are in the files, by which they are known again."""
        self.ann.tape.address = "192.0.2.177"
        self.does(self.mo, "ban", self.ann)
        self.set(self.mo, key="assam", topic="Darjeeling")
        self.begin_anew()

        kept = b"".join(file.read_bytes() for file in self.folder.iterdir())

        self.assertIn(b"Darjeeling", kept)
        for secret in (b"assam", b"192.0.2.177"):
            self.assertNotIn(secret, kept)

    def test_what_ended_meanwhile(self) -> None:
        """A ban that ended while the server was away is over; one taken back, too."""
        self.does(self.mo, "ban", self.ann, seconds=60)
        self.does(self.mo, "ban", self.bo)
        self.does(self.mo, "unban", self.bo)
        self.does(self.mo, "mute", self.olga, seconds=60)
        self.clock.advance(60)

        self.begin_anew()

        for client in (self.ann, self.bo):
            self.assertEqual("joined", self.again(client).ask("join", room="tea")["type"])

    def test_entries_are_replayed(self) -> None:
        """Acts and settings come again as they were, to who comes back."""
        self.does(self.mo, "kick", self.ann, reason="too loud")
        self.does(self.mo, "purge", self.bo, minutes=3)
        self.set(self.mo, slow=7, key="assam")
        heard = self.bo.of("acted", "set")

        self.begin_anew()
        bo = self.again(self.bo)
        bo.ask("join", room="tea", since=heard[0]["seq"] - 1, epoch=self.chat.history.epoch)

        self.assertEqual(3, len(heard))
        self.assertEqual(heard, bo.of("acted", "set"))

    def test_known_by_their_ids(self) -> None:
        """An act that was answered before is so again, of the whole server, too."""
        acks = [
            self.does(self.mo, "kick", self.ann, id="k"),
            self.does(self.olga, "ban", self.bo, room=None, id="b"),
        ]

        self.begin_anew()

        again = [
            self.does(self.again(self.mo), "kick", self.ann, id="k"),
            self.does(self.again(self.olga), "ban", self.bo, room=None, id="b"),
        ]
        self.assertEqual([{**ack, "duplicate": True} for ack in acks], again)
