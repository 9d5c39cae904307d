"""The door's calls: who may make them, what they tell, and how they take bad input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from werkzeug.test import TestResponse

from app.clock import now
from app.db import commit, db
from app.events.forms_door import door_token
from app.events.models import Chapter, Event, Rsvp, RsvpStatus
from app.events.models_door import CheckIn, Scan
from app.events.rules_ticket import qr_text
from app.members.models import Member
from app.tokens import new_link_token
from tests.client import Client
from tests.factories import make_event, make_member, make_rsvp

Call = Callable[..., TestResponse]


@pytest.fixture
def event(chapter: Chapter) -> Event:
    return make_event(chapter, starts_at=now().replace(microsecond=0) - timedelta(hours=1))


@pytest.fixture
def rsvp(event: Event, fan: Member) -> Rsvp:
    return make_rsvp(event, fan, RsvpStatus.CONFIRMED)


@pytest.fixture
def call(as_cm: Client, event: Event, cm: Member) -> Call:
    """Return a function that calls the event's door as Inès's page does."""
    slug, token = event.slug, door_token(event.id, cm.id)

    def call(name: str, json: Any = None, client: Client = as_cm, **headers: str) -> TestResponse:
        sent = {"Accept": "application/json", "X-Door-Token": token} | headers
        return client.open(
            f"/door/{slug}/{name}", method="GET" if json is None else "POST", json=json, headers=sent
        )

    return call


def scan(rsvp: Rsvp, **values: Any) -> dict[str, Any]:
    defaults = {"nonce": new_link_token(), "digest": rsvp.tickets[0].digest, "method": "camera"}
    return defaults | {"scanned_at": now().isoformat(), "event_code": rsvp.event.code} | values


def batch(*scans: Any, **values: Any) -> dict[str, Any]:
    return {"device": "K7QD", "client_now": now().isoformat(), "scans": list(scans)} | values


def test_the_roster_says_no_code_and_no_address(call: Call, rsvp: Rsvp, fan: Member) -> None:
    response = call("roster")
    assert response.json is not None
    assert response.json["entries"] == [
        {
            "digest": rsvp.tickets[0].digest[:24],
            "name": fan.display_name,
            "status": "confirmed",
            "party_size": 1,
            "arrived_at": None,
            "device": None,
        }
    ]
    for secret in (rsvp.tickets[0].code, rsvp.tickets[0].token, rsvp.tickets[0].digest, str(fan.email)):
        assert secret not in response.text


def test_an_unchanged_roster_costs_nothing_to_send(call: Call, rsvp: Rsvp) -> None:
    etag = call("roster").headers["ETag"]
    assert call("roster", **{"If-None-Match": etag}).status_code == 304
    call("scans", batch(scan(rsvp)))
    assert call("roster", **{"If-None-Match": etag}).status_code == 200


def test_the_roster_costs_the_same_number_of_statements_for_more_people(
    call: Call, event: Event, statements: list[str]
) -> None:
    def count(people: int) -> int:
        for _ in range(people):
            make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
        before = len(statements)
        call("roster")
        return len(statements) - before

    assert count(1) == count(9)


def test_a_scan_is_answered(call: Call, rsvp: Rsvp, fan: Member) -> None:
    response = call("scans", batch(scan(rsvp)))
    assert response.json is not None
    (result,) = response.json["results"]
    assert (result["verdict"], result["name"], result["device"]) == ("welcome", fan.display_name, "K7QD")
    assert list(response.json) == ["results"], "the page counts by its roster"


def test_a_scan_takes_five_statements_and_a_batch_no_more(
    call: Call, event: Event, rsvp: Rsvp, statements: list[str]
) -> None:
    others = [make_rsvp(event, make_member(), RsvpStatus.CONFIRMED) for _ in range(15)]
    one, many = batch(scan(rsvp)), batch(*[scan(other) for other in others])
    for body in (one, many):
        db.session.commit()
        statements.clear()
        response = call("scans", body)
        assert response.json is not None
        assert {result["verdict"] for result in response.json["results"]} == {"welcome"}
        assert len(statements) <= 5, "\n".join(statements)


def test_a_code_as_it_is_printed_is_of_this_event(call: Call, rsvp: Rsvp) -> None:
    sent = scan(rsvp, code=rsvp.tickets[0].code, method="typed")
    del sent["digest"], sent["event_code"]
    response = call("scans", batch(sent))
    assert response.json is not None
    assert response.json["results"][0]["verdict"] == "welcome"


def test_a_batch_that_cannot_be_read_is_no_way_past_the_door(
    call: Call, event: Event, as_outsider: Client, outsider: Member
) -> None:
    headers = {"X-Door-Token": door_token(event.id, outsider.id)}
    assert call("scans", batch(None), client=as_outsider, **headers).status_code == 403


def test_the_text_of_a_code_may_be_sent_in_place_of_its_digest(call: Call, rsvp: Rsvp) -> None:
    sent = scan(rsvp, code=qr_text(rsvp.event.code, rsvp.tickets[0].code))
    del sent["digest"], sent["event_code"]
    response = call("scans", batch(sent))
    assert response.json is not None
    assert response.json["results"][0]["verdict"] == "welcome"


def test_a_slow_clock_is_measured_and_corrected(call: Call, rsvp: Rsvp) -> None:
    slow = now() - timedelta(minutes=30)
    call("scans", batch(scan(rsvp, scanned_at=slow.isoformat()), client_now=slow.isoformat()))
    assert abs(db.session.scalars(sa.select(CheckIn.arrived_at)).one() - now()) < timedelta(seconds=20)


def test_a_phone_whose_clock_lost_fifty_years_still_checks_in(call: Call, rsvp: Rsvp) -> None:
    lost = "1972-01-01T00:00:00Z"
    response = call("scans", batch(scan(rsvp, scanned_at=lost), client_now=lost))
    assert response.json is not None
    assert response.json["results"][0]["verdict"] == "welcome"


def test_an_arrival_is_undone_and_again_harmlessly(call: Call, rsvp: Rsvp) -> None:
    call("scans", batch(scan(rsvp)))
    body = {
        "digest": rsvp.tickets[0].digest[:24],
        "undone_at": now().isoformat(),
        "client_now": now().isoformat(),
    }
    assert call("undo", body).json == {"arrived_at": None}
    assert call("undo", body).json == {"arrived_at": None}


def test_undoing_who_never_came_is_refused_with_a_sentence(call: Call, rsvp: Rsvp) -> None:
    body = {
        "digest": rsvp.tickets[0].digest[:24],
        "undone_at": now().isoformat(),
        "client_now": now().isoformat(),
    }
    response = call("undo", body)
    assert response.status_code == 409
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["title"] == "not-arrived"


def test_one_bad_scan_does_not_hold_up_the_others(call: Call, rsvp: Rsvp) -> None:
    response = call("scans", batch({"nonce": "short"}, scan(rsvp), None, scan(rsvp, digest="\x00")))
    assert response.json is not None
    results = response.json["results"]
    assert [result.get("verdict") or result["error"]["code"] for result in results] == [
        "invalid", "welcome", "invalid", "invalid",
    ]  # fmt: skip
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 1


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("scans", [], 400),
        ("scans", "scan", 400),
        ("scans", {}, 422),
        ("scans", {"device": "K7QD", "client_now": "yesterday", "scans": [{}]}, 422),
        ("scans", {"device": "K7QD", "client_now": "2026-12-04T18:00:00", "scans": [{}]}, 422),
        ("scans", {"device": "K7 \x00", "client_now": "2026-12-04T18:00:00Z", "scans": [{}]}, 422),
        ("scans", {"device": "K7QD", "client_now": "2026-12-04T18:00:00Z", "scans": [{}] * 201}, 422),
        ("undo", {"digest": "ABC", "undone_at": "0001-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_call_that_cannot_be_read_is_a_problem_document(
    call: Call, name: str, body: Any, status: int
) -> None:
    response = call(name, body)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json is not None
    assert response.json["detail"]


def test_without_the_pages_token_nothing_is_told_or_recorded(call: Call, rsvp: Rsvp) -> None:
    assert call("roster", **{"X-Door-Token": ""}).status_code == 403
    assert call("scans", batch(scan(rsvp)), **{"X-Door-Token": "forged"}).status_code == 403
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 0


def test_a_token_is_for_one_event_and_one_member(
    call: Call, event: Event, chapter: Chapter, cm: Member, admin: Member
) -> None:
    assert call("roster", **{"X-Door-Token": door_token(make_event(chapter).id, cm.id)}).status_code == 403
    assert call("roster", **{"X-Door-Token": door_token(event.id, admin.id)}).status_code == 403


def test_a_page_opened_yesterday_must_be_opened_again(call: Call) -> None:
    with time_machine.travel(now() + timedelta(hours=25)):
        response = call("roster")
    assert response.status_code == 403
    assert response.json is not None
    assert "Reload" in response.json["detail"] or "Rechargez" in response.json["detail"]


def test_a_cm_of_another_chapter_is_refused(
    call: Call, event: Event, as_outsider: Client, outsider: Member
) -> None:
    token = door_token(event.id, outsider.id)
    assert call("roster", client=as_outsider, **{"X-Door-Token": token}).status_code == 403


def test_a_fan_is_refused(call: Call, as_fan: Client) -> None:
    assert call("roster", client=as_fan).status_code == 403


def test_a_visitor_is_refused(call: Call, client: Client, rsvp: Rsvp) -> None:
    response = call("scans", batch(scan(rsvp)), client=client)
    assert (response.status_code, response.content_type) == (403, "application/problem+json")


def test_a_cm_who_lost_the_chapter_is_refused_at_once(
    call: Call, chapter: Chapter, event: Event, cm: Member
) -> None:
    chapter.managers.remove(cm)
    assert call("roster").status_code == 403


def test_who_lost_their_role_or_was_shut_out_is_refused_at_once(call: Call, cm: Member, rsvp: Rsvp) -> None:
    assert call("scans", batch(scan(rsvp))).status_code == 200
    cm.active = False
    commit()
    shut_out = call("scans", batch(scan(rsvp)))
    cm.active, cm.roles = True, []
    commit()
    without_role = call("scans", batch(scan(rsvp)))
    assert (shut_out.status_code, without_role.status_code) == (403, 403)


def test_an_administrator_works_any_door(
    call: Call, event: Event, admin: Member, as_admin: Client, rsvp: Rsvp
) -> None:
    token = door_token(event.id, admin.id)
    assert call("scans", batch(scan(rsvp)), client=as_admin, **{"X-Door-Token": token}).status_code == 200
