"""Processes that scan at the same moment, each with an application of its own on the same database."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from app.clock import now
from app.db import commit, db
from app.events.actions_door import ScanIn, record_scans
from app.events.models import Event
from app.events.models_door import ScanMethod
from app.members.models import Member
from app.tokens import new_link_token
from tests.conftest import make_app

PATIENCE = 180  # seconds


@dataclass(frozen=True)
class Round:
    """A ticket that all processes scan at once, each with a nonce of its own or all with one."""

    event_id: int
    digest: str
    nonce: str | None


@dataclass(frozen=True)
class Answer:
    """What one process was told."""

    digest: str
    nonce: str
    verdict: str
    scanned_at: datetime


def scan(
    folder: Path, url: str, by_id: int, rounds: list[Round], start: Barrier, answers: Queue[Any]
) -> None:
    app = make_app(folder, url)
    with app.app_context():
        for turn in rounds:
            # As a call does, the session has read the event before: what it saw then must not count.
            by, event = db.session.get_one(Member, by_id), db.session.get_one(Event, turn.event_id)
            heard = ScanIn(turn.nonce or new_link_token(), turn.digest, ScanMethod.CAMERA, now(), event.code)
            start.wait(PATIENCE)
            result = record_scans(event, "TEST", [heard], by, now())[0]
            commit()
            answers.put(Answer(turn.digest, heard.nonce, result.verdict.value, result.scanned_at))
            db.session.remove()


@contextmanager
def scanners(folder: Path, url: str, count: int, by_id: int, rounds: list[Round]) -> Iterator[Queue[Any]]:
    """Start `count` processes and yield the queue of their answers."""
    context = multiprocessing.get_context("forkserver")  # a clean parent: nothing of the test's is inherited
    context.set_forkserver_preload(["tests.events.door_racing"])
    start, answers = context.Barrier(count), context.Queue()
    processes = [
        context.Process(target=scan, args=(folder, url, by_id, rounds, start, answers), daemon=True)
        for _ in range(count)
    ]
    for process in processes:
        process.start()
    try:
        yield answers
        for process in processes:
            process.join(PATIENCE)
            assert process.exitcode == 0
    finally:
        for process in processes:
            process.kill()
            process.join()
