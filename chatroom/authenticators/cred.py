"""
Accounts by Twisted's own way of telling who somebody is, `twisted.cred`.
"""

from __future__ import annotations

import pwd
from collections.abc import Callable
from hashlib import sha256
from typing import NoReturn, TypeAlias

from twisted.cred.checkers import (
    ANONYMOUS,
    FilePasswordDB,
    ICredentialsChecker,
    InMemoryUsernamePasswordDatabaseDontUse,
)
from twisted.cred.credentials import IUsernamePassword, UsernamePassword
from twisted.cred.error import LoginFailed
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.plugins.cred_unix import UNIXChecker
from twisted.python.failure import Failure
from zope.interface import Attribute, Interface, classImplements, implementer

from chatroom.accounts import Account
from chatroom.authenticators.base import Authenticator
from chatroom.errors import BadPassword, StorageUnavailable

#: What is known of a name ahead of its password: how it is spelled there, and something
#: that changes with the password.
Teller: TypeAlias = Callable[[bytes], tuple[bytes, bytes] | None]


class IAccount(Interface):
    """
    What a realm is asked for: see `chatroom.accounts.Account`, which provides it.
    """

    id: str = Attribute("What it is known by.")
    name: str = Attribute("What it is called.")
    stamp: bytes = Attribute("Another one ends the tokens.")


classImplements(Account, IAccount)


@implementer(IRealm)
class Realm:
    """
    Whom a checker lets in is called as the checker calls them.
    """

    def requestAvatar(  # noqa: N802 - cred's
        self,
        avatarId: bytes | str | tuple[()],  # noqa: N803
        mind: object,
        *interfaces: type[Interface],
    ) -> tuple[type[Interface], Account, Callable[[], None]]:
        """
        Return the account of *avatarId*.

        Raises:
            LoginFailed: Nobody in particular is meant, or none whose name is text.
        """
        if avatarId in {ANONYMOUS, b"", ""} or IAccount not in interfaces:
            raise LoginFailed
        try:
            name = avatarId.decode() if isinstance(avatarId, bytes) else str(avatarId)
        except UnicodeDecodeError:
            raise LoginFailed from None
        return IAccount, Account(name, name), _nothing


class PortalAuthenticator(Authenticator):
    """
    Asks a portal that takes a name and a password, and whose realm has avatars that
    provide `IAccount`.

    Checkers are called on the reactor's thread: one that thinks long stops the room.
    What they log out from is left at once, for an account is not kept waiting.
    """

    takes_passwords = True

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._tell = _teller(portal.checkers.get(IUsernamePassword))
        self.knows_accounts = self._tell is not None and isinstance(portal.realm, Realm)

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        credentials = UsernamePassword(name.encode(), password.encode())
        entered = maybeDeferred(self._portal.login, credentials, None, IAccount)
        return entered.addCallbacks(self._entered, _refused)

    def look_up(self, name: str) -> Deferred[Account | None]:
        """See `IAuthenticator.look_up`."""
        if not self.knows_accounts:
            return succeed(None)
        try:
            return succeed(self._known(name))
        except Exception:  # noqa: BLE001 - a guest is not to have the name meanwhile
            return fail(StorageUnavailable("it cannot be told just now whose name this is"))

    def _entered(self, found: tuple[type[Interface], Account, Callable[[], None]]) -> Account:
        _, avatar, logout = found
        logout()
        known = self._known(avatar.id) if self.knows_accounts else None
        return known or Account(avatar.id, avatar.name, avatar.stamp)

    def _known(self, name: str) -> Account | None:
        found = self._tell(name.encode()) if self._tell is not None else None
        if found is None:
            return None
        spelled, stamp = found
        return Account(spelled.decode(), spelled.decode(), sha256(stamp).digest())


def _refused(failure: Failure) -> NoReturn:
    failure.trap(LoginFailed)  # type: ignore[no-untyped-call]
    raise BadPassword("this is not the password")


def _nothing() -> None:
    """
    Do nothing.
    """


def _teller(checker: ICredentialsChecker | None) -> Teller | None:
    """
    Return what tells of every name whether *checker* has an account for it, if that
    can be found out.
    """
    if isinstance(checker, FilePasswordDB):
        return lambda name: _in_file(checker, name)
    if isinstance(checker, InMemoryUsernamePasswordDatabaseDontUse):
        return lambda name: (name, checker.users[name]) if name in checker.users else None
    if isinstance(checker, UNIXChecker):
        return _in_system
    return None


def _in_file(checker: FilePasswordDB, name: bytes) -> tuple[bytes, bytes] | None:
    try:
        return checker.getUser(name)
    except KeyError:
        return None


def _in_system(name: bytes) -> tuple[bytes, bytes] | None:
    try:
        pwd.getpwnam(name.decode())
    except KeyError:
        return None
    return name, b""
