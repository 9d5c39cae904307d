"""The waiting line near the event: offers that are accepted, that lapse, and that come too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.db import db
from app.errors import Refusal
from app.events.actions_changes import accept_offer, take_free_seat
from app.events.actions_seats import cancel_rsvp, lapse_holds, take_seats
from app.events.models import Chapter, Event, HoldFor, Rsvp, RsvpStatus
from app.members.models import Member
from app.outbox import Message
from tests.client import Client, run_jobs, text_of
from tests.events.fans import in_english, last_mail, take
from tests.factories import make_chapter, make_event, make_member

DAY = datetime(2026, 12, 9, 10, tzinfo=ZoneInfo("Europe/Paris"))  # a Wednesday morning
STARTS = datetime(2026, 12, 10, 19, tzinfo=ZoneInfo("Europe/Paris"))
HOUR = timedelta(hours=1)


@pytest.fixture
def full(chapter: Chapter) -> Event:
    """An event tomorrow evening whose only seat is taken, and three parties in line: of two, of one, of one."""
    with time_machine.travel(DAY - 5 * HOUR, tick=False):
        event = make_event(chapter, capacity=1, party_max=2, starts_at=STARTS, ends_at=STARTS + 3 * HOUR)
        take(event, make_member("Seated"))
        take(event, make_member("A pair"), party=2)
        take(event, make_member("First"))
        take(event, make_member("Second"))
    return event


def rsvp_of(name: str) -> Rsvp:
    return db.session.scalars(sa.select(Rsvp).join(Member).where(Member.display_name == name)).one()


def cancel(name: str, at: datetime) -> None:
    cancel_rsvp(rsvp_of(name).id, at)
    db.session.commit()


def test_near_the_event_a_seat_is_offered_to_the_first_whose_party_fits(full: Event) -> None:
    cancel("Seated", DAY)
    first = rsvp_of("First")
    assert (first.status, first.hold_for, first.held_until) == (
        RsvpStatus.HELD,
        HoldFor.OFFER,
        DAY + 4 * HOUR,
    )
    assert [rsvp_of(name).status for name in ("A pair", "Second")] == [RsvpStatus.WAITLISTED] * 2
    assert full.seats_taken == 1


def test_an_offer_says_until_when_and_leads_to_a_page_where_one_tap_accepts_it(
    full: Event, client: Client
) -> None:
    cancel("Seated", DAY)
    with time_machine.travel(DAY + HOUR, tick=False):
        first = rsvp_of("First")
        first.locale = "en"
        mail = last_mail(str(first.member.email))
        assert "14:00" in mail.subject
        path = f"/tickets/{first.token}"
        assert path in mail.text
        page = in_english(client).get(path).text
        assert "A seat is free for you" in text_of(page)
        answer = client.post(f"{path}/accept", data=client.csrf(path), follow_redirects=True)
        assert "Show this code at the door." in text_of(answer.text)
    assert rsvp_of("First").status == RsvpStatus.CONFIRMED


def test_an_offer_that_lapses_goes_to_the_next_and_both_are_told(full: Event) -> None:
    cancel("Seated", DAY)
    assert lapse_holds(full.id, DAY + 4 * HOUR - timedelta(seconds=1)) == 0
    assert lapse_holds(full.id, DAY + 4 * HOUR) == 1
    db.session.commit()
    assert rsvp_of("First").status == RsvpStatus.CANCELLED
    assert rsvp_of("Second").hold_for == HoldFor.OFFER
    sent = set(db.session.scalars(sa.select(Message.template)))
    assert {"events/offer", "events/offer_lapsed"} <= sent
    with pytest.raises(Refusal) as caught:
        accept_offer(rsvp_of("First").id, DAY + 5 * HOUR)
    assert caught.value.code == "offer-expired"


def test_an_offer_that_is_declined_goes_to_the_next_at_once(full: Event) -> None:
    cancel("Seated", DAY)
    cancel("First", DAY + HOUR)
    assert rsvp_of("Second").hold_for == HoldFor.OFFER
    assert full.seats_taken == 1


def test_after_the_cut_off_nothing_is_offered_and_whoever_takes_the_seat_has_it(
    full: Event, client: Client
) -> None:
    late = STARTS - timedelta(minutes=119)
    cancel("Seated", late)
    assert rsvp_of("First").status == RsvpStatus.WAITLISTED
    with pytest.raises(Refusal) as caught:
        take_free_seat(rsvp_of("A pair").id, late)
    assert caught.value.code == "no-room"
    db.session.rollback()
    with time_machine.travel(late, tick=False):
        path = f"/tickets/{rsvp_of('Second').token}"
        assert "whoever takes it has it" in text_of(in_english(client).get(path).text)
        client.post(f"{path}/take", data=client.csrf(path))
    assert rsvp_of("Second").status == RsvpStatus.CONFIRMED
    assert full.seats_taken == 1


def test_nothing_is_offered_once_the_event_has_begun(full: Event) -> None:
    cancel("Seated", STARTS + HOUR)
    assert rsvp_of("First").status == RsvpStatus.WAITLISTED


def test_a_second_seat_is_offered_to_the_pair_who_kept_its_place(full: Event) -> None:
    full.capacity = 3
    db.session.commit()
    lapse_holds(full.id, DAY)
    db.session.commit()
    assert rsvp_of("A pair").hold_for == HoldFor.OFFER
    assert rsvp_of("First").status == RsvpStatus.WAITLISTED


def test_a_newcomer_does_not_pass_those_who_were_offered_the_seat(full: Event) -> None:
    cancel("Seated", DAY)
    late = take_seats(full.id, make_member("Late"), 1, None, True, "fr", DAY + HOUR)
    assert late.status == RsvpStatus.WAITLISTED


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        ("Europe/Paris", "2027-03-28 01:45"),  # clocks jump from 2 to 3
        ("Europe/Paris", "2027-10-31 02:45"),  # and show 2 twice
        ("America/New_York", "2027-03-14 01:45"),
        ("America/New_York", "2027-11-07 01:45"),
    ],
)
def test_a_hold_lasts_its_minutes_through_a_change_of_clocks(app: Flask, zone: str, night: str) -> None:
    asked = datetime.fromisoformat(night).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    chapter = make_chapter("Testville", timezone=zone)
    event = make_event(chapter, starts_at=asked + 240 * HOUR, ends_at=asked + 243 * HOUR)
    rsvp = take_seats(event.id, make_member(), 1, None, False, "fr", asked)
    assert rsvp.held_until == asked + timedelta(minutes=30)
    assert lapse_holds(event.id, asked + timedelta(minutes=29, seconds=59)) == 0
    assert lapse_holds(event.id, asked + timedelta(minutes=30)) == 1


def test_the_mail_of_an_offer_that_ended_before_it_left_is_not_sent(full: Event) -> None:
    cancel("Seated", DAY)
    cancel("First", DAY)
    run_jobs()
    first = rsvp_of("First").member_id
    statuses = sa.select(Message.status).where(Message.member_id == first, Message.template == "events/offer")
    assert db.session.scalars(statuses).all() == ["dropped"]
