"""What mails about a seat say of it: all of it read at once, when they leave, and said as it was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import mail
from app.brand.queries import get_brand
from app.clock import now
from app.db import db
from app.events.models import Event, HoldFor, Rsvp, RsvpStatus, Slot, Ticket
from app.events.queries_told import get_rsvp_to_tell
from app.events.rules_words import until_words, when_words, where_words
from app.i18n import force_locale
from app.members.models import Member
from app.outbox import WRITERS
from tests.factories import make_chapter, make_event, make_member, make_rsvp

CODE = {"digits": "123456", "link": "http://localhost/x"}
OFFER = {"hold_for": HoldFor.OFFER}
MAILS: dict[str, tuple[RsvpStatus, dict[str, Any], dict[str, Any]]] = {
    "confirm_seat": (RsvpStatus.HELD, {}, CODE),
    "ticket": (RsvpStatus.CONFIRMED, {}, {"promoted": False}),
    "in_line": (RsvpStatus.WAITLISTED, {}, {}),
    "offer": (RsvpStatus.HELD, OFFER, {}),
    "offer_lapsed": (RsvpStatus.CANCELLED, {}, {}),
    "released": (RsvpStatus.CANCELLED, {}, {}),
    "handed_on": (RsvpStatus.CANCELLED, {}, {}),
    "reminder": (RsvpStatus.CONFIRMED, {}, {}),
    "still_coming": (RsvpStatus.CONFIRMED, {}, {}),
    "last_call": (RsvpStatus.CONFIRMED, {}, {}),
    "event_changed": (RsvpStatus.CONFIRMED, {}, {}),
    "event_cancelled": (RsvpStatus.CONFIRMED, {}, {}),
    "cancelled_by_staff": (RsvpStatus.CANCELLED, {}, {"reason": "Fog"}),
}
VENUE = "Bread & Butter <upstairs>"


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event(make_chapter(), title="R&D night", venue=VENUE)


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_reads_what_it_says_at_once_and_its_text_says_it_as_it_was_written(
    event: Event, fan: Member, statements: list[str], name: str
) -> None:
    status, values, own = MAILS[name]
    rsvp_id = make_rsvp(event, fan, status, **values).id
    db.session.commit()
    get_brand()
    statements.clear()
    with force_locale("en"):
        context = WRITERS[f"events/{name}"](rsvp_id=rsvp_id, **own)
        assert context is not None
        _subject, text, html = mail.render(f"events/{name}", **context)
    assert len(statements) == 1, statements
    assert "R&D night" in text
    assert VENUE in text
    assert "R&amp;D night" in html


def test_what_is_told_is_what_the_rows_hold(each_database: Flask) -> None:
    event, fan = make_event(make_chapter(), venue=VENUE), make_member("Camille")
    slot = Slot(event=event, name="Table 1", starts_at=event.starts_at + timedelta(minutes=30), capacity=5)
    db.session.add(slot)
    db.session.flush()
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED, slot_id=slot.id, revision=2)
    rsvp.tickets[0].revoked_at = now()
    rsvp.tickets.append(Ticket(code="second", token="second", digest="second"))
    db.session.flush()
    told = get_rsvp_to_tell(rsvp.id)
    assert told.member.display_name == "Camille"
    assert told.slot == (slot.name, slot.starts_at)
    assert told.event.timezone == event.timezone
    assert [ticket.token for ticket in told.tickets] == [ticket.token for ticket in rsvp.tickets]
    assert [ticket.revoked_at for ticket in told.tickets] == [rsvp.tickets[0].revoked_at, None]
    for record, row in ((told, rsvp), (told.event, event), (told.event.chapter, event.chapter)):
        columns = row.__table__.columns.keys()
        same = {name: getattr(row, name) for name in record._fields if name in columns}
        assert {name: getattr(record, name) for name in same} == same


def test_a_mail_says_when_and_where_an_event_is_as_its_page_does(event: Event, fan: Member) -> None:
    told = get_rsvp_to_tell(make_rsvp(event, fan, RsvpStatus.CONFIRMED).id).event
    said = [say(event) == say(told) for say in (when_words, until_words, where_words)]
    assert said == [True, True, True]


def test_who_has_neither_slot_nor_ticket_is_told_of_none(event: Event, fan: Member) -> None:
    rsvp: Rsvp = make_rsvp(event, fan, RsvpStatus.WAITLISTED)
    told = get_rsvp_to_tell(rsvp.id)
    assert (told.slot, told.tickets) == (None, [])
