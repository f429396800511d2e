"""
The wheel, alone: what it carries, and that it serves the room without the checkout.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
#: What the wheel is made of. A copy is built: building leaves traces.
SOURCES: Final = (
    "chatroom",
    "twisted",
    "web",
    "setup.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
#: Generous: nothing is measured here.
PATIENCE_S: Final = 60.0


TWISTD: Final = Path(sysconfig.get_path("scripts")) / "twistd"
#: Neither the checkout nor a setting of the user's may lend what the wheel lacks.
ENVIRONMENT: Final = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
    "PYTHONUNBUFFERED": "1",
}

pytestmark = pytest.mark.slow


def run(*command: str | Path) -> str:
    """
    Return what *command* says, run from ``/``, its complaints included.

    Raises:
        AssertionError: It failed.
    """
    done = subprocess.run(
        command,
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def files(folder: Path) -> set[str]:
    """The files below *folder*, relative to it, without what Python and editors leave."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in paths
        if "__pycache__" not in path.parts and not any(part[0] == "." for part in path.parts)
    }


@dataclass(frozen=True)
class Fresh:
    """An environment with the wheel, its dependencies and nothing else of ours."""

    folder: Path
    wheel: Path
    python: Path


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Build the wheel, twice, and install it. Nothing is downloaded."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source)

    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    build = (*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    # The second build finds the first one's build/ and must not revive this.
    (source / "web" / "gone.js").touch()
    run(*build)
    (source / "web" / "gone.js").unlink()
    run(*build)
    (wheel,) = folder.glob("chatroom-*.whl")

    environment = folder / "fresh"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", wheel)
    # Dependencies are lent by the environment of the tests. Path entries in
    # *its* .pth files do not count here, so neither does an editable install.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    return Fresh(folder, wheel, python)


def test_contents(fresh: Fresh) -> None:
    """The wheel has every module, the plugin and the site, and no other file."""
    with ZipFile(fresh.wheel) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert packed == (
        {f"chatroom/{name}" for name in files(ROOT / "chatroom")}
        | {f"chatroom/web/{name}" for name in files(ROOT / "web")}
        | {"twisted/plugins/chatroom_plugin.py"}
    )


def test_nothing_is_lent_but_dependencies(fresh: Fresh) -> None:
    """The environment imports what the wheel brought."""
    where = run(fresh.python, "-c", "import chatroom; print(chatroom.__file__)")

    assert Path(where).is_relative_to(fresh.folder)


def test_the_container_is_made_of_the_same() -> None:
    """What the wheel is made of is copied into the image, and nothing else is."""
    lines = (ROOT / "packaging" / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if re.match(r"COPY [^-]", line)]

    assert {name for names in copied for name in names} == set(SOURCES)


def test_twistd_lists_the_plugin(fresh: Fresh) -> None:
    """From any folder, ``twistd --help`` knows the command."""
    said = run(fresh.python, TWISTD, "--help")

    assert re.search(r"(?m)^ +chatroom +\S", said), said


def test_serves_the_site(fresh: Fresh) -> None:
    """The room opens, and ``/`` is the page of the wheel."""
    command = (
        *(fresh.python, TWISTD, "--nodaemon", "--pidfile=", "chatroom"),
        *("--port", "tcp:0:interface=127.0.0.1"),
    )
    with subprocess.Popen(
        command,
        cwd="/",
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout is not None
        late = Timer(PATIENCE_S, server.kill)
        late.start()
        try:
            said = ""
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/", said)):
                line = server.stdout.readline()
                assert line, f"it ended before the room was open:\n{said}"
                said += line
            with urlopen(found[0], timeout=PATIENCE_S) as answer:  # noqa: S310  # our own
                page = answer.read()
        finally:
            late.cancel()
            server.terminate()

    assert page == (ROOT / "web" / "index.html").read_bytes()
