"""
Accounts whose passwords are kept in the room's own database.
"""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from chatroom import limits
from chatroom.accounts import Account, AccountRecord
from chatroom.authenticators.base import Authenticator
from chatroom.errors import BadPassword, RateLimited
from chatroom.interfaces import IAccounts

#: What OWASP recommends at least: a try takes 20 MB and some 25 ms of one processor.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

#: Of a password that nobody knows, for names without one: they take as long.
_NOBODYS: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "QtzQiWcoxx2gr8IQVojYFA$/Dmz/KJBUs4wfHuvNWg7KDUMpUPXB/IDhWZfL3RIaGs"
)

#: One, so that whoever tries passwords takes one processor at most from the room.
_THREADS: Final = 1
_AGAIN_S: Final = 1


def hashed(password: str) -> str:
    """
    Return what is kept of *password*. Blocks for some 25 ms.
    """
    return _HASHER.hash(normalize("NFC", password))


def matches(kept: str, password: str) -> bool:
    """
    Tell whether *kept* is of *password*. Blocks for some 25 ms.
    """
    try:
        return _HASHER.verify(kept, normalize("NFC", password))
    except (Argon2Error, InvalidHashError):
        return False


class Passwords(Authenticator):
    """
    Checks what `python -m chatroom account` has set.

    Args:
        reactor: Where the answers are wanted.
        threads: What makes the pool that hashes.
    """

    knows_accounts = True
    takes_passwords = True
    _accounts: IAccounts
    _hashing: ThreadPool

    def __init__(self, reactor: IReactorTime, *, threads: type[ThreadPool] = ThreadPool) -> None:
        self._reactor = IReactorFromThreads(reactor)
        self._threads = threads
        self._waiting = 0

    def start(self, accounts: IAccounts) -> None:
        """See `IAuthenticator.start`."""
        self._accounts = accounts
        # A pool that was stopped does not start again.
        self._hashing = self._threads(_THREADS, _THREADS, "chatroom-passwords")
        self._hashing.start()

    def stop(self) -> None:
        """See `IAuthenticator.stop`."""
        self._hashing.stop()

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        return Deferred.fromCoroutine(self._sign_in(name, password))

    def look_up(self, name: str) -> Deferred[Account | None]:
        """See `IAuthenticator.look_up`."""
        return self._accounts.alike(name).addCallback(_account)

    async def _sign_in(self, name: str, password: str) -> Account:
        record = await self._accounts.alike(name)
        kept = (record and record.password) or _NOBODYS
        if self._waiting >= limits.PASSWORDS_WAITING:
            raise RateLimited("too many people sign in just now", retry_after=_AGAIN_S)
        self._waiting += 1
        is_right: bool = await deferToThreadPool(
            self._reactor, self._hashing, self._check, kept, password
        )
        account = _account(record)
        if account is None or not is_right:
            raise BadPassword("this is not the password")
        return account

    def _check(self, kept: str, password: str) -> bool:
        try:
            return matches(kept, password)
        finally:
            # Not when the answer is there: whoever asked may have gone away, and what
            # waits in the pool does so all the same.
            self._reactor.callFromThread(self._is_checked)

    def _is_checked(self) -> None:
        self._waiting -= 1


def _account(record: AccountRecord | None) -> Account | None:
    """
    Return the account of *record*, if it has a password here.
    """
    if record is None or record.password is None:
        return None
    return Account(record.id, record.name)
