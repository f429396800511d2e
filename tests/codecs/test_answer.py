"""
Tests of `chatroom.codecs.answer`.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom.codecs.answer import closing_answer, protection


class Answers(SynchronousTestCase):
    """Short answers."""

    def test_a_whole_answer(self) -> None:
        """An answer tells its length, its end, and in one sentence its reason."""
        top, _, body = closing_answer(404, "Nothing ä.", ((b"X", b"y"),)).partition(b"\r\n\r\n")
        status, *lines = top.split(b"\r\n")

        self.assertEqual(b"HTTP/1.1 404 Not Found", status)
        self.assertEqual("404 Not Found\n\nNothing ä.\n", body.decode())
        for line in (b"Content-Length: %d" % len(body), b"Connection: close", b"X: y"):
            self.assertIn(line, lines)
        for field in protection():
            self.assertIn(b": ".join(field), lines)

    def test_frames(self) -> None:
        """Other sites may show what is embeddable in a frame, and nothing else."""
        closed, open_ = dict(protection(b"a 'b'")), dict(protection(b"a 'b'", embeddable=True))

        self.assertEqual(b"a 'b'; frame-ancestors 'none'", closed[b"Content-Security-Policy"])
        self.assertEqual(b"DENY", closed[b"X-Frame-Options"])
        self.assertEqual(b"a 'b'", open_[b"Content-Security-Policy"])
        self.assertNotIn(b"X-Frame-Options", open_)
