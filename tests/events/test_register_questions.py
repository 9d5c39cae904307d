"""An event's own questions, and the names of guests, in the form that takes a seat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app.clock import now
from app.db import db
from app.events.actions_questions import QuestionDraft, add_question, erase_sensitive_answers
from app.events.models import Chapter, Event, GuestNames, Rsvp
from app.events.models_questions import AskedKind, EventQuestion, RsvpAnswer
from app.events.queries_questions import answers_of, sees_sensitive
from app.members.actions_privacy import erase_member
from app.members.models import Member
from tests.client import Client, find, text_of
from tests.events.fans import digits_in, in_english, last_mail, make_slot, register, the_rsvp, went_through
from tests.factories import make_event


def ask(event: Event, kind: AskedKind, label: str, **values: Any) -> EventQuestion:
    question = add_question(event, QuestionDraft(kind, label, **values), None, now())
    db.session.commit()
    return question


def said(event: Event, email: str = "zoe@example.org") -> dict[str, Any]:
    rsvp = the_rsvp(event, email)
    answers = answers_of([rsvp.id], with_sensitive=True).get(rsvp.id, {})
    return {db.session.get_one(EventQuestion, id_).label: value for id_, value in answers.items()}


@pytest.fixture
def diet(event: Event) -> EventQuestion:
    return ask(event, AskedKind.YES_NO, "Any allergy?", required=True, sensitive=True)


@pytest.fixture
def which(event: Event, diet: EventQuestion) -> EventQuestion:
    values = {"required": True, "sensitive": True, "only_if_id": diet.id, "only_if_value": "yes"}
    return ask(event, AskedKind.TEXT, "Which one?", **values)


def test_answers_of_each_kind_are_kept_with_the_seat(client: Client, event: Event) -> None:
    kinds = {
        AskedKind.TEXT: "Zoé’s team",
        AskedKind.LONG_TEXT: "one\ntwo",
        AskedKind.ONE: "red",
        AskedKind.SEVERAL: ["red", "blue"],
        AskedKind.NUMBER: 12,
        AskedKind.YES_NO: False,
        AskedKind.CONSENT: True,
    }
    sent: dict[str, Any] = {}
    for kind, value in kinds.items():
        choices = ["red", "blue"] if kind in {AskedKind.ONE, AskedKind.SEVERAL} else []
        question = ask(event, kind, kind.value, choices=choices)
        sent[f"q_{question.id}"] = (
            {False: "no", True: "yes"}.get(value, value) if isinstance(value, bool) else value
        )
    assert went_through(register(client, event, **sent))
    assert said(event) == {kind.value: value for kind, value in kinds.items()}


def test_a_required_question_says_so_beside_itself_and_nothing_is_taken(
    client: Client, event: Event, diet: EventQuestion
) -> None:
    page = register(in_english(client), event)
    assert [error.to_text().strip() for error in find(page.text, f"#q_{diet.id}-error")] == [
        "Choose an answer."
    ]
    assert event.seats_taken == 0


def test_without_javascript_a_conditional_question_is_shown_with_its_condition(
    client: Client, event: Event, which: EventQuestion
) -> None:
    text = text_of(in_english(client).get(f"/events/{event.slug}/register").text)
    assert "Only if “Any allergy?” is answered with “Yes”." in text
    assert "erased 30 days after the event" in text


def test_a_hidden_required_question_is_not_asked_and_its_answer_is_dropped(
    client: Client, event: Event, diet: EventQuestion, which: EventQuestion
) -> None:
    register(client, event, **{f"q_{diet.id}": "no", f"q_{which.id}": "peanuts"})
    assert said(event) == {"Any allergy?": False}


def test_a_shown_required_question_is_asked(
    client: Client, event: Event, diet: EventQuestion, which: EventQuestion
) -> None:
    page = register(in_english(client), event, **{f"q_{diet.id}": "yes"})
    assert "Answer this question." in text_of(page.text)
    assert went_through(register(client, event, **{f"q_{diet.id}": "yes", f"q_{which.id}": "peanuts"}))
    assert said(event) == {"Any allergy?": True, "Which one?": "peanuts"}


def test_a_choice_that_is_not_offered_is_refused(client: Client, event: Event) -> None:
    question = ask(event, AskedKind.ONE, "Colour?", choices=["red", "blue"])
    page = register(in_english(client), event, **{f"q_{question.id}": "green"})
    assert "Choose among the answers of the list." in text_of(page.text)


def test_a_second_registration_replaces_the_answers(
    client: Client, event: Event, diet: EventQuestion
) -> None:
    colour = ask(event, AskedKind.TEXT, "Colour?")
    register(client, event, **{f"q_{diet.id}": "yes", f"q_{colour.id}": "red"})
    register(client, event, **{f"q_{diet.id}": "no"})
    assert said(event) == {"Any allergy?": False}


def test_a_stranger_who_types_a_confirmed_address_changes_no_answer(
    client: Client, app: Any, event: Event, diet: EventQuestion
) -> None:
    register(client, event, **{f"q_{diet.id}": "yes"})
    path = f"/events/{event.slug}/register/check"
    client.post(path, data=client.csrf(path) | {"digits": digits_in(last_mail("zoe@example.org"))})
    assert went_through(register(app.test_client(), event, **{f"q_{diet.id}": "no"}))
    assert said(event) == {"Any allergy?": True}


def test_somebody_signed_in_answers_too(
    as_fan: Client, fan: Member, event: Event, diet: EventQuestion
) -> None:
    register(as_fan, event, email="", **{f"q_{diet.id}": "no"})
    assert said(event, "camille@example.org") == {"Any allergy?": False}


def test_after_a_refusal_the_answers_are_still_in_the_form(client: Client, event: Event) -> None:
    colour = ask(event, AskedKind.TEXT, "Colour?")
    make_slot(event, "La grande table", 3)
    page = register(client, event, slot_id="999999", **{f"q_{colour.id}": "red"})
    assert [field.attrs.get("value") for field in find(page.text, f"#q_{colour.id}")] == ["red"]


def test_the_page_asks_as_few_statements_with_six_questions_as_with_one(
    client: Client, event: Event, statements: list[str]
) -> None:
    counts = []
    for more in (1, 5):
        for number in range(more):
            ask(event, AskedKind.TEXT, f"Question {number}")
        path = f"/events/{event.slug}/register"
        statements.clear()
        assert client.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 4, "\n\n".join(statements)


def guests_of(event: Event) -> list[str] | None:
    return db.session.get_one(Rsvp, the_rsvp(event).id).guest_names


def test_guests_are_named_where_the_event_asks_for_it(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=4, guest_names=GuestNames.REQUIRED)
    register(client, event, party_size=3, guest_1="Ali", guest_2=" Łukasz  Æ ", guest_3="one too many")
    assert guests_of(event) == ["Ali", "Łukasz Æ"]


def test_a_missing_name_is_said_beside_that_guest(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=4, guest_names=GuestNames.REQUIRED)
    page = register(in_english(client), event, party_size=3, guest_1="Ali")
    assert find(page.text, "#guest_2-error")
    assert not find(page.text, "#guest_1-error, #guest_3-error")
    assert event.seats_taken == 0


def test_a_name_may_be_left_out_where_it_is_optional(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=3, guest_names=GuestNames.OPTIONAL)
    assert went_through(register(client, event, party_size=3, guest_2="Ali"))
    assert guests_of(event) == ["Ali"]


def test_guests_are_not_named_where_the_event_does_not_ask(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=3)
    assert "guest_1" not in client.get(f"/events/{event.slug}/register").text
    register(client, event, party_size=2, guest_1="Ali")
    assert guests_of(event) is None


def test_sensitive_answers_are_given_only_when_asked_for(
    client: Client, event: Event, diet: EventQuestion, cm: Member, outsider: Member, admin: Member
) -> None:
    register(client, event, **{f"q_{diet.id}": "yes"})
    assert answers_of([the_rsvp(event).id], with_sensitive=False) == {}
    assert [sees_sensitive(member, event) for member in (cm, outsider, admin)] == [True, False, False]


def test_sensitive_answers_are_erased_thirty_days_after_the_event_and_the_others_stay(
    client: Client, event: Event, diet: EventQuestion, statements: list[str]
) -> None:
    colour = ask(event, AskedKind.TEXT, "Colour?")
    register(client, event, **{f"q_{diet.id}": "yes", f"q_{colour.id}": "red"})
    with time_machine.travel(event.ends_at + timedelta(days=30, seconds=-1), tick=False):
        statements.clear()
        assert erase_sensitive_answers(now()) == 0
        assert len(statements) == 1
    with time_machine.travel(event.ends_at + timedelta(days=30), tick=False):
        assert erase_sensitive_answers(now()) == 1
        assert erase_sensitive_answers(now()) == 0
    assert said(event) == {"Colour?": "red"}


def test_whoever_leaves_takes_answers_and_guests_along(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=2, guest_names=GuestNames.OPTIONAL)
    colour = ask(event, AskedKind.TEXT, "Colour?")
    register(client, event, party_size=2, guest_1="Ali", **{f"q_{colour.id}": "red"})
    erase_member(the_rsvp(event).member, now())
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RsvpAnswer)) == 0
    assert db.session.scalars(sa.select(Rsvp.guest_names)).all() == [None]


def test_the_copy_holds_answers_and_guests(as_fan: Client, chapter: Chapter) -> None:
    event = make_event(chapter, party_max=2, guest_names=GuestNames.OPTIONAL)
    colour = ask(event, AskedKind.TEXT, "Colour?")
    register(as_fan, event, email="", party_size=2, guest_1="Ali", **{f"q_{colour.id}": "red"})
    (meetup,) = as_fan.get("/me/privacy/export").get_json()["meetups"]
    assert meetup["answers"] == {"Colour?": "red"}
    assert meetup["guest_names"] == ["Ali"]


def test_a_question_taken_away_meanwhile_is_no_longer_answered(client: Client, event: Event) -> None:
    colour = ask(event, AskedKind.TEXT, "Colour?")
    number = colour.id
    path = f"/events/{event.slug}/register"
    token = client.csrf(path)
    db.session.delete(colour)
    db.session.commit()
    person = {"name": "Zoé", "email": "zoe@example.org", "consent_invitations": "no"}
    rest = {"consent_product_news": "no", "consent_photos": "no", f"q_{number}": "red"}
    assert went_through(client.post(path, data=token | person | rest))
    assert said(event) == {}
