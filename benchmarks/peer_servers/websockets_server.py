"""websockets: each message goes through its `broadcast`. ``websockets_server.py PORT``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

people: set[ServerConnection] = set()


async def listen(connection: ServerConnection) -> None:
    """Give what comes from *connection* to everybody."""
    people.add(connection)
    try:
        with suppress(ConnectionClosed):
            async for message in connection:
                broadcast(people, message)
    finally:
        people.discard(connection)


async def main() -> None:
    """Serve, uncompressed and without pings, as the others do."""
    port = int(sys.argv[1])
    async with serve(
        listen, "127.0.0.1", port, backlog=4096, compression=None, ping_interval=None
    ) as server:
        await server.serve_forever()


asyncio.run(main())
