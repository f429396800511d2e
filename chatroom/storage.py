"""
What keeps everything, as the application sees it.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from chatroom.accounts import AccountRecord
from chatroom.counters import Counters
from chatroom.log import Deed, Draft, Hits, Kept, Outcome, Page, PersonRecord, Replay


class IHistory(Interface):
    """
    The logs of all rooms: numbers, stores and reads entries.

    A room is named as the server spells it. Every Deferred may fail with
    `StorageUnavailable`; then nothing was stored. What is read stands for one
    moment, not before the entries that were published when it was asked for.
    """

    epoch: str = Attribute("Names this life of the log: it changes when history was lost.")

    def append(drafts: Sequence[Draft]) -> Deferred[list[Outcome]]:
        """
        Store *drafts* and return what became of each.

        In order, each on its own: a known ``(person, id)`` is a `Duplicate`
        whatever it says, then a draft's own ``refusal`` holds, then the rules of
        `chatroom.book`. Entries are numbered without gaps. Deferreds of several
        calls fire in the order of the calls.

        What an act does to roles, bans and mutes, and what `chatroom.book.deed_of` has
        of a draft, is kept together with its entry. A draft without a room is no entry:
        it becomes a `Deed`, or `BadKey` if it claims a link that is not out.
        """

    def page(
        room: str,
        limit: int,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
    ) -> Deferred[Page]:
        """
        Return at most *limit* messages, the newest unless told where.

        *before* and *after* are exclusive; of *before*, *after* and *around* at
        most one is given. *around* a number that is no message: the nearest one.
        """

    def mine(room: str, person: str, messages: Sequence[int]) -> Deferred[dict[int, list[str]]]:
        """
        Return what *person* reacted with to *messages*, given by their numbers; those
        without are left out.
        """

    def replay(room: str, since: int) -> Deferred[Replay | None]:
        """
        Return every entry after *since*, as `chatroom.book.retold`; None when they
        cannot be told one by one.

        That is: *since* is beyond the end, or before what is retained, or more
        than ``REPLAY_EVENTS`` follow it.
        """

    def unread(room: str, person: str, after: int, until: int) -> Deferred[tuple[int, int]]:
        """
        Count the messages by others behind *after*, up to *until*: all of them, and
        those that notified *person* and still mention them; each up to
        ``UNREAD_COUNTED``. Deleted ones do not count.
        """

    def search(
        rooms: Sequence[str], text: str, limit: int, start: str | None = None
    ) -> Deferred[Hits]:
        """
        Find the messages of *rooms* that `chatroom.words` says *text* is in.

        Args:
            start: A place of the hits before: only what is behind it is found.

        Raises:
            BadCommand: *start* is none.
        """


class IPeople(Interface):
    """
    Persons, the hashes of their tokens, their rooms and how far they have read.

    A room is named by its key. Every Deferred may fail with `StorageUnavailable`.
    """

    secret: bytes = Attribute("32 random bytes, the same as long as the log lives.")

    def find(token_hash: bytes) -> Deferred[PersonRecord | None]:
        """
        Return the person to whom a token was given.
        """

    def get(id: str) -> Deferred[PersonRecord | None]:
        """
        Return the person of this id.
        """

    def add(record: PersonRecord, token_hash: bytes) -> Deferred[None]:
        """
        Keep a new person.
        """

    def rename(person: str, name: str) -> Deferred[None]:
        """
        Keep a person's new name.
        """

    def retoken(person: str, token_hash: bytes) -> Deferred[None]:
        """
        Let a person be known by another token, and by the one they had no more.
        """

    def enter(person: str, room: str, read: int) -> Deferred[None]:
        """
        Make a person a member who has read up to *read*; for a member, move the mark,
        but never back.
        """

    def leave(person: str, room: str) -> Deferred[None]:
        """
        End a membership.
        """

    def seen(person: str, gone: int | None) -> Deferred[None]:
        """
        Keep that a person is connected, or since when they are gone (milliseconds
        since the Unix epoch).
        """


class IOrder(Interface):
    """
    The moderation log, and the link by which somebody becomes the server's owner.

    Every Deferred may fail with `StorageUnavailable`.
    """

    def deeds(scope: str | None, limit: int, before: int | None) -> Deferred[list[Deed]]:
        """
        Return the last deeds in *scope*, the newest first; of everywhere if it is None.

        Args:
            scope: A room's key, or ``SERVER``.
            limit: How many at most.
            before: Only those with a smaller number.
        """

    def offer(key: bytes) -> Deferred[None]:
        """
        Let a link, known by the digest of its key, be claimed: this one and no other.
        """


class IAccounts(Interface):
    """
    Accounts, and the persons that they are.

    Every Deferred may fail with `StorageUnavailable`. Another process may change accounts.
    """

    def find(id: str) -> Deferred[AccountRecord | None]:
        """
        Return the account of this id.
        """

    def alike(name: str) -> Deferred[AccountRecord | None]:
        """
        Return an account whose name is *name*, or looks like it.
        """

    def of(person: str) -> Deferred[AccountRecord | None]:
        """
        Return the account that a person is.
        """

    def keep(record: AccountRecord) -> Deferred[None]:
        """
        Keep an account: a new one, or the name and the person of one that is known. Its
        name looks like that of no other one.
        """


class IStore(Interface):
    """
    Where history, people, accounts and order are kept together.
    """

    history: IHistory = Attribute("The rooms' logs.")
    people: IPeople = Attribute("The people's records.")
    order: IOrder = Attribute("The moderation log.")
    counters: Counters = Attribute("What has happened; the rest of the room counts here, too.")
    waiting: int = Attribute("Writes that were asked for and are not yet begun.")
    accounts: IAccounts = Attribute("The accounts.")

    def prepare() -> None:
        """
        Make what is missing, and bring it up to date. Blocks; opens nothing for good.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """

    def start() -> Deferred[Kept]:
        """
        Open it, prepared or not; return what was kept. Called before anything is asked
        of history and people; again after it has failed, or after `stop`.

        Raises:
            StorageUnavailable: It cannot be used; the sentence says why.
        """

    def probe() -> Deferred[None]:
        """
        Read something small.

        Raises:
            StorageUnavailable: Nothing can be read.
        """

    def stop() -> Deferred[None]:
        """
        Finish what is under way, and close it.
        """
