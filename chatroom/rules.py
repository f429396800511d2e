"""
How a room is set: its topic, and its rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from msgspec import UNSET, UnsetType

from chatroom.commands import Values
from chatroom.events import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    """
    The settings of a room. ``slow`` is in seconds, 0 for none; of the key there is a
    digest, which is told to nobody.
    """

    topic: str = ""
    slow: int = 0
    locked: bool = False
    read_only: bool = False
    key: bytes | None = None

    @property
    def told(self) -> Settings:
        """
        The settings as whoever joins is told of them.
        """
        return Settings(
            topic=self.topic,
            slow=self.slow or UNSET,
            locked=self.locked or UNSET,
            read_only=self.read_only or UNSET,
            key=UNSET if self.key is None else True,
        )

    def set(self, values: Values, key: bytes | None) -> tuple[Rules, Settings]:
        """
        Return the settings as *values* have them, and those that changed.

        Args:
            key: The digest of the key that is set.
        """
        new = replace(
            self,
            topic=_either(values.topic, self.topic),
            slow=_either(values.slow, self.slow),
            locked=_either(values.locked, self.locked),
            read_only=_either(values.read_only, self.read_only),
            key=self.key if values.key is UNSET else key,
        )
        changed = Settings(
            topic=UNSET if new.topic == self.topic else new.topic,
            slow=UNSET if new.slow == self.slow else new.slow,
            locked=UNSET if new.locked == self.locked else new.locked,
            read_only=UNSET if new.read_only == self.read_only else new.read_only,
            key=UNSET if new.key == self.key else new.key is not None,
        )
        return new, changed

    def follow(self, changed: Settings) -> Rules:
        """
        Return the settings after what *changed*. A new key's digest is not in it: of the
        key it is only known whether there is one.
        """
        key = b"" if changed.key else None
        return Rules(
            topic=_either(changed.topic, self.topic),
            slow=_either(changed.slow, self.slow),
            locked=_either(changed.locked, self.locked),
            read_only=_either(changed.read_only, self.read_only),
            key=self.key if changed.key is UNSET else key,
        )


def is_moderators(values: Values | Settings) -> bool:
    """
    Whether *values* have any that are for moderators to set.
    """
    return any(
        value is not UNSET for value in (values.slow, values.locked, values.read_only, values.key)
    )


def _either(given: T | UnsetType, present: T) -> T:
    return present if isinstance(given, UnsetType) else given
