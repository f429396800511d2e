"""
Run the Autobahn test suite against the room's RFC 6455 side.

The suite needs a Python 2.7. Where there is none, that is said and nothing fails.
Everything it needs goes to ``.cache/conformance``, its report too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
CACHE: Final = HERE.parent.parent / ".cache" / "conformance"
REPORTS: Final = CACHE / "reports"

#: The suite's last release, and the last virtualenv that knows Python 2.7.
SUITE: Final = ("autobahntestsuite==0.8.2", "autobahn==0.10.9")
VIRTUALENV: Final = "virtualenv<20.22"

#: Framing, pings, reserved bits, opcodes, fragments, UTF-8, closing; sizes and
#: times; automatic fragments.
CASES: Final = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*")
#: Compression: of five kinds of content, and as asked for in seven ways; a thousand
#: messages each, of 16 bytes to 4 KB. Left out, for the suite needs an hour for them:
#: messages of 8 to 128 KB, whole (6 to 10) and in fragments (11 to 18).
COMPRESSION: Final = tuple(
    f"{group}.{size}"
    for group in (
        *(f"12.{content}" for content in range(1, 6)),
        *(f"13.{way}" for way in range(1, 8)),
    )
    for size in range(1, 6)
)
GOOD: Final = {"OK", "INFORMATIONAL"}

AGENT: Final = "chatroom"
TIMEOUT_S: Final = 1800


def main() -> int:
    """Return the exit status: 0 unless a case failed."""
    python = python27()
    if python is None:
        print("SKIPPED: conformance, for want of a Python 2.7 (pyenv install 2.7.18 brings one)")
        return 0
    suite = CACHE / "py27" / "bin" / "wstest"
    if not suite.exists():
        print("Installing the Autobahn test suite into", CACHE, flush=True)
        try:
            install(python)
        except subprocess.CalledProcessError as error:
            print("The Autobahn test suite could not be installed:", error)
            return 1
    failed = [run(suite, CASES), run(suite, COMPRESSION, "--compress")]
    return max(failed)


def python27() -> Path | None:
    """Return a Python 2.7 that works, if there is one."""
    return next((python for python in pythons27() if is_python27(python)), None)


def pythons27() -> Iterator[Path]:
    """Where a Python 2.7 may be: on the PATH, or among those of pyenv."""
    for name in ("python2.7", "python2"):
        found = shutil.which(name)
        if found is not None:
            yield Path(found)
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield from sorted(root.glob("versions/2.7*/bin/python2.7"), reverse=True)


def is_python27(python: Path) -> bool:
    """Tell whether *python* runs: a shim of pyenv may be there without a Python behind it."""
    probe = [str(python), "-c", "import sys; sys.exit(sys.version_info[:2] != (2, 7))"]
    try:
        return subprocess.run(probe, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def install(python: Path) -> None:
    """Make an environment with the suite, of *python*."""
    shutil.rmtree(CACHE, ignore_errors=True)
    tools = CACHE / "tools"
    for command in (
        [sys.executable, "-m", "venv", tools],
        [tools / "bin" / "pip", "install", "--quiet", VIRTUALENV],
        [tools / "bin" / "virtualenv", "--quiet", "--python", python, CACHE / "py27"],
        [CACHE / "py27" / "bin" / "pip", "install", "--quiet", *SUITE],
    ):
        subprocess.run([str(part) for part in command], check=True, env=quiet_environment())


def quiet_environment() -> dict[str, str]:
    """Keep pip from telling that Python 2.7 is old."""
    return {
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_PYTHON_VERSION_WARNING": "1",
    }


def run(suite: Path, cases: Sequence[str], *options: str) -> int:
    """Start our server with *options*, let *suite* talk to it, and tell the verdicts."""
    name = "".join(option.strip("-") for option in options) or "plain"
    reports = REPORTS / name
    shutil.rmtree(reports, ignore_errors=True)
    with subprocess.Popen(
        [sys.executable, HERE / "echo.py", *options], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            spec = CACHE / f"{name}.json"
            spec.write_text(json.dumps(specification(port, cases, reports)), encoding="utf-8")
            log = CACHE / f"{name}.log"
            with log.open("wb") as output:
                subprocess.run(
                    [suite, "--mode", "fuzzingclient", "--spec", spec],
                    check=True,
                    timeout=TIMEOUT_S,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=CACHE,
                )
        finally:
            server.terminate()
    print(name, "from", cases[0], "to", cases[-1])
    return tell(reports)


def specification(port: int, cases: Sequence[str], reports: Path) -> dict[str, object]:
    """Return what the suite is to do."""
    return {
        "outdir": str(reports),
        "servers": [{"agent": AGENT, "url": f"ws://127.0.0.1:{port}/chat"}],
        "cases": cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }


def tell(reports: Path) -> int:
    """Print how many cases came to which verdict; return 1 if one is not good."""
    verdicts = json.loads((reports / "index.json").read_text(encoding="utf-8"))[AGENT]
    for title, key in (("messages", "behavior"), ("closing", "behaviorClose")):
        counts = Counter(verdict[key] for verdict in verdicts.values())
        told = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        print(f"{len(verdicts)} cases, {title}: {told}")
    bad = [
        f"case {case}: {verdict['behavior']}, closing {verdict['behaviorClose']}"
        for case, verdict in verdicts.items()
        if not {verdict["behavior"], verdict["behaviorClose"]} <= GOOD
    ]
    print(*bad, f"The report: {reports / 'index.html'}", sep="\n")
    return 1 if bad or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
