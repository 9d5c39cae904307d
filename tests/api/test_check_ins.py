"""Check-ins over the API: the door's own rule, in few statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.api.rules import Scope
from app.clock import now
from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.models_door import CheckIn, Scan
from app.members.models import Member
from app.tokens import new_link_token
from tests.api.conftest import Opener
from tests.factories import make_member, make_rsvp


@pytest.fixture
def event(event: Event) -> Event:
    """The event of Lyon, doors open."""
    event.starts_at, event.ends_at = now(), now() + timedelta(hours=3)
    return event


def scan(rsvp: Rsvp, **values: Any) -> dict[str, Any]:
    code = f"M{rsvp.event.code}{rsvp.tickets[0].code}"
    return {"nonce": new_link_token(), "code": code, "scanned_at": now().isoformat()} | values


def seat(event: Event, **values: Any) -> Rsvp:
    return make_rsvp(event, make_member("Zoé Blanc"), RsvpStatus.CONFIRMED, **values)


def path_of(event: Event) -> str:
    return f"/events/{event.slug}/check-ins"


def test_a_ticket_lets_its_party_in_once(program: Opener, cm: Member, event: Event) -> None:
    rsvp, mine = seat(event, party_size=3), program(cm, Scope.CHECK_INS_WRITE)
    first = mine.post(path_of(event), scan(rsvp)).get_json()
    assert (first["verdict"], first["name"], first["party_size"]) == ("welcome", "Zoé Blanc", 3)
    second = mine.post(path_of(event), scan(rsvp)).get_json()
    assert (second["verdict"], second["arrived_at"]) == ("already-in", first["arrived_at"])
    assert db.session.scalars(sa.select(Scan.scanned_by_id)).all() == [cm.id, cm.id]


def test_a_call_that_is_made_again_gets_the_first_answer(program: Opener, cm: Member, event: Event) -> None:
    body, mine = scan(seat(event)), program(cm)
    assert mine.post(path_of(event), body).get_json() == mine.post(path_of(event), body).get_json()
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 1


@pytest.mark.parametrize("length", [24, 64])
def test_a_device_may_send_a_digest_instead(program: Opener, cm: Member, event: Event, length: int) -> None:
    rsvp = seat(event)
    body = scan(rsvp, digest=rsvp.tickets[0].digest[:length])
    del body["code"]
    assert program(cm).post(path_of(event), body).get_json()["verdict"] == "welcome"


def test_what_is_no_ticket_is_recorded_and_lets_nobody_in(program: Opener, cm: Member, event: Event) -> None:
    answer = program(cm).post(path_of(event), scan(seat(event), code="https://example.org"))
    assert (answer.status_code, answer.get_json()["verdict"]) == (200, "unknown")
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(CheckIn.id))) == 0


def test_the_door_of_another_chapter_stays_closed(
    program: Opener, outsider: Member, admin: Member, event: Event
) -> None:
    body = scan(seat(event))
    assert program(outsider).post(path_of(event), body).status_code == 403
    assert program(admin).post("/events/nothing/check-ins", body).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 0
    assert program(admin).post(path_of(event), body).get_json()["verdict"] == "welcome"


@pytest.mark.parametrize(
    "change",
    [{"nonce": "short"}, {"scanned_at": "2026-01-01T10:00:00"}, {"digest": "a" * 24}, {"code": ""},
     {"scanned_at": None}, {"nonce": 12}, {"code": "x" * 401}],
)  # fmt: skip
def test_a_scan_that_cannot_be_read_is_refused(
    program: Opener, cm: Member, event: Event, change: dict[str, Any]
) -> None:
    answer = program(cm).post(path_of(event), scan(seat(event)) | change)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_a_printed_code_is_of_the_event_where_it_is_scanned(
    program: Opener, cm: Member, event: Event
) -> None:
    rsvp = seat(event)
    code = rsvp.tickets[0].code.lower()
    body = scan(rsvp, code=f"{code[:9]} {code[9:18]}-{code[18:]}")
    assert program(cm).post(path_of(event), body).get_json()["verdict"] == "welcome"
    assert program(cm).post("/events/nothing/check-ins", body).status_code == 404


def test_a_check_in_takes_five_statements(
    program: Opener, cm: Member, event: Event, statements: list[str]
) -> None:
    mine = program(cm)
    mine.post(
        path_of(event), scan(seat(event))
    )  # the token's use is noted now, and not again within the minute
    body = scan(seat(event))
    statements.clear()
    assert mine.post(path_of(event), body).get_json()["verdict"] == "welcome"
    assert len(statements) <= 5, "\n".join(statements)
