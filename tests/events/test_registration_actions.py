"""From an address to a ticket and back, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import db
from app.events.actions_registration import (
    Asked,
    confirm_by_digits,
    confirm_by_link,
    register_address,
    register_member,
)
from app.events.actions_seats import cancel_rsvp
from app.events.models import Event, RsvpStatus
from app.events.queries import place_in_line, waiting_count
from app.events.queries_listing import soonest_events
from app.events.queries_tickets import find_link, find_place, find_place_of, places_of
from app.members.models import Consent, ConsentPurpose
from tests.events.fans import digits_in, last_mail, link_in, the_rsvp, ticket_of
from tests.factories import make_chapter, make_event, make_member
from tests.meanwhile import elsewhere, just_after

ANSWERS = {purpose: purpose is ConsentPurpose.PHOTOS for purpose in ConsentPurpose}
ASKED = Asked(1, None, ANSWERS, "fr", {"via": "zoe"})


def make_small_event(capacity: int) -> Event:
    return make_event(make_chapter(), capacity=capacity)


def test_a_seat_goes_from_an_address_to_a_ticket_and_to_the_next_in_line(each_database: Flask) -> None:
    event = make_small_event(1)
    code = register_address(event.id, "Zoe@Example.org", "Zoé", ASKED, now())
    waiting = register_address(event.id, "yann@example.org", "Yann", ASKED, now())
    db.session.commit()
    assert waiting_count(event.id) == 1
    proof = confirm_by_digits(event.id, code.id, code.mark, digits_in(last_mail("zoe@example.org")), now())
    db.session.commit()
    assert (proof.refusal, proof.rsvp.status) == (None, RsvpStatus.CONFIRMED)
    link = link_in(last_mail("yann@example.org")).rsplit("/", 1)[1]
    assert find_link(link) is waiting
    second = confirm_by_link(waiting, link, now()).rsvp
    db.session.commit()
    assert (second.status, place_in_line(second)) == (RsvpStatus.WAITLISTED, 1)
    cancel_rsvp(proof.rsvp.id, now())
    db.session.commit()
    assert second.status == "confirmed"
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == 2 * len(ConsentPurpose)
    place = find_place(ticket_of(second).token)
    assert place is not None
    assert place.rsvp is second
    assert soonest_events(now(), None) == [event]


def test_a_hold_that_ran_out_keeps_the_proof_and_the_consents(each_database: Flask) -> None:
    event = make_small_event(5)
    event.hold_minutes = 5
    code = register_address(event.id, "zoe@example.org", "Zoé", ASKED, now())
    db.session.commit()
    proof = confirm_by_digits(
        event.id, code.id, code.mark, digits_in(last_mail("zoe@example.org")), now() + timedelta(minutes=6)
    )
    db.session.commit()
    assert proof.refusal is not None
    assert proof.refusal.code == "hold-expired"
    assert proof.member.email_confirmed_at is not None
    assert event.seats_taken == 0
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == len(ConsentPurpose)


def test_a_member_registers_at_once_and_finds_it_again(each_database: Flask) -> None:
    event, member = make_small_event(5), make_member(email="zoe@example.org")
    rsvp = register_member(event.id, member, ASKED, now())
    db.session.commit()
    assert the_rsvp(event) is rsvp
    assert find_place_of(event.id, member.id) is not None
    coming, past = places_of(member.id, now())
    assert ([place.rsvp for place in coming], past) == ([rsvp], [])
    assert rsvp.arrived_from == {"via": "zoe"}


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
def test_who_proves_an_address_for_two_events_at_once_is_asked_for_each_consent_once(
    each_database: Flask,
) -> None:
    chapter, proofs = make_chapter(), []
    for event in (make_event(chapter), make_event(chapter)):
        code = register_address(event.id, "zoe@example.org", "Zoé", ASKED, now())
        proofs.append((event.id, code.id, code.mark, digits_in(last_mail("zoe@example.org"))))
        db.session.commit()
    first, second = proofs
    just_after(
        "SELECT email_codes", lambda: elsewhere(each_database, lambda: confirm_by_digits(*second, now()))
    )
    confirm_by_digits(*first, now())
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == len(ConsentPurpose)
