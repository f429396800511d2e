"""
The room as a service: for twistd, and for those who embed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, socket
from types import MappingProxyType
from typing import Any, Final, Unpack

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, gatherResults, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IReactorTime,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.internet.tcp import Port
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatroom.addresses import machine_addresses, urls
from chatroom.entrance import Entrance
from chatroom.factory import ChatFactory, RoomOptions
from chatroom.ownerlink import OwnerLink

log = Logger()

#: Below the folder that the program runs in.
DEFAULT_DATABASE: Final = "sqlite:///chatroom-data/chatroom.sqlite"
DEFAULT_PORT: Final = "9108"
HIGHEST_PORT: Final = 65535
#: An example: without being asked the room tells no metrics.
METRICS_PORT: Final = "9109"
#: The folder of ``tls:``.
_CERTIFICATES: Final = re.compile(r"(?:haproxy:)?tls:(?:path=)?([^:=]+)(?::|$)")


def takes_ipv4_too() -> bool:
    """
    Whether this machine has IPv6, and a socket on it hears IPv4 as well.
    """
    try:
        with socket(AF_INET6) as probe:
            probe.bind(("::", 0))
            return not probe.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)
    except OSError:
        return False


@implementer(IStreamServerEndpoint)
@dataclass(frozen=True, slots=True)
class EveryInterface:
    """
    A TCP port on every address of the machine, IPv6 too where there is one.
    """

    reactor: object
    port: int

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """
        Listen with one socket for both, or for IPv4 alone.
        """
        both = "tcp6:{}:interface=\\:\\:" if takes_ipv4_too() else "tcp:{}"
        listening: Deferred[IListeningPort] = _described(
            self.reactor, both.format(self.port)
        ).listen(factory)
        return listening


def endpoint_from(reactor: object, port: str, example: str = DEFAULT_PORT) -> IStreamServerEndpoint:
    """
    Return the endpoint that *port* describes.

    Args:
        reactor: The one that will listen.
        port: A number, for every interface; or an endpoint description such as
            ``tcp:9108:interface=127.0.0.1``.
        example: A number that it might have been.

    Raises:
        ValueError: It is neither; the text says what was expected.
    """
    if port.isascii() and port.isdigit():
        number = int(port[:6])
        if number > HIGHEST_PORT:
            raise ValueError(f"the highest port is {HIGHEST_PORT}")
        return EveryInterface(reactor, number)
    certificates = _CERTIFICATES.match(port)
    if certificates is not None and not any(Path(certificates[1]).rglob("*.pem")):
        # Twisted would listen, and refuse everybody.
        raise ValueError(f"expected a folder with .pem files, which {certificates[1]} is not")
    try:
        return _described(reactor, port)
    except LookupError as error:
        # Of systemd's sockets, which are looked up by their index or name.
        raise ValueError("expected a socket from systemd, which has passed no such one") from error
    except Exception as error:
        raise ValueError(
            f"expected a port number such as {example}, or an endpoint description such as"
            f" tcp:{example}:interface=127.0.0.1 ({error})"
        ) from error


def _described(reactor: object, description: str) -> IStreamServerEndpoint:
    endpoint: IStreamServerEndpoint = serverFromString(reactor, description)  # type: ignore[no-untyped-call]
    return endpoint


class ChatService(Service):
    """
    Listens with a `ChatFactory`, and sends everybody away before it stops.

    Args:
        factory: The room.
        endpoints: Where to listen, by what `endpoint_from` was given.
        metrics: Where to tell metrics, likewise.
        owner_link: What makes a link for the first owner, if anything.
    """

    def __init__(
        self,
        factory: ChatFactory,
        endpoints: Mapping[str, IStreamServerEndpoint],
        metrics: Mapping[str, IStreamServerEndpoint] = MappingProxyType({}),
        owner_link: OwnerLink | None = None,
    ) -> None:
        #: The room: ``service.factory.chat`` is its Python API.
        self.factory = factory
        #: What is listened on.
        self.ports: list[IListeningPort] = []
        self._endpoints = endpoints
        self._metrics = metrics
        self._owner_link = owner_link
        self._urls: list[str] = []
        self._pending: list[Deferred[None]] = []
        self._early: list[Failure] | None = None
        #: Whether the store is open: nobody is sent to a room that may yet give up.
        self._is_ready = False

    def privilegedStartService(self) -> None:
        """
        Listen, while there may be the right to low ports.

        Raises:
            CannotListenError: A port is taken, or not allowed.
        """
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        self._listen()

    def startService(self) -> None:
        """
        Open the store, and listen if that is not done yet.

        Raises:
            StorageUnavailable: The store cannot be used.
            CannotListenError: A port is taken, or not allowed.
        """
        super().startService()  # type: ignore[no-untyped-call]
        self.factory.open()
        self._is_ready = True
        for url in self._urls:
            self._tell(url)
        self._listen()
        Deferred.fromCoroutine(self._open()).addErrback(
            lambda failure: log.failure("The store cannot be opened", failure)
        )

    async def _open(self) -> None:
        await self.factory.chat.start()
        # It may have been stopped meanwhile.
        if self._owner_link is not None and self.running:
            await self._owner_link.offer(self.factory.chat, self._urls)

    def stopService(self) -> Deferred[None]:
        """
        Stop listening, tell everybody, and wait until they are gone.
        """
        super().stopService()  # type: ignore[no-untyped-call]
        stopped: Deferred[None] = gatherResults(
            [*self._stop_listening(), self.factory.close()]
        ).addCallback(self._stopped)
        return stopped

    def _stop_listening(self) -> list[Deferred[Any]]:
        for pending in self._pending:
            pending.cancel()
        closed: list[Deferred[Any]] = [maybeDeferred(port.stopListening) for port in self.ports]
        self._pending, self.ports, self._urls = [], [], []
        self._is_ready = False
        return closed

    def _stopped(self, _: object) -> None:
        if self._owner_link is not None:
            self._owner_link.close()

    def _listen(self) -> None:
        if self._pending:
            return
        # A port that is taken is known at once, and can be raised. What fails
        # later has nobody to raise it to.
        self._early = []
        for description, endpoint in self._endpoints.items():
            self._listen_on(description, endpoint, self.factory, self._opened)
        for description, endpoint in self._metrics.items():
            # It takes a tenth of a second to import: who has no metrics goes without.
            from chatroom.metrics import MetricsFactory  # noqa: PLC0415

            metrics = MetricsFactory(self.factory)
            self._listen_on(description, endpoint, metrics, self._watched)
        early, self._early = self._early, None
        for failure in early:
            # Nothing is left of a start that failed, so that it can be tried again.
            self._stop_listening()
            failure.raiseException()

    def _listen_on(
        self,
        description: str,
        endpoint: IStreamServerEndpoint,
        factory: Factory,
        opened: Callable[[str], None],
    ) -> None:
        listening: Deferred[None] = endpoint.listen(factory).addCallback(
            self._listens, description, opened
        )
        listening.addErrback(self._failed, description)
        self._pending.append(listening)

    def _listens(
        self, port: IListeningPort, description: str, opened: Callable[[str], None]
    ) -> None:
        self.ports.append(port)
        # Others have doors of their own.
        if isinstance(port, Port):
            Entrance(port)
        secure = description.removeprefix("haproxy:").startswith(("ssl:", "tls:"))
        for url in urls(port.getHost(), secure=secure, machine=machine_addresses()):
            opened(url)

    def _opened(self, url: str) -> None:
        self._urls.append(url)
        if self._is_ready:
            self._tell(url)

    def _tell(self, url: str) -> None:
        log.info("The room is open at {url}", url=url)

    def _watched(self, url: str) -> None:
        log.info("Metrics are at {url}metrics", url=url)

    def _failed(self, failure: Failure, description: str) -> None:
        if self._early is not None:
            self._early.append(failure)
        elif not failure.check(CancelledError):  # type: ignore[no-untyped-call]
            log.failure("Cannot listen on {port}", failure, port=description)


def metrics_endpoint_from(reactor: object, port: str) -> IStreamServerEndpoint:
    """
    Return the endpoint that *port* describes.

    Args:
        reactor: The one that will listen.
        port: A number, for this machine alone; or an endpoint description.

    Raises:
        ValueError: It is neither; the text says what was expected.
    """
    if port.isascii() and port.isdigit():
        endpoint_from(reactor, port)
        port = f"tcp:{port}:interface=127.0.0.1"
    return endpoint_from(reactor, port, METRICS_PORT)


def chat_service(
    reactor: IReactorTime,
    *ports: str,
    metrics: str | None = None,
    **room: Unpack[RoomOptions],
) -> ChatService:
    """
    Return the room as a service; nothing is started before it is.

    Args:
        reactor: Yours.
        ports: Where to listen, each a number (on every interface) or an endpoint
            description; 9108 if there is none.
        metrics: Where to tell metrics: a number (for this machine alone) or an endpoint
            description.
        room: What `ChatFactory` takes, by name.

    Raises:
        ValueError: A port is none.
        BadRoom, TooLong: A name is no room's.
    """
    endpoints = {port: endpoint_from(reactor, port) for port in ports or (DEFAULT_PORT,)}
    watched = {} if metrics is None else {metrics: metrics_endpoint_from(reactor, metrics)}
    return ChatService(ChatFactory(reactor, **room), endpoints, watched)
