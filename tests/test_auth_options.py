"""
``--auth`` and ``--guests``.
"""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

from twisted.cred.checkers import FilePasswordDB
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chatroom import auth_options, tap
from chatroom.authenticators.cred import PortalAuthenticator
from chatroom.authenticators.passwords import Passwords
from chatroom.authenticators.several import Several
from chatroom.interfaces import IAuthenticator
from chatroom.service import ChatService
from chatroom.tap import Options, makeService
from tests.histories.threadless import SameThread


class AuthCase(SynchronousTestCase):
    """Command lines."""

    def setUp(self) -> None:
        """Leave the reactor of the tests alone."""
        self.patch(tap, "reactor", MemoryReactorClock())

    def parsed(self, *words: str) -> Options:
        """The options in *words*."""
        options = Options()
        options.parseOptions(words)
        return options

    def made(self, *words: str) -> IAuthenticator | None:
        """What *words* make."""
        return auth_options.authenticator(self.parsed(*words)["auth"], SameThread())

    def refusal(self, *words: str) -> str:
        """The line that *words* are refused with."""
        stopped = self.assertRaises(SystemExit, self.parsed, *words)
        line = str(stopped.code)
        self.assertNotIn("\n", line)
        self.assertTrue(line.startswith("chatroom: "), line)
        return line

    def file(self) -> str:
        """A file with a password."""
        path = Path(self.mktemp())
        path.write_text("ann:one\n")
        return str(path)


class AuthTests(AuthCase):
    """Who can sign in."""

    def test_nobody(self) -> None:
        """Unless it is said, nobody can, and everybody comes in."""
        self.assertIsNone(self.made())
        self.assertEqual("yes", self.parsed()["guests"])

    def test_each_way(self) -> None:
        """The own accounts, Twisted's checkers, and all of them at once."""
        self.assertIsInstance(self.made("--auth", "accounts"), Passwords)
        self.assertIsInstance(self.made("--auth", "accounts:"), Passwords)
        self.assertIsInstance(self.made("--auth", f"file:{self.file()}"), PortalAuthenticator)
        both = self.made("--auth", "accounts", "--auth", f"file:{self.file()}")
        self.assertIsInstance(both, Several)

    def test_memory(self) -> None:
        """What is said on the command line can sign in, although its plugin mixes its types up."""
        ann = self.made("--auth", "memory:ann:one:zoë:two")
        assert ann is not None

        self.assertEqual("ann", self.successResultOf(ann.sign_in("ann", "one")).name)
        self.assertEqual("zoë", self.successResultOf(ann.sign_in("zoë", "two")).name)

    def test_the_folder_may_change(self) -> None:
        """A file is found whatever folder the daemon goes to."""
        options = self.parsed("--auth", f"file:{self.file()}")

        (checker,) = options["auth"]
        assert isinstance(checker, FilePasswordDB)
        self.assertTrue(Path(checker.filename).is_absolute())

    def test_mistakes(self) -> None:
        """A wrong way is one line, without what may be a password."""
        self.patch(sys, "stderr", StringIO())
        for words, expected in (
            (("--auth", "nonsense"), "nonsense"),
            (("--auth", "anonymous"), "not supported"),
            (("--auth", "file:/no/such/file"), "there is no file /no/such/file"),
            (("--auth", "accounts:secret"), "not recognized"),
            (("--auth", "memory:ann:one:secret"), "argstring"),
            (("--auth", "accounts", "--ephemeral"), "without a database"),
            (("--auth", "accounts", "--guests", "maybe"), "yes, no, read-only"),
            (("--guests", "no"), "add --auth"),
        ):
            line = self.refusal(*words)
            self.assertIn(expected, line)
            self.assertNotIn("secret", line)

    def test_no_crypt(self) -> None:
        """Where Python lacks what ``unix:`` needs, that is said at once."""
        self.patch(auth_options, "find_spec", lambda _: None)
        self.assertIn("crypt", self.refusal("--auth", "unix"))
        self.patch(auth_options, "find_spec", lambda _: object())
        self.assertIsInstance(self.made("--auth", "unix"), PortalAuthenticator)

    def test_help(self) -> None:
        """The help names the own accounts and those of plugins."""
        for words, expected in (
            (("--help-auth",), ("accounts", "file", "memory")),
            (("--help-auth-type", "accounts"), ("python -m chatroom account",)),
            (("--help-auth-type", "file"), ("username:password",)),
        ):
            out = StringIO()
            self.patch(Options, "authOutput", out)
            stopped = self.assertRaises(SystemExit, self.parsed, *words)
            self.assertEqual(0, stopped.code)
            for word in expected:
                self.assertIn(word, out.getvalue())

    def test_it_reaches_the_room(self) -> None:
        """The room has accounts, and knows what guests may do."""
        made = makeService(
            self.parsed(
                *("--port", "tcp:0:interface=127.0.0.1", "--ephemeral"),
                *("--auth", f"file:{self.file()}", "--guests", "read-only"),
            )
        )

        assert isinstance(made, ChatService)
        desk = made.factory.chat.desk
        self.assertEqual("read-only", desk and desk.guests)


# The case itself is no test.
del AuthCase
