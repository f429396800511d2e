"""
The factory: tracks the connected clients, builds their protocols, broadcasts to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.web.resource import IResource

from chatroom import limits
from chatroom.accounts import GUESTS, Guests
from chatroom.channel import make_site
from chatroom.chat import Chat
from chatroom.choice import Dialects
from chatroom.crowd import Crowd
from chatroom.dialects.hixie import HixieFactory
from chatroom.dialects.meter import Meter
from chatroom.dialects.websocket import WebSocketFactory
from chatroom.envelope import Audience, Envelope
from chatroom.folder import Folder
from chatroom.health import Health
from chatroom.histories.memory import MemoryStore
from chatroom.interfaces import IAuthenticator, IStore
from chatroom.log import Retain
from chatroom.origins import normalized, normalized_host
from chatroom.port import PortFactory, PortSwitch
from chatroom.rates import Rates
from chatroom.resource import ChatResource
from chatroom.session import Session
from chatroom.site import StaticSite

if TYPE_CHECKING:
    from twisted.cred.portal import Portal

#: What is kept of a room in memory, unless told otherwise.
MEMORY_ENTRIES: Final = 10_000

_GOING_DOWN: Final = "the server is going down; it may be back soon"

#: Where the pages are: beside the package when installed, above it in a checkout.
_WEB = (Path(__file__).parent / "web", Path(__file__).parent.parent / "web")


def web_folder() -> Path:
    """
    Return the folder of the pages that come with the room.
    """
    return next(folder for folder in _WEB if folder.is_dir())


def _authenticator(given: IAuthenticator | Portal | None) -> IAuthenticator | None:
    if given is None or IAuthenticator.providedBy(given):
        return given
    # twisted.cred takes a while to import, and few need it.
    from chatroom.authenticators.cred import PortalAuthenticator  # noqa: PLC0415

    return PortalAuthenticator(given)


def _ways_in(authenticator: IAuthenticator | None, guests: Guests) -> str:
    """
    Return how one comes in, for the pages: any of ``guests``, ``readers`` (guests who may
    only read), ``passwords`` and ``visitors`` (who are known already).
    """
    if authenticator is None:
        return ""
    ways = {"yes": ["guests"], "read-only": ["readers"], "no": ["accounts"]}[guests]
    ways += ["passwords"] * authenticator.takes_passwords
    ways += ["visitors"] * authenticator.knows_visitors
    return " ".join(ways)


def _store(reactor: IReactorTime, database: str | None, retain: Retain | None) -> IStore:
    if database is None:
        return MemoryStore(retain or Retain(entries=MEMORY_ENTRIES))
    # SQLAlchemy takes a third of a second to import: who keeps nothing goes without.
    from chatroom.histories.sql import SqlStore  # noqa: PLC0415

    return SqlStore(reactor, database, retain or Retain())


def _meter(reactor: IReactorTime, rate: int) -> Meter | None:
    # Who may say more than usual also has to be heard.
    return Meter(reactor, max(limits.READ_BYTES_PER_S, rate * limits.KIB)) if rate else None


class RoomOptions(TypedDict, total=False):
    """What `ChatFactory` takes by name."""

    rooms: Iterable[str]
    database: str | None
    retain: Retain | None
    web: Path | None
    hixie: bool
    compress: bool
    allow_origins: Iterable[str]
    rate: int
    burst: int
    allow_hosts: Iterable[str]
    trust_proxy: int
    per_address: int
    authenticator: IAuthenticator | Portal | None
    guests: Guests


class ChatFactory(PortFactory):
    """
    Everything behind one port: the room, its dialects and its site.

    Listen with it, or put it into a site of yours by `ChatResource`.

    Args:
        reactor: For waits; nothing is started before a connection comes.
        rooms: Names of rooms that always exist, beside ``lobby``.
        database: The URL of the database that keeps everything, such as
            ``sqlite:///chatroom.sqlite``; None keeps it in memory.
        retain: How much is kept of each room: all of it unless told otherwise;
            in memory, 10,000 entries.
        web: The folder of the site; the one that comes with the room unless
            told otherwise.
        hixie: Whether hixie-76 and hixie-75 are spoken.
        compress: Whether messages are compressed for clients that can open them;
            see docs/design.md for what it costs and saves.
        allow_origins: Origins beside the own one whose pages may enter:
            ``https://example.org``, ``null``, or ``*`` for all.
        rate: How much one person may store each second; 0 turns off every rate of
            docs/protocol.md.
        burst: How much of it at once, at least 1.
        allow_hosts: Under which names alone the room may be asked for; under
            any unless told otherwise.
        trust_proxy: How many proxies stand in front, each adding to
            ``X-Forwarded-For`` whom it serves.
        per_address: How many connections one address may have at a time; 0 is
            any number.
        authenticator: Knows who has an account: an `IAuthenticator`, or a portal of
            `twisted.cred`, see `chatroom.authenticators`. None where nobody has.
        guests: What those may do who have none: ``yes`` (everything), ``no`` or
            ``read-only``.

    Raises:
        BadRoom, TooLong: One of *rooms* is no room's name.
        ValueError: *rate* or *burst* is none; one of *allow_origins* is no origin, or
            of *allow_hosts* no host; *guests* is none of these.
    """

    def __init__(  # noqa: PLR0913 - options, each by its name
        self,
        reactor: IReactorTime,
        *,
        rooms: Iterable[str] = (),
        database: str | None = None,
        retain: Retain | None = None,
        web: Path | None = None,
        hixie: bool = True,
        compress: bool = False,
        allow_origins: Iterable[str] = (),
        rate: int = limits.WRITING_PER_S,
        burst: int = limits.WRITING_BURST,
        allow_hosts: Iterable[str] = (),
        trust_proxy: int = 0,
        per_address: int = limits.CONNECTIONS_PER_ADDRESS,
        authenticator: IAuthenticator | Portal | None = None,
        guests: Guests = "yes",
    ) -> None:
        authenticator = _authenticator(authenticator)
        if guests not in GUESTS or (guests != "yes" and authenticator is None):
            raise ValueError("guests: yes; or no or read-only where there are accounts")
        #: The room itself: `Chat.say`, `Chat.listen` and `Chat.guard` are for you.
        self.chat = Chat(
            reactor,
            _store(reactor, database, retain),
            rooms=rooms,
            broadcast=self.broadcast,
            rates=Rates(rate, burst),
            authenticator=authenticator,
            guests=guests,
        )
        #: What has happened, in numbers.
        self.counters = self.chat.counters
        #: Whether somebody who comes now can enter.
        self.health = Health(self.chat, reactor)
        self.clients: set[Session] = set()
        meter = _meter(reactor, rate)
        self.dialects = Dialects(
            websocket=WebSocketFactory(
                self.new_session,
                reactor,
                compress=compress,
                counters=self.counters,
                meter=meter,
            ),
            hixie=HixieFactory(self.new_session, reactor, self.counters, meter) if hixie else None,
            clock=reactor,
            counters=self.counters,
            allow_origins=frozenset(map(normalized, allow_origins)),
            allow_hosts=frozenset(map(normalized_host, allow_hosts)),
            trusted_proxies=trust_proxy,
            crowd=Crowd(per_address),
            keeps_requests=authenticator is not None and authenticator.knows_visitors,
        )
        self.pages: IResource = StaticSite(
            Folder(web or web_folder(), _ways_in(authenticator, guests))
        )
        self._reactor = reactor
        self._site = make_site(ChatResource(self), reactor)
        self._closing: list[Deferred[None]] = []

    def buildProtocol(self, addr: IAddress | None) -> PortSwitch:
        """
        Return what finds out what a new connection speaks.
        """
        return PortSwitch(self.dialects, self._site)

    def new_session(self) -> Session:
        """
        Return the application's half of a new connection.
        """
        return Session(self.chat, self._reactor, self)

    def connected(self, session: Session) -> None:
        """
        A client is here.
        """
        self.counters.opened[session.carrier.dialect.name] += 1
        if self.health.is_open:
            self.clients.add(session)
        else:
            # By a port that is not ours to close, or by a head that was under way.
            session.close(limits.CLOSE_RESTART, _GOING_DOWN)

    def disconnected(self, session: Session) -> None:
        """
        A client is gone.
        """
        self.clients.discard(session)
        if not self.clients:
            closing, self._closing = self._closing, []
            for emptied in closing:
                emptied.callback(None)

    def broadcast(self, envelope: Envelope, audience: Audience) -> None:
        """
        Send events, encoded once, to many.
        """
        envelope.send_to(audience)

    def open(self) -> None:
        """
        Make ready what keeps everything, and let people in again whom `close` has sent
        away. A new room is open by itself. Blocks.

        Raises:
            StorageUnavailable: The store cannot be used; the sentence says why.
        """
        self.chat.prepare()
        self.health.is_open = True

    def close(self) -> Deferred[None]:
        """
        Send everybody away and close the store; fires when that is done.

        Clients come back by themselves after a few seconds, each another few; they are sent
        away as well, until `open`.
        """
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        self.health.is_open = False
        for session in tuple(self.clients):
            session.close(limits.CLOSE_RESTART, _GOING_DOWN)
        if self.clients:
            emptied: Deferred[None] = Deferred()
            self._closing.append(emptied)
            await emptied
        await self.chat.stop()
