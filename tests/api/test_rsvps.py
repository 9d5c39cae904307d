"""Rsvps over the API: who may, who is shown, registering, giving back, doing once what is asked twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.api.actions_answers import forget_answers
from app.api.actions_tokens import create_token
from app.api.models import ApiToken, KeptAnswer
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.events.models import Event, Rsvp, RsvpStatus
from app.members.actions_privacy import erase_member
from app.members.models import Member
from app.outbox import Message
from tests.api.conftest import Opener, Program
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_rsvp
from tests.racing import race

ZOE = {"name": "Zoé Blanc", "email": "zoe@example.org"}


def path_of(event: Event, rsvp: Rsvp | None = None) -> str:
    return f"/events/{event.slug}/rsvps" + (f"/{rsvp.id}" if rsvp else "")


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_who_runs_the_chapter_sees_who_comes_and_nobody_else_does(
    program: Opener, cm: Member, outsider: Member, admin: Member, fan: Member, event: Event
) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED, party_size=2)
    for who, status in ((cm, 200), (admin, 200), (outsider, 403)):
        assert program(who).get(path_of(event)).status_code == status
        assert program(who).get(path_of(event, rsvp)).status_code == status
    (shown,) = program(cm).get(path_of(event)).get_json()["items"]
    assert (shown["name"], shown["status"], shown["party_size"]) == (fan.display_name, "confirmed", 2)


def test_an_address_is_shown_only_to_who_may_read_members(
    program: Opener, cm: Member, fan: Member, event: Event
) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    seen = [
        program(cm, *scopes).get(path_of(event, rsvp)).get_json()["email"]
        for scopes in ((Scope.RSVPS_READ,), (Scope.RSVPS_READ, Scope.MEMBERS_READ))
    ]
    assert seen == [None, fan.email]


def test_rsvps_come_in_pages_and_by_status(program: Opener, cm: Member, event: Event) -> None:
    for status in (RsvpStatus.CONFIRMED, RsvpStatus.WAITLISTED, RsvpStatus.CONFIRMED):
        make_rsvp(event, make_member(), status)
    path, seen = f"{path_of(event)}?limit=1&status=confirmed", []
    while path:
        page = program(cm).get(path).get_json()
        seen += [item["status"] for item in page["items"]]
        path = page["next"]
    assert seen == ["confirmed", "confirmed"]


def test_a_new_address_holds_a_seat_until_it_is_proven(program: Opener, cm: Member, event: Event) -> None:
    answer = program(cm).post(path_of(event), ZOE)
    told = answer.get_json()
    assert (answer.status_code, told["status"], told["hold_for"]) == (201, "held", "address")
    assert program(cm).get(answer.headers["Location"]).get_json() == told
    assert db.session.scalars(sa.select(Message.to)).all() == [ZOE["email"]]


def test_a_member_who_is_known_is_confirmed_at_once(
    program: Opener, cm: Member, admin: Member, fan: Member, event: Event
) -> None:
    answer = program(cm).post(path_of(event), {"name": "Somebody", "email": fan.email, "party_size": 1})
    assert (answer.status_code, answer.get_json()["status"]) == (201, "confirmed")
    assert answer.get_json()["name"] == fan.display_name
    again = program(admin).post(path_of(event), {"member_id": fan.id})
    assert (again.status_code, again.get_json()["id"]) == (200, answer.get_json()["id"])


def test_a_member_who_is_put_in_line_is_told_so_once(
    program: Opener, cm: Member, fan: Member, event: Event
) -> None:
    event.capacity = 1
    make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    for status in (201, 200):
        answer = program(cm).post(path_of(event), {"name": "Camille", "email": fan.email})
        assert (answer.status_code, answer.get_json()["status"]) == (status, "waitlisted")
        assert db.session.execute(mails()).all() == [(fan.email, "events/in_line")]


def test_a_new_address_that_is_put_in_line_is_mailed_its_code_alone(
    program: Opener, cm: Member, event: Event
) -> None:
    event.capacity = 1
    make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    assert program(cm).post(path_of(event), ZOE).get_json()["status"] == "waitlisted"
    assert db.session.execute(mails()).all() == [(ZOE["email"], "events/confirm_seat")]


def mails() -> sa.Select[str, str]:
    return sa.select(Message.to, Message.template)


def test_a_cm_registers_by_id_only_whom_they_know(
    program: Opener, cm: Member, admin: Member, fan: Member, event: Event
) -> None:
    answer = program(cm).post(path_of(event), {"member_id": fan.id})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "unknown-member")
    assert program(admin).post(path_of(event), {"member_id": fan.id}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "Zoé"}, {"email": "zoe@example.org"}, ZOE | {"member_id": 1}, ZOE | {"party_size": 0},
     ZOE | {"email": "nowhere"}, ZOE | {"guests": 2}, [], "text"],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused(program: Opener, cm: Member, event: Event, body: Any) -> None:
    answer = program(cm).call("POST", path_of(event), json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert count(Rsvp) == 0


def test_a_refusal_says_why_in_a_code(program: Opener, cm: Member, event: Event) -> None:
    answer = program(cm).post(path_of(event), ZOE | {"party_size": 5})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "party-too-big")
    assert count(Rsvp) == 0


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "[" * 100_000, "content_type": "application/json"}, 400),
        ({"data": "a=1", "content_type": "application/x-www-form-urlencoded"}, 415),
        ({"data": "{}", "content_type": "text/plain"}, 415),
        ({"data": "{}"}, 415),
    ],
)
def test_a_body_that_is_no_json_is_refused(
    program: Opener, cm: Member, event: Event, options: dict[str, Any], status: int
) -> None:
    assert program(cm).call("POST", path_of(event), **options).status_code == status


def test_a_seat_given_back_goes_to_the_next_in_line(program: Opener, cm: Member, event: Event) -> None:
    event.capacity = 1
    first = make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    second = make_rsvp(event, make_member(), RsvpStatus.WAITLISTED)
    answer = program(cm).call("DELETE", path_of(event, first))
    assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")
    assert answer.get_json()["cancelled_because"] == "staff"
    assert second.status == RsvpStatus.CONFIRMED
    assert program(cm).call("DELETE", path_of(event, first)).status_code == 200


def test_a_number_that_no_row_can_have_is_not_found_by_any_method(
    program: Opener, cm: Member, event: Event
) -> None:
    for method in ("GET", "DELETE"):
        assert program(cm).call(method, f"{path_of(event)}/{2**31}").status_code == 404


def test_who_has_arrived_keeps_their_seat(program: Opener, cm: Member, event: Event) -> None:
    rsvp = make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    make_check_in(rsvp)
    answer = program(cm).call("DELETE", path_of(event, rsvp))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "arrived")


def test_what_changed_since_it_was_read_is_not_cancelled(program: Opener, cm: Member, event: Event) -> None:
    rsvp, mine = make_rsvp(event, make_member(), RsvpStatus.CONFIRMED), program(cm)
    known = {"If-Match": mine.get(path_of(event, rsvp)).headers["ETag"]}
    rsvp.party_size = 2
    event.seats_taken = 2
    answer = mine.call("DELETE", path_of(event, rsvp), headers=known)
    assert (answer.status_code, rsvp.status) == (412, RsvpStatus.CONFIRMED)
    known = {"If-Match": mine.get(path_of(event, rsvp)).headers["ETag"]}
    assert mine.call("DELETE", path_of(event, rsvp), headers=known).status_code == 200


def test_one_key_is_done_once_and_answered_twice(program: Opener, cm: Member, event: Event) -> None:
    mine, key = program(cm), {"Idempotency-Key": "a-1"}
    first = mine.post(path_of(event), ZOE, headers=key)
    event.title = "Changed meanwhile"
    again = mine.post(path_of(event), ZOE, headers=key)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert first.status_code == 201
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (count(Rsvp), count(Message)) == (1, 1)
    other = mine.post(path_of(event), ZOE | {"party_size": 2}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    assert program(cm).post(path_of(event), ZOE, headers=key).status_code == 200  # another token, another key


def test_what_was_refused_may_be_asked_again_with_its_key(program: Opener, cm: Member, event: Event) -> None:
    mine, key = program(cm), {"Idempotency-Key": "a-1"}
    assert mine.post(path_of(event), ZOE | {"party_size": 5}, headers=key).status_code == 409
    assert mine.post(path_of(event), ZOE, headers=key).status_code == 201


def test_a_key_is_kept_for_a_day(program: Opener, cm: Member, event: Event) -> None:
    program(cm).post(path_of(event), ZOE, headers={"Idempotency-Key": "a-1"})
    forget_answers(now() + timedelta(hours=23))
    assert count(KeptAnswer) == 1
    forget_answers(now() + timedelta(hours=25))
    assert count(KeptAnswer) == 0


def test_an_answer_that_is_kept_forgets_who_leaves(
    program: Opener, cm: Member, fan: Member, event: Event
) -> None:
    body = {"name": fan.display_name, "email": fan.email}
    program(cm).post(path_of(event), body, headers={"Idempotency-Key": "a-1"})
    kept = db.session.scalars(sa.select(KeptAnswer)).one()
    assert fan.display_name in json.loads(kept.body)["name"]
    erase_member(fan, now())
    commit()
    assert kept.body == "{}"


def ask(together: Callable[[], object], token: str, path: str, name: str) -> tuple[int, bytes, bool]:
    """Register somebody with a key, at the same moment as others do."""
    from flask import current_app

    program = Program(current_app.test_client(), token)  # type: ignore[arg-type]
    program.get("/events")
    together()
    answer = program.post(path, ZOE | {"name": name}, headers={"Idempotency-Key": "same"})
    return answer.status_code, answer.data, "Idempotent-Replayed" in answer.headers


@pytest.mark.parametrize("same", [True, False])
def test_10_processes_send_one_key_and_it_is_done_once(
    each_database: Flask, database_url: str, tmp_path: Path, same: bool
) -> None:
    cm = make_member("Inès", "cm")
    event = make_event(make_chapter("Lyon", cm))
    _row, token = create_token(cm, "race", [Scope.RSVPS_WRITE, Scope.EVENTS_READ], None, now())
    path = path_of(event)
    commit()
    names = ["Zoé" if same else f"Zoé {number}" for number in range(10)]
    told = race(tmp_path, database_url, ask, [(token, path, name) for name in names])
    assert count(Rsvp) == count(KeptAnswer) == 1
    assert count(ApiToken) == 1
    assert sorted(status for status, _body, _again in told) == ([201] * 10 if same else [201] + [422] * 9)
    done = {body for status, body, _again in told if status == 201}
    assert len(done) == 1
    assert [again for status, _body, again in told if status == 201].count(False) == 1
