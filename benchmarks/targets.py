"""
Is it as fast as it should be? ``python -m benchmarks.targets`` measures the table of
``docs/performance.md`` and writes the figures there.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import figures
from benchmarks.lines import LINES, Line
from benchmarks.programs import WORK, FailedRun, Lab, VoidRun

HEAD: Final = ("line", "target", "measured", "met", "on")
#: Of the tables, by how many in a hundred speak hixie.
MARKERS: Final = {0: "figures", 10: "figures with hixie"}


def measure(lab: Lab, line: Line, runs: int) -> list[list[str]]:
    """
    Return the rows of *line*, told as they come.
    """
    print(f"{line.name}: {line.about}", flush=True)
    samples, trouble = [], ""
    for _ in range(runs):
        try:
            sample = line.measure(lab)
        except (VoidRun, FailedRun) as error:
            trouble = str(error)
            print(f"    void: {trouble}", flush=True)
            continue
        samples.append(sample)
        print("   ", "  ".join(f"{key} {value:.3f}" for key, value in sample.items()), flush=True)
    made = figures.rows(line.name, line.targets, samples, trouble, figures.today())
    for _, aim, told, met, _ in made:
        print(f"  {aim}: {told}; {'met' if met == 'yes' else 'NOT MET'}", flush=True)
    return made


def main() -> None:
    """Read the command line, and measure."""
    names = [line.name for line in LINES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=names, help="a line; repeatable [all]")
    parser.add_argument("--runs", type=int, default=3, help="of each line [%(default)s]")
    parser.add_argument(
        "--hixie", type=int, default=0, choices=MARKERS, help="so many in a hundred [%(default)s]"
    )
    parser.add_argument(
        "--quick", action="store_true", help="short runs, to try it out; nothing is written"
    )
    parser.add_argument("--folder", type=Path, help="on the disk to be measured [.cache/bench]")
    options = parser.parse_args()

    base = options.folder or WORK
    base.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="room-", dir=base) as folder:
        lab = Lab(Path(folder), hixie=options.hixie, quick=options.quick)
        body = [
            row
            for line in LINES
            if not options.only or line.name in options.only
            for row in measure(lab, line, options.runs)
        ]
    print("\n" + figures.table(HEAD, body))
    if not options.quick:
        figures.record(MARKERS[options.hixie], HEAD, body, names)
        print(f"written to {figures.DOCUMENT}")


if __name__ == "__main__":
    main()
