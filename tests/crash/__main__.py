"""
``python -m tests.crash``: the rounds as a program.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import react

from tests.crash.rounds import Rounds

#: Of the broken promises so many are told in full.
TOLD: Final = 20
#: A round takes three seconds on two slow cores; more than so many means that it hangs.
ROUND_S: Final = 30.0


async def run(rounds: int, seed: int, folder: Path) -> int:
    """
    Kill a room *rounds* times, say what came of it, and return the exit status.
    """
    begun = time.monotonic()
    crash = Rounds(folder, seed)
    try:
        for number in range(1, rounds + 1):
            await crash.kill()
            if sys.stderr.isatty():
                print(f"\rround {number} of {rounds}", end="", file=sys.stderr, flush=True)
        await crash.settle()
    finally:
        await crash.clean_up()
    for kind, sentence in crash.ledger.complaints[:TOLD]:
        print(f"{kind}: {sentence}")
    seconds = time.monotonic() - begun
    print(f"seed {seed}, {seconds:.0f} s: {crash.figures()}")
    return 1 if crash.ledger.complaints else 0


def main() -> None:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash",
        description="Kill a room under load (kill -9), again and again, and compare what it"
        " acknowledged and what was seen with what is there after the restart.",
    )
    parser.add_argument("--rounds", type=int, default=100, help="how many kills [%(default)s]")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="of the dice [a random one]"
    )
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)

    def started(clock: IReactorTime) -> Deferred[None]:
        async def ended() -> None:
            with TemporaryDirectory(prefix="chatroom-crash-") as folder:
                status = await run(options.rounds, options.seed, Path(folder))
            raise SystemExit(status)

        limit = ROUND_S * (options.rounds + 1)
        return Deferred.fromCoroutine(ended()).addTimeout(limit, clock)

    react(started)


main()
