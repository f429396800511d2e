"""
Rooms with an owner and a moderator, for the tests.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from chatroom.chat import Chat
from chatroom.interfaces import IStore
from chatroom.rights import Role
from tests.people import ChatTestCase, Client, Said

T = TypeVar("T")


def id_of(client: Client) -> str:
    """The person's id."""
    person: str = client.of("welcome")[-1]["person"]
    return person


class ModeratedCase(ChatTestCase):
    """
    A chat whose owner is Olga. Mo moderates the room `tea`, in which Ann and Bo are, too.
    """

    def setUp(self) -> None:
        """Let them come in."""
        super().setUp()
        people = [self.enter(name) for name in ("Olga", "Mo", "Ann", "Bo")]
        self.olga, self.mo, self.ann, self.bo = people
        self.give(self.olga, "owner")
        self.give(self.mo, "moderator", "tea")
        for client in people:
            client.ask("join", room="tea")
        self.olga.ask("join", room="cake")
        self.pass_seconds(1)

    def give(self, client: Client, role: Role, room: str | None = None) -> None:
        """Let the host program give somebody a role."""
        self.done(self.chat.moderation.role(id_of(client), role, room))

    def done(self, coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
        """What the host program's act comes to."""
        result: T = self.successResultOf(Deferred.fromCoroutine(coroutine))
        self.clock.advance(0)
        return result

    def does(self, client: Client, act: str, target: Client, **fields: Any) -> Said:
        """Let somebody do something to somebody, in the room `tea` unless told otherwise."""
        fields = {"room": "tea", **fields}
        if fields["room"] is None:
            del fields["room"]
        return client.ask(act, target=id_of(target), **fields)

    def at(self, address: str, name: str | None = None, client: Client | None = None) -> Said:
        """Somebody comes from *address*, and is answered so: new, or as who they were."""
        newcomer = self.connect()
        newcomer.tape.address = address
        self.newcomer = newcomer
        if client is not None:
            return newcomer.ask("hello", token=client.of("welcome")[-1]["token"])
        return newcomer.ask("hello", name=name)

    def restart(self, store: IStore) -> Chat:
        """A chat that takes over *store*."""
        chat = Chat(self.clock, store, now=self.milliseconds)
        self.successResultOf(Deferred.fromCoroutine(chat.start()))
        self.addCleanup(lambda: Deferred.fromCoroutine(chat.stop()))
        return chat
