"""
A room as a file.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Final

from msgspec import UNSET
from twisted.trial.unittest import SynchronousTestCase

from chatroom.events import Message, Quote, Reaction, Who
from chatroom.operations.formats import FORMATS

#: 2026-11-22 09:30:00 UTC.
MORNING: Final = 1_795_339_800_000
NIGHT: Final = MORNING + 86_400_000


def message(seq: int, text: str | None, time: int = MORNING, **fields: object) -> Message:
    """A message of Ann's; without a text it is deleted."""
    fields |= {"deleted": True} if text is None else {}
    about = {"room": "tea", "seq": seq, "time": time, "person": "ann", "name": "Ann"}
    said = UNSET if text is None else text
    return Message(**about, text=said, **fields)  # type: ignore[arg-type]


TALK: Final = [
    message(1, "<b>Tea</b> & cake?\n\nYes & no."),
    message(2, "waves", kind="action", edited=MORNING),
    message(4, "你好 👋", NIGHT, reply_to=1, quote=Quote("ann", "Ann", "<b>Tea</b>")),
    message(5, None, NIGHT, reply_to=2, quote=Quote("ann", "Ann")),
    message(6, "ok", NIGHT, reactions=[Reaction("👍", 2, [Who("bob", "Bob")])]),
]


def written(kind: str, messages: list[Message] = TALK) -> str:
    """The file."""
    return "".join(FORMATS[kind]("tea <room>", messages))


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what begins here."""
        self.tags.append(tag)
        for key, value in attrs:
            if key in {"href", "src"}:
                self.links.append(value or "")
            if key == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        self.text += data


class FormatsTests(SynchronousTestCase):
    """Each format says all there is."""

    def test_json(self) -> None:
        """JSON: an object a line, as in a page of the protocol."""
        lines = [json.loads(line) for line in written("json").splitlines()]

        self.assertEqual([1, 2, 4, 5, 6], [line["seq"] for line in lines])
        self.assertEqual({"message"}, {line["type"] for line in lines})
        self.assertEqual("<b>Tea</b> & cake?\n\nYes & no.", lines[0]["text"])
        self.assertEqual((True, False), (lines[3]["deleted"], "text" in lines[3]))

    def test_text(self) -> None:
        """Text: who said what when, further lines indented."""
        self.assertEqual(
            "tea <room>\n\n"
            "#1 2026-11-22 09:30:00Z Ann: <b>Tea</b> & cake?\n"
            "    \n"
            "    Yes & no.\n"
            "#2 2026-11-22 09:30:00Z * Ann waves (edited)\n"
            "#4 2026-11-23 09:30:00Z (to #1) Ann: 你好 👋\n"
            "#5 2026-11-23 09:30:00Z (to #2) Ann: (deleted)\n"
            "#6 2026-11-23 09:30:00Z Ann: ok [👍 2]\n",
            written("text"),
        )

    def test_html_is_escaped(self) -> None:
        """HTML: what people wrote is read, not run."""
        page = Page(written("html"))

        self.assertIn("<b>Tea</b> & cake?\n\nYes & no.", page.text)
        self.assertIn("tea <room>", page.text)
        self.assertNotIn("script", page.tags)
        self.assertNotIn("img", page.tags)

    def test_html_needs_nothing(self) -> None:
        """HTML: every link goes to a message of the page itself."""
        page = Page(written("html"))

        self.assertEqual([f"m{seq}" for seq in (1, 2, 4, 5, 6)], page.ids)
        self.assertEqual(set(), {link[1:] for link in page.links} - set(page.ids))
        self.assertEqual({"#"}, {link[0] for link in page.links})

    def test_html_has_days(self) -> None:
        """HTML: a heading for each day, once."""
        page = written("html")

        days = [part.split("<")[0] for part in page.split("<h2>")[1:]]
        self.assertEqual(["2026-11-22", "2026-11-23"], days)

    def test_empty(self) -> None:
        """An empty room is a file too."""
        self.assertEqual(("", "tea <room>\n\n"), (written("json", []), written("text", [])))
        self.assertIn("</style>", written("html", []))
