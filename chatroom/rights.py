"""
Who may do what to whom.

There are three roles, in a room and on the whole server; the higher of both counts.
Only who stands higher acts on another. The owner of the server acts on everybody:
whoever holds the machine can always make a new one (``python -m chatroom owner-link``),
and must be able to undo what another did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from chatroom import limits
from chatroom.errors import Forbidden, TooMany

Role: TypeAlias = Literal["member", "moderator", "owner"]

#: Where a role counts: a room's key, or this for the whole server.
SERVER: Final = ""

MEMBER, MODERATOR, OWNER, SERVER_OWNER = range(4)

_RANKS: Final[dict[Role, int]] = {"member": MEMBER, "moderator": MODERATOR, "owner": OWNER}
_ROLES: Final[tuple[Role, ...]] = ("member", "moderator", "owner", "owner")


class Roles:
    """
    Everybody who is more than a member of something.
    """

    def __init__(self) -> None:
        self._ranks: dict[str, dict[str, int]] = {}
        self._kept: dict[str, int] = {}

    @property
    def has_owner(self) -> bool:
        """Whether anybody owns the server."""
        return any(ranks.get(SERVER) == SERVER_OWNER for ranks in self._ranks.values())

    def rank(self, person: str, scope: str) -> int:
        """
        Return how high *person* stands in *scope*, a room's key or ``SERVER``.
        """
        ranks = self._ranks.get(person)
        return max(ranks.get(scope, MEMBER), ranks.get(SERVER, MEMBER)) if ranks else MEMBER

    def highest(self, person: str) -> int:
        """
        Return how high *person* stands where they stand highest.
        """
        return max(self._ranks.get(person, {}).values(), default=MEMBER)

    def role(self, person: str, scope: str) -> Role:
        """
        Return what *person* is in *scope*.
        """
        return _ROLES[self.rank(person, scope)]

    def given(self, person: str, scope: str) -> Role:
        """
        Return the role that *person* was given in *scope* itself.
        """
        return _ROLES[self._ranks.get(person, {}).get(scope, MEMBER)]

    def with_role(self, person: str, scope: str, role: Role) -> Role:
        """
        Return what *person* would be in *scope* if they were given *role* there.
        """
        return _ROLES[max(_RANKS[role], self.rank(person, SERVER))]

    def check_room(self, scope: str) -> None:
        """
        Refuse one more role in *scope*.

        Raises:
            TooMany: So many have one that no more can be given.
        """
        if self._kept.get(scope, 0) >= limits.ROLES_PER_ROOM:
            raise TooMany(f"at most {limits.ROLES_PER_ROOM} people have a role in one place")

    def give(self, person: str, scope: str, role: Role) -> None:
        """
        Let *person* be *role* in *scope* from now on.
        """
        was = self.given(person, scope) != "member"
        self._kept[scope] = self._kept.get(scope, 0) - was + (role != "member")
        ranks = self._ranks.setdefault(person, {})
        ranks.pop(scope, None)
        if role != "member":
            is_owner = scope == SERVER and role == "owner"
            ranks[scope] = SERVER_OWNER if is_owner else _RANKS[role]
        if not ranks:
            del self._ranks[person]

    def beyond(self, person: str, scope: str) -> frozenset[str]:
        """
        Return those on whom *person* may not act in *scope*.
        """
        by = self.rank(person, scope)
        return frozenset(
            other for other in self._ranks if not may_act(by, self.rank(other, scope))
        ) - {person}

    def holders(self, scope: str) -> Iterable[str]:
        """
        Return those who were given a role in *scope*.
        """
        return (person for person, ranks in self._ranks.items() if scope in ranks)


def may_act(by: int, on: int) -> bool:
    """
    Whether who stands at the one rank acts on who stands at the other.
    """
    return by >= MODERATOR and (by > on or by == SERVER_OWNER)


def check_moderator(by: int) -> None:
    """
    Refuse what is for moderators, and those above.

    Raises:
        Forbidden: *by* is no moderator's rank.
    """
    if by < MODERATOR:
        raise Forbidden("that is for moderators")


def check_act(by: int, on: int, *, is_self: bool) -> None:
    """
    Refuse an act on somebody who does not stand lower.

    Args:
        is_self: Whether somebody means themselves.

    Raises:
        Forbidden: It is not for *by*, or not on *on*.
    """
    check_moderator(by)
    if is_self:
        raise Forbidden("that is nothing to do to oneself")
    if not may_act(by, on):
        raise Forbidden("they do not stand below you")


def check_gift(by: int, on: int, role: Role, *, is_self: bool) -> None:
    """
    Refuse a role that is not to be given: only owners give one, none above their own,
    and to nobody above them; everybody may give up their own.

    Raises:
        Forbidden: It is not.
    """
    new = _RANKS[role]
    if is_self and new <= by:
        return
    if by < OWNER:
        raise Forbidden("roles are given by owners")
    if not may_act(by, on):
        raise Forbidden("they do not stand below you")
