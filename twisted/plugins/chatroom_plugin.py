"""
Tells twistd of ``twistd chatroom``.

It imports nothing of the room: a plugin that fails to import is an "Unknown
command", whatever the reason.
"""

from twisted.application.service import ServiceMaker

chatroom = ServiceMaker(
    "chatroom",
    "chatroom.tap",
    "An online chat room that anyone enters with only a name.",
    "chatroom",
)
