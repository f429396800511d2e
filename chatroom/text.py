"""
What a text may be, and whom it speaks to.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import regex

from chatroom import limits
from chatroom.errors import BadText, TooLong

# Newline and tab are the only controls a text may hold.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: Letters and marks that show nothing: a text of these alone is as blank as spaces.
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
)


def _is_blank(text: str) -> bool:
    """
    Whether there is nothing to see in *text*.
    """
    return all(
        letter.isspace() or letter in _INVISIBLE or unicodedata.category(letter) == "Cf"
        for letter in text
    )


def check_text(text: str) -> None:
    """
    Refuse what cannot be said.

    Raises:
        BadText: It is blank, or has a control other than newline and tab.
        TooLong: It has more than ``TEXT_CHARS`` characters.
    """
    if len(text) > limits.TEXT_CHARS:
        raise TooLong(f"a text has at most {limits.TEXT_CHARS} characters")
    if _is_blank(text):
        raise BadText("there is nothing to see in this text")
    if _CONTROL.search(text):
        raise BadText("a text has no control characters but newline and tab")


def check_emoji(emoji: str) -> None:
    """
    Refuse what cannot be put to a message.

    Raises:
        TooLong: It has more than ``EMOJI_BYTES`` bytes of UTF-8.
        BadText: It is not one thing to see: blank, a control, or several characters.
    """
    if len(emoji.encode()) > limits.EMOJI_BYTES:
        raise TooLong(f"an emoji has at most {limits.EMOJI_BYTES} bytes")
    if _is_blank(emoji) or _CONTROL.search(emoji) or not regex.fullmatch(r"\X", emoji):
        raise BadText("a reaction is one emoji")


def check_topic(topic: str) -> None:
    """
    Refuse what cannot be a topic. It may be empty: then there is none.

    Raises:
        BadText: It is blank but not empty, or has a control or a newline.
        TooLong: It has more than ``TOPIC_CHARS`` characters.
    """
    _check_line("topic", topic, limits.TOPIC_CHARS)


def check_reason(reason: str) -> None:
    """
    Refuse what cannot be a moderator's reason. It may be empty: then there is none.

    Raises:
        BadText: It is blank but not empty, or has a control or a newline.
        TooLong: It has more than ``REASON_CHARS`` characters.
    """
    _check_line("reason", reason, limits.REASON_CHARS)


def check_join_key(key: str) -> None:
    """
    Refuse what cannot be a room's key. It may be empty: then there is none.

    Raises:
        BadText: It is blank but not empty, or has a control or a newline.
        TooLong: It has more than ``JOIN_KEY_CHARS`` characters.
    """
    _check_line("key", key, limits.JOIN_KEY_CHARS)


def _check_line(what: str, line: str, most: int) -> None:
    if len(line) > most:
        raise TooLong(f"a {what} has at most {most} characters")
    if line and _is_blank(line):
        raise BadText(f"there is nothing to see in this {what}")
    if "\n" in line or _CONTROL.search(line):
        raise BadText(f"a {what} is one line without control characters")
