"""
What reads the wire, and what it owes to any input: an answer, or a refusal that is documented.

Each target takes one input, feeds it whole and cut, and returns in a word what became of it.
It raises whatever the code raises that it should not, and `AssertionError` for a result
that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from msgspec import UNSET
from twisted.internet.task import Clock

from chatroom.codecs import chat, hixie
from chatroom.codecs.head import BadHead, HeadParser, RequestHead
from chatroom.commands import AnyCommand
from chatroom.dialects.websocket import WebSocketCarrier, WebSocketFactory
from chatroom.limits import HEAD_BYTES
from chatroom.replies import Error
from tests.dialects.websocket_client import HEAD
from tests.fuzz import mutation
from tests.hostile.frames import server_frames
from tests.peers import RecordingSession, SlowTransport, lose

#: Small, so that what exceeds it is no rarity.
FRAME_BYTES: Final = 200

_STATUSES: Final = {400, 431}
_CODES: Final = {"bad_json", "bad_command", "unknown_type"}
_HIXIE_CODES: Final = {1002, 1007, 1009}
#: 1000 answers a close of the peer's, whatever its code.
_CLOSES: Final = {1002, 1003, 1007, 1009}


@dataclass(frozen=True, slots=True)
class Target:
    """
    Args:
        make: Makes an input.
        read: Reads it, see the module.
    """

    make: mutation.Make
    read: Callable[[bytes, Random], str]


def read_head(data: bytes, dice: Random) -> str:
    """The switch's parser, and behind it the handshakes of hixie."""
    whole = _head_of([data])
    cut = _head_of(mutation.pieces(dice, data))
    assert whole == cut, f"a cut changes it: {whole} {cut}"
    result = whole[0]
    if not isinstance(result, RequestHead):
        return str(result or "half a head")
    assert data.startswith(result.raw)
    assert len(result.raw) <= HEAD_BYTES
    assert whole[1] == data[len(result.raw) :]
    if result.dialect.startswith("hixie"):
        try:
            answer = hixie.handshake(result, b"chatroom.v1", secure=False).answer(b"8 bytes.")
        except BadHead as bad:
            assert bad.status in _STATUSES
            return str(bad.status)
        assert answer.count(b"\r\n\r\n") == 1 or result.dialect == "hixie-76", answer
    return result.dialect or "plain"


def _head_of(pieces: list[bytes]) -> tuple[RequestHead | int | None, bytes]:
    parser, head = HeadParser(), None
    for number, piece in enumerate(pieces):
        try:
            head = parser.feed(piece)
        except BadHead as bad:
            assert bad.status in _STATUSES
            return bad.status, b""
        if head is not None:
            return head, parser.rest + b"".join(pieces[number + 1 :])
    return None, b""


def read_hixie(data: bytes, dice: Random) -> str:
    """The frames of hixie-75 and hixie-76."""
    whole, end = _frames_of([data])
    assert (whole, end) == _frames_of(mutation.pieces(dice, data)), "a cut changes it"
    for frame in whole:
        if isinstance(frame, hixie.Text):
            frame.payload.decode()
            assert len(frame.payload) <= FRAME_BYTES
    return str(end or "read")


def _frames_of(pieces: list[bytes]) -> tuple[list[hixie.Frame], int]:
    reader, frames = hixie.FrameReader(FRAME_BYTES), []
    for piece in pieces:
        reader.feed(piece)
        try:
            while (frame := reader.next()) is not None:
                frames.append(frame)
        except hixie.BadFrame as bad:
            assert bad.code in _HIXIE_CODES
            return frames, bad.code
    return frames, 0


def read_command(data: bytes, _dice: Random) -> str:
    """The commands of the chat protocol; and the error that a refused one is answered with."""
    try:
        command: AnyCommand = chat.decode(data)
    except chat.Malformed as bad:
        assert bad.error.code in _CODES
        assert bad.id is UNSET or (0 < len(bad.id) <= 64 and bad.id.isprintable())
        answer = Error(id=bad.id, code=bad.error.code, reason=bad.error.reason)
        assert len(chat.encode(answer)) < 2048
        return bad.error.code
    assert chat.type_of(command)
    return "read"


class Wire:
    """
    The whole way of RFC 6455: the fast lane, Autobahn, the outbox.
    """

    def __init__(self) -> None:
        self._clock = Clock()
        self._session = RecordingSession()
        self._factory = WebSocketFactory(lambda: self._session, self._clock)

    def read(self, data: bytes, dice: Random) -> str:
        """See the module."""
        whole = self._said([data])
        assert whole == self._said(mutation.pieces(dice, data)), "a cut changes it"
        heard, code, told = whole
        for payload in heard:
            payload.decode()
        assert code in {0, 1000} or code in _CLOSES or not told, whole
        assert "failing 1011" not in told
        # It is told ahead of a close for a mistake, and once.
        assert [it for it in told if it.startswith("failing")] in ([], [f"failing {code}"]), whole
        return str(code or "read")

    def _said(self, pieces: list[bytes]) -> tuple[list[bytes], int, list[str]]:
        session = self._session = RecordingSession()
        transport = SlowTransport()
        carrier = self._factory.buildProtocol(None)
        assert isinstance(carrier, WebSocketCarrier)
        carrier.makeConnection(transport)
        carrier.dataReceived(HEAD)
        transport.take()
        transport.clear()
        for piece in pieces:
            carrier.dataReceived(piece)
        transport.take()
        closes = [payload for opcode, payload in server_frames(transport.value()) if opcode == 8]
        assert len(closes) <= 1
        lose(carrier)
        code = int.from_bytes(closes[0][:2], "big") if closes and closes[0] else 0
        return session.heard, code, session.told


TARGETS: Final[dict[str, Target]] = {
    "head": Target(mutation.head, read_head),
    "hixie": Target(mutation.hixie, read_hixie),
    "chat": Target(mutation.command, read_command),
    "websocket": Target(mutation.websocket, Wire().read),
}
