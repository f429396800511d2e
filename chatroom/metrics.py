"""
The room in numbers, for Prometheus, on a port of their own.

What happens is counted where it happens (`chatroom.counters`), and how things stand
is looked up here when somebody asks: in between a watched room does nothing more than
one that is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final, Protocol, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from twisted.internet.interfaces import IAddress
from twisted.web.http import HTTPChannel
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

from chatroom import limits
from chatroom.channel import make_site
from chatroom.chat import Chat
from chatroom.choice import Dialects
from chatroom.counters import SILENT, Counters, Histogram
from chatroom.errors import ChatError
from chatroom.events import Entry
from chatroom.port import PortFactory, PortSwitch
from chatroom.session import Session
from chatroom.site import plain_answer, short_answer

T = TypeVar("T")
K = TypeVar("K")

#: The one format that every version of Prometheus reads.
_CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"

#: What is shown before it first happens, so that the first time shows as a rise.
_DIALECTS: Final = ("rfc6455", "hixie-76", "hixie-75")
_CLOSES: Final = (
    *(limits.CLOSE_RESTART, 1002, 1003, SILENT, 1007),
    *(limits.CLOSE_POLICY, 1009, limits.CLOSE_INTERNAL, limits.CLOSE_SLOW),
)
_STATUSES: Final = (400, 403, 404, 408, 421, 426, 429, 431, 503)
_EVICTED: Final = ("entries", "ids", "people")


class Watched(Protocol):
    """What a `ChatFactory` has for whoever watches it."""

    chat: Chat
    clients: set[Session]
    counters: Counters
    dialects: Dialects


class RoomCollector(Collector):
    """
    Looks at a room each time it is asked. That takes a millisecond for a thousand
    connections.

    Args:
        room: A `ChatFactory`.
    """

    def __init__(self, room: Watched) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        """
        Tell how the room stands, and what has happened in it.
        """
        yield from self._connections()
        chat, counters = self._room.chat, self._room.counters
        yield _gauge("rooms", "Rooms that exist.", len(chat.rooms.roster))
        yield _gauge(
            "writes_waiting",
            "Writes that wait until the commit under way is done.",
            chat.writes_waiting,
        )
        yield _counts(
            "connections_opened",
            "Connections to the room that were opened.",
            "dialect",
            _DIALECTS,
            counters.opened,
        )
        yield _counts(
            "connections_closed",
            "Connections that the room has closed.",
            "code",
            _CLOSES,
            counters.closed,
        )
        yield _counts(
            "heads_refused",
            "First requests of a connection that were refused.",
            "status",
            _STATUSES,
            counters.refused_heads,
        )
        yield _counts(
            "commands_refused",
            "Commands that were refused.",
            "code",
            (error.code for error in _subclasses(ChatError)),
            counters.refused_commands,
        )
        yield _counts(
            "entries",
            "Messages and changes that were stored.",
            "type",
            map(_tag, _subclasses(Entry)),
            {_tag(kind): count for kind, count in counters.entries.items()},
        )
        yield _counts(
            "evicted",
            "What was dropped to keep no more than may be.",
            "what",
            _EVICTED,
            counters.evicted,
        )
        yield _histogram(
            "ack_seconds", "From a write's arrival until it is acknowledged.", counters.acks
        )
        yield _histogram("commit_seconds", "What a commit takes.", counters.commits)
        yield _histogram("commit_writes", "Writes that are committed together.", counters.batches)

    def _connections(self) -> Iterator[Metric]:
        dialects: Counter[str] = Counter()
        people = set()
        unsent = most = waiting = 0
        for session in self._room.clients:
            carrier = session.carrier
            dialects[carrier.dialect.name] += 1
            people.add(session.person)
            unsent_here = carrier.waiting_bytes
            unsent += unsent_here
            most = max(most, unsent_here)
            waiting += session.waiting
        people.discard(None)
        connections = GaugeMetricFamily(
            "chatroom_connections", "Connections to the room.", labels=["dialect"]
        )
        for dialect in sorted({*_DIALECTS, *dialects}):
            connections.add_metric([dialect], dialects[dialect])
        yield connections
        yield _gauge("people", "People who are connected.", len(people))
        yield _gauge("commands_waiting", "Commands that are not begun yet.", waiting)
        yield _gauge("unsent_bytes", "Bytes that wait for members to read.", unsent)
        yield _gauge("unsent_bytes_max", "Bytes that wait for the slowest of them.", most)


class MetricsResource(Resource):
    """
    The metrics of a room and of the process, at ``metrics`` below itself.

    Args:
        room: A `ChatFactory`.
    """

    isLeaf = True

    def __init__(self, room: Watched) -> None:
        super().__init__()
        self._registry = CollectorRegistry()
        self._registry.register(RoomCollector(room))
        ProcessCollector(registry=self._registry)

    def render(self, request: IRequest) -> bytes:
        """
        Answer with everything.
        """
        channel = getattr(request, "channel", None)
        if isinstance(channel, HTTPChannel):
            # What is kept open would outlive the port.
            request.setHeader(b"Connection", b"close")
            channel.persistent = False
        if request.postpath != [b"metrics"]:
            return short_answer(request, 404, "The metrics are at /metrics.")
        if request.method not in {b"GET", b"HEAD"}:
            return short_answer(request, 405, "This can only be read.", ((b"Allow", b"GET, HEAD"),))
        return plain_answer(request, 200, generate_latest(self._registry), _CONTENT_TYPE)


class MetricsFactory(PortFactory):
    """
    Serves the metrics of a room on a port of their own.

    A head meets the limits and the deadline that it would meet on the room's port.

    Args:
        room: A `ChatFactory`.
    """

    def __init__(self, room: Watched) -> None:
        # No upgrade is for this path; and what is refused here is not the room's to count.
        self._dialects = Dialects(
            websocket=room.dialects.websocket, hixie=None, clock=room.chat.clock, path=b""
        )
        self._site = make_site(MetricsResource(room), room.chat.clock)

    def buildProtocol(self, addr: IAddress | None) -> PortSwitch:
        """
        Return what reads the head of a new connection.
        """
        return PortSwitch(self._dialects, self._site)


def _subclasses(base: type[T]) -> Iterator[type[T]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _subclasses(kind)


def _tag(kind: type[Entry]) -> str:
    return str(kind.__struct_config__.tag)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"chatroom_{name}", what, value=value)


def _counts(
    name: str, what: str, label: str, known: Iterable[K], counts: Mapping[K, int]
) -> Metric:
    family = CounterMetricFamily(f"chatroom_{name}", what, labels=[label])
    for key in dict.fromkeys([*known, *counts]):
        family.add_metric([str(key)], counts.get(key, 0))
    return family


def _histogram(name: str, what: str, histogram: Histogram) -> Metric:
    # A copy first: the writing thread may count on.
    sums = list(accumulate(list(histogram.buckets)))
    bounds = [*map(str, histogram.bounds), "+Inf"]
    return HistogramMetricFamily(
        f"chatroom_{name}",
        what,
        buckets=list(zip(bounds, sums, strict=True)),
        sum_value=histogram.sum,
    )
