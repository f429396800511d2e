"""picows on uvloop: each message is sent to one after the other. ``picows_server.py PORT``."""

from __future__ import annotations

import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

people: set[WSTransport] = set()


class Person(WSListener):
    """One connection."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Come in."""
        people.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Give what comes to everybody."""
        if frame.msg_type == WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            for person in people:
                person.send(WSMsgType.TEXT, payload)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Go."""
        people.discard(transport)


async def main() -> None:
    """Serve."""
    server = await ws_create_server(lambda _: Person(), "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()


uvloop.run(main())
