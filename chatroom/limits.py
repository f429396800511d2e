"""
Every bound of the system, by name and unit.

What is counted in characters is counted in Unicode code points.
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# What people write.
NAME_CHARS: Final = 32
ROOM_CHARS: Final = 64
#: No character that NFKC composes is made of more: so many times as long may a
#: name be before that.
COMPOSED_OF: Final = 4
#: More on one letter of a name are none of a language's, and are drawn across the
#: lines above and below.
MARKS_PER_LETTER: Final = 4
TEXT_CHARS: Final = 4000
TOPIC_CHARS: Final = 250
QUOTE_CHARS: Final = 140
ID_CHARS: Final = 64
SEARCH_WORDS: Final = 32
EMOJI_BYTES: Final = 32
EMOJI_PER_MESSAGE: Final = 20
MENTIONS_PER_MESSAGE: Final = 20
ROOMS_PER_PERSON: Final = 50

# Order in a room. All of it but the moderation log is held in memory.
REASON_CHARS: Final = 250
JOIN_KEY_CHARS: Final = 64
PERSON_CHARS: Final = 64
SLOW_S: Final = 3600
PURGE_MINUTES: Final = 1440
#: The longest ban, or mute, that ends: ten years.
BAN_S: Final = 315_360_000
ROLES_PER_ROOM: Final = 200
BANS_PER_ROOM: Final = 10_000
#: Of the connections that somebody has when they are banned.
ADDRESSES_PER_BAN: Final = 16

# Signing in.
PASSWORD_CHARS: Final = 256
#: Of one that is set here; what others keep may be shorter.
PASSWORD_CHARS_AT_LEAST: Final = 8
#: Failed ones of an address, and for a name; more are not even tried.
SIGN_INS_PER_MIN: Final = 10
#: Of so many addresses and names it is remembered how often they failed.
SIGN_INS_KEPT: Final = 10_000
#: Passwords that wait to be hashed, for some 25 ms each.
PASSWORDS_WAITING: Final = 20
#: What tells who somebody is may be another program; so long is it waited for.
SIGN_IN_TIMEOUT_S: Final = 15.0

# Frames. A reply that would be larger ends early and says that there is more.
FRAME_IN_BYTES: Final = 64 * KIB
FRAME_OUT_BYTES: Final = 256 * KIB
#: So many fragments of a message are kept apart, then they become one.
FRAGMENTS_APART: Final = 64
#: What the events of a page may take: the rest of the frame is for the members
#: and the room's settings.
PAGE_BYTES: Final = 224 * KIB

# The head of a connection: all its bytes, within one deadline from accept.
HEAD_BYTES: Final = 16 * KIB
HEAD_HEADERS: Final = 100
HEAD_TIMEOUT_S: Final = 10.0

# The door. Who waits there costs a socket, and no more; in turns of the reactor.
ACCEPT_QUEUE: Final = 4096
TAKEN_IN_PER_TURN: Final = 256
ACCEPTS_PER_TURN: Final = 10
#: So many descriptors are not for connections: the database needs some at any time. An
#: eighth, where there are few.
DESCRIPTORS_SPARED: Final = 32
DESCRIPTORS_RETRY_S: Final = 0.25
#: At a time: a household or a school behind one address, and no crowd of one.
CONNECTIONS_PER_ADDRESS: Final = 256

# The site. All that is ever sent to it is a link; a file that is larger is not
# served, and what is kept in memory is dropped beyond its sum.
BODY_BYTES: Final = 8 * KIB
LINK_BYTES: Final = 1 * KIB
SITE_FILE_BYTES: Final = 8 * MIB
SITE_CACHE_BYTES: Final = 32 * MIB
SITE_IDLE_TIMEOUT_S: Final = 60.0
#: More of those that a connection has sent together are left for the next turn.
REQUESTS_PER_TURN: Final = 8
#: Who asks whether the room is well waits for so long at most, and the store is asked
#: no more often than so.
HEALTH_TIMEOUT_S: Final = 2.0
HEALTH_KEPT_S: Final = 1.0

# How fast a connection is read, and so far ahead of that, which is 128 KiB.
READ_BYTES_PER_S: Final = 64 * KIB
READ_AHEAD_S: Final = 2.0
#: A frame counts for so much beside its bytes, and if Autobahn reads it in two steps
#: for twice that: to read an empty one takes as long as to read a message.
FRAME_COST_BYTES: Final = 512
#: More frames of a connection are left for the next turn of the reactor.
FRAMES_PER_TURN: Final = 32

# A connection's queues.
COMMANDS_WAITING: Final = 64
#: While more waits to be sent, the connection's next command is not begun.
BACKLOG_PAUSE_BYTES: Final = 256 * KIB
#: A member for whom this much waits is cut off, and resumes.
BACKLOG_CUT_BYTES: Final = 1 * MIB
CLOSE_TIMEOUT_S: Final = 2.0
#: What a transport is given at a time. It can neither be counted nor withdrawn.
HANDOVER_BYTES: Final = 64 * KIB
#: How much a transport reads at a time, and may hold back without saying so.
TRANSPORT_BYTES: Final = 8 * KIB
#: What the kernel may hold for a connection, where it would go up to megabytes.
SOCKET_SEND_BYTES: Final = 64 * KIB
#: What a room says in one turn of the reactor leaves in writes of this size.
SLICE_BYTES: Final = 256 * KIB
#: While more waits, only the latest ping is going to be answered.
PONG_BACKLOG_BYTES: Final = 2 * KIB

# Waits.

#: What is said waits at most so long for what is on its way into the log: see `Stream`.
PATIENCE_S: Final = 0.05
HELLO_TIMEOUT_S: Final = 60.0
#: Who was silent for so long is pinged; who still is after as long again is gone.
WEBSOCKET_PING_S: Final = 20.0
HIXIE_PING_S: Final = 25.0
#: So many in a row without an answer, and the peer is taken for gone.
HIXIE_PINGS: Final = 2
PRESENCE_INTERVAL_S: Final = 1.0
#: In a large room a presence comes as seldom as that asks.
PRESENCE_SENDS_PER_S: Final = 1000
PRESENCE_LINGER_S: Final = 10.0
NAME_HOLD_S: Final = 3600.0

#: Who is sent away for a restart comes back after 1 to so many seconds.
RETRY_SPREAD_S: Final = 10

# How fast people may be. What they store, `--rate` and `--burst` say.
WRITING_PER_S: Final = 10
WRITING_BURST: Final = 50
#: Who comes back to all their rooms joins them at once, in two tabs.
READING_PER_S: Final = 20
READING_BURST: Final = 100
#: The page says `typing` so often at most.
TYPING_INTERVAL_S: Final = 3.0
#: A school comes in from one address within a minute.
NEW_PEOPLE_PER_MIN: Final = 60
#: Of so many addresses it is known how many people have come from them.
ADDRESSES_KNOWN: Final = 10_000

# Refused commands of one connection that make a flood.
FLOOD_REFUSALS: Final = 100
FLOOD_WINDOW_S: Final = 10.0

# Lists.
PAGE_LIMIT: Final = 200
PAGE_DEFAULT: Final = 50
MEMBERS_SHOWN: Final = 100
#: Of those who reacted with one emoji, so many are named.
REACTORS_SHOWN: Final = 10
#: Past this many people a room tells of comings and goings by their count alone.
PRESENCE_PEOPLE: Final = 100
#: So many come and go by name in one `presence`; more would not fit a frame.
PRESENCE_NAMED: Final = 1000
UNREAD_COUNTED: Final = 100
REPLAY_EVENTS: Final = 1000
REPLAY_BYTES: Final = 256 * KIB

# How the server closes, on RFC 6455; `closing` tells it on every carrier.
CLOSE_RESTART: Final = 1001
CLOSE_POLICY: Final = 1008
CLOSE_INTERNAL: Final = 1011
CLOSE_SLOW: Final = 1013
