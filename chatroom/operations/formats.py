"""
A room's messages as a file: for programs, for a pager, for a browser.

Messages are folded: each stands as it now is, deleted ones as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from typing import Final, TypeAlias

from msgspec import UNSET

from chatroom.codecs import chat as codec
from chatroom.events import Message, Quote

#: Makes the parts of a file from a room's name and its messages, oldest first.
Format: TypeAlias = Callable[[str, Iterable[Message]], Iterator[str]]

_DELETED: Final = "(deleted)"

_PAGE: Final = """\
<!DOCTYPE html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{room}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ margin: 2rem 0 .5rem; font-size: 1rem; }}
article {{ padding: .25rem .5rem; border-radius: .25rem; overflow-wrap: anywhere; }}
article:target {{ background: color-mix(in srgb, Highlight 25%, Canvas); }}
p, blockquote {{ margin: 0; white-space: pre-wrap; }}
blockquote {{ padding-left: .75rem; border-left: 3px solid; }}
time, small, blockquote {{ font-size: .875rem; opacity: .75; }}
article a {{ color: inherit; text-decoration: none; }}
article a:hover {{ text-decoration: underline; }}
</style>
<h1 dir="auto">{room}</h1>
<small>Times are UTC.</small>
"""


def json_lines(_room: str, messages: Iterable[Message]) -> Iterator[str]:
    """
    Return one JSON object a line, each a message as the protocol shows it in a page.
    """
    return (codec.encode(message).decode() + "\n" for message in messages)


def plain_text(room: str, messages: Iterable[Message]) -> Iterator[str]:
    """
    Return the room's name, and a line for each message; further lines of its text are
    indented.
    """
    yield f"{room}\n\n"
    for message in messages:
        about = f"#{message.seq} {_moment(message.time):%Y-%m-%d %H:%M:%S}Z "
        if message.reply_to is not UNSET:
            about += f"(to #{message.reply_to}) "
        text = _DELETED if message.text is UNSET else message.text.replace("\n", "\n    ")
        if message.edited is not UNSET:
            text += " (edited)"
        if message.reactions is not UNSET:
            text += " [" + " ".join(f"{it.emoji} {it.count}" for it in message.reactions) + "]"
        said = f"* {message.name} {text}" if message.kind == "action" else f"{message.name}: {text}"
        yield about + said + "\n"


def html_page(room: str, messages: Iterable[Message]) -> Iterator[str]:
    """
    Return a page that needs nothing beside itself, and runs nothing.
    """
    yield _PAGE.format(room=escape(room))
    day = ""
    for message in messages:
        moment = _moment(message.time)
        if day != (day := f"{moment:%Y-%m-%d}"):
            yield f"<h2>{day}</h2>\n"
        yield _article(message, moment)


FORMATS: Final[dict[str, Format]] = {
    "json": json_lines,
    "text": plain_text,
    "html": html_page,
}


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1000, UTC)


def _article(message: Message, moment: datetime) -> str:
    seq = message.seq
    when = f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment:%H:%M}</time>'
    parts = [
        f'<article id="m{seq}"><b dir="auto">{escape(message.name)}</b> ',
        f'<a href="#m{seq}">{when}</a>',
    ]
    if message.edited is not UNSET:
        parts.append(" <small>edited</small>")
    if message.quote is not UNSET:
        parts.append(_quote(message.quote, message.reply_to))
    if message.text is UNSET:
        parts.append(f"<p><small>{_DELETED}</small></p>")
    elif message.kind == "action":
        parts.append(f'<p dir="auto"><i>{escape(message.name)} {escape(message.text)}</i></p>')
    else:
        parts.append(f'<p dir="auto">{escape(message.text)}</p>')
    if message.reactions is not UNSET:
        parts += (f"<small>{escape(it.emoji)} {it.count}</small> " for it in message.reactions)
    return "".join([*parts, "</article>\n"])


def _quote(quote: Quote, target: object) -> str:
    text = _DELETED if quote.text is UNSET else quote.text
    return (
        f'<blockquote dir="auto"><a href="#m{target}">'
        f"<b>{escape(quote.name)}</b> {escape(text)}</a></blockquote>"
    )
