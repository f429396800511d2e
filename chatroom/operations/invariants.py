"""
What holds in every log, each as the query that finds where it does not.

Entries before a room's ``first`` are on their way out and are not looked at.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import TextClause, text

#: The sentence that tells of a row, and the query that finds it.
INVARIANTS: Final[list[tuple[str, TextClause]]] = [
    (
        "SQLite: {0}",
        text("SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
    ),
    (
        "room {0}: {2} follows on {1}",
        text("""
            WITH entries AS (
                SELECT room, seq FROM messages UNION ALL SELECT room, seq FROM changes
            ), steps AS (
                SELECT name, first, seq AS this,
                    lag(entries.seq, 1, first - 1) OVER
                        (PARTITION BY room ORDER BY entries.seq) AS last
                FROM (SELECT id, name, first FROM rooms) JOIN entries ON room = id
                WHERE seq >= first
            )
            SELECT name, last, this FROM steps WHERE this <> last + 1
        """),
    ),
    (
        "room {0} has given numbers up to {1}, its last entry has {2}",
        text("""
            SELECT rooms.name, rooms.seq, coalesce(max(entries.seq), first - 1) FROM rooms
            LEFT JOIN (
                SELECT room, max(seq) AS seq FROM messages GROUP BY room
                UNION ALL SELECT room, max(seq) FROM changes GROUP BY room
            ) AS entries ON entries.room = rooms.id
            GROUP BY rooms.id
            HAVING rooms.seq <> max(coalesce(max(entries.seq), 0), first - 1)
        """),
    ),
    (
        "entry {1} is of a room that is not there ({0})",
        text("""
            SELECT room, seq FROM messages WHERE room NOT IN (SELECT id FROM rooms)
            UNION ALL SELECT room, seq FROM changes WHERE room NOT IN (SELECT id FROM rooms)
        """),
    ),
    (
        "room {0}: entry {1} is older than what is kept, and still there",
        text("""
            SELECT rooms.name, entries.seq FROM rooms JOIN (
                SELECT room, seq FROM messages UNION ALL SELECT room, seq FROM changes
            ) AS entries ON entries.room = rooms.id
            WHERE entries.seq < purged
        """),
    ),
    (
        "room {0}: entry {1} ({2}) is about {3}, which is no message before it",
        text("""
            SELECT rooms.name, c.seq, type, c.target FROM changes AS c
            JOIN rooms ON rooms.id = c.room
            LEFT JOIN messages AS m ON m.room = c.room AND m.seq = c.target
            WHERE c.seq >= first AND type NOT IN ('set', 'acted') AND (c.target IS NULL
                OR c.target >= c.seq OR (c.target >= first AND m.seq IS NULL))
        """),
    ),
    (
        "room {0}: message {1} has lost its text",
        text("""
            SELECT rooms.name, m.seq FROM messages AS m JOIN rooms ON rooms.id = m.room
            LEFT JOIN texts ON texts.id = m.text
            WHERE m.seq >= first AND m.text IS NOT NULL AND coalesce(texts.text, '') = ''
        """),
    ),
    (
        "text {0} is no message's, and still there",
        text("""
            SELECT id FROM texts WHERE text <> ''
                AND id NOT IN (SELECT text FROM messages WHERE text IS NOT NULL)
        """),
    ),
    (
        "room {0}: message {1} is not as its entries say: deleted, or not",
        text("""
            WITH purges AS MATERIALIZED (
                SELECT room, seq, details ->> '$.target' AS person, details ->> '$.since' AS since
                FROM changes WHERE type = 'acted' AND details ->> '$.act' = 'purge'
            )
            SELECT rooms.name, m.seq FROM messages AS m JOIN rooms ON rooms.id = m.room
            LEFT JOIN (SELECT DISTINCT room, target FROM changes WHERE type = 'deleted') AS d
                ON d.room = m.room AND d.target = m.seq
            WHERE m.seq >= first AND (m.text IS NULL) <> (d.target IS NOT NULL OR EXISTS (
                SELECT 1 FROM purges AS p WHERE p.room = m.room AND p.seq > m.seq
                    AND p.person = m.person AND p.since <= m.time
            )) AND NOT EXISTS (
                SELECT 1 FROM erasures AS e WHERE e.room = m.room AND e.before > m.seq
                    AND e.person = m.person AND e.since <= m.time
            )
        """),
    ),
    (
        "room {0}: message {1} is not as its entries say: edited, and when",
        text("""
            SELECT rooms.name, m.seq FROM messages AS m JOIN rooms ON rooms.id = m.room
            LEFT JOIN (
                SELECT room, target, max(seq) AS seq FROM changes WHERE type = 'edited'
                GROUP BY room, target
            ) AS last ON last.room = m.room AND last.target = m.seq
            LEFT JOIN changes AS c ON c.room = last.room AND c.seq = last.seq
            WHERE m.seq >= first AND coalesce(m.edited, -1) <> coalesce(c.time, -1)
        """),
    ),
    (
        "room {0}: message {1} is not known by its id",
        text("""
            SELECT rooms.name, m.seq FROM messages AS m JOIN rooms ON rooms.id = m.room
            LEFT JOIN ids AS i ON i.person = m.person AND i.id = m.id
                AND i.room = m.room AND i.seq = m.seq AND i.time = m.time
            WHERE m.seq >= first AND m.id IS NOT NULL AND i.id IS NULL
        """),
    ),
    (
        "room {0}: an id stands for {1}, which is another entry or none",
        text("""
            SELECT rooms.name, i.seq FROM ids AS i JOIN rooms ON rooms.id = i.room
            LEFT JOIN (
                SELECT room, seq, time, person FROM messages
                UNION ALL SELECT room, seq, time, person FROM changes
            ) AS e ON e.room = i.room AND e.seq = i.seq
            WHERE i.seq >= first
                AND (e.seq IS NULL OR e.time <> i.time OR e.person <> i.person)
        """),
    ),
    (
        "room {0}: the reactions to message {1} are not as its entries say",
        text("""
            WITH last AS (
                SELECT c.room, c.target, c.emoji, c.person, max(c.seq) AS seq FROM changes AS c
                JOIN messages AS m ON m.room = c.room AND m.seq = c.target
                WHERE c.type = 'reacted' AND m.text IS NOT NULL
                GROUP BY c.room, c.target, c.emoji, c.person
            ), expected AS (
                SELECT last.* FROM last
                JOIN changes AS c ON c.room = last.room AND c.seq = last.seq WHERE c."on"
            ), found AS (
                SELECT room, target, emoji, person, seq FROM reactions
            ), wrong AS (
                SELECT * FROM (SELECT * FROM expected EXCEPT SELECT * FROM found)
                UNION SELECT * FROM (SELECT * FROM found EXCEPT SELECT * FROM expected)
            )
            SELECT DISTINCT rooms.name, target FROM wrong JOIN rooms ON rooms.id = wrong.room
            WHERE target >= first
        """),
    ),
    (
        "room {0}: the reactions to message {1} are miscounted",
        text("""
            WITH expected AS (
                SELECT room, target, emoji, count(*) AS count FROM reactions
                GROUP BY room, target, emoji
            ), found AS (
                SELECT room, target, emoji, count FROM tallies
            ), wrong AS (
                SELECT * FROM (SELECT * FROM expected EXCEPT SELECT * FROM found)
                UNION SELECT * FROM (SELECT * FROM found EXCEPT SELECT * FROM expected)
            )
            SELECT DISTINCT rooms.name, target FROM wrong JOIN rooms ON rooms.id = wrong.room
            WHERE target >= first
        """),
    ),
    (
        "room {0}: who is mentioned in message {1} is not noted right",
        text("""
            WITH expected AS (
                SELECT m.room, notified.value AS person, m.seq
                FROM messages AS m, json_each(m.notified) AS notified
                WHERE m.text IS NOT NULL AND notified.value <> m.person
                    AND notified.value IN (SELECT value FROM json_each(m.mentions))
            ), found AS (
                SELECT room, person, seq FROM mentions
            ), wrong AS (
                SELECT * FROM (SELECT * FROM expected EXCEPT SELECT * FROM found)
                UNION SELECT * FROM (SELECT * FROM found EXCEPT SELECT * FROM expected)
            )
            SELECT DISTINCT rooms.name, wrong.seq FROM wrong JOIN rooms ON rooms.id = wrong.room
            WHERE wrong.seq >= first
        """),
    ),
    (
        "room {0} has another topic than the one that was set last, in {1}",
        text("""
            SELECT rooms.name, c.seq FROM rooms JOIN changes AS c ON c.room = rooms.id
            WHERE c.seq = (
                    SELECT max(seq) FROM changes
                    WHERE room = rooms.id AND type = 'set' AND topic IS NOT NULL
                ) AND c.seq >= first AND c.topic <> rooms.topic
        """),
    ),
    *(
        (
            f"room {{0}} has another setting `{name}` than the one that was set last, in {{1}}",
            text(f"""
                SELECT rooms.name, c.seq FROM rooms JOIN changes AS c ON c.room = rooms.id
                WHERE c.seq = (
                        SELECT max(seq) FROM changes WHERE room = rooms.id AND type = 'set'
                            AND details ->> '$.{name}' IS NOT NULL
                    ) AND c.seq >= first AND c.details ->> '$.{name}' <> {column}
            """),  # noqa: S608 - of the names below
        )
        for name, column in (
            ("slow", "rooms.slow"),
            ("locked", "rooms.locked"),
            ("read_only", "rooms.read_only"),
            ("key", "(rooms.key IS NOT NULL)"),
        )
    ),
    (
        "room {0} has {1} purges to finish, it should be {2}",
        text("""
            SELECT name, erasing, count(erasures.seq) FROM rooms
            LEFT JOIN erasures ON erasures.room = rooms.id
            GROUP BY rooms.id HAVING erasing <> count(erasures.seq)
        """),
    ),
    (
        "act {0} of the moderation log is not to be read",
        text("SELECT number FROM deeds WHERE NOT json_valid(deed)"),
    ),
    (
        "an id stands for act {0} of the moderation log, which is not there",
        text("SELECT seq FROM ids WHERE room = 0 AND seq NOT IN (SELECT number FROM deeds)"),
    ),
    (
        "somebody whom nobody knows is a member of room {0}",
        text("SELECT room FROM members WHERE person NOT IN (SELECT id FROM persons)"),
    ),
]
