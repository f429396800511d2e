"""
What a server sends over RFC 6455, read.
"""

from __future__ import annotations


def server_frames(data: bytes | bytearray) -> list[tuple[int, bytes]]:
    """The opcodes and payloads of the whole frames of RFC 6455 in *data*."""
    found, at = [], 0
    while len(data) >= at + 2:
        length, start = data[at + 1], at + 2
        if length >= 126:
            start += 2 if length == 126 else 8
            length = int.from_bytes(data[at + 2 : start], "big")
        if len(data) < start + length:
            break
        found.append((data[at] & 0x0F, bytes(data[start : start + length])))
        at = start + length
    return found
