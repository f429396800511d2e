"""
What a connection hears of a room, in order: the stream of its entries.

While a reply is made that stands for the room at one position, what happens
after that position has to wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from chatroom import limits
from chatroom.envelope import Envelope
from chatroom.snapshots import Snapshot

if TYPE_CHECKING:
    from chatroom.room import Room
    from chatroom.session import Session


class Held:
    """
    The entries that wait for one connection, oldest first: (seq, envelope).

    Args:
        joined: Whether the connection listened before: then what passes, and has
            no place in the log, need not wait.
    """

    def __init__(self, *, joined: bool) -> None:
        self.joined = joined
        self.entries: list[tuple[int, Envelope]] = []
        self.bytes = 0


class Stream:
    """
    A room, and the connections that listen to it.

    A connection is either *live*, and hears each entry as it is published, or
    *held*, and hears them when its reply is written.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.live: dict[Session, None] = {}
        #: The newest page as it was last sent: its limit, its position, how many
        #: renames there had been, and itself.
        self.newest: tuple[int, int, int, Snapshot] | None = None
        self._held: dict[Session, Held] = {}
        self._awaited: list[tuple[int, Deferred[None]]] = []

    def __bool__(self) -> bool:
        return bool(self.live or self._held)

    def hold(self, session: Session) -> Held:
        """
        Let what happens from now on wait for *session*, which may be new here.
        """
        joined = session in self.live or (session in self._held and self._held[session].joined)
        self.live.pop(session, None)
        held = self._held[session] = Held(joined=joined)
        return held

    def listeners(self) -> list[Session]:
        """
        Return the connections that have had their `joined`.
        """
        return [*self.live, *(session for session, held in self._held.items() if held.joined)]

    def holds(self, session: Session, held: Held) -> bool:
        """
        Whether *held* is still what waits for *session*: it may have left meanwhile.
        """
        return self._held.get(session) is held

    def unhold(self, session: Session, held: Held) -> None:
        """
        No reply will come: let *session* listen as before *held* began.
        """
        if self.holds(session, held):
            if held.joined:
                self.release(session, -1)
            else:
                self.discard(session)

    def release(self, session: Session, after: int) -> None:
        """
        Let *session* hear what waits for it behind the position *after*, and go live.
        """
        for seq, envelope in self._held.pop(session).entries:
            if seq > after:
                session.hear(envelope)
        self.live[session] = None

    def flush(self, session: Session, until: int) -> None:
        """
        Let *session* hear what waits for it up to the position *until*.
        """
        held = self._held[session]
        for seq, envelope in held.entries:
            if seq <= until:
                session.hear(envelope)
        held.entries = [entry for entry in held.entries if entry[0] > until]

    def discard(self, session: Session) -> None:
        """
        *session* listens no more.
        """
        self.live.pop(session, None)
        self._held.pop(session, None)

    async def reached(self, seq: int) -> None:
        """
        Return once the entry *seq* is published. What is read may be stored already,
        and on its way to those who listen.
        """
        if self.room.seq < seq:
            published: Deferred[None] = Deferred()
            self._awaited.append((seq, published))
            await published

    def published(self) -> None:
        """
        Those who listen have been sent the room's last entry.
        """
        if self._awaited:
            awaited, self._awaited = self._awaited, []
            for seq, waiting in awaited:
                if seq > self.room.seq:
                    self._awaited.append((seq, waiting))
                else:
                    waiting.callback(None)

    def keep(self, seq: int, envelope: Envelope) -> None:
        """
        Let the entry *seq* wait for those who are held.

        One for whom more waits than may wait for anybody is cut off.
        """
        for session, held in list(self._held.items()):
            held.entries.append((seq, envelope))
            held.bytes += len(envelope.payload)
            if held.bytes > limits.BACKLOG_CUT_BYTES:
                self.discard(session)
                session.overflowed()
