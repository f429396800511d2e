"""
A hand on the wire: what the server would say is said otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

Frame = dict[str, Any]


class Intervention:
    """
    Between a page and the room.

    Args:
        page: Not yet at the room's address.
        answer: Given a command, what is answered in the server's stead; None lets the
            command through, and an empty answer holds it back.
    """

    def __init__(self, page: Page, answer: Callable[[Frame], Frame | None]) -> None:
        self._answer = answer
        self._held: list[Callable[[], None]] = []
        page.route_web_socket(re.compile("/chat$"), self._open)

    def let_go(self) -> None:
        """Let the server hear what was held back."""
        held, self._held = self._held, []
        for send in held:
            send()

    def _open(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def said(text: str | bytes) -> None:
            command: Frame = json.loads(text)
            answer = self._answer(command)
            if answer:
                socket.send(json.dumps({"id": command.get("id"), **answer}))
            elif answer is None:
                server.send(text)
            else:
                self._held.append(lambda: server.send(text))

        socket.on_message(said)


def refusal(code: str, **more: object) -> Frame:
    """Return what a server says that refuses."""
    return {"type": "error", "code": code, "reason": f"the server's words for {code}", **more}
