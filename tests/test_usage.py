"""
Options in groups.
"""

from __future__ import annotations

from typing import ClassVar

from twisted.trial.unittest import SynchronousTestCase

from chatroom.usage import GroupedOptions


class Kettle(GroupedOptions):
    """Options of a kettle."""

    program = "kettle"
    help = "kettle --help"
    longdesc = "Make tea."
    groups: ClassVar = {"Water": "litres cold", "Leaves": "tea"}
    optParameters: ClassVar = [
        ["litres", "l", "1", "How much; see --tea for what is put into it, and what is not."],
        ["tea", None, None, "Which."],
    ]
    optFlags: ClassVar = [["cold", None, "Do not boil it."], ["loud", None, "Whistle."]]


class UsageTests(SynchronousTestCase):
    """What ``--help`` says."""

    def test_groups(self) -> None:
        """Options stand under their titles, in the order given; the others behind all."""
        self.assertEqual(
            """\
Make tea.

Water:
  -l, --litres=  How much; see --tea for what is put into
                 it, and what is not. [default: 1]
      --cold     Do not boil it.

Leaves:
      --tea=     Which.

      --help     Display this help and exit.
      --loud     Whistle.
      --version  Display Twisted version and exit.
""",
            Kettle().getUsage(60),
        )
