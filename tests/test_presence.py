"""
People and their names.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatroom.errors import NameTaken
from chatroom.presence import People, Person


class MentionTests(SynchronousTestCase):
    """Whom a text addresses."""

    def setUp(self) -> None:
        """Let some people hold names."""
        self.people = People()
        for name in ("Ann", "Ann B", "Bob-", "梅琳", "Straße", "Groß", "J. R.", "x"):
            self.people.admit(Person(id=name, name=name))

    def test_table(self) -> None:
        """At the start or behind a non-letter, the longest name, case-folded, up to a boundary."""
        for text, expected in (
            ("@Ann", ["Ann"]),
            ("@ann b!", ["Ann B"]),
            ("@Ann Bob", ["Ann"]),
            ("@Anna", []),
            ("@Ann2", []),
            ("@Annü", ["Ann"]),
            ("mail@Ann", []),
            ("1@Ann", ["Ann"]),
            ("(@Ann)", ["Ann"]),
            ("ü@Ann", []),
            ("@@Ann", ["Ann"]),
            ("@Bob-x", ["Bob-"]),
            ("@bob", []),
            ("@梅琳你好", ["梅琳"]),
            ("你@梅琳", []),
            ("@STRASSE", ["Straße"]),
            ("@Großer", ["Groß"]),
            ("@xß", ["x"]),
            ("@j. r. @x @Ann @x", ["J. R.", "x", "Ann"]),
            ("@ Ann", []),
            ("@", []),
            ("", []),
        ):
            self.assertEqual(expected, list(self.people.mentioned(text)), text)

    def test_twenty(self) -> None:
        """The first twenty are found."""
        people = People()
        for number in range(30):
            people.admit(Person(id=str(number), name=f"p{number}x"))

        found = people.mentioned(" ".join(f"@p{number}x" for number in range(30)))

        self.assertEqual([str(number) for number in range(20)], list(found))


class PeopleTests(SynchronousTestCase):
    """Who holds a name."""

    def setUp(self) -> None:
        """Let Ann be here."""
        self.people = People()
        self.ann = Person("a", "Ann")
        self.people.admit(self.ann)
        self.people.connect(self.ann, 1)

    def test_taken(self) -> None:
        """A name and its look-alikes are one person's; a free one is suggested."""
        refused = self.assertRaises(NameTaken, self.people.admit, Person("b", "ANN"))

        self.assertIsNotNone(refused.suggest)
        self.people.admit(Person("b", refused.suggest or ""))

    def test_expiry(self) -> None:
        """Those gone for an hour lose their names, in the order they left."""
        bob = Person("b", "Bob")
        self.people.admit(bob)
        self.people.disconnect(self.ann, 1, now=0)
        self.people.connect(bob, 2)
        self.people.disconnect(bob, 2, now=10)

        self.people.expire(3599)
        self.assertIsNotNone(self.people.get("a"))
        self.people.expire(3600)

        self.assertIsNone(self.people.get("a"))
        self.assertIs(bob, self.people.get("b"))

    def test_back_in_time(self) -> None:
        """Who comes back keeps the name; another absence is another hour."""
        self.people.disconnect(self.ann, 1, now=0)
        self.people.connect(self.ann, 2)
        self.people.expire(9999)
        self.people.disconnect(self.ann, 2, now=9999)
        self.people.expire(9999 + 3599)

        self.assertIs(self.ann, self.people.get("a"))

    def test_a_refused_rename_changes_nothing(self) -> None:
        """Who cannot have another name keeps theirs."""
        self.people.admit(Person("b", "Bob"))

        self.assertRaises(NameTaken, self.people.claim, self.ann, "bob")

        self.assertEqual("Ann", self.ann.name)
        self.assertEqual(("a",), self.people.mentioned("@Ann"))

    def test_a_rename_in_two_steps(self) -> None:
        """Both names are held until it is settled; then the other one is free."""
        for name, settle, kept, freed in (
            ("Zoe", self.people.rename, "Zoe", "Ann"),
            ("ZOE", self.people.rename, "ZOE", None),
            ("Bea", self.people.release, "ZOE", "Bea"),
        ):
            self.people.claim(self.ann, name)
            self.assertRaises(NameTaken, self.people.admit, Person("b", name))

            settle(self.ann, name)

            self.assertEqual((kept, ("a",)), (self.ann.name, self.people.mentioned(f"@{kept}")))
            self.assertRaises(NameTaken, self.people.admit, Person("b", kept))
            if freed is not None:
                other = Person("b", freed)
                self.people.admit(other)
                self.people.forget(other)
