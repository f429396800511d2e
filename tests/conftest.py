"""
What pytest must know that trial does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import TestCase

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Put what is no `TestCase` last: the end-to-end tests and those of the benchmarks.

    Under pytest-twisted they run the reactor for good; trial's asynchronous tests start
    and stop it, and could not do that any more.
    """
    items.sort(key=lambda item: not issubclass(getattr(item, "cls", None) or object, TestCase))


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work in a folder of its own, as trial does: a `mktemp` of its leaves no traces."""
    with contextlib.chdir(tmp_path_factory.mktemp("trial")):
        yield
