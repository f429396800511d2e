"""
Attackers in a process of their own, so that they do not take the time of those who measure:
``python -m tests.hostile.attackers handshakes --port 9108``.

They say ``ready`` when all are connected, and at the end a line of JSON.
"""

from __future__ import annotations

import argparse
import json
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPullProducer, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.internet.task import LoopingCall, react
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.dialects.websocket_client import PING, masked
from tests.e2e.waiting import reactor
from tests.heads import head
from tests.hostile.measures import percentile
from tests.hostile.raw import OPENINGS, Raw, connected, dialled, together

HEADS, BODIES, KEYS, FLOODERS = 500, 200, 200, 50
DRIP_S: Final = 1.0
#: Who is not gone by then stays.
PATIENCE_S: Final = 30.0
#: So many come at a time: more than that would wait in the kernel's queue, not at the door.
AT_ONCE: Final = 100

DRIPPING_HEAD: Final = b"GET / HTTP/1.1\r\nHost: a\r\nDrip: "
DRIPPING_BODY: Final = head("POST /invitation.svg HTTP/1.1", "Host: a", "Content-Length: 8000")
PINGS: Final = masked(b"p" * 100, PING) * 600


class Timed:
    """
    A connection, and how long it lasts.
    """

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.seconds = 0.0
        self._begun = reactor.seconds()
        self._lost = raw.connectionLost
        raw.connectionLost = self._ended  # type: ignore[method-assign]

    def _ended(self, reason: Failure = connectionDone) -> None:
        self.seconds = reactor.seconds() - self._begun
        self._lost(reason)


async def timed(port: int, begin: bytes) -> Timed:
    """Connect, and send *begin*."""
    raw = await dialled(port)
    raw.send(begin)
    return Timed(raw)


async def handshakes(port: int) -> None:
    """Drip heads and bodies, and keep back the last byte of hixie's; say how long they stayed."""
    kinds = {
        "heads": (HEADS, DRIPPING_HEAD),
        "bodies": (BODIES, DRIPPING_BODY),
        "keys": (KEYS, OPENINGS["hixie-76"][:-1]),
    }
    peers: dict[str, list[Timed]] = {name: [] for name in kinds}

    def drip() -> None:
        for name in ("heads", "bodies"):
            for peer in peers[name]:
                if not peer.raw.is_gone:
                    peer.raw.send(b"x")

    loop = LoopingCall(drip)
    loop.clock = reactor
    loop.start(DRIP_S, now=False)
    for name, (count, begin) in kinds.items():
        for _ in range(0, count, AT_ONCE):
            peers[name] += await together(timed(port, begin) for _ in range(AT_ONCE))
    print("ready", flush=True)
    everybody = [peer for group in peers.values() for peer in group]
    await together(peer.raw.end(PATIENCE_S) for peer in everybody)
    loop.stop()
    figures = {
        name: [min(it.seconds for it in group), max(it.seconds for it in group)]
        for name, group in peers.items()
    }
    lasted = [peer.seconds for peer in everybody]
    print(json.dumps({"p99": percentile(lasted, 99), "longest": max(lasted), **figures}))


@implementer(IPullProducer)
class Flooder:
    """
    Sends pings as fast as they are taken, and reads nothing.
    """

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        raw.stop_reading()
        raw.transport.registerProducer(self, streaming=False)  # type: ignore[attr-defined]

    def resumeProducing(self) -> None:
        """Send on."""
        self._raw.send(PINGS)

    def stopProducing(self) -> None:
        """It is over."""


async def pings(port: int) -> None:
    """Come in, and flood until ended from outside."""
    flooders = await together(connected(port) for _ in range(FLOODERS))
    for number, raw in enumerate(flooders):
        await raw.enter(f"flooder {number}", "flood")
    for raw in flooders:
        Flooder(raw)
    print("ready", flush=True)
    await Deferred()


ATTACKS: Final = {"handshakes": handshakes, "pings": pings}


def main() -> None:
    """Read the command line, and attack."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.attackers")
    parser.add_argument("attack", choices=ATTACKS)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()

    def started(clock: IReactorTime) -> Deferred[None]:
        # Nobody is left behind, should whoever started this be gone.
        attack = ATTACKS[options.attack](options.port)
        return Deferred.fromCoroutine(attack).addTimeout(4 * PATIENCE_S, clock)

    react(started)


if __name__ == "__main__":
    main()
