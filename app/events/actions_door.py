"""Writing down what happened at the door: scans, the arrivals they amount to, and arrivals taken back.

Each function begins by writing to the event's row, as a seat transaction does: the database then lets one through at a
time for an event, so that of two scans of a ticket one is the arrival, and a ticket cannot be cancelled meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Refusal
from app.events.models import Event
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.events.queries_door import DoorRow, rows_of_digests, rows_of_tickets
from app.events.rules_door import ROSTER_DIGEST_LENGTH, doors_of, verdict
from app.happenings import Happening, tell
from app.i18n import _l
from app.members.models import Member


@dataclass(frozen=True)
class ScanIn:
    """A scan as a device tells it. `digest` is the whole SHA-256 of what was read, or a roster line's start of it.

    `event_code` is the event that the text names, if it looks like a ticket. `scanned_at` is by the device's clock,
    `clock_skew_ms` what to add to it.
    """

    nonce: str
    digest: str
    method: ScanMethod
    scanned_at: datetime
    event_code: str | None = None
    clock_skew_ms: int = 0


@dataclass(frozen=True)
class ScanResult:
    """What the door answers. `verdict` is what it said first; `arrived_at` and `device` tell of the arrival now."""

    nonce: str
    verdict: Verdict
    scanned_at: datetime  # by the server's clock
    digest: str | None = None  # as in the roster; None: no ticket of this event
    name: str = ""
    party_size: int = 0
    arrived_at: datetime | None = None
    device: str | None = None


def record_scans(
    event: Event, device: str, scans: list[ScanIn], by: Member, now: datetime
) -> list[ScanResult]:
    """Record scans in the order given and answer each; a nonce that is known gets its first verdict again.

    Refusal: nonce-reused, when a nonce belongs to a scan at another event.
    """
    return record_in_turn(take_turn(event), device, scans, by.id, now)


@dataclass(frozen=True)
class DoorEvent:
    """What the door needs of an event, as it is when its turn is taken."""

    id: int
    code: str
    starts_at: datetime
    ends_at: datetime


_TAKE_TURN = (
    sa.update(Event)
    .values(seat_sequence=Event.seat_sequence)
    .returning(Event.id, Event.code, Event.starts_at, Event.ends_at)
)
_BY_ID = _TAKE_TURN.where(Event.id == sa.bindparam("asked_id"))
_BY_SLUG = _TAKE_TURN.where(Event.slug == sa.bindparam("asked_slug"))
_BY_SLUG_IN = _BY_SLUG.where(Event.chapter_id.in_(sa.bindparam("chapters", expanding=True)))
_KNOWN = sa.select(Scan).where(Scan.nonce.in_(sa.bindparam("nonces", expanding=True)))


def take_turn_at(slug: str, chapter_ids: Collection[int] | None) -> DoorEvent | None:
    """Take the turn of an event of these chapters (None: of any) as take_turn does, in the statement that finds it."""
    if chapter_ids is None:
        return _take(_BY_SLUG, {"asked_slug": slug})
    return _take(_BY_SLUG_IN, {"asked_slug": slug, "chapters": list(chapter_ids)})


def take_turn(event: Event) -> DoorEvent:
    """Wait for an event's turn with a write that changes nothing; return it as it is then.

    It is read by the same statement: what a session read before does not count.
    """
    turn = _take(_BY_ID, {"asked_id": event.id})
    assert turn is not None  # noqa: S101 - events are never deleted
    return turn


def _take(write: Any, values: dict[str, Any]) -> DoorEvent | None:
    db.session.flush()
    row = db.session.connection().execute(write, values).one_or_none()
    return DoorEvent(*row) if row is not None else None


def record_in_turn(
    event: DoorEvent, device: str, scans: list[ScanIn], by_id: int, now: datetime
) -> list[ScanResult]:
    """Do as record_scans does, the event's turn taken: in four statements for one ticket that arrives."""
    known = _known_scans(event, {scan.nonce for scan in scans})
    batch = _Batch(event, device, by_id, now, rows_of_digests(event.id, {scan.digest for scan in scans}))
    for scan in scans:
        if scan.nonce not in known:
            known[scan.nonce] = batch.record(scan)
    tickets = {row.ticket_id: row for row in batch.rows.values() if row.ticket_id is not None}
    others = {scan.ticket_id for scan in known.values() if scan.ticket_id is not None} - set(tickets)
    if others:
        tickets |= rows_of_tickets(others)
    return [_result(known[scan.nonce], tickets) for scan in scans]


def undo_check_in(check_in_id: int, by: Member, now: datetime) -> CheckIn:
    """Take an arrival back, as if the person had not come. `now` is when it was said, by the server's clock.

    Harmless when it is taken back already, or when the person came in again since. Refusal: not-arrived.
    """
    event = db.session.scalar(sa.select(Event).join(CheckIn).where(CheckIn.id == check_in_id))
    if event is None:
        raise Refusal("not-arrived", _l("This person has not been let in, so there is nothing to undo."))
    take_turn(event)
    check_in = db.session.get_one(CheckIn, check_in_id, populate_existing=True)
    if check_in.undone_at is None and check_in.arrived_at <= now:
        check_in.undone_at, check_in.undone_by_id = now, by.id
        audit.record("check-in.undo", f"check-in:{check_in.id}", by.id, revision=check_in.revision)
        db.session.flush()
    return check_in


def _known_scans(event: DoorEvent, nonces: set[str]) -> dict[str, Scan]:
    scans = {scan.nonce: scan for scan in db.session.scalars(_KNOWN, {"nonces": list(nonces)})}
    if any(scan.event_id != event.id for scan in scans.values()):
        raise Refusal("nonce-reused", _l("These scans were recorded at another event. Reload this page."))
    return scans


@dataclass
class _Batch:
    """Scans of one device, the event's turn taken."""

    event: DoorEvent
    device: str
    by_id: int
    now: datetime
    rows: dict[str, DoorRow]

    def record(self, heard: ScanIn) -> Scan:
        row = self.rows.get(heard.digest)
        at = min(heard.scanned_at + timedelta(milliseconds=heard.clock_skew_ms), self.now)
        scan = Scan(
            nonce=heard.nonce,
            event_id=self.event.id,
            ticket_id=row.ticket_id if row else None,
            code_digest=row.digest if row and row.digest else heard.digest,
            method=heard.method,
            device=self.device,
            scanned_at=at,
            clock_skew_ms=heard.clock_skew_ms,
            received_at=self.now,
            verdict=self._judge(row, heard.event_code, at),
            scanned_by_id=self.by_id,
        )
        db.session.add(scan)
        if row and scan.verdict is Verdict.WELCOME:
            self._arrive(row, scan)
        db.session.flush()
        return scan

    def _judge(self, row: DoorRow | None, read_event: str | None, at: datetime) -> Verdict:
        doors = doors_of(self.event.starts_at, self.event.ends_at)
        return verdict(row.entry if row else None, read_event, self.event.code, at, doors)

    def _arrive(self, row: DoorRow, scan: Scan) -> None:
        check_in, is_new = None, row.arrival is None
        if row.check_in_id is not None:
            check_in = db.session.get_one(CheckIn, row.check_in_id, populate_existing=True)
        if check_in is None:
            check_in = CheckIn(rsvp_id=row.rsvp_id, event_id=self.event.id, party_size=row.party_size)
            db.session.add(check_in)
        elif check_in.undone_at is not None:
            if scan.scanned_at <= check_in.undone_at:
                return  # whoever undid knew of this moment, though its scan comes late
            check_in.undone_at = check_in.undone_by_id = None
            check_in.revision += 1
            check_in.party_size = row.party_size
            audit.record("check-in.redo", f"check-in:{check_in.id}", self.by_id, revision=check_in.revision)
        check_in.scan, check_in.arrived_at = scan, scan.scanned_at
        db.session.flush()
        self._note_arrival(row.rsvp_id, check_in)
        if is_new:
            tell(Happening.CHECK_IN, check_in.id)

    def _note_arrival(self, rsvp_id: int, check_in: CheckIn) -> None:
        """Judge the scans that follow by this arrival, without reading it again."""
        for key, row in self.rows.items():
            if row.rsvp_id == rsvp_id:
                self.rows[key] = replace(
                    row,
                    check_in_id=check_in.id,
                    arrived_at=check_in.arrived_at,
                    undone_at=None,
                    device=self.device,
                )


def _result(scan: Scan, rows: dict[int, DoorRow]) -> ScanResult:
    row = rows.get(scan.ticket_id) if scan.ticket_id is not None else None
    if row is None:
        return ScanResult(scan.nonce, scan.verdict, scan.scanned_at)
    arrival = row.arrival
    return ScanResult(
        nonce=scan.nonce,
        verdict=scan.verdict,
        scanned_at=scan.scanned_at,
        digest=row.digest[:ROSTER_DIGEST_LENGTH] if row.digest else None,
        name=row.name,
        party_size=row.party_size,
        arrived_at=arrival.at if arrival else None,
        device=arrival.device if arrival else None,
    )
