"""
Whether a port can be had: found out ahead of the fork, while it can still be told.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SOL_SOCKET, socket
from typing import Final

from twisted.internet.abstract import isIPv6Address
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

#: Endpoints that can be tried out; to try one made of a descriptor would use it up.
_TRIED: Final = ("tcp:", "tcp6:", "ssl:", "tls:", "haproxy:tcp")


def try_out(described: Callable[[object, str], IStreamServerEndpoint], port: str) -> None:
    """
    Listen on *port* for a moment, if that can be done and undone.

    Args:
        described: Makes an endpoint for a reactor of a description.
        port: The description, or a number.

    Raises:
        CannotListenError: The port is taken, or not allowed.
    """
    if not (port.isdigit() or port.startswith(_TRIED)):
        return
    failures: list[Failure] = []
    described(_Trial(), port).listen(Factory()).addErrback(failures.append)
    for failure in failures:
        failure.raiseException()


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
