"""
Compression of messages, permessage-deflate, in its form without memory.

Each message stands for itself ("no context takeover"), in both directions. So what goes
out is compressed once for all members, no compressor or window is kept for any of them,
and the length of one message tells nothing of another.

Source: RFC 7692, section 7.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from autobahn.websocket.compress import (
    PerMessageDeflate,
    PerMessageDeflateOffer,
    PerMessageDeflateOfferAccept,
)

#: How far back a copy may reach, as a power of two; and for those who ask for less.
WINDOW_BITS: Final = 14
LITTLE_WINDOW_BITS: Final = 9

#: Shorter payloads go as they are: 5 µs would save a tenth of them.
DEFLATE_FROM_BYTES: Final = 128

#: The fastest: on a page of 20 KB the usual level takes three times as long and saves 9% more.
_LEVEL: Final = 1
#: zlib's usual sizes, 15 and 8, take 256 KB, and most of the time of a short message goes
#: into having them: 21 µs instead of 9. These lose 1.5% on a page.
_MEMORY_LEVEL: Final = 7

#: What a flush ends with, and a message goes without.
_TAIL: Final = b"\x00\x00\xff\xff"

#: An extension of the handshake: its name, and its parameters with all their values.
Extension = tuple[str, Mapping[str, Any]]


def deflated(payload: bytes, window_bits: int) -> bytes:
    """
    Return *payload* as the payload of a compressed message.
    """
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window_bits, _MEMORY_LEVEL)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_TAIL)


def well_formed(extensions: Iterable[Extension]) -> list[Extension]:
    """
    Return those of *extensions* that are offers of permessage-deflate and can be read.

    One that cannot is to be declined; Autobahn would refuse the whole handshake.
    """
    return [extension for extension in extensions if _is_well_formed(*extension)]


def _is_well_formed(name: str, parameters: Mapping[str, Any]) -> bool:
    if name != PerMessageDeflate.EXTENSION_NAME:
        return False
    try:
        PerMessageDeflateOffer.parse(parameters)  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - Autobahn raises nothing narrower
        return False
    return True


def accepted(offers: list[PerMessageDeflateOffer]) -> PerMessageDeflateOfferAccept:
    """
    Accept what the client likes best, without context takeover on either side: a server
    may answer so without being asked.
    """
    offer = PerMessageDeflateOffer(  # type: ignore[no-untyped-call]
        # As if it had been asked for, or the answer would not say it.
        request_no_context_takeover=True,
        request_max_window_bits=offers[0].request_max_window_bits,
    )
    return PerMessageDeflateOfferAccept(offer, request_no_context_takeover=True)  # type: ignore[no-untyped-call]


class Inflater(PerMessageDeflate):
    """
    Opens the compressed messages of one connection.

    Autobahn's would keep the window of the last message, 40 KB, until the next one
    comes. This one keeps nothing between two.
    """

    _is_server = True
    client_no_context_takeover = True
    client_max_window_bits = zlib.MAX_WBITS
    #: Whoever calls says how much it may be.
    max_message_size = None
    _decompressor = None
    _decompress_message_size = 0

    def __init__(self) -> None:
        """Set nothing: it is in the class."""

    def decompress_message_data(self, data: bytes, max_output_len: int | None = None) -> bytes:
        """
        Return what is behind *data*, and one byte more than it may be if it is too much.

        At the limit itself zlib keeps the rest of a copy to itself, and the text
        would be heard without its end. The caller refuses what is longer.
        """
        room = None if max_output_len is None else max(max_output_len, 0) + 1
        opened: bytes = super().decompress_message_data(data, max_output_len=room)  # type: ignore[no-untyped-call]
        return opened

    def end_decompress_message(self) -> None:
        """
        The message is whole.
        """
        super().end_decompress_message()  # type: ignore[no-untyped-call]
        self.__dict__.clear()
