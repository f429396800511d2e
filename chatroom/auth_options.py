"""
``--auth`` and ``--guests``: who may enter, said on the command line.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

from twisted.cred.checkers import (
    FilePasswordDB,
    ICredentialsChecker,
    InMemoryUsernamePasswordDatabaseDontUse,
)
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.portal import Portal
from twisted.cred.strcred import AuthOptionMixin
from twisted.internet.interfaces import IReactorTime
from twisted.plugins.cred_unix import UNIXChecker
from twisted.python.usage import UsageError

from chatroom.accounts import GUESTS
from chatroom.interfaces import IAuthenticator

#: The type of the room's own accounts, beside those that plugins bring.
ACCOUNTS: Final = "accounts"

#: A way to sign in, as `AuthOptions` keeps it: a checker, or None for the own accounts.
Way: TypeAlias = ICredentialsChecker | None

_HELP: Final = """\
Usage: --auth accounts

  Names and passwords in the room's own database, set by `python -m chatroom account`
  while the room runs or not. Needs no argument.

"""


class AuthOptions(AuthOptionMixin):
    """
    What a command takes that lets people sign in: to be mixed into its options.
    """

    supportedInterfaces = (IUsernamePassword,)  # noqa: N815 - Twisted's

    def opt_auth(self: Any, description: str) -> None:
        """Let people sign in: accounts, file:PATH, … (see --help-auth); repeatable."""
        kind, _, argument = description.partition(":")
        try:
            if kind == ACCOUNTS and not argument:
                self["auth"].append(None)
                return
            super().opt_auth(description)  # type: ignore[no-untyped-call]
            self["auth"].append(_sound(self["credCheckers"].pop()))
        except (UsageError, ValueError) as error:
            # Not what is behind the colon: there are passwords at times.
            raise SystemExit(f"chatroom: --auth {kind}: {error}") from None

    def opt_guests(self: Any, guests: str) -> None:
        """With --auth, whether others may come in, too: yes (the default), no or read-only."""
        if guests not in GUESTS:
            raise SystemExit(f"chatroom: --guests {guests}: expected {', '.join(GUESTS)}")
        self["guests"] = guests

    def opt_help_auth(self) -> None:
        """Show what --auth takes."""
        self.authOutput.write(f"The room's own: {ACCOUNTS} (see --help-auth-type {ACCOUNTS})\n")
        super().opt_help_auth()  # type: ignore[no-untyped-call]

    def opt_help_auth_type(self, auth_type: str) -> None:
        """Show what --auth takes of one type."""
        if auth_type == ACCOUNTS:
            self.authOutput.write(_HELP)
            raise SystemExit(0)
        super().opt_help_auth_type(auth_type)  # type: ignore[no-untyped-call]

    def check_auth(self: Any) -> None:
        """
        Check what was said of accounts, all in all.
        """
        if self["guests"] != "yes" and not self["auth"]:
            raise SystemExit(
                f"chatroom: --guests {self['guests']}: nobody could sign in; add --auth"
            )
        if self["ephemeral"] and None in self["auth"]:
            raise SystemExit(f"chatroom: --auth {ACCOUNTS}: without a database there are none")


def authenticator(ways: list[Way], reactor: IReactorTime) -> IAuthenticator | None:
    """
    Return what knows all whom one of *ways* knows; None if there is no way.
    """
    if not ways:
        return None
    from chatroom.authenticators.cred import PortalAuthenticator, Realm  # noqa: PLC0415
    from chatroom.authenticators.several import Several  # noqa: PLC0415

    def one(way: Way) -> IAuthenticator:
        if way is not None:
            return PortalAuthenticator(Portal(Realm(), [way]))
        from chatroom.authenticators.passwords import Passwords  # noqa: PLC0415

        return Passwords(reactor)

    return Several(map(one, ways)) if len(ways) > 1 else one(ways[0])


def _sound(checker: ICredentialsChecker) -> ICredentialsChecker:
    """
    Return *checker* as it can be used.

    Raises:
        ValueError: It cannot.
    """
    if isinstance(checker, FilePasswordDB):
        # Daemonized, twistd may go to another folder.
        path = Path(checker.filename).absolute()
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
        checker.filename = str(path)
    elif isinstance(checker, InMemoryUsernamePasswordDatabaseDontUse):
        # Its plugin puts text where it looks for bytes.
        checker.users = {_bytes(name): _bytes(kept) for name, kept in checker.users.items()}
    elif isinstance(checker, UNIXChecker) and find_spec("crypt") is None:
        raise ValueError("it needs Python's module crypt, which is gone since 3.13")
    return checker


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
