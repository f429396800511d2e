"""
Signing in, and being a guest where others do.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from chatroom import desk, limits
from chatroom.accounts import Account, AccountRecord, Guests
from chatroom.authenticators.base import Authenticator
from chatroom.chat import Chat
from chatroom.codecs.head import RequestHead
from chatroom.errors import BadPassword, StorageUnavailable
from chatroom.histories.memory import MemoryStore
from tests.people import ChatTestCase, Client, Said


class Known(Authenticator):
    """Knows some people by heart."""

    knows_accounts = True
    knows_visitors = True

    def __init__(self) -> None:
        self.passwords = {"Ann": "one", "Bo": "two"}
        self.stamp = b""
        self.tried: list[str] = []

    def sign_in(self, name: str, password: str) -> Deferred[Account]:
        """See `IAuthenticator.sign_in`."""
        self.tried.append(name)
        if self.passwords.get(name) == password:
            return succeed(Account(name.lower(), name, self.stamp))
        return fail(BadPassword("this is not the password"))

    def look_up(self, name: str) -> Deferred[Account | None]:
        """See `IAuthenticator.look_up`."""
        known = name in self.passwords
        return succeed(Account(name.lower(), name, self.stamp) if known else None)

    def visitor(self, head: RequestHead) -> Deferred[Account | None]:
        """See `IAuthenticator.visitor`."""
        cookie = (head.get(b"cookie") or b"").decode()
        return succeed(Account(cookie.lower(), cookie) if cookie else None)


def asked_with(cookie: str) -> RequestHead:
    """An upgrade with a cookie."""
    headers = {b"cookie": [cookie.encode()]} if cookie else {}
    return RequestHead(b"", b"GET", b"/chat", b"HTTP/1.1", headers, "rfc6455")


class DeskCase(ChatTestCase):
    """A room with accounts."""

    guests: Guests = "yes"

    def make_chat(self, store: MemoryStore) -> Chat:
        """See `ChatTestCase`."""
        self.authenticator = Known()
        self.accounts = store.accounts
        return Chat(
            self.clock,
            store,
            now=self.milliseconds,
            authenticator=self.authenticator,
            guests=self.guests,
        )

    def sign_in(self, name: str = "Ann", password: str = "one") -> Client:
        """Somebody who has signed in."""
        client = self.connect()
        welcome = client.ask("hello", name=name, password=password)
        self.assertEqual(("welcome", True), (welcome["type"], welcome.get("account")), welcome)
        return client

    def forget(self, name: str) -> None:
        """Let *name* be free."""
        holder = self.chat.people.holder(name)
        assert holder is not None
        self.chat.people.forget(holder)

    def welcome(self, client: Client) -> Said:
        """How *client* was let in."""
        (welcome,) = client.of("welcome")
        return welcome


class SignInTests(DeskCase):
    """Accounts."""

    def test_signs_in(self) -> None:
        """With the password one is the account's person: the same on each device."""
        phone, desk = self.welcome(self.sign_in()), self.welcome(self.sign_in())

        for field in ("person", "token", "name"):
            self.assertEqual(phone[field], desk[field])
        self.assertIn("accounts", phone["features"])

    def test_comes_back(self) -> None:
        """The token is good as any; it says that it is an account's."""
        ann = self.sign_in()

        back = self.again(ann)

        self.assertEqual(self.welcome(ann)["person"], self.welcome(back)["person"])
        self.assertTrue(self.welcome(back)["account"])

    def test_comes_back_later(self) -> None:
        """An hour after the last connection, and in another life of the server, too."""
        ann = self.sign_in()
        ann.leaves_the_net()
        self.clock.advance(limits.NAME_HOLD_S + 1)
        self.chat.people.expire(self.clock.seconds())

        self.assertEqual(self.welcome(ann)["person"], self.welcome(self.sign_in())["person"])

    def test_refused(self) -> None:
        """A wrong password and a name without an account are refused alike."""
        for name in ("Ann", "Nobody"):
            reply = self.connect().ask("hello", name=name, password="wrong")
            self.assert_refused("bad_password", reply)
        self.assert_refused("bad_command", self.connect().ask("hello", password="one"))
        self.assert_refused("bad_command", self.connect().ask("hello"))
        self.assert_refused("bad_command", self.connect().ask("hello", name="Ann", password=""))
        self.assert_refused(
            "bad_command",
            self.connect().ask("hello", name="Ann", password="x" * (limits.PASSWORD_CHARS + 1)),
        )

    def test_once_more(self) -> None:
        """Who was refused may try again by the same connection."""
        client = self.connect()
        self.assert_refused("bad_password", client.ask("hello", name="Ann", password="two"))

        self.assertEqual("welcome", client.ask("hello", name="Ann", password="one")["type"])

    def test_two_devices_at_once(self) -> None:
        """Two who sign in at the same moment are one person."""
        answers: list[Deferred[Account]] = [Deferred(), Deferred()]
        waiting = iter(answers)
        self.patch(self.authenticator, "sign_in", lambda *_: next(waiting))
        clients = [self.connect(), self.connect()]
        for client in clients:
            client.send({"type": "hello", "name": "Ann", "password": "one"})
        stored: Deferred[None] = Deferred()
        add = self.store.add
        self.patch(self.store, "add", lambda *about: stored.addCallback(lambda _: add(*about)))
        for answer in answers:
            answer.callback(Account("ann", "Ann"))
        stored.callback(None)

        persons = {self.welcome(client)["person"] for client in clients}
        self.assertEqual(1, len(persons))

    def test_the_name_is_the_accounts(self) -> None:
        """Who has an account is called as it is: not otherwise, and not by token either."""
        ann = self.sign_in()

        self.assert_refused("forbidden", ann.ask("rename", name="Zoe"))
        token = self.welcome(ann)["token"]
        self.assert_refused("forbidden", self.connect().ask("hello", token=token, name="Zoe"))
        self.assertEqual("welcome", self.connect().ask("hello", token=token, name="Ann")["type"])

    def test_another_name(self) -> None:
        """An account that is called otherwise now is so everywhere."""
        ann = self.sign_in()
        ann.ask("join", room="tea")
        self.patch(self.authenticator, "sign_in", lambda *_: succeed(Account("ann", "Anna")))

        welcome = self.connect().ask("hello", name="Anna", password="one")

        self.assertEqual(
            (self.welcome(ann)["person"], "Anna"), (welcome["person"], welcome["name"])
        )
        self.assertEqual(["Anna"], [news["name"] for news in ann.of("renamed")])

    def test_look_alikes(self) -> None:
        """Of two accounts that look alike the second is not let in."""
        self.sign_in()
        self.authenticator.passwords["ANN"] = "three"
        self.patch(
            self.authenticator, "sign_in", lambda name, _: succeed(Account("other " + name, name))
        )

        self.assert_refused("name_taken", self.connect().ask("hello", name="ANN", password="three"))

    def test_no_name(self) -> None:
        """An account that nobody can be called as is not let in."""
        self.patch(self.authenticator, "sign_in", lambda *_: succeed(Account("7", "a@b.example")))

        self.assert_refused("bad_name", self.connect().ask("hello", name="Ann", password="one"))


class TokenTests(DeskCase):
    """When tokens end."""

    def setUp(self) -> None:
        """Ann is in."""
        super().setUp()
        self.ann = self.sign_in()
        self.token = self.welcome(self.ann)["token"]

    def assert_ended(self) -> None:
        """The token is nobody's; the password is as good as ever."""
        self.assert_refused("bad_token", self.connect().ask("hello", token=self.token))

    def test_another_password(self) -> None:
        """With another password the tokens end; the person stays."""
        self.authenticator.stamp = b"another"

        self.assert_ended()
        again = self.welcome(self.sign_in())
        self.assertEqual(self.welcome(self.ann)["person"], again["person"])
        self.assertNotEqual(self.token, again["token"])
        self.assertEqual("welcome", self.connect().ask("hello", token=again["token"])["type"])
        self.assert_ended()

    def test_no_account_any_more(self) -> None:
        """With the account its tokens end."""
        del self.authenticator.passwords["Ann"]

        self.assert_ended()

    def test_another_key(self) -> None:
        """With the key that the store has for the account its tokens end."""
        person = self.welcome(self.ann)["person"]
        other = AccountRecord("ann", "Ann", b"other", person)
        self.patch(self.accounts, "of", lambda _: succeed(other))

        self.assert_ended()

    def test_who_cannot_tell(self) -> None:
        """Where nobody knows whether the account is still there, the token is good."""
        self.authenticator.knows_accounts = False
        self.patch(self.authenticator, "look_up", lambda _: succeed(None))

        self.assertEqual("welcome", self.connect().ask("hello", token=self.token)["type"])


class GuestTests(DeskCase):
    """Guests, where they are let in."""

    def test_a_guest(self) -> None:
        """Who has no account comes in as ever, and says what they like."""
        guest = self.enter("Guest", "tea")

        self.assertNotIn("account", self.welcome(guest))
        self.assertEqual("ack", guest.ask("say", room="tea", text="hello")["type"])
        self.assertEqual("renamed", guest.ask("rename", name="Another")["type"])
        self.again(guest)

    def test_an_accounts_name(self) -> None:
        """No guest is called as an account, by no way; a free name is suggested."""
        self.sign_in()
        guest = self.enter("Guest")
        token = self.welcome(guest)["token"]

        for name in ("Ann", "Аnn", "Bo"):
            for reply in (
                self.connect().ask("hello", name=name),
                self.connect().ask("hello", name=name, key="k" * 16),
                self.connect().ask("hello", name=name, token=token),
                guest.ask("rename", name=name),
            ):
                self.assert_refused("sign_in", reply)
                self.assertEqual(
                    "welcome", self.connect().ask("hello", name=reply["suggest"])["type"]
                )
                self.forget(reply["suggest"])

    def test_a_known_name_stays_one(self) -> None:
        """Who has signed in once has the name for good, whatever the authenticator tells."""
        self.authenticator.knows_accounts = False
        self.patch(self.authenticator, "look_up", lambda _: succeed(None))
        self.sign_in().leaves_the_net()
        self.clock.advance(limits.NAME_HOLD_S + 1)

        self.assert_refused("sign_in", self.connect().ask("hello", name="ann"))

    def test_it_cannot_be_told(self) -> None:
        """While it cannot be told whose a name is, nobody gets it."""
        self.patch(
            self.authenticator, "look_up", lambda _: fail(StorageUnavailable("no directory"))
        )

        self.assert_refused("storage_unavailable", self.connect().ask("hello", name="Guest"))

    def test_makes_way(self) -> None:
        """A guest who was called as a new account is makes way, and everybody hears of it."""
        guest = self.enter("Carl", "tea")
        watcher = self.enter("Watcher", "tea")
        self.pass_seconds(2)
        self.authenticator.passwords["Carl"] = "three"

        carl = self.sign_in("Carl", "three")

        self.assertEqual("Carl", self.welcome(carl)["name"])
        self.assertEqual(["Carl 2"], [news["name"] for news in guest.of("renamed")])
        self.pass_seconds(2)
        (renamed,) = watcher.of("presence")[-1]["renamed"]
        self.assertEqual(("Carl 2", "Carl"), (renamed["name"], renamed["was"]))

    def test_comes_back_to_an_accounts_name(self) -> None:
        """A guest whose name became an account's meanwhile comes back under another one."""
        guest = self.enter("Carl")
        token = self.welcome(guest)["token"]
        guest.leaves_the_net()
        self.authenticator.passwords["Carl"] = "three"

        refused = self.connect().ask("hello", token=token)

        self.assert_refused("sign_in", refused)
        welcome = self.connect().ask("hello", token=token, name=refused["suggest"])
        self.assertEqual(self.welcome(guest)["person"], welcome["person"])

    def test_the_hosts_name(self) -> None:
        """The program that hosts the room makes way for nobody."""
        said = Deferred.fromCoroutine(self.chat.say("tea", "hello", name="Carl"))
        self.successResultOf(said)
        self.authenticator.passwords["Carl"] = "three"

        self.assert_refused(
            "name_taken", self.connect().ask("hello", name="Carl", password="three")
        )


class NoGuestsTests(DeskCase):
    """A room for those with an account."""

    guests = "no"

    def test_nobody_else(self) -> None:
        """Guests are not let in, by name, key or token; accounts are."""
        self.assert_refused("sign_in", self.connect().ask("hello", name="Guest"))
        self.assert_refused("sign_in", self.connect().ask("hello", name="Guest", key="k" * 16))
        self.again(self.sign_in())

    def test_who_was_here_before(self) -> None:
        """A guest of earlier days is not let in either."""
        assert self.chat.desk is not None
        self.chat.desk.guests = "yes"
        guest = self.enter("Guest")
        self.chat.desk.guests = "no"

        token = self.welcome(guest)["token"]
        self.assert_refused("sign_in", self.connect().ask("hello", token=token))


class ReadersTests(DeskCase):
    """A room where guests may read."""

    guests = "read-only"

    def test_a_guest_reads(self) -> None:
        """A guest hears everything, is told so, and says nothing."""
        ann = self.sign_in()
        ann.ask("join", room="tea")
        guest = self.enter("Guest")

        joined = guest.ask("join", room="tea")
        ann.ask("say", room="tea", text="hello")

        self.assertTrue(joined["you"]["read_only"])
        self.assertEqual(["hello"], [message["text"] for message in guest.of("message")])
        for refused in (
            guest.ask("say", room="tea", text="hello"),
            guest.ask("react", room="tea", target=1, emoji="👍", on=True),
            guest.ask("edit", room="tea", target=1, text="hi"),
            guest.ask("set", room="tea", values={"topic": "mine"}),
        ):
            self.assert_refused("read_only", refused)
        with self.quiet(ann):
            guest.send({"type": "typing", "room": "tea"})
        self.assert_refused("not_yours", guest.ask("delete", room="tea", target=1))

    def test_accounts_speak(self) -> None:
        """Who has signed in is no reader."""
        ann = self.sign_in()

        self.assertNotIn("read_only", ann.ask("join", room="tea")["you"])
        self.assertEqual("ack", ann.ask("say", room="tea", text="hello")["type"])

    def test_a_known_id(self) -> None:
        """What was said before is acknowledged again, by whoever may only read now."""
        assert self.chat.desk is not None
        self.chat.desk.guests = "yes"
        guest = self.enter("Guest", "tea")
        guest.ask("say", room="tea", text="hello", id="1")
        self.chat.desk.guests = "read-only"
        again = self.again(guest, "tea")

        ack = again.ask("say", room="tea", text="hello", id="1")

        self.assertEqual(("ack", True), (ack["type"], ack["duplicate"]))


class VisitorTests(DeskCase):
    """Who is signed in at the site that hosts the room."""

    def come(self, cookie: str) -> Client:
        """Somebody whose browser sends *cookie*."""
        client = self.connect()
        client.tape.request = asked_with(cookie)
        return client

    def test_a_visitor(self) -> None:
        """The site's session lets in, without a name, a password or a token."""
        eve = self.come("Eve")

        welcome = eve.ask("hello")

        self.assertEqual(
            ("welcome", "Eve", True), (welcome["type"], welcome["name"], welcome["account"])
        )
        self.assertIsNone(eve.tape.request)

    def test_the_session_counts(self) -> None:
        """The token opens nothing by itself: who signs out there is out here."""
        welcome = self.come("Eve").ask("hello", name="whoever")
        token = welcome["token"]

        back = self.come("Eve").ask("hello", token=token)
        self.assertEqual(welcome["person"], back["person"])
        self.assertEqual("Zoe", self.come("Zoe").ask("hello", token=back["token"])["name"])
        self.authenticator.passwords["Eve"] = "four"
        for token in (welcome["token"], back["token"]):
            self.assert_refused("bad_token", self.come("").ask("hello", token=token))

    def test_a_password_as_well(self) -> None:
        """Without a session there are passwords and guests."""
        self.assertEqual("welcome", self.come("").ask("hello", name="Ann", password="one")["type"])
        self.assertEqual("welcome", self.come("").ask("hello", name="Guest")["type"])
        self.assert_refused("bad_command", self.come("").ask("hello"))


class TriesTests(DeskCase):
    """How often a password may be tried."""

    def tries(self, name: str, address: str, count: int) -> list[Said]:
        """Try *count* wrong passwords from *address*."""
        replies = []
        for _ in range(count):
            client = self.connect()
            client.tape.address = address
            replies.append(client.ask("hello", name=name, password="wrong"))
        return replies

    def assert_limited(self, *replies: Said) -> None:
        """Each is refused with a time to wait, and nothing was tried."""
        for reply in replies:
            self.assert_refused("rate_limited", reply)
            self.assertGreater(reply["retry_after"], 0)

    def test_an_account(self) -> None:
        """For a name so many a minute, from wherever, whether there is such an account or not."""
        for name in ("Ann", "Nobody"):
            for number in range(limits.SIGN_INS_PER_MIN):
                (reply,) = self.tries(name, f"192.0.2.{number}", 1)
                self.assert_refused("bad_password", reply)
            self.authenticator.tried.clear()

            self.assert_limited(*self.tries(name, "192.0.2.99", 3))

            self.assertEqual([], self.authenticator.tried)
        ann = self.connect().ask("hello", name="ANN", password="one")
        self.assert_limited(ann)
        self.clock.advance(ann["retry_after"])
        self.sign_in()

    def test_what_looks_like_an_account(self) -> None:
        """Names that look like an account's are tried as that one."""
        self.authenticator.passwords["Ian"] = "three"
        self.sign_in("Ian", "three")
        self.tries("lan", "192.0.2.1", limits.SIGN_INS_PER_MIN)

        self.assert_limited(*self.tries("Ian", "192.0.2.2", 1))

    def test_an_address(self) -> None:
        """From an address so many a minute, whatever the name; others are not concerned."""
        for number in range(limits.SIGN_INS_PER_MIN):
            self.tries(f"N{number}", "192.0.2.1", 1)

        self.assert_limited(*self.tries("Another", "192.0.2.1", 1))
        self.assert_refused("bad_password", *self.tries("Another", "192.0.2.2", 1))
        for number in range(2 * limits.SIGN_INS_PER_MIN):
            (reply,) = self.tries(f"L{number}", "", 1)
            self.assert_refused("bad_password", reply)

    def test_who_knows_it(self) -> None:
        """Whoever signs in well does so as often as they like, a whole office at once."""
        for _ in range(3 * limits.SIGN_INS_PER_MIN):
            client = self.connect()
            client.tape.address = "192.0.2.1"
            self.assertEqual("welcome", client.ask("hello", name="Ann", password="one")["type"])

    def test_tokens_are_not_counted(self) -> None:
        """Who is in already stays so, however often others try the password."""
        ann = self.sign_in()
        self.tries("Ann", "192.0.2.1", limits.SIGN_INS_PER_MIN + 1)

        self.again(ann)


class TroubleTests(DeskCase):
    """Authenticators that are slow, or fail."""

    def hello(self, answer: Callable[[], object]) -> Client:
        """Somebody whose password *answer* says something of."""
        self.patch(self.authenticator, "sign_in", lambda *_: answer())
        client = self.connect()
        client.send({"type": "hello", "id": "1", "name": "Ann", "password": "our secret"})
        return client

    def test_slow(self) -> None:
        """An answer is waited for; meanwhile others come and go."""
        answer: Deferred[Account] = Deferred()
        ann = self.hello(lambda: answer)

        self.enter("Guest")
        self.assertEqual([], ann.heard)
        answer.callback(Account("ann", "Ann"))

        self.assertEqual("Ann", self.welcome(ann)["name"])

    def test_no_answer(self) -> None:
        """Not for ever."""
        given_up: list[object] = []
        ann = self.hello(lambda: Deferred(given_up.append))

        self.clock.advance(limits.SIGN_IN_TIMEOUT_S)

        self.assert_refused("internal", ann.heard[0])
        self.assertEqual(1, len(given_up))

    def test_gone_meanwhile(self) -> None:
        """Who is gone when the answer comes is not in."""
        answer: Deferred[Account] = Deferred()
        ann = self.hello(lambda: answer)
        ann.leaves_the_net()

        answer.callback(Account("ann", "Ann"))

        person = self.chat.people.holder("Ann")
        assert person is not None
        self.assertEqual(set(), person.connections)

    def test_fails(self) -> None:
        """What fails is logged without what it says; its client may try again."""

        def raises() -> None:
            raise LookupError("our secret")

        said: list[str] = []
        self.patch(desk.log, "error", lambda line, **about: said.append(line.format(**about)))
        for answer in (
            raises,
            lambda: fail(LookupError("our secret")),
            lambda: fail(Failure(OSError())),
        ):
            self.assert_refused("internal", self.hello(answer).heard[0])

        self.assertEqual(3, len(said))
        self.assertIn("LookupError at", said[0])
        self.assertIn("test_desk.py", said[0])
        self.assertNotIn("our secret", " ".join(said))

    def test_not_stored(self) -> None:
        """An account that could not be stored can sign in later."""
        self.patch(self.accounts, "keep", lambda _: fail(StorageUnavailable("no disk")))
        refused = self.connect().ask("hello", name="Ann", password="one")
        self.assert_refused("storage_unavailable", refused)
        self.assertIsNone(self.chat.people.holder("Ann"), "nobody is here who has the name")

        self.patch(self.accounts, "keep", type(self.accounts).keep.__get__(self.accounts))
        first = self.welcome(self.sign_in())
        self.assertEqual(
            ("Ann", first["person"]), (first["name"], self.welcome(self.sign_in())["person"])
        )


class NoAccountsTests(ChatTestCase):
    """A room without accounts."""

    def test_a_password_is_skipped(self) -> None:
        """It is a field that this server does not know."""
        welcome = self.connect().ask("hello", name="Ann", password="one")

        self.assertEqual("welcome", welcome["type"])
        self.assertNotIn("account", welcome)
        self.assertNotIn("accounts", welcome["features"])
