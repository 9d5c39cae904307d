"""Somebody is erased, from another device, at the moment when they register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_changes import decline
from app.events.actions_registration import Asked, register_address, register_member
from app.events.actions_seats import cancel_rsvp, find_rsvp
from app.events.models import LIVE, Event, Rsvp, RsvpStatus
from app.members.actions_privacy import erase_member
from app.members.models import EmailCode, Member
from app.outbox import Message
from tests.client import Client
from tests.events.fans import register, the_rsvp
from tests.events.seat_promises import check_answers, check_line, check_seats
from tests.factories import make_chapter, make_event, make_member, make_rsvp
from tests.meanwhile import Meanwhile, elsewhere, just_after, just_before
from tests.racing import race

ASKED = Asked(1, None, {}, "fr")
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def erase(member_id: int) -> None:
    erase_member(db.session.get_one(Member, member_id), now())


def test_who_was_erased_meanwhile_gets_no_seat_and_no_mail(each_database: Flask) -> None:
    event, member = make_event(make_chapter()), make_member(email="zoe@example.org")
    member_id, address = member.id, member.email  # as this session has read them
    assert address == "zoe@example.org"
    elsewhere(each_database, lambda: erase(member_id))
    with pytest.raises(Refusal, match="erased"):
        register_member(event.id, member, ASKED, now())
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 0


def test_who_was_erased_meanwhile_leaves_no_not_this_time(each_database: Flask) -> None:
    event, member = make_event(make_chapter()), make_member(email="zoe@example.org")
    event_id, member_id = event.id, member.id
    just_before("UPDATE", lambda: elsewhere(each_database, lambda: erase(member_id)))
    with pytest.raises(Refusal, match="erased"):
        decline(event_id, member, "fr", now())
    db.session.commit()
    assert db.session.scalars(sa.select(Rsvp)).all() == []


@on_postgresql
def test_who_says_not_this_time_while_they_are_erased_waits_and_leaves_nothing(each_database: Flask) -> None:
    event_id, member_id = make_event(make_chapter()).id, make_member().id
    db.session.commit()
    erase(member_id)
    other = Meanwhile(
        each_database, lambda: decline(event_id, db.session.get_one(Member, member_id), "fr", now())
    ).begin()
    db.session.commit()
    refusal = other.end()
    assert isinstance(refusal, Refusal), refusal
    assert refusal.code == "erased"
    assert db.session.scalars(sa.select(Rsvp)).all() == []


@on_postgresql
def test_who_is_erased_once_their_address_was_found_is_somebody_new(each_database: Flask) -> None:
    event_id, member_id = make_event(make_chapter()).id, make_member(email="zoe@example.org").id
    db.session.commit()
    just_before("SELECT members.id", lambda: elsewhere(each_database, lambda: erase(member_id)))
    register_address(event_id, "zoe@example.org", "Zoé", ASKED, now())
    db.session.commit()
    rsvp = the_rsvp(db.session.get_one(Event, event_id))
    assert rsvp.member_id != member_id
    assert rsvp.status == RsvpStatus.HELD


def test_a_registration_that_gets_in_while_its_member_is_erased_is_forgotten_too(
    each_database: Flask,
) -> None:
    event_id, member_id = make_event(make_chapter()).id, make_member(email="zoe@example.org").id
    db.session.commit()

    def get_in() -> None:
        elsewhere(
            each_database,
            lambda: register_member(event_id, db.session.get_one(Member, member_id), ASKED, now()),
        )

    if db.engine.dialect.name == "postgresql":
        just_before("SELECT members", get_in, "FOR UPDATE")
    else:  # nobody else can write once the erasure has
        just_before(("INSERT", "UPDATE", "DELETE"), get_in)
    erase(member_id)
    db.session.commit()
    rsvp = db.session.scalars(sa.select(Rsvp)).one()
    assert (rsvp.status, db.session.get_one(Event, event_id).seats_taken) == (RsvpStatus.CANCELLED, 0)
    mail = db.session.scalars(sa.select(Message)).one()
    assert (mail.to, mail.text, mail.status) == ("", "", "dropped")


@on_postgresql
def test_a_double_tap_and_the_erasure_of_who_taps_never_wait_for_each_other(each_database: Flask) -> None:
    """The first tap has its seat before the member's row is kept from others; the second waits for it, in turn."""
    event_id, member_id = make_event(make_chapter()).id, make_member().id
    db.session.commit()
    second: list[Meanwhile] = []

    def tap() -> RsvpStatus:
        return register_member(event_id, db.session.get_one(Member, member_id), ASKED, now()).status

    just_before("SELECT members", lambda: elsewhere(each_database, tap), "FOR UPDATE")
    just_after("SELECT members", lambda: second.append(Meanwhile(each_database, tap).begin()), "FOR UPDATE")
    erase(member_id)
    db.session.commit()
    assert second[0].end() is RsvpStatus.CONFIRMED  # what the first tap got
    rsvp = db.session.scalars(sa.select(Rsvp)).one()
    assert (rsvp.status, db.session.get_one(Event, event_id).seats_taken) == (RsvpStatus.CANCELLED, 0)
    assert db.session.get_one(Member, member_id).email is None
    assert db.session.scalars(sa.select(Message.to)).all() == [""]


@on_postgresql
def test_who_comes_back_to_an_event_and_their_erasure_never_wait_for_each_other(each_database: Flask) -> None:
    """The answer that they gave back before is written by both, and the member's row is kept by both."""
    event, member = make_event(make_chapter()), make_member()
    make_rsvp(event, member, RsvpStatus.CANCELLED)
    event_id, member_id, late = event.id, member.id, list[Meanwhile]()
    db.session.commit()

    def come_back() -> RsvpStatus:
        return register_member(event_id, db.session.get_one(Member, member_id), ASKED, now()).status

    begin = Meanwhile(each_database, come_back).begin
    just_before("SELECT members", lambda: late.append(begin()), "FOR UPDATE")
    erase(member_id)
    db.session.commit()
    refusal = late[0].end()
    assert isinstance(refusal, Refusal), refusal
    assert refusal.code == "erased"
    assert db.session.scalars(sa.select(Rsvp.status)).all() == [RsvpStatus.CANCELLED]


def taps_and_is_erased(
    together: Callable[[], object], act: str, event_ids: list[int], member_ids: list[int]
) -> list[str]:
    """Do one thing over and over as each member, at whatever event, while others do others."""
    told, dice = [], Random(act)
    for member_id in member_ids:
        together()
        for event_id in dice.sample(event_ids, len(event_ids)):
            member = db.session.get_one(Member, member_id)
            try:
                if act == "erase":
                    erase(member_id)
                elif act == "decline":
                    decline(event_id, member, "fr", now())
                elif act == "address":
                    register_address(event_id, member.email or "gone@example.org", "Zoé", ASKED, now())
                elif act == "give back":
                    if rsvp := find_rsvp(event_id, member_id):
                        cancel_rsvp(rsvp.id, now())
                else:
                    register_member(event_id, member, ASKED, now())
            except Refusal as refusal:
                told.append(refusal.code)
            commit()
            db.session.remove()
    return told


def test_whatever_somebody_does_while_they_are_erased_nobody_waits_in_a_circle_and_all_is_forgotten(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    chapter = make_chapter()
    events = [make_event(chapter, capacity=3) for _ in range(3)]
    members = [make_member(f"Fan {number}") for number in range(12)]
    for member in members:
        make_rsvp(events[0], member, RsvpStatus.CANCELLED)
    event_ids, member_ids = [event.id for event in events], [member.id for member in members]
    acts = ["tap", "tap again", "erase", "address", "give back", "decline"]
    race(tmp_path, database_url, taps_and_is_erased, [(act, event_ids, member_ids) for act in acts])
    theirs = sa.select(Rsvp.id).where(Rsvp.member_id.in_(member_ids), Rsvp.status.in_(LIVE))
    assert db.session.scalars(theirs).all() == []
    assert set(db.session.scalars(sa.select(Member.email).where(Member.id.in_(member_ids)))) == {None}
    assert set(db.session.scalars(sa.select(Message.to).where(Message.member_id.in_(member_ids)))) <= {""}
    for event_id in event_ids:
        check_seats(event_id)
        check_answers(event_id)
        check_line(db.session.get_one(Event, event_id), now())


@on_postgresql
def test_who_is_erased_from_two_devices_at_once_is_erased_once_the_first_is_done(
    each_database: Flask,
) -> None:
    event, member = make_event(make_chapter()), make_member()
    make_rsvp(event, member, RsvpStatus.CONFIRMED)
    event_id, member_id = event.id, member.id
    db.session.commit()
    erase(member_id)
    other = Meanwhile(each_database, lambda: erase(member_id)).begin()
    db.session.commit()
    assert other.end() is None
    assert db.session.get_one(Event, event_id).seats_taken == 0


def test_nobody_is_erased_before_it_is_committed(each_database: Flask) -> None:
    """On SQLite a savepoint that comes before any write ends with a commit."""
    event, member = make_event(make_chapter()), make_member(email="zoe@example.org")
    make_rsvp(event, member, RsvpStatus.CONFIRMED)
    erase(member.id)
    db.session.rollback()
    assert db.session.scalars(sa.select(Member.email)).all() == ["zoe@example.org"]
    assert db.session.scalars(sa.select(Rsvp.status)).all() == [RsvpStatus.CONFIRMED]


def test_no_other_code_is_mailed_to_who_was_erased_meanwhile(
    app: Flask, client: Client, event: Event
) -> None:
    register(client, event)
    member_id = the_rsvp(event).member_id
    db.session.execute(sa.update(EmailCode).values(created_at=now() - timedelta(minutes=2)))
    path = f"/events/{event.slug}/register"
    token = client.csrf(f"{path}/check")
    just_before("UPDATE", lambda: elsewhere(app, lambda: erase(member_id)))
    assert client.post(f"{path}/again", data=token).location == path
    assert db.session.scalars(sa.select(Message.to)).all() == [""]
