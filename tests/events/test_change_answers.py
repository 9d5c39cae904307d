"""A member changes what they answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_changes import hand_on
from app.events.actions_questions import change_answers, store_answers
from app.events.models import Chapter, Event, GuestNames, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind, EventQuestion
from app.events.queries_questions import answers_of
from app.members.models import Member
from tests.client import Client, find, text_of
from tests.events.fans import in_english, last_mail
from tests.events.test_register_questions import ask
from tests.factories import make_event, make_rsvp


@pytest.fixture
def event(chapter: Chapter) -> Event:
    return make_event(chapter, party_max=3, guest_names=GuestNames.OPTIONAL)


@pytest.fixture
def colour(event: Event) -> EventQuestion:
    return ask(event, AskedKind.ONE, "Colour?", choices=["red", "blue"], required=True)


@pytest.fixture
def rsvp(event: Event, fan: Member, colour: EventQuestion) -> Rsvp:
    """Camille, with a guest, who answered “red”."""
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED, party_size=2)
    store_answers(rsvp, {colour.id: "red"}, ["Ali"])
    db.session.commit()
    return rsvp


def path(rsvp: Rsvp) -> str:
    return f"/tickets/{rsvp.token}/answers"


def change(client: Client, rsvp: Rsvp, **fields: object) -> TestResponse:
    return client.post(path(rsvp), data=client.csrf(path(rsvp)) | fields)


def test_what_was_answered_is_shown_and_changed(as_fan: Client, rsvp: Rsvp, colour: EventQuestion) -> None:
    page = as_fan.get(path(rsvp)).text
    assert [box.attrs.get("value") for box in find(page, "input[checked]")] == ["red"]
    assert [field.attrs.get("value") for field in find(page, "input[name^=guest]")] == ["Ali"]
    assert (
        change(as_fan, rsvp, guest_1="Zoé", **{f"q_{colour.id}": "blue"}).location == f"/tickets/{rsvp.token}"
    )
    assert answers_of([rsvp.id], with_sensitive=True) == {rsvp.id: {colour.id: "blue"}}
    assert db.session.get_one(Rsvp, rsvp.id).guest_names == ["Zoé"]


def test_a_bad_answer_is_said_and_changes_nothing(as_fan: Client, rsvp: Rsvp, colour: EventQuestion) -> None:
    page = change(as_fan, rsvp, **{f"q_{colour.id}": "green"})
    assert "liste" in text_of(page.text)
    assert answers_of([rsvp.id], with_sensitive=True) == {rsvp.id: {colour.id: "red"}}


def test_the_ticket_shows_the_way_to_its_member_alone(
    as_fan: Client, client: Client, as_cm: Client, rsvp: Rsvp
) -> None:
    ticket = f"/tickets/{rsvp.tickets[0].token}"
    link = f'a[href="{ticket}/answers"]'
    assert find(as_fan.get(ticket).text, link)
    assert not find(client.get(ticket).text, link)
    assert "/sign-in" in (client.get(path(rsvp)).location or "")
    assert as_cm.get(path(rsvp)).status_code == 404


WAITS = "The hosts still need answers from you"


def test_a_ticket_asks_whoever_was_never_asked_and_leads_past_signing_in(
    client: Client, as_fan: Client, as_cm: Client, rsvp: Rsvp
) -> None:
    store_answers(rsvp, {}, [])
    db.session.commit()
    ticket = f"/tickets/{rsvp.tickets[0].token}"
    page = in_english(client).get(ticket).text
    assert WAITS in text_of(page)
    assert "Sign in with the address" in text_of(page)
    assert rsvp.token not in page
    assert "/sign-in" in (client.get(f"{ticket}/answers").location or "")
    own = text_of(as_fan.get(f"{ticket}?lang=en").text)
    assert WAITS in own
    assert "Sign in with the address" not in own
    assert WAITS not in text_of(as_cm.get(f"{ticket}?lang=en").text)
    rsvp.event.starts_at, rsvp.event.ends_at = now() - timedelta(hours=3), now()
    db.session.commit()
    assert WAITS not in text_of(client.get(ticket).text)


def test_a_name_that_the_event_must_have_is_asked_for(client: Client, rsvp: Rsvp) -> None:
    rsvp.event.guest_names, rsvp.guest_names = GuestNames.REQUIRED, None
    db.session.commit()
    assert WAITS in text_of(in_english(client).get(f"/tickets/{rsvp.tickets[0].token}").text)


def test_a_question_that_is_not_asked_then_is_not_waited_for(
    client: Client, event: Event, rsvp: Rsvp, colour: EventQuestion
) -> None:
    only_if = {"only_if_id": colour.id, "only_if_value": "blue", "required": True}
    ask(event, AskedKind.TEXT, "Which blue?", **only_if)
    ticket = f"/tickets/{rsvp.tickets[0].token}"
    assert WAITS not in text_of(in_english(client).get(ticket).text)
    store_answers(rsvp, {colour.id: "blue"})
    db.session.commit()
    assert WAITS in text_of(client.get(ticket).text)


def test_a_friend_who_was_handed_a_ticket_is_asked_even_what_nobody_has_to_say(
    client: Client, event: Event, rsvp: Rsvp, colour: EventQuestion
) -> None:
    colour.required = False
    rsvp.locale = "en"
    given = hand_on(rsvp.id, "ami@example.org", "Ami", now())
    db.session.commit()
    assert "The hosts have a few questions for you" in last_mail("ami@example.org").text
    ticket = f"/tickets/{next(one for one in given.tickets if one.revoked_at is None).token}"
    assert WAITS in text_of(in_english(client).get(ticket).text)
    store_answers(given, {colour.id: "red"})
    db.session.commit()
    assert WAITS not in text_of(client.get(ticket).text)


def test_an_event_that_asks_nothing_shows_no_way(as_fan: Client, fan: Member, chapter: Chapter) -> None:
    rsvp = make_rsvp(make_event(chapter), fan, RsvpStatus.CONFIRMED)
    assert "/answers" not in as_fan.get(f"/tickets/{rsvp.tickets[0].token}").text


def test_a_place_given_back_has_no_answers_to_change(as_fan: Client, rsvp: Rsvp) -> None:
    rsvp.status = RsvpStatus.CANCELLED
    db.session.commit()
    assert as_fan.get(path(rsvp)).status_code == 404
    with pytest.raises(Refusal, match="given-back"):
        change_answers(rsvp.id, {}, None, now())
