"""Invariant 4 under a rush: many phones scan one ticket, or send one scan several times, at the same moment."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import db
from app.events.models import RsvpStatus
from app.events.models_door import CheckIn, Scan
from app.tokens import new_link_token
from tests.events.door_racing import PATIENCE, Answer, Round, scanners
from tests.factories import make_chapter, make_event, make_member, make_rsvp

PROCESSES, ROUNDS = 16, 4


def test_16_processes_scan_a_ticket_at_once_and_it_arrives_once(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    event = make_event(make_chapter(), starts_at=now())
    event_id, by_id = event.id, make_member("Inès", "cm").id
    tickets = [make_rsvp(event, make_member(), RsvpStatus.CONFIRMED).tickets[0].digest for _ in range(ROUNDS)]
    # One after the other: a nonce for each process, one nonce for all.
    shared = [new_link_token() if number % 2 else None for number in range(ROUNDS)]
    rounds = [Round(event_id, digest, nonce) for digest, nonce in zip(tickets, shared, strict=True)]
    db.session.remove()
    with scanners(tmp_path, database_url, PROCESSES, by_id, rounds) as answers:
        heard: list[Answer] = [answers.get(timeout=PATIENCE) for _ in range(PROCESSES * ROUNDS)]
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
