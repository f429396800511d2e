"""
``python -m tests.fuzz``: long runs, as a program.
"""

from __future__ import annotations

import argparse
import secrets
import traceback
from typing import Final

from tests.fuzz.runs import Found, run
from tests.fuzz.targets import TARGETS

RUNS: Final = 100_000


def main() -> None:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description="Feed what reads the wire with input that is nearly right.",
    )
    parser.add_argument("--runs", type=int, default=RUNS, help="inputs for each [%(default)s]")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="of the dice [a random one]"
    )
    parser.add_argument("--only", action="append", choices=TARGETS, help="repeatable [all]")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    failed = False
    for name in options.only or TARGETS:
        try:
            done = run(name, options.runs, options.seed)
        except Found as found:
            failed = True
            traceback.print_exception(found.__cause__)
            print(f"{name}: {found}", flush=True)
            continue
        failed = failed or done.grows()
        print(done.told() + ("; IT GROWS" if done.grows() else ""), flush=True)
    raise SystemExit(1 if failed else 0)


main()
