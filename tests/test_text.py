"""
What a text may be.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom.errors import BadText, TooLong
from chatroom.text import check_text, check_topic


class TextTests(SynchronousTestCase):
    """Texts and topics."""

    def test_texts(self) -> None:
        """Newline and tab are the only controls; something is to be seen."""
        for text in ("x", " x\n\t", "😀", "\u0301", "ا", "\u202ex", "a\u200db", "𝛀" * 4000, "."):
            check_text(text)
        for text in ("", " ", "\n", "\u00a0\u3000", "\u200b\u2060", "\u3164", "\ufe0f", "\u2800"):
            self.assertRaises(BadText, check_text, text)
        for control in (*range(9), *range(11, 32), *range(127, 160)):
            self.assertRaises(BadText, check_text, f"x{chr(control)}y")
        self.assertRaises(TooLong, check_text, "x" * 4001)

    def test_topics(self) -> None:
        """A topic may be empty, and is one line."""
        for topic in ("", "x", "a\tb", "𝛀" * 250):
            check_topic(topic)
        for topic in (" ", "a\nb", "a\x00", "\u200b"):
            self.assertRaises(BadText, check_topic, topic)
        self.assertRaises(TooLong, check_topic, "x" * 251)
