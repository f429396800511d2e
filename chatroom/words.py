"""
The words of a text, and which texts a search finds.

Each word asked for must begin a word of the text, case-folded. Chinese and
Japanese are written without spaces: there each character is a word, and
characters asked for in a row are found in a row, from one on.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import regex

from chatroom import limits
from chatroom.errors import TooLong

_CJK: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\u30fc"
# Sorting the marks of one letter takes quadratic time. Nobody has more than a few;
# Unicode's own Stream-Safe Text Format has thirty.
_MARKS: Final = regex.compile(r"(\p{M}{30})\p{M}+")
_RUN: Final = regex.compile(rf"(?V1)([{_CJK}]+)|([[\p{{L}}\p{{M}}\p{{N}}]--[{_CJK}]]+)")
_ascii: Final = re.compile("[a-z0-9]+").findall


def words(text: str) -> list[str]:
    """
    Return the words of *text*, folded, in order; of Chinese and Japanese, the characters.
    """
    folded = _folded(text)
    return _ascii(folded) if folded.isascii() else [word for run in _runs(folded) for word in run]


def runs(text: str) -> list[list[str]]:
    """
    Return the words of *text*, folded, in order: Chinese or Japanese that stands
    together as its characters, any other word alone.
    """
    return _runs(_folded(text))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _MARKS.sub(r"\1", text)).casefold()


def _runs(folded: str) -> list[list[str]]:
    if folded.isascii():
        # The same, in a tenth of the time.
        return [[word] for word in _ascii(folded)]
    return [list(cjk) if cjk else [other] for cjk, other in _RUN.findall(folded)]


class Query:
    """
    What is searched for.

    ``prefixes`` must each begin a word; the characters of each of ``phrases`` must
    stand in a row. With neither, nothing is found.

    Raises:
        TooLong: It has more than ``SEARCH_WORDS`` words.
    """

    def __init__(self, text: str) -> None:
        asked = [(run, regex.match(f"[{_CJK}]", run[0])) for run in runs(text)]
        self.prefixes = [run[0] for run, is_cjk in asked if not is_cjk]
        self.phrases = [run for run, is_cjk in asked if is_cjk]
        self._parts = [*self.prefixes, *map("".join, self.phrases)]
        if sum(len(run) for run, _ in asked) > limits.SEARCH_WORDS:
            raise TooLong(f"a search has at most {limits.SEARCH_WORDS} words")

    def __bool__(self) -> bool:
        return bool(self.prefixes or self.phrases)

    def finds(self, text: str) -> bool:
        """
        Whether all that is asked for is in *text*.
        """
        folded = _folded(text)
        # For one text that is found many are read through: most end here.
        if not self or not all(part in folded for part in self._parts):
            return False
        found = ["".join(run) for run in _runs(folded)]
        return all(
            any(run.startswith(prefix) for run in found) for prefix in self.prefixes
        ) and all(any("".join(phrase) in run for run in found) for phrase in self.phrases)
