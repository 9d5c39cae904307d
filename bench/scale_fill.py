"""Many members, events and registrations in a PostgreSQL, written with COPY, for bench/scale.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

MEMBERS, EVENTS, RSVPS = 500_000, 5_000, 2_000_000
CHAPTERS = 50
LARGEST = 5_000  # seats of the one event that is full and has a line
LINE = 0.04  # of the largest event's parties wait
FIRST = "Ana Bao Chloé David Élise Farid Gaël Hana Inès Jules Karim Léa Malo Nour Olga Paul".split()  # noqa: SIM905
LAST = "Moreau Nguyễn O’Brien Petit Durand Lefèvre Müller Benali Rossi Silva Kowalski Diallo".split()  # noqa: SIM905

# Half of those who had a seat came, and their points are settled; half of the largest event's came early.
ARRIVALS = """
    INSERT INTO scans (nonce, event_id, code_digest, method, device, scanned_at, clock_skew_ms, received_at, verdict,
                       scanned_by_id)
    SELECT 'scale-' || r.id, r.event_id, r.token, 'camera', 'scale', e.starts_at, 0, e.starts_at, 'welcome', {staff}
    FROM rsvps AS r JOIN events AS e ON e.id = r.event_id
    WHERE r.id % 2 = 0 AND r.status = 'confirmed' AND (e.ends_at < now() OR e.slug = 'scale-0') ORDER BY r.id;
    INSERT INTO check_ins (rsvp_id, event_id, scan_id, arrived_at, party_size, revision)
    SELECT r.id, r.event_id, s.id, s.scanned_at, 1, 1 FROM rsvps AS r JOIN scans AS s ON s.nonce = 'scale-' || r.id
    ORDER BY r.id;
    INSERT INTO point_entries (member_id, rule, source, points, tier_points, at, label)
    SELECT r.member_id, 'check-in', 'check-in:' || c.id || ':1', 100, 100, c.arrived_at, 'Soirée'
    FROM check_ins AS c JOIN rsvps AS r ON r.id = c.rsvp_id ORDER BY c.id;
    INSERT INTO lots (member_id, entry_id, points, remaining, expires_at)
    SELECT member_id, id, 100, 100, at + interval '2 years' FROM point_entries ORDER BY id;
    INSERT INTO wallets (member_id, balance) SELECT member_id, sum(points) FROM point_entries GROUP BY member_id;
"""
SEATS = """
    UPDATE events AS e SET seats_taken = t.seats, seat_sequence = t.everybody,
        capacity = CASE WHEN e.slug = 'scale-0' THEN t.seats ELSE greatest(e.capacity, t.seats + 10) END
    FROM (SELECT event_id, count(*) AS everybody, count(*) FILTER (WHERE status = 'confirmed') AS seats
          FROM rsvps GROUP BY 1) AS t
    WHERE t.event_id = e.id;
"""


def fill(database: str, share: float, staff: int) -> None:
    """Write members, events, Rsvps, arrivals and points; the first event is full and has a line.

    `share` is of the full size. An event is there that the others are made like; `staff` is who scans.
    """
    members, events, rsvps = (int(count * share) for count in (MEMBERS, EVENTS, RSVPS))
    largest = int(LARGEST * max(share, 0.1))
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        base = _copied(cursor, "members", _members(members))
        first = _copied(cursor, "events", _events(cursor, events))
        per_event = (rsvps - largest) // (events - 1)
        _copied(cursor, "rsvps", _rsvps(first, base, members, events, largest, per_event))
        cursor.execute(SEATS.encode())
        cursor.execute(ARRIVALS.format(staff=staff).encode())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _copied(cursor: psycopg.Cursor[Any], table: str, rows: Iterator[dict[str, Any]]) -> int:
    """Copy rows after those that are there and return the id of the first."""
    cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}".encode())
    first = int((cursor.fetchone() or [1])[0])
    row = next(rows)
    names = ", ".join(row)
    with cursor.copy(f"COPY {table} (id, {names}) FROM STDIN".encode()) as copy:
        number = first
        while True:
            copy.write_row([number, *row.values()])
            number += 1
            if (row := next(rows, {})) == {}:
                break
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {number})".encode())
    return first


def _members(count: int) -> Iterator[dict[str, Any]]:
    from app.members.rules_people import searched_words

    for number in range(count):
        name, email = f"{FIRST[number % 16]} {LAST[number // 16 % 12]}", f"member-{number}@example.org"
        yield {
            "email": email,
            "display_name": name,
            "locale": "fr",
            "city": "",
            "external_ref": "",
            "searched": searched_words(name, email),
            "created_at": "2025-01-01+00",
            "updated_at": "2025-01-01+00",
            "active": True,
            "fs_uniquifier": f"scale-{number}",
            "mf_recovery_codes": "[]",
        }


def _events(cursor: psycopg.Cursor[Any], count: int) -> Iterator[dict[str, Any]]:
    """Repeat the one event that is there, four fifths of the times in the past."""
    cursor.execute("SELECT * FROM events LIMIT 1")
    names = [column.name for column in cursor.description or ()]
    model = dict(zip(names, cursor.fetchone() or (), strict=True))
    del model["id"]
    start, end = model["starts_at"], model["ends_at"]
    for number in range(count):
        days = (number - count * 4 // 5) * 400 / count if number else 30.0
        shift = {"starts_at": start, "ends_at": end}
        moved = {name: moment + (days * (end - start) * 8) for name, moment in shift.items()}
        own = {"slug": f"scale-{number}", "code": f"S{number:04d}", "link_code": f"scale-{number}"}
        yield model | own | moved | {"chapter_id": number % CHAPTERS + 1}


def _rsvps(
    first: int, base: int, members: int, events: int, largest: int, per_event: int
) -> Iterator[dict[str, Any]]:
    number, waits = 0, int(largest * LINE)
    for event in range(events):
        for seat in range(per_event if event else largest + waits):
            in_line = seat - largest if not event and seat >= largest else None
            yield {
                "event_id": first + event,
                "member_id": base + (event * 7919 + seat) % members,
                "status": "confirmed" if in_line is None else "waitlisted",
                "party_size": 1,
                "token": f"scale-{number}",
                "email_proven": True,
                "created_at": "2025-01-01+00",
                "confirmed_at": "2025-01-01+00" if in_line is None else None,
                "queued_at": None if in_line is None else "2025-01-01+00",
                "queue_number": None if in_line is None else seat + 1,
                "cancel_note": "",
                "declined_because": "",
                "revision": 0,
                "locale": "fr",
            }
            number += 1
