"""
``twistd chatroom``: options and their mistakes.
"""

from __future__ import annotations

import os
import re
import socket
import time
from pathlib import Path

from twisted.application.service import Application, IServiceMaker
from twisted.internet import reactor as real_reactor
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver, capturedLogs, globalLogPublisher
from twisted.plugin import getPlugins
from twisted.scripts._twistd_unix import ServerOptions
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import alsoProvides

from chatroom import tap
from chatroom.dialects.websocket import WebSocketFactory
from chatroom.errors import StorageUnavailable
from chatroom.log import Retain
from chatroom.logs import JSONLog
from chatroom.service import ChatService
from chatroom.tap import CannotStart, Options, makeService


class OptionsTests(SynchronousTestCase):
    """What can be said on the command line."""

    def setUp(self) -> None:
        """Leave the reactor of the tests alone."""
        self.reactor = MemoryReactorClock()
        self.patch(tap, "reactor", self.reactor)

    def parsed(self, *words: str) -> Options:
        """The options in *words*."""
        options = Options()
        options.parseOptions(words)
        return options

    def refusal(self, *words: str) -> str:
        """The line that *words* are refused with."""
        stopped = self.assertRaises(SystemExit, lambda: makeService(self.parsed(*words)))
        line = str(stopped.code)
        self.assertNotIn("\n", line)
        self.assertTrue(line.startswith("chatroom: "))
        return line

    def test_defaults(self) -> None:
        """Nothing has to be said."""
        options = self.parsed()

        self.assertEqual(["9108"], options["ports"])
        self.assertIsNone(options["retain"])
        self.assertEqual("sqlite:///chatroom-data/chatroom.sqlite", options["database"])
        self.assertIsNone(options["web"])
        self.assertFalse(options["no-hixie"])
        self.assertFalse(options["compress"])
        self.assertEqual((10, 50), (options["rate"], options["burst"]))

    def test_all_of_them(self) -> None:
        """What is said reaches the service."""
        folder = self.mktemp()
        Path(folder).mkdir()
        made = makeService(
            self.parsed(
                *("--port", "tcp:0:interface=127.0.0.1", "-p", "0", "--no-hixie", "--compress"),
                *(
                    "--room",
                    "tea",
                    "--room",
                    "ケーキ",
                    "--retain",
                    "5",
                    "--web",
                    folder,
                    "--ephemeral",
                ),
                *("--allow-origin", "https://Example.org", "--allow-origin", "null"),
                *("--allow-host", "Chat.example.org", "--allow-host", "::1"),
                *("--trust-proxy", "2", "--per-address", "7"),
                *("--rate", "3", "--burst", "7"),
            )
        )

        assert isinstance(made, ChatService)
        dialects = made.factory.dialects
        self.assertIsNone(dialects.hixie)
        assert isinstance(dialects.websocket, WebSocketFactory)
        self.assertTrue(dialects.websocket.compress)
        self.assertEqual({"https://example.org:443", "null"}, dialects.allow_origins)
        rates = made.factory.chat.rates
        self.assertEqual((3, 7), (rates.per_s, rates.burst))
        self.assertEqual({"chat.example.org", "[::1]"}, dialects.allow_hosts)
        self.assertEqual(2, dialects.trusted_proxies)
        self.assertEqual([True] * 7 + [False], [dialects.crowd.enter("a") for _ in range(8)])
        rooms, _ = made.factory.chat.rooms.roster.slice(limit=9)
        self.assertEqual(["lobby", "tea", "ケーキ"], [room.name for room in rooms])

    def test_where_the_owner_link_is(self) -> None:
        """Beside the database; elsewhere if nothing is kept."""
        alsoProvides(self.reactor, IReactorFromThreads)
        for words, expected in (
            (("--database", "sqlite:////srv/room/chat.sqlite"), Path("/srv/room/owner-link")),
            ((), Path("chatroom-data/owner-link")),
            (("--ephemeral",), None),
        ):
            made = makeService(self.parsed("-p", "0", *words))
            assert isinstance(made, ChatService)
            assert made._owner_link is not None
            self.assertEqual(expected, made._owner_link._path)

    def test_mistakes(self) -> None:
        """A wrong value is one line that says what was expected."""
        for words, expected in (
            (("--port", "abc"), "expected a port number"),
            (("--port", "65536"), "the highest port is 65535"),
            (("--web", "/no/such/folder"), "there is no such folder"),
            (("--database", "chatroom.sqlite"), "sqlite:///chatroom-data/chatroom.sqlite"),
            (("--database", "postgresql:///chat"), "sqlite:///FILE"),
            (("--retain", "0"), "such as 10000"),
            (("--retain", "30m"), "such as 30d"),
            (("--retain", "9" * 30), "such as 10000"),
            (("--room", "#tea"), "--room #tea"),
            (("--metrics", "abc"), "expected a port number such as 9109"),
            (("--json-log", "/no/such/folder/log"), "expected a file"),
            (("--allow-origin", "example.org"), "https://example.org"),
            (("--allow-host", "https://example.org"), "chat.example.org"),
            (("--trust-proxy", "yes"), "expected a number"),
            (("--per-address", "-1"), "expected a number"),
            (("--rate", "-1"), "from 0 to 1000000"),
            (("--rate", "1.5"), "from 0 to 1000000"),
            (("--rate", "\u0663"), "from 0 to 1000000"),
            (("--burst", "0"), "from 1 to 1000000"),
        ):
            line = self.refusal(*words)
            self.assertIn(" ".join(words), line)
            self.assertIn(expected, line)

    def test_metrics(self) -> None:
        """They are told on a port of their own, which is tried out like the room's."""
        made = makeService(self.parsed("--port", "tcp:0", "--ephemeral", "--metrics", "0"))
        made.privilegedStartService()

        self.assertEqual(
            [(0, ""), (0, "127.0.0.1")],
            [(port, interface) for port, _, _, interface in self.reactor.tcpServers],
        )
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.assertIn(f"port {port}", self.refusal("--port", "tcp:0", "--metrics", port))

    def test_json_log(self) -> None:
        """Twistd is given our log before it makes its own; `twist` gets it beside its own."""
        made = makeService(self.parsed("--port", "tcp:0", "--ephemeral", "--json-log", "log.json"))
        application = Application("chatroom")

        made.setServiceParent(application)

        log = application.getComponent(ILogObserver)
        assert isinstance(log, JSONLog)
        self.addCleanup(log._file.close)
        made.disownServiceParent()
        added: list[object] = []
        self.patch(globalLogPublisher, "addObserver", added.append)
        made.startService()
        self.assertEqual([log], added)

    def test_json_log_of_a_daemon(self) -> None:
        """A daemon has no standard output to log to."""
        for arguments, is_daemon in ((["-n"], False), ([], True)):
            config = ServerOptions()
            words = [*arguments, "chatroom", "--port=tcp:0", "--ephemeral", "--json-log=-"]
            config.parseOptions(words)
            options = config.subOptions
            if is_daemon:
                stopped = self.assertRaises(SystemExit, makeService, options)
                self.assertIn("--json-log -: expected a file", str(stopped.code))
            else:
                self.assertIsInstance(makeService(options), ChatService)

    def test_no_options_at_all(self) -> None:
        """What Twisted itself minds is a line, too: a wrong name, nothing behind one, no name."""
        for words, expected in (
            (("--sugar",), "option --sugar not recognized"),
            (("--port",), "option --port requires argument"),
            (("tea",), "tea is no option"),
        ):
            line = self.refusal(*words)
            self.assertIn(expected, line)
            self.assertTrue(line.endswith("; see twistd chatroom --help"))

    def test_retain(self) -> None:
        """So many entries, so long, or both."""
        for words, retain in (
            (("10000",), Retain(entries=10_000)),
            (("36h",), Retain(age_ms=36 * 3_600_000)),
            (("5", "30d", "2w"), Retain(entries=5, age_ms=14 * 86_400_000)),
        ):
            options = self.parsed(*(word for value in words for word in ("--retain", value)))
            self.assertEqual(retain, options["retain"])

    def test_a_port_in_use(self) -> None:
        """A port that is taken is found out before the fork."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for description in (str(port), f"tcp:{port}:interface=127.0.0.1"):
                self.assertIn(f"port {port}", self.refusal("--port", description))

    def test_a_port_taken_in_between(self) -> None:
        """A port that is taken only at the start is one line, too."""
        made = makeService(self.parsed("--port", "tcp:0", "--ephemeral"))

        def taken(*_: object) -> None:
            raise CannotListenError("127.0.0.1", 80, OSError(13, "Permission denied"))

        self.patch(ChatService, "_listen", taken)
        stopped = self.assertRaises(SystemExit, made.privilegedStartService)

        self.assertEqual(
            "chatroom: cannot listen on port 80 of 127.0.0.1: Permission denied", stopped.code
        )

    def test_the_clock(self) -> None:
        """Timeouts do not follow the clock of the wall, which may jump."""
        makeService(self.parsed("--port", "tcp:0", "--ephemeral"))

        self.assertIs(time.monotonic, self.reactor.seconds)

    def test_a_store_that_cannot_be_used(self) -> None:
        """What is wrong with the database is one line."""
        made = makeService(self.parsed("--port", "tcp:0", "--ephemeral"))

        def broken() -> None:
            raise StorageUnavailable("this database is of a later version")

        assert isinstance(made, ChatService)
        self.patch(made.factory.chat, "prepare", broken)
        stopped = self.assertRaises(SystemExit, made.startService)

        self.assertEqual("chatroom: --database: this database is of a later version", stopped.code)
        self.assertEqual([], self.reactor.tcpServers)

    def test_behind_the_fork(self) -> None:
        """A daemon that cannot start raises: twistd does not pass an exit on."""
        made = makeService(self.parsed("--port", "tcp:0", "--ephemeral"))

        def broken() -> None:
            raise StorageUnavailable("there is no space")

        assert isinstance(made, ChatService)
        self.patch(made.factory.chat, "prepare", broken)
        self.patch(os, "getpid", lambda: -1)

        self.assertRaises(CannotStart, made.startService)

    def test_row_25_root_is_warned(self) -> None:
        """Who runs the room as root is told what to do; twistd's --uid has acted by then."""
        for user, warnings in ((0, 1), (1000, 0)):
            made = makeService(self.parsed("--port", "tcp:0", "--ephemeral"))
            self.patch(os, "geteuid", lambda user=user: user)
            with capturedLogs() as logs:
                made.startService()
            made.stopService()

            texts = [str(event.get("log_format")) for event in logs]
            self.assertEqual(warnings, sum("--uid USER" in text for text in texts), texts)

    def test_an_old_database(self) -> None:
        """What is wrong with a database is told before anything starts."""
        Path("other.sqlite").write_text("this is no database, however long it is")
        self.patch(tap, "reactor", real_reactor)
        self.patch(real_reactor, "seconds", real_reactor.seconds)

        line = self.refusal("--port", "tcp:0", "--database", "sqlite:///other.sqlite")

        self.assertIn("other.sqlite", line)

    def test_tls(self) -> None:
        """Certificates that are not there are one line."""
        self.assertIn("expected a port number", self.refusal("--port", "ssl:0:privateKey=/none"))

    def test_help(self) -> None:
        """Each option is explained, in its group, in lines that fit a terminal."""
        text = Options().getUsage(80)
        known = re.findall(r"(?m)^  (?:-\w, |    )--([\w-]+)", text)
        grouped = " ".join(Options.groups.values()).split()

        self.assertEqual([*grouped, "help", "version"], known)
        for option in known:
            self.assertRegex(text, rf"--{option}=? +[A-Z]\w+")
        self.assertEqual([], [line for line in text.splitlines() if len(line) > 80])

    def test_a_database_that_would_stay_empty(self) -> None:
        """Whoever names a database wants it used."""
        line = self.refusal("--ephemeral", "--database", "sqlite:///chat.sqlite")

        self.assertEqual("chatroom: --ephemeral keeps nothing in a --database: give one", line)

    def test_the_plugin(self) -> None:
        """Twistd finds the command."""
        (plugin,) = (plugin for plugin in getPlugins(IServiceMaker) if plugin.tapname == "chatroom")
        self.assertIs(Options, plugin.options)
