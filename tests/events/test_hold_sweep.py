"""The worker lets holds go by itself."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from app.clock import now
from app.db import db
from app.events.models import Chapter, Rsvp, RsvpStatus
from app.jobs import SWEEPS, run
from app.members.models import Member
from tests.events.fans import take
from tests.factories import make_event, make_member


def test_the_sweep_runs_every_minute() -> None:
    assert "lapse-holds" in SWEEPS


def test_the_sweep_frees_what_nobody_confirmed_and_moves_every_line(chapter: Chapter, fan: Member) -> None:
    events = [make_event(chapter, capacity=1) for _ in range(2)]
    held = [take(event, make_member(), proven=False) for event in events]
    waiting = [take(event, fan) for event in events]
    ids = [rsvp.id for rsvp in held + waiting]
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        run("lapse-holds", {})
    states = [db.session.get_one(Rsvp, rsvp_id).status for rsvp_id in ids]
    assert states == [RsvpStatus.CANCELLED] * 2 + [RsvpStatus.CONFIRMED] * 2


def test_an_event_whose_holds_cannot_lapse_does_not_keep_the_others_waiting(chapter: Chapter) -> None:
    spoilt, sound = (make_event(chapter, capacity=1) for _ in range(2))
    held = [take(event, make_member(), proven=False) for event in (spoilt, sound)]
    spoilt.seats_taken = 0  # so that giving the seat back breaks the CHECK that there are none below zero
    db.session.commit()
    ids = [rsvp.id for rsvp in held]
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        run("lapse-holds", {})
    states = [db.session.get_one(Rsvp, rsvp_id).status for rsvp_id in ids]
    assert states == [RsvpStatus.HELD, RsvpStatus.CANCELLED]
