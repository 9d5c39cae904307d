"""Processes that race for the seats of an event, each with an application of its own on the same database."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.events.actions_seats import take_seats
from app.events.models import Event
from app.members.models import Member
from tests.conftest import make_app

PATIENCE = 180  # seconds


@dataclass(frozen=True)
class Entrant:
    """What one process did in one round. `turn` is when the database let its transaction in (monotonic ns)."""

    event_id: int
    member_id: int
    status: str
    turn: int
    took: float  # seconds, from the start of the round to its commit


def enter(app: Flask, member_id: int, event_ids: list[int], start: Barrier, results: Queue[Any]) -> None:
    """Register one member for each event, all processes at the same moment."""
    with app.app_context():
        turns: list[int] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("UPDATE events SET seat_sequence"):
                turns.append(time.monotonic_ns())

        sa.event.listen(db.engine, "after_cursor_execute", note)
        for event_id in event_ids:
            # As a page does, the session has read the event before: what it saw then must not count.
            member, event = db.session.get_one(Member, member_id), db.session.get_one(Event, event_id)
            assert event.seats_taken == 0
            start.wait(PATIENCE)
            began = time.perf_counter()
            rsvp = take_seats(event_id, member, 1, None, member_id % 2 == 0, "fr", now())
            status = rsvp.status.value
            commit()
            results.put(Entrant(event_id, member_id, status, turns[-1], time.perf_counter() - began))
            db.session.remove()


def pack(
    folder: Path, url: str, member_ids: list[int], event_ids: list[int], start: Barrier, results: Queue[Any]
) -> None:
    """Make the application, then fork one process a member before anything is connected."""
    app = make_app(folder, url)
    fork = multiprocessing.get_context("fork")
    processes = [
        fork.Process(target=enter, args=(app, member_id, event_ids, start, results), daemon=True)
        for member_id in member_ids
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    raise SystemExit(any(process.exitcode for process in processes))


@contextmanager
def racers(folder: Path, url: str, member_ids: list[int], event_ids: list[int]) -> Iterator[Queue[Any]]:
    """Start one process a member, none with anything of the test's own, and yield the queue of their results."""
    context = multiprocessing.get_context("forkserver")
    start, results = context.Barrier(len(member_ids)), context.Queue()
    process = context.Process(target=pack, args=(folder, url, member_ids, event_ids, start, results))
    process.start()
    try:
        yield results
        process.join(PATIENCE)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
