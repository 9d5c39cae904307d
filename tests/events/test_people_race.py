"""Several CMs, or several taps of one, at the same moment: nobody is added or written to twice, nor too often."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_messages import Letter, send_letter
from app.events.actions_people import Vouched, add_by_hand
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.queries_messages import MOST_A_DAY, sent_today
from app.events.rules_people import Standing
from app.members.models import Member
from app.outbox import Message
from app.tokens import new_link_token
from tests.factories import make_chapter, make_event, make_member, make_rsvp
from tests.racing import race

TAPS = 6


def write(together: Callable[[], object], event_id: int, cm_id: int, key: str) -> str:
    event, cm = db.session.get_one(Event, event_id), db.session.get_one(Member, cm_id)
    together()
    try:
        send_letter(event, Letter(Standing.CONFIRMED, "About", "Text", key), cm, now())
    except Refusal as refusal:
        db.session.rollback()
        return refusal.code
    commit()
    return "sent"


def add(together: Callable[[], object], event_id: int, cm_id: int, key: str) -> int:
    cm = db.session.get_one(Member, cm_id)
    together()
    rsvp_id = add_by_hand(event_id, Vouched("Zoé Blanc", None, 1, None, key), cm, "fr", now()).rsvp.id
    commit()
    return rsvp_id


def test_taps_at_the_same_moment_send_one_letter_and_no_fourth(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    cm = make_member("Inès", "cm")
    event = make_event(make_chapter("Lyon", cm))
    make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    event_id, one_key = event.id, new_link_token()
    mails = sa.select(sa.func.count(Message.id))
    told = race(tmp_path, database_url, write, [(event_id, cm.id, one_key)] * TAPS)
    assert sorted(told) == ["sent", *["sent-already"] * (TAPS - 1)]
    assert (db.session.scalar(mails), sent_today(event, now())) == (1, 1)
    db.session.rollback()
    told = race(tmp_path, database_url, write, [(event_id, cm.id, new_link_token()) for _tap in range(TAPS)])
    assert told.count("sent") == MOST_A_DAY - 1
    assert told.count("too-many") == TAPS - MOST_A_DAY + 1
    assert (db.session.scalar(mails), sent_today(event, now())) == (MOST_A_DAY, MOST_A_DAY)


def test_taps_at_the_same_moment_add_one_person(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    cm = make_member("Inès", "cm")
    event = make_event(make_chapter("Lyon", cm))
    told = race(tmp_path, database_url, add, [(event.id, cm.id, new_link_token())] * TAPS)
    assert len(set(told)) == 1
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) == 1
    assert db.session.scalar(sa.select(Event.seats_taken)) == 1
