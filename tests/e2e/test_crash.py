"""
A room that is killed, or ended, under load keeps its word: the short form of ``make crash``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.rounds import Rounds
from tests.e2e.stories import story

ROUNDS = 3


@pytest.mark.slow
@story
async def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    """What was acknowledged or seen before a ``kill -9`` is there after it, once, unmoved."""
    crash = Rounds(tmp_path, seed=1)  # with a kill while it starts

    try:
        for _ in range(ROUNDS):
            await crash.kill()
        await crash.settle()
    finally:
        await crash.clean_up()

    print(crash.figures())
    assert crash.ledger.complaints == []
    assert crash.kills == ROUNDS
    assert crash.early_kills
    assert crash.ledger.acks


@pytest.mark.slow
@story
async def test_sigterm_under_load_loses_nothing(tmp_path: Path) -> None:
    """SIGTERM under load: all are told when to return, the end is near, what was acked is kept."""
    crash = Rounds(tmp_path, seed=1001)

    try:
        goodbyes, seconds = await crash.stop()
        await crash.settle()
    finally:
        await crash.clean_up()

    assert seconds < 10
    for goodbye in goodbyes:
        assert goodbye is not None
        assert goodbye["code"] == 1001
        assert 1 <= goodbye["retry_after"] <= 10
    assert crash.ledger.complaints == []
