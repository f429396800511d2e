"""
What a name may be, and who looks like whom.

Names of people and of rooms share an alphabet: the letters, marks and decimal
digits of every script, and a few signs. Everything is taken as NFKC, so that
one name has one spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from unicodedata import bidirectional, category, lookup, normalize

from chatroom.confusables import PROTOTYPES
from chatroom.errors import BadName, BadRoom, TooLong
from chatroom.limits import COMPOSED_OF, MARKS_PER_LETTER, NAME_CHARS, ROOM_CHARS

#: General categories: letters, marks, decimal digits. Controls, bidi controls,
#: zero-width, unassigned and private characters are in none of them.
_WORD: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd"})

_NAME_SIGNS: Final = frozenset(" ._-'")
_ROOM_SIGNS: Final = _NAME_SIGNS - {" "}

#: Default_Ignorable_Code_Point of Unicode 17. Some are letters and marks
#: (Hangul fillers, variation selectors) and would make a name's invisible twin.
_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: Letters and marks that show nothing by themselves though no property says so:
#: the joiners of Tifinagh and Brahmi, the fillers of Khitan and hieroglyphs.
_BLANK: Final = "\u2d7f\U0001107f\U00013441\U00013442\U00016fe4"

_ignorable: Final = re.compile(f"[{_IGNORABLE}]+")
_invisible: Final = re.compile(f"[{_IGNORABLE}{_BLANK}]")
#: Seen no better than one of them.
_repeated: Final = re.compile(r"([ ._'-])\1+")

#: Marks that put the next letter below the one before, and are not seen otherwise:
#: Indic_Syllabic_Category=Invisible_Stacker.
_STACKERS: Final = (
    "\u1039\u17d2\u1a60\u1bab\uaaf6\U00010a3f\U00011133\U000113d0\U0001193e\U00011a47"
    "\U00011a99\U00011d45\U00011d97\U00011f42"
)
_stacker: Final = re.compile(f"[{_STACKERS}](?=(.?))")

#: Letters that are read from right to left.
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})

#: What Unicode's table does not have: ``vvilma``.
_DOUBLE_V: Final = {ord("w"): "vv", ord("W"): "VV"}

_ASCII_PROTOTYPES: Final = {
    **{point: look for point, look in PROTOTYPES.items() if point < ord("\x7f")},
    **_DOUBLE_V,
}

#: Small capitals, and what Unicode says they look like: letters to the eye.
_SMALL_CAPITALS: Final = {
    ord(look): PROTOTYPES.get(ord(letter), letter)
    for letter in "abcdefghijklmnopqrstuvwyz"
    for capital in [lookup(f"LATIN LETTER SMALL CAPITAL {letter.upper()}")]
    for look in (capital, PROTOTYPES.get(ord(capital), capital))
}
_FURTHER: Final = {**_SMALL_CAPITALS, **_DOUBLE_V, ord("\u1d21"): "vv"}

#: White_Space as NFKC leaves it. `str.strip` alone would also take U+001C to
#: U+001F, which are controls.
_TRIMMED: Final = " \t\n\v\f\r\u0085\u1680\u2028\u2029"


def clean_name(raw: str) -> str:
    """
    Return a person's name as it is kept: NFKC, trimmed.

    Args:
        raw: What was typed, of any length.

    Raises:
        BadName: Nothing is left, or it is made of what a name cannot be; a sign
            (space ``.`` ``_`` ``-`` ``'``) may stand inside only.
        TooLong: It has more than ``NAME_CHARS`` characters.
    """
    name = _normal(raw, NAME_CHARS, "name").strip(_TRIMMED)
    if not name:
        raise BadName("A name cannot be empty.")
    if not _made_of(name, _NAME_SIGNS) or {name[0], name[-1]} & _NAME_SIGNS:
        raise BadName("A name is made of letters and digits, with space . _ - ' inside.")
    return _bounded(name, NAME_CHARS, "name")


def clean_room(raw: str) -> str:
    """
    Return a room's name as it is shown: NFKC. Rooms compare by `room_key`.

    Args:
        raw: What was typed, of any length. Nothing is trimmed.

    Raises:
        BadRoom: It is empty, begins with a sign (those names are reserved) or
            is made of what a room's name cannot be.
        TooLong: It has more than ``ROOM_CHARS`` characters.
    """
    name = _normal(raw, ROOM_CHARS, "room's name")
    if not name or name[0] in _ROOM_SIGNS or not _made_of(name, _ROOM_SIGNS):
        raise BadRoom("A room's name begins with a letter or digit; . _ - ' may follow.")
    return _bounded(name, ROOM_CHARS, "room's name")


def room_key(name: str) -> str:
    """Return what the spellings of one room's name have in common."""
    return normalize("NFKC", name).casefold()


def skeleton(name: str) -> str:
    """
    Return what *name* looks like in small letters: names with equal skeletons clash.

    Args:
        name: A name that `clean_name` returned.

    Source: UTS 39, section 4, around which both ends are case-folded.
    """
    return seen(normalize("NFKC", name).casefold()).casefold()


def seen(text: str) -> str:
    """
    Return what *text* looks like as it stands: the skeleton of UTS 39, section 4.

    Beyond that small capitals are letters, ``w`` is ``vv``, and of a sign that is
    repeated one is seen.
    """
    single = _repeated.sub(r"\1", text)
    if single.isascii():
        # The same, in a tenth of the time.
        return single.translate(_ASCII_PROTOTYPES)
    visible = _ignorable.sub("", normalize("NFD", single))
    return normalize("NFD", visible.translate(PROTOTYPES).translate(_FURTHER))


def suggest(name: str, taken: Callable[[str], bool]) -> str:
    """
    Return a free name like *name*: ``Ann 2`` for ``Ann``.

    Asks a number of times that grows with the logarithm of how many are taken:
    a thousand Anns cost a dozen look-ups.

    Args:
        name: A name that `clean_name` returned.
        taken: Whether somebody holds a name, or one that looks like it.
    """
    low, high = 1, 2
    while taken(_numbered(name, high)):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if taken(_numbered(name, middle)):
            low = middle
        else:
            high = middle
    return _numbered(name, high)


def _numbered(name: str, number: int) -> str:
    """*name* and *number* within ``NAME_CHARS``."""
    ending = f" {number}"
    return name[: NAME_CHARS - len(ending)].rstrip(" " + _STACKERS) + ending


def _normal(raw: str, limit: int, what: str) -> str:
    """NFKC of *raw*, or `TooLong` unread when it cannot come within *limit*."""
    # Sorting the marks of one long run takes quadratic time: 60,000 of them in
    # one frame must not stop the room for everybody.
    if len(raw.strip()) > limit * COMPOSED_OF:
        raise _too_long(limit, what)
    return normalize("NFKC", raw)


def _made_of(name: str, signs: frozenset[str]) -> bool:
    """Whether *name* has only visible letters, marks, digits and *signs*."""
    return (
        not _invisible.search(name)
        and all(character in signs or category(character) in _WORD for character in name)
        and (name.isascii() or _is_seen_whole(name))
    )


def _is_seen_whole(name: str) -> bool:
    """
    Whether each mark of *name* has a letter to stand on, and all of it is seen in
    one order.
    """
    base, marks = " ", ""
    for character in normalize("NFD", name):
        if category(character) not in {"Mn", "Me"}:
            if category(character) == "Mc" and base in _NAME_SIGNS:
                return False
            base, marks = character, ""
            continue
        if base in _NAME_SIGNS or character == marks[-1:] or len(marks) == MARKS_PER_LETTER:
            return False
        marks += character
    for stacked in _stacker.finditer(name):
        if not stacked[1] or category(stacked[1])[0] != "L":
            return False
    # What is read from right to left and begins with a digit is seen like another
    # name that ends with it, where a page does not keep names apart from its text.
    directions = [bidirectional(character) for character in name]
    return directions[0] in _RIGHT_TO_LEFT or _RIGHT_TO_LEFT.isdisjoint(directions)


def _bounded(name: str, limit: int, what: str) -> str:
    if len(name) > limit:
        raise _too_long(limit, what)
    return name


def _too_long(limit: int, what: str) -> TooLong:
    return TooLong(f"A {what} has at most {limit} characters.")
