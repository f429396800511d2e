"""
Accounts with passwords in the room's own store.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.accounts import Account, AccountRecord
from chatroom.authenticators import passwords
from chatroom.authenticators.passwords import Passwords, hashed, matches
from chatroom.errors import BadPassword, RateLimited
from chatroom.histories.memory_accounts import MemoryAccounts
from chatroom.interfaces import IAuthenticator
from tests.authenticators.contract import NAME, PASSWORD, AuthenticatorContract
from tests.histories.threadless import LaterThreads, NoThreads, SameThread


async def accounts() -> MemoryAccounts:
    """Those of the tests: one that has a password here, one that has it elsewhere."""
    made = MemoryAccounts()
    await made.keep(AccountRecord("1", NAME, b"key", None, hashed(PASSWORD)))
    await made.keep(AccountRecord("2", "Carl", b"key"))
    return made


class PasswordsTests(AuthenticatorContract):
    """`Passwords` is an `IAuthenticator`."""

    async def make(self) -> IAuthenticator:
        """See `AuthenticatorContract`."""
        authenticator = Passwords(SameThread(), threads=NoThreads)
        authenticator.start(await accounts())
        self.addCleanup(authenticator.stop)
        return authenticator

    async def test_start_again(self) -> None:
        """After a stop it can be started as before."""
        authenticator = Passwords(SameThread())
        for _ in range(2):
            authenticator.start(await accounts())
            authenticator.stop()

    async def test_look_alikes(self) -> None:
        """An account is known by what its name looks like, and named as it is."""
        authenticator = await self.make()

        for name in ("ANN", "Аnn"):
            self.assertEqual(Account("1", NAME), await authenticator.sign_in(name, PASSWORD))
            self.assertEqual(Account("1", NAME), await authenticator.look_up(name))

    async def test_elsewhere(self) -> None:
        """Whose password is checked elsewhere has none here, not the empty one either."""
        authenticator = await self.make()

        self.assertIsNone(await authenticator.look_up("Carl"))
        await self.assertFailure(authenticator.sign_in("Carl", ""), BadPassword)


class HashTests(SynchronousTestCase):
    """What is kept of a password."""

    def test_spellings(self) -> None:
        """A password is the same however its accents are typed."""
        self.assertTrue(matches(hashed("caf\u00e9"), "cafe\u0301"))
        self.assertFalse(matches(hashed("caf\u00e9"), "cafe"))
        self.assertNotEqual(hashed("x"), hashed("x"))

    def test_no_hash(self) -> None:
        """What is no hash is nobody's password."""
        for kept in ("", "secret", "$argon2id$v=19$m=19456"):
            self.assertFalse(matches(kept, "secret"))


class Counting:
    """Counts how a hash is compared."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def verify(self, kept: str, password: str) -> bool:
        """See `PasswordHasher`."""
        self.kept.append(kept)
        return kept == password


class WorkTests(SynchronousTestCase):
    """How much is hashed, and where."""

    def setUp(self) -> None:
        """Threads that wait."""
        self.hasher = Counting()
        self.patch(passwords, "_HASHER", self.hasher)
        self.authenticator = Passwords(SameThread(), threads=LaterThreads)
        made = MemoryAccounts()
        made.keep(AccountRecord("1", NAME, b"key", None, PASSWORD))
        self.authenticator.start(made)
        threads = self.authenticator._hashing
        assert isinstance(threads, LaterThreads)
        self.threads = threads

    def test_as_long_for_nobody(self) -> None:
        """For a name without an account a hash of the same cost is compared."""
        signing_in = self.authenticator.sign_in("Nobody", PASSWORD)
        self.assertNoResult(signing_in)
        self.threads.work()

        self.failureResultOf(signing_in, BadPassword)
        (kept,) = self.hasher.kept
        same = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self.assertFalse(same.check_needs_rehash(kept))

    def test_a_queue(self) -> None:
        """So many wait to be hashed; whoever comes then is told to come again."""
        waiting = [
            self.authenticator.sign_in(NAME, PASSWORD) for _ in range(limits.PASSWORDS_WAITING)
        ]

        refused = self.failureResultOf(self.authenticator.sign_in(NAME, PASSWORD), RateLimited)
        self.assertEqual(1, refused.value.retry_after)
        # Whoever gives up has still to be hashed.
        impatient = waiting.pop()
        impatient.cancel()
        self.failureResultOf(impatient, CancelledError)
        self.failureResultOf(self.authenticator.sign_in(NAME, PASSWORD), RateLimited)
        self.threads.work()

        for signing_in in waiting:
            self.assertEqual(Account("1", NAME), self.successResultOf(signing_in))
        again = self.authenticator.sign_in(NAME, PASSWORD)
        self.threads.work()
        self.successResultOf(again)


# The contract itself is no test.
del AuthenticatorContract
