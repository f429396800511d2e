"""
Several authenticators at once, and none.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import TestCase

from chatroom.accounts import Account
from chatroom.authenticators.base import Authenticator
from chatroom.authenticators.several import Several
from chatroom.codecs.head import RequestHead
from chatroom.errors import BadPassword, StorageUnavailable
from chatroom.histories.memory_accounts import MemoryAccounts
from chatroom.interfaces import IAccounts, IAuthenticator
from tests.authenticators.contract import NAME, PASSWORD, AuthenticatorContract

HEAD = RequestHead(b"", b"GET", b"/chat", b"HTTP/1.1", {}, "rfc6455")


class One(Authenticator):
    """Knows one account."""

    knows_accounts = True

    def __init__(self, name: str = NAME, password: str = PASSWORD) -> None:
        self.account = Account(name, name)
        self.password = password
        self.is_started = False

    def start(self, accounts: IAccounts) -> None:
        """See `IAuthenticator.start`."""
        self.is_started = True

    def stop(self) -> None:
        """See `IAuthenticator.stop`."""
        self.is_started = False

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        if (name, password) == (self.account.name, self.password):
            return succeed(self.account)
        return fail(BadPassword("this is not the password"))

    def look_up(self, name: str) -> Deferred[Account | None]:
        """See `IAuthenticator.look_up`."""
        return succeed(self.account if name == self.account.name else None)


class Visitors(Authenticator):
    """Takes everybody for Eve."""

    knows_visitors = True

    def visitor(self, head: RequestHead) -> Deferred[Account | None]:
        """See `IAuthenticator.visitor`."""
        return succeed(Account("eve", "Eve"))


class Broken(Authenticator):
    """Is out of order."""

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        raise StorageUnavailable("the directory is down")


class SeveralTests(AuthenticatorContract):
    """`Several` is an `IAuthenticator`."""

    async def make(self) -> IAuthenticator:
        """See `AuthenticatorContract`."""
        return self.started(Several([One("Zoe", "z"), One()]))

    async def test_each(self) -> None:
        """Each is started, asked in turn, and stopped."""
        zoe, ann = One("Zoe", "z"), One()
        several = Several([zoe, ann])
        several.start(MemoryAccounts())

        self.assertTrue(zoe.is_started and ann.is_started and several.knows_accounts)
        self.assertEqual(zoe.account, await several.sign_in("Zoe", "z"))
        self.assertEqual(ann.account, await several.look_up(NAME))

        several.stop()
        self.assertFalse(zoe.is_started or ann.is_started)

    async def test_who_knows_what(self) -> None:
        """Not all accounts are known if one does not tell; visitors are if one knows them."""
        several = Several([One(), Visitors()])

        self.assertEqual((False, True), (several.knows_accounts, several.knows_visitors))
        self.assertEqual(Account("eve", "Eve"), await several.visitor(HEAD))
        self.assertIsNone(await Several([One()]).visitor(HEAD))

    async def test_one_is_broken(self) -> None:
        """While one is out of order another one lets in; who is refused hears of it."""
        several = Several([Broken(), One()])

        self.assertEqual(NAME, (await several.sign_in(NAME, PASSWORD)).name)
        await self.assertFailure(several.sign_in(NAME, "other"), StorageUnavailable)


class BaseTests(TestCase):
    """What is built upon."""

    async def test_nobody(self) -> None:
        """It lets nobody in, and knows nobody."""
        nobody = Authenticator()
        nobody.start(MemoryAccounts())
        nobody.stop()

        await self.assertFailure(nobody.sign_in(NAME, PASSWORD), BadPassword)
        self.assertIsNone(await nobody.look_up(NAME))
        self.assertIsNone(await nobody.visitor(HEAD))


# The contract itself is no test.
del AuthenticatorContract
