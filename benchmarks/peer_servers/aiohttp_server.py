"""aiohttp: each message is sent to one after the other. ``aiohttp_server.py PORT``."""

from __future__ import annotations

import sys

from aiohttp import WSMsgType, web

people: set[web.WebSocketResponse] = set()


async def listen(request: web.Request) -> web.WebSocketResponse:
    """Give what comes from a connection to everybody."""
    connection = web.WebSocketResponse(compress=False)
    await connection.prepare(request)
    people.add(connection)
    try:
        async for message in connection:
            if message.type is WSMsgType.TEXT:
                for person in tuple(people):
                    await person.send_str(message.data)
    finally:
        people.discard(connection)
    return connection


application = web.Application()
application.router.add_get("/", listen)
web.run_app(
    application, host="127.0.0.1", port=int(sys.argv[1]), backlog=4096, access_log=None, print=None
)
