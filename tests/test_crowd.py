"""
Tests of `chatroom.crowd`: connections by address.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom.crowd import Crowd


class CrowdTests(SynchronousTestCase):
    """Who may come in."""

    def test_so_many_and_no_more(self) -> None:
        """An address has its number, and another one its own."""
        crowd = Crowd(2)

        self.assertEqual([True, True, False], [crowd.enter("192.0.2.1") for _ in range(3)])
        self.assertTrue(crowd.enter("192.0.2.2"))

    def test_who_leaves_makes_room(self) -> None:
        """For one, and not for two."""
        crowd = Crowd(2)
        self.assertEqual([True, True], [crowd.enter("192.0.2.1") for _ in range(2)])
        crowd.leave("192.0.2.1")

        self.assertEqual([True, False], [crowd.enter("192.0.2.1") for _ in range(2)])

    def test_who_has_no_address_is_not_counted(self) -> None:
        """Nor is anybody where there is no limit."""
        few, many = Crowd(1), Crowd(0)

        self.assertTrue(all(few.enter("") for _ in range(3)))
        self.assertTrue(all(many.enter("192.0.2.1") for _ in range(3)))
        few.leave("")
        many.leave("192.0.2.1")

    def test_nothing_is_kept_of_who_is_gone(self) -> None:
        """A walk through all addresses leaves nothing behind."""
        crowd = Crowd(1)
        for number in range(256):
            crowd.enter(f"192.0.2.{number}")
            crowd.leave(f"192.0.2.{number}")

        self.assertEqual(0, len(crowd))
