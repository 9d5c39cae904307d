"""Server time and statements of five pages on a small and on a large PostgreSQL: `python -m bench.scale`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.db import db
from app.members.models import Member
from bench.machine import Machine, machine
from tests.factories import make_chapter, make_event, make_member

MEMBERS, EVENTS, RSVPS = 500_000, 5_000, 2_000_000
LARGEST = 5_000  # seats of the one event whose people page is read
TRIES = 40
FIRST = "Ana Bao Chloé David Élise Farid Gaël Hana Inès Jules Karim Léa Malo Nour Olga Paul".split()  # noqa: SIM905
LAST = "Moreau Nguyễn O’Brien Petit Durand Lefèvre Müller Benali Rossi Silva Kowalski Diallo".split()  # noqa: SIM905


def fill(database: str, share: float) -> None:
    """Write members, events and Rsvps with COPY; the first event's people are all of its seats."""
    members, events, rsvps = (int(count * share) for count in (MEMBERS, EVENTS, RSVPS))
    largest = int(LARGEST * max(share, 0.1))
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        base = _copied(cursor, "members", _members(members))
        first = _copied(cursor, "events", _events(cursor, events))
        per_event = (rsvps - largest) // (events - 1)
        _copied(cursor, "rsvps", _rsvps(first, base, members, events, largest, per_event))
        cursor.execute(
            """UPDATE events AS e SET seats_taken = t.seats, capacity = greatest(e.capacity, t.seats)
               FROM (SELECT event_id, count(*) AS seats FROM rsvps GROUP BY 1) AS t WHERE t.event_id = e.id"""
        )
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
        yield model | own | moved | {"chapter_id": number % 50 + 1}


def _rsvps(
    first: int, base: int, members: int, events: int, largest: int, per_event: int
) -> Iterator[dict[str, Any]]:
    number = 0
    for event in range(events):
        for seat in range(per_event if event else largest):
            yield {
                "event_id": first + event,
                "member_id": base + (event * 7919 + seat) % members,
                "status": "confirmed",
                "party_size": 1,
                "token": f"scale-{number}",
                "email_proven": True,
                "created_at": "2025-01-01+00",
                "confirmed_at": "2025-01-01+00",
                "cancel_note": "",
                "declined_because": "",
                "revision": 0,
                "locale": "fr",
            }
            number += 1


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that the application runs."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def measure(services: Machine, share: float) -> dict[str, tuple[float, int]]:
    """Return p95 in ms of the server's own time, and the statements, of each page."""
    app = create_app(services.environ)
    with app.app_context():
        ada = make_member("Ada", "admin", email="ada@example.org")
        chapters = [make_chapter(f"Ville {number}", ada) for number in range(50)]
        make_event(chapters[0], capacity=LARGEST, description="Une **soirée**.")
        admin = ada.fs_uniquifier
        db.session.remove()
    begun = time.perf_counter()
    fill(services.database, share)
    sys.stderr.write(f"filled at {share:g} in {time.perf_counter() - begun:.0f} s\n")
    pages = {
        "home page": ("/", None),
        "event page": ("/events/scale-0", None),
        "people page": ("/manage/events/scale-0/people", admin),
        "member search": ("/admin/people?q=ines+benali", admin),
        "wallet": ("/me/points", "scale-3"),
    }
    found = {}
    for name, (path, who) in pages.items():
        client = app.test_client()
        if who:
            with client.session_transaction() as session:
                session.update({"_user_id": who, "_fresh": True, "strong": True})
        took = []
        with counted(app) as statements:
            for _ in range(TRIES + 3):
                statements.clear()
                at = time.perf_counter()
                answer = client.get(path)
                took.append(time.perf_counter() - at)
                if answer.status_code != 200:
                    sys.exit(f"{path}: {answer.status}")
            found[name] = (sorted(took[3:])[int(TRIES * 0.95)] * 1000, len(statements))
    with app.app_context():
        assert db.session.scalar(sa.select(Member.id).limit(1))
        db.session.remove()
        db.engine.dispose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--shares", type=float, nargs="*", default=[0.01, 1.0], help="of the full size")
    tables = []
    for share in parser.parse_args().shares:
        with (
            tempfile.TemporaryDirectory(prefix="terrain-scale-") as folder,
            machine(Path(folder)) as services,
        ):
            tables.append((share, measure(services, share)))
    print("| page |" + "".join(f" p95 ms at {share:g} | statements |" for share, _ in tables))
    print("| --- |" + " ---: | ---: |" * len(tables))
    for name in tables[0][1]:
        print(f"| {name} |" + "".join(f" {found[name][0]:.0f} | {found[name][1]} |" for _, found in tables))


main()
