"""Invariant 12: who leaves is forgotten everywhere, and takes a copy of what was known."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus, Ticket
from app.events.queries_door import roster
from app.loyalty.actions_ledger import settle
from app.members.actions_privacy import erase_member
from app.members.models import Member
from app.outbox import Message
from tests.client import Client
from tests.factories import make_check_in, make_event, make_member, make_rsvp
from tests.loyalty.test_ledger import assert_books_balance


def test_who_leaves_gives_seats_points_and_name_back(event: Event, fan: Member) -> None:
    past = make_event(event.chapter, starts_at=now() - timedelta(days=30))
    make_check_in(make_rsvp(past, fan, RsvpStatus.CONFIRMED))
    settle(now(), fan.id)
    event.capacity = 1
    seat = make_rsvp(event, fan, RsvpStatus.CONFIRMED, arrived_from={"utm_source": "a friend’s name"})
    waiting = make_rsvp(event, make_member("Sacha Roux"), RsvpStatus.WAITLISTED)
    name, email = fan.display_name, fan.email
    erase_member(fan, now())
    db.session.commit()
    assert db.session.get_one(Rsvp, seat.id).status == RsvpStatus.CANCELLED
    assert db.session.get_one(Rsvp, waiting.id).status == RsvpStatus.CONFIRMED
    assert (
        db.session.scalars(
            sa.select(Ticket).join(Rsvp).where(Rsvp.member_id == fan.id, Ticket.revoked_at.is_(None))
        ).all()
        == []
    )
    assert assert_books_balance(fan.id) == 0
    assert [line.name for line in roster(event.id) if line.digest is None or "Sacha" in line.name] == [
        "Sacha Roux"
    ]
    everything = "\n".join(dump())
    assert name not in everything
    assert str(email) not in everything
    assert "a friend’s name" not in everything


def dump() -> list[str]:
    """Return every row of every table as text."""
    return [str(row) for table in db.metadata.sorted_tables for row in db.session.execute(sa.select(table))]


def test_the_copy_holds_meetups_and_points(as_fan: Client, fan: Member, event: Event) -> None:
    make_check_in(make_rsvp(event, fan, RsvpStatus.CONFIRMED))
    as_fan.get("/me/points")
    known = json.loads(as_fan.get("/me/privacy/export").text)
    assert "Soirée découverte" in json.dumps(known, ensure_ascii=False)
    assert "check-in" in json.dumps(known)
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 0
