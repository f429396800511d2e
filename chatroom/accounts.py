"""
Accounts: names that a password, or something like it, belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

#: What those may do who have no account: everything, nothing, or listen.
Guests: TypeAlias = Literal["yes", "no", "read-only"]
GUESTS: Final[tuple[Guests, ...]] = ("yes", "no", "read-only")


#: What somebody in the room is: a guest, one who may only read, one with an account, or
#: the program that hosts the room. The names of the last two are theirs for good.
Standing: TypeAlias = Literal["guest", "reader", "account", "host"]


@dataclass(frozen=True, slots=True)
class Account:
    """
    Somebody whom an authenticator knows.

    Args:
        id: What they are known by as long as they are: a user's name or number.
        name: What they are called in the room; a name as anybody's.
        stamp: When it is another one, tokens that were given for this account end:
            a hash of its password would do. The same one each time if nothing is
            known of that.
    """

    id: str
    name: str
    stamp: bytes = b""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """
    What is kept of an account.

    Args:
        id: See `Account`.
        name: What it was called last, or when it was made; no two accounts look alike.
        key: Random. Tokens are made from it, and end with it.
        person: The id of the person that it is; None before the first time.
        password: As argon2 has it; None when somebody else checks it.
    """

    id: str
    name: str
    key: bytes
    person: str | None = None
    password: str | None = None
