"""The database itself refuses a hold for nothing, and a seat or a place in line that still waits for something."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.clock import now
from app.db import db
from app.events.models import CancelReason, Event, HoldFor, Rsvp, RsvpStatus
from tests.factories import make_chapter, make_event, make_member, make_rsvp

GOOD = {
    (RsvpStatus.HELD, HoldFor.ADDRESS),
    (RsvpStatus.HELD, HoldFor.OFFER),
    (RsvpStatus.CONFIRMED, None),
    (RsvpStatus.WAITLISTED, None),
    *product((RsvpStatus.CANCELLED, RsvpStatus.DECLINED), (None, *HoldFor)),
}
EVERY = list(product(RsvpStatus, (None, *HoldFor)))


def columns(status: RsvpStatus, hold_for: HoldFor | None) -> dict[str, object]:
    """Return what a row of this state holds besides, so that `hold_for` alone can be wrong with it."""
    return {
        "status": status,
        "hold_for": hold_for,
        "held_until": now() + timedelta(hours=1) if status is RsvpStatus.HELD else None,
        "queued_at": now() if status is RsvpStatus.WAITLISTED else None,
        "queue_number": 1 if status is RsvpStatus.WAITLISTED else None,
    }


def is_taken(statement: sa.Executable) -> bool:
    try:
        with db.session.begin_nested():
            db.session.execute(statement)
    except sa.exc.IntegrityError as error:
        if "ck_rsvps_hold_for" not in str(error):
            raise
        return False
    return True


@pytest.fixture
def event(each_database: Flask) -> Event:
    return make_event(make_chapter())


def test_no_state_is_written_or_changed_to_that_its_hold_belies(event: Event) -> None:
    there = make_rsvp(event, make_member(), RsvpStatus.CANCELLED, cancelled_because=CancelReason.LAPSED)
    given = {
        "event_id": event.id,
        "party_size": 1,
        "email_proven": False,
        "locale": "fr",
        "created_at": now(),
    }
    changed, written = set(), set()
    for status, hold_for in EVERY:
        row = columns(status, hold_for)
        if is_taken(sa.update(Rsvp).where(Rsvp.id == there.id).values(row)):
            changed.add((status, hold_for))
        if is_taken(sa.insert(Rsvp).values(row | given | {"member_id": make_member().id})):
            written.add((status, hold_for))
    assert changed == written == GOOD


def test_a_state_that_changes_alone_is_refused_too(event: Event) -> None:
    held = make_rsvp(event, make_member(), RsvpStatus.HELD)
    change = sa.update(Rsvp).where(Rsvp.id == held.id)
    assert not is_taken(change.values(status=RsvpStatus.CONFIRMED, held_until=None))
    assert not is_taken(change.values(hold_for=None))
    assert is_taken(change.values(hold_for=HoldFor.OFFER))


def test_rows_that_are_wrong_already_are_mended_first(event: Event) -> None:
    rows = {
        name: make_rsvp(event, make_member(), status, email_proven=proven).id
        for name, status, proven in (
            ("unproven", RsvpStatus.HELD, False),
            ("proven", RsvpStatus.HELD, True),
            ("confirmed", RsvpStatus.CONFIRMED, True),
            ("lapsed", RsvpStatus.CANCELLED, True),
        )
    }
    answers = sa.text("SELECT id, hold_for FROM rsvps ORDER BY id")
    db.session.remove()
    downgrade(revision="0009")
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE rsvps SET hold_for = NULL WHERE status = 'held'"))
        connection.execute(sa.text("UPDATE rsvps SET hold_for = 'offer' WHERE status <> 'held'"))
    upgrade()
    with db.engine.connect() as connection:
        found = {row_id: hold_for for row_id, hold_for in connection.execute(answers)}  # noqa: C416, typed
    told = {name: found[row_id] for name, row_id in rows.items()}
    assert told == {"unproven": "address", "proven": "offer", "confirmed": None, "lapsed": "offer"}
