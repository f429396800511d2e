"""
The operator's command line.
"""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

from twisted.internet import reactor

from chatroom.__main__ import main
from chatroom.commands import Claim
from chatroom.errors import BadKey
from chatroom.histories.sql import SqlStore
from chatroom.log import Authority, Deed, Draft
from chatroom.order import link_digest
from chatroom.rights import SERVER
from tests.operations.logs import TALK, LogCase


def claimed(link: str, number: int) -> Draft:
    """What somebody says who opens *link*."""
    key = link.partition("#owner=")[2]
    about = Deed(time=1000, person="ann", name="Ann", act="role", target="ann", role="owner")
    authority = Authority(deed=about, scope=SERVER, key=link_digest(key))
    return Draft(Claim(key=key, id=str(number)), SERVER, "ann", "Ann", 1000, authority=authority)


class CommandTests(LogCase):
    """What is asked for is done; what is wrong is told in one line."""

    def run_main(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command; return its status, what it says and what it complains of."""
        out, err = StringIO(), StringIO()
        self.patch(sys, "stdout", out)
        self.patch(sys, "stderr", err)
        status = main(["--database", self.url, *arguments])
        return status, out.getvalue(), err.getvalue()

    def complaint(self, *arguments: str) -> str:
        """Run the command, which must fail; return its one line."""
        status, out, err = self.run_main(*arguments)
        self.assertEqual((1, ""), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertTrue(err.startswith("chatroom: "), err)
        return err

    async def test_commands(self) -> None:
        """Each command does its work and says what there is to say."""
        await self.write(*TALK)
        target = Path(self.mktemp())

        self.assertEqual((0, "", ""), self.run_main("backup", str(target)))
        self.assertEqual((0, "all is well\n", ""), self.run_main("check"))
        status, out, _ = self.run_main("export", "tea", "--format", "text")
        self.assertEqual((0, "Tea"), (status, out.splitlines()[0]))
        status, out, _ = self.run_main("compact")
        self.assertEqual(0, status)
        self.assertRegex(out, r"^[0-9,]+ bytes before, [0-9,]+ after\n$")
        self.assertEqual([(9,)], self.query("SELECT seq FROM rooms", target))

    async def test_database(self) -> None:
        """The database may be named before the command and behind it."""
        await self.write(*TALK)

        self.assertEqual((0, "all is well\n", ""), self.run_main("check", "--database", self.url))
        self.path = self.path.with_name("nowhere")
        self.assertIn("nowhere", self.complaint("check"))

    async def test_findings(self) -> None:
        """What `check` finds is told, and is the exit status."""
        await self.write(*TALK)
        self.spoil("DELETE FROM ids WHERE id = 'a'")

        self.assertEqual(
            (1, "room Tea: message 1 is not known by its id\n", ""), self.run_main("check")
        )

    def test_missing(self) -> None:
        """A database that is not there is not made."""
        for command in (["check"], ["compact"], ["export", "tea"], ["backup", self.mktemp()]):
            self.assertIn("there is no database", self.complaint(*command))
        self.assertFalse(self.path.exists())

    def test_no_url(self) -> None:
        """What is no URL of a database, or of another kind, is refused."""
        for url in ("chatroom.sqlite", "sqlite://", "postgresql://somebody@example.org/room"):
            self.assertIn(url, self.complaint("--database", url, "check"))

    async def test_foreign(self) -> None:
        """A database of another program is no room's."""
        await self.write(*TALK)
        self.spoil("DROP TABLE alembic_version")

        self.assertIn("no room's database", self.complaint("check"))

    async def test_versions(self) -> None:
        """A newer database, and one that was not brought up to date, are not touched."""
        await self.write(*TALK)
        self.spoil("UPDATE alembic_version SET version_num = '9999'")

        self.assertIn("newer version of this program", self.complaint("export", "tea"))

    async def test_owner_link(self) -> None:
        """A link is made while the room runs, which it knows, and none before it any more."""
        await self.write(*TALK)
        first = self.link()
        second = self.link("--url", "https://chat.example.org")
        self.assertTrue(second.startswith("https://chat.example.org/#owner="))
        store = SqlStore(reactor, self.url)
        order = (await store.start()).order
        self.addCleanup(store.stop)
        third = self.link()

        self.assertTrue(order.has_link)
        for number, (link, expected) in enumerate(
            ((first, BadKey), (second, BadKey), (third, Deed), (third, BadKey))
        ):
            (outcome,) = await store.history.append([claimed(link, number)])
            self.assertIsInstance(outcome, expected)

    def link(self, *arguments: str) -> str:
        """Make a link; return it."""
        status, out, err = self.run_main("owner-link", *arguments)
        self.assertEqual((0, ""), (status, err))
        path = Path(out.rstrip("\n"))
        self.assertEqual(self.path.absolute().with_name("owner-link"), path)
        self.assertEqual(0o600, path.stat().st_mode & 0o777)
        return path.read_text().rstrip("\n")

    async def test_no_place_for_a_link(self) -> None:
        """What is in the way of the file is told."""
        await self.write(*TALK)
        self.path.with_name("owner-link").mkdir()

        self.assertIn("cannot write", self.complaint("owner-link"))
        names = [path.name for path in self.path.parent.iterdir()]
        self.assertEqual(["chatroom.sqlite", "owner-link"], sorted(names))

    async def test_enough(self) -> None:
        """Who stops reading is not shown a traceback."""

        class Closed(StringIO):
            def write(self, text: str) -> int:
                raise BrokenPipeError

        await self.write(*TALK)
        self.patch(sys, "stdout", Closed())

        self.assertEqual(1, main(["--database", self.url, "export", "tea"]))

    def test_help(self) -> None:
        """The help names each command."""
        out = StringIO()
        self.patch(sys, "stdout", out)

        self.assertRaises(SystemExit, main, ["--help"])

        for command in ("backup", "export", "check", "compact", "owner-link"):
            self.assertIn(command, out.getvalue())
