"""
People for the tests: sessions of a real chat, without a socket.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from chatroom.chat import Chat
from chatroom.codecs.head import RequestHead
from chatroom.envelope import Group
from chatroom.histories.memory import MemoryStore
from chatroom.interfaces import ICarrier, IDialect
from chatroom.rates import NO_RATES
from chatroom.session import Session

#: When the tests take place, in milliseconds since the Unix epoch.
EPOCH_MS = 1_700_000_000_000

Said = dict[str, Any]


@implementer(IDialect)
@dataclass(frozen=True)
class Bare:
    """Frames that are lines."""

    name: str = "bare"

    def frame(self, payload: bytes) -> bytes:
        """See `IDialect.frame`."""
        return payload + b"\n"

    def group(self) -> Group:
        """See `IDialect.group`."""
        return Group()


@implementer(ICarrier)
class Tape:
    """
    A carrier that keeps what is written.
    """

    def __init__(self) -> None:
        self.dialect = Bare()
        self.request: RequestHead | None = None
        self.waiting_bytes = 0
        self.address = ""
        self.heard: list[Said] = []
        self.sizes: list[int] = []
        #: The code it was closed with.
        self.code: int | None = None
        self.paused = False

    def write(self, frame: bytes) -> None:
        """See `ICarrier.write`."""
        if self.code is not None:
            return
        for payload in frame.splitlines():
            self.heard.append(json.loads(payload))
            self.sizes.append(len(payload))

    write_event = write

    def close(self, code: int, reason: str) -> None:
        """See `ICarrier.close`."""
        self.code = code

    def pause(self) -> None:
        """See `ICarrier.pause`."""
        self.paused = True

    def resume(self) -> None:
        """See `ICarrier.resume`."""
        self.paused = False


class Client:
    """
    Somebody at the other end of a session.
    """

    def __init__(self, chat: Chat, clock: Clock) -> None:
        self.tape = Tape()
        self.clients: set[Session] = set()
        self._clock = clock
        self.session = Session(chat, clock, self)
        self._ids = count(1)
        self.session.opened(self.tape)

    def connected(self, session: Session) -> None:
        """See `Clients`."""
        self.clients.add(session)

    def disconnected(self, session: Session) -> None:
        """See `Clients`."""
        self.clients.discard(session)

    @property
    def heard(self) -> list[Said]:
        """Everything that was sent here, oldest first."""
        return self.tape.heard

    def of(self, *types: str) -> list[Said]:
        """What was heard of these types."""
        return [said for said in self.heard if said["type"] in types]

    def send(self, command: Said | bytes) -> None:
        """Send *command* as it is, and let the turn of the reactor end."""
        payload = command if isinstance(command, bytes) else json.dumps(command).encode()
        self.session.received(payload)
        self._clock.advance(0)

    def ask(self, type: str, **fields: Any) -> Said:
        """Send a command and return its reply; there must be exactly one by now."""
        id = fields.pop("id", None) or f"q{next(self._ids)}"
        before = len(self.heard)
        self.send({"type": type, "id": id, **fields})
        (reply,) = [
            said for said in self.heard[before:] if said.get("id") == id and _is_reply(said)
        ]
        return reply

    def leaves_the_net(self) -> None:
        """Lose the connection."""
        self.session.lost()


def _is_reply(said: Said) -> bool:
    return said["type"] not in {"message", "edited", "deleted", "reacted", "set"}


class ChatTestCase(SynchronousTestCase):
    """
    A chat of its own for each test, with a clock that stands still.
    """

    rooms: tuple[str, ...] = ()
    #: How fast people may be: as fast as a test is.
    rates = NO_RATES

    def setUp(self) -> None:
        """Open the chat."""
        self.clock = Clock()
        store = self.make_store()
        self.history, self.store = store.history, store.people
        self.chat = self.make_chat(store)
        self.successResultOf(Deferred.fromCoroutine(self.chat.start()))
        self.addCleanup(lambda: Deferred.fromCoroutine(self.chat.stop()))

    def make_store(self) -> MemoryStore:
        """What keeps history and people."""
        return MemoryStore()

    def make_chat(self, store: MemoryStore) -> Chat:
        """The chat over *store*."""
        return Chat(self.clock, store, rooms=self.rooms, now=self.milliseconds, rates=self.rates)

    def milliseconds(self) -> int:
        """The time of the wall."""
        return EPOCH_MS + int(self.clock.seconds() * 1000)

    def connect(self) -> Client:
        """Somebody who has not said hello."""
        return Client(self.chat, self.clock)

    def enter(self, name: str, *rooms: str) -> Client:
        """Somebody with a name, who has joined *rooms*."""
        client = self.connect()
        welcome = client.ask("hello", name=name)
        self.assertEqual("welcome", welcome["type"], welcome)
        for room in rooms:
            self.assertEqual("joined", client.ask("join", room=room)["type"])
        return client

    def again(self, client: Client, *rooms: str) -> Client:
        """Another connection of the same person."""
        other = self.connect()
        token = client.of("welcome")[0]["token"]
        self.assertEqual("welcome", other.ask("hello", token=token)["type"])
        for room in rooms:
            other.ask("join", room=room)
        return other

    def pass_seconds(self, seconds: float) -> None:
        """Let the clock go on, a tenth of a second at a time."""
        self.clock.pump([0.1] * round(seconds * 10))

    def assert_refused(self, code: str, reply: Said) -> None:
        """*reply* must be an error of this code, with a reason."""
        self.assertEqual(("error", code), (reply["type"], reply.get("code")), reply)
        self.assertTrue(reply["reason"])

    @contextmanager
    def quiet(self, *clients: Client) -> Iterator[None]:
        """Nobody of *clients* hears anything meanwhile."""
        before = [len(client.heard) for client in clients]
        yield
        for client, count_before in zip(clients, before, strict=True):
            self.assertEqual([], client.heard[count_before:])
