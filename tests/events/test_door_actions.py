"""Scans are facts, arrivals what they amount to: retries, late scans, undo and redo."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_door import ScanIn, ScanResult, record_scans, undo_check_in
from app.events.actions_seats import cancel_rsvp
from app.events.models import Chapter, Event, Rsvp, RsvpStatus
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.events.queries_door import counters, roster
from app.events.rules_door import DoorStatus
from app.facts import FACTS
from app.members.models import Member
from app.tokens import digest, new_link_token
from tests.factories import make_event, make_member, make_rsvp

MINUTE = timedelta(minutes=1)


@pytest.fixture
def event(chapter: Chapter) -> Event:
    """An event that began an hour ago."""
    return make_event(chapter, starts_at=now().replace(microsecond=0) - timedelta(hours=1))


@pytest.fixture
def rsvp(event: Event, fan: Member) -> Rsvp:
    return make_rsvp(event, fan, RsvpStatus.CONFIRMED, party_size=2)


def heard(rsvp: Rsvp, at: datetime, **values: Any) -> ScanIn:
    defaults: dict[str, Any] = {
        "nonce": new_link_token(),
        "digest": rsvp.tickets[-1].digest,
        "method": ScanMethod.CAMERA,
    }
    return ScanIn(**(defaults | {"scanned_at": at, "event_code": rsvp.event.code} | values))


def record(
    scan: ScanIn, event: Event, by: Member, device: str = "K7QD", at: datetime | None = None
) -> ScanResult:
    return record_scans(event, device, [scan], by, at or now())[0]


def arrival_of(rsvp: Rsvp) -> CheckIn:
    return db.session.scalars(sa.select(CheckIn).where(CheckIn.rsvp_id == rsvp.id)).one()


def facts() -> list[tuple[int, str, str]]:
    return [(row.member_id, row.source, row.label) for row in db.session.execute(FACTS["check-in"]())]


def test_a_first_scan_is_a_welcome_and_the_arrival(event: Event, rsvp: Rsvp, fan: Member, cm: Member) -> None:
    at = now() - MINUTE
    result = record(heard(rsvp, at), event, cm)
    assert (result.verdict, result.name, result.party_size) == (Verdict.WELCOME, fan.display_name, 2)
    assert (result.arrived_at, result.device) == (at, "K7QD")
    assert arrival_of(rsvp).arrived_at == at
    assert counters([event.id])[event.id].arrived == 2


def test_a_retry_gets_the_first_answer_and_records_nothing(event: Event, rsvp: Rsvp, cm: Member) -> None:
    scan = heard(rsvp, now() - MINUTE)
    first = record(scan, event, cm)
    assert record(scan, event, cm) == first
    assert record_scans(event, "K7QD", [scan, scan], cm, now()) == [first, first]
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 1


def test_a_second_scan_is_shown_with_the_first_ones_time_and_phone(
    event: Event, rsvp: Rsvp, cm: Member
) -> None:
    first = now() - 10 * MINUTE
    record(heard(rsvp, first), event, cm, "AAAA")
    again = record(heard(rsvp, now()), event, cm, "BBBB")
    assert (again.verdict, again.arrived_at, again.device) == (Verdict.ALREADY_IN, first, "AAAA")
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 2


def test_a_late_scan_with_an_earlier_time_moves_the_arrival(event: Event, rsvp: Rsvp, cm: Member) -> None:
    record(heard(rsvp, now() - MINUTE), event, cm, "AAAA")
    before = facts()
    earlier = now() - 20 * MINUTE
    late = record(heard(rsvp, earlier), event, cm, "BBBB")
    assert (late.verdict, late.arrived_at, late.device) == (Verdict.WELCOME, earlier, "BBBB")
    assert arrival_of(rsvp).arrived_at == earlier
    assert facts() == before, "it is the same arrival, paid once"


def test_a_devices_wrong_clock_is_corrected(event: Event, rsvp: Rsvp, cm: Member) -> None:
    true = now() - MINUTE
    behind = timedelta(minutes=7)
    record(heard(rsvp, true - behind, clock_skew_ms=420_000), event, cm)
    assert arrival_of(rsvp).arrived_at == true
    assert arrival_of(rsvp).scan.clock_skew_ms == 420_000


def test_nobody_arrives_in_the_future(event: Event, rsvp: Rsvp, cm: Member) -> None:
    at = now()
    assert record(heard(rsvp, at + MINUTE), event, cm, at=at).arrived_at == at


def test_a_line_of_the_roster_is_let_in_by_name(event: Event, rsvp: Rsvp, cm: Member) -> None:
    line = rsvp.tickets[0].digest[:24]
    result = record(heard(rsvp, now(), digest=line, method=ScanMethod.BY_NAME, event_code=None), event, cm)
    assert result.verdict is Verdict.WELCOME
    assert result.digest == line
    assert db.session.scalars(sa.select(Scan.code_digest)).one() == rsvp.tickets[0].digest


def test_an_undo_takes_the_arrival_back_and_is_logged(
    event: Event, rsvp: Rsvp, fan: Member, cm: Member
) -> None:
    record(heard(rsvp, now() - MINUTE), event, cm)
    check_in = arrival_of(rsvp)
    assert facts() == [(fan.id, f"check-in:{check_in.id}:1", event.title)]
    undo_check_in(check_in.id, cm, now())
    undo_check_in(check_in.id, cm, now())
    assert facts() == []
    assert counters([event.id])[event.id].arrived == 0
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "check-in.undo")).all()
    assert [(entry.subject, entry.actor_id) for entry in entries] == [(f"check-in:{check_in.id}", cm.id)]


def test_coming_in_again_after_an_undo_is_a_new_fact(
    event: Event, rsvp: Rsvp, fan: Member, cm: Member
) -> None:
    start = now() - 10 * MINUTE
    record(heard(rsvp, start), event, cm)
    check_in = arrival_of(rsvp)
    undo_check_in(check_in.id, cm, start + MINUTE)
    again = record(heard(rsvp, start + 2 * MINUTE), event, cm)
    assert (again.verdict, again.arrived_at) == (Verdict.WELCOME, start + 2 * MINUTE)
    assert facts() == [(fan.id, f"check-in:{check_in.id}:2", event.title)]


def test_a_late_scan_from_before_an_undo_does_not_bring_the_arrival_back(
    event: Event, rsvp: Rsvp, cm: Member
) -> None:
    start = now() - 10 * MINUTE
    record(heard(rsvp, start), event, cm, "AAAA")
    undo_check_in(arrival_of(rsvp).id, cm, start + 2 * MINUTE)
    late = record(heard(rsvp, start + MINUTE), event, cm, "BBBB")
    assert late.arrived_at is None
    assert facts() == []
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 2


def test_a_late_undo_does_not_take_a_newer_arrival_back(event: Event, rsvp: Rsvp, cm: Member) -> None:
    start = now() - 10 * MINUTE
    record(heard(rsvp, start), event, cm)
    undo_check_in(arrival_of(rsvp).id, cm, start - MINUTE)
    assert arrival_of(rsvp).undone_at is None


def test_a_cancelled_ticket_is_recorded_and_lets_nobody_in(event: Event, rsvp: Rsvp, cm: Member) -> None:
    cancel_rsvp(rsvp.id, now() - 5 * MINUTE)
    result = record(heard(rsvp, now()), event, cm)
    assert (result.verdict, result.arrived_at) == (Verdict.CANCELLED, None)
    assert db.session.scalars(sa.select(Scan.ticket_id)).one() == rsvp.tickets[0].id


def test_a_ticket_of_another_event_is_named_as_such(
    event: Event, chapter: Chapter, fan: Member, cm: Member
) -> None:
    other = make_rsvp(make_event(chapter), fan, RsvpStatus.CONFIRMED)
    result = record(heard(other, now()), event, cm)
    assert (result.verdict, result.name) == (Verdict.WRONG_EVENT, "")


def test_what_is_no_ticket_is_recorded_too(event: Event, rsvp: Rsvp, cm: Member) -> None:
    poster = digest("https://example.org/")
    result = record(heard(rsvp, now(), digest=poster, event_code=None), event, cm)
    assert result.verdict is Verdict.UNKNOWN
    assert db.session.scalars(sa.select(Scan.code_digest)).one() == poster


def test_a_ticket_a_week_early_is_not_let_in(chapter: Chapter, fan: Member, cm: Member) -> None:
    event = make_event(chapter)
    result = record(heard(make_rsvp(event, fan, RsvpStatus.CONFIRMED), now()), event, cm)
    assert (result.verdict, result.arrived_at) == (Verdict.OUTSIDE_TIME, None)


def test_a_nonce_of_another_event_is_refused(event: Event, rsvp: Rsvp, chapter: Chapter, cm: Member) -> None:
    scan = heard(rsvp, now())
    record(scan, event, cm)
    with pytest.raises(Refusal) as refusal:
        record(scan, make_event(chapter), cm)
    assert refusal.value.code == "nonce-reused"


def test_an_arrival_that_is_none_cannot_be_undone(event: Event, cm: Member) -> None:
    with pytest.raises(Refusal) as refusal:
        undo_check_in(404, cm, now())
    assert refusal.value.code == "not-arrived"


def test_a_batch_asks_the_database_as_often_for_one_scan_as_for_many_but_for_what_it_writes(
    event: Event, cm: Member, statements: list[str]
) -> None:
    def reads(count: int) -> int:
        rsvps = [make_rsvp(event, make_member(), RsvpStatus.CONFIRMED) for _ in range(count)]
        scans = [heard(rsvp, now()) for rsvp in rsvps]
        db.session.commit()
        before = len(statements)
        record_scans(event, "K7QD", scans, cm, now())
        return sum(statement.startswith("SELECT") for statement in statements[before:])

    assert reads(8) == reads(1)


def test_the_roster_has_every_ticket_and_whoever_waits_without_one(event: Event, rsvp: Rsvp) -> None:
    gone = make_rsvp(event, make_member("Léo Blanc"), RsvpStatus.CONFIRMED)
    passed = make_rsvp(event, make_member("Nour Haddad"), RsvpStatus.CONFIRMED)
    cancel_rsvp(gone.id, now() - 90 * MINUTE)
    make_rsvp(event, make_member("Awa Diop"), RsvpStatus.WAITLISTED)
    make_rsvp(event, make_member("Zoé Martin"), RsvpStatus.HELD)
    passed.tickets[0].revoked_at, passed.tickets[0].revoked_because = now(), "transferred"
    db.session.flush()
    lines = {(line.name, line.status): line for line in roster(event.id)}
    assert set(lines) == {
        ("Awa Diop", DoorStatus.WAITLISTED),
        ("Camille O’Brien-Nguyễn", DoorStatus.CONFIRMED),
        ("Léo Blanc", DoorStatus.CANCELLED),
        ("Nour Haddad", DoorStatus.TRANSFERRED),
        ("Nour Haddad", DoorStatus.CONFIRMED),
        ("Zoé Martin", DoorStatus.UNCONFIRMED),
    }
    assert lines["Awa Diop", DoorStatus.WAITLISTED].digest is None
    camille = lines["Camille O’Brien-Nguyễn", DoorStatus.CONFIRMED]
    assert (camille.digest, camille.party_size) == (rsvp.tickets[0].digest[:24], 2)
