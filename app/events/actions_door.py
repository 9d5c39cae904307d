"""Writing down what happened at the door: scans, the arrivals they amount to, and arrivals taken back.

Each function begins by writing to the event's row, as a seat transaction does: the database then lets one through at a
time for an event, so that of two scans of a ticket one is the arrival, and a ticket cannot be cancelled meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Refusal
from app.events.models import Event
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.events.queries_door import DoorRow, rows_of_digests, rows_of_tickets
from app.events.rules_door import ROSTER_DIGEST_LENGTH, Arrival, doors_of, verdict
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
    _take_turn(event)
    known = _known_scans(event, {scan.nonce for scan in scans})
    rows = rows_of_digests(event.id, {scan.digest for scan in scans})
    batch = _Batch(event, device, by, now, rows, _check_ins(rows))
    for scan in scans:
        if scan.nonce not in known:
            known[scan.nonce] = batch.record(scan)
    tickets = rows_of_tickets({scan.ticket_id for scan in known.values() if scan.ticket_id is not None})
    return [_result(known[scan.nonce], tickets) for scan in scans]


def undo_check_in(check_in_id: int, by: Member, now: datetime) -> CheckIn:
    """Take an arrival back, as if the person had not come. `now` is when it was said, by the server's clock.

    Harmless when it is taken back already, or when the person came in again since. Refusal: not-arrived.
    """
    event = db.session.scalar(sa.select(Event).join(CheckIn).where(CheckIn.id == check_in_id))
    if event is None:
        raise Refusal("not-arrived", _l("This person has not been let in, so there is nothing to undo."))
    _take_turn(event)
    check_in = db.session.get_one(CheckIn, check_in_id, populate_existing=True)
    if check_in.undone_at is None and check_in.arrived_at <= now:
        check_in.undone_at, check_in.undone_by_id = now, by.id
        audit.record("check-in.undo", f"check-in:{check_in.id}", by.id, revision=check_in.revision)
        db.session.flush()
    return check_in


def _take_turn(event: Event) -> None:
    """Wait for the event's turn with a write that changes nothing, then forget what was read before it."""
    write = sa.update(Event).where(Event.id == event.id).values(seat_sequence=Event.seat_sequence)
    db.session.execute(write, execution_options={"synchronize_session": False})
    db.session.refresh(event)


def _known_scans(event: Event, nonces: set[str]) -> dict[str, Scan]:
    scans = {scan.nonce: scan for scan in db.session.scalars(sa.select(Scan).where(Scan.nonce.in_(nonces)))}
    if any(scan.event_id != event.id for scan in scans.values()):
        raise Refusal("nonce-reused", _l("These scans were recorded at another event. Reload this page."))
    return scans


@dataclass
class _Batch:
    """Scans of one device, the event's turn taken."""

    event: Event
    device: str
    by: Member
    now: datetime
    rows: dict[str, DoorRow]
    check_ins: dict[int, CheckIn]

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
            scanned_by_id=self.by.id,
        )
        db.session.add(scan)
        db.session.flush()
        if row and scan.verdict is Verdict.WELCOME:
            self._arrive(row, scan)
        return scan

    def _judge(self, row: DoorRow | None, read_event: str | None, at: datetime) -> Verdict:
        entry = row.entry if row else None
        check_in = self.check_ins.get(row.rsvp_id) if row else None
        if entry and check_in and check_in.undone_at is None:
            entry = replace(entry, arrival=Arrival(check_in.arrived_at, ""))
        doors = doors_of(self.event.starts_at, self.event.ends_at)
        return verdict(entry, read_event, self.event.code, at, doors)

    def _arrive(self, row: DoorRow, scan: Scan) -> None:
        check_in = self.check_ins.get(row.rsvp_id)
        if check_in is None:
            check_in = CheckIn(rsvp_id=row.rsvp_id, event_id=self.event.id, party_size=row.party_size)
            self.check_ins[row.rsvp_id] = check_in
            db.session.add(check_in)
        elif check_in.undone_at is not None:
            if scan.scanned_at <= check_in.undone_at:
                return  # whoever undid knew of this moment, though its scan comes late
            check_in.undone_at = check_in.undone_by_id = None
            check_in.revision += 1
            check_in.party_size = row.party_size
            audit.record("check-in.redo", f"check-in:{check_in.id}", self.by.id, revision=check_in.revision)
        check_in.scan_id, check_in.arrived_at = scan.id, scan.scanned_at
        db.session.flush()


def _check_ins(rows: dict[str, DoorRow]) -> dict[int, CheckIn]:
    query = sa.select(CheckIn).where(CheckIn.rsvp_id.in_({row.rsvp_id for row in rows.values()}))
    fresh = query.execution_options(populate_existing=True)
    return {check_in.rsvp_id: check_in for check_in in db.session.scalars(fresh)}


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
