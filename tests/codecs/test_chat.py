"""
The chat protocol as text.
"""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from twisted.trial.unittest import SynchronousTestCase

from chatroom import commands
from chatroom.codecs import chat as codec


class DecodeTests(SynchronousTestCase):
    """Text in, a command out."""

    def refused(self, text: bytes) -> codec.Malformed:
        """What is wrong with *text*."""
        with self.assertRaises(codec.Malformed) as raised:
            codec.decode(text)
        malformed: codec.Malformed = raised.exception
        return malformed

    def test_commands(self) -> None:
        """Each type is its command; unknown fields are ignored."""
        for text, command in (
            (b'{"type":"ping"}', commands.Ping()),
            (b' {"x":{"y":[1.5]},"type":"ping","id":" ~"} ', commands.Ping(id=" ~")),
            (
                b'{"type":"say","room":"tea","text":"\\ud83c\\udf89"}',
                commands.Say(room="tea", text="🎉"),
            ),
            (b'{"type":"join","room":"tea"}', commands.Join(room="tea", limit=50)),
            (b'{"type":"join","room":"tea","limit":0}', commands.Join(room="tea", limit=0)),
            (
                b'{"type":"read","room":"tea","seq":9007199254740991}',
                commands.Read(room="tea", seq=2**53 - 1),
            ),
        ):
            self.assertEqual(command, codec.decode(text))

    def test_not_json(self) -> None:
        """What is no JSON object is told so."""
        for text in (
            b"",
            b"{",
            b"[]",
            b'"hello"',
            b"null",
            b"7",
            b"\xff\xfe",
            b'{"type":"ping"} x',
            b'{"type":"ping","x":NaN}',
            b'{"type":"say","room":"tea","text":"\\ud800"}',
            b'{"x":"\\udc00\\ud800","type":"ping"}',
            b'{"type":"ping","x":' + b"[" * 30000 + b"]" * 30000 + b"}",
            b'{"type":"say","room":"tea","text":"a\nb"}',
        ):
            self.assertEqual("bad_json", self.refused(text).error.code, text[:40])

    def test_not_a_command(self) -> None:
        """Fields that are missing, of another type or out of range."""
        for fields in (
            {},
            {"type": 5},
            {"type": None},
            {"type": "say", "room": "tea"},
            {"type": "say", "room": "tea", "text": None},
            {"type": "say", "room": "tea", "text": "x", "kind": "shout"},
            {"type": "say", "room": "tea", "text": "x", "reply_to": -1},
            {"type": "say", "room": 5, "text": "x"},
            {"type": "hello", "name": "Ann", "key": "short"},
            {"type": "hello", "name": "Ann", "key": "k" * 65},
            {"type": "join", "room": "tea", "limit": 201},
            {"type": "join", "room": "tea", "since": 2**53},
            {"type": "join", "room": "tea", "since": 10**30},
            {"type": "join", "room": "tea", "since": "1"},
            {"type": "join", "room": "tea", "since": True},
            {"type": "history", "room": "tea", "limit": 0},
            {"type": "history", "room": "tea", "before": 1, "after": 2},
            {"type": "history", "room": "tea", "around": 1, "after": 2},
            {"type": "read", "room": "tea", "seq": 1.5},
            {"type": "set", "room": "tea"},
            {"type": "set", "room": "tea", "values": []},
            {"type": "ping", "id": ""},
            {"type": "ping", "id": "x" * 65},
            {"type": "ping", "id": "ü"},
            {"type": "ping", "id": "a\n"},
            {"type": "ping", "id": 5},
        ):
            self.assertEqual("bad_command", self.refused(json.dumps(fields).encode()).error.code)

    def test_what_is_known_of_a_refused_one(self) -> None:
        """A usable id and the type are found wherever they stand; a bad id is not echoed."""
        malformed = self.refused(b'{"room":5,"type":"say","id":"a"}')
        self.assertEqual(("a", "say"), (malformed.id, malformed.type))
        malformed = self.refused(b'{"id":"a\\u0000","type":"nonsense"}')
        self.assertEqual(("unknown_type", UNSET), (malformed.error.code, malformed.id))

    @given(st.binary(max_size=200))
    def test_any_bytes(self, text: bytes) -> None:
        """Whatever comes is a command or malformed, and nothing else happens."""
        try:
            codec.decode(text)
        except codec.Malformed as malformed:
            self.assertTrue(malformed.error.reason)

    @given(
        st.dictionaries(
            st.sampled_from(["type", "id", "room", "text", "seq", "limit", "since", "values"]),
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats(allow_nan=False, allow_infinity=False)
                | st.text(max_size=5)
                | st.sampled_from(["say", "join", "hello", "history", "edit"]),
                lambda inner: st.lists(inner, max_size=2),
                max_leaves=3,
            ),
        )
    )
    def test_any_object(self, fields: dict[str, object]) -> None:
        """Whatever object comes is a command or malformed with a code that tells why."""
        try:
            codec.decode(json.dumps(fields).encode())
        except codec.Malformed as malformed:
            self.assertIn(malformed.error.code, {"bad_json", "bad_command", "unknown_type"})
