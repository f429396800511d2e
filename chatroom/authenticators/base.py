"""
An authenticator to build upon.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from chatroom.accounts import Account
from chatroom.codecs.head import RequestHead
from chatroom.errors import BadPassword
from chatroom.interfaces import IAccounts, IAuthenticator


@implementer(IAuthenticator)
class Authenticator:
    """
    Lets nobody in and knows of no account: override what you can tell.
    """

    knows_accounts = False
    takes_passwords = False
    knows_visitors = False

    def start(self, accounts: IAccounts) -> None:
        """See `IAuthenticator.start`."""

    def stop(self) -> None:
        """See `IAuthenticator.stop`."""

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        return fail(BadPassword("nobody has a password here"))

    def look_up(self, name: str) -> Deferred[Account | None]:
        """See `IAuthenticator.look_up`."""
        return succeed(None)

    def visitor(self, head: RequestHead) -> Deferred[Account | None]:
        """See `IAuthenticator.visitor`."""
        return succeed(None)
