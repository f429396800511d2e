"""
How fast are others? ``python -m benchmarks.peers`` lets the same people into servers that
do nothing but give each message to everybody, and writes the figures into
``docs/performance.md``.

Each peer is the simplest program that its documentation suggests. They have no names, no
rules and no log; the room has. What is missing is installed into ``.cache/bench/peers``,
nginx by Debian if that is allowed; who cannot be installed is skipped.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import venv
from collections.abc import Callable, Container, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from string import Template
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import figures, lines
from benchmarks.programs import WORK, FailedRun, Lab, Report, Server, VoidRun
from benchmarks.room import PROJECT

SERVERS: Final = PROJECT / "benchmarks" / "peer_servers"
INSTALLED: Final = WORK / "peers"
NCHAN: Final = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
#: Of the command line: no room of theirs has rules.
BARE: Final = {"bare": True, "path": "/"}
HEAD: Final = (
    "server",
    "version",
    "one at a time",
    "saturated, CPU per delivery",
    "deliveries a second",
    "memory for each",
    "on",
)
MARKER: Final = "figures of peers"


class Unavailable(Exception):
    """
    A peer cannot be installed here; the message tells why.
    """


@dataclass(frozen=True, slots=True)
class Peer:
    """
    A server to compare with.

    Args:
        name: What to call it.
        install: Makes sure that it is there, and returns its version.
        command: Starts it at a port; the folder is for what it leaves behind.
    """

    name: str
    install: Callable[[], str]
    command: Callable[[int, Path], list[str]]


def run(*command: str | Path, **environment: str) -> None:
    """
    Do a step of an installation.

    Raises:
        Unavailable: It failed.
    """
    print("  $", *command, flush=True)
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"{command[0]} failed")


def python_peer(module: str, *packages: str) -> Peer:
    """
    Return a peer that runs in an environment of its own.
    """
    folder = INSTALLED / module
    python = folder / "bin" / "python"

    def install() -> str:
        if not python.exists():
            venv.create(folder, with_pip=True)
        pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet")
        run(*pip, "install", module, *packages)
        asked = f"from importlib.metadata import version; print(version({module!r}))"
        return subprocess.check_output([python, "-c", asked], text=True).strip()

    script = SERVERS / f"{module}_server.py"
    return Peer(module, install, lambda port, _: [str(python), str(script), str(port)])


def install_node_ws() -> str:
    """Install ws for Node."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise Unavailable("node and npm are missing")
    folder = INSTALLED / "node"
    folder.mkdir(parents=True, exist_ok=True)
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "ws")
    asked = f"require({str(folder / 'node_modules' / 'ws' / 'package.json')!r}).version"
    return subprocess.check_output([node, "-p", asked], text=True).strip()


def node_ws(port: int, _: Path) -> list[str]:
    """Start it, and let it find ws."""
    modules = INSTALLED / "node" / "node_modules"
    return ["env", f"NODE_PATH={modules}", "node", str(SERVERS / "node_ws.cjs"), str(port)]


def install_nchan() -> str:
    """Have Debian install nginx and nchan."""
    if shutil.which("nginx") is None or not NCHAN.exists():
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise Unavailable("missing; on Debian:  sudo apt-get install libnginx-mod-nchan")
        install = ("apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends")
        # In this run level Debian does not start what it installs.
        run(*install, "libnginx-mod-nchan", DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    asked = ["dpkg-query", "--show", "--showformat", "${Version}", "libnginx-mod-nchan"]
    return subprocess.check_output(asked, text=True).strip()


def nchan(port: int, folder: Path) -> list[str]:
    """Start it, configured."""
    template = Template((SERVERS / "nchan.conf").read_text(encoding="utf-8"))
    configuration = folder / "nginx.conf"
    text = template.substitute(module=NCHAN, port=port, folder=folder)
    configuration.write_text(text, encoding="utf-8")
    return ["nginx", "-p", str(folder), "-c", str(configuration)]


PEERS: Final = (
    Peer("node ws", install_node_ws, node_ws),
    python_peer("websockets"),
    python_peer("picows", "uvloop"),
    python_peer("aiohttp"),
    Peer("nginx + nchan", install_nchan, nchan),
)
ROOM: Final = "the room"
FLOORS: Final = {"floor, sending": "send", "floor, coalescing": "coalesce"}
NAMES: Final = (*FLOORS, ROOM, *(peer.name for peer in PEERS))

Sample = dict[str, float]


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What is measured.

    Args:
        name: Of its row.
        version: Of what it is.
        start: Opens a new one.
        options: Of `load`.
    """

    name: str
    version: str
    start: Callable[[], AbstractContextManager[Server]]
    options: dict[str, object]

    def measure(self, lab: Lab) -> Sample:
        """Take a sample, from a new server for each figure."""
        one = self._load(lab, "talk", **lines.one_at_a_time_options(lab))
        many = self._load(lab, "talk", **lines.saturated_options(lab))
        idle = self._load(lab, "connect", **lines.memory_options(lab))
        return {
            "one": lines.cpu_of(one, "delivery"),
            "saturated": lines.cpu_of(many, "delivery"),
            "rate": many["deliveries_per_s"],
            "each": idle["newcomers"]["rss_kib_each"],
        }

    def _load(self, lab: Lab, mode: str, **options: object) -> Report:
        with self.start() as server:
            return lab.load(mode, server, **options, **self.options)


@contextmanager
def opened(lab: Lab, peer: Peer) -> Iterator[Server]:
    """
    Open a peer.
    """
    with TemporaryDirectory(dir=lab.folder) as name:
        folder = Path(name)
        with lab.process(lambda port: peer.command(port, folder)) as server:
            yield server


def subjects(lab: Lab, chosen: Container[str]) -> Iterator[Subject]:
    """
    Return who of *chosen* can be measured here, and say who cannot.
    """
    ours = [Subject(name, "", partial(lab.floor, how), {}) for name, how in FLOORS.items()]
    ours.append(Subject(ROOM, version("chatroom"), partial(lines.new_room, lab), {}))
    yield from (subject for subject in ours if subject.name in chosen)
    for peer in PEERS:
        if peer.name not in chosen:
            continue
        try:
            installed = peer.install()
        except Unavailable as unavailable:
            print(f"{peer.name} is SKIPPED: {unavailable}", flush=True)
            continue
        yield Subject(peer.name, installed, partial(opened, lab, peer), BARE)


def row(subject: Subject, samples: list[Sample], trouble: str) -> list[str]:
    """
    Return a server's row.
    """
    if not samples:
        return [subject.name, subject.version, f"void: {trouble}", "", "", "", figures.today()]
    told = figures.medians(samples)
    return [
        subject.name,
        subject.version,
        f"{told['ratio']:.2f} × floor",
        f"{told['saturated']:.2f} µs",
        f"{told['rate']:,.0f}",
        f"{told['each']:.1f} KiB",
        figures.today(),
    ]


def measure(lab: Lab, subject: Subject) -> Sample:
    """
    Take a sample of a server between two of the floor.
    """
    before = lines.floor_cpu(lab)
    sample = subject.measure(lab)
    sample["ratio"] = sample["one"] / mean((before, lines.floor_cpu(lab)))
    return sample


def compare(lab: Lab, subject: Subject, runs: int) -> list[str]:
    """
    Return the row of a server, told as it comes.
    """
    print(subject.name, subject.version, flush=True)
    samples, trouble = [], ""
    for _ in range(runs):
        try:
            sample = measure(lab, subject)
        except (VoidRun, FailedRun) as error:
            trouble = str(error)
            print(f"    void: {trouble}", flush=True)
            continue
        samples.append(sample)
        print("   ", "  ".join(f"{key} {value:.3f}" for key, value in sample.items()), flush=True)
    return row(subject, samples, trouble)


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="a row; repeatable [all]")
    parser.add_argument("--runs", type=int, default=3, help="of each [%(default)s]")
    parser.add_argument(
        "--quick", action="store_true", help="short runs, to try it out; nothing is written"
    )
    options = parser.parse_args()
    # The peers do not raise it themselves.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    WORK.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="peers-", dir=WORK) as folder:
        lab = Lab(Path(folder), quick=options.quick)
        chosen = [name for name in NAMES if not options.only or name in options.only]
        body = [compare(lab, subject, options.runs) for subject in subjects(lab, chosen)]
    print("\n" + figures.table(HEAD, body))
    if not options.quick:
        figures.record(MARKER, HEAD, body, NAMES)
        print(f"written to {figures.DOCUMENT}")


if __name__ == "__main__":
    main()
