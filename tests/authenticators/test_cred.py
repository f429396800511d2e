"""
Accounts by `twisted.cred`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.cred.checkers import (
    ANONYMOUS,
    FilePasswordDB,
    ICredentialsChecker,
    InMemoryUsernamePasswordDatabaseDontUse,
)
from twisted.cred.credentials import IAnonymous, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, succeed
from twisted.plugins.cred_unix import UNIXChecker
from twisted.trial.unittest import TestCase
from zope.interface import Interface, implementer

from chatroom.accounts import Account
from chatroom.authenticators.cred import IAccount, PortalAuthenticator, Realm
from chatroom.errors import BadPassword, StorageUnavailable
from chatroom.interfaces import IAuthenticator
from tests.authenticators.contract import NAME, PASSWORD, AuthenticatorContract


def of(*checkers: ICredentialsChecker) -> PortalAuthenticator:
    """An authenticator of *checkers*."""
    return PortalAuthenticator(Portal(Realm(), checkers))


def in_hex(*given: bytes) -> bytes:
    """A hash, if a poor one; of a name, a password and what is kept."""
    _, password, _ = given
    return password.hex().encode()


class CredCase(TestCase):
    """Password files."""

    def file(self, text: str, **options: Any) -> FilePasswordDB:
        """A checker of a file that says *text*."""
        path = self.mktemp()
        Path(path).write_text(text, encoding="utf-8")
        return FilePasswordDB(path, **options)

    def rewrite(self, checker: FilePasswordDB, text: str | None) -> None:
        """Let the file of *checker* say *text*, or be gone."""
        path = Path(checker.filename)
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")


class MemoryTests(AuthenticatorContract):
    """Accounts in a dictionary."""

    async def make(self) -> IAuthenticator:
        """See `AuthenticatorContract`."""
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        checker.addUser(NAME.encode(), PASSWORD.encode())
        return self.started(of(checker))


class FileTests(AuthenticatorContract, CredCase):
    """Accounts in a file, as ``--auth file:`` has them."""

    async def make(self) -> IAuthenticator:
        """See `AuthenticatorContract`."""
        return self.started(of(self.file(f"zoe:x\n{NAME}:{PASSWORD}\nnot a line\n")))


class HashedFileTests(AuthenticatorContract, CredCase):
    """Accounts in a file, whose passwords are hashed in some way."""

    async def make(self) -> IAuthenticator:
        """See `AuthenticatorContract`."""
        kept = PASSWORD.encode().hex()
        return self.started(of(self.file(f"{NAME}:{kept}\n", hash=in_hex)))


@implementer(ICredentialsChecker)
class Plugin:
    """A checker that does as it is told."""

    credentialInterfaces: tuple[type[Interface]] = (IUsernamePassword,)  # noqa: N815 - cred's

    def __init__(self, answer: Callable[[], object]) -> None:
        self.answer = answer

    def requestAvatarId(self, credentials: Any) -> Any:  # noqa: ANN401, N802 - cred's
        """See `ICredentialsChecker`."""
        credentials = IUsernamePassword(credentials)
        if (credentials.username, credentials.password) != (NAME.encode(), PASSWORD.encode()):
            raise UnauthorizedLogin
        return self.answer()


class PluginTests(AuthenticatorContract):
    """Accounts of a plugin, which does not tell what accounts it has."""

    async def make(self) -> IAuthenticator:
        """See `AuthenticatorContract`."""
        return self.started(of(Plugin(NAME.encode)))


class OddTests(CredCase):
    """What checkers do besides."""

    async def test_late(self) -> None:
        """A checker may take its time."""
        answer: Deferred[str] = Deferred()
        signing_in = of(Plugin(lambda: answer)).sign_in(NAME, PASSWORD)

        self.assertFalse(signing_in.called)
        answer.callback("Ann")

        self.assertEqual(Account("Ann", "Ann"), await signing_in)

    async def test_nobody(self) -> None:
        """Who is let in as nobody in particular, or as no text, is not let in."""
        for id in (ANONYMOUS, b"", "", b"\xff"):
            signing_in = of(Plugin(partial(succeed, id))).sign_in(NAME, PASSWORD)
            await self.assertFailure(signing_in, BadPassword)

    async def test_fails(self) -> None:
        """What is no refusal is not taken for one."""

        def fail() -> None:
            raise LookupError("secret")

        await self.assertFailure(of(Plugin(fail)).sign_in(NAME, PASSWORD), LookupError)

    async def test_no_passwords(self) -> None:
        """A portal that takes no passwords fails, and lets nobody in."""

        class Other(Plugin):
            credentialInterfaces = (IAnonymous,)  # noqa: N815 - cred's

        authenticator = of(Other(lambda: NAME))

        failing = authenticator.sign_in(NAME, PASSWORD)
        await self.assertFailure(failing, NotImplementedError, LookupError, BadPassword)
        self.assertFalse(authenticator.knows_accounts)

    async def test_another_password(self) -> None:
        """With the password in the file the stamp is another one; the name is the file's."""
        checker = self.file("ann:one\n", caseSensitive=False)
        authenticator = of(checker)
        before = await authenticator.sign_in("Ann", "one")
        self.assertEqual(before, await authenticator.look_up("ANN"))

        self.rewrite(checker, "ann:two\n")
        after = await authenticator.sign_in("Ann", "two")

        self.assertEqual(["ann", "ann"], [before.id, after.name])
        self.assertNotEqual(before.stamp, after.stamp)
        self.assertNotIn(b"one", before.stamp)

    async def test_a_file_that_is_gone(self) -> None:
        """While the file cannot be read nobody signs in, and no name counts as free."""
        checker = self.file("ann:one\n")
        authenticator = of(checker)
        self.rewrite(checker, None)

        await self.assertFailure(authenticator.sign_in("ann", "one"), BadPassword)
        await self.assertFailure(authenticator.look_up("ann"), StorageUnavailable)
        self.flushLoggedErrors()

    async def test_users_of_the_system(self) -> None:
        """``unix:`` knows whose names are taken."""
        authenticator = of(UNIXChecker())

        root = await authenticator.look_up("root")

        self.assertEqual("root", root and root.id)
        self.assertIsNone(await authenticator.look_up("no such user"))


@implementer(IRealm)
class NumberRealm:
    """A realm whose accounts have numbers."""

    def __init__(self) -> None:
        self.left = 0

    def requestAvatar(  # noqa: N802 - cred's
        self,
        avatarId: object,  # noqa: N803
        mind: object,
        *interfaces: type[Interface],
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        """See `IRealm`."""
        assert IAccount in interfaces
        return IAccount, Account("42", "Ann of 42", b"1"), self.leave

    def leave(self) -> None:
        """The avatar is not needed any more."""
        self.left += 1


class PortalTests(TestCase):
    """A portal of the host's."""

    async def test_a_realm(self) -> None:
        """Its realm says who somebody is, and is left at once."""
        realm = NumberRealm()
        checker = InMemoryUsernamePasswordDatabaseDontUse(ann=b"one")
        authenticator = PortalAuthenticator(Portal(realm, [checker]))

        account = await authenticator.sign_in("ann", "one")

        self.assertEqual((Account("42", "Ann of 42", b"1"), 1), (account, realm.left))
        # Whose name a checker's name is, the realm alone knows.
        self.assertFalse(authenticator.knows_accounts)


# The contract itself is no test.
del AuthenticatorContract, CredCase
