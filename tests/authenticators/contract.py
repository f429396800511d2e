"""
What every provider of `IAuthenticator` does: one set of tests for all.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from chatroom.errors import BadPassword
from chatroom.histories.memory_accounts import MemoryAccounts
from chatroom.interfaces import IAuthenticator

#: The account that a provider of the tests has.
NAME, PASSWORD = "Ann", "café au lait"


class AuthenticatorContract(TestCase):
    """
    The tests of an `IAuthenticator`.
    """

    async def make(self) -> IAuthenticator:
        """One that has an account of `NAME` and `PASSWORD`, started."""
        raise NotImplementedError

    def started(self, authenticator: IAuthenticator) -> IAuthenticator:
        """Start *authenticator* for a test."""
        authenticator.start(MemoryAccounts())
        self.addCleanup(authenticator.stop)
        return authenticator

    async def test_provides(self) -> None:
        """It has everything the interface says."""
        verifyObject(IAuthenticator, await self.make())

    async def test_signs_in(self) -> None:
        """Name and password are of an account, the same one each time."""
        authenticator = await self.make()

        account = await authenticator.sign_in(NAME, PASSWORD)

        self.assertEqual(NAME, account.name)
        self.assertEqual(account, await authenticator.sign_in(NAME, PASSWORD))

    async def test_refuses(self) -> None:
        """Another password, and a name without an account, are refused alike."""
        authenticator = await self.make()

        refusals = []
        for name, password in ((NAME, "secret"), ("Bob", PASSWORD), (NAME, "")):
            signing_in = maybeDeferred(authenticator.sign_in, name, password)
            refused: Any = await self.assertFailure(signing_in, BadPassword)
            refusals.append(refused.reason)

        self.assertEqual(1, len(set(refusals)))

    async def test_looks_up(self) -> None:
        """Who knows the accounts tells whose a name is."""
        authenticator = await self.make()
        account = await authenticator.sign_in(NAME, PASSWORD)

        found = await authenticator.look_up(NAME)

        self.assertEqual(account if authenticator.knows_accounts else None, found)
        self.assertIsNone(await authenticator.look_up("Bob"))
