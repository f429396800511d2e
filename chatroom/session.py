"""
The application's half of one connection: its commands in, its replies out.
"""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import UNSET, UnsetType, structs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatroom import limits
from chatroom.codecs import chat as codec
from chatroom.commands import UNANSWERED, AnyCommand, Spoken
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
    command is not begun. What is said follows each other into the log without waiting,
    since that keeps the order; any other command waits for those before it, and all for
    it: a moderator's acts, too, which are judged by what those before them have done.

    Args:
        chat: Where the commands go.
        clock: For timeouts and turns.
        clients: Is told when the session comes and goes.
    """

    __slots__ = (
        "_at_work",
        "_chat",
        "_clients",
        "_clock",
        "_is_rest_due",
        "_next",
        "_no_hello",
        "_paused",
        "_refusals",
        "_under_way",
        "_waiting",
        "carrier",
        "closing",
        "person",
        "streams",
    )

    def __init__(self, chat: Chat, clock: IReactorTime, clients: Clients) -> None:
        self.person: Person | None = None
        #: The connection, from `opened` on.
        self.carrier: ICarrier
        #: The rooms this connection listens to, by key.
        self.streams: dict[str, Stream] = {}
        #: Whether nothing more is said or heard here.
        self.closing = False
        self._chat = chat
        self._clock = clock
        self._clients = clients
        # Made when they are needed: most connections only listen.
        self._waiting: deque[bytes] | None = None
        self._refusals: deque[float] | None = None
        self._paused = False
        self._no_hello: IDelayedCall | None = None
        #: Commands on their way into the log.
        self._under_way = 0
        #: A command that waits for those on their way.
        self._next: AnyCommand | None = None
        #: Whether a command is being begun, or one is that others wait for.
        self._at_work = False
        self._is_rest_due = False

    # What the dialect tells.

    def opened(self, carrier: ICarrier) -> None:
        """See `ISession.opened`."""
        self.carrier = carrier
        self._no_hello = self._clock.callLater(
            limits.HELLO_TIMEOUT_S, self.close, limits.CLOSE_POLICY, "no hello came"
        )
        self._clients.connected(self)

    def received(self, payload: bytes) -> None:
        """See `ISession.received`."""
        if self.closing:
            return
        if self._may_begin() and not self._waiting:
            self._begin(payload)
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(payload)
        if len(self._waiting) >= limits.COMMANDS_WAITING and not self._paused:
            self._paused = True
            self.carrier.pause()

    def failing(self, code: int, reason: str) -> None:
        """See `ISession.failing`."""
        self._chat.counters.closed[code] += 1
        self._write(codec.closing(code, reason, _retry_after(code)))
        self._end()

    def overflowed(self) -> None:
        """See `ISession.overflowed`."""
        self.close(limits.CLOSE_SLOW, "you read too slowly; come back and resume")

    def drained(self) -> None:
        """See `ISession.drained`."""
        self._go_on()

    def lost(self) -> None:
        """See `ISession.lost`."""
        self._end()
        # The last one to be gone lets the store close, which is told of it before.
        self._chat.lost(self)
        self._clients.disconnected(self)

    @property
    def waiting(self) -> int:
        """
        How many commands wait, undecoded.
        """
        return len(self._waiting) if self._waiting else 0

    # What the chat does.

    def reply(self, command: AnyCommand, reply: Reply) -> None:
        """
        Send *reply* to *command*, under its id.
        """
        if command.id is not UNSET and reply.id is UNSET:
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
        self.carrier.write_event(envelope.frame(self.carrier.dialect))

    def welcomed(self) -> None:
        """
        Somebody has said hello.
        """
        self._cancel_no_hello()
        if self.carrier.request is not None:
            self.carrier.request = None

    def counted(self, reply: Reply) -> Reply:
        """
        Count a command that is answered with *reply* as if it were refused.
        """
        self._count_refusal()
        return reply

    def close(self, code: int, reason: str) -> None:
        """
        Say why, and close. Idempotent.
        """
        if not self.closing:
            self._chat.counters.closed[code] += 1
            self._write(codec.closing(code, reason, _retry_after(code)))
            self._end()
            self.carrier.close(code, reason)

    # Commands.

    def _may_begin(self) -> bool:
        return not (
            self._at_work
            or self._next is not None
            or self._under_way >= limits.COMMANDS_WAITING
            or self.carrier.waiting_bytes > limits.BACKLOG_PAUSE_BYTES
        )

    def _go_on(self) -> None:
        """
        Begin the commands that wait, as far as that may be.
        """
        if self._next is not None:
            if self._under_way:
                return
            command, self._next = self._next, None
            self._do(command)
        begun = 0
        while self._waiting and self._may_begin():
            if begun == _COMMANDS_PER_TURN:
                self._go_on_later()
                return
            begun += 1
            self._begin(self._waiting.popleft())
            if self._paused and self._waiting is not None:
                self._paused = False
                self.carrier.resume()

    def _go_on_later(self) -> None:
        if not self._is_rest_due:
            self._is_rest_due = True
            self._clock.callLater(0, self._begin_rest)

    def _begin_rest(self) -> None:
        self._is_rest_due = False
        self._go_on()

    def _begin(self, payload: bytes) -> None:
        """
        Do one command and say what became of it. Never fails for what the peer sent.
        """
        try:
            command = codec.decode(payload)
        except codec.Malformed as malformed:
            self._refuse(malformed.error, malformed.id, malformed.type)
            return
        if isinstance(command, Spoken):
            self._record(command)
        elif self._under_way:
            self._next = command
        else:
            self._do(command)

    def _record(self, command: Spoken) -> None:
        """
        Send *command* on its way into the log.
        """
        self._under_way += 1
        # It may be there at once: whoever begins commands goes on by itself then.
        self._at_work = True
        try:
            recorded = self._chat.commit(self, command)
        except Exception:  # noqa: BLE001 - `_failed` tells mistakes from bugs
            self._under_way -= 1
            self._at_work = False
            self._failed(Failure(), command)  # type: ignore[no-untyped-call]
            return
        recorded.addCallbacks(
            self._replied, self._failed, callbackArgs=(command,), errbackArgs=(command,)
        )
        recorded.addBoth(self._is_recorded).addErrback(self._broken)
        self._at_work = False

    def _is_recorded(self, result: Failure | None) -> None:
        self._under_way -= 1
        if result is not None:
            self._broken(result)
        elif self._next is not None or self._waiting:
            self._go_on()

    def _do(self, command: AnyCommand) -> None:
        """
        Do *command*, which nobody has said into a room; the next one waits for it.
        """
        self._at_work = True
        done = Deferred.fromCoroutine(self._chat.submit(self, command))
        done.addCallbacks(
            self._replied, self._failed, callbackArgs=(command,), errbackArgs=(command,)
        )
        if done.called:
            self._at_work = False
        else:
            done.addBoth(self._is_done)
        done.addErrback(self._broken)

    def _is_done(self, result: Failure | None) -> None:
        self._at_work = False
        if result is not None:
            self._broken(result)
        else:
            self._go_on()

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

    def _refuse(self, error: ChatError, id: str | UnsetType, type: str | UnsetType) -> None:
        """
        Tell the sender of a command what is wrong with it; too often is a flood.
        """
        self._chat.counters.refused_commands[error.code] += 1
        if type not in UNANSWERED:
            reply = Error(
                id=id,
                code=error.code,
                reason=error.reason,
                retry_after=UNSET if error.retry_after is None else error.retry_after,
                suggest=UNSET if error.suggest is None else error.suggest,
            )
            self._write(codec.encode(reply))
        self._count_refusal()

    def _count_refusal(self) -> None:
        """
        Close if there are so many that it is a flood.
        """
        now = self._clock.seconds()
        if self._refusals is None:
            self._refusals = deque(maxlen=limits.FLOOD_REFUSALS)
        self._refusals.append(now)
        if (
            len(self._refusals) == limits.FLOOD_REFUSALS
            and now - self._refusals[0] < limits.FLOOD_WINDOW_S
        ):
            self.close(limits.CLOSE_POLICY, "too many refused commands")

    # The end.

    def _write(self, payload: bytes) -> None:
        if not self.closing:
            self.carrier.write(self.carrier.dialect.frame(payload))

    def _end(self) -> None:
        """
        Begin nothing more.
        """
        self.closing = True
        self._waiting = self._next = None
        self._cancel_no_hello()

    def _cancel_no_hello(self) -> None:
        if self._no_hello is not None and self._no_hello.active():
            self._no_hello.cancel()
        self._no_hello = None

    def _broken(self, failure: Failure) -> None:
        """
        What tells the peer of mistakes has failed itself.
        """
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
