"""
How far it is, for those who watch.
"""

from __future__ import annotations

from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from chatroom.operations.progress import Progress


class Terminal(StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        """See `TextIO.isatty`."""
        return True


class ProgressTests(SynchronousTestCase):
    """A bar on a terminal, silence elsewhere."""

    def test_nobody_watches(self) -> None:
        """A file is told nothing."""
        stream = StringIO()

        with Progress(stream, "pages") as progress:
            progress.tell(1, 2)

        self.assertEqual("", stream.getvalue())

    def test_grows(self) -> None:
        """The bar grows in its line; the end is told, and then wiped away."""
        stream = Terminal()

        with Progress(stream, "pages") as progress:
            progress.tell(0, 20_000)
            progress.tell(20_000, 20_000)
        _, *lines = stream.getvalue().split("\r")

        self.assertEqual("." * 30 + "   0%  0 of 20,000 pages", lines[0])
        self.assertEqual("#" * 30 + " 100%  20,000 of 20,000 pages", lines[1])
        self.assertEqual(["", ""], [line.strip() for line in lines[2:]])

    def test_not_too_often(self) -> None:
        """What comes right after is left out, save for the end."""
        stream = Terminal()

        with Progress(stream, "pages") as progress:
            for done in range(101):
                progress.tell(done, 100)

        self.assertLess(stream.getvalue().count("of 100 pages"), 50)
        self.assertIn("100 of 100 pages", stream.getvalue())

    def test_nothing_to_do(self) -> None:
        """Of nothing, all is done; and who tells nothing leaves nothing."""
        empty, silent = Terminal(), Terminal()

        with Progress(empty, "pages") as progress:
            progress.tell(0, 0)
        with Progress(silent, "pages"):
            pass

        self.assertIn("100%", empty.getvalue())
        self.assertEqual("", silent.getvalue())
