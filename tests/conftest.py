"""
What pytest must know that trial does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import TestCase

import pytest


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
