"""
Autobahn's protocol with little of its own in each instance.

Autobahn copies its options to each connection, writes them down for a debug line that
nobody reads, and keeps all of the handshake: 86 attributes, 3.3 KB, and three quarters
of what a handshake costs. Here what is the same for all connections stands in the class,
and what only the handshake needs goes with it.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, Final, TypeVar

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import FrameHeader
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from txaio.tx import make_logger

#: How the attributes begin that only the handshake needs.
_OF_HANDSHAKE: Final = ("http_", "websocket_", "_wskey")
#: But this one tells how to read a frame.
_OF_FRAMES: Final = "websocket_version"


class _Nobody:
    """
    Waits for all handshakes and ends, in place of Autobahn's Deferreds.
    """

    def callback(self, result: object = None) -> None:
        """Hear of it."""


class _Utf8ValidatorOnDemand:
    """
    Makes a connection's validator when the first of its messages needs one: the usual
    message is read ahead of Autobahn.
    """

    def __get__(self, carrier: Any, owner: type) -> Utf8Validator:  # noqa: ANN401 - Autobahn's
        validator = carrier.__dict__["utf8validator"] = Utf8Validator()  # type: ignore[no-untyped-call]
        return validator


class SlimProtocol(WebSocketServerProtocol):
    """
    To be made into a class of its own, by `slimmed`, for each factory.
    """

    #: Autobahn logs what peers send, keys and reasons, and drops them one by one.
    log = make_logger(level="critical")  # type: ignore[no-untyped-call]

    is_open = is_closed = _Nobody()
    peer = ""
    #: Twisted would say so in each instance.
    connected = 1
    inside_message = False
    current_frame: FrameHeader | None = None  # type: ignore[assignment]

    def __init__(self) -> None:
        """Set nothing: it is in the class."""

    def connectionMade(self) -> None:
        """
        Set nothing, and ask nothing of the transport.
        """

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The end: no timer of Autobahn's runs here, and nobody waits for it.
        """
        self.state = self.STATE_CLOSED

    def forget_handshake(self) -> None:
        """
        Keep what differs from the class, and nothing of the handshake.
        """
        shared = type(self)
        version = self.websocket_version
        # A new dict: one that was larger stays as large.
        self.__dict__ = {
            name: value
            for name, value in self.__dict__.items()
            if not name.startswith(_OF_HANDSHAKE) and value is not getattr(shared, name, self)
        }
        if version != getattr(shared, _OF_FRAMES, None):
            self.websocket_version = version

    def _onOpen(self) -> None:  # noqa: N802 - Autobahn's
        """
        See `onOpen`; Autobahn's would look for a TLS channel.
        """
        self.onOpen()


Slim = TypeVar("Slim", bound=SlimProtocol)


def slimmed(protocol: type[Slim], factory: Any) -> type[Slim]:  # noqa: ANN401 - Autobahn's
    """
    Return *protocol* with all that Autobahn would set on each of its instances at the
    beginning as attributes of the class.

    Args:
        factory: Whose options they are; they must not change any more.
    """
    template = protocol()
    template.factory = factory
    # It is Autobahn itself that says what that is, whatever its version.
    WebSocketServerProtocol._connectionMade(template)  # noqa: SLF001
    shared: dict[str, object] = {
        # A function of the options must not become a method.
        **{
            name: staticmethod(value) if isinstance(value, FunctionType) else value
            for name, value in vars(template).items()
        },
        # What most peers speak, so that it need not be kept for each.
        _OF_FRAMES: max(factory.versions),
        "utf8validator": _Utf8ValidatorOnDemand(),
        "__doc__": protocol.__doc__,
        "__module__": protocol.__module__,
    }
    return type(protocol.__name__, (protocol,), shared)
