"""
docs/protocol.md says what the code does: every frame, table and figure in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import FieldInfo
from twisted.trial.unittest import SynchronousTestCase

from chatroom import factory, limits
from chatroom.answers import FEATURES, READING
from chatroom.codecs import chat as codec
from chatroom.commands import Act, AnyCommand, Durable
from chatroom.errors import ChatError, UnknownType
from chatroom.events import Entry, Message, Passing
from chatroom.histories import memory
from chatroom.log import Deed
from chatroom.replies import Reply
from chatroom.session import _retry_after

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "protocol.md"

#: A table by its first column; the other cells as they stand.
Table: TypeAlias = dict[str, list[str]]

#: The fields of a type, and whether each may be absent.
Fields: TypeAlias = dict[str, bool]

#: What has no struct: the dialects for browsers of 2010 send it ready-made.
BARE_EVENTS: Final[dict[str, Fields]] = {"ping": {}}

#: Closings that a dialect asks for: a mistake on the wire.
WIRE_CLOSINGS: Final = {1002, 1003, 1007, 1009}

#: How clients time themselves, which no server knows.
CLIENT_TIMES: Final = {"3 s", "5 s", "30 s"}

_QUANTITY: Final = re.compile(
    r"\d[\d,]* "
    r"(?:bytes|KiB|MiB|s|h|characters|commands|emoji|entries|ids|messages|people|rooms|words)\b"
)


def text() -> str:
    """The document."""
    return DOCUMENT.read_text(encoding="utf-8")


def section(title: str) -> str:
    """What stands under the heading *title*."""
    return text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def table(title: str) -> Table:
    """The one table under the heading *title*."""
    rows = [line for line in section(title).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row[1:-1].split("|")] for row in rows[2:]]
    return {first: rest for first, *rest in cells}


def quoted(cell: str) -> list[str]:
    """What stands in *cell* as code."""
    return re.findall(r"`([^`]+)`", cell)


def frames(arrow: str) -> list[str]:
    """The frames of the examples that go where *arrow* points."""
    blocks = re.findall(r"^```\n(.*?)^```$", text(), re.DOTALL | re.MULTILINE)
    return [
        re.sub(r"\n +", " ", frame)[2:]
        for block in blocks
        for frame in re.split(r"\n(?! )", block.rstrip())
        if frame.startswith(arrow)
    ]


def type_of(struct: type[Struct]) -> str:
    """The `type` under which *struct* is sent."""
    return str(struct.__struct_config__.tag)


def fields_of(struct: type[Struct]) -> Fields:
    """The fields of *struct* but for the id that any command and reply may have."""
    leaves_out = struct.__struct_config__.omit_defaults

    def may_be_absent(field: FieldInfo) -> bool:
        if issubclass(struct, Reply | Entry | Passing):
            return field.default is UNSET or (leaves_out and not field.required)
        return not field.required

    return {
        field.encode_name: may_be_absent(field)
        for field in msgspec.structs.fields(struct)
        if field.name != "id" or struct is Message
    }


def written(cell: str) -> Fields:
    """The fields that *cell* names."""
    return {name.removesuffix("?"): name.endswith("?") for name in quoted(cell)}


COMMANDS: Final[tuple[type[Struct], ...]] = get_args(AnyCommand)
REPLIES: Final[list[type[Struct]]] = [*Reply.__subclasses__()]
EVENTS: Final[list[type[Struct]]] = [*Entry.__subclasses__(), *Passing.__subclasses__()]


def by_type(structs: list[type[Struct]]) -> dict[str, Fields]:
    """The fields of *structs* by type; of two of a type the first is told of in full."""
    return {type_of(struct): fields_of(struct) for struct in reversed(structs)}


def read(frame: str) -> Iterator[Any]:
    """*frame* as each struct of its type that can be read from it writes it again."""
    for struct in [*REPLIES, *EVENTS]:
        if type_of(struct) == json.loads(frame)["type"]:
            try:
                said = msgspec.json.decode(frame, type=struct)
            except msgspec.ValidationError:
                continue
            yield json.loads(msgspec.json.encode(said))


def is_within(part: object, whole: object) -> bool:
    """Whether everything that *part* says is in *whole*."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_within(part[key], whole[key]) for key in part)
    return part == whole


class ExampleTests(SynchronousTestCase):
    """The frames in the document."""

    def test_commands(self) -> None:
        """What the client sends is a command, and has no field that is skipped."""
        sent = frames("→")

        self.assertTrue(sent)
        for frame in sent:
            command = codec.decode(frame.encode())
            self.assertTrue(is_within(json.loads(frame), msgspec.to_builtins(command)), frame)

    def test_events_and_replies(self) -> None:
        """What the server sends is an event or a reply, whole and with nothing else in it."""
        heard = frames("←")

        self.assertTrue(heard)
        for frame in heard:
            said = json.loads(frame)
            self.assertIn(said, list(read(frame)), frame)
            for message in said.get("events", ()):
                self.assertIn(message, list(read(json.dumps(message))), frame)


class TableTests(SynchronousTestCase):
    """The tables of the document."""

    def test_commands(self) -> None:
        """There are these commands, with these fields, answered so."""
        rows = table("Commands")

        self.assertEqual(
            by_type(list(COMMANDS)),
            {quoted(type)[0]: written(fields) for type, (fields, *_) in rows.items()},
        )
        for _, reply, *_ in rows.values():
            self.assertIn(reply, {"none", *(f"`{type_of(struct)}`" for struct in REPLIES)})

    def test_replies(self) -> None:
        """There are these replies, with these fields."""
        self.assertEqual(
            by_type(REPLIES),
            {quoted(type)[0]: written(fields) for type, (fields,) in table("Replies").items()},
        )

    def test_events(self) -> None:
        """There are these events, with these fields."""
        self.assertEqual(
            by_type(EVENTS) | BARE_EVENTS,
            {quoted(type)[0]: written(fields) for type, (fields, *_) in table("Events").items()},
        )

    def test_errors(self) -> None:
        """There are these error codes."""
        codes = [code for cell in table("Errors") for code in quoted(cell)]

        self.assertEqual(sorted(error.code for error in ChatError.__subclasses__()), sorted(codes))

    def test_closings(self) -> None:
        """The server closes with these codes, and says so when to come back."""
        rows = table("The end of a connection")

        closings = {
            int(code): retry_after
            for cell, (_, retry_after) in rows.items()
            for code in cell.split(", ")
        }
        ours = {value for name, value in vars(limits).items() if name.startswith("CLOSE_")}
        ours -= {limits.CLOSE_TIMEOUT_S}
        self.assertEqual(ours | WIRE_CLOSINGS, set(closings))
        spread = {str(second) for second in range(1, limits.RETRY_SPREAD_S + 1)}
        for code, written_retry in closings.items():
            retry_after = _retry_after(code)
            if written_retry == f"1 to {limits.RETRY_SPREAD_S} s":
                self.assertIn(str(retry_after), spread)
            else:
                self.assertEqual("" if retry_after is None else str(retry_after), written_retry)

    def test_acts(self) -> None:
        """There are these acts; and a line of the moderation log has these fields."""
        self.assertEqual(
            {type_of(command) for command in COMMANDS if issubclass(command, Act)},
            {act for cell in table("Order") for act in quoted(cell)},
        )
        fields = section("Order").partition("newest first: {")[2].partition("}")[0]
        self.assertEqual(fields_of(Deed) | {"number": False}, written(fields))


class LimitTests(SynchronousTestCase):
    """The figures in the document."""

    def test_table(self) -> None:
        """Each limit of the table is the code's."""
        expected = [
            [
                f"{limits.NAME_CHARS} characters",
                f"{limits.ROOM_CHARS} characters",
                f"{limits.ID_CHARS} characters",
                f"{limits.PASSWORD_CHARS} characters",
            ],
            [
                f"{limits.TEXT_CHARS:,} characters",
                f"{limits.TOPIC_CHARS} characters",
                f"{limits.QUOTE_CHARS} characters",
            ],
            [f"{limits.REASON_CHARS} characters", f"{limits.JOIN_KEY_CHARS} characters"],
            [
                f"{limits.ROLES_PER_ROOM} people",
                f"{limits.BANS_PER_ROOM:,} people",
                f"{limits.BANS_PER_ROOM:,} people",
            ],
            [
                f"{limits.MENTIONS_PER_MESSAGE} people",
                f"{limits.ROOMS_PER_PERSON} rooms",
                f"{limits.SEARCH_WORDS} words",
            ],
            [
                f"{limits.EMOJI_BYTES} bytes",
                f"{limits.EMOJI_PER_MESSAGE} emoji",
                f"{limits.REACTORS_SHOWN} people",
            ],
            [
                f"{limits.FRAME_IN_BYTES // limits.KIB} KiB",
                f"{limits.FRAME_OUT_BYTES // limits.KIB} KiB",
                f"{limits.PAGE_BYTES // limits.KIB} KiB",
            ],
            [
                f"{limits.REPLAY_EVENTS:,} entries",
                f"{limits.REPLAY_BYTES // limits.KIB} KiB",
                f"{limits.UNREAD_COUNTED} messages",
            ],
            [
                f"{limits.MEMBERS_SHOWN} people",
                f"{limits.PRESENCE_PEOPLE} people",
                f"{limits.PRESENCE_NAMED:,} people",
            ],
            [f"{limits.COMMANDS_WAITING} commands"],
            [
                f"{limits.BACKLOG_PAUSE_BYTES // limits.KIB} KiB",
                f"{limits.BACKLOG_CUT_BYTES // limits.MIB} MiB",
            ],
            [
                f"{limits.READ_AHEAD_S * limits.READ_BYTES_PER_S // limits.KIB:g} KiB",
                f"{limits.READ_BYTES_PER_S // limits.KIB} KiB",
                f"{limits.FRAME_COST_BYTES} bytes",
            ],
            [f"{limits.FLOOD_REFUSALS} commands", f"{limits.FLOOD_WINDOW_S:g} s"],
            [
                f"{factory.MEMORY_ENTRIES:,} entries",
                f"{memory.IDS_KEPT:,} ids",
                f"{memory.PERSONS_KEPT:,} people",
            ],
            [
                f"{limits.HEAD_TIMEOUT_S:g} s",
                f"{limits.HELLO_TIMEOUT_S:g} s",
                f"{limits.RETRY_SPREAD_S} s",
            ],
            [
                f"{limits.WEBSOCKET_PING_S:g} s",
                f"{limits.HIXIE_PING_S:g} s",
            ],
            [f"{limits.TYPING_INTERVAL_S:g} s"],
            [
                f"{limits.NAME_HOLD_S / 3600:g} h",
                f"{limits.PRESENCE_LINGER_S:g} s",
                f"{limits.PRESENCE_INTERVAL_S:g} s",
            ],
        ]

        self.assertEqual(expected, [cells[0].split(", ") for cells in table("Limits").values()])

    def test_prose(self) -> None:
        """The text names no figure that the table does not."""
        known = {limit for cells in table("Limits").values() for limit in cells[0].split(", ")}

        found = set(_QUANTITY.findall(text()))

        self.assertEqual(set(), found - known - CLIENT_TIMES)

    def test_rates(self) -> None:
        """The table of rates is the code's."""
        expected = [
            [f"{limits.WRITING_PER_S}, `limits.rate`", f"{limits.WRITING_BURST}, `limits.burst`"],
            [f"{limits.READING_PER_S}", f"{limits.READING_BURST}"],
            [f"{limits.NEW_PEOPLE_PER_MIN / 60:g}", f"{limits.NEW_PEOPLE_PER_MIN}"],
            [f"one in {limits.TYPING_INTERVAL_S:g} s", "1"],
        ]

        rows = table("Rates")

        self.assertEqual(expected, list(rows.values()))
        written, read, *_ = (set(quoted(cell)) for cell in rows)
        self.assertEqual({type_of(command) for command in get_args(Durable)}, written)
        self.assertEqual({type_of(command) for command in READING}, read)

    def test_lists(self) -> None:
        """`limit` has these bounds, and a dead peer so many pings."""
        most, unasked = limits.PAGE_LIMIT, limits.PAGE_DEFAULT
        self.assertIn(
            f"`limit` is 1 to {most} (for `join` 0 to {most}), and {unasked} when absent", text()
        )
        self.assertIn(f"{limits.HIXIE_PINGS} unanswered ones are the end", text())
        self.assertIn(f"`minutes` (1 to {limits.PURGE_MINUTES:,})", text())
        self.assertIn(f"(0 to {limits.SLOW_S:,}; sooner", text())


class LaterTests(SynchronousTestCase):
    """What the document says of servers that have less, or more."""

    def test_features(self) -> None:
        """What a server need not have is what `features` names, and this one has all of it."""
        sentence = section("Later versions").partition("A server may lack ")[2].partition(":")[0]

        self.assertEqual(FEATURES, tuple(quoted(sentence)))
        commands = {type_of(command) for command in COMMANDS}
        self.assertLessEqual(set(FEATURES) - {"moderation"}, commands)
        (welcome,) = (said for said in map(json.loads, frames("←")) if said["type"] == "welcome")
        self.assertEqual(FEATURES, tuple(welcome["features"]))

    def test_other_commands(self) -> None:
        """A type of none of the tables is answered as the document says."""
        malformed = self.assertRaises(codec.Malformed, codec.decode, b'{"type": "dance"}')

        self.assertIsInstance(malformed.error, UnknownType)
        self.assertIn(f"`{UnknownType.code}`", section("Later versions"))
