"""
The protocol, as a client sees it: people, rooms, messages.
"""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred

from chatroom import limits
from tests.people import EPOCH_MS, ChatTestCase, Client


class HelloTests(ChatTestCase):
    """Coming in."""

    def test_welcome(self) -> None:
        """A name is all it takes; the welcome says what can be done here."""
        welcome = self.connect().ask("hello", name="  Ann ")

        self.assertEqual("Ann", welcome["name"])
        self.assertEqual([], welcome["rooms"])
        self.assertEqual(1, welcome["protocol"])
        self.assertEqual(["edit", "delete", "react", "search", "moderation"], welcome["features"])
        self.assertEqual(EPOCH_MS, welcome["time"])
        self.assertEqual(
            {
                "text_chars": 4000,
                "name_chars": 32,
                "topic_chars": 250,
                "frame_bytes": 65536,
                "rooms_per_person": 50,
                "rate": 0,
                "burst": 0,
            },
            welcome["limits"],
        )
        self.assertTrue(welcome["person"])
        self.assertGreaterEqual(len(welcome["token"]), 32)

    def test_names_are_checked(self) -> None:
        """What is no name is refused, and the connection stays usable."""
        client = self.connect()

        self.assert_refused("bad_name", client.ask("hello", name=" "))
        self.assert_refused("too_long", client.ask("hello", name="a" * 33))
        self.assert_refused("bad_command", client.ask("hello"))
        self.assertEqual("welcome", client.ask("hello", name="Ann")["type"])

    def test_a_name_is_one_persons(self) -> None:
        """A held name, or one that looks like it, is taken; another is offered."""
        self.enter("Ann")
        client = self.connect()

        for name in ("Ann", "ann", "Аnn"):
            refusal = client.ask("hello", name=name)
            self.assert_refused("name_taken", refusal)
        self.assertEqual("welcome", client.ask("hello", name=refusal["suggest"])["type"])

    def test_a_name_is_held_for_an_hour(self) -> None:
        """A name is free an hour after its last connection closed, not before."""
        ann = self.enter("Ann")
        second = self.again(ann)
        ann.leaves_the_net()
        self.clock.advance(3600)
        second.leaves_the_net()
        self.clock.advance(3599)

        self.assert_refused("name_taken", self.connect().ask("hello", name="Ann"))
        self.clock.advance(1)
        self.assertEqual("welcome", self.connect().ask("hello", name="Ann")["type"])

    def test_return_by_token(self) -> None:
        """The token brings back person, name and rooms, and is the same again."""
        ann = self.enter("Ann", "tea")
        welcome = ann.of("welcome")[0]
        ann.leaves_the_net()

        again = self.connect().ask("hello", token=welcome["token"])

        self.assertEqual(["tea"], again["rooms"])
        for field in ("person", "name", "token"):
            self.assertEqual(welcome[field], again[field])

    def test_return_after_an_hour(self) -> None:
        """Who finds their name taken on return keeps person and rooms under another."""
        ann = self.enter("Ann", "tea")
        welcome = ann.of("welcome")[0]
        ann.leaves_the_net()
        self.clock.advance(3600)
        self.enter("Ann")
        client = self.connect()

        refusal = client.ask("hello", token=welcome["token"])
        self.assert_refused("name_taken", refusal)
        again = client.ask("hello", token=welcome["token"], name=refusal["suggest"])

        self.assertEqual(welcome["person"], again["person"])
        self.assertEqual(refusal["suggest"], again["name"])
        self.assertEqual(["tea"], again["rooms"])

    def test_return_under_another_name(self) -> None:
        """A name beside the token renames, and everybody learns of it."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        self.pass_seconds(1)

        other = self.connect()
        other.ask("hello", token=ann.of("welcome")[0]["token"], name="Anna")
        self.pass_seconds(1)

        self.assertEqual([{"type": "renamed", "name": "Anna"}], ann.of("renamed"))
        self.assertEqual([], other.of("renamed"))
        self.assertEqual("Anna", bob.of("presence")[-1]["renamed"][0]["name"])
        ann.ask("leave", room="tea")
        self.assertEqual(["Bob"], [who["name"] for who in bob.ask("who", room="tea")["members"]])

    def test_return_under_a_name_that_is_taken(self) -> None:
        """Who cannot have the name stays outside, and keeps the one they had."""
        ann = self.enter("Ann", "tea")
        self.enter("Bob")

        refusal = self.connect().ask("hello", token=ann.of("welcome")[0]["token"], name="bob")

        self.assert_refused("name_taken", refusal)
        self.assertEqual("Ann", ann.ask("who", room="tea")["members"][0]["name"])

    def test_unknown_token(self) -> None:
        """A token of nobody is refused, and a hello without it is welcome."""
        client = self.connect()

        self.assert_refused("bad_token", client.ask("hello", token="x", name="Ann"))
        self.assertEqual("welcome", client.ask("hello", name="Ann")["type"])

    def test_lost_welcome(self) -> None:
        """The same key is the same person, with the same token."""
        first = self.connect().ask("hello", name="Ann", key="k" * 16)
        second = self.connect().ask("hello", name="Ann", key="k" * 16)
        third = self.connect().ask("hello", name="Bob", key="l" * 16)

        self.assertEqual((first["person"], first["token"]), (second["person"], second["token"]))
        self.assertNotEqual(first["person"], third["person"])

    def test_once(self) -> None:
        """Hello is said once on a connection."""
        self.assert_refused("bad_command", self.enter("Ann").ask("hello", name="Ann"))

    def test_hello_comes_first(self) -> None:
        """Before hello there is only ping."""
        client = self.connect()

        self.assert_refused("not_welcome", client.ask("join", room="lobby"))
        self.assertEqual({"type": "pong", "id": "p", "time": EPOCH_MS}, client.ask("ping", id="p"))
        client.send({"type": "pong"})
        self.assertEqual(2, len(client.heard))

    def test_silence(self) -> None:
        """Who says no hello within a minute is sent away, with a word."""
        silent, ann = self.connect(), self.enter("Ann")

        self.clock.advance(60)

        self.assertEqual(1008, silent.tape.code)
        self.assertEqual("closing", silent.heard[-1]["type"])
        self.assertNotIn("retry_after", silent.heard[-1])
        self.assertIsNone(ann.tape.code)


class RenameTests(ChatTestCase):
    """Taking another name."""

    def test_everybody_learns_of_it(self) -> None:
        """The room hears it by presence, the person's other connections by news."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(ann)
        self.pass_seconds(1)

        self.assertEqual("Anna", ann.ask("rename", name="Anna")["name"])
        self.pass_seconds(1)

        self.assertEqual([{"type": "renamed", "name": "Anna"}], tablet.of("renamed"))
        person = ann.of("welcome")[0]["person"]
        self.assertEqual(
            [{"person": person, "name": "Anna", "was": "Ann"}], bob.of("presence")[-1]["renamed"]
        )
        self.assertEqual(
            ["Anna", "Bob"], [m["name"] for m in bob.ask("who", room="tea")["members"]]
        )

    def test_the_old_name_is_free(self) -> None:
        """After a rename somebody else may have the old name at once."""
        ann = self.enter("Ann")
        ann.ask("rename", name="Zoe")

        self.assertEqual("welcome", self.connect().ask("hello", name="Ann")["type"])
        self.assert_refused("name_taken", ann.ask("rename", name="ANN"))

    def test_within_ones_own_looks(self) -> None:
        """Nobody is in their own way."""
        self.assertEqual("ANN", self.enter("Ann").ask("rename", name="ANN")["name"])


class RoomTests(ChatTestCase):
    """Rooms: joining, leaving, listing."""

    rooms = ("garden",)

    def test_joined(self) -> None:
        """The reply to a join is the room as it stands."""
        self.enter("Bob", "tea").ask("say", room="tea", text="hello")
        ann = self.enter("Ann")

        joined = ann.ask("join", room="tea")

        (event,) = joined.pop("events")
        self.assertEqual(("message", "hello", 1), (event["type"], event["text"], event["seq"]))
        self.assertEqual(["Ann", "Bob"], [member["name"] for member in joined.pop("members")])
        self.assertEqual(self.history.epoch, joined.pop("epoch"))
        self.assertEqual(
            {
                "type": "joined",
                "id": joined["id"],
                "room": "tea",
                "kind": "room",
                "seq": 1,
                "settings": {"topic": ""},
                "recovered": False,
                "older": False,
                "mine": {},
                "count": 2,
                "read": 1,
                "unread": 0,
                "mentions": 0,
                "you": {"role": "member"},
            },
            joined,
        )

    def test_a_room_is_spelled_once(self) -> None:
        """A room has the spelling of its maker, whoever writes it how."""
        self.enter("Ann", "Tea")

        self.assertEqual("Tea", self.enter("Bob").ask("join", room="ＴＥＡ")["room"])

    def test_bad_rooms(self) -> None:
        """What is no room's name is refused."""
        ann = self.enter("Ann")

        for name in ("", "a b", "#tea", "-tea", "a\x00"):
            self.assert_refused("bad_room", ann.ask("join", room=name))
        self.assert_refused("too_long", ann.ask("join", room="a" * 65))

    def test_too_many_rooms(self) -> None:
        """A person is in fifty rooms, and no room is made for a fifty-first."""
        ann = self.enter("Ann", *(f"r{number}" for number in range(50)))

        self.assert_refused("too_many", ann.ask("join", room="r50"))
        self.assertEqual("joined", ann.ask("join", room="r49")["type"])
        self.assertEqual([], ann.ask("rooms", prefix="r50")["rooms"])

    def test_every_command_needs_the_room(self) -> None:
        """What is about a room needs it joined, on this connection."""
        ann = self.enter("Ann")
        self.again(ann, "tea")

        for type, fields in (
            ("leave", {}),
            ("edit", {"target": 1, "text": "x"}),
            ("delete", {"target": 1}),
            ("react", {"target": 1, "emoji": "🎉", "on": True}),
            ("search", {"text": "x"}),
            ("say", {"text": "x"}),
            ("set", {"values": {"topic": "x"}}),
            ("read", {"seq": 0}),
            ("history", {}),
            ("who", {}),
        ):
            self.assert_refused("not_joined", ann.ask(type, room="tea", **fields))

    def test_leave(self) -> None:
        """Leaving ends the membership, on all of the person's connections."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(ann, "tea")
        self.pass_seconds(1)

        self.assertEqual("left", ann.ask("leave", room="tea")["type"])
        self.pass_seconds(1)

        self.assertEqual([{"type": "left", "room": "tea"}], tablet.of("left"))
        self.assert_refused("not_joined", tablet.ask("say", room="tea", text="x"))
        self.assertEqual(["Ann"], [who["name"] for who in bob.of("presence")[-1]["left"]])
        self.assertEqual(1, bob.of("presence")[-1]["count"])
        with self.quiet(ann, tablet):
            bob.ask("say", room="tea", text="gone?")
        self.assertEqual([], self.again(ann).of("welcome")[0]["rooms"])

    def test_a_join_is_news_elsewhere(self) -> None:
        """Other connections learn of a new membership, not of a mere subscription."""
        ann = self.enter("Ann")
        tablet = self.again(ann)

        ann.ask("join", room="tea")
        tablet.ask("join", room="tea")

        self.assertEqual([{"type": "joined", "room": "tea"}], tablet.of("joined")[:1])
        self.assertEqual(1, len(ann.of("joined")))

    def test_an_empty_room_is_forgotten(self) -> None:
        """A room with no entry and nobody in it is gone; one that is kept stays."""
        ann = self.enter("Ann", "tea", "garden")
        ann.ask("leave", room="tea")
        ann.ask("leave", room="garden")
        self.pass_seconds(1.1)

        names = [room["room"] for room in ann.ask("rooms")["rooms"]]

        self.assertEqual(["garden", "lobby"], names)

    def test_no_page_is_kept_of_an_empty_room(self) -> None:
        """What its people were shown goes with the last of them."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.ask("say", room="tea", text="x")
        ann.ask("join", room="tea")
        stream = self.chat.rooms.existing("tea")
        assert stream is not None
        for client, is_kept in ((ann, True), (bob, False)):
            client.leaves_the_net()
            self.pass_seconds(12)
            self.assertEqual(is_kept, stream.newest is not None)

        self.assertEqual(1, len(self.enter("Cleo").ask("join", room="tea")["events"]))

    def test_the_list_of_rooms(self) -> None:
        """Rooms are listed by name, with topic, people and position, in pages."""
        ann = self.enter("Ann", "Tea", "cake")
        ann.ask("set", room="cake", values={"topic": "crumbs"})

        self.assertEqual(
            [
                {"room": "cake", "topic": "crumbs", "count": 1, "seq": 1},
                {"room": "garden", "topic": "", "count": 0, "seq": 0},
                {"room": "lobby", "topic": "", "count": 0, "seq": 0},
                {"room": "Tea", "topic": "", "count": 1, "seq": 0},
            ],
            ann.ask("rooms")["rooms"],
        )
        page = ann.ask("rooms", after="garden", limit=1)
        self.assertEqual((["lobby"], True), ([r["room"] for r in page["rooms"]], page["more"]))
        page = ann.ask("rooms", prefix="TE")
        self.assertEqual((["Tea"], False), ([r["room"] for r in page["rooms"]], page["more"]))

    def test_a_list_of_rooms_fits_a_frame(self) -> None:
        """Two hundred rooms with the longest of topics come in more than one reply."""
        for start in range(0, 200, 50):
            client = self.enter(f"p{start}")
            for number in range(start, start + 50):
                room = f"{number:03}" + "𝛀" * 61
                client.ask("join", room=room)
                client.ask("set", room=room, values={"topic": "𝛀" * 250})

        page = client.ask("rooms", limit=200)

        self.assertTrue(page["more"])
        self.assertLessEqual(client.tape.sizes[-1], 256 * 1024)


class MessageTests(ChatTestCase):
    """Saying something."""

    def test_everyone_hears_the_same(self) -> None:
        """A message reaches all members, its author too, and is acknowledged."""
        ann, bob, eve = self.enter("Ann", "tea"), self.enter("Bob", "tea"), self.enter("Eve")

        ack = ann.ask("say", room="tea", text="你好 🎉", id="m1")

        self.assertEqual(
            {"type": "ack", "id": "m1", "room": "tea", "seq": 1, "time": EPOCH_MS}, ack
        )
        (message,) = bob.of("message")
        self.assertEqual(
            {
                "type": "message",
                "room": "tea",
                "seq": 1,
                "time": EPOCH_MS,
                "person": ann.of("welcome")[0]["person"],
                "name": "Ann",
                "text": "你好 🎉",
                "id": "m1",
            },
            message,
        )
        self.assertEqual([message], ann.of("message"))
        self.assertEqual([], eve.of("message"))

    def test_texts_are_checked(self) -> None:
        """What cannot be said is refused, and the room goes on."""
        ann = self.enter("Ann", "tea")

        for text in ("", " \n\t", "\u200b", "a\x00", "a\x1b[31m", "a\r\nb"):
            self.assert_refused("bad_text", ann.ask("say", room="tea", text=text))
        self.assert_refused("too_long", ann.ask("say", room="tea", text="a" * 4001))
        self.assertEqual("ack", ann.ask("say", room="tea", text="𝛀" * 4000)["type"])
        self.assertEqual("ack", ann.ask("say", room="tea", text="  a\n\tb ")["type"])
        self.assertEqual("  a\n\tb ", ann.of("message")[-1]["text"])

    def test_what_is_the_servers(self) -> None:
        """Person, name, seq and time that a client sends are ignored."""
        ann = self.enter("Ann", "tea")

        ann.ask("say", room="tea", text="x", person="p", name="Eve", seq=9, time=1, mentions=["p"])

        (message,) = ann.of("message")
        self.assertEqual(("Ann", 1, EPOCH_MS), (message["name"], message["seq"], message["time"]))
        self.assertNotIn("mentions", message)

    def test_repeated(self) -> None:
        """The same id is stored once, from any of the person's connections."""
        ann = self.enter("Ann", "tea", "cake")
        tablet = self.again(ann, "tea")
        first = ann.ask("say", room="tea", text="x", id="m1")
        self.clock.advance(5)

        for client, command in (
            (ann, {"type": "say", "room": "tea", "text": "x"}),
            (tablet, {"type": "say", "room": "cake", "text": "other"}),
            (tablet, {"type": "say", "room": "nowhere", "text": "\x00"}),
            (ann, {"type": "set", "room": "tea", "values": {"topic": "x" * 999}}),
        ):
            again = client.ask(id="m1", **command)
            self.assertEqual({**first, "duplicate": True}, again)
        self.assertEqual(1, len(ann.of("message")))

    def test_ids_are_a_persons_own(self) -> None:
        """Two people may use the same id."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.ask("say", room="tea", text="x", id="m1")

        self.assertEqual(2, bob.ask("say", room="tea", text="y", id="m1")["seq"])

    def test_a_refused_id_is_not_kept(self) -> None:
        """An error refuses one attempt; the same id may succeed later."""
        ann = self.enter("Ann", "tea")
        self.assert_refused("bad_text", ann.ask("say", room="tea", text="", id="m1"))

        self.assertNotIn("duplicate", ann.ask("say", room="tea", text="x", id="m1"))

    def test_action_and_reply(self) -> None:
        """A message may be an action, and quote another."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        ann.ask("say", room="tea", text="x" * 200)

        bob.ask("say", room="tea", text="nods", kind="action", reply_to=1)

        message = ann.of("message")[-1]
        self.assertEqual(("action", 1), (message["kind"], message["reply_to"]))
        self.assertEqual(
            {"person": ann.of("welcome")[0]["person"], "name": "Ann", "text": "x" * 140},
            message["quote"],
        )

    def test_replies_to_nothing(self) -> None:
        """Only a message can be replied to."""
        ann = self.enter("Ann", "tea")
        ann.ask("set", room="tea", values={"topic": "x"})

        for seq in (0, 1, 2, 2**53 - 1):
            reply = ann.ask("say", room="tea", text="x", reply_to=seq)
            self.assert_refused("no_such_message", reply)

    def test_mentions(self) -> None:
        """Whom a text addresses is found by the server, and counted for them."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob B", "tea")
        bob_id = bob.of("welcome")[0]["person"]
        bob.leaves_the_net()

        ann.ask("say", room="tea", text="@bob b, are you there?")
        ann.ask("say", room="tea", text="nobody@bob b.example")

        self.assertEqual([bob_id], ann.of("message")[0]["mentions"])
        self.assertNotIn("mentions", ann.of("message")[1])
        joined = self.again(bob).ask("join", room="tea")
        self.assertEqual((0, 2, 1), (joined["read"], joined["unread"], joined["mentions"]))


class TopicTests(ChatTestCase):
    """The settings of a room."""

    def test_set(self) -> None:
        """A topic is an entry of the log, and stands in what is joined later."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")

        self.assertEqual(1, ann.ask("set", room="tea", values={"topic": "cake", "x": 1})["seq"])

        self.assertEqual({"topic": "cake"}, bob.of("set")[0]["values"])
        self.assertEqual({"topic": "cake"}, bob.ask("join", room="tea")["settings"])

    def test_unchanged(self) -> None:
        """What changes nothing is no entry."""
        ann = self.enter("Ann", "tea")

        for values in ({}, {"topic": ""}, {"unknown": True}):
            self.assertEqual(
                {"type": "ack", "id": "s", "room": "tea", "unchanged": True},
                ann.ask("set", room="tea", values=values, id="s"),
            )
        self.assertEqual(1, ann.ask("set", room="tea", values={"topic": "a"}, id="s")["seq"])

    def test_topics_are_checked(self) -> None:
        """A topic is one line of at most 250 characters."""
        ann = self.enter("Ann", "tea")

        for topic, code in (("a\nb", "bad_text"), ("  ", "bad_text"), ("a" * 251, "too_long")):
            self.assert_refused(code, ann.ask("set", room="tea", values={"topic": topic}))


class PresenceTests(ChatTestCase):
    """Who is here."""

    def test_at_most_once_a_second(self) -> None:
        """Comings and goings of a second come together."""
        ann = self.enter("Ann", "tea")
        self.pass_seconds(2)
        before = len(ann.of("presence"))

        for name in ("Bob", "Cleo", "Dan"):
            self.enter(name, "tea")
            self.pass_seconds(0.2)
        self.pass_seconds(2)

        told = ann.of("presence")[before:]
        self.assertEqual(
            [["Bob"], ["Cleo", "Dan"]], [[who["name"] for who in one["joined"]] for one in told]
        )

    def test_a_reload_is_no_leaving(self) -> None:
        """Who is back within ten seconds was never away."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        self.pass_seconds(1)

        bob.leaves_the_net()
        self.pass_seconds(9)
        with self.quiet(ann):
            self.again(bob, "tea")
            self.pass_seconds(12)
        self.assertEqual(2, ann.ask("who", room="tea")["count"])

    def test_gone(self) -> None:
        """Who is not back after ten seconds is dropped."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        self.pass_seconds(1)
        bob.leaves_the_net()

        self.pass_seconds(9)
        self.assertEqual(2, ann.ask("who", room="tea")["count"])
        self.pass_seconds(2)

        self.assertEqual(["Bob"], [who["name"] for who in ann.of("presence")[-1]["left"]])
        self.assertEqual(1, ann.ask("who", room="tea")["count"])

    def test_flapping(self) -> None:
        """The ten seconds count from the last time a connection closed."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        bob.leaves_the_net()
        self.pass_seconds(8)
        again = self.again(bob, "tea")
        again.leaves_the_net()
        self.pass_seconds(8)

        self.assertEqual(2, ann.ask("who", room="tea")["count"])

    def test_who_cancels_out_is_named(self) -> None:
        """Somebody who came and left within a second is among the left."""
        ann = self.enter("Ann", "tea")
        self.pass_seconds(0.5)

        self.enter("Bob", "tea").ask("leave", room="tea")
        self.pass_seconds(1)

        presence = ann.of("presence")[-1]
        self.assertEqual(["Bob"], [who["name"] for who in presence["left"]])
        self.assertEqual(1, presence["count"])

    def test_a_crowd_is_counted(self) -> None:
        """Past a hundred people there is only the count, and no typing."""
        ann = self.enter("Ann", "tea")
        crowd = [self.enter(f"p{number}", "tea") for number in range(100)]
        self.pass_seconds(2)
        with self.quiet(ann):
            crowd[0].send({"type": "typing", "room": "tea"})

        crowd[0].ask("leave", room="tea")
        crowd[1].ask("rename", name="zz")
        self.enter("Late", "tea")
        self.pass_seconds(2)

        self.assertEqual({"type": "presence", "room": "tea", "count": 101}, ann.of("presence")[-1])
        members = self.enter("zzz").ask("join", room="tea")["members"]
        self.assertEqual(100, len(members))
        self.assertEqual("zzz", members[-1]["name"])

    def test_the_larger_the_seldomer(self) -> None:
        """So that to tell a crowd costs no more the larger it is."""
        self.patch(limits, "PRESENCE_SENDS_PER_S", 1)
        ann = self.enter("Ann", "tea")
        crowd = [self.enter(f"p{number}", "tea") for number in range(4)]
        self.pass_seconds(5)
        before = len(ann.of("presence"))

        for client in crowd[:2]:
            client.ask("leave", room="tea")
            self.pass_seconds(2)

        self.assertEqual([4], [one["count"] for one in ann.of("presence")[before:]])
        self.pass_seconds(3)
        self.assertEqual(3, ann.of("presence")[-1]["count"])

    def test_typing(self) -> None:
        """The others hear that somebody writes; the person's own devices do not."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(ann, "tea")

        with self.quiet(ann, tablet):
            ann.send({"type": "typing", "id": "t", "room": "tea"})
            ann.send({"type": "typing", "id": "t", "room": "nowhere"})
            ann.send({"type": "typing", "id": "t"})

        person = ann.of("welcome")[0]["person"]
        self.assertEqual(
            [{"type": "typing", "room": "tea", "person": person, "name": "Ann"}], bob.of("typing")
        )

    def test_pages_of_people(self) -> None:
        """People are listed by name, by prefix, in pages."""
        ann = self.enter("ann", "tea")
        for name in ("Bob", "bo", "Cleo"):
            self.enter(name, "tea")

        page = ann.ask("who", room="tea", limit=2)
        self.assertEqual(["ann", "bo"], [who["name"] for who in page["members"]])
        self.assertEqual((4, True), (page["count"], page["more"]))
        page = ann.ask("who", room="tea", after="BO", prefix="b")
        self.assertEqual((["Bob"], False), ([w["name"] for w in page["members"]], page["more"]))


class ReadTests(ChatTestCase):
    """How far people have read."""

    def unread(self, client: Client) -> tuple[int, int]:
        """What a join says of *client*'s mark."""
        joined = client.ask("join", room="tea", limit=0)
        return joined["read"], joined["unread"]

    def test_mark(self) -> None:
        """A mark moves forward, never beyond the end, and follows to other devices."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        tablet = self.again(bob)
        for text in "abc":
            ann.ask("say", room="tea", text=text)

        self.assertEqual((0, 3), self.unread(bob))
        for seq, mark in ((2, 2), (1, 2), (9, 3)):
            reply = bob.ask("read", room="tea", seq=seq)
            self.assertEqual({"type": "read", "id": reply["id"], "room": "tea", "seq": mark}, reply)
        self.assertEqual((3, 0), self.unread(bob))
        self.assertEqual(
            [{"type": "read", "room": "tea", "seq": mark} for mark in (2, 3)], tablet.of("read")
        )

    def test_what_moves_nothing_is_not_stored(self) -> None:
        """However often a mark is said, nobody stores more of it than there are entries."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        for text in "abc":
            ann.ask("say", room="tea", text=text)
        enter, stored = self.chat.records.enter, []

        def store(person: str, room: str, mark: int) -> Deferred[None]:
            stored.append(mark)
            return enter(person, room, mark)

        self.patch(self.chat.records, "enter", store)
        for seq in (*range(9), *range(9), 1 << 40):
            self.assertEqual("read", bob.ask("read", room="tea", seq=seq)["type"])

        self.assertEqual([1, 2, 3], stored)

    def test_ones_own_words(self) -> None:
        """What a person says is not unread to them."""
        ann = self.enter("Ann", "tea")
        ann.ask("say", room="tea", text="x")

        self.assertEqual((0, 0), self.unread(ann))

    def test_counted_to_a_hundred(self) -> None:
        """Unread messages and mentions are counted to a hundred."""
        ann, bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        for _ in range(120):
            ann.ask("say", room="tea", text="@Bob!")

        joined = bob.ask("join", room="tea", limit=0)

        self.assertEqual((100, 100), (joined["unread"], joined["mentions"]))
        self.assertEqual(([], True), (joined["events"], joined["older"]))


class ReplySizeTests(ChatTestCase):
    """No frame is larger than a frame may be."""

    def test_joined_and_history(self) -> None:
        """Pages of the longest messages end early, and say that there is more."""
        ann = self.enter("Ann", "tea")
        for _ in range(60):
            ann.ask("say", room="tea", text="𝛀" * 4000)

        for type, fields in (
            ("join", {}),
            ("history", {}),
            ("history", {"after": 0}),
            ("history", {"around": 30}),
        ):
            page = ann.ask(type, room="tea", limit=200, **fields)
            self.assertLessEqual(ann.tape.sizes[-1], 256 * 1024)
            numbers = [event["seq"] for event in page["events"]]
            self.assertGreater(len(numbers), 10)
            self.assertEqual(numbers[0] > 1, page["older"])
            self.assertEqual(numbers[-1] < 60, page.get("newer", False))
            if "around" in fields:
                self.assertIn(30, numbers)

    def test_escapes_count(self) -> None:
        """It is the JSON that must fit."""
        ann = self.enter("Ann", "tea")
        for _ in range(60):
            ann.ask("say", room="tea", text='"\\' * 2000)

        page = ann.ask("history", room="tea", limit=200)

        self.assertTrue(page["older"])
        self.assertLessEqual(len(json.dumps(page)), 256 * 1024)
