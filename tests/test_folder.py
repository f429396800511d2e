"""
Tests of `chatroom.folder`: the files of a site.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatroom import folder as module
from chatroom.folder import Folder, Page
from chatroom.limits import SITE_FILE_BYTES


class Case(SynchronousTestCase):
    """A folder with pages in it, and secrets in and around it."""

    def setUp(self) -> None:
        """Fill the folder."""
        self.around = Path(self.mktemp())
        self.root = self.around / "web"
        (self.root / "img" / ".git").mkdir(parents=True)
        (self.root / "img" / "a b.png").write_bytes(b"\x89PNG")
        (self.root / "img" / "index.html").write_text("images")
        (self.root / "img" / ".git" / "config").write_text("secret")
        (self.root / "index.html").write_text("<p>hello " * 99)
        (self.root / "classic.html").write_text("classic")
        (self.root / ".env").write_text("secret")
        (self.around / "secret.txt").write_text("secret")
        self.folder = Folder(self.root)

    def page(self, *names: bytes) -> Page:
        """Return the page that is there."""
        page = self.folder.page(names)
        assert page is not None
        return page


class Accounts(Case):
    """What pages are told of accounts."""

    def test_told(self) -> None:
        """A page that asks is told, compressed or not; other files are as they are."""
        asking = '<meta name="accounts" content="">' + "<p>hello " * 99
        for name in ("index.html", "notes.txt"):
            (self.root / name).write_text(asking)
        self.folder = Folder(self.root, "read-only visitors")
        told = asking.replace('""', '"read-only visitors"').encode()

        page = self.page(b"")

        self.assertEqual(told, page.body)
        self.assertEqual(told, gzip.decompress(page.gzipped or b""))
        self.assertEqual(asking.encode(), self.page(b"notes.txt").body)
        self.assertNotEqual(page.digest, Folder(self.root).page([b""]).digest)  # type: ignore[union-attr]

    def test_not_told(self) -> None:
        """Where there are no accounts a page is sent as it is."""
        (self.root / "index.html").write_text('<meta name="accounts" content="">')

        self.assertEqual(b'<meta name="accounts" content="">', self.page(b"").body)


class Names(Case):
    """What has an address."""

    def test_files(self) -> None:
        """A file is found by its path, an ``index.html`` by its folder's."""
        for names, body in (
            ([b"classic.html"], b"classic"),
            ([b"img", b"a b.png"], b"\x89PNG"),
            ([b"img", b""], b"images"),
            ([b""], b"<p>hello " * 99),
        ):
            self.assertEqual(body, self.page(*names).body, names)

    def test_html_is_understood(self) -> None:
        """A page needs no suffix, unless it shares its name with a file."""
        self.assertEqual(b"classic", self.page(b"classic").body)
        (self.root / "classic").write_text("a file")
        self.assertEqual(b"a file", self.page(b"classic").body)

    def test_nothing_else(self) -> None:
        """What is missing, hidden, outside, or no name is not there."""
        for names in (
            [b"no"],
            [b"no.html"],
            [b"no", b""],
            [b"img"],
            [b"", b""],
            [b"", b"index.html"],
            [b"classic.html", b""],
            [b"classic.html", b"x"],
            [b".env"],
            [b"img", b".git", b"config"],
            [b".."],
            [b".", b"classic.html"],
            [b"..", b"secret.txt"],
            [b"img", b"..", b"classic.html"],
            [b"../secret.txt"],
            [b"..\\secret.txt"],
            [b"img/index.html"],
            [b"/etc/passwd"],
            [b"classic\0"],
            [b"classic.html\0.png"],
            [b"classic\n"],
            [b"\xff"],
            [b"x" * 5000],
            [b"CLASSIC"],
        ):
            self.assertIsNone(self.folder.page(names), names)

    def test_links(self) -> None:
        """A link inside leads on; one that leads out, in a circle or to the hidden does not."""
        (self.root / "in.html").symlink_to("classic.html")
        (self.root / "out.txt").symlink_to("../secret.txt")
        (self.root / "up").symlink_to("..")
        (self.root / "hidden").symlink_to("img/.git")
        (self.root / "circle.html").symlink_to("circle.html")

        self.assertEqual(b"classic", self.page(b"in.html").body)
        for names in (
            [b"out.txt"],
            [b"up", b"secret.txt"],
            [b"hidden", b"config"],
            [b"circle.html"],
            [b"circle"],
        ):
            self.assertIsNone(self.folder.page(names), names)

    def test_what_is_no_file(self) -> None:
        """A pipe is not waited for, and what is too large is not read."""
        os.mkfifo(self.root / "pipe")
        with (self.root / "large.bin").open("wb") as large:
            large.truncate(SITE_FILE_BYTES + 1)

        self.assertIsNone(self.folder.page([b"pipe"]))
        self.assertIsNone(self.folder.page([b"large.bin"]))

    @given(st.lists(st.binary(max_size=12) | st.sampled_from([b"..", b"img", b"."]), min_size=1))
    def test_noise(self, names: list[bytes]) -> None:
        """No path is an error, and none leads to a secret."""
        page = self.folder.page(names)

        self.assertNotEqual(b"secret", page and page.body)


class Versions(Case):
    """What is kept."""

    def test_an_edited_page_shows_at_once(self) -> None:
        """A change of a file is seen with the next request, in body and name."""
        before = self.page(b"classic")
        (self.root / "classic.html").write_text("changed")
        after = self.page(b"classic")

        self.assertEqual(b"changed", after.body)
        self.assertNotEqual(before.digest, after.digest)

    def test_a_page_is_read_once(self) -> None:
        """What did not change is not read again."""
        self.assertIs(self.page(b"classic"), self.page(b"classic.html"))

    def test_a_removed_page_is_gone(self) -> None:
        """What was kept of a file is not sent after its end."""
        self.page(b"classic")
        (self.root / "classic.html").unlink()

        self.assertIsNone(self.folder.page([b"classic"]))

    def test_little_is_kept(self) -> None:
        """Beyond the limit what was kept is dropped, and read again when asked for."""
        self.patch(module, "SITE_CACHE_BYTES", 20)
        for n in range(9):
            (self.root / f"{n}.bin").write_bytes(b"12345678")

        pages = [self.page(b"%d.bin" % n) for n in range(9)]

        self.assertIs(pages[8], self.page(b"8.bin"))
        self.assertIsNot(pages[0], self.page(b"0.bin"))

    def test_versions_do_not_add_up(self) -> None:
        """Of an edited file only the last version counts."""
        self.patch(module, "SITE_CACHE_BYTES", 20)
        classic = self.page(b"classic")
        for n in range(9):
            (self.root / "x.bin").write_bytes(b"." * n)
            self.page(b"x.bin")

        self.assertIs(classic, self.page(b"classic"))

    def test_compression(self) -> None:
        """Text that gains by it is compressed, always to the same bytes."""
        page = self.page(b"")

        assert page.gzipped is not None
        self.assertLess(len(page.gzipped), len(page.body))
        self.assertEqual(page.body, gzip.decompress(page.gzipped))
        self.assertEqual(page.gzipped, Folder(self.root).page([b""]).gzipped)  # type: ignore[union-attr]
        self.assertIsNone(self.page(b"classic").gzipped)
        self.assertIsNone(self.page(b"img", b"a b.png").gzipped)

    def test_types(self) -> None:
        """The suffix says what a file is; an unknown one nothing."""
        for name, expected in (
            ("a.html", b"text/html; charset=utf-8"),
            ("a.js", b"text/javascript; charset=utf-8"),
            ("a.CSS", b"text/css; charset=utf-8"),
            ("a.webmanifest", b"application/manifest+json"),
            ("a.svg", b"image/svg+xml; charset=utf-8"),
            ("a.ico", b"image/x-icon"),
            ("a.woff2", b"font/woff2"),
            ("a.exe", b"application/octet-stream"),
            ("a", b"application/octet-stream"),
        ):
            (self.root / name).write_text("x")
            self.assertEqual(expected, self.page(name.encode()).content_type)


class Inline(Case):
    """What a page of HTML carries inside."""

    HELLO = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"

    def sources(self, html: str) -> dict[str, list[str]]:
        """Return the policy's names for what stands in *html*."""
        (self.root / "x.html").write_bytes(html.encode())
        return {name: list(sources) for name, sources in self.page(b"x").inline.items()}

    def test_scripts_and_styles(self) -> None:
        """Each is known by its hash; the vector is of the policy's specification."""
        script = "<SCRIPT nonce=x>alert('Hello, world.');</SCRIPT>"

        self.assertEqual({"script-src": [self.HELLO]}, self.sources(script + script))
        self.assertEqual(
            {"style-src": [self.HELLO]}, self.sources(script.replace("SCRIPT", "style"))
        )

    def test_as_the_browser_reads_it(self) -> None:
        """Line ends are LF, characters UTF-8, and nothing is unescaped."""
        for ends in ("\n", "\r\n", "\r"):
            found = self.sources(f"<script>{ends}'ä</b>&amp;'{ends}</script>")
            self.assertEqual(
                {"script-src": ["'sha256-yxj/TFSe8bkEV3Vh6DHo3ucmqAF4Wk5uiiZOn0N11so='"]}, found
            )

    def test_what_does_not_run(self) -> None:
        """What comes from elsewhere, or stands in a comment, needs no hash."""
        for html in (
            "<script src=a.js></script>",
            "<!-- <script>x</script> -->",
            "<p>script</p>",
            "",
        ):
            self.assertEqual({}, self.sources(html), html)

    def test_only_html(self) -> None:
        """Other files carry nothing."""
        (self.root / "x.svg").write_text("<style>a</style>")

        self.assertEqual({}, dict(self.page(b"x.svg").inline))
