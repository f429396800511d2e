"""
The short form of ``make fuzz``.
"""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import get_args

from twisted.trial.unittest import SynchronousTestCase

from chatroom.codecs import chat
from chatroom.commands import AnyCommand
from tests.fuzz import runs
from tests.fuzz.mutation import COMMANDS, pieces
from tests.fuzz.runs import Found, Run, run
from tests.fuzz.targets import TARGETS, Target

INPUTS = 2_000


class FuzzTests(SynchronousTestCase):
    """Each of what reads the wire."""

    def test_nearly_right_input(self) -> None:
        """It is read or refused as documented, however it is cut, and nothing is left of it."""
        for name in TARGETS:
            done = run(name, INPUTS, seed=1)
            self.assertFalse(done.grows(), done.told())
            # Neither is all refused, nor all read: the mutations come near.
            self.assertGreater(len(done.ends), 2, done.told())
            self.assertLess(max(done.ends.values()), 0.9 * INPUTS, done.told())

    def test_every_command_is_tried(self) -> None:
        """What is changed are commands as they should be, of each type that there is."""
        read = {chat.type_of(chat.decode(json.dumps(it).encode())) for it in COMMANDS}
        self.assertEqual({str(it.__struct_config__.tag) for it in get_args(AnyCommand)}, read)

    def test_the_same_again(self) -> None:
        """A seed stands for its inputs."""
        first, second, other = (run("chat", 200, seed).ends for seed in (7, 7, 8))
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)

    def test_what_raises_is_found(self) -> None:
        """An exception that nobody has documented ends the run, with the input that caused it."""

        def read(data: bytes, _dice: Random) -> str:
            return data[2:].decode("ascii")

        self.patch(runs, "TARGETS", {"chat": Target(TARGETS["chat"].make, read)})
        found = self.assertRaises(Found, run, "chat", 1000, 1)
        self.assertRegex(str(found), r"input \d+: b'")

    def test_what_grows_is_seen(self) -> None:
        """What each input leaves a little of is no good run."""
        kept: list[bytes] = []

        def read(_data: bytes, _dice: Random) -> str:
            kept.append(bytes(100))
            return "kept"

        self.patch(runs, "TARGETS", {"chat": Target(TARGETS["chat"].make, read)})
        self.assertTrue(run("chat", 5000, 1).grows())

    def test_a_run_in_a_line(self) -> None:
        """Figures for people."""
        done = Run("head", 1000, Counter(read=999, refused=1), 3, 0.25, 1.5)
        self.assertEqual(
            "head: 1,000 inputs in 2 s: read 999, refused 1; left behind: +3 blocks, +0.2 MiB",
            done.told(),
        )

    def test_cuts(self) -> None:
        """Pieces make the whole again."""
        dice = Random(1)  # noqa: S311 - dice
        for size in (0, 1, 2, 50):
            data = bytes(range(size))
            self.assertEqual(data, b"".join(pieces(dice, data)))
