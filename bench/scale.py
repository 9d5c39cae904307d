"""Server time and statements of pages on a small and on a large PostgreSQL: `python -m bench.scale`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.db import db
from bench.machine import Machine, machine
from bench.scale_fill import CHAPTERS, LARGEST, fill
from tests.factories import make_chapter, make_event, make_member

WARM_UP = 15  # PostgreSQL chooses the plan it keeps for a prepared statement after ten runs
TRIES = 60
STAFF = "staff"
FAN = "scale-3"
# The pages that the aim names come first.
PAGES: dict[str, tuple[str, str | None]] = {
    "home page": ("/", None),
    "event page": ("/events/{open}", None),
    "event page, full, with a line": ("/events/scale-0", None),
    "people page of the largest event": ("/manage/events/scale-0/people", STAFF),
    "the same, looking for a name": ("/manage/events/scale-0/people?q=ines+benali", STAFF),
    "member search": ("/admin/people?q=ines+benali", STAFF),
    "wallet": ("/me/points", FAN),
    "chapter page": ("/chapters/ville-3", None),
    "people page, last of all": ("/manage/events/scale-0/people?page={last}", STAFF),
    "all members": ("/admin/people", STAFF),
    "member search, two letters": ("/admin/people?q=in", STAFF),
    "staff’s home": ("/manage/", STAFF),
    "staff’s events": ("/manage/events", STAFF),
    "staff’s past events": ("/manage/events?when=past", STAFF),
    "a member’s own page": ("/me", FAN),
    "calendar feed": ("/calendar.ics", None),
    "Atom feed": ("/events.atom", None),
    "sitemap": ("/sitemap.xml", None),
    "list for the brand’s site": ("/embed/events", None),
}


@dataclass(frozen=True)
class Found:
    """What a page took, in ms: server time at p95, median processor time of Python, mean of all of PostgreSQL's.

    On a machine that does something else besides, the first says little, and the sum of the others is what holds.
    """

    p95: float
    cpu: float
    postgres: float
    statements: int


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


def _world(app: Flask) -> tuple[str, int]:
    """Make the event that others are made like, and return an administrator's session name and id."""
    with app.app_context():
        ada = make_member("Ada", "admin", email="ada@example.org")
        chapters = [make_chapter(f"Ville {number}", ada) for number in range(CHAPTERS)]
        make_event(chapters[0], capacity=LARGEST, description="Une **soirée**.")
        found = ada.fs_uniquifier, ada.id
        db.session.remove()
    return found


def measure(services: Machine, share: float, only: str) -> dict[str, Found]:
    """Fill the database with a share of the full size and measure each page."""
    app = create_app(services.environ)
    logging.disable(logging.CRITICAL)  # as behind gunicorn, where a line goes to a file
    admin, staff = _world(app)
    begun = time.perf_counter()
    fill(services.database, share, staff)
    sys.stderr.write(f"filled at {share:g} in {time.perf_counter() - begun:.0f} s\n")
    with psycopg.connect(services.database) as connection:
        places = _places(connection)
    found = {}
    with counted(app) as statements:
        for name, (address, who) in PAGES.items():
            if only in name:
                person = admin if who == STAFF else who
                path = address.format_map(places)
                found[name] = _page(app, path, person, lambda: services.cpu()["postgres"], statements)
    with app.app_context():
        db.engine.dispose()
    return found


def _places(database: psycopg.Connection[Any]) -> dict[str, str]:
    """Return what addresses name: an event that has seats left, the last page of the largest event's people."""
    query = """SELECT (SELECT slug FROM events WHERE starts_at > now() AND seats_taken < capacity
                       ORDER BY starts_at LIMIT 1), (SELECT count(*) FROM rsvps WHERE event_id = largest.id)
               FROM events AS largest WHERE slug = 'scale-0'"""
    open_event, people = database.execute(query).fetchone() or ("", 1)
    return {"open": open_event, "last": str((people + 49) // 50)}


def _page(
    app: Flask, path: str, who: str | None, postgres_seconds: Callable[[], float], statements: Sequence[str]
) -> Found:
    client = app.test_client()
    if who:
        with client.session_transaction() as session:
            session.update({"_user_id": who, "_fresh": True, "strong": True})
    took, cpu, before, postgres_at = [], [], 0, 0.0
    for number in range(WARM_UP + TRIES):
        if number == WARM_UP:
            postgres_at = postgres_seconds()
        before = len(statements)
        at, cpu_at = time.perf_counter(), time.thread_time()
        answer = client.get(path)
        took.append((time.perf_counter() - at) * 1000)
        cpu.append((time.thread_time() - cpu_at) * 1000)
        if answer.status_code != 200:
            sys.exit(f"{path}: {answer.status}")
    postgres = (postgres_seconds() - postgres_at) * 1000 / TRIES
    p95 = sorted(took[WARM_UP:])[int(TRIES * 0.95)]
    return Found(p95, median(cpu[WARM_UP:]), postgres, len(statements) - before)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--shares", type=float, nargs="*", default=[0.01, 1.0], help="of the full size")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    options = parser.parse_args()
    tables = []
    for share in options.shares:
        with (
            tempfile.TemporaryDirectory(prefix="terrain-scale-") as folder,
            machine(Path(folder)) as services,
        ):
            tables.append((share, measure(services, share, options.only)))
    heads = "".join(f" p95 ms at {share:g} | CPU | PostgreSQL | statements |" for share, _ in tables)
    print(f"| page |{heads}\n| --- |" + " ---: | ---: | ---: | ---: |" * len(tables))
    for name in tables[0][1]:
        rows = (found[name] for _, found in tables)
        cells = (f" {row.p95:.0f} | {row.cpu:.0f} | {row.postgres:.1f} | {row.statements} |" for row in rows)
        print(f"| {name} |{''.join(cells)}")


if __name__ == "__main__":
    main()
