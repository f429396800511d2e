"""
The table of who may do what to whom, and what holds for whatever is in it.
"""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom import limits
from chatroom.bans import GRACE_MS, Ban, Bans
from chatroom.errors import Forbidden, TooMany
from chatroom.rights import (
    MEMBER,
    MODERATOR,
    OWNER,
    SERVER,
    SERVER_OWNER,
    Role,
    Roles,
    check_act,
    check_gift,
    may_act,
)

RANKS: Final = (MEMBER, MODERATOR, OWNER, SERVER_OWNER)
ROLES: Final[tuple[Role, ...]] = ("member", "moderator", "owner")

#: By whom, and on whom: a member, a moderator, an owner of a room, one of the server.
ACTS: Final = {
    MEMBER: "----",
    MODERATOR: "x---",
    OWNER: "xx--",
    SERVER_OWNER: "xxxx",
}

#: Who gives which role to whom: for each of those, the roles that are given.
GIFTS: Final = {
    MEMBER: ("", "", "", ""),
    MODERATOR: ("", "", "", ""),
    OWNER: ("member moderator owner", "member moderator owner", "", ""),
    SERVER_OWNER: ("member moderator owner",) * 4,
}


def forbids(check: object, *about: object, is_self: bool = False) -> bool:
    """Whether *check* refuses."""
    try:
        check(*about, is_self=is_self)  # type: ignore[operator]
    except Forbidden:
        return True
    return False


class TableTests(SynchronousTestCase):
    """Every combination."""

    def test_acts(self) -> None:
        """Only who stands higher acts on another; the server's owner on everybody."""
        for by, row in ACTS.items():
            for on, sign in zip(RANKS, row, strict=True):
                self.assertEqual(sign == "x", may_act(by, on), (by, on))
                self.assertEqual(sign != "x", forbids(check_act, by, on), (by, on))
                self.assertTrue(forbids(check_act, by, on, is_self=True))

    def test_gifts(self) -> None:
        """Roles are given by owners, to those below."""
        for by, row in GIFTS.items():
            for on, gifts_to in zip(RANKS, row, strict=True):
                for role in ROLES:
                    allowed = not forbids(check_gift, by, on, role)
                    self.assertEqual(role in gifts_to.split(), allowed, (by, on, role))

    def test_ones_own_role(self) -> None:
        """Anybody may be less than they are, and nobody more."""
        for by in RANKS:
            for rank, role in enumerate(ROLES):
                allowed = not forbids(check_gift, by, by, role, is_self=True)
                self.assertEqual(rank <= by, allowed, (by, role))


persons = st.sampled_from(["ann", "bo", "cleo", "dora"])
scopes = st.sampled_from([SERVER, "tea", "cake"])
gifts = st.lists(st.tuples(persons, scopes, st.sampled_from(ROLES)), max_size=12)


class RolesTests(SynchronousTestCase):
    """Who has which."""

    def test_the_higher_counts(self) -> None:
        """That of the room or that of the server."""
        roles = Roles()
        roles.give("ann", SERVER, "moderator")
        roles.give("ann", "tea", "owner")

        self.assertEqual("owner", roles.role("ann", "tea"))
        self.assertEqual("moderator", roles.role("ann", "cake"))
        self.assertEqual("moderator", roles.with_role("ann", "tea", "member"))
        self.assertEqual("owner", roles.given("ann", "tea"))
        self.assertEqual("member", roles.given("ann", "cake"))
        self.assertFalse(roles.has_owner)

    @given(gifts)
    def test_nothing_is_left(self, given: list[tuple[str, str, Role]]) -> None:
        """Whatever was given: the last counts, and members take no room."""
        roles = Roles()
        expected: dict[tuple[str, str], Role] = {}
        for person, scope, role in given:
            roles.give(person, scope, role)
            expected[person, scope] = role

        for (person, scope), role in expected.items():
            self.assertEqual(role, roles.given(person, scope))
        kept = {key for key, role in expected.items() if role != "member"}
        self.assertEqual({person for person, _ in kept}, set(roles._ranks))
        for scope in (SERVER, "tea", "cake"):
            self.assertEqual(
                sum(1 for _, at in kept if at == scope), roles._kept.get(scope, 0), scope
            )

    @given(gifts, persons, persons, st.sampled_from(["tea", "cake"]))
    def test_never_upwards(
        self, given: list[tuple[str, str, Role]], by: str, on: str, scope: str
    ) -> None:
        """Whoever acts on somebody stands higher, or owns the server; nowhere are they less."""
        roles = Roles()
        for one in given:
            roles.give(*one)

        if may_act(roles.rank(by, scope), roles.rank(on, scope)):
            self.assertNotEqual("member", roles.role(by, scope))
            if roles.given(by, SERVER) != "owner":
                self.assertGreater(
                    ROLES.index(roles.role(by, scope)), ROLES.index(roles.role(on, scope))
                )
        # On the whole server, the target's highest role counts: there is no room in which
        # the act would be one upwards.
        if may_act(roles.rank(by, SERVER), roles.highest(on)):
            self.assertTrue(
                all(may_act(roles.rank(by, room), roles.rank(on, room)) for room in ("tea", "cake"))
            )
        self.assertEqual(
            on in roles.beyond(by, scope),
            on != by
            and roles.highest(on) > MEMBER
            and not may_act(roles.rank(by, scope), roles.rank(on, scope)),
        )


times = st.one_of(st.none(), st.integers(0, 100))
addresses = st.lists(st.sampled_from([b"1", b"2", b"3"]), unique=True, max_size=2)
changes = st.lists(
    st.one_of(
        st.tuples(persons, st.builds(Ban, times, addresses.map(tuple))),
        st.tuples(persons, st.none()),
    ),
    max_size=12,
)


class BansTests(SynchronousTestCase):
    """Who is kept out."""

    @given(changes, st.integers(0, 100))
    def test_as_a_list(self, done: list[tuple[str, Ban | None]], now: int) -> None:
        """They are what a plain list of them says, by person and by address."""
        bans = Bans()
        plain: dict[str, Ban] = {}
        for person, ban in done:
            if ban is None:
                bans.lift("tea", person)
                plain.pop(person, None)
            else:
                bans.put("tea", person, ban)
                plain[person] = ban

        for person in ("ann", "bo", "cleo", "dora"):
            ban = plain.get(person)
            holds = ban is not None and (ban.until is None or ban.until > now)
            self.assertEqual(ban if holds else None, bans.of("tea", person, now))
        for address in (b"1", b"2", b"3"):
            at = [b for b in plain.values() if address in b.addresses and b.holds(now)]
            self.assertEqual(bool(at), bans.at("tea", address, now) is not None)
        self.assertEqual(any(b.addresses for b in plain.values()), bans.has_addresses("tea"))
        self.assertIsNone(bans.of("cake", "ann", now))
        if not plain:
            self.assertEqual(({}, {}), (bans._bans, bans._addresses))

    def test_the_longest_counts(self) -> None:
        """Of several at an address, it is told when the last one ends."""
        bans = Bans()
        for person, until in (("ann", 5), ("bo", 9), ("cleo", 7)):
            bans.put("tea", person, Ban(until, (b"1",)))
        longest = bans.at("tea", b"1", 0)
        bans.put("tea", "dora", Ban(None, (b"1",)))

        self.assertEqual(Ban(9, (b"1",)), longest)
        self.assertEqual(Ban(None, (b"1",)), bans.at("tea", b"1", 0))

    def test_bounded(self) -> None:
        """When there are too many, what has long ended makes room."""
        self.patch(limits, "BANS_PER_ROOM", 2)
        bans = Bans()
        bans.put("tea", "ann", Ban(10))
        bans.put("tea", "bo", Ban())

        self.assertRaises(TooMany, bans.check_room, "tea", 9 + GRACE_MS)
        bans.check_room("tea", 10 + GRACE_MS)
        self.assertIsNone(bans.of("tea", "ann", 0))
