"""
How somebody becomes the first owner, and what the log of the acts says.
"""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher

from chatroom.commands import Ban
from chatroom.ownerlink import OwnerLink
from tests.moderated import ModeratedCase, id_of
from tests.people import ChatTestCase


class LinkTests(ChatTestCase):
    """The file with the link."""

    def setUp(self) -> None:
        """There is a folder, and a log that is looked at."""
        super().setUp()
        self.path = Path(self.mktemp()) / "owner-link"
        self.path.parent.mkdir()
        self.log = EventLoggingObserver()
        globalLogPublisher.addObserver(self.log)
        self.addCleanup(globalLogPublisher.removeObserver, self.log)

    def offer(self, link: OwnerLink | None = None) -> OwnerLink:
        """Let there be a link, if there is to be one."""
        link = link or OwnerLink(self.path)
        urls = ["http://localhost:9108/", "http://192.0.2.1:9108/"]
        self.successResultOf(Deferred.fromCoroutine(link.offer(self.chat, urls)))
        return link

    def key(self) -> str:
        """The key in the file."""
        return self.path.read_text().splitlines()[0].partition("#owner=")[2]

    def told(self) -> str:
        """Everything that was logged."""
        return "\n".join(str(event) for event in self.log)

    def test_once(self) -> None:
        """Whoever has it becomes the owner, once; then the file is gone."""
        self.offer()
        lines = self.path.read_text().splitlines()
        self.assertEqual(0o600, self.path.stat().st_mode & 0o777)
        self.assertEqual(2, len(lines))
        self.assertTrue(lines[1].startswith("http://192.0.2.1:9108/#owner="))
        key = self.key()
        ann, bo = self.enter("Ann", "tea"), self.enter("Bo", "tea")

        self.assert_refused("bad_key", bo.ask("claim", key="guessed"))
        self.assertEqual("owner", ann.ask("claim", key=key)["role"])
        self.assertFalse(self.path.exists())
        self.assert_refused("bad_key", bo.ask("claim", key=key))
        # Its reply may have been lost.
        self.assertEqual("claimed", ann.ask("claim", key=key)["type"])
        self.assertEqual("owner", self.again(ann).of("welcome")[0]["role"])
        self.assertEqual("owner", bo.of("acted")[0]["role"])

    def test_the_log_has_no_key(self) -> None:
        """It names the file."""
        self.offer()

        self.assertIn(str(self.path), self.told())
        self.assertNotIn(self.key(), self.told())

    def test_there_is_an_owner(self) -> None:
        """Then no link is made."""
        self.offer()
        self.enter("Ann").ask("claim", key=self.key())

        self.offer()

        self.assertFalse(self.path.exists())

    def test_not_used_yet(self) -> None:
        """A link that is out stays the one; if its file is lost, there is another."""
        self.offer()
        first = self.key()
        self.offer()
        self.assertEqual(first, self.key())

        self.path.unlink()
        self.offer()

        self.assert_refused("bad_key", self.enter("Ann").ask("claim", key=first))
        self.assertEqual("claimed", self.enter("Bo").ask("claim", key=self.key())["type"])

    def test_nothing_is_kept(self) -> None:
        """A room in memory has its link elsewhere, as long as it lives."""
        link = self.offer(OwnerLink(None))
        (path,) = [event["path"] for event in self.log if "path" in event]

        self.assertEqual(0o600, Path(path).stat().st_mode & 0o777)
        self.assertEqual(0o700, Path(path).parent.stat().st_mode & 0o777)
        link.close()
        self.assertFalse(Path(path).parent.exists())

        self.offer(link)
        self.assertTrue(Path([event["path"] for event in self.log if "path" in event][-1]).exists())
        link.close()

    def test_it_cannot_be_written(self) -> None:
        """The room runs without, and says so."""
        self.offer(OwnerLink(self.path.parent / "nowhere" / "owner-link"))

        self.assertIn("cannot be written", self.told())
        self.assertEqual("welcome", self.connect().ask("hello", name="Ann")["type"])


class ModlogTests(ModeratedCase):
    """The moderation log."""

    def test_what_is_in_it(self) -> None:
        """Acts, moderators' settings, others' deleted messages; nothing else."""
        self.mo.ask("set", room="tea", values={"topic": "x", "slow": 5})
        self.ann.ask("set", room="tea", values={"topic": "y"})
        self.does(self.mo, "mute", self.ann, seconds=5, reason="hush")
        self.does(self.mo, "kick", self.olga)

        (mute, setting, role) = self.mo.ask("modlog", room="tea")["acts"]

        self.assertEqual(("set", {"topic": "x", "slow": 5}), (setting["act"], setting["values"]))
        self.assertEqual(("role", "server"), (role["act"], role["name"]))
        number = mute.pop("number")
        self.assertEqual(
            {
                "time": self.milliseconds(),
                "person": id_of(self.mo),
                "name": "Mo",
                "act": "mute",
                "target": id_of(self.ann),
                "target_name": "Ann",
                "room": "tea",
                "until": self.milliseconds() + 5000,
                "reason": "hush",
            },
            mute,
        )
        self.assertEqual(number, setting["number"] + 1)

    def test_pages(self) -> None:
        """The newest first, in pages; those of the server are among all."""
        for seconds in range(1, 6):
            self.does(self.mo, "mute", self.ann, seconds=seconds)
        self.does(self.olga, "ban", self.bo, room=None)

        first = self.olga.ask("modlog", limit=2)
        second = self.olga.ask("modlog", before=first["acts"][-1]["number"], limit=100)
        of_tea = self.olga.ask("modlog", room="tea", limit=5)

        self.assertEqual((True, False), (first["more"], second["more"]))
        self.assertNotIn("room", first["acts"][0])
        numbers = [act["number"] for act in first["acts"] + second["acts"]]
        self.assertEqual(sorted(numbers, reverse=True), numbers)
        self.assertEqual(8, len(numbers))
        self.assertEqual(["mute"] * 5, [act["act"] for act in of_tea["acts"]])

    def test_for_moderators(self) -> None:
        """Of their room; of everywhere for those of the server."""
        self.assert_refused("forbidden", self.ann.ask("modlog", room="tea"))
        self.assert_refused("forbidden", self.mo.ask("modlog"))
        self.assert_refused("not_joined", self.mo.ask("modlog", room="cake"))

    def test_a_frame(self) -> None:
        """As much as fits into a frame, and that there is more."""
        for seconds in range(1, 201):
            self.does(self.mo, "mute", self.ann, seconds=seconds, reason="🎉" * 250)

        page = self.mo.ask("modlog", room="tea", limit=200)

        self.assertTrue(page["more"])
        self.assertLess(100, len(page["acts"]))
        self.assertLess(max(self.mo.tape.sizes), 256 * 1024)


class HostTests(ModeratedCase):
    """What the program does that has the room inside."""

    def test_acts(self) -> None:
        """It stands above everybody, and is called server in the log."""
        moderation = self.chat.moderation
        self.ann.ask("say", room="tea", text="x")

        self.assertTrue(self.done(moderation.mute("tea", id_of(self.olga), seconds=5)))
        self.assert_refused("muted", self.olga.ask("say", room="tea", text="x"))
        self.assertTrue(self.done(moderation.unmute("tea", id_of(self.olga))))
        self.assertFalse(self.done(moderation.unmute("tea", id_of(self.olga))))
        self.assertTrue(self.done(moderation.purge("tea", id_of(self.ann), 5, "spam")))
        self.assertTrue(self.done(moderation.kick("tea", id_of(self.ann))))
        self.assertTrue(self.done(moderation.ban(id_of(self.bo), seconds=5)))
        self.assertTrue(self.done(moderation.unban(id_of(self.bo))))
        self.assertTrue(self.done(moderation.ban(id_of(self.ann), "tea", address=False)))

        deeds = self.done(moderation.log(limit=3))
        self.assertEqual(["ban", "unban", "ban"], [deed.act for deed in deeds])
        self.assertEqual("server", deeds[0].name)
        self.assertEqual("ban", self.done(moderation.log("tea"))[0].act)

    def test_refusals(self) -> None:
        """What is about nobody is raised."""
        from chatroom.errors import BadRoom, NoSuchPerson  # noqa: PLC0415

        moderation = self.chat.moderation
        for coroutine, error in (
            (moderation.kick("tea", "nobody"), NoSuchPerson),
            (moderation.kick("#", id_of(self.ann)), BadRoom),
        ):
            self.failureResultOf(Deferred.fromCoroutine(coroutine), error)

    def test_guards_are_asked(self) -> None:
        """The host may mind an act of a moderator's."""
        from chatroom.errors import Forbidden  # noqa: PLC0415

        def no_bans(draft: object) -> None:
            if isinstance(draft.command, Ban):  # type: ignore[attr-defined]
                raise Forbidden("not here")

        self.chat.guard(no_bans)

        self.assert_refused("forbidden", self.does(self.mo, "ban", self.ann))
        self.assertEqual("pong", self.ann.ask("ping")["type"])
        self.assertEqual("ack", self.ann.ask("say", room="tea", text="still here")["type"])
