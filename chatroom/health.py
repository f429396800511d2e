"""
Whether the room is well, for those who look after it: ``healthz``.
"""

from __future__ import annotations

from typing import Final, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from chatroom.chat import Chat
from chatroom.errors import StorageUnavailable
from chatroom.limits import HEALTH_KEPT_S, HEALTH_TIMEOUT_S
from chatroom.site import plain_answer, short_answer

log = Logger()

NAME: Final = b"healthz"

_STOPPING: Final = "the room is closed, or about to be"
_LATE: Final = "the store does not answer"
_OUT_OF_REACH: Final = "the store is out of reach"
_MISTAKE: Final = "a mistake of the server's"


class Health:
    """
    Whether somebody who came now could enter and read.

    The store is asked by reading, once for all who ask meanwhile, and its answer is
    kept for a moment: anybody may ask, as often as they like.

    Args:
        chat: The room that is asked about.
        clock: For how long that may take.
    """

    def __init__(self, chat: Chat, clock: IReactorTime) -> None:
        #: Whether the room takes people at all.
        self.is_open = True
        self._chat = chat
        self._clock = clock
        self._asking: list[Deferred[str]] = []
        self._is_probing = False
        self._late: IDelayedCall | None = None
        self._ailment = ""
        self._known_until = 0.0

    def ask(self) -> Deferred[str]:
        """
        Return what ails the room, in a few words; none if it is well.
        """
        if not self.is_open:
            return succeed(_STOPPING)
        is_known = self._clock.seconds() < self._known_until
        if is_known or (self._is_probing and self._late is None):
            return succeed(self._ailment)
        asked: Deferred[str] = Deferred()
        self._asking.append(asked)
        if not self._is_probing:
            self._is_probing = True
            self._late = self._clock.callLater(HEALTH_TIMEOUT_S, self._is_late)
            Deferred.fromCoroutine(self._probe()).addCallbacks(self._probed, self._broken)
        return asked

    async def _probe(self) -> str:
        try:
            # If nobody has opened it yet. The first hello would do the same.
            await self._chat.start()
            await self._chat.probe()
        except StorageUnavailable as error:
            if self._ailment != _OUT_OF_REACH:
                log.error("The store is out of reach: {reason}", reason=error.reason)  # noqa: TRY400 - Twisted's
            return _OUT_OF_REACH
        return ""

    def _broken(self, failure: Failure) -> None:
        log.failure("The store could not be asked how it is", failure)
        self._probed(_MISTAKE)

    def _is_late(self) -> None:
        # The question stands, and until it is answered nobody has to wait again.
        self._late = None
        self._answer(_LATE)

    def _probed(self, ailment: str) -> None:
        self._is_probing = False
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._known_until = self._clock.seconds() + HEALTH_KEPT_S
        self._answer(ailment)

    def _answer(self, ailment: str) -> None:
        self._ailment = ailment
        asking, self._asking = self._asking, []
        for asked in asking:
            asked.callback(ailment if self.is_open else _STOPPING)


class Cared(Protocol):
    """What a `ChatFactory` has for this resource."""

    health: Health


class HealthResource(Resource):
    """
    Answers 200 while the room is well, and else 503 with one line that says why.

    Args:
        room: A `ChatFactory`.
    """

    isLeaf = True

    def __init__(self, room: Cared) -> None:
        super().__init__()
        self._room = room

    def render(self, request: IRequest) -> bytes | int:
        """
        Answer as soon as it is known.
        """
        if request.method not in {b"GET", b"HEAD"}:
            return short_answer(request, 405, "This can only be read.", ((b"Allow", b"GET, HEAD"),))
        gone: list[object] = []
        request.notifyFinish().addBoth(gone.append)  # type: ignore[attr-defined]

        def tell(ailment: str) -> None:
            if not gone:
                status = 503 if ailment else 200
                request.write(plain_answer(request, status, f"{ailment or 'ok'}\n".encode()))
                request.finish()

        self._room.health.ask().addCallback(tell).addErrback(
            lambda failure: log.failure("It could not be told how the room is", failure)
        )
        return NOT_DONE_YET
