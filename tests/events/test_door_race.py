"""Invariant 4 under a rush: many phones scan one ticket, or send one scan several times, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.events.actions_door import ScanIn, record_scans
from app.events.models import Event, RsvpStatus
from app.events.models_door import CheckIn, Scan, ScanMethod
from app.members.models import Member
from app.tokens import new_link_token
from tests.factories import make_chapter, make_event, make_member, make_rsvp
from tests.racing import race

PROCESSES, ROUNDS = 16, 4


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


def scan(together: Callable[[], object], by_id: int, rounds: list[Round]) -> list[Answer]:
    answers = []
    for turn in rounds:
        # As a call does, the session has read the event before: what it saw then must not count.
        by, event = db.session.get_one(Member, by_id), db.session.get_one(Event, turn.event_id)
        heard = ScanIn(turn.nonce or new_link_token(), turn.digest, ScanMethod.CAMERA, now(), event.code)
        together()
        result = record_scans(event, "TEST", [heard], by, now())[0]
        commit()
        answers.append(Answer(turn.digest, heard.nonce, result.verdict.value, result.scanned_at))
        db.session.remove()
    return answers


def test_16_processes_scan_a_ticket_at_once_and_it_arrives_once(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    event = make_event(make_chapter(), starts_at=now())
    event_id, by_id = event.id, make_member("Inès", "cm").id
    tickets = [make_rsvp(event, make_member(), RsvpStatus.CONFIRMED).tickets[0].digest for _ in range(ROUNDS)]
    # One after the other: a nonce for each process, one nonce for all.
    shared = [new_link_token() if number % 2 else None for number in range(ROUNDS)]
    rounds = [Round(event_id, digest, nonce) for digest, nonce in zip(tickets, shared, strict=True)]
    told = race(tmp_path, database_url, scan, [(by_id, rounds)] * PROCESSES)
    heard: list[Answer] = [answer for answers in told for answer in answers]
    for turn in rounds:
        told = [answer for answer in heard if answer.digest == turn.digest]
        scans = db.session.scalars(sa.select(Scan).where(Scan.code_digest == turn.digest)).all()
        arrivals = db.session.scalars(
            sa.select(CheckIn).where(CheckIn.scan_id.in_([row.id for row in scans]))
        ).all()
        assert {row.nonce for row in scans} == {answer.nonce for answer in told}
        assert len(scans) == (1 if turn.nonce else PROCESSES)
        assert [row.arrived_at for row in arrivals] == [min(row.scanned_at for row in scans)]
        verdicts = {row.nonce: row.verdict.value for row in scans}
        assert all(answer.verdict == verdicts[answer.nonce] for answer in told)
    assert db.session.scalar(sa.select(sa.func.count(CheckIn.id))) == ROUNDS
