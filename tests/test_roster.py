"""
Things in the order of their names.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom.roster import Roster, fold

NAMES = st.text(alphabet="abAB1é", min_size=1, max_size=3)


class RosterTests(SynchronousTestCase):
    """A roster against a dictionary that is sorted each time."""

    @given(
        st.lists(st.tuples(st.booleans(), NAMES)),
        st.text(alphabet="aA1", max_size=2),
        st.none() | NAMES,
        st.integers(1, 4),
    )
    def test_slices(
        self, changes: list[tuple[bool, str]], prefix: str, after: str | None, limit: int
    ) -> None:
        """Whatever came and went, a slice is what a sorted list would give."""
        roster: Roster[str] = Roster()
        model: dict[str, str] = {}
        for is_added, name in changes:
            if is_added:
                roster.add(name, name)
                model[fold(name)] = name
            else:
                roster.remove(name)
                model.pop(fold(name), None)

        found = [
            model[key]
            for key in sorted(model)
            if key.startswith(fold(prefix)) and (after is None or key > fold(after))
        ]

        self.assertEqual(len(model), len(roster))
        self.assertEqual(
            (found[:limit], len(found) > limit),
            roster.slice(prefix=prefix, after=after, limit=limit),
        )
