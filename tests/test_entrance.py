"""
Tests of `chatroom.entrance`: how connections come in.
"""

from __future__ import annotations

from errno import ENOBUFS
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
from socket import AF_UNIX, create_connection, socket
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.tcp import Port
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chatroom import entrance
from chatroom.entrance import Anteroom, Entrance, descriptors_left
from chatroom.limits import ACCEPTS_PER_TURN, DESCRIPTORS_RETRY_S, DESCRIPTORS_SPARED


class Counting(Factory):
    """Counts who comes, and lets nobody in."""

    accepted = 0

    def buildProtocol(self, addr: IAddress | None) -> None:
        """See `Factory`."""
        self.accepted += 1


def lowest_free() -> int:
    """The number that the next descriptor gets."""
    with socket(AF_UNIX) as probe:
        return probe.fileno()


class EntranceTests(SynchronousTestCase):
    """Many who come at once."""

    def setUp(self) -> None:
        """Listen."""
        self.reactor, self.factory = MemoryReactorClock(), Counting()
        self.port = Port(0, self.factory, interface="127.0.0.1", reactor=self.reactor)
        self.port.startListening()
        self.addCleanup(lambda: self.port.connected and self.port.connectionLost(None))
        self.listening = self.port.socket
        Entrance(self.port)

    def come(self, count: int) -> list[socket]:
        """Let *count* clients connect, as far as the kernel is concerned."""
        address = self.port.getHost()
        clients = [create_connection((address.host, address.port)) for _ in range(count)]
        for client in clients:
            self.addCleanup(client.close)
        return clients

    def accepted(self) -> int:
        """Return how many have been accepted after one more turn."""
        # A `Clock` would do in this turn what is due in the next.
        for call in self.reactor.getDelayedCalls():
            if call.getTime() <= self.reactor.seconds():
                turn = cast(Any, call).func
                call.cancel()
                turn()
        self.port.doRead()
        return self.factory.accepted

    def exhaust(self) -> None:
        """Leave no descriptor."""
        soft, hard = getrlimit(RLIMIT_NOFILE)
        self.restore = lambda: setrlimit(RLIMIT_NOFILE, (soft, hard))
        self.addCleanup(self.restore)
        setrlimit(RLIMIT_NOFILE, (lowest_free(), hard))

    def listens(self) -> bool:
        """Whether the reactor is to tell when somebody comes."""
        return self.port in self.reactor.readers

    def test_a_few_at_a_time(self) -> None:
        """However many wait, only so many are let in before those inside have their turn."""
        few = ACCEPTS_PER_TURN
        self.come(2 * few + 1)

        accepted = [self.accepted() for _ in range(4)]

        self.assertEqual([few, 2 * few, 2 * few + 1, 2 * few + 1], accepted)
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_the_others_need_not_try_again(self) -> None:
        """The kernel keeps nobody who can wait here, and would forget some."""
        self.come(3 * ACCEPTS_PER_TURN)
        self.assertEqual(ACCEPTS_PER_TURN, self.accepted())

        self.assertRaises(BlockingIOError, self.listening.accept)

    def test_not_all_at_once(self) -> None:
        """Not even for taking them in do those inside wait without bound."""
        self.patch(entrance, "TAKEN_IN_PER_TURN", 12)
        self.come(15)
        self.accepted()
        self.assertEqual(12, self.factory.accepted + len(cast(Anteroom, self.port.socket)))

        self.accepted()
        self.assertEqual(15, self.factory.accepted + len(cast(Anteroom, self.port.socket)))

    def test_who_waits_when_the_port_is_closed(self) -> None:
        """Is sent away."""
        clients = self.come(ACCEPTS_PER_TURN + 1)
        self.accepted()
        self.port.connectionLost(None)
        self.reactor.advance(0)

        self.assertEqual(b"", clients[-1].recv(1))
        self.assertEqual(ACCEPTS_PER_TURN, self.factory.accepted)

    def test_what_goes_wrong_with_one(self) -> None:
        """Who is gone again keeps nobody off; if the system has nothing left, it is not asked."""
        accept = self.listening.accept
        for error in (ConnectionAbortedError(), OSError(ENOBUFS, "none")):
            self.come(2)
            errors = [error]

            def fail_once(errors: list[OSError] = errors) -> tuple[socket, object]:
                if errors:
                    raise errors.pop()
                return accept()

            anteroom = Anteroom(cast(Any, SimpleNamespace(accept=fail_once)))
            is_room_left = anteroom.take_in(5)
            self.assertEqual(isinstance(error, ConnectionAbortedError), is_room_left)
            self.assertEqual(2 if is_room_left else 0, len(anteroom))
            anteroom.take_in(5)
            self.assertEqual(2, len(anteroom))
            while anteroom:
                anteroom.accept()[0].close()
            self.assertRaises(BlockingIOError, anteroom.accept)

    def test_nobody_comes_in_without_descriptors(self) -> None:
        """Who comes then waits, the reactor is not asked again and again; later all come in."""
        self.come(3)
        self.exhaust()

        self.assertEqual(0, self.accepted())
        self.assertFalse(self.listens())
        self.reactor.advance(DESCRIPTORS_RETRY_S)
        self.reactor.advance(DESCRIPTORS_RETRY_S)
        self.assertFalse(self.listens())
        self.restore()
        self.reactor.advance(DESCRIPTORS_RETRY_S)
        self.assertTrue(self.listens())
        self.assertEqual(3, self.accepted())
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_a_port_that_is_closed_meanwhile(self) -> None:
        """Stays closed."""
        self.come(1)
        self.exhaust()
        self.accepted()
        self.port.loseConnection()
        self.restore()
        self.reactor.advance(DESCRIPTORS_RETRY_S)

        self.assertFalse(self.listens())
        self.assertFalse(self.port.connected)
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_some_are_spared(self) -> None:
        """The last descriptors are not for connections."""
        for limit, spared in ((8192, DESCRIPTORS_SPARED), (lowest_free() + 16, None)):
            self.patch(entrance, "getrlimit", lambda _, limit=limit: (limit, limit))
            spare = limit // 8 if spared is None else spared
            self.assertEqual(limit - spare - lowest_free(), descriptors_left())
        self.patch(entrance, "getrlimit", lambda _: (RLIM_INFINITY, RLIM_INFINITY))
        self.assertEqual(ACCEPTS_PER_TURN, descriptors_left())

    def test_no_more_than_are_left(self) -> None:
        """Those that are left are used, and no more."""
        self.come(3)
        self.patch(entrance, "descriptors_left", lambda: 2)

        self.assertEqual(2, self.accepted())
