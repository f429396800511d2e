"""
The programs in C, compiled once.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import programs


def program(name: str, folder: Path) -> Path:
    """Compile *name*; without a compiler skip at a desk, and fail in CI."""
    if programs.compiler() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(programs.NEEDED, pytrace=False)
        pytest.skip(programs.NEEDED)
    return programs.build(name, folder)


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The people."""
    return program("load", tmp_path_factory.mktemp("load"))


@pytest.fixture(scope="session")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The floor."""
    return program("floor", tmp_path_factory.mktemp("floor"))
