"""
The fast lane ahead of Autobahn: what nearly every segment from a client is.

That is whole frames, each a masked text in one piece, or a pong. Autobahn, which is ready
for anything, takes six times as long to take a message apart as these few lines.
Whatever else comes (fragments, pings, closes, long frames, half a frame, a mistake) is
left to Autobahn, from the first byte of that frame on.

Source: RFC 6455, sections 5.2 and 5.3.
"""

from __future__ import annotations

from typing import Final

from chatroom.limits import KIB

#: First bytes: final, no extension, and the opcode.
_TEXT: Final = 0x81
_PONG: Final = 0x8A
#: In the second byte: masked, and a length that stands in it; or in the two that follow.
_MASKED: Final = 0x80
_SHORT: Final = _MASKED | 125
_MEDIUM: Final = _MASKED | 126
_LONGEST_SHORT: Final = 125
#: For longer ones Autobahn's way to unmask, which is in C, is the faster one.
_LONGEST: Final = 4 * KIB


def whole_frame(  # noqa: PLR0911 - each way out as soon as it shows
    data: bytes, start: int
) -> tuple[bytes | None, int] | None:
    """
    Read the frame of *data* that begins at *start*.

    Returns:
        The payload of a text, which is UTF-8, or None for a pong; and where the next
        frame begins. None alone if it is not for this lane.
    """
    size = len(data)
    body = start + 6
    if size < body:
        return None
    first, second = data[start], data[start + 1]
    if _MASKED <= second <= _SHORT:
        end = body + (second - _MASKED)
    elif second == _MEDIUM and size >= body + 2:
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        if not _LONGEST_SHORT < length <= _LONGEST:
            return None
        body += 2
        end = body + length
    else:
        return None
    if end > size:
        return None
    if first == _TEXT:
        payload = _unmasked(data[body:end], data[body - 4 : body])
        try:
            # Strict, so lone surrogates fail here as they do there.
            payload.decode()
        except UnicodeDecodeError:
            return None
        return payload, end
    if first == _PONG and second != _MEDIUM:
        return None, end
    return None


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    """
    Return *payload* with each byte XORed with its one of *mask*; as one long number.
    """
    size = len(payload)
    masks = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(masks, "little")).to_bytes(
        size, "little"
    )
