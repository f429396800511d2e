"""
One event to many: each has it once, in order, whatever becomes of the others meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chatroom.dialects.fanout import FanOut
from chatroom.dialects.outbox import Outbox
from chatroom.limits import BACKLOG_CUT_BYTES, KIB
from tests.dialects.kernel import PLENTY, BareSocket
from tests.peers import SlowTransport


class Member:
    """
    A carrier with an outbox on a bare socket, whose kernel has *room* for some bytes.
    """

    def __init__(self, reactor: MemoryReactorClock, room: int = PLENTY) -> None:
        self.socket = BareSocket(reactor)
        self.kernel = self.socket.kernel
        self.kernel.room = room
        self.socket.protocol = self
        self.outbox = Outbox(cast(ITCPTransport, self.socket), reactor, self)
        #: What happens when too much waits.
        self.when_cut: Callable[[], object] = lambda: None

    def connectionLost(self, reason: Failure) -> None:
        """See `Protocol`."""
        self.outbox.connection_lost()

    def overflowed(self) -> None:
        """See `Owner`."""
        self.when_cut()

    def drained(self) -> None:
        """See `Owner`."""


class FanOutTests(SynchronousTestCase):
    """Writing to a group."""

    def setUp(self) -> None:
        """Begin with nobody."""
        self.reactor = MemoryReactorClock()
        self.group = FanOut()

    def members(self, *rooms: int) -> list[Member]:
        """People who come into the group, with so much room in their kernels."""
        members = [Member(self.reactor, room) for room in rooms]
        for member in members:
            self.group.add(member, cast(Any, member))
        return members

    def assert_has(self, member: Member, taken: bytes) -> None:
        """Once their kernel takes all, *member* has had *taken*, and is straight again."""
        member.socket.take(PLENTY)
        self.assertEqual(taken, member.kernel.taken)
        self.assertIsNotNone(member.outbox.send)

    def test_nobody(self) -> None:
        """An empty group is written to as any other."""
        self.group.write(b"<event>")

        self.assertEqual((0, []), (len(self.group), list(self.group)))

    def test_each_by_one_call(self) -> None:
        """While everybody's kernel takes all."""
        members = self.members(PLENTY, PLENTY, PLENTY)
        self.group.write(b"<one>")
        self.group.write(b"<two>")

        for member in members:
            self.assertEqual(2, member.kernel.sends)
            self.assert_has(member, b"<one><two>")

    def test_those_who_do_not_take_all(self) -> None:
        """A part, nothing, or an error: the others have theirs, and they the rest later."""
        members = self.members(PLENTY, 2, PLENTY, 0, PLENTY, PLENTY, 3, PLENTY)
        members[4].kernel.is_broken = True
        for _ in range(2):
            self.group.write(b"<event>")

        self.assertEqual(
            [0, 12, 0, 14, 14, 0, 11, 0], [member.outbox.waiting_bytes for member in members]
        )
        self.assertEqual(b"", members.pop(4).kernel.taken)
        for member in members:
            self.assert_has(member, b"<event>" * 2)

    def test_to_and_fro(self) -> None:
        """Who has caught up is written to straight, as before."""
        slow, fast = self.members(3, PLENTY)
        self.group.write(b"<one>")
        slow.socket.take(PLENTY)
        sends = slow.kernel.sends
        self.group.write(b"<two>")

        self.assertEqual(sends + 1, slow.kernel.sends)
        for member in (slow, fast):
            self.assert_has(member, b"<one><two>")

    def test_what_was_written_meanwhile(self) -> None:
        """An event goes behind a reply that waits."""
        slow, fast = self.members(PLENTY, PLENTY)
        self.group.write(b"<one>")
        slow.kernel.room = 0
        slow.outbox.write(b"<reply>")
        slow.kernel.room = PLENTY
        self.group.write(b"<two>")

        self.assert_has(slow, b"<one><reply><two>")
        self.assert_has(fast, b"<one><two>")

    def test_who_comes_and_goes(self) -> None:
        """Hears what is written in between."""
        (first,) = self.members(PLENTY)
        self.group.write(b"<one>")
        (second,) = self.members(PLENTY)
        self.group.write(b"<two>")
        self.group.remove(first)
        self.group.write(b"<three>")

        self.assertEqual([second], list(self.group))
        self.assertNotIn(first, self.group)
        self.assert_has(first, b"<one><two>")
        self.assert_has(second, b"<two><three>")

    def test_who_is_over(self) -> None:
        """Events go nowhere behind a close, though one stays in the group until all is told."""
        closed, other = self.members(PLENTY, PLENTY)
        self.group.write(b"<one>")
        closed.outbox.end_in_time()
        closed.outbox.write(b"<close>")
        self.group.write(b"<two>")
        closed.socket.take(PLENTY)

        self.assertEqual(b"<one><close>", closed.kernel.taken)
        self.assert_has(other, b"<one><two>")

    def test_what_a_cut_member_does_to_the_others(self) -> None:
        """Its session may end one of them and send another away."""
        (cut,) = self.members(0)
        event = b"<" + b"e" * (100 * KIB) + b">"
        count = BACKLOG_CUT_BYTES // len(event)
        for _ in range(count):
            self.group.write(event)
        waiting, ended, gone, last = self.members(0, 0, PLENTY, PLENTY)

        def when_cut() -> None:
            ended.outbox.end_in_time()
            self.group.remove(gone)
            waiting.outbox.write(b"<reply>")

        cut.when_cut = when_cut
        for _ in range(2):
            self.group.write(event)

        for member, taken in ((ended, event), (cut, event)):
            member.socket.take(PLENTY)
            self.assertEqual(taken, member.kernel.taken)
        self.assert_has(gone, event)
        self.assert_has(waiting, event + b"<reply>" + event)
        self.assert_has(last, event * 2)

    def test_no_bare_socket(self) -> None:
        """Under TLS all goes through the transport."""
        transport = SlowTransport()
        wrapped = Outbox(transport, self.reactor, Member(self.reactor))
        (member,) = self.members(PLENTY)
        self.group.add(wrapped, cast(Any, _Wrapped(wrapped)))
        for _ in range(2):
            self.group.write(b"<event>")

        self.assertEqual(b"<event>" * 2, transport.held)
        self.assert_has(member, b"<event>" * 2)


class _Wrapped:
    """A carrier on such a transport."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
