"""Invariant 1: many processes want few seats. Exactly the seats are given, and the line is in order of arrival."""

from __future__ import annotations

import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.events.actions_seats import cancel_rsvp, take_seats
from app.events.models import Event, Rsvp, RsvpStatus
from app.members.models import Member
from tests.factories import make_chapter, make_event, make_member
from tests.racing import race

PROCESSES, SEATS, ROUNDS = 24, 5, 20


@dataclass(frozen=True)
class Entrant:
    """What one process did in one round. `turn` is when the database let its transaction in (monotonic ns)."""

    event_id: int
    member_id: int
    status: str
    turn: int
    took: float  # seconds, from the start of the round to its commit


def enter(together: Callable[[], object], member_id: int, event_ids: list[int]) -> list[Entrant]:
    """Register one member for each event, all processes at the same moment."""
    turns: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE events SET seat_sequence"):
            turns.append(time.monotonic_ns())

    sa.event.listen(db.engine, "after_cursor_execute", note)
    entrants = []
    for event_id in event_ids:
        # As a page does, the session has read the event before: what it saw then must not count.
        member, event = db.session.get_one(Member, member_id), db.session.get_one(Event, event_id)
        assert event.seats_taken == 0
        together()
        began = time.perf_counter()
        rsvp = take_seats(event_id, member, 1, None, member_id % 2 == 0, "fr", now())
        status = rsvp.status.value
        commit()
        entrants.append(Entrant(event_id, member_id, status, turns[-1], time.perf_counter() - began))
        db.session.remove()
    return entrants


def test_24_processes_race_for_5_seats_and_the_rest_wait_in_order_of_arrival(
    each_database: Flask, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chapter = make_chapter()
    event_ids = [make_event(chapter, capacity=SEATS).id for _ in range(ROUNDS)]
    member_ids = [make_member(f"Candidate {number}").id for number in range(PROCESSES)]
    told = race(tmp_path, database_url, enter, [(member_id, event_ids) for member_id in member_ids])
    entrants: list[Entrant] = [entrant for entrants_rounds in told for entrant in entrants_rounds]
    arrivals: list[Entrant] = []
    for event_id in event_ids:
        arrivals = sorted((e for e in entrants if e.event_id == event_id), key=lambda e: e.turn)
        assert [e.status in {"held", "confirmed"} for e in arrivals] == [True] * SEATS + [False] * 19
        assert waiting_line(event_id) == [e.member_id for e in arrivals[SEATS:]]
        assert seats_in(event_id) == (SEATS, SEATS)
    promoted = promote_one_by_one(event_ids[-1])
    assert promoted == [e.member_id for e in arrivals if e.status == "waitlisted"][:SEATS]
    took = sorted(e.took for e in entrants)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{db.engine.dialect.name}: {ROUNDS} rounds of {PROCESSES} processes for {SEATS} seats: "
            f"exactly {SEATS} seated and {PROCESSES - SEATS} in line in order of arrival, each time; an answer took "
            f"{statistics.median(took) * 1000:.0f} ms (median), {took[-1] * 1000:.0f} ms (slowest)\n"
        )


def test_what_a_session_read_before_its_turn_does_not_count(each_database: Flask) -> None:
    event_id = make_event(make_chapter(), capacity=1).id
    late, early = make_member("Tardive").id, make_member("Rapide").id
    event = db.session.get_one(Event, event_id)
    believed = [event.seats_taken]
    with each_database.app_context():  # a session of its own, as another process has
        take_seats(event_id, db.session.get_one(Member, early), 1, None, True, "fr", now())
        db.session.commit()
    believed.append(event.seats_taken)
    rsvp = take_seats(event_id, db.session.get_one(Member, late), 1, None, True, "fr", now())
    assert [*believed, event.seats_taken] == [0, 0, 1]
    assert rsvp.status == RsvpStatus.WAITLISTED


def test_reading_leaves_no_transaction_open_on_sqlite(app: Flask) -> None:
    """An old read transaction could not be turned into a write: SQLite would answer "database is locked"."""
    assert waiting_line(1) == []
    connection = cast(sqlite3.Connection, db.session.connection().connection.dbapi_connection)
    assert not connection.in_transaction


def waiting_line(event_id: int) -> list[int]:
    query = sa.select(Rsvp.member_id).where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.WAITLISTED)
    return list(db.session.scalars(query.order_by(Rsvp.queue_number)))


def seats_in(event_id: int) -> tuple[int, int]:
    """Return the seats that the event counts, and those that its Rsvps add up to."""
    seated = sa.select(sa.func.sum(Rsvp.party_size)).where(
        Rsvp.event_id == event_id, Rsvp.status.in_([RsvpStatus.HELD, RsvpStatus.CONFIRMED])
    )
    return db.session.get_one(Event, event_id).seats_taken, db.session.scalar(seated) or 0


def promote_one_by_one(event_id: int) -> list[int]:
    """Cancel every seat in turn and return the members who took them, in the order they were called."""
    seated = sa.select(Rsvp.id).where(
        Rsvp.event_id == event_id, Rsvp.status.in_([RsvpStatus.HELD, RsvpStatus.CONFIRMED])
    )
    promoted = []
    for rsvp_id in db.session.scalars(seated).all():
        before = waiting_line(event_id)
        cancel_rsvp(rsvp_id, now())
        db.session.commit()
        after = set(waiting_line(event_id))
        promoted += [member_id for member_id in before if member_id not in after]
    return promoted
