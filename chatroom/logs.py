"""
The log as JSON, an object a line, for programs that read logs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any, Final, TextIO

from twisted.logger import ILogObserver, LogEvent, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

#: Of the fields in Twisted's events those that are not the event's own.
_TWISTEDS: Final = frozenset(
    {"debug", "failure", "format", "isError", "message", "system", "threadable", "time", "why"}
)


def line_of(event: LogEvent) -> str:
    """
    Return *event* as one line: an object with `time`, `level`, `namespace`, `message`,
    and where there are any `fields` and a `traceback`.

    All of it is ASCII, so nothing that somebody has called themselves ends a line or
    moves a terminal's cursor. Of the fields those that are text, numbers and truth
    values are told; what else belongs to the event is in its message.
    """
    told: dict[str, object] = {
        "time": _time(event.get("log_time", 0.0)),
        "level": getattr(event.get("log_level"), "name", "info"),
        "namespace": _plain(str(event.get("log_namespace", ""))),
        "message": _plain(formatEvent(event)),
    }
    if fields := _fields(event):
        told["fields"] = fields
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        told["traceback"] = _plain(failure.getTraceback())
    return json.dumps(told) + "\n"


@implementer(ILogObserver)
class JSONLog:
    """
    Writes a line for each event.

    Args:
        file: Where to; each line is flushed.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, event: LogEvent) -> None:
        """
        Write *event* down.
        """
        self._file.write(line_of(event))
        self._file.flush()


def json_log(where: str, *, daemon: bool = False) -> JSONLog:
    """
    Return the log that writes to *where*.

    Args:
        where: A file, which is added to; or ``-``, the standard output.
        daemon: Whether there is going to be no standard output.

    Raises:
        ValueError: It cannot be written to.
    """
    if where == "-":
        if daemon:
            raise ValueError("expected a file, for a daemon has no standard output")
        return JSONLog(sys.stdout)
    try:
        return JSONLog(Path(where).open("a", encoding="ascii"))
    except OSError as error:
        raise ValueError(f"expected a file that can be written, or -: {error.strerror}") from error


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(event: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: _plain(value) if isinstance(value, str) else value
        for name, value in event.items()
        if not name.startswith("log_")
        and name not in _TWISTEDS
        and (isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)))
    }


def _plain(text: str) -> str:
    # Half a surrogate pair is in no encoding, and some readers of JSON refuse it.
    return text.encode("utf-8", "backslashreplace").decode()
