"""A member changes what they answered."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_questions import change_answers, store_answers
from app.events.models import Chapter, Event, GuestNames, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind, EventQuestion
from app.events.queries_questions import answers_of
from app.members.models import Member
from tests.client import Client, find, text_of
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
    link = f'a[href="{path(rsvp)}"]'
    ticket = f"/tickets/{rsvp.tickets[0].token}"
    assert find(as_fan.get(ticket).text, link)
    assert not find(client.get(ticket).text, link)
    assert "/sign-in" in (client.get(path(rsvp)).location or "")
    assert as_cm.get(path(rsvp)).status_code == 404


def test_an_event_that_asks_nothing_shows_no_way(as_fan: Client, fan: Member, chapter: Chapter) -> None:
    rsvp = make_rsvp(make_event(chapter), fan, RsvpStatus.CONFIRMED)
    assert "/answers" not in as_fan.get(f"/tickets/{rsvp.tickets[0].token}").text


def test_a_place_given_back_has_no_answers_to_change(as_fan: Client, rsvp: Rsvp) -> None:
    rsvp.status = RsvpStatus.CANCELLED
    db.session.commit()
    assert as_fan.get(path(rsvp)).status_code == 404
    with pytest.raises(Refusal, match="given-back"):
        change_answers(rsvp.id, {}, None, now())
