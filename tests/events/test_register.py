"""Taking a seat in one form."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus
from app.members.models import Consent, ConsentPurpose, Member
from app.outbox import Message
from tests.client import Client, text_of
from tests.events.fans import (
    YES,
    asks_digits,
    digits_in,
    fill,
    in_english,
    last_mail,
    make_slot,
    register,
    take,
    the_rsvp,
    ticket_of,
)
from tests.factories import make_event, make_member


def enter_digits(client: Client, event: Event, digits: str) -> str:
    """Type the digits in and return where that leads, or "" when the page stays."""
    path = f"/events/{event.slug}/register/check"
    return client.post(path, data=client.csrf(path) | {"digits": digits}).location or ""


def test_an_address_is_mailed_a_code_and_a_link_and_the_seat_is_held(client: Client, event: Event) -> None:
    response = register(in_english(client), event)
    assert "zoe@example.org" in text_of(response.text)
    assert asks_digits(response, event)
    reloaded = client.get(f"/events/{event.slug}/register/check")
    assert asks_digits(reloaded, event)
    assert "zoe@example.org" in text_of(reloaded.text)
    rsvp = the_rsvp(event)
    assert rsvp.status == RsvpStatus.HELD
    assert rsvp.member.display_name == "Zoé O’Brien-Nguyễn"
    mail = last_mail("zoe@example.org")
    assert digits_in(mail) not in mail.subject  # which the outbox lists
    assert "Your seat is held until" in mail.text


def test_the_mail_says_until_when_the_seat_is_held_in_the_events_zone(
    client: Client, chapter: Chapter
) -> None:
    with time_machine.travel(
        "2027-03-28T00:45:00Z", tick=False
    ):  # Paris skips from 2:00 to 3:00 in a quarter
        event = make_event(chapter)
        register(in_english(client), event)
        assert "Sunday, 28\u00a0March\u00a02027 at\u00a003:15" in last_mail("zoe@example.org").text


def test_the_digits_confirm_sign_in_and_lead_to_the_ticket(client: Client, event: Event) -> None:
    register(client, event)
    location = enter_digits(client, event, digits_in(last_mail("zoe@example.org")))
    rsvp = the_rsvp(event)
    assert location == f"/tickets/{ticket_of(rsvp).token}"
    assert client.get("/me").status_code == 200
    assert last_mail("zoe@example.org").template == "events/ticket"
    assert rsvp.member.email_confirmed_at is not None


def test_the_ticket_mail_carries_the_event_as_a_calendar_file(client: Client, event: Event) -> None:
    register(client, event)
    enter_digits(client, event, digits_in(last_mail("zoe@example.org")))
    (attachment,) = last_mail("zoe@example.org").attachments
    assert attachment["type"] == "text/calendar"
    assert "BEGIN:VEVENT" in attachment["text"]


def test_consents_are_recorded_once_the_address_is_proven(client: Client, event: Event) -> None:
    register(client, event)
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == 0
    enter_digits(client, event, digits_in(last_mail("zoe@example.org")))
    rsvp = the_rsvp(event)
    said = {consent.purpose: consent.granted for consent in db.session.scalars(sa.select(Consent))}
    assert said == {
        ConsentPurpose.INVITATIONS: True,
        ConsentPurpose.PRODUCT_NEWS: False,
        ConsentPurpose.PHOTOS: True,
    }
    assert {consent.source for consent in db.session.scalars(sa.select(Consent))} == {f"rsvp:{rsvp.id}"}
    assert rsvp.consent_answers is None


def test_wrong_digits_say_so_beside_the_field(client: Client, event: Event) -> None:
    register(in_english(client), event)
    path = f"/events/{event.slug}/register/check"
    wrong = "000000" if digits_in(last_mail("zoe@example.org")) != "000000" else "111111"
    page = client.post(path, data=client.csrf(path) | {"digits": wrong})
    assert "4 tries left" in text_of(page.text)
    assert the_rsvp(event).status == RsvpStatus.HELD


def test_empty_answers_say_what_to_do_and_change_nothing(client: Client, event: Event) -> None:
    path = f"/events/{event.slug}/register"
    page = in_english(client).post(path, data=client.csrf(path))
    text = text_of(page.text)
    assert "Enter the name you would like to be called by." in text
    assert "Enter an e-mail address, like name@example.org." in text
    assert text.count("Choose yes or no.") == 2 * 3  # beside each question and in the list above
    assert db.session.scalar(sa.select(sa.func.count(Member.id)).where(Member.email.like("zoe%"))) == 0


@pytest.mark.parametrize(
    "email", ["zoe", "zoe@", "a b@example.org", "zoe@example", "x" * 300 + "@example.org"]
)
def test_an_address_that_no_mail_reaches_is_refused(client: Client, event: Event, email: str) -> None:
    page = register(in_english(client), event, email=email)
    assert "Enter an e-mail address, like name@example.org." in text_of(page.text)


def test_each_consent_must_be_answered_and_none_is_preselected(client: Client, event: Event) -> None:
    assert "checked" not in client.get(f"/events/{event.slug}/register").text
    path = f"/events/{event.slug}/register"
    answers = {"name": "Zoé", "email": "zoe@example.org"} | YES
    del answers["consent_photos"]
    page = in_english(client).post(path, data=client.csrf(path) | answers)
    assert "Choose yes or no." in text_of(page.text)


def test_a_party_is_asked_for_where_guests_are_allowed(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=3)
    register(client, event, party_size=3)
    assert (the_rsvp(event).party_size, event.seats_taken) == (3, 3)


def test_a_party_beyond_the_choices_is_refused(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=3)
    assert register(client, event, party_size=4).status_code == 200
    assert event.seats_taken == 0


def test_a_slot_is_chosen_and_required(client: Client, event: Event) -> None:
    slot = make_slot(event, "La grande table", 3)
    assert "Choose a time or a table." in text_of(register(in_english(client), event).text)
    register(client, event, slot_id=slot.id)
    assert the_rsvp(event).slot_id == slot.id


def test_a_full_event_puts_in_line_and_the_mail_says_so(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    register(in_english(client), event)
    mail = last_mail("zoe@example.org")
    assert "All seats are taken for now" in mail.text
    location = enter_digits(client, event, digits_in(mail))
    text = text_of(client.get(location).text)
    assert "You are next in line." in text
    assert "first come, first served, among those whose party fits" in text
    assert the_rsvp(event).email_proven


def test_someone_signed_in_is_confirmed_at_once(as_fan: Client, fan: Member, event: Event) -> None:
    page = as_fan.get(f"/events/{event.slug}/register").text
    assert 'name="email"' not in page
    response = register(as_fan, event, email="")
    rsvp = the_rsvp(event, "camille@example.org")
    assert response.location == f"/tickets/{ticket_of(rsvp).token}"


def test_someone_signed_in_is_not_asked_again_about_consents(
    as_fan: Client, fan: Member, chapter: Chapter
) -> None:
    register(as_fan, make_event(chapter), email="")
    event = make_event(chapter)
    path = f"/events/{event.slug}/register"
    assert "consent_photos" not in as_fan.get(path).text
    as_fan.post(path, data=as_fan.csrf(path))
    assert the_rsvp(event, "camille@example.org").status == RsvpStatus.CONFIRMED


def test_the_form_leads_who_has_a_seat_to_the_ticket(as_fan: Client, fan: Member, event: Event) -> None:
    rsvp = take(event, fan)
    response = as_fan.get(f"/events/{event.slug}/register")
    assert response.location == f"/tickets/{ticket_of(rsvp).token}"


def test_nobody_learns_that_an_address_is_registered(client: Client, fan: Member, event: Event) -> None:
    take(event, fan)
    known = register(in_english(client), event, email="camille@example.org")
    other = in_english(client.application.test_client())  # type: ignore[arg-type]
    unknown = register(other, event, email="unknown@example.org")
    assert known.status_code == unknown.status_code
    assert list(known.headers.keys()) == list(unknown.headers.keys())
    assert text_of(known.text).replace("camille", "X") == text_of(unknown.text).replace("unknown", "X")
    pages = [text_of(asked.get(f"/events/{event.slug}/register/check").text) for asked in (client, other)]
    assert pages[0].replace("camille", "X") == pages[1].replace("unknown", "X")


def test_who_is_registered_already_is_mailed_the_ticket(client: Client, fan: Member, event: Event) -> None:
    rsvp = take(event, fan)
    register(client, event, email="camille@example.org", name="Quelqu’un d’autre")
    mail = last_mail("camille@example.org")
    assert f"/tickets/{ticket_of(rsvp).token}" in mail.text
    assert event.seats_taken == 1
    assert fan.display_name == "Camille O’Brien-Nguyễn"
    assert rsvp.consent_answers is None
    assert enter_digits(client, event, digits_in(mail)) == f"/tickets/{ticket_of(rsvp).token}"


def test_a_double_tap_sends_one_mail_and_takes_one_seat(client: Client, event: Event) -> None:
    register(client, event)
    register(client, event)
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1
    assert event.seats_taken == 1
    assert enter_digits(client, event, digits_in(last_mail("zoe@example.org")))


def test_the_form_can_be_corrected_by_going_back(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=3)
    register(client, event, party_size=1)
    register(client, event, party_size=2)
    assert (the_rsvp(event).party_size, event.seats_taken) == (2, 2)


def test_another_code_can_be_asked_for_after_a_minute(client: Client, event: Event) -> None:
    register(in_english(client), event)
    first = digits_in(last_mail("zoe@example.org"))
    check, again = (f"/events/{event.slug}/register/{page}" for page in ("check", "again"))
    client.post(again, data=client.csrf(check))
    assert "less than a minute ago" in client.get(check).text
    with time_machine.travel(now() + timedelta(seconds=61), tick=False):
        client.post(again, data=client.csrf(check))
        assert "A new mail is on its way" in client.get(check).text
        second = digits_in(last_mail("zoe@example.org"))
        assert first == second or enter_digits(client, event, first) == ""
        assert enter_digits(client, event, second)


def test_a_code_is_not_sent_again_for_a_seat_that_lapsed(client: Client, event: Event) -> None:
    register(in_english(client), event)
    check, again = (f"/events/{event.slug}/register/{page}" for page in ("check", "again"))
    token = client.csrf(check)
    rsvp = the_rsvp(event)
    rsvp.status, rsvp.held_until, event.seats_taken = RsvpStatus.CANCELLED, None, 0
    response = client.post(again, data=token)
    assert response.location == f"/events/{event.slug}/register"
    assert "not confirmed in time" in client.get(response.location).text


def test_a_hold_that_ran_out_says_so_and_one_tap_takes_another_seat(client: Client, event: Event) -> None:
    event.hold_minutes = 5
    register(in_english(client), event)
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        location = enter_digits(client, event, digits_in(last_mail("zoe@example.org")))
        assert location == f"/events/{event.slug}/register"
        assert "not confirmed in time" in client.get(location).text
        assert client.post(location, data=client.csrf(location)).location.startswith("/tickets/")
    assert the_rsvp(event).status == RsvpStatus.CONFIRMED


def test_the_page_of_the_digits_needs_a_registration_in_this_browser(client: Client, event: Event) -> None:
    assert client.get(f"/events/{event.slug}/register/check").location == f"/events/{event.slug}/register"


def test_a_registration_elsewhere_does_not_open_the_page_of_the_digits(
    client: Client, chapter: Chapter
) -> None:
    event, other = make_event(chapter), make_event(chapter)
    register(client, event)
    assert client.get(f"/events/{other.slug}/register/check").location == f"/events/{other.slug}/register"


def test_a_draft_has_no_form(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, status=EventStatus.DRAFT)
    assert client.get(f"/events/{event.slug}/register").status_code == 404


def test_an_event_that_is_closed_leads_back_to_its_page(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, status=EventStatus.CANCELLED)
    assert client.get(f"/events/{event.slug}/register").location == f"/events/{event.slug}"


def test_an_event_that_closes_while_the_form_is_open_says_so(client: Client, event: Event) -> None:
    path = f"/events/{event.slug}/register"
    data = client.csrf(path) | {"name": "Zoé", "email": "zoe@example.org"} | YES
    event.status = EventStatus.CANCELLED
    assert client.post(path, data=data).location == f"/events/{event.slug}"
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) == 0


def test_a_post_without_the_forms_token_is_refused(client: Client, event: Event) -> None:
    path = f"/events/{event.slug}/register"
    assert client.post(path, data={"name": "Zoé", "email": "zoe@example.org"} | YES).status_code == 400


def test_where_people_came_from_is_kept_with_their_seat(client: Client, event: Event) -> None:
    path = f"/events/{event.slug}/register?utm_source=insta&via=zoe&other=1"
    client.post(path, data=client.csrf(path) | {"name": "Zoé", "email": "zoe@example.org"} | YES)
    assert the_rsvp(event).arrived_from == {"utm_source": "insta", "via": "zoe"}


def test_a_name_in_any_script_is_kept_as_it_is_written(client: Client, event: Event) -> None:
    for number, name in enumerate(["O’Brien-Nguyễn", "김민수", "محمد", "Łukasz Æ"]):
        email = f"fan{number}@example.org"
        register(client, event, email=email, name=name)
        assert the_rsvp(event, email).member.display_name == name
        assert name in last_mail(email).text


def test_a_member_in_line_who_comes_back_sees_the_place(
    as_fan: Client, fan: Member, chapter: Chapter
) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    take(event, make_member())
    rsvp = take(event, fan)
    response = as_fan.get(f"/events/{event.slug}/register")
    assert response.location == f"/tickets/{rsvp.token}"
    assert "You are number 2 in line." in text_of(as_fan.get(response.location + "?lang=en").text)


def test_two_events_are_registered_for_side_by_side(client: Client, event: Event, chapter: Chapter) -> None:
    other = make_event(chapter)
    register(client, event)
    digits = digits_in(last_mail("zoe@example.org"))
    register(client, other)
    others = digits_in(last_mail("zoe@example.org"))
    assert asks_digits(client.get(f"/events/{event.slug}/register/check"), event)
    assert enter_digits(client, event, digits).startswith("/tickets/")
    assert asks_digits(client.get(f"/events/{other.slug}/register/check"), other)
    assert enter_digits(client, other, others).startswith("/tickets/")


def test_sending_again_does_not_tell_who_has_a_seat(client: Client, fan: Member, event: Event) -> None:
    take(event, fan)
    answers = []
    for email in (str(fan.email), "unknown@example.org"):
        browser = in_english(client.application.test_client())  # type: ignore[arg-type]
        register(browser, event, email=email)
        token = browser.csrf(f"/events/{event.slug}/register/check")
        with time_machine.travel(now() + timedelta(minutes=event.hold_minutes, seconds=1), tick=False):
            again = browser.post(f"/events/{event.slug}/register/again", data=token)
        answers.append((again.status_code, again.location))
    assert answers[0] == answers[1]


def test_a_registration_takes_few_statements(client: Client, event: Event, statements: list[str]) -> None:
    form = f"/events/{event.slug}/register"
    token = client.csrf(form)
    statements.clear()
    client.post(form, data=token | {"name": "Zoé", "email": "zoe@example.org"} | YES)
    assert len(statements) <= 13, "\n".join(statement[:90] for statement in statements)
    token, digits = client.csrf(f"{form}/check"), digits_in(last_mail("zoe@example.org"))
    db.session.commit()
    db.session.expunge_all()
    statements.clear()
    assert client.post(f"{form}/check", data=token | {"digits": digits}).location
    assert len(statements) <= 15, "\n".join(statement[:90] for statement in statements)
