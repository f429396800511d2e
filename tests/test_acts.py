"""
What moderators do to people, as everybody sees it.
"""

from __future__ import annotations

from chatroom import limits
from tests.moderated import ModeratedCase, id_of


class KickTests(ModeratedCase):
    """Sending somebody out."""

    def test_everybody_hears_it(self) -> None:
        """It is an entry; who is sent out hears it, then that they are out, and no more."""
        ack = self.does(self.mo, "kick", self.ann, reason="too loud")

        self.assertEqual(("ack", "tea"), (ack["type"], ack["room"]))
        (acted,) = self.bo.of("acted")
        self.assertEqual(
            {
                "type": "acted",
                "room": "tea",
                "seq": ack["seq"],
                "time": self.milliseconds(),
                "person": id_of(self.mo),
                "name": "Mo",
                "act": "kick",
                "target": id_of(self.ann),
                "target_name": "Ann",
                "reason": "too loud",
            },
            acted,
        )
        self.assertEqual([acted], self.ann.of("acted"))
        self.assertEqual(
            [{"type": "left", "room": "tea", "reason": "too loud"}], self.ann.of("left")
        )
        self.assertLess(self.ann.heard.index(acted), self.ann.heard.index(self.ann.of("left")[0]))
        with self.quiet(self.ann):
            self.bo.ask("say", room="tea", text="peace")
        self.assert_refused("not_joined", self.ann.ask("say", room="tea", text="x"))

    def test_presence_and_membership_end(self) -> None:
        """At once, on all connections, and the token does not bring the room back."""
        other = self.again(self.ann, "tea")

        self.does(self.mo, "kick", self.ann)
        self.pass_seconds(1)

        members = self.bo.ask("who", room="tea")["members"]
        self.assertNotIn("Ann", [member["name"] for member in members])
        self.assertEqual(["Ann"], [who["name"] for who in self.bo.of("presence")[-1]["left"]])
        self.assertEqual([{"type": "left", "room": "tea"}], other.of("left"))
        self.assertEqual([], self.again(self.ann).of("welcome")[0]["rooms"])

    def test_who_is_kicked_may_come_back(self) -> None:
        """Unless the room is locked."""
        self.does(self.mo, "kick", self.ann)
        self.assertEqual("joined", self.ann.ask("join", room="tea")["type"])

        self.mo.ask("set", room="tea", values={"locked": True})
        self.does(self.mo, "kick", self.ann)

        self.assert_refused("locked", self.ann.ask("join", room="tea"))

    def test_who_is_not_there(self) -> None:
        """Somebody who is no member is not sent out."""
        cleo = self.enter("Cleo")

        self.assertTrue(self.does(self.mo, "kick", cleo)["unchanged"])

    def test_repeated(self) -> None:
        """The same command again is the same act, though it could not be done any more."""
        first = self.does(self.mo, "kick", self.ann, id="k1")
        again = self.does(self.mo, "kick", self.ann, id="k1")

        self.assertEqual(first["seq"], again["seq"])
        self.assertTrue(again["duplicate"])
        self.assertEqual(1, len(self.bo.of("acted")))


class BanTests(ModeratedCase):
    """Keeping somebody out."""

    def test_of_a_room(self) -> None:
        """They are out, stay out, and are elsewhere as before."""
        self.assertEqual("ack", self.does(self.mo, "ban", self.ann)["type"])

        self.assertEqual("left", self.ann.heard[-1]["type"])
        refusal = self.ann.ask("join", room="tea")
        self.assert_refused("banned", refusal)
        self.assertNotIn("retry_after", refusal)
        self.assertEqual("joined", self.ann.ask("join", room="cake")["type"])

    def test_after_a_reload(self) -> None:
        """The token brings back who is banned, and not into the room."""
        self.does(self.mo, "ban", self.ann)

        again = self.again(self.ann)

        self.assert_refused("banned", again.ask("join", room="tea"))

    def test_for_a_while(self) -> None:
        """It ends, and tells when; the entry does, too."""
        self.does(self.mo, "ban", self.ann, seconds=90)
        self.assertEqual(self.milliseconds() + 90_000, self.bo.of("acted")[0]["until"])
        self.clock.advance(29.5)

        self.assertEqual(61, self.ann.ask("join", room="tea")["retry_after"])
        self.clock.advance(60.5)
        self.assertEqual("joined", self.ann.ask("join", room="tea")["type"])

    def test_a_new_name_from_the_same_address(self) -> None:
        """A new person from where the banned one was is kept out as well."""
        self.ann.tape.address = "192.0.2.1"
        self.does(self.mo, "ban", self.ann)

        self.assertEqual("welcome", self.at("192.0.2.1", "Anne")["type"])
        self.assert_refused("banned", self.newcomer.ask("join", room="tea"))
        self.assertEqual("welcome", self.at("192.0.2.2", "Annette")["type"])
        self.assertEqual("joined", self.newcomer.ask("join", room="tea")["type"])

    def test_a_new_name_after_a_new_address(self) -> None:
        """All addresses count that somebody has when they are banned."""
        self.ann.tape.address = "192.0.2.1"
        self.again(self.ann).tape.address = "192.0.2.2"

        self.does(self.mo, "ban", self.ann)

        for number in (1, 2):
            self.at(f"192.0.2.{number}", f"Guest {number}")
            self.assert_refused("banned", self.newcomer.ask("join", room="tea"))

    def test_the_address_spared(self) -> None:
        """With `address` false it is the person alone; so it is where no address counts."""
        self.ann.tape.address, self.bo.tape.address = "192.0.2.1", ""
        self.does(self.mo, "ban", self.ann, address=False)
        self.does(self.mo, "ban", self.bo)

        self.at("192.0.2.1", "Anne")
        self.assertEqual("joined", self.newcomer.ask("join", room="tea")["type"])
        self.at("", "Boris")
        self.assertEqual("joined", self.newcomer.ask("join", room="tea")["type"])

    def test_moderators_are_not_caught(self) -> None:
        """Who moderates comes in from a banned address, and so does the owner."""
        self.ann.tape.address = "192.0.2.1"
        self.does(self.mo, "ban", self.ann)
        self.does(self.olga, "ban", self.bo, room=None)

        for one in (self.mo, self.olga):
            self.assertEqual("welcome", self.at("192.0.2.1", client=one)["type"])
            self.assertEqual("joined", self.newcomer.ask("join", room="tea")["type"])

    def test_unban(self) -> None:
        """They may come back, and so may others from there; who is not banned is not unbanned."""
        self.ann.tape.address = "192.0.2.1"
        self.does(self.mo, "ban", self.ann)

        self.assertEqual("ack", self.does(self.mo, "unban", self.ann)["type"])

        self.assertEqual("joined", self.ann.ask("join", room="tea")["type"])
        self.at("192.0.2.1", "Anne")
        self.assertEqual("joined", self.newcomer.ask("join", room="tea")["type"])
        self.assertTrue(self.does(self.mo, "unban", self.ann)["unchanged"])
        self.assertEqual(["ban", "unban"], [acted["act"] for acted in self.bo.of("acted")])

    def test_banned_twice(self) -> None:
        """The same ban again changes nothing; a longer one does, and keeps the addresses."""
        self.ann.tape.address = "192.0.2.1"
        self.does(self.mo, "ban", self.ann, seconds=60)
        self.ann.leaves_the_net()

        self.does(self.mo, "ban", self.ann)

        self.assertTrue(self.does(self.mo, "ban", self.ann)["unchanged"])
        self.clock.advance(61)
        self.at("192.0.2.1", "Anne")
        self.assert_refused("banned", self.newcomer.ask("join", room="tea"))

    def test_who_has_left_the_net(self) -> None:
        """Who is gone for a week can be banned all the same."""
        ann = self.ann
        ann.leaves_the_net()
        self.clock.advance(7 * 86_400)

        self.assertEqual("ack", self.does(self.mo, "ban", ann)["type"])

        self.assertEqual("welcome", self.at("", client=ann)["type"])
        self.assert_refused("banned", self.newcomer.ask("join", room="tea"))

    def test_a_clock_that_jumps(self) -> None:
        """A clock of the wall that is set forward and back lets nobody in for good."""
        self.does(self.mo, "ban", self.ann, seconds=600)
        jumped = self.milliseconds() + 3_600_000
        self.patch(self.chat.order, "_now", lambda: jumped)
        self.assertEqual("joined", self.ann.ask("join", room="tea")["type"])
        self.patch(self.chat.order, "_now", self.milliseconds)
        self.ann.ask("leave", room="tea")

        self.assert_refused("banned", self.ann.ask("join", room="tea"))


class ServerBanTests(ModeratedCase):
    """Keeping somebody out of everything."""

    def test_closed(self) -> None:
        """All their connections are closed, and it is an entry where they were present."""
        other = self.again(self.ann, "cake")

        ack = self.does(self.olga, "ban", self.ann, room=None, reason="spam", seconds=60)
        self.pass_seconds(1)

        self.assertEqual({"type", "id", "time"}, set(ack))
        for client in (self.ann, other):
            closing = client.heard[-1]
            self.assertEqual(("closing", 1008), (closing["type"], closing["code"]))
            self.assertIn("spam", closing["reason"])
            self.assertEqual(limits.CLOSE_POLICY, client.tape.code)
            client.leaves_the_net()
        self.assertEqual(
            [("cake", "ban"), ("tea", "ban")],
            sorted((acted["room"], acted["act"]) for acted in self.olga.of("acted")),
        )
        members = self.bo.ask("who", room="tea")["members"]
        self.assertNotIn("Ann", [member["name"] for member in members])

    def test_hello(self) -> None:
        """Neither the token, nor a name or a key from there, opens; it ends when it ends."""
        self.ann.tape.address = "192.0.2.1"
        self.does(self.olga, "ban", self.ann, room=None, seconds=60)
        self.ann.leaves_the_net()

        refusal = self.at("192.0.2.9", client=self.ann)
        self.assert_refused("banned", refusal)
        self.assertEqual(60, refusal["retry_after"])
        self.assert_refused("banned", self.at("192.0.2.1", "Anne"))
        self.assert_refused("banned", self.newcomer.ask("hello", name="Anne", key="k" * 16))
        self.clock.advance(60)
        self.assertEqual("welcome", self.at("192.0.2.1", "Anne")["type"])
        self.assertEqual(["tea"], self.at("192.0.2.9", client=self.ann)["rooms"])

    def test_a_refused_name_is_not_held(self) -> None:
        """Who is kept out holds their name no longer than for an hour."""
        self.does(self.olga, "ban", self.ann, room=None)
        self.ann.leaves_the_net()
        self.clock.advance(3600)
        self.assert_refused("banned", self.at("", client=self.ann))
        self.clock.advance(3600)

        self.assertEqual("welcome", self.at("", "Ann")["type"])

    def test_repeated(self) -> None:
        """By its id it is known again; it says so without a number."""
        first = self.does(self.olga, "ban", self.ann, room=None, id="b")
        again = self.does(self.olga, "ban", self.bo, room=None, id="b")

        self.assertEqual({**first, "duplicate": True}, again)
        self.assertEqual("pong", self.bo.ask("ping")["type"])


class MuteTests(ModeratedCase):
    """Letting somebody read only."""

    def test_muted(self) -> None:
        """They do not speak, edit, react or set; they read, and take back what they said."""
        seq = self.ann.ask("say", room="tea", text="x")["seq"]

        self.does(self.mo, "mute", self.ann, seconds=60, reason="hush")

        self.assertEqual(self.milliseconds() + 60_000, self.ann.of("acted")[0]["until"])
        for command in (
            {"type": "say", "text": "y"},
            {"type": "edit", "target": seq, "text": "y"},
            {"type": "react", "target": seq, "emoji": "🎉", "on": True},
            {"type": "set", "values": {"topic": "y"}},
        ):
            refusal = self.ann.ask(room="tea", **command)
            self.assert_refused("muted", refusal)
            self.assertEqual(60, refusal["retry_after"])
        self.assertEqual("ack", self.ann.ask("delete", room="tea", target=seq)["type"])
        self.assertEqual("history", self.ann.ask("history", room="tea")["type"])

    def test_it_ends(self) -> None:
        """When its time is over, or when it is taken back."""
        self.does(self.mo, "mute", self.ann, seconds=60)
        self.does(self.mo, "mute", self.bo)
        self.assertNotIn("retry_after", self.bo.ask("say", room="tea", text="x"))
        self.clock.advance(60)
        self.assertEqual("ack", self.ann.ask("say", room="tea", text="x")["type"])

        self.does(self.mo, "unmute", self.bo)

        self.assertEqual("ack", self.bo.ask("say", room="tea", text="x")["type"])
        self.assertTrue(self.does(self.mo, "unmute", self.bo)["unchanged"])
        self.assertTrue(self.does(self.mo, "unmute", self.ann)["unchanged"])

    def test_told_on_joining(self) -> None:
        """`you` says until when, or true for good; no more once it is over."""
        until = self.milliseconds() + 60_000
        self.does(self.mo, "mute", self.ann, seconds=60)
        self.does(self.mo, "mute", self.bo)

        joined = [client.ask("join", room="tea") for client in (self.ann, self.bo, self.mo)]
        self.clock.advance(60)

        self.assertEqual(
            [
                {"role": "member", "muted": until},
                {"role": "member", "muted": True},
                {"role": "moderator"},
            ],
            [reply["you"] for reply in joined],
        )
        self.assertEqual({"role": "member"}, self.ann.ask("join", room="tea")["you"])

    def test_said_before(self) -> None:
        """What was accepted before is a duplicate, not a refusal."""
        first = self.ann.ask("say", room="tea", text="x", id="m1")
        self.does(self.mo, "mute", self.ann)

        again = self.ann.ask("say", room="tea", text="x", id="m1")

        self.assertEqual((first["seq"], True), (again["seq"], again["duplicate"]))

    def test_muted_twice(self) -> None:
        """For good, again for good, changes nothing; for another time it does."""
        self.does(self.mo, "mute", self.ann)
        self.assertTrue(self.does(self.mo, "mute", self.ann)["unchanged"])

        self.does(self.mo, "mute", self.ann, seconds=5)

        self.clock.advance(5)
        self.assertEqual("ack", self.ann.ask("say", room="tea", text="x")["type"])


class RoleTests(ModeratedCase):
    """Making somebody more than a member."""

    def test_given_and_taken(self) -> None:
        """It shows where people are listed, and is an entry; so is its end."""
        self.does(self.olga, "role", self.ann, role="moderator")

        self.assertEqual("moderator", self.bo.of("acted")[-1]["role"])
        self.assertEqual("moderator", self.ann.ask("join", room="tea")["you"]["role"])
        for listed in (self.bo.ask("join", room="tea"), self.bo.ask("who", room="tea")):
            self.assertEqual(
                {"Ann": "moderator", "Bo": None, "Mo": "moderator", "Olga": "owner"},
                {member["name"]: member.get("role") for member in listed["members"]},
            )
        self.assertEqual("ack", self.does(self.ann, "kick", self.bo)["type"])
        self.does(self.olga, "role", self.ann, role="member")
        self.assertEqual("member", self.ann.of("acted")[-1]["role"])
        self.assert_refused("forbidden", self.does(self.ann, "kick", self.bo))
        self.assertTrue(self.does(self.olga, "role", self.ann, role="member")["unchanged"])

    def test_who_comes(self) -> None:
        """Who arrives with a role is told of with it."""
        self.mo.leaves_the_net()
        self.pass_seconds(12)
        self.again(self.mo, "tea")
        self.pass_seconds(1)

        (mo,) = self.bo.of("presence")[-1]["joined"]
        self.assertEqual(("Mo", "moderator"), (mo["name"], mo["role"]))

    def test_of_the_server(self) -> None:
        """It counts in every room, is told where they are, and on the next welcome."""
        self.does(self.olga, "role", self.ann, room=None, role="moderator")

        self.assertEqual(("tea", "moderator"), _role(self.ann.of("acted")[-1]))
        self.assertEqual("moderator", self.again(self.ann).of("welcome")[0]["role"])
        self.assertEqual("moderator", self.ann.ask("join", room="new-room")["you"]["role"])
        self.assertNotIn("role", self.bo.of("welcome")[0])

    def test_the_higher_counts(self) -> None:
        """Who is less in a room than on the server is what they are on the server."""
        self.does(self.olga, "role", self.mo, role="owner")
        self.does(self.olga, "role", self.mo, room=None, role="moderator")
        self.assertEqual(("tea", "owner"), _role(self.mo.of("acted")[-1]))

        self.does(self.olga, "role", self.mo, role="member")

        self.assertEqual(("tea", "moderator"), _role(self.mo.of("acted")[-1]))

    def test_stepping_down(self) -> None:
        """Everybody may give up their own role."""
        self.assertEqual("ack", self.does(self.mo, "role", self.mo, role="member")["type"])
        self.assert_refused("forbidden", self.does(self.mo, "kick", self.ann))


class PurgeTests(ModeratedCase):
    """Deleting what somebody said lately."""

    def test_purged(self) -> None:
        """Of one person, from a time on: as if each had been deleted."""
        self.ann.ask("say", room="tea", text="old kettle")
        self.clock.advance(120)
        self.ann.ask("say", room="tea", text="new kettle")
        self.bo.ask("say", room="tea", text="my kettle", reply_to=self.ann.of("ack")[-1]["seq"])

        ack = self.does(self.mo, "purge", self.ann, minutes=1, reason="spam")

        acted = self.bo.of("acted")[-1]
        self.assertEqual(self.milliseconds() - 60_000, acted["since"])
        page = self.bo.ask("history", room="tea")
        self.assertEqual(["old kettle", None, "my kettle"], [m.get("text") for m in page["events"]])
        self.assertNotIn("text", page["events"][2]["quote"])
        found = self.bo.ask("search", room="tea", text="kettle")["events"]
        self.assertEqual(["my kettle", "old kettle"], [m["text"] for m in found])
        replay = self.again(self.bo)
        replay.ask("join", room="tea", since=0, epoch=self.history.epoch)
        told = [(m["seq"], m.get("text")) for m in replay.of("message")]
        self.assertNotIn("new kettle", [text for _, text in told])
        self.assertEqual(ack["seq"], replay.of("acted")[-1]["seq"])

    def test_what_comes_after(self) -> None:
        """A purge is of what was, not of what is said then; one of nothing is an entry, too."""
        self.does(self.mo, "purge", self.ann, minutes=5)
        self.ann.ask("say", room="tea", text="sorry")

        page = self.bo.ask("history", room="tea")

        self.assertEqual(["sorry"], [m["text"] for m in page["events"]])

    def test_ones_own(self) -> None:
        """A moderator may purge their own; a member may not."""
        self.mo.ask("say", room="tea", text="x")
        self.ann.ask("say", room="tea", text="y")

        self.assertEqual("ack", self.does(self.mo, "purge", self.mo, minutes=1)["type"])
        self.assert_refused("forbidden", self.does(self.ann, "purge", self.ann, minutes=1))


class DeleteTests(ModeratedCase):
    """A moderator takes back what others said."""

    def test_of_a_member(self) -> None:
        """It is deleted, by the moderator; it is in the moderation log."""
        seq = self.ann.ask("say", room="tea", text="x")["seq"]

        self.mo.ask("delete", room="tea", target=seq)

        deleted = self.bo.of("deleted")[-1]
        self.assertEqual((seq, "Mo"), (deleted["target"], deleted["name"]))
        deed = self.mo.ask("modlog", room="tea")["acts"][0]
        self.assertEqual(
            ("delete", "Ann", seq), (deed["act"], deed["target_name"], deed["message"])
        )

    def test_of_who_is_not_below(self) -> None:
        """Nor a member's by a member, nor an owner's by a moderator; one's own always."""
        by_olga = self.olga.ask("say", room="tea", text="x")["seq"]
        by_mo = self.mo.ask("say", room="tea", text="y")["seq"]

        self.assert_refused("not_yours", self.mo.ask("delete", room="tea", target=by_olga))
        self.assert_refused("not_yours", self.ann.ask("delete", room="tea", target=by_mo))
        self.assertEqual("ack", self.mo.ask("delete", room="tea", target=by_mo)["type"])
        # What one takes back oneself is no act.
        self.assertEqual([], [d for d in self.acts() if d["act"] == "delete"])

    def acts(self) -> list[dict[str, object]]:
        """The moderation log of the room."""
        acts: list[dict[str, object]] = self.mo.ask("modlog", room="tea")["acts"]
        return acts


class RefusalTests(ModeratedCase):
    """What is not done."""

    def test_nobody(self) -> None:
        """An id of nobody is told."""
        reply = self.mo.ask("kick", room="tea", target="nobody")

        self.assert_refused("no_such_person", reply)

    def test_the_host(self) -> None:
        """Nobody acts on the program that hosts the room."""
        said = self.done(self.chat.say("tea", "hello", name="kettle"))

        reply = self.olga.ask("ban", target=said.person)

        self.assert_refused("forbidden", reply)

    def test_oneself(self) -> None:
        """Nobody sends themselves out."""
        for one in (self.mo, self.olga):
            self.assert_refused("forbidden", self.does(one, "kick", one))

    def test_reasons(self) -> None:
        """One line, of so many characters."""
        self.assert_refused("too_long", self.does(self.mo, "kick", self.ann, reason="x" * 251))
        self.assert_refused("bad_text", self.does(self.mo, "kick", self.ann, reason="a\nb"))
        self.assertEqual("ack", self.does(self.mo, "kick", self.ann, reason="")["type"])
        self.assertNotIn("reason", self.bo.of("acted")[0])

    def test_elsewhere(self) -> None:
        """A moderator of one room is a member of another; the server is not theirs."""
        self.mo.ask("join", room="cake")
        self.ann.ask("join", room="cake")

        for room in ("cake", None):
            self.assert_refused("forbidden", self.does(self.mo, "ban", self.ann, room=room))
        self.assert_refused("not_joined", self.does(self.bo, "kick", self.ann, room="cake"))

    def test_the_servers_moderator_and_a_rooms_owner(self) -> None:
        """An act on the whole server is one in each room: it is not done upwards in any."""
        self.give(self.bo, "moderator")
        self.give(self.ann, "owner", "cake")

        self.assert_refused("forbidden", self.does(self.bo, "ban", self.ann, room=None))
        self.assertEqual("ack", self.does(self.bo, "ban", self.ann)["type"])


def _role(acted: dict[str, object]) -> tuple[object, object]:
    return acted["room"], acted["role"]
