"""
What an HTTP client sees.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Answer:
    """
    One HTTP answer: its names in lower case, its body as far as it came.
    """

    status: int
    fields: dict[bytes, bytes]
    body: bytes

    @property
    def length(self) -> int:
        """The length that it states."""
        return int(self.fields.get(b"content-length", b"0"))


def answers(stream: bytes) -> list[Answer]:
    """
    Take *stream* apart: whole answers, one behind the other.

    Behind a switch of protocols no more are looked for.
    """
    found = []
    while stream:
        top, end, stream = stream.partition(b"\r\n\r\n")
        assert end, top
        line, *lines = top.split(b"\r\n")
        version, status, _ = line.split(b" ", 2)
        assert version in {b"HTTP/1.0", b"HTTP/1.1"}, line
        fields = {name.lower(): value for name, value in (f.split(b": ", 1) for f in lines)}
        answer = Answer(int(status), fields, b"")
        answer.body, stream = stream[: answer.length], stream[answer.length :]
        found.append(answer)
        if answer.status == 101:
            answer.body, stream = stream, b""
    return found
