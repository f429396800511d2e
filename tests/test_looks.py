"""
Nobody looks like somebody else, nor like the room itself.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Final
from unicodedata import category, is_normalized

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from chatroom.confusables import PROTOTYPES
from chatroom.errors import BadName, ChatError, TooLong
from chatroom.looks import RESERVED, check_own, is_mixed, looks
from chatroom.names import clean_name, seen
from tests.people import ChatTestCase
from tests.test_names import DIFFERENT, LOOK_ALIKE

#: Two that look alike in some case, in some script, or by what is hardly seen.
ALIKE: Final = [
    *LOOK_ALIKE,
    ("TOM", "\u0422\u041e\u041c"),  # Cyrillic capitals
    ("Tom", "\u0422\u041e\u041c"),
    ("tom", "\u0422\u043e\u043c"),
    ("Boba", "\u0412\u041e\u0412\u0410"),
    ("HATA", "\u041d\u0430\u0442\u0430"),
    ("NIKO", "\u039d\u0399\u039a\u039f"),  # Greek capitals
    ("Ian", "lan"),
    ("BILL", "BlLL"),
    ("Bill", "BiII"),
    ("ian lee", "Ian Lee"),
    ("Ian Lee", "lan lee"),
    ("Ann", "\u1d00\u0274\u0274"),  # small capitals
    ("Ann", "\uff21\uff2e\uff2e"),
    ("Ann", "\U0001d400\U0001d427\U0001d427"),  # mathematical
    ("Ann", "\ua4ee\ua4e0\ua4e0"),  # Lisu
    ("AB", "\u13aa\u13f4"),  # Cherokee
    ("Ann", "An\u200bn"),
    ("Ann", "\u202eAnn"),
    ("Ann", "Ann\u3164"),
    ("Ann", "Ann\ufe0f"),
    ("Ann", "\u2066Ann\u2069"),
    ("Ann", "A\u00adnn"),
    ("Ann_B", "Ann__B"),
    ("Ann-B", "Ann--B"),
    ("Jos\u00e9", "Jose\u0301"),
    ("Jos\u00e9", "Jose\u0301\u0301"),
    ("clown", "c1o\u03c9n"),
    ("Rose", "R\u043ese"),
    ("\u4e00\u90ce", "\u30fc\u90ce"),  # one, and a long vowel
    ("\u529b", "\u30ab"),  # strength, and ka
    ("\u5de5\u85e4", "\u30a8\u85e4"),
    ("\u0645\u0631\u064a\u0645", "\u0645\u0631\u06cc\u0645"),  # an Arabic and a Persian yeh
    ("88", "\u09ea\u09ea"),  # Bengali digits
    ("\u05d01", "1\u05d0"),  # one digit, on either side of what is read from the right
    ("Ilya", "llya"),
    ("Wilma", "vvilma"),
    ("WILMA", "VVilma"),
]

#: Two that people tell apart.
APART: Final = [
    *DIFFERENT,
    ("Ali", "All"),
    ("Eli", "Ell"),
    ("Van", "Nan"),
    ("Nina", "Viva"),
    ("Lena", "Lana"),
    ("\u041e\u043b\u044c\u0433\u0430", "Olga"),
    ("\u0410\u043d\u043d\u0430", "Anna"),
    ("\u738b\u5c0f\u660e", "\u738b\u5927\u660e"),
    ("Ann 2", "Ann 3"),
]

#: What people write together.
WRITTEN_TOGETHER: Final = [
    "Ann",
    "Zo\u00eb 2",
    "\u041e\u043b\u044c\u0433\u0430 \u0418",
    "\u738b\u5c0f\u660e Wang",
    "\u7530\u4e2d\u3055\u3093 Taro",
    "\u30dc\u30d6\u30fc 3",
    "\u3105\u3106 \u738b DJ",
    "\ub2e4\uc60c Kim",
    "\u0645\u0631\u064a\u0645 \u0663",
    "\u0905\u0928\u0941\u0937\u094d\u0915\u093e 7",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "\u0e2a\u0e21\u0e0a\u0e32\u0e22",
    "\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2",
]

#: What nobody writes together, save to look like somebody.
MIXED: Final = [
    "\u0410nn",
    "B\u03bfb",
    "p\u0430ypal",
    "Ann \u041e\u043b\u044c\u0433\u0430",
    "Kim \u0e2a\u0e21",
    "\ud55c\u3042",
    "\u3105\u3042",
    "\u0645\u0631\u064a\u0645 B",
    "Ann\u0663",
]

#: What is read as one of the room's own names.
LIKE_THE_ROOM: Final = [
    "Server",
    "SERVER",
    "s-e-r-v-e-r",
    "\u0455\u0435rver",
    "\ua731erver",  # a small capital S
    "System",
    "sys.tem",
    "SYSTEM",
    "\u1d00\u1d05\u1d0d\u026a\u0274",
    "ADMIN",
    "ADMlN",
    "adm\u0131n",
    "adrnin",
    "ad_min",
    "\u0410\u0414MIN",
    "Administrator",
    "chat room",
    "Chat-Room",
    "\u7cfb\u7edf",
    "\u7cfb\u7d71",
    "\u7ba1\u7406\u5458",
    "\u7ba1 \u7406 \u54e1",
    "\u670d\u52a1\u5668",
]

#: By what they look like, the characters that look so.
_LIKE: Final[dict[str, list[str]]] = defaultdict(list)
for _point, _prototype in PROTOTYPES.items():
    _LIKE[_prototype].append(chr(_point))


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """A name of Latin letters, and what looks like it, read in some case."""
    name = draw(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGIKLMNOPRSTUVWXZ", min_size=1, max_size=8))
    read = draw(st.sampled_from([name, name.lower(), name.upper()]))
    return name, "".join(
        draw(st.sampled_from([letter, *_LIKE[seen(letter)], *_LIKE[letter]])) for letter in read
    )


class LooksTests(SynchronousTestCase):
    """Who looks like whom."""

    def test_others_do_not(self) -> None:
        """Names that the eye tells apart do not clash."""
        for one, other in APART:
            self.assertTrue(looks(one).isdisjoint(looks(other)), f"{one!a} {other!a}")

    @given(disguised())
    def test_no_disguise(self, pair: tuple[str, str]) -> None:
        """Whatever looks like a name's letters clashes with it, in whatever script."""
        name, other = pair
        try:
            other = clean_name(other)
        except (BadName, TooLong):
            return

        self.assertFalse(looks(name).isdisjoint(looks(other)), f"{name!a} {other!a}")

    @given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=9))
    def test_case_does_not_count(self, typed: str) -> None:
        """A name clashes with itself in small letters."""
        try:
            name, small = clean_name(typed), clean_name(typed.casefold())
        except ChatError:
            return

        self.assertFalse(looks(name).isdisjoint(looks(small)))


class ScriptTests(SynchronousTestCase):
    """What is written together."""

    def test_together(self) -> None:
        """One script; or Latin with Chinese, Japanese or Korean."""
        for name in WRITTEN_TOGETHER:
            self.assertFalse(is_mixed(clean_name(name)), f"{name!a}")

    def test_mixed(self) -> None:
        """No others."""
        for name in MIXED:
            self.assertTrue(is_mixed(clean_name(name)), f"{name!a}")

    def test_every_letter_has_a_script(self) -> None:
        """Whatever letter, mark or digit there is, a name can be made of it."""
        # Ideographs and Korean syllables are told by the thousands.
        for point in chain(range(0x3400), range(0xA000, 0xAC00), range(0xD7A4, 0x20000)):
            letter = chr(point)
            if category(letter)[0] in "LM" and is_normalized("NFKC", letter):
                self.assertFalse(is_mixed(letter), hex(point))


class ReservedTests(SynchronousTestCase):
    """The room's own names."""

    def test_what_is_like_them(self) -> None:
        """Whoever would be taken for the room is refused."""
        for name in (*RESERVED, *LIKE_THE_ROOM):
            self.assertRaises(BadName, check_own, clean_name(name))

    def test_what_is_not(self) -> None:
        """Who only has such a word in the name is somebody."""
        for name in ("Adele", "Admira", "Sister", "Servet", "Admin Ann", "\u7cfb"):
            check_own(clean_name(name))


class DoorTests(ChatTestCase):
    """Who comes in."""

    def test_row_21_no_pairs(self) -> None:
        """Of two that look alike one is in, whoever comes first, by coming or by a rename."""
        for pair in ALIKE:
            for first, second in (pair, pair[::-1]):
                with self.subTest(f"{first!a} {second!a}"):
                    self.setUp()
                    one, other = self.connect(), self.connect()
                    welcomed = [
                        client.ask("hello", name=name)["type"] == "welcome"
                        for client, name in ((one, first), (other, second))
                    ]
                    self.assertNotEqual([True, True], welcomed)
                    if welcomed[0]:
                        renamed = self.enter("Somebody else").ask("rename", name=second)
                        self.assert_refused(renamed["code"], renamed)

    def test_both_come_in(self) -> None:
        """Of two that are told apart both are."""
        for one, other in APART:
            with self.subTest(f"{one!a} {other!a}"):
                self.setUp()
                self.enter(one)
                self.enter(other)

    def test_who_looks_like_somebody_is_told_so(self) -> None:
        """Mixed scripts are told of after the clash; the free name can be taken."""
        self.enter("Ann")
        cyrillic = self.connect()

        refusal = cyrillic.ask("hello", name="\u0410nn")

        self.assert_refused("name_taken", refusal)
        self.assertEqual("Ann 2", refusal["suggest"])
        self.assertEqual("welcome", cyrillic.ask("hello", name=refusal["suggest"])["type"])

    def test_mixed_scripts(self) -> None:
        """Who mixes scripts is refused, at the door and later, and holds nothing for it."""
        bob = self.enter("Zed")
        for name in MIXED:
            self.assert_refused("bad_name", self.connect().ask("hello", name=name))
            self.assert_refused("bad_name", bob.ask("rename", name=name))

        self.enter("\u0410\u043d\u043d\u0430")
        self.assertEqual("renamed", bob.ask("rename", name="paypal")["type"])

    def test_reserved(self) -> None:
        """Nobody takes the room's own names; the host program has them."""
        for name in (*RESERVED, *LIKE_THE_ROOM):
            self.assert_refused("bad_name", self.connect().ask("hello", name=name, key="k" * 16))
        for name in ("server", "\u7cfb\u7edf"):
            said = Deferred.fromCoroutine(self.chat.say("tea", "x", name=name))
            self.assertEqual(name, self.successResultOf(said).name)

        self.assert_refused("name_taken", self.connect().ask("hello", name="Server"))

    def test_who_comes_back(self) -> None:
        """Whoever comes back under another name takes none of these either, and keeps the old."""
        ann = self.enter("Ann")
        ann.leaves_the_net()
        self.clock.advance(3600)
        token = ann.of("welcome")[0]["token"]

        for name in ("Admin", "\u0410nna"):
            self.assert_refused("bad_name", self.connect().ask("hello", token=token, name=name))

        self.assertEqual("Ann", self.connect().ask("hello", token=token)["name"])

    def test_mentions_and_small_steps(self) -> None:
        """A name in another case is one's own to take, and is mentioned as before."""
        ian, bob = self.enter("Ian", "tea"), self.enter("Bob", "tea")
        self.assertEqual("renamed", ian.ask("rename", name="IAN")["type"])
        self.assertEqual("renamed", ian.ask("rename", name="lan")["type"])
        bob.ask("say", room="tea", text="@Lan, is it you?")
        self.assertEqual([ian.of("welcome")[0]["person"]], bob.of("message")[0]["mentions"])

        ian.ask("rename", name="Zoe")

        for name in ("Ian", "ZOE 2"):
            self.enter(name)
