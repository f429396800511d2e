"""
The application's half of one connection: its commands in, its replies out.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import UNSET, UnsetType, structs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatroom import limits
from chatroom.codecs import chat as codec
from chatroom.commands import UNANSWERED, AnyCommand, Durable
from chatroom.envelope import Envelope
from chatroom.errors import ChatError, Internal
from chatroom.interfaces import ICarrier, ISession
from chatroom.replies import Error, Reply

if TYPE_CHECKING:
    from chatroom.chat import Chat
    from chatroom.presence import Person
    from chatroom.stream import Stream

log = Logger()

#: After so many commands in one turn of the reactor others have their turn.
_COMMANDS_PER_TURN: Final = 64


class Clients(Protocol):
    """Whoever tracks the connected clients."""

    def connected(self, session: Session) -> None:
        """*session* has its connection."""

    def disconnected(self, session: Session) -> None:
        """*session* has lost it."""


@implementer(ISession)
class Session:
    """
    A connection that talks the chat protocol.

    Commands are begun in the order they came. Those that wait do so undecoded: to
    refuse one takes a reply, and while the peer does not read its replies the next
    command is not begun.

    Args:
        chat: Where the commands go.
        clock: For timeouts and turns.
        clients: Is told when the session comes and goes.
    """

    def __init__(self, chat: Chat, clock: IReactorTime, clients: Clients) -> None:
        self.person: Person | None = None
        #: The rooms this connection listens to, by key.
        self.streams: dict[str, Stream] = {}
        self._chat = chat
        self._clock = clock
        self._clients = clients
        self._carrier: ICarrier
        self._waiting: deque[bytes] = deque()
        self._paused = False
        self._running = False
        #: Whether nothing more is said or heard here.
        self.closing = False
        #: Commands on their way into the log.
        self._under_way = 0
        self._nudged: Deferred[None] | None = None
        self._refusals: deque[float] = deque(maxlen=limits.FLOOD_REFUSALS)
        self._no_hello: IDelayedCall | None = None

    # What the dialect tells.

    def opened(self, carrier: ICarrier) -> None:
        """See `ISession.opened`."""
        self._carrier = carrier
        self._no_hello = self._clock.callLater(
            limits.HELLO_TIMEOUT_S, self.close, limits.CLOSE_POLICY, "no hello came"
        )
        self._clients.connected(self)

    def received(self, payload: bytes) -> None:
        """See `ISession.received`."""
        if self.closing:
            return
        self._waiting.append(payload)
        if len(self._waiting) >= limits.COMMANDS_WAITING and not self._paused:
            self._paused = True
            self._carrier.pause()
        if not self._running:
            self._running = True
            Deferred.fromCoroutine(self._run()).addErrback(self._broken)

    def failing(self, code: int, reason: str) -> None:
        """See `ISession.failing`."""
        self._write(codec.closing(code, reason, _retry_after(code)))
        self._end()

    def overflowed(self) -> None:
        """See `ISession.overflowed`."""
        self.close(limits.CLOSE_SLOW, "you read too slowly; come back and resume")

    def drained(self) -> None:
        """See `ISession.drained`."""
        self._nudge()

    def lost(self) -> None:
        """See `ISession.lost`."""
        self._end()
        # The last one to be gone lets the store close, which is told of it before.
        self._chat.lost(self)
        self._clients.disconnected(self)

    # What the chat does.

    def reply(self, command: AnyCommand, reply: Reply) -> None:
        """
        Send *reply* to *command*, under its id.
        """
        if command.id is not UNSET:
            reply = structs.replace(reply, id=command.id)
        self._write(codec.encode(reply))

    def news(self, news: Reply) -> None:
        """
        Tell what another connection of the person's has done.
        """
        self._write(codec.encode(news))

    def hear(self, envelope: Envelope) -> None:
        """
        Send an event.
        """
        self._carrier.write_event(envelope.frame(self._carrier.dialect))

    def welcomed(self) -> None:
        """
        Somebody has said hello.
        """
        self._cancel_no_hello()

    def close(self, code: int, reason: str) -> None:
        """
        Say why, and close. Idempotent.
        """
        if not self.closing:
            self._write(codec.closing(code, reason, _retry_after(code)))
            self._end()
            self._carrier.close(code, reason)

    # Commands.

    async def _run(self) -> None:
        """
        Answer the commands that wait, until there are none.
        """
        done = 0
        while self._waiting and not self.closing:
            await self._until(self._may_begin)
            await self._answer(self._waiting.popleft())
            if self._paused and len(self._waiting) < limits.COMMANDS_WAITING:
                self._paused = False
                self._carrier.resume()
            done += 1
            if done % _COMMANDS_PER_TURN == 0:
                await deferLater(self._clock, 0)
        self._running = False

    def _may_begin(self) -> bool:
        return (
            self._carrier.waiting_bytes <= limits.BACKLOG_PAUSE_BYTES
            and self._under_way < limits.COMMANDS_WAITING
        )

    async def _answer(self, payload: bytes) -> None:
        """
        Do one command and say what became of it. Never fails for what the peer sent.

        Commands for the log follow each other without waiting, since it keeps
        their order; any other one waits for those before it.
        """
        try:
            command = codec.decode(payload)
        except codec.Malformed as malformed:
            self._refuse(malformed.error, malformed.id, malformed.type)
            return
        if self._under_way and not isinstance(command, Durable):
            await self._until(lambda: not self._under_way)
        try:
            reply = await self._chat.submit(self, command)
        except Exception:  # noqa: BLE001 - `_failed` tells mistakes from bugs
            self._failed(Failure(), command)  # type: ignore[no-untyped-call]
            return
        if isinstance(reply, Deferred):
            self._under_way += 1
            reply.addCallbacks(
                self._replied, self._failed, callbackArgs=(command,), errbackArgs=(command,)
            )
            reply.addBoth(self._done).addErrback(self._broken)
        else:
            self._replied(reply, command)

    def _replied(self, reply: Reply | None, command: AnyCommand) -> None:
        if reply is not None:
            self.reply(command, reply)

    def _failed(self, failure: Failure, command: AnyCommand) -> None:
        """
        *command* was refused; or a bug of ours meets a peer, here and nowhere else.
        """
        error, type = failure.value, codec.type_of(command)
        if not isinstance(error, ChatError):
            log.failure("A {type} command failed", failure, type=type)
            error = Internal("a mistake of the server's; nothing was stored")
        self._refuse(error, command.id, type)

    def _done(self, _: object) -> None:
        self._under_way -= 1
        self._nudge()

    async def _until(self, condition: Callable[[], bool]) -> None:
        """
        Return once *condition* holds, which a reply or a drain may bring about.
        """
        while not condition():
            self._nudged = Deferred()
            await self._nudged

    def _nudge(self) -> None:
        if self._nudged is not None:
            nudged, self._nudged = self._nudged, None
            nudged.callback(None)

    def _refuse(self, error: ChatError, id: str | UnsetType, type: str | UnsetType) -> None:
        """
        Tell the sender of a command what is wrong with it; too often is a flood.
        """
        if type not in UNANSWERED:
            reply = Error(
                id=id,
                code=error.code,
                reason=error.reason,
                retry_after=UNSET if error.retry_after is None else error.retry_after,
                suggest=UNSET if error.suggest is None else error.suggest,
            )
            self._write(codec.encode(reply))
        now = self._clock.seconds()
        self._refusals.append(now)
        if (
            len(self._refusals) == limits.FLOOD_REFUSALS
            and now - self._refusals[0] < limits.FLOOD_WINDOW_S
        ):
            self.close(limits.CLOSE_POLICY, "too many refused commands")

    # The end.

    def _write(self, payload: bytes) -> None:
        if not self.closing:
            self._carrier.write(self._carrier.dialect.frame(payload))

    def _end(self) -> None:
        """
        Begin nothing more.
        """
        self.closing = True
        self._waiting.clear()
        self._cancel_no_hello()
        if self._nudged is not None:
            nudged, self._nudged = self._nudged, None
            nudged.cancel()

    def _cancel_no_hello(self) -> None:
        if self._no_hello is not None and self._no_hello.active():
            self._no_hello.cancel()
        self._no_hello = None

    def _broken(self, failure: Failure) -> None:
        """
        The loop over the commands has failed: that of a lost connection may.
        """
        if not failure.check(CancelledError):  # type: ignore[no-untyped-call]
            log.failure("A session failed", failure)
            self.close(limits.CLOSE_INTERNAL, "a mistake of the server's")


def _retry_after(code: int) -> int | None:
    """
    Return after how many seconds a client closed with *code* may come back unasked.
    """
    if code in {limits.CLOSE_RESTART, limits.CLOSE_INTERNAL}:
        # Spread: all who are told at once would be back at once.
        return random.randint(1, limits.RETRY_SPREAD_S)  # noqa: S311 - no secret
    return 0 if code == limits.CLOSE_SLOW else None
