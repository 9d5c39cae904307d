"""A CM sees what more registrations than seats would bring, and allows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus
from app.events.queries_plan import show_up
from tests.client import Client, form_fields, text_of
from tests.factories import make_check_in, make_event, make_member, make_rsvp


def held_before(chapter: Chapter, parties: int, came: int, size: int = 1, **values: Any) -> Event:
    """Make a past event of a chapter where some of the parties came."""
    days = values.pop("days", 30)
    event = make_event(chapter, starts_at=now() - timedelta(days=days), capacity=500, **values)
    for number in range(parties):
        rsvp = make_rsvp(event, make_member(), RsvpStatus.CONFIRMED, party_size=size)
        if number < came:
            make_check_in(rsvp, party_size=size)
    return event


def page_of(event: Event) -> str:
    return f"/manage/events/{event.slug}/overbooking"


def save(client: Client, event: Event, seats: int, registrations: int) -> str:
    path = page_of(event)
    sent = client.csrf(path) | {"seats": seats, "registrations": registrations}
    return text_of(client.post(path, data=sent, follow_redirects=True).text)


def stop(client: Client, event: Event) -> str:
    sent = client.csrf(page_of(event))
    return text_of(client.post(f"{page_of(event)}/stop", data=sent, follow_redirects=True).text)


@pytest.fixture
def experienced(chapter: Chapter) -> Chapter:
    """Three events where 24 of 32 people came."""
    for parties, came, size in ((10, 7, 1), (10, 8, 1), (4, 3, 3)):
        held_before(chapter, parties, came, size)
    return chapter


def test_who_came_is_counted_in_people_over_the_events_that_had_a_door(
    experienced: Chapter, event: Event
) -> None:
    held_before(experienced, 5, 0)  # nobody was checked in: it had no door
    held_before(experienced, 5, 5, status=EventStatus.CANCELLED)
    for status in (RsvpStatus.HELD, RsvpStatus.WAITLISTED):
        make_rsvp(event, make_member(), status)
    known = show_up(experienced.id, now())
    assert (known.events, known.confirmed, known.arrived) == (3, 32, 24)


def test_only_the_latest_twelve_events_count(chapter: Chapter) -> None:
    for days in range(1, 14):
        held_before(chapter, 1, 1, days=days * 30)
    assert show_up(chapter.id, now()).events == 12


def test_the_event_page_says_what_more_registrations_would_bring(as_cm: Client, experienced: Chapter) -> None:
    event = make_event(experienced, capacity=60)
    words = text_of(as_cm.get(f"/manage/events/{event.slug}").text)
    assert "En inscrire 74 remplirait 56 places sur 60" in words
    page = text_of(as_cm.get(page_of(event)).text)
    assert "24 personnes sur 32" in page
    assert "75 %" in page.replace("\u202f", " ").replace("\u00a0", " ")


def test_a_new_chapter_does_not_know_yet(as_cm: Client, event: Event) -> None:
    for page in (f"/manage/events/{event.slug}", page_of(event)):
        assert "On ne sait pas encore" in text_of(as_cm.get(page).text)


def test_it_is_off_until_it_is_set_and_then_the_line_moves(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=1)
    make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    waiting = make_rsvp(event, make_member(), RsvpStatus.WAITLISTED)
    as_cm.get(page_of(event))
    assert (event.room, event.capacity) == (None, 1)
    save(as_cm, event, 1, 2)
    assert (event.room, event.capacity) == (1, 2)
    assert db.session.get_one(Rsvp, waiting.id).status == RsvpStatus.CONFIRMED
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "event.overbook")).one()
    assert entry.subject == f"event:{event.id}"
    assert "Surréservée" in text_of(as_cm.get(f"/manage/events/{event.slug}").text)


def test_putting_it_back_gives_one_registration_for_each_seat(as_cm: Client, event: Event) -> None:
    save(as_cm, event, 20, 24)
    assert "de nouveau autant" in stop(as_cm, event)
    assert (event.room, event.capacity) == (None, 20)


def test_putting_it_back_never_goes_below_what_is_promised(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=3)
    save(as_cm, event, 3, 6)
    for _ in range(5):
        make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    assert "2 personnes de plus" in stop(as_cm, event)
    assert (event.room, event.capacity, event.seats_taken) == (3, 5, 5)


def test_lowering_the_seats_of_the_event_ends_it(as_cm: Client, event: Event) -> None:
    save(as_cm, event, 20, 24)
    path = f"/manage/events/{event.slug}/edit"
    as_cm.post(path, data=form_fields(as_cm.get(path).text) | {"capacity": "15"})
    assert (event.room, event.capacity) == (None, 15)


def test_fewer_than_promised_is_refused(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=5)
    for _ in range(4):
        make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    assert "1 de trop" in save(as_cm, event, 2, 3)
    assert (event.room, event.capacity) == (None, 5)


def test_fewer_registrations_than_seats_are_refused(as_cm: Client, event: Event) -> None:
    assert "moins que les places" in save(as_cm, event, 20, 15)
    assert (event.room, event.capacity) == (None, 20)


@pytest.mark.parametrize("when", [timedelta(days=-2), timedelta(days=2)])
def test_an_event_that_is_over_or_cancelled_keeps_its_seats(
    as_cm: Client, chapter: Chapter, when: timedelta
) -> None:
    status = EventStatus.CANCELLED if when > timedelta() else EventStatus.PUBLISHED
    event = make_event(chapter, starts_at=now() + when, status=status, room=10)
    assert "terminée ou annulée" in save(as_cm, event, 20, 30)
    assert "terminée ou annulée" in stop(as_cm, event)
    assert (event.room, event.capacity) == (10, 20)


def test_the_cm_of_another_chapter_overbooks_nothing(as_outsider: Client, event: Event) -> None:
    assert as_outsider.get(page_of(event)).status_code == 403
    assert as_outsider.post(f"{page_of(event)}/stop").status_code in {400, 403}


def test_the_advice_costs_one_statement_however_many_came(
    as_cm: Client, chapter: Chapter, event: Event, statements: list[str]
) -> None:
    counts = []
    for more in (0, 20):
        held_before(chapter, more, more)
        statements.clear()
        assert as_cm.get(page_of(event)).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 7, "\n\n".join(statements)
