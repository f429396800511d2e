"""
What pytest must know that trial does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final
from unittest import TestCase

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

#: What takes a processor for itself, or measures how long others wait. Where several processes
#: run the tests, one of them runs all of these, one after the other.
BUSY: Final = (
    "tests/benchmarks/",
    "tests/hostile/",
    "tests/e2e/test_crash.py",
    "tests/e2e/test_disk_full.py",
    "tests/e2e/test_fsync.py",
)


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no annotations
    """
    What a process runs as a whole: a file, whose tests share a browser, or all that is busy.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "busy" if file.startswith(BUSY) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shares:
    """
    Let `make e2e` run two tests at a time.
    """
    return Shares(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Let `make test` run each test once.
    """
    parser.addoption(
        "--no-units", action="store_true", help="leave out the unit tests, which trial runs"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Put what is no `TestCase` last: the end-to-end tests and those of the benchmarks.

    Under pytest-twisted they run the reactor for good; trial's asynchronous tests start
    and stop it, and could not do that any more.
    """
    units = [item for item in items if issubclass(getattr(item, "cls", None) or object, TestCase)]
    others = [item for item in items if item not in set(units)]
    if config.getoption("no_units"):
        config.hook.pytest_deselected(items=units)
        units = []
    items[:] = [*units, *others]


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work in a folder of its own, as trial does: a `mktemp` of its leaves no traces."""
    with contextlib.chdir(tmp_path_factory.mktemp("trial")):
        yield
