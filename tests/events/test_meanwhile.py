"""What a fan is answered when something changed between the page that they read and the button that they press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from app.clock import now
from app.db import db
from app.events.actions_mails import mail_code
from app.events.actions_manage import cancel_event
from app.events.actions_questions import QuestionDraft, add_question, remove_question
from app.events.actions_seats import cancel_rsvp
from app.events.actions_slots import remove_slot
from app.events.models import Event, HoldFor, Rsvp, RsvpStatus, Slot
from app.events.models_questions import AskedKind, EventQuestion
from app.members.actions_codes import issue_code
from app.members.actions_privacy import erase_member
from app.members.models import EmailCode, Member
from app.outbox import Message
from tests.client import Client, find, text_of
from tests.events.fans import (
    YES,
    digits_in,
    in_english,
    last_mail,
    link_in,
    make_slot,
    register,
    take,
    the_rsvp,
    ticket_of,
)
from tests.events.seat_promises import check_answers, check_seats
from tests.factories import make_rsvp
from tests.meanwhile import elsewhere, just_before

Happens = Callable[[int, int, int], object]  # to an event, a member, and who runs the event


def is_called_off(event_id: int, _member_id: int, by_id: int) -> object:
    return cancel_event(db.session.get_one(Event, event_id), db.session.get_one(Member, by_id), now())


def is_erased(_event_id: int, member_id: int, _by_id: int) -> None:
    erase_member(db.session.get_one(Member, member_id), now())


def is_given_back(event_id: int, member_id: int, _by_id: int) -> object:
    theirs = sa.select(Rsvp.id).where(Rsvp.event_id == event_id, Rsvp.member_id == member_id)
    return [cancel_rsvp(rsvp_id, now()) for rsvp_id in db.session.scalars(theirs)]


meanwhile = pytest.mark.parametrize("happens", [is_called_off, is_erased, is_given_back])


def press(
    app: Flask,
    client: Client,
    event: Event,
    member: Member,
    cm: Member,
    happens: Happens,
    page: str,
    button: str,
    **fields: str,
) -> TestResponse:
    """Read a page, and press its button; something happens just before the first write of that."""
    token = client.csrf(page)
    ids = event.id, member.id, cm.id
    db.session.commit()
    done: list[Happens] = []

    def happen() -> None:
        elsewhere(app, lambda: happens(*ids))
        done.append(happens)

    just_before(("UPDATE", "INSERT", "DELETE"), happen)
    answer = client.post(button, data=token | YES | FRIEND | fields)
    assert done == [happens]
    return answer


FRIEND = {"party_size": "2", "name": "Noé", "email": "noe@example.org"}


@meanwhile
@pytest.mark.parametrize("button", ["cancel", "accept", "take", "coming", "change", "hand-on"])
def test_each_button_of_a_ticket_is_answered_whatever_happened_meanwhile(
    app: Flask,
    as_member: Callable[..., Client],
    event: Event,
    fan: Member,
    cm: Member,
    happens: Happens,
    button: str,
) -> None:
    event.party_max = 3
    token = ticket_of(take(event, fan)).token
    page = f"/tickets/{token}"
    client = as_member(fan)
    answer = press(app, client, event, fan, cm, happens, f"{page}/change", f"{page}/{button}")
    assert answer.status_code in {200, 302}
    assert client.get(page).status_code == client.get(f"{page}/calendar.ics").status_code == 200
    check_seats(event.id)


@meanwhile
def test_the_form_of_who_is_signed_in_is_answered_whatever_happened_meanwhile(
    app: Flask, as_member: Callable[..., Client], event: Event, fan: Member, cm: Member, happens: Happens
) -> None:
    path = f"/events/{event.slug}/register"
    answer = press(app, as_member(fan), event, fan, cm, happens, path, path)
    assert answer.status_code in {200, 302}
    check_seats(event.id)


@meanwhile
def test_not_this_time_is_answered_whatever_happened_meanwhile(
    app: Flask, as_member: Callable[..., Client], event: Event, fan: Member, cm: Member, happens: Happens
) -> None:
    path = f"/events/{event.slug}"
    answer = press(app, as_member(fan), event, fan, cm, happens, f"{path}/register", f"{path}/decline")
    assert answer.status_code == 302
    check_seats(event.id)


@meanwhile
@pytest.mark.parametrize("how", ["digits", "link", "again", "anew"])
def test_the_proof_of_an_address_is_answered_whatever_happened_meanwhile(
    app: Flask, client: Client, event: Event, cm: Member, happens: Happens, how: str
) -> None:
    register(client, event)
    member, mail = the_rsvp(event).member, last_mail("zoe@example.org")
    path = f"/events/{event.slug}/register"
    page = {"digits": f"{path}/check", "link": link_in(mail), "again": f"{path}/check", "anew": path}[how]
    button = f"{path}/again" if how == "again" else page
    db.session.execute(sa.update(EmailCode).values(created_at=now() - timedelta(minutes=2)))
    answer = press(app, client, event, member, cm, happens, page, button, digits=digits_in(mail))
    assert answer.status_code in {200, 302, 410}
    assert client.get(path, follow_redirects=True).status_code == 200
    check_seats(event.id)


def test_who_chose_a_table_that_is_gone_meanwhile_is_asked_for_another(
    app: Flask, client: Client, event: Event, cm: Member
) -> None:
    first, second = make_slot(event, "First table", 5), make_slot(event, "Second table", 5)
    path, slot_id, cm_id = f"/events/{event.slug}/register", first.id, cm.id
    token = in_english(client).csrf(path)

    def remove() -> None:
        remove_slot(db.session.get_one(Slot, slot_id), db.session.get_one(Member, cm_id), now())

    just_before("UPDATE", lambda: elsewhere(app, remove))
    person = {"name": "Zoé", "email": "zoe@example.org", "slot_id": slot_id}
    answer = client.post(path, data=token | YES | person)
    assert answer.status_code == 200
    assert "Choose a time or a table from the list." in text_of(answer.text)
    assert second.name in answer.text


def test_who_answered_a_question_that_is_gone_meanwhile_is_told_that_the_event_is_too(
    app: Flask, client: Client, event: Event, cm: Member
) -> None:
    question = add_question(event, QuestionDraft(AskedKind.TEXT, "Allergies?"), cm, now())
    db.session.commit()
    path, question_id, cm_id, event_id = f"/events/{event.slug}/register", question.id, cm.id, event.id
    token = in_english(client).csrf(path)

    def remove() -> None:
        by = db.session.get_one(Member, cm_id)
        remove_question(db.session.get_one(EventQuestion, question_id), 0, by, now())
        cancel_event(db.session.get_one(Event, event_id), by, now())

    just_before("UPDATE", lambda: elsewhere(app, remove))
    answer = client.post(path, data=token | YES | {"name": "Zoé", "email": "zoe@example.org"})
    assert answer.status_code == 200
    assert "Registration for this event is closed." in text_of(answer.text)


def test_who_answers_the_questions_after_their_offer_lapsed_is_told_so(
    as_member: Callable[..., Client], event: Event, fan: Member, cm: Member
) -> None:
    add_question(event, QuestionDraft(AskedKind.TEXT, "Allergies?"), cm, now())
    fan.locale = "en"
    rsvp = make_rsvp(event, fan, RsvpStatus.HELD, hold_for=HoldFor.OFFER)
    client, path = as_member(fan), f"/tickets/{rsvp.token}/answers"
    token = client.csrf(path)
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        answer = client.post(path, data=token)
        assert answer.location == f"/tickets/{rsvp.token}"
        assert "This seat was given back." in text_of(client.get(answer.location).text)


def drop_codes() -> None:
    """Drop all codes, as the worker does with old ones: on SQLite their numbers are free again."""
    db.session.execute(sa.delete(EmailCode))
    db.session.commit()


def test_who_asks_for_another_code_when_the_number_of_theirs_signs_somebody_in_registers_again(
    client: Client, event: Event, fan: Member
) -> None:
    register(client, event)
    token = client.csrf(f"/events/{event.slug}/register/check")
    number = db.session.scalars(sa.select(EmailCode.id)).one()
    drop_codes()
    assert issue_code(fan, "sign-in", "", now()).row.id == number
    db.session.commit()
    answer = client.post(f"/events/{event.slug}/register/again", data=token)
    assert answer.location == f"/events/{event.slug}/register"


def test_who_asks_for_another_code_when_the_number_of_theirs_is_another_fan_s_sends_that_one_nothing(
    client: Client, event: Event, fan: Member
) -> None:
    register(client, event)
    token = client.csrf(f"/events/{event.slug}/register/check")
    number = db.session.scalars(sa.select(EmailCode.id)).one()
    drop_codes()
    theirs = take(event, fan, proven=False)
    code = mail_code(theirs, now() - timedelta(minutes=2))
    assert code is not None
    assert code.id == number
    db.session.commit()
    answer = client.post(f"/events/{event.slug}/register/again", data=token)
    assert answer.location == f"/events/{event.slug}/register"
    assert db.session.scalars(sa.select(Message.to).where(Message.member_id == fan.id)).all() == [fan.email]


def test_digits_typed_when_the_number_of_the_code_is_another_fan_s_take_no_try_of_theirs(
    client: Client, event: Event, fan: Member
) -> None:
    path = f"/events/{event.slug}/register/check"
    register(client, event)
    token = client.csrf(path)
    number = db.session.scalars(sa.select(EmailCode.id)).one()
    drop_codes()
    code = mail_code(take(event, fan, proven=False), now())
    assert code is not None
    assert code.id == number
    db.session.commit()
    assert "Ce n’est pas le code" in text_of(client.post(path, data=token | {"digits": "000000"}).text)
    assert db.session.get_one(EmailCode, number, populate_existing=True).failed_tries == 0


def test_who_was_signed_in_when_the_form_was_opened_is_asked_for_name_and_address_later(
    app: Flask, as_member: Callable[..., Client], event: Event, fan: Member
) -> None:
    client, path = as_member(fan), f"/events/{event.slug}/register"
    token = client.csrf(path)
    client.post("/sign-out", data=token)
    assert client.post(path, data=token | YES).status_code in {200, 400}
    assert db.session.scalars(sa.select(Rsvp)).all() == []
    assert find(client.get(path).text, "input[name=email]")


def test_who_signs_in_elsewhere_while_the_form_is_open_takes_their_own_seat_once(
    as_member: Callable[..., Client], client: Client, event: Event, fan: Member
) -> None:
    path = f"/events/{event.slug}/register"
    token = client.csrf(path)
    client.sign_in(fan)
    for _ in range(2):
        answer = client.post(path, data=token | YES | {"name": "Camille", "email": str(fan.email)})
        assert answer.status_code in {200, 302, 400}
    check_seats(event.id)
    check_answers(event.id)
