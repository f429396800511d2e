"""
``twistd chatroom``: its options, and the service they make.
"""

from __future__ import annotations

import gc
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Final, NoReturn, TypeVar

from twisted.application.service import IService, IServiceCollection
from twisted.internet import reactor
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.logger import ILogObserver, Logger, globalLogPublisher
from twisted.python.components import Componentized

from chatroom import names, origins
from chatroom.auth_options import AuthOptions, authenticator
from chatroom.errors import ChatError, StorageUnavailable
from chatroom.factory import ChatFactory
from chatroom.limits import CONNECTIONS_PER_ADDRESS, WRITING_BURST, WRITING_PER_S
from chatroom.log import Retain
from chatroom.logs import JSONLog, json_log
from chatroom.ownerlink import NAME as OWNER_LINK
from chatroom.ownerlink import OwnerLink
from chatroom.service import (
    DEFAULT_DATABASE,
    DEFAULT_PORT,
    ChatService,
    endpoint_from,
    metrics_endpoint_from,
)
from chatroom.tryout import try_out
from chatroom.usage import GroupedOptions

_log = Logger()
T = TypeVar("T")


_RETAIN = re.compile(r"([1-9][0-9]{0,8})([hdw]?)")
_NUMBER = re.compile(r"[0-9]{1,7}")
_MOST = 1_000_000
_UNIT_MS = {"h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


class Options(AuthOptions, GroupedOptions):
    """
    The options of ``twistd chatroom``, checked: what is wrong with one is told
    in a line, and the exit status is 1.
    """

    program = "chatroom"
    help = "twistd chatroom --help"
    synopsis = "[options]"
    groups: ClassVar = {
        "Where it is": "port allow-host allow-origin trust-proxy",
        "What is kept": "database ephemeral retain",
        "Who may enter": "auth guests help-auth help-auth-type",
        "How much one may": "rate burst per-address",
        "What is there": "room web no-hixie compress",
        "To look after it": "metrics json-log",
    }
    longdesc = (
        "Open a chat room at http://localhost:9108/ that anyone enters with only a name,"
        " from any browser since 2010: pages and WebSockets on one port."
    )
    optParameters: ClassVar = [
        ["web", None, None, "Serve the site in this folder instead of the room's pages."],
        ["database", None, DEFAULT_DATABASE, "Keep everything in the database of this URL."],
        ["rate", None, str(WRITING_PER_S), "How much one person may say each second; 0: no rates."],
        ["burst", None, str(WRITING_BURST), "How much of that at once."],
        [
            "per-address",
            None,
            str(CONNECTIONS_PER_ADDRESS),
            "Connections of one address; 0: any number.",
        ],
        ["trust-proxy", None, "0", "Believe so many proxies in front as to whom they serve."],
    ]
    optFlags: ClassVar = [
        ["ephemeral", None, "Keep everything in memory: nothing is on disk, nothing lasts."],
        ["no-hixie", None, "Refuse the WebSocket dialects of browsers older than 2012."],
        ["compress", None, "Compress messages: fewer bytes to send, more work to read."],
    ]

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self["ports"] = []
        self["origins"] = []
        self["hosts"] = []
        self["rooms"] = []
        self["retain"] = None
        self["metrics"] = None
        self["json-log"] = None
        self["auth"] = []
        self["guests"] = "yes"

    def opt_port(self, port: str) -> None:
        """Listen here: 9108 (the default), or an endpoint (tcp:9108:interface=…); repeatable."""
        self["ports"].append(port)

    opt_p = opt_port

    def opt_allow_origin(self, origin: str) -> None:
        """Let in pages of this origin too: https://example.org, null, or * for all; repeatable."""
        self["origins"].append(_checked("--allow-origin", origin, origins.normalized))

    def opt_allow_host(self, host: str) -> None:
        """Answer only when asked for under this name: chat.example.org; repeatable."""
        self["hosts"].append(_checked("--allow-host", host, origins.normalized_host))

    def opt_room(self, name: str) -> None:
        """Have a room of this name that always exists, beside lobby; repeatable."""
        self["rooms"].append(_checked("--room", name, names.clean_room))

    def opt_retain(self, value: str) -> None:
        """Keep so much of each room, 10000 (entries) or 30d (h, d, w); may be given as both."""
        retain = _checked("--retain", value, _retain)
        self["retain"] = replace(self["retain"] or Retain(), **retain)

    def opt_metrics(self, port: str) -> None:
        """Tell Prometheus here how it is: 9109, for this machine alone, or an endpoint."""
        self["metrics"] = port

    def opt_json_log(self, where: str) -> None:
        """Write the log as JSON, an object a line, to this file or to - (standard output)."""
        self["json-log"] = where

    def postOptions(self) -> None:
        """
        Check what does not depend on the machine's state, save for the folder.
        """
        self["ports"] = self["ports"] or [DEFAULT_PORT]
        if self["web"] is not None:
            self["web"] = _checked("--web", self["web"], _folder)
        self["rate"] = _checked("--rate", self["rate"], _number(0))
        self["burst"] = _checked("--burst", self["burst"], _number(1))
        for option in ("per-address", "trust-proxy"):
            self[option] = _checked(f"--{option}", self[option], _number(0))
        if self["ephemeral"] and self["database"] != DEFAULT_DATABASE:
            raise SystemExit("chatroom: --ephemeral keeps nothing in a --database: give one")
        self.check_auth()


#: So many new objects, and collections of the younger ones; Python's own are 700, 10, 10.
_COLLECT_AT: Final = (2_000, 10, 20)


def makeService(options: Options) -> IService:
    """
    Return the service that *options* ask for. Nothing is started: twistd forks later.
    """
    # Twisted's clock is the wall's, which may jump: no timeout is to follow it.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    endpoints = {port: _endpoint("--port", port, endpoint_from) for port in options["ports"]}
    metrics = {
        port: _endpoint("--metrics", port, metrics_endpoint_from)
        for port in [options["metrics"]]
        if port is not None
    }
    log = None
    if options["json-log"] is not None:
        daemon = options.parent is not None and not options.parent.get("nodaemon", True)
        log = _checked("--json-log", options["json-log"], partial(json_log, daemon=daemon))

    def factory(database: str) -> ChatFactory:
        return ChatFactory(
            reactor,
            rooms=options["rooms"],
            database=None if options["ephemeral"] else database,
            retain=options["retain"],
            web=options["web"],
            hixie=not options["no-hixie"],
            compress=options["compress"],
            allow_origins=options["origins"],
            rate=options["rate"],
            burst=options["burst"],
            allow_hosts=options["hosts"],
            trust_proxy=options["trust-proxy"],
            per_address=options["per-address"],
            authenticator=authenticator(options["auth"], reactor),
            guests=options["guests"],
        )

    path = Path(options["database"].removeprefix("sqlite:///"))
    link = OwnerLink(None if options["ephemeral"] else path.with_name(OWNER_LINK))
    room = _checked("--database", options["database"], factory)
    service = _Command(room, endpoints, metrics, link)
    service.log = log
    # A new one is made when it is known as whom; what is wrong with an old one can be
    # told best here, ahead of the fork. By a room of its own, for twistd may yet go
    # to another folder.
    if path.is_file():
        try:
            factory(options["database"]).chat.prepare()
        except StorageUnavailable as error:
            raise SystemExit(_cannot_store(error)) from None
    _spare_the_collector()
    return service


def _spare_the_collector() -> None:
    """
    Have Python look for garbage more seldom, and never among what is here from the start.

    A thousand connections are some tens of thousands of objects, none of them garbage;
    to look through those of ten thousand took 150 ms, six times while they came in.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AT)


class CannotStart(Exception):
    """
    A daemon cannot start: twistd tells whoever started it.
    """


class _Command(ChatService):
    """
    The service as a command: a store or a port that cannot be had ends it with one line.
    """

    #: What the log is written with instead of twistd's own, if anything.
    log: JSONLog | None = None

    def __init__(
        self,
        factory: ChatFactory,
        endpoints: Mapping[str, IStreamServerEndpoint],
        metrics: Mapping[str, IStreamServerEndpoint],
        owner_link: OwnerLink,
    ) -> None:
        super().__init__(factory, endpoints, metrics, owner_link)
        self._made_in = os.getpid()

    def setServiceParent(self, parent: IServiceCollection) -> None:  # noqa: N802
        # twistd begins its log next, and asks the application for it.
        if self.log is not None and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.log)  # type: ignore[no-untyped-call]
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]

    def startService(self) -> None:
        if self.log is not None and self.parent is None:
            # `twist` has begun its own log long ago.
            globalLogPublisher.addObserver(self.log)
        # By now twistd has given up what `--uid` says that it should.
        if os.geteuid() == 0:
            _log.warn(
                "The room runs as root: a hole in it would be one in the whole machine. Start it"
                " as a user of its own: twistd --uid USER --gid GROUP chatroom, or User= in a unit"
            )
        try:
            super().startService()
        except StorageUnavailable as error:
            self._give_up(_cannot_store(error))

    def _listen(self) -> None:
        try:
            super()._listen()
        except CannotListenError as error:
            self._give_up(_cannot_listen(error))

    def _give_up(self, line: str) -> NoReturn:
        if os.getpid() == self._made_in:
            raise SystemExit(line) from None
        # Behind the fork: of an exit twistd's parent never hears, and waits for ever.
        raise CannotStart(line) from None


def _endpoint(
    option: str, port: str, described: Callable[[object, str], IStreamServerEndpoint]
) -> IStreamServerEndpoint:
    """
    Return the endpoint that *port* describes, or end the program with one line.
    """
    endpoint = _checked(option, port, lambda port: described(reactor, port))
    # Daemonized, twistd has no way to say what went wrong after the fork.
    try:
        try_out(described, port)
    except CannotListenError as error:
        raise SystemExit(_cannot_listen(error)) from None
    return endpoint


def _cannot_store(error: StorageUnavailable) -> str:
    return f"chatroom: --database: {error.reason}"


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


def _retain(value: str) -> dict[str, int]:
    match = _RETAIN.fullmatch(value)
    if match is None:
        raise ValueError("expected a number of entries such as 10000, or a time such as 30d")
    number, unit = int(match[1]), match[2]
    return {"age_ms": number * _UNIT_MS[unit]} if unit else {"entries": number}


def _number(least: int) -> Callable[[str], int]:
    """
    Return what reads a number from *least* to a million.
    """

    def number(value: str) -> int:
        if not _NUMBER.fullmatch(value) or not least <= int(value) <= _MOST:
            raise ValueError(f"expected a number from {least} to {_MOST}")
        return int(value)

    return number


def _folder(value: str) -> Path:
    folder = Path(value).absolute()
    if not folder.is_dir():
        raise ValueError("there is no such folder")
    return folder
