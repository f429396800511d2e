"""
``twistd chatroom``: its options, and the service they make.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from typing import ClassVar, TypeVar

from twisted.application.service import IService
from twisted.internet import reactor
from twisted.internet.abstract import isIPv6Address
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.python.usage import Options as BaseOptions

from chatroom import names, origins
from chatroom.errors import ChatError
from chatroom.factory import ChatFactory
from chatroom.service import DEFAULT_PORT, ChatService, endpoint_from

T = TypeVar("T")

_RETAIN_DIGITS = 9

#: Endpoints that can be tried out; to try one made of a descriptor would use it up.
_TRIED = ("tcp:", "tcp6:", "ssl:", "tls:", "haproxy:tcp")


class Options(BaseOptions):
    """
    The options of ``twistd chatroom``, checked: what is wrong with one is told
    in a line, and the exit status is 1.
    """

    synopsis = "[options]"
    longdesc = (
        "Open a chat room at http://localhost:9108/ that anyone enters with only a name,"
        " from any browser since 2010: pages and WebSockets on one port."
    )
    optParameters: ClassVar = [
        ["web", None, None, "Serve the site in this folder instead of the room's pages."],
        ["retain", None, "10000", "Keep this many entries of each room; older ones go."],
    ]
    optFlags: ClassVar = [
        ["no-hixie", None, "Refuse the WebSocket dialects of browsers older than 2012."],
    ]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self["ports"] = []
        self["origins"] = []
        self["rooms"] = []

    def opt_port(self, port: str) -> None:
        """Number, or endpoint such as tcp:9108:interface=127.0.0.1; repeatable. [default: 9108]."""
        self["ports"].append(port)

    opt_p = opt_port

    def opt_allow_origin(self, origin: str) -> None:
        """Let in pages of this origin too: https://example.org, null, or * for all; repeatable."""
        self["origins"].append(_checked("--allow-origin", origin, origins.normalized))

    def opt_room(self, name: str) -> None:
        """Have a room of this name that always exists, beside lobby; repeatable."""
        self["rooms"].append(_checked("--room", name, names.clean_room))

    def postOptions(self) -> None:
        """
        Check what does not depend on the machine's state, save for the folder.
        """
        self["ports"] = self["ports"] or [DEFAULT_PORT]
        self["retain"] = _checked("--retain", self["retain"], _positive)
        if self["web"] is not None:
            self["web"] = _checked("--web", self["web"], _folder)


def makeService(options: Options) -> IService:
    """
    Return the service that *options* ask for. Nothing is started: twistd forks later.
    """
    endpoints = {}
    for port in options["ports"]:
        endpoints[port] = _checked("--port", port, lambda port: endpoint_from(reactor, port))
        # Daemonized, twistd has no way to say what went wrong after the fork.
        if port.isdigit() or port.startswith(_TRIED):
            _try_out(endpoint_from(_Trial(), port))
    factory = ChatFactory(
        reactor,
        rooms=options["rooms"],
        retain=options["retain"],
        web=options["web"],
        hixie=not options["no-hixie"],
        allow_origins=options["origins"],
    )
    return _Command(factory, endpoints)


class _Command(ChatService):
    """
    The service as a command: a port that cannot be had ends it with one line.
    """

    def _listen(self) -> None:
        try:
            super()._listen()
        except CannotListenError as error:
            raise SystemExit(_cannot_listen(error)) from None


class _Trial:
    """
    Has of a reactor what endpoints listen with, and gives up each port at once.
    """

    def listenTCP(  # noqa: N802
        self,
        port: int,
        factory: Factory,
        backlog: int = 50,
        interface: str = "",
    ) -> None:
        """
        Raises:
            CannotListenError: The port is taken, or not allowed.
        """
        with socket(AF_INET6 if isIPv6Address(interface) else AF_INET) as trial:
            trial.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            try:
                trial.bind((interface, port))
            except OSError as error:
                raise CannotListenError(interface, port, error) from error  # type: ignore[no-untyped-call]

    def listenSSL(  # noqa: N802
        self,
        port: int,
        factory: Factory,
        contextFactory: object,
        backlog: int = 50,
        interface: str = "",
    ) -> None:
        """
        Raises:
            CannotListenError: The port is taken, or not allowed.
        """
        self.listenTCP(port, factory, backlog, interface)


def _try_out(endpoint: IStreamServerEndpoint) -> None:
    """
    End the program with one line if *endpoint*, on a `_Trial`, cannot listen.
    """
    failures: list[Failure] = []
    endpoint.listen(Factory()).addErrback(failures.append)
    for failure in failures:
        if isinstance(failure.value, CannotListenError):
            raise SystemExit(_cannot_listen(failure.value))
        failure.raiseException()


def _cannot_listen(error: CannotListenError) -> str:
    where = f"port {error.port}" + (f" of {error.interface}" if error.interface else "")
    reason = getattr(error.socketError, "strerror", None) or str(error.socketError)
    return f"chatroom: cannot listen on {where}: {reason}"


def _checked(option: str, value: str, check: Callable[[str], T]) -> T:
    """
    Return what *check* makes of *value*, or end the program with one line.
    """
    try:
        return check(value)
    except (ValueError, ChatError) as error:
        raise SystemExit(f"chatroom: {option} {value}: {error}") from None


def _positive(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= _RETAIN_DIGITS and int(value)):
        raise ValueError("expected how many entries to keep of each room, such as 10000")
    return int(value)


def _folder(value: str) -> Path:
    folder = Path(value).absolute()
    if not folder.is_dir():
        raise ValueError("there is no such folder")
    return folder
