"""
What the disk gives a program that does nothing but commit to SQLite, as safely as the
room does.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final

TEXT_CHARS: Final = 200


def commits(folder: Path, batch: int, seconds: float) -> list[float]:
    """
    Return how many seconds each commit of *batch* rows took, one after the other.
    """
    connection = sqlite3.connect(folder / f"bare-{batch}.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE entry (seq INTEGER PRIMARY KEY, time INTEGER, person TEXT, text TEXT)"
    )
    rows = [(0, "somebody's id", "x" * TEXT_CHARS)] * batch
    waits = []
    now = time.perf_counter()
    end = now + seconds
    while now < end:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entry (time, person, text) VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        begun, now = now, time.perf_counter()
        waits.append(now - begun)
    connection.close()
    return waits


def rate(folder: Path, batch: int, seconds: float) -> float:
    """
    Return how many rows a second SQLite keeps, *batch* in each commit.
    """
    waits = commits(folder, batch, seconds)
    return batch * len(waits) / sum(waits)
