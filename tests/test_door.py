"""
Coming in when the store takes its time, or fails.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail

from chatroom.errors import StorageUnavailable
from tests.people import ChatTestCase


class SlowDoorTests(ChatTestCase):
    """What happens while a person is stored."""

    def test_the_first_has_the_name(self) -> None:
        """Of two who ask at once for a name, one has it, before anything is stored."""
        stored: Deferred[Any] = Deferred()
        self.patch(self.store, "add", lambda *_: stored)
        ann = self.connect()
        ann.send({"type": "hello", "name": "Ann"})

        self.assert_refused("name_taken", self.connect().ask("hello", name="ann"))
        self.assertEqual([], ann.of("welcome"))
        stored.callback(None)

        self.assertEqual(1, len(ann.of("welcome")))

    def test_gone_before_the_welcome(self) -> None:
        """Who is lost meanwhile holds the name for an hour, like anybody."""
        stored: Deferred[Any] = Deferred()
        self.patch(self.store, "add", lambda *_: stored)
        ann = self.connect()
        ann.send({"type": "hello", "name": "Ann"})
        ann.leaves_the_net()
        stored.callback(None)

        self.clock.advance(3599)
        self.assert_refused("name_taken", self.connect().ask("hello", name="Ann"))
        self.clock.advance(1)
        self.patch(self.store, "add", lambda *_: Deferred())
        bob = self.connect()
        bob.send({"type": "hello", "name": "Ann"})
        self.assertEqual([], bob.of("error"))

    def test_not_stored(self) -> None:
        """A name that could not be stored is nobody's."""
        with_trouble = self.connect()
        add = self.store.add
        self.patch(self.store, "add", lambda *_: fail(StorageUnavailable("no disk")))
        self.assert_refused("storage_unavailable", with_trouble.ask("hello", name="Ann"))

        self.patch(self.store, "add", add)
        self.assertEqual("welcome", self.connect().ask("hello", name="Ann")["type"])

    def test_a_rename_not_stored(self) -> None:
        """A rename that could not be stored is none."""
        ann = self.enter("Ann", "tea")
        self.patch(self.store, "rename", lambda *_: fail(StorageUnavailable("no disk")))

        self.assert_refused("storage_unavailable", ann.ask("rename", name="Zoe"))

        self.assertEqual("Ann", ann.ask("who", room="tea")["members"][0]["name"])
        self.assertEqual("welcome", self.connect().ask("hello", name="Zoe", key="k" * 16)["type"])
