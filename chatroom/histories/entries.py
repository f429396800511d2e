"""
Entries that are no messages, as rows of ``changes`` and back.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, structs

from chatroom.events import Acted, Deleted, Edited, Reacted, Set, Settings
from chatroom.histories.database import json
from chatroom.histories.posts import Room

#: What an `Acted` has beside what every entry has.
_ACT: Final = ("act", "target", "target_name", "until", "reason", "role", "since")


def change(room: int, event: Edited | Deleted | Reacted | Set | Acted) -> tuple[object, ...]:
    """
    Return *event*, which is no message, as a row.
    """
    entry = room, event.seq, event.time, event.person, event.name
    match event:
        case Edited():
            return *entry, "edited", event.target, None, None, None, None
        case Deleted():
            return *entry, "deleted", event.target, None, None, None, None
        case Reacted():
            return *entry, "reacted", event.target, event.emoji, event.on, None, None
        case Acted():
            act = {name: getattr(event, name) for name in _ACT}
            return *entry, "acted", None, None, None, None, _json(act)
    topic = event.values.topic
    others = structs.replace(event.values, topic=UNSET)
    details = None if others == Settings() else structs.asdict(others)
    return *entry, "set", None, None, None, None if topic is UNSET else topic, _json(details)


def changed(room: Room, row: Any) -> Edited | Deleted | Reacted | Set | Acted:  # noqa: ANN401 - of `changes`
    """
    Return the entry that *row* is.
    """
    _, seq, time, person, name, type, target, emoji, on, topic, details = row
    entry = {"room": room.name, "seq": seq, "time": time, "person": person, "name": name}
    more = {} if details is None else msgspec.json.decode(details)
    match type:
        case "edited":
            return Edited(**entry, target=target)
        case "deleted":
            return Deleted(**entry, target=target)
        case "reacted":
            return Reacted(**entry, target=target, emoji=emoji, on=bool(on))
        case "acted":
            return Acted(**entry, **more)
    return Set(**entry, values=Settings(topic=UNSET if topic is None else topic, **more))


def _json(details: dict[str, Any] | None) -> str | None:
    if details is None:
        return None
    return json({name: value for name, value in details.items() if value is not UNSET}).decode()
