"""
The log as JSON.
"""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, Logger, LogLevel
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from chatroom.logs import JSONLog, json_log


class LogTests(SynchronousTestCase):
    """What a line holds."""

    def setUp(self) -> None:
        """Log to memory."""
        self.file = StringIO()
        self.log = Logger("chatroom.tests", observer=JSONLog(self.file))

    def logged(self) -> dict[str, Any]:
        """Return what stands in the one line."""
        value = self.file.getvalue()
        self.assertTrue(value.endswith("\n"))
        (line,) = value.removesuffix("\n").split("\n")
        self.assertTrue(line.isascii() and line.isprintable(), line)
        told: dict[str, Any] = json.loads(line)
        return told

    def test_a_line(self) -> None:
        """An event is an object: when, how grave, from where, what, and of what."""
        self.log.info("The room is open at {url}", url="http://localhost/", count=3, ratio=0.5)

        told = self.logged()
        self.assertRegex(told.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            {
                "level": "info",
                "namespace": "chatroom.tests",
                "message": "The room is open at http://localhost/",
                "fields": {"url": "http://localhost/", "count": 3, "ratio": 0.5},
            },
            told,
        )

    def test_no_fields(self) -> None:
        """What has no fields has no `fields`."""
        self.log.info("Tea is out")

        self.assertEqual({"time", "level", "namespace", "message"}, set(self.logged()))

    async def look(self, found: dict[str, int]) -> int:
        """Look for what is not there."""
        return found["a\nb"]

    def test_a_failure(self) -> None:
        """A traceback is one field of its line."""
        failures: list[Failure] = []
        Deferred.fromCoroutine(self.look({})).addErrback(failures.append)
        self.log.failure("A session failed", failures[0])

        told = self.logged()
        self.assertEqual("critical", told["level"])
        self.assertIn("Traceback (most recent call last)", told["traceback"])
        self.assertIn(r"KeyError: 'a\nb'", told["traceback"])

    @given(st.text())
    @example('"}\n{"level": "critical"}')
    @example("\x1b[2J\x7f\x9b\u2028\u202e")
    def test_row_24_nothing_ends_a_line(self, name: str) -> None:
        """Whatever somebody calls themselves, the log has one line of it, and no control."""
        self.setUp()
        self.log.info("{name} is here", name=name)

        told = self.logged()
        self.assertEqual(("info", name), (told["level"], told["fields"]["name"]))

    def test_half_a_character(self) -> None:
        """Half a surrogate pair, which some readers refuse, is spelled out."""
        self.log.info("{name} is here", name="a\ud800")

        self.assertEqual("a\\ud800", self.logged()["fields"]["name"])

    def test_row_24_no_raw_bytes(self) -> None:
        """Bytes and objects are no fields; what is no number in JSON neither."""
        self.log.info("Something came", data=b"secret", who=object(), many=[1], odd=float("nan"))

        self.assertNotIn("fields", self.logged())

    def test_old_events(self) -> None:
        """What was logged in the way of old is told, too."""
        JSONLog(self.file)(
            {
                "log_format": "{log_text}",
                "log_text": "(TCP Port 1 Closed)",
                "isError": 0,
                "message": ("x",),
                "system": "-",
                "time": 1.0,
                "log_time": 1.0,
                "log_level": LogLevel.info,
                "log_namespace": "log_legacy",
            }
        )

        told = self.logged()
        self.assertEqual("1970-01-01T00:00:01.000Z", told["time"])
        self.assertEqual("(TCP Port 1 Closed)", told["message"])
        self.assertNotIn("fields", told)


class WhereTests(SynchronousTestCase):
    """Where it goes."""

    def test_a_file(self) -> None:
        """A file is added to, and each line is there at once."""
        path = Path(self.mktemp())
        path.write_text("before\n")

        log = json_log(str(path))
        verifyObject(ILogObserver, log)
        self.addCleanup(log._file.close)
        Logger(observer=log).info("after")

        self.assertEqual("before", path.read_text().splitlines()[0])
        self.assertIn('"after"', path.read_text().splitlines()[1])

    def test_standard_output(self) -> None:
        """A line is the standard output, unless there is going to be none."""
        out = StringIO()
        self.patch(sys, "stdout", out)
        Logger(observer=json_log("-")).info("hello")

        self.assertIn("hello", out.getvalue())
        self.assertRaisesRegex(ValueError, "daemon", json_log, "-", daemon=True)

    def test_a_folder(self) -> None:
        """What cannot be written is told what was expected."""
        self.assertRaisesRegex(ValueError, "expected a file", json_log, ".")
