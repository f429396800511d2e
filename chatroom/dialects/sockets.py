"""
What lies below a connection: what may be sent to it straight, and how it is set up.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import ISSLTransport, ITCPTransport, IUNIXTransport
from twisted.internet.tcp import Connection
from twisted.protocols.policies import ProtocolWrapper

from chatroom.limits import SOCKET_SEND_BYTES, TRANSPORT_BYTES

Send = Callable[[bytes], int]


def is_bare(transport: Any) -> bool:  # noqa: ANN401 - whatever a transport is
    """
    Whether what is sent to the socket of *transport* is what its peer reads.

    Under TLS it is not. A wrapper may count, delay or change what it is given; and
    what happens below a Unix socket (descriptors travel with bytes) is Twisted's.
    """
    is_socket: bool = isinstance(transport, FileDescriptor) and ITCPTransport.providedBy(transport)
    return is_socket and not (
        ISSLTransport.providedBy(transport) or IUNIXTransport.providedBy(transport)
    )


def is_empty(transport: Any) -> bool:  # noqa: ANN401 - a bare socket of Twisted's
    """
    Whether *transport* holds nothing of what was written to it before.
    """
    unsent: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen  # noqa: SLF001
    return unsent == 0


def send_of(transport: Any) -> Send:  # noqa: ANN401 - no interface has `getHandle`
    """
    Return what sends to the socket of *transport*, past it.
    """
    send: Send = transport.getHandle().send
    return send


def set_up(transport: ITCPTransport) -> None:
    """
    Keep the buffers below us small, and empty.
    """
    bottom: object = transport
    while isinstance(bottom, ProtocolWrapper):
        bottom = bottom.transport
    if isinstance(bottom, FileDescriptor):
        # How much it reads at a time, and holds back without saying so.
        bottom.bufferSize = TRANSPORT_BYTES
    if isinstance(bottom, Connection):
        bottom.getHandle().setsockopt(SOL_SOCKET, SO_SNDBUF, SOCKET_SEND_BYTES)
    if ITCPTransport.providedBy(transport):
        # Nagle's algorithm holds a small frame back until the one before it is
        # acknowledged: 35 ms instead of 5 at the slow end of a busy room.
        transport.setTcpNoDelay(True)
