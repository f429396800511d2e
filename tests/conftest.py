"""
What pytest must know that trial does not.
"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Put the end-to-end tests last.

    They run the reactor for good; trial's asynchronous tests start and stop it,
    and could not do that any more.
    """
    items.sort(key=lambda item: item.path.parent.name == "e2e")
