"""
What a name may be, and who looks like whom.
"""

from __future__ import annotations

from itertools import chain
from typing import Final
from unicodedata import category, is_normalized

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom import confusables
from chatroom.errors import BadName, BadRoom, ChatError, TooLong
from chatroom.limits import NAME_CHARS, ROOM_CHARS
from chatroom.names import clean_name, clean_room, room_key, skeleton, suggest

#: What is typed, and the name it becomes.
NAMES: Final = [
    ("Ann", "Ann"),
    ("  Ann\t\r\n", "Ann"),
    ("\u3000\u00a0Ann\u2003\u2028", "Ann"),
    ("O'Brien-Smith jr._2", "O'Brien-Smith jr._2"),
    ("Ａｎｎ", "Ann"),
    ("Zoe\u0301", "Zo\u00e9"),
    ("\ufb01ne", "fine"),
    ("王小明", "王小明"),
    ("Ольга", "Ольга"),
    ("مريم", "مريم"),
    ("अनुष्का", "अनुष्का"),
    ("한글", "한글"),
    ("Nguyễn Thị", "Nguyễn Thị"),
    ("שָׁלוֹם", "שָׁלוֹם"),
    ("مُحَمَّد", "مُحَمَّد"),
    ("ကျွန်ုပ် မန္တလေး", "ကျွန်ုပ် မန္တလေး"),
    ("བསྒྲུབས", "བསྒྲུབས"),
    ("ភាសាខ្មែរ", "ភាសាខ្មែរ"),
    ("ทิพย์", "ทิพย์"),
    ("דוד 2", "דוד 2"),
    ("7", "7"),
    ("٣", "٣"),
    ("x" * NAME_CHARS, "x" * NAME_CHARS),
    # 64 typed, 32 after NFKC: lengths are of what is kept.
    ("e\u0301" * NAME_CHARS, "\u00e9" * NAME_CHARS),
]

#: What no name is made of, by why.
BAD: Final = {
    "empty": "",
    "blank": " \t\u3000\n",
    "NUL": "An\0n",
    "newline inside": "An\nn",
    "control": "An\x1fn",
    "control at the end": "Ann\x1f",
    "C1 control": "An\x9fn",
    "bidi override": "An\u202en",
    "bidi isolate": "An\u2066n\u2069",
    "right-to-left mark": "Ann\u200f",
    "zero-width space": "An\u200bn",
    "zero-width joiner": "An\u200dn",
    "byte order mark": "\ufeffAnn",
    "soft hyphen": "An\u00adn",
    "word joiner": "An\u2060n",
    "grapheme joiner": "An\u034fn",
    "variation selector": "An\ufe0fn",
    "variation selector 17": "An\U000e0100n",
    "tag": "Ann\U000e0041",
    "Hangul filler": "\u3164",
    "halfwidth Hangul filler": "Ann\uffa0",
    "Hangul choseong filler": "\u115f\u1160",
    "Khmer inherent vowel": "Ann\u17b4",
    "Mongolian variation selector": "Ann\u180b",
    "blank hieroglyph": "\U00013441",
    "Khitan filler": "Ann\U00016fe4",
    "Tifinagh joiner": "Ann\u2d7f",
    "unassigned": "Ann\u0378",
    "noncharacter": "Ann\ufffe",
    "private": "Ann\ue000",
    "lone surrogate": "Ann\ud800",
    "emoji": "Ann \U0001f600",
    "symbol": "A+B",
    "slash": "a/b",
    "at sign": "a@b",
    "markup": "<b>",
    "line separator inside": "An\u2028n",
    "braille blank": "\u2800",
    "mark on nothing": "\u0301Ann",
    "mark on a space": "Ann \u0301B",
    "vowel sign on nothing": "\u093eAnn",
    "mark upon itself": "Ann\u0323\u0323",
    "five marks in a pile": "An\u0300\u0301\u0302\u0303\u0304n",
    "stacker at the end": "\u1019\u1014\u1039",
    "stacker before a sign": "\u1019\u1014\u1039.\u1019",
    "digit ahead of what is read from the right": "1\u05d0",
}

#: Two that look alike, and so cannot be there together.
LOOK_ALIKE: Final = [
    ("Ann", "ann"),
    ("Ann", "\u0410nn"),  # Cyrillic А
    ("Ann", "ANN"),
    ("ann", "\u0430nn"),  # Cyrillic а
    ("Ann B", "Ann   B"),
    ("paypal", "\u0440\u0430\u0443\u0440\u0430l"),
    ("scope", "\u0455\u0441\u043e\u0440\u0435"),
    ("Bob", "B\u03bfb"),  # Greek omicron
    ("Bob", "B0b"),
    ("modern", "modem"),
    ("lily", "1i1y"),
    ("Ma\u00dfe", "MASSE"),
    ("O'Hara", "O\u02bcHara"),
    ("Zo\u00e9", "ZOE\u0301"),
    ("\u13a1\u13aa", "\uab71\uab7a"),  # Cherokee has case
]

#: Two that resemble each other and yet are told apart.
DIFFERENT: Final = [
    ("Ann", "Anna"),
    ("Ann B", "AnnB"),
    ("Zoe", "Zo\u00e9"),
    ("Ann", "Ann 2"),
    ("王", "玉"),
]

#: Anything at all, with what is rare but dangerous in it made frequent.
ANYTHING: Final = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("Ann Аα._-' 01lI\u00df\u0345\u0130\u0149ﬁ\u00a8"),
        st.sampled_from([character for bad in BAD.values() for character in bad]),
    ),
    max_size=3 * NAME_CHARS,
)

#: Names that are mostly good.
NAMELIKE: Final = st.text(
    st.characters(categories=["L", "M", "Nd"], include_characters=" ._-'"), min_size=1
)


class CleanNameTests(SynchronousTestCase):
    """What becomes of a name that is typed."""

    def test_good_names(self) -> None:
        """Names of every script pass, in one spelling and trimmed."""
        for typed, kept in NAMES:
            self.assertEqual(kept, clean_name(typed), ascii(typed))

    def test_bad_names(self) -> None:
        """Nothing that is invisible, reorders text or is no letter gets in."""
        for why, typed in BAD.items():
            with self.subTest(why):
                self.assertRaises(BadName, clean_name, typed)

    def test_signs_stand_inside(self) -> None:
        """Space . _ - ' are neither the first nor the last of a name."""
        for sign in "._-'":
            self.assertEqual(f"a{sign}b", clean_name(f"a{sign}b"))
            for typed in (sign, f"{sign}a", f"a{sign}", f" {sign} "):
                self.assertRaises(BadName, clean_name, typed)

    def test_too_long(self) -> None:
        """One character more than allowed is too many, however it was typed."""
        for typed in (
            "x" * (NAME_CHARS + 1),
            "e\u0301" * (NAME_CHARS + 1),
            "\ufdfa" * 3,  # one typed, eighteen after NFKC
        ):
            self.assertRaises(TooLong, clean_name, typed)

    def test_long_run_of_marks(self) -> None:
        """Marks that take quadratic time to sort are refused unread."""
        flood = "a" + "\u0315\u0300" * 32_000 + "\0"

        # Read, it would be the NUL that is complained of.
        self.assertRaises(TooLong, clean_name, flood)
        self.assertRaises(TooLong, clean_room, flood)

    @given(ANYTHING | NAMELIKE)
    def test_cleaned_names_pass(self, typed: str) -> None:
        """What is kept is kept again as it is, short, visible and in NFKC."""
        try:
            name = clean_name(typed)
        except ChatError as error:
            self.assertIsInstance(error, (BadName, TooLong))
            return

        self.assertEqual(name, clean_name(name))
        self.assertTrue(is_normalized("NFKC", name))
        self.assertTrue(1 <= len(name) <= NAME_CHARS)
        for character in name:
            self.assertTrue(category(character)[0] in "LMN" or character in " ._-'", ascii(name))

    def test_every_character(self) -> None:
        """One by one, only letters, marks and digits can be a name's middle."""
        # Planes 2 to 13 hold ideographs and nothing else.
        for point in chain(range(0x20000), range(0xE0000, 0xE1000)):
            try:
                name = clean_name(f"a{chr(point)}b")
            except BadName:
                continue
            for kept in name:
                self.assertTrue(
                    category(kept)[0] in "LM" or kept.isdecimal() or kept in " ._-'", hex(point)
                )


class CleanRoomTests(SynchronousTestCase):
    """What becomes of a room's name."""

    def test_good_rooms(self) -> None:
        """A room's name begins with a letter, mark or digit; signs may follow."""
        for typed, kept in [
            ("lobby", "lobby"),
            ("Tea-Time", "Tea-Time"),
            ("c.", "c."),
            ("2026_plans", "2026_plans"),
            ("ｔｅａ", "tea"),
            ("茶室", "茶室"),
            ("x" * ROOM_CHARS, "x" * ROOM_CHARS),
        ]:
            self.assertEqual(kept, clean_room(typed))

    def test_bad_rooms(self) -> None:
        """Spaces, a leading sign and all that no name has are refused."""
        for typed in ["", "tea time", " tea", "tea\n", "#tea", "@ann", "-a", "_a", "'a", ".a"]:
            self.assertRaises(BadRoom, clean_room, typed)
        for why, typed in BAD.items():
            with self.subTest(why):
                self.assertRaises(BadRoom, clean_room, typed)

    def test_too_long(self) -> None:
        """One character more than allowed is too many."""
        self.assertRaises(TooLong, clean_room, "x" * (ROOM_CHARS + 1))

    def test_key(self) -> None:
        """Spellings that differ in case or width name the same room."""
        self.assertEqual(room_key("Tea"), room_key("ＴＥＡ"))
        self.assertEqual(room_key("Stra\u00dfe"), room_key("STRASSE"))
        self.assertNotEqual(room_key("tea"), room_key("te\u0430"))

    @given(ANYTHING | NAMELIKE)
    def test_cleaned_rooms_pass(self, typed: str) -> None:
        """What is kept is kept again as it is, and its key does not change."""
        try:
            room = clean_room(typed)
        except ChatError as error:
            self.assertIsInstance(error, (BadRoom, TooLong))
            return

        self.assertEqual(room, clean_room(room))
        self.assertEqual(room_key(room), room_key(room_key(room)))


class SkeletonTests(SynchronousTestCase):
    """Who looks like whom."""

    def test_look_alikes_clash(self) -> None:
        """Names that the eye confuses have one skeleton."""
        for one, other in LOOK_ALIKE:
            self.assertEqual(skeleton(one), skeleton(other), f"{one!a} {other!a}")

    def test_others_do_not(self) -> None:
        """Names that the eye tells apart have two."""
        for one, other in DIFFERENT:
            self.assertNotEqual(skeleton(one), skeleton(other), f"{one!a} {other!a}")

    def test_ignorable_characters_are_not_seen(self) -> None:
        """As UTS 39 says: what shows nothing does not count."""
        self.assertEqual(skeleton("Ann"), skeleton("A\u200bn\ufe0fn\U000e0100"))

    @given(NAMELIKE)
    def test_case_and_width_do_not_count(self, name: str) -> None:
        """A name clashes with itself case-folded."""
        self.assertEqual(skeleton(name), skeleton(name.casefold()))

    def test_table(self) -> None:
        """The prototypes are themselves no look-alikes: one look-up is enough."""
        self.assertEqual("17.0.0", confusables.UNICODE_VERSION)
        self.assertGreater(len(confusables.PROTOTYPES), 2000)
        for point, prototype in confusables.PROTOTYPES.items():
            self.assertNotEqual(chr(point), prototype)
            self.assertEqual(prototype, prototype.translate(confusables.PROTOTYPES))


class SuggestTests(SynchronousTestCase):
    """A free name for who came too late."""

    def test_next_number(self) -> None:
        """The first free number is taken, and one that looks taken is not."""
        held = {"ann"}
        for expected in ["Ann 2", "Ann 3", "Ann 4", "Ann 5", "Ann 6"]:
            name = suggest("Ann", lambda name: skeleton(name) in held)

            self.assertEqual(expected, name)
            held.add(skeleton(name))

    def test_few_questions(self) -> None:
        """A crowd of the same name does not slow the next one down."""
        asked: list[str] = []

        def taken(name: str) -> bool:
            asked.append(name)
            return int(name.rpartition(" ")[2]) <= 10_000

        self.assertEqual("Ann 10001", suggest("Ann", taken))
        self.assertLess(len(asked), 30)

    def test_long_name(self) -> None:
        """A name of full length is shortened, at no sign's expense."""
        self.assertEqual("x" * (NAME_CHARS - 2) + " 2", suggest("x" * NAME_CHARS, nobody))
        words = "x" * (NAME_CHARS - 3) + " yz"
        self.assertEqual("x" * (NAME_CHARS - 3) + " 2", suggest(words, nobody))

    @given(NAMELIKE, st.sets(st.integers(2, 40)))
    def test_suggested_names_pass(self, typed: str, numbers: set[int]) -> None:
        """Whatever is taken, the suggestion is free and a good name."""
        try:
            name = clean_name(typed)
        except ChatError:
            return

        suggestion = suggest(name, lambda name: int(name.rpartition(" ")[2]) in numbers)

        self.assertEqual(suggestion, clean_name(suggestion))
        self.assertNotIn(int(suggestion.rpartition(" ")[2]), numbers)


def nobody(_name: str) -> bool:
    """Nobody holds it."""
    return False
