"""
What the program that has the room inside has against what people say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeAlias

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from chatroom.errors import ChatError
from chatroom.log import Draft, Outcome
from chatroom.turns import Turns

Guard: TypeAlias = Callable[[Draft], Awaitable[None] | None]


class Guards:
    """
    Asked before anything is stored: see `chatroom.chat.Chat.guard`.

    Args:
        store: Stores a draft, and lets those who listen hear what comes of it.
    """

    def __init__(self, store: Callable[[Draft], Deferred[Outcome]]) -> None:
        self._store = store
        self._guards: list[Guard] = []
        self._turns = Turns()

    def __bool__(self) -> bool:
        return bool(self._guards)

    def add(self, guard: Guard) -> Callable[[], None]:
        """
        Ask *guard*, too; return a function that ends it.
        """
        self._guards.append(guard)
        return lambda: self._guards.remove(guard)

    async def ask(self, draft: Draft) -> Outcome:
        """
        Let *draft* be stored, unless a guard minds; behind what its person has said before,
        however long the guards think about that.
        """
        async with self._turns.of(draft.person):
            draft = replace(draft, refusal=await self._objection(draft))
            stored = self._store(draft)
        return await stored

    async def _objection(self, draft: Draft) -> ChatError | None:
        """
        Return what the first guard that minds has against *draft*.
        """
        try:
            for guard in tuple(self._guards):
                verdict = guard(draft)
                if isawaitable(verdict):
                    await verdict
        except ChatError as error:
            return error
        return None
