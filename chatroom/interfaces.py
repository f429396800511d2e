"""
Where the parts of the house meet: what each needs of its neighbour.
"""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IDialect(Interface):
    """
    One way of putting messages on the wire: a module-level constant.
    """

    name: str = Attribute("``rfc6455``, ``hixie-76`` or ``hixie-75``.")

    def frame(payload: bytes) -> bytes:  # type: ignore[misc]
        """
        Return *payload* (UTF-8 JSON) as one text frame from server to client.
        """


class ICarrier(Interface):
    """
    A connection after its handshake, as the application sees it.

    Frames go out in the order written, whole; what the dialect sends of itself
    (pongs, closes) never lands inside one.
    """

    dialect: IDialect = Attribute("How to frame for this connection.")
    waiting_bytes: int = Attribute("Bytes written and not yet taken by the kernel.")

    def write(frame: bytes) -> None:  # type: ignore[misc]
        """
        Queue one reply, framed by `dialect`. A no-op once closing.
        """

    def write_event(frame: bytes) -> None:  # type: ignore[misc]
        """
        Queue one event, framed by `dialect`.

        If with it more than ``BACKLOG_CUT_BYTES`` of events wait, the frames not
        yet begun are dropped and the session's ``overflowed()`` is called, once.
        """

    def close(code: int, reason: str) -> None:  # type: ignore[misc]
        """
        Start the closing handshake behind what is queued; at the latest
        ``CLOSE_TIMEOUT_S`` later the connection is aborted. Idempotent.
        """

    def pause() -> None:  # type: ignore[misc]
        """
        Read no further, until `resume`.
        """

    def resume() -> None:  # type: ignore[misc]
        """
        Read on.
        """


class ISession(Interface):
    """
    The application's half of a connection, as the dialect sees it.

    The dialect calls ``opened`` once, then ``received`` for each text message,
    and ``lost`` once. Nothing is received after ``lost``, or after the session
    has asked the carrier to close.
    """

    def opened(carrier: ICarrier) -> None:  # type: ignore[misc]
        """
        The handshake is done.
        """

    def received(payload: bytes) -> None:  # type: ignore[misc]
        """
        One text message: valid UTF-8, at most ``FRAME_IN_BYTES``.
        """

    def failing(code: int, reason: str) -> None:  # type: ignore[misc]
        """
        The dialect is about to close for the peer's mistake (1002, 1003, 1007,
        1009): the last moment to write a frame (``closing``). The dialect
        closes by itself right after.
        """

    def overflowed() -> None:  # type: ignore[misc]
        """
        The peer reads too slowly, its backlog of whole frames was dropped: say
        ``closing`` and close.
        """

    def drained() -> None:  # type: ignore[misc]
        """
        ``waiting_bytes`` fell to ``BACKLOG_PAUSE_BYTES`` or below after having
        been above it.
        """

    def lost() -> None:  # type: ignore[misc]
        """
        The connection is gone.
        """
