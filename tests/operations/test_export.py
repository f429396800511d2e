"""
A room's messages, out of the database.
"""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path

from chatroom.limits import PAGE_LIMIT
from chatroom.log import Retain
from chatroom.operations.export import export
from chatroom.operations.files import database_at
from chatroom.operations.formats import FORMATS
from chatroom.operations.progress import Progress
from chatroom.operations.trouble import Trouble
from tests.operations.logs import TALK, LogCase, said
from tests.operations.test_progress import Terminal


class ExportTests(LogCase):
    """`export` writes what the room shows."""

    def exported(self, room: str, kind: str = "json", stream: StringIO | None = None) -> str:
        """What is in the file."""
        output = Path(self.mktemp())
        progress = Progress(stream or StringIO(), "messages")
        export(database_at(self.url), room, FORMATS[kind], output, progress)
        self.assertEqual(0o600, stat.S_IMODE(output.stat().st_mode))
        return output.read_text(encoding="utf-8")

    async def test_folded(self) -> None:
        """Messages are as they now are, and nothing else is there."""
        await self.write(*TALK)

        lines = [json.loads(line) for line in self.exported("Tea").splitlines()]

        self.assertEqual([1, 2, 7], [line["seq"] for line in lines])
        self.assertEqual(("uno", 1000), (lines[0]["text"], lines[0]["edited"]))
        self.assertEqual("uno", lines[1]["quote"]["text"])
        self.assertTrue(lines[2]["deleted"])

    async def test_each_format(self) -> None:
        """Every format has the texts and the room's name."""
        await self.write(*TALK)

        for kind in FORMATS:
            found = self.exported("Tea", kind)
            for part in ("uno", "two, @Ann", "Tea"):
                self.assertIn(part, found)

    async def test_pages(self) -> None:
        """A room longer than a page is written whole, in order, and the progress told."""
        count = 2 * PAGE_LIMIT + 1
        terminal = Terminal()
        await self.write([said(str(number)) for number in range(count)])

        lines = self.exported("Tea", stream=terminal).splitlines()

        self.assertEqual(list(range(1, count + 1)), [json.loads(line)["seq"] for line in lines])
        self.assertIn(f"{count} of {count} messages", terminal.getvalue())

    async def test_spelling(self) -> None:
        """A room is found however it is spelt."""
        await self.write(*TALK)

        self.assertEqual(self.exported("Tea"), self.exported("TEA"))

    async def test_unknown(self) -> None:
        """Of a room that is not there, near names are told."""
        await self.write(*TALK, [said("hello", room="teapot")])

        with self.assertRaises(Trouble) as near:
            self.exported("teas")
        with self.assertRaises(Trouble) as far:
            self.exported("quiet")

        self.assertIn("no room teas", str(near.exception))
        self.assertIn("Tea", str(near.exception))
        self.assertNotIn("there is Tea", str(far.exception))

    async def test_nothing_kept(self) -> None:
        """A room of which no message is kept any more is an empty file."""
        settings = [*TALK[0], *TALK[1]][-1:]
        await self.write([said(str(number)) for number in range(20)], settings)
        await self.write([], retain=Retain(entries=1))

        self.assertEqual("", self.exported("Tea"))

    async def test_nowhere(self) -> None:
        """Where nothing can be written, that is said."""
        await self.write(*TALK)
        output = Path(self.mktemp()) / "file"

        with self.assertRaises(Trouble) as caught:
            export(database_at(self.url), "Tea", FORMATS["json"], output, Progress(StringIO(), ""))

        self.assertIn("No such file", str(caught.exception))
