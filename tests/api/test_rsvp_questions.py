"""Registering over the API asks what the event's page asks, and of whom: questions, guests' names, who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.api.models import KeptAnswer
from app.api.rules import Scope
from app.audit import AuditEntry
from app.clock import now
from app.db import commit, db
from app.events.actions_access import set_invitees
from app.events.actions_questions import QuestionDraft, add_question
from app.events.models import Audience, Event, GuestNames, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind
from app.events.queries_questions import answers_of
from app.members.models import Member
from app.members.queries import find_member
from tests.api.conftest import Opener
from tests.api.test_rsvps import ZOE, count, path_of
from tests.factories import make_event, make_member, make_rsvp


def ask(event: Event, kind: AskedKind, label: str, **values: Any) -> int:
    question = add_question(event, QuestionDraft(kind, label, **values), None, now())
    commit()
    return question.id


def answer(question_id: int, value: Any) -> dict[str, Any]:
    return {"question_id": question_id, "value": value}


def kept() -> dict[int, Any]:
    rsvp = db.session.scalars(sa.select(Rsvp)).one()
    return answers_of([rsvp.id], with_sensitive=True).get(rsvp.id, {})


@pytest.fixture
def team(event: Event) -> int:
    return ask(event, AskedKind.ONE, "Which team?", choices=["red", "blue"], required=True)


@pytest.fixture
def diet(event: Event, team: int) -> int:
    return ask(event, AskedKind.YES_NO, "Any allergy?", required=True, sensitive=True)


@pytest.fixture
def which(event: Event, diet: int) -> int:
    only_if = {"only_if_id": diet, "only_if_value": "yes"}
    return ask(event, AskedKind.TEXT, "Which one?", required=True, sensitive=True, **only_if)


def test_the_questions_of_an_event_are_listed_with_what_they_wait_for(
    program: Opener, marketer: Member, event: Event, team: int, diet: int, which: int
) -> None:
    items = program(marketer, Scope.EVENTS_READ).get(f"/events/{event.slug}/questions").get_json()["items"]
    assert [(one["id"], one["kind"], one["required"], one["sensitive"]) for one in items] == [
        (team, "one", True, False),
        (diet, "yes-no", True, True),
        (which, "text", True, True),
    ]
    assert (items[0]["choices"], items[0]["only_if"]) == (["red", "blue"], None)
    assert items[2]["only_if"] == {"question_id": diet, "value": "yes"}


def test_answers_are_kept_as_the_form_keeps_them(
    program: Opener, cm: Member, event: Event, team: int, diet: int, which: int
) -> None:
    number = ask(event, AskedKind.NUMBER, "How many years?")
    several = ask(event, AskedKind.SEVERAL, "Which days?", choices=["Monday", "Tuesday", "Sunday"])
    given = {team: "red", diet: True, which: " nuts ", number: 2.0, several: ["Sunday", "Monday"]}
    body = ZOE | {"answers": [answer(*one) for one in given.items()]}
    told = program(cm).post(path_of(event), body)
    assert told.status_code == 201, told.get_json()
    assert kept() == {team: "red", diet: True, which: "nuts", number: 2, several: ["Monday", "Sunday"]}


def test_each_wrong_or_missing_answer_is_pointed_at_and_nothing_is_taken(
    program: Opener, cm: Member, event: Event, team: int, diet: int, which: int
) -> None:
    answers = [answer(team, "green"), answer(diet, "yes"), answer(9999, "x"), answer(diet, "no")]
    told = program(cm).post(path_of(event), ZOE | {"answers": answers})
    assert (told.status_code, told.get_json()["code"]) == (422, "answers")
    said = {(one["pointer"], one["code"], one["question_id"]) for one in told.get_json()["errors"]}
    assert said >= {
        ("#/answers/0/value", "no-choice", team),
        ("#/answers/2/question_id", "unknown-question", 9999),
        ("#/answers/3/question_id", "answered-twice", diet),
    }
    told = program(cm).post(path_of(event), ZOE | {"answers": [answer(diet, True), answer(team, "red")]})
    (missing,) = told.get_json()["errors"]
    assert (missing["pointer"], missing["code"], missing["question_id"]) == ("#/answers", "missing", which)
    assert missing["detail"] == "Answer this question."
    assert (count(Rsvp), find_member(ZOE["email"])) == (0, None)


def test_what_is_sent_for_a_question_that_is_not_asked_then_is_dropped(
    program: Opener, cm: Member, event: Event, team: int, diet: int, which: int
) -> None:
    answers = [answer(team, "red"), answer(diet, False), answer(which, "nuts")]
    assert program(cm).post(path_of(event), ZOE | {"answers": answers}).status_code == 201
    assert kept() == {team: "red", diet: False}


def test_required_answers_may_be_left_open_by_who_says_so_and_what_is_sent_is_checked_all_the_same(
    program: Opener, cm: Member, event: Event, team: int, diet: int
) -> None:
    event.party_max, event.guest_names = 3, GuestNames.REQUIRED
    body = ZOE | {"party_size": 3, "skip_questions": True}
    wrong = program(cm).post(path_of(event), body | {"answers": [answer(team, "green")]})
    assert [one["pointer"] for one in wrong.get_json()["errors"]] == ["#/answers/0/value"]
    assert program(cm).post(path_of(event), body | {"answers": [answer(team, "red")]}).status_code == 201
    assert kept() == {team: "red"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {}},
        {"answers": ["red"]},
        {"answers": [{"question_id": 1}]},
        {"answers": [{"question_id": 1, "value": None}]},
        {"answers": [{"question_id": 1, "value": {"a": 1}}]},
        {"answers": [{"question_id": 1, "value": [1]}]},
        {"answers": [{"question_id": "1", "value": "red"}]},
        {"skip_questions": "yes"},
        {"override_access": 1},
        {"guests": [""]},
        {"guests": "Léo"},
    ],
)
def test_what_is_no_answer_at_all_is_invalid_and_pointed_at(
    program: Opener, cm: Member, event: Event, wrong: dict[str, Any]
) -> None:
    told = program(cm).post(path_of(event), ZOE | wrong)
    assert (told.status_code, told.get_json()["code"]) == (422, "invalid")
    (field,) = wrong
    assert told.get_json()["errors"][0]["pointer"].startswith(f"#/{field}")


def test_guests_are_named_where_the_event_asks_for_it(program: Opener, cm: Member, event: Event) -> None:
    event.party_max, event.guest_names = 3, GuestNames.REQUIRED
    body = ZOE | {"party_size": 3}
    told = [
        program(cm).post(path_of(event), body | {"guests": names}) for names in ([], ["Léo"], ["Léo", "\t"])
    ]
    assert [[one["pointer"] for one in one_told.get_json()["errors"]] for one_told in told] == [
        ["#/guests", "#/guests"],
        ["#/guests"],
        ["#/guests/1"],
    ]
    many = program(cm).post(path_of(event), body | {"guests": ["Léo", "Mia", "Noé"]})
    assert [(one["pointer"], one["code"]) for one in many.get_json()["errors"]] == [
        ("#/guests/2", "too-many")
    ]
    done = program(cm).post(path_of(event), body | {"guests": ["Léo\u0000 Petit", "Mia"]})
    assert (done.status_code, done.get_json()["guests"]) == (201, ["Léo Petit", "Mia"])


def test_no_guest_is_named_where_the_event_does_not_ask(program: Opener, cm: Member, event: Event) -> None:
    event.party_max = 2
    told = program(cm).post(path_of(event), ZOE | {"party_size": 2, "guests": ["Léo"]})
    assert (told.status_code, told.get_json()["errors"][0]["code"]) == (422, "not-asked")


def test_no_sensitive_answer_leaves_through_the_api(
    program: Opener, cm: Member, event: Event, team: int, diet: int
) -> None:
    body = ZOE | {"answers": [answer(team, "red"), answer(diet, True)]}
    mine = program(cm)
    made = mine.post(path_of(event), body, headers={"Idempotency-Key": "a-1"})
    listed = mine.get(path_of(event)).get_json()["items"][0]
    assert made.get_json()["answers"] == listed["answers"] == [answer(team, "red")]
    assert str(diet) not in db.session.scalars(sa.select(KeptAnswer.body)).one().partition("answers")[2][:40]
    assert kept()[diet] is True


def close_to_zoe(event: Event, reason: str) -> None:
    match reason:
        case "not-yet":
            event.opens_at = now() + timedelta(hours=1)
        case "closed":
            event.closes_at = now() - timedelta(hours=1)
        case "members-only":
            event.audience = Audience.MEMBERS
        case "link-only":
            event.audience, event.link_code = Audience.LINK, "secret"
        case "invited-only":
            event.audience = Audience.INVITED
    commit()


@pytest.mark.parametrize("reason", ["not-yet", "closed", "members-only", "link-only", "invited-only"])
def test_who_could_not_register_on_the_page_is_refused_unless_staff_say_otherwise(
    program: Opener, cm: Member, event: Event, reason: str
) -> None:
    close_to_zoe(event, reason)
    told = program(cm).post(path_of(event), ZOE)
    assert (told.status_code, told.get_json()["code"]) == (409, reason)
    assert (count(Rsvp), find_member(ZOE["email"])) == (0, None)
    assert program(cm).post(path_of(event), ZOE | {"override_access": True}).status_code == 201
    noted = db.session.scalars(sa.select(AuditEntry.details).where(AuditEntry.action == "rsvp.add")).one()
    assert noted["past"] == reason


def test_who_is_on_the_list_or_came_before_registers_as_on_the_page(
    program: Opener, cm: Member, fan: Member, event: Event
) -> None:
    event.audience = Audience.INVITED
    set_invitees(event, [ZOE["email"]], now())
    commit()
    assert program(cm).post(path_of(event), ZOE).status_code == 201
    members = make_event(event.chapter, audience=Audience.MEMBERS)
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    assert program(cm).post(path_of(members), {"member_id": fan.id}).status_code == 201


def test_nobody_without_an_address_is_on_a_list(program: Opener, admin: Member, event: Event) -> None:
    event.audience = Audience.INVITED
    set_invitees(event, ["somebody@example.org"], now())
    member = make_member("Sans Adresse", email=None)
    told = program(admin).post(path_of(event), {"member_id": member.id})
    assert (told.status_code, told.get_json()["code"]) == (409, "invited-only")


def test_who_is_registered_is_answered_with_that_whatever_is_asked_or_closed_since(
    program: Opener, cm: Member, fan: Member, event: Event
) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    team = ask(event, AskedKind.TEXT, "Which team?", required=True)
    event.closes_at = now() - timedelta(hours=1)
    body = {"email": fan.email, "name": "Camille", "answers": [answer(team, "red")]}
    told = program(cm).post(path_of(event), body)
    assert (told.status_code, told.get_json()["id"], told.get_json()["answers"]) == (200, rsvp.id, [])


def test_who_gave_a_seat_back_registers_anew(program: Opener, cm: Member, fan: Member, event: Event) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CANCELLED)
    told = program(cm).post(path_of(event), {"email": fan.email, "name": "Camille"})
    assert (told.status_code, told.get_json()["id"], told.get_json()["status"]) == (201, rsvp.id, "confirmed")
