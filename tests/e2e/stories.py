"""
pytest-twisted's decorator, with the types it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from pytest_twisted import ensureDeferred

P = ParamSpec("P")


def story(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, Coroutine[Any, Any, None]]:
    """
    Run the coroutine function *test* in the reactor.
    """
    marked: Callable[P, Coroutine[Any, Any, None]] = ensureDeferred(test)
    return marked
