"""
Accounts, looked after from the command line.
"""

from __future__ import annotations

import sys
from io import StringIO

from twisted.internet.defer import Deferred

from chatroom.__main__ import main
from chatroom.authenticators.passwords import Passwords
from chatroom.chat import Chat
from chatroom.histories.sql import SqlStore
from chatroom.operations import accounts
from tests.histories.threadless import NoThreads, SameThread
from tests.operations.logs import LogCase
from tests.people import Client, Said


class Terminal(StringIO):
    """Where somebody types."""

    def isatty(self) -> bool:
        """It is no pipe."""
        return True


class AccountCase(LogCase):
    """A room that runs, and an operator beside it."""

    def run_main(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        """Run ``account``, with *typed* piped in; return its status and what it says."""
        out, err = StringIO(), StringIO()
        self.patch(sys, "stdout", out)
        self.patch(sys, "stderr", err)
        self.patch(sys, "stdin", StringIO(typed))
        status = main(["account", "--database", self.url, *arguments])
        return status, out.getvalue(), err.getvalue()

    def done(self, *arguments: str, typed: str = "") -> str:
        """Run ``account``, which must succeed; return what it says."""
        status, out, err = self.run_main(*arguments, typed=typed)
        self.assertEqual((0, ""), (status, err))
        return out

    def complaint(self, *arguments: str, typed: str = "") -> str:
        """Run ``account``, which must fail; return its one line."""
        status, out, err = self.run_main(*arguments, typed=typed)
        self.assertEqual((1, "", 1), (status, out, len(err.splitlines())), err)
        return err


class CommandTests(AccountCase):
    """The commands."""

    async def test_all_of_them(self) -> None:
        """Accounts are made, listed and removed."""
        await self.write()

        self.done("add", "Zoë", typed="a long secret\n")
        self.done("add", "Ann", typed="a long secret\n")
        self.assertEqual("Ann\nZoë\n", self.done("list"))
        self.done("remove", "ann")

        self.assertEqual("Zoë\n", self.done("list"))

    async def test_mistakes(self) -> None:
        """What cannot be done is told in one line, and changes nothing."""
        self.assertIn("there is no database", self.complaint("list"))
        await self.write()
        self.done("add", "Ann", typed="a long secret\n")
        before = self.query("SELECT * FROM accounts")

        for arguments, typed, expected in (
            (("add", "ANN"), "another secret\n", "there is an account Ann"),
            (("add", "Bo"), "short\n", "8 to 256 characters"),
            (("add", "Bo"), "x" * 257, "8 to 256 characters"),
            (("add", "admin"), "a long secret\n", "the server's own"),
            (("add", "-"), "a long secret\n", "letters and digits"),
            (("password", "Bo"), "a long secret\n", "there is no account Bo"),
            (("remove", "Bo"), "", "there is no account Bo"),
        ):
            self.assertIn(expected, self.complaint(*arguments, typed=typed))
        self.assertEqual(before, self.query("SELECT * FROM accounts"))

    async def test_typed_twice(self) -> None:
        """At a terminal it is asked for twice, and never shown."""
        await self.write()
        typed = iter(["a long secret", "a lonk secret", "a long secret", "a long secret"])
        self.patch(accounts, "getpass", lambda _: next(typed))
        self.patch(sys, "stdout", StringIO())
        errors = StringIO()
        self.patch(sys, "stderr", errors)
        self.patch(sys, "stdin", Terminal())

        arguments = ["account", "--database", self.url, "add", "Ann"]

        self.assertEqual([1, 0], [main(arguments), main(arguments)])
        self.assertIn("two different ones", errors.getvalue())

    async def test_elsewhere(self) -> None:
        """An account whose password was checked elsewhere is shown as such, and may get one."""
        await self.write()
        self.spoil("INSERT INTO looks VALUES ('ann', 'ann')")
        self.spoil("INSERT INTO accounts VALUES ('ann', 'ann', x'00', 'a', NULL)")
        self.assertIn("elsewhere", self.done("list"))

        self.done("add", "ann", typed="a long secret\n")

        self.assertEqual("ann\n", self.done("list"))
        self.assertEqual([("ann", "a")], self.query("SELECT id, person FROM accounts"))


class RunningTests(AccountCase):
    """A room that runs meanwhile."""

    async def start(self) -> None:
        """Open the room."""
        clock = SameThread()
        store = SqlStore(clock, self.url, threads=NoThreads)
        authenticator = Passwords(clock, threads=NoThreads)
        self.chat, self.clock = Chat(clock, store, authenticator=authenticator), clock
        await self.chat.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.chat.stop()))

    def hello(self, **fields: str) -> Said:
        """Say hello, and go; return the answer."""
        client = Client(self.chat, self.clock)
        answer = client.ask("hello", **fields)
        client.leaves_the_net()
        return answer

    async def test_at_once(self) -> None:
        """Accounts can be used, changed and lost while the room runs; tokens end with them."""
        await self.start()
        self.done("add", "Ann", typed="a long secret\n")

        first = self.hello(name="Ann", password="a long secret")
        token = first["token"]
        self.assertEqual("welcome", self.hello(token=token)["type"])

        self.done("password", "Ann", typed="another secret\n")
        refusals = [
            self.hello(token=token),
            self.hello(name="Ann", password="a long secret"),
            self.hello(name="Ann"),
        ]
        self.assertEqual(
            ["bad_token", "bad_password", "sign_in"], [reply["code"] for reply in refusals]
        )
        second = self.hello(name="Ann", password="another secret")
        self.assertEqual(first["person"], second["person"])

        self.done("remove", "Ann")
        refusals = [
            self.hello(token=second["token"]),
            self.hello(name="Ann", password="another secret"),
        ]
        self.assertEqual(["bad_token", "bad_password"], [reply["code"] for reply in refusals])
        # The name is held for the hour that any name is held, but not against an account.
        self.assertEqual("name_taken", self.hello(name="Ann")["code"])
        self.done("add", "Ann", typed="a long secret\n")
        third = self.hello(name="Ann", password="a long secret")
        self.assertEqual(("Ann", True), (third["name"], third["person"] != first["person"]))

    async def test_removed_at_once(self) -> None:
        """The token of a removed account is no guest's either, while its person is still known."""
        await self.start()
        self.done("add", "Bo", typed="a long secret\n")
        token = self.hello(name="Bo", password="a long secret")["token"]

        self.done("remove", "Bo")

        self.assertEqual("bad_token", self.hello(token=token)["code"])


# The case itself is no test.
del AccountCase, LogCase
