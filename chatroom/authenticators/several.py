"""
Several authenticators in the place of one.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from chatroom.accounts import Account
from chatroom.codecs.head import RequestHead
from chatroom.errors import BadPassword
from chatroom.interfaces import IAccounts, IAuthenticator


@implementer(IAuthenticator)
class Several:
    """
    Asks one after the other; the first that knows somebody is believed.
    """

    def __init__(self, authenticators: Iterable[IAuthenticator]) -> None:
        self._each = tuple(authenticators)
        self.knows_accounts = all(one.knows_accounts for one in self._each)
        self.takes_passwords = any(one.takes_passwords for one in self._each)
        self.knows_visitors = any(one.knows_visitors for one in self._each)

    def start(self, accounts: IAccounts) -> None:
        """See `IAuthenticator.start`."""
        for one in self._each:
            one.start(accounts)

    def stop(self) -> None:
        """See `IAuthenticator.stop`."""
        for one in self._each:
            one.stop()

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        return Deferred.fromCoroutine(self._sign_in(name, password))

    def look_up(self, name: str) -> Deferred[Account | None]:
        """See `IAuthenticator.look_up`."""
        return Deferred.fromCoroutine(self._look_up(name))

    def visitor(self, head: RequestHead) -> Deferred[Account | None]:
        """See `IAuthenticator.visitor`."""
        return Deferred.fromCoroutine(self._visitor(head))

    async def _sign_in(self, name: str, password: str) -> Account:
        trouble: Exception = BadPassword("this is not the password")
        for one in self._each:
            try:
                return await maybeDeferred(one.sign_in, name, password)
            except BadPassword:
                continue
            except Exception as error:  # noqa: BLE001 - raised unless another one knows better
                trouble = error
        raise trouble

    async def _look_up(self, name: str) -> Account | None:
        for one in self._each:
            account = await maybeDeferred(one.look_up, name)
            if account is not None:
                return account
        return None

    async def _visitor(self, head: RequestHead) -> Account | None:
        for one in self._each:
            if one.knows_visitors:
                account = await maybeDeferred(one.visitor, head)
                if account is not None:
                    return account
        return None
