"""
Editing, deleting, reacting, and finding what was said.
"""

from __future__ import annotations

from tests.people import EPOCH_MS, ChatTestCase, Said


class ChangeTests(ChatTestCase):
    """Editing, deleting, reacting."""

    def setUp(self) -> None:
        """Let Ann say something, and Bob hear it."""
        super().setUp()
        self.ann, self.bob = self.enter("Ann", "tea"), self.enter("Bob", "tea")
        self.ann.ask("say", room="tea", text="teh kettle")
        self.who = {"person": self.ann.of("welcome")[0]["person"], "name": "Ann"}

    def page(self) -> list[Said]:
        """The room's messages as they stand."""
        events: list[Said] = self.bob.ask("history", room="tea")["events"]
        return events

    def test_edit(self) -> None:
        """An edit is an entry of its own; pages have the new text alone."""
        self.clock.advance(2)

        ack = self.ann.ask("edit", room="tea", target=1, text="the kettle, @Bob", id="e")

        self.assertEqual((2, EPOCH_MS + 2000), (ack["seq"], ack["time"]))
        bob = self.bob.of("welcome")[0]["person"]
        self.assertEqual(
            {
                "type": "edited",
                "room": "tea",
                "seq": 2,
                "time": ack["time"],
                **self.who,
                "target": 1,
                "text": "the kettle, @Bob",
                "mentions": [bob],
            },
            self.bob.heard[-1],
        )
        (message,) = self.page()
        self.assertEqual(("the kettle, @Bob", ack["time"]), (message["text"], message["edited"]))
        self.assertEqual(0, self.again(self.bob).ask("join", room="tea")["mentions"])

    def test_delete(self) -> None:
        """A deleted message keeps its place, without its text; quotes lose it too."""
        self.bob.ask("say", room="tea", text="what?", reply_to=1)

        self.ann.ask("delete", room="tea", target=1)

        self.assertEqual(("deleted", 1), (self.bob.heard[-1]["type"], self.bob.heard[-1]["target"]))
        deleted, reply = self.page()
        self.assertEqual(True, deleted["deleted"])
        self.assertNotIn("text", deleted)
        self.assertEqual(self.who, reply["quote"])
        self.assertEqual(2, self.bob.ask("say", room="tea", text="hm", reply_to=1)["seq"] - 2)

    def test_react(self) -> None:
        """A reaction is on or off, for each person and emoji."""
        for client, emoji, on in (
            (self.ann, "🎉", True),
            (self.bob, "🎉", True),
            (self.bob, "👍🏽", True),
            (self.ann, "🎉", False),
            (self.ann, "🎉", True),
        ):
            client.ask("react", room="tea", target=1, emoji=emoji, on=on)

        event = self.bob.heard[-1]
        self.assertEqual(
            ("reacted", 1, "🎉", True),
            (event["type"], event["target"], event["emoji"], event["on"]),
        )
        page = self.bob.ask("history", room="tea")
        (message,) = page["events"]
        self.assertEqual(
            [("🎉", 2, ["Bob", "Ann"]), ("👍🏽", 1, ["Bob"])],
            [
                (one["emoji"], one["count"], [who["name"] for who in one["people"]])
                for one in message["reactions"]
            ],
        )
        self.assertEqual({"1": ["🎉", "👍🏽"]}, page["mine"])
        self.assertEqual({"1": ["🎉"]}, self.ann.ask("join", room="tea")["mine"])

    def test_what_changes_nothing(self) -> None:
        """The same again is acknowledged, and is no entry."""
        for command in (
            {"type": "edit", "text": "teh kettle"},
            {"type": "react", "emoji": "🎉", "on": False},
        ):
            self.assertTrue(self.ann.ask(room="tea", target=1, **command)["unchanged"])
        self.ann.ask("delete", room="tea", target=1)
        self.assertTrue(self.ann.ask("delete", room="tea", target=1)["unchanged"])

    def test_what_cannot_be_changed(self) -> None:
        """Others' messages, deleted ones, and what is no message."""
        edit = {"type": "edit", "room": "tea", "text": "x"}
        delete = {"type": "delete", "room": "tea"}
        react = {"type": "react", "room": "tea", "emoji": "🎉", "on": True}

        self.assert_refused("not_yours", self.bob.ask(target=1, **edit))
        self.assert_refused("not_yours", self.bob.ask(target=1, **delete))
        for command in (edit, delete, react):
            self.assert_refused("no_such_message", self.ann.ask(target=2, **command))
        self.ann.ask("delete", room="tea", target=1)
        for command in (edit, react):
            self.assert_refused("no_such_message", self.ann.ask(target=1, **command))
        self.assert_refused("no_such_message", self.ann.ask(target=2, **delete))

    def test_what_is_no_emoji(self) -> None:
        """A reaction is one thing to see, and not long."""
        for emoji, code in (
            ("", "bad_text"),
            (" ", "bad_text"),
            ("ab", "bad_text"),
            ("🎉🎉", "bad_text"),
            ("\n", "bad_text"),
            ("👨‍👩‍👧‍👦" * 2, "too_long"),
        ):
            reply = self.ann.ask("react", room="tea", target=1, emoji=emoji, on=True)
            self.assert_refused(code, reply)
        self.assertEqual(
            "ack", self.ann.ask("react", room="tea", target=1, emoji="👨‍👩‍👧‍👦", on=True)["type"]
        )

    def test_twenty_emoji(self) -> None:
        """A message has at most twenty; those it has can still be joined in."""
        for number in range(20):
            self.ann.ask("react", room="tea", target=1, emoji=chr(0x1F600 + number), on=True)

        refused = self.bob.ask("react", room="tea", target=1, emoji="🎉", on=True)

        self.assert_refused("too_many", refused)
        again = self.bob.ask("react", room="tea", target=1, emoji=chr(0x1F600), on=True)
        self.assertEqual("ack", again["type"])

    def test_replayed(self) -> None:
        """Who missed it hears each entry, but no text that is gone."""
        self.ann.ask("say", room="tea", text="second")
        self.ann.ask("edit", room="tea", target=1, text="the kettle")
        self.ann.ask("edit", room="tea", target=1, text="the kettle boils")
        self.ann.ask("edit", room="tea", target=2, text="third")
        self.ann.ask("react", room="tea", target=1, emoji="🎉", on=True)
        self.ann.ask("delete", room="tea", target=2)
        late = self.enter("Late")

        late.ask("join", room="tea", since=0, epoch=self.history.epoch)

        told = [
            (said["type"], said["seq"], said.get("text"), said.get("deleted"))
            for said in late.heard
            if "seq" in said and said["type"] != "joined"
        ]
        self.assertEqual(
            [
                ("message", 1, "the kettle boils", None),
                ("message", 2, None, True),
                ("edited", 3, "the kettle boils", None),
                ("edited", 4, "the kettle boils", None),
                ("edited", 5, None, True),
                ("reacted", 6, None, None),
                ("deleted", 7, None, None),
            ],
            told,
        )

    def test_unread_without_the_deleted(self) -> None:
        """What was deleted is nothing to read."""
        self.ann.ask("say", room="tea", text="@Bob!")
        self.ann.ask("delete", room="tea", target=2)

        joined = self.bob.ask("join", room="tea")
        self.assertEqual((1, 0), (joined["unread"], joined["mentions"]))


class SearchTests(ChatTestCase):
    """Finding what was said."""

    def test_rooms(self) -> None:
        """One room that is joined here, or all of the person's."""
        ann = self.enter("Ann", "tea", "cake")
        bob = self.enter("Bob", "tea")
        for number, room in enumerate(("tea", "cake", "tea")):
            ann.ask("say", room=room, text=f"kettle {number}")
            self.clock.advance(1)

        everywhere = ann.ask("search", text="KETTLE")["events"]
        here = ann.ask("search", text="kettle", room="tea")["events"]

        self.assertEqual(
            [("tea", 2), ("cake", 1), ("tea", 1)], [(hit["room"], hit["seq"]) for hit in everywhere]
        )
        self.assertEqual([2, 1], [hit["seq"] for hit in here])
        self.assertEqual(2, len(bob.ask("search", text="kettle")["events"]))
        self.assert_refused("not_joined", bob.ask("search", text="kettle", room="cake"))

    def test_pages(self) -> None:
        """`next` goes on where the page ended, and is absent at the end."""
        ann = self.enter("Ann", "tea")
        for number in range(5):
            ann.ask("say", room="tea", text=f"kettle {number}")

        first = ann.ask("search", text="kettle", limit=3)
        ann.ask("say", room="tea", text="kettle late")
        second = ann.ask("search", text="kettle", limit=3, **{"from": first["next"]})

        self.assertEqual([5, 4, 3], [hit["seq"] for hit in first["events"]])
        self.assertEqual([2, 1], [hit["seq"] for hit in second["events"]])
        self.assertNotIn("next", second)

    def test_a_page_fits_a_frame(self) -> None:
        """What does not fit comes with the next page."""
        ann = self.enter("Ann", "tea")
        for _ in range(30):
            ann.ask("say", room="tea", text="kettle " + "𝛀" * 3900)

        found: list[int] = []
        asked: dict[str, str] | None = {}
        while asked is not None:
            page = ann.ask("search", text="kettle", limit=200, **asked)
            self.assertLessEqual(ann.tape.sizes[-1], 256 * 1024)
            found += [hit["seq"] for hit in page["events"]]
            asked = {"from": page["next"]} if "next" in page else None

        self.assertEqual(list(range(30, 0, -1)), found)

    def test_mistakes(self) -> None:
        """A blank search, too many words, a place that is none."""
        ann = self.enter("Ann", "tea")

        self.assert_refused("bad_text", ann.ask("search", text=" "))
        self.assert_refused("too_long", ann.ask("search", text="a b " * 20))
        for place in ("x", "1.2", "١.x.y"):
            self.assert_refused("bad_command", ann.ask("search", text="a", **{"from": place}))
        self.assertEqual([], ann.ask("search", text="!?")["events"])
