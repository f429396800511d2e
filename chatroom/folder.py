"""
The files of a site, ready to be sent.

They are few and small, so each is read whole, compressed once and kept; one
that changes on disk is read again, so an edited page shows at once.
"""

from __future__ import annotations

import gzip
import re
import stat
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from chatroom.limits import SITE_CACHE_BYTES, SITE_FILE_BYTES

_CONTENT_TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".gif": b"image/gif",
    ".html": b"text/html; charset=utf-8",
    ".ico": b"image/x-icon",
    ".jpg": b"image/jpeg",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".mjs": b"text/javascript; charset=utf-8",
    ".mp3": b"audio/mpeg",
    ".png": b"image/png",
    ".svg": b"image/svg+xml; charset=utf-8",
    ".txt": b"text/plain; charset=utf-8",
    ".wasm": b"application/wasm",
    ".webmanifest": b"application/manifest+json",
    ".webp": b"image/webp",
    ".woff2": b"font/woff2",
}
#: A page that has this in it is told how one comes in where there are accounts: see
#: `chatroom.factory`.
_ACCOUNTS: Final = b'<meta name="accounts" content="%b">'

_UNKNOWN_TYPE: Final = b"application/octet-stream"

#: What grows smaller by compression; the other formats are compressed already.
_COMPRESSIBLE: Final = re.compile(rb"text/|image/svg|application/(json|manifest|wasm)")


@dataclass(frozen=True, slots=True)
class Page:
    """
    One version of a file.

    Args:
        body: Its bytes.
        gzipped: The same compressed; None where that gains nothing.
        digest: Its name among all versions, printable.
        content_type: The header's value.
        inline: The CSP's names of the scripts and styles written into a page of
            HTML, by the directive that allows them.
    """

    body: bytes
    gzipped: bytes | None
    digest: bytes
    content_type: bytes
    inline: Mapping[str, Collection[str]]

    @property
    def size_bytes(self) -> int:
        """
        What keeping it costs.
        """
        return len(self.body) + len(self.gzipped or b"")


class Folder:
    """
    What lies in a folder, with nothing beside or above it and nothing hidden.

    Args:
        root: The folder.
        accounts: What pages are told of accounts; nothing where there are none.
    """

    def __init__(self, root: Path, accounts: str = "") -> None:
        self._root = root.resolve()
        self._accounts = accounts.encode()
        self._pages: dict[Path, tuple[tuple[int, int], Page]] = {}
        self._kept_bytes = 0

    def page(self, names: Sequence[bytes]) -> Page | None:
        """
        Return the file at a path, None without one.

        A path that ends in an empty name means the ``index.html`` there, a name
        without a suffix may leave ``.html`` out.

        Args:
            names: The parts of the path, unquoted: each may hold any byte.
        """
        try:
            path = self._path([name.decode() for name in names])
            if path is None:
                return None
            # A look at the disk for each request, on the reactor's thread: it
            # takes some microseconds, and reading some more, once a version.
            state = path.stat()
            if not stat.S_ISREG(state.st_mode) or state.st_size > SITE_FILE_BYTES:
                return None
            version = (state.st_mtime_ns, state.st_size)
            known = self._pages.get(path)
            if known is None or known[0] != version:
                known = (version, _read(path, self._accounts))
                self._keep(path, *known)
            return known[1]
        except (OSError, ValueError, RuntimeError):
            # No such file, one that may not be read or lies outside, no name of
            # a file, or links in a circle.
            return None

    def _path(self, names: list[str]) -> Path | None:
        *parents, name = names
        name = name or "index.html"
        # What is no part of a path (``..``, ``a/b``), hidden (``.git``) or not
        # to be seen (NUL) is no name of a page.
        if not all(
            part.isprintable() and part[:1] not in {"", "."} and not {"/", "\\"} & set(part)
            for part in [*parents, name]
        ):
            return None
        path = self._root.joinpath(*parents, name)
        if not path.suffix and not path.exists():
            path = path.with_suffix(".html")
        # A link may point anywhere; what counts is where it ends.
        path = path.resolve(strict=True)
        inside = path.relative_to(self._root)
        return None if any(part.startswith(".") for part in inside.parts) else path

    def _keep(self, path: Path, version: tuple[int, int], page: Page) -> None:
        replaced = self._pages.pop(path, None)
        if replaced is not None:
            self._kept_bytes -= replaced[1].size_bytes
        if self._kept_bytes + page.size_bytes > SITE_CACHE_BYTES:
            self._pages.clear()
            self._kept_bytes = 0
        self._pages[path] = (version, page)
        self._kept_bytes += page.size_bytes


def _read(path: Path, accounts: bytes) -> Page:
    body = path.read_bytes()
    content_type = _CONTENT_TYPES.get(path.suffix.lower(), _UNKNOWN_TYPE)
    if accounts and content_type.startswith(b"text/html"):
        body = body.replace(_ACCOUNTS % b"", _ACCOUNTS % accounts)
    gzipped = None
    if _COMPRESSIBLE.match(content_type):
        gzipped = gzip.compress(body, mtime=0)
    inline = _Inline()
    if content_type.startswith(b"text/html"):
        # Browsers see line ends as LF before they hash.
        inline.feed(body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
        inline.close()
    return Page(
        body,
        gzipped if gzipped is not None and len(gzipped) < len(body) else None,
        sha256(body).hexdigest()[:32].encode(),
        content_type,
        inline.sources,
    )


class _Inline(HTMLParser):
    """
    Collects what a page carries inside, by the hashes that allow it to run.

    The page for browsers of 2010 is a single file, and a theme must be set
    before the first paint; nothing that is injected has these hashes.

    Source: Content Security Policy Level 3, section 6.7.3.3.
    """

    _DIRECTIVES: Final = {"script": "script-src", "style": "style-src"}

    def __init__(self) -> None:
        super().__init__()
        # Of a dict the keys are a set in the order of the page.
        self.sources: dict[str, dict[str, None]] = {}
        self._open: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag if tag in self._DIRECTIVES and "src" not in dict(attrs) else None
        self._text = []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            digest = sha256("".join(self._text).encode()).digest()
            source = f"'sha256-{b64encode(digest).decode()}'"
            self.sources.setdefault(self._DIRECTIVES[tag], {})[source] = None
        self._open = None
