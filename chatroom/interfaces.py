"""
Where the parts of the house meet: what each needs of its neighbour. What keeps
everything has so much to say that it does so in a module of its own, `chatroom.storage`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from chatroom.accounts import Account
from chatroom.codecs.head import RequestHead
from chatroom.storage import IAccounts, IHistory, IOrder, IPeople, IStore

if TYPE_CHECKING:
    from chatroom.envelope import Group

__all__ = [
    "IAccounts",
    "IAuthenticator",
    "ICarrier",
    "IDialect",
    "IHistory",
    "IOrder",
    "IPeople",
    "ISession",
    "IStore",
]


class IDialect(Interface):
    """
    One way of putting messages on the wire: a module-level constant.
    """

    name: str = Attribute("Such as ``rfc6455``; there is one dialect of a name.")

    def frame(payload: bytes) -> bytes:
        """
        Return *payload* (UTF-8 JSON) as one text frame from server to client.
        """

    def group() -> Group:
        """
        Return a new group, nobody in it yet, for carriers of this dialect.
        """


class ICarrier(Interface):
    """
    A connection after its handshake, as the application sees it.

    Frames go out in the order written, whole; what the dialect sends of itself
    (pongs, closes) never lands inside one.
    """

    dialect: IDialect = Attribute("How to frame for this connection.")
    address: str = Attribute(
        "What the client counts as in limits and bans: see `chatroom.networks.network_of`."
        " Empty where there is nothing to count: this machine itself, a Unix socket."
    )
    request: RequestHead | None = Attribute("The upgrade, until `welcome`, for `visitor`.")
    waiting_bytes: int = Attribute("Bytes written and not yet taken by the kernel.")

    def write(frame: bytes) -> None:
        """
        Queue one reply, framed by `dialect`. A no-op once closing.
        """

    def write_event(frames: bytes) -> None:
        """
        Queue events, framed by `dialect`.

        If with them more than ``BACKLOG_CUT_BYTES`` of events wait, the frames not
        yet begun are dropped and the session's ``overflowed()`` is called, once.
        """

    def close(code: int, reason: str) -> None:
        """
        Start the closing handshake behind what is queued; at the latest
        ``CLOSE_TIMEOUT_S`` later the connection is aborted. Idempotent.
        """

    def pause() -> None:
        """
        Read no further, until `resume`.
        """

    def resume() -> None:
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

    def opened(carrier: ICarrier) -> None:
        """
        The handshake is done.
        """

    def received(payload: bytes) -> None:
        """
        One text message: valid UTF-8, at most ``FRAME_IN_BYTES``.
        """

    def failing(code: int, reason: str) -> None:
        """
        The dialect is about to close for the peer's mistake (1002, 1003, 1007,
        1009) or because this session has raised (1011): the last moment to
        write a frame (``closing``). The dialect closes by itself right after.
        """

    def overflowed() -> None:
        """
        The peer reads too slowly, its backlog of whole frames was dropped: say
        ``closing`` and close.
        """

    def drained() -> None:
        """
        ``waiting_bytes`` fell to ``BACKLOG_PAUSE_BYTES`` or below after having
        been above it.
        """

    def lost() -> None:
        """
        The connection is gone.
        """


class IAuthenticator(Interface):
    """
    Who may enter as whom. `chatroom.authenticators.base.Authenticator` is one that
    lets nobody in, to be built upon.

    What a Deferred fails with is told to the client if it is a `ChatError`; any other is a
    mistake of the authenticator's. It is waited for ``SIGN_IN_TIMEOUT_S``.
    """

    knows_accounts: bool = Attribute("Whether `look_up` tells of every account there is.")
    takes_passwords: bool = Attribute("Whether there is anybody whom `sign_in` lets in.")
    knows_visitors: bool = Attribute("Whether `visitor` is to be asked.")

    def start(accounts: IAccounts) -> None:
        """
        The store is open. Called before anything is asked; threads may be started now.
        """

    def stop() -> None:
        """
        Nothing is going to be asked any more.
        """

    def sign_in(name: str, password: str) -> Deferred[Account]:
        """
        Return the account that *name* and *password* are of.

        Args:
            name: As `chatroom.names.clean_name` leaves it.
            password: NFC, not empty, at most ``PASSWORD_CHARS``.

        Raises:
            BadPassword: They are of none, for whatever reason. It should take as long
                whether there is such an account or not.
        """

    def look_up(name: str) -> Deferred[Account | None]:
        """
        Return the account that *name* belongs to, be it that it only looks like its
        name; None if there is none, or if it cannot be told (then it is known to belong
        to one from the first time that it signs in).
        """

    def visitor(head: RequestHead) -> Deferred[Account | None]:
        """
        Return whom the site that hosts the room takes the sender of an upgrade for,
        by its cookies for example; None if it does not know.

        Args:
            head: The request, of an origin that is welcome.
        """
