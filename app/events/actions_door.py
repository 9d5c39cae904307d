"""Writing down what happened at the door: scans, the arrivals they amount to, and arrivals taken back.

Each function begins at the doorway (actions_doorway), which keeps others from the same tickets: of two scans of a
ticket one is the arrival, and a ticket cannot be cancelled meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Refusal
from app.events.actions_arrivals import Arrival, write_arrivals, write_scans
from app.events.actions_doorway import Doorway, hold_door, take_turn
from app.events.models import Event
from app.events.models_door import CheckIn, ScanMethod, Verdict
from app.events.queries_door import DoorRow, rows_of_tickets
from app.events.queries_scans import Recorded, Seen, recorded, see
from app.events.rules_door import ROSTER_DIGEST_LENGTH, doors_of, verdict
from app.happenings import Happening, tell
from app.i18n import _l
from app.members.models import Member
from app.members.queries import Visitor


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
    event: Event, device: str, scans: Sequence[ScanIn], by: Member, now: datetime
) -> list[ScanResult]:
    """Record scans in the order given and answer each; a nonce that is known gets its first verdict again.

    Refusal: nonce-reused, when a nonce belongs to a scan at another event.
    """
    doorway = hold_door(event.id, {scan.digest for scan in scans})
    return record_at(doorway, device, scans, by.id, now)


def record_at(
    doorway: Doorway, device: str, scans: Sequence[ScanIn], by_id: int, now: datetime
) -> list[ScanResult]:
    """Do as record_scans does, the door held for these scans: in three statements, however many arrive."""
    seen = _see(doorway, scans)
    batch = _Batch(doorway, device, by_id, now, seen.rows, seen.known)
    for scan in scans:
        batch.hear(scan)
    batch.write(seen.listened)
    tickets = {row.ticket_id: row for row in batch.rows.values() if row.ticket_id is not None}
    others = {scan.ticket_id for scan in batch.known.values() if scan.ticket_id is not None} - set(tickets)
    if others:
        tickets |= rows_of_tickets(others)
    return [_result(batch.known[scan.nonce], tickets) for scan in scans]


def undo_check_in(check_in_id: int, by: Member | Visitor, now: datetime) -> CheckIn:
    """Take an arrival back, as if the person had not come. `now` is when it was said, by the server's clock.

    Harmless when it is taken back already, or when the person came in again since. Refusal: not-arrived.
    """
    event_id = db.session.scalar(sa.select(CheckIn.event_id).where(CheckIn.id == check_in_id))
    if event_id is None:
        raise Refusal("not-arrived", _l("This person has not been let in, so there is nothing to undo."))
    take_turn(event_id)
    check_in = db.session.get_one(CheckIn, check_in_id, populate_existing=True)
    if check_in.undone_at is None and check_in.arrived_at <= now:
        check_in.undone_at, check_in.undone_by_id = now, by.id
        audit.record("check-in.undo", f"check-in:{check_in.id}", by.id, revision=check_in.revision)
        db.session.flush()
    return check_in


def _see(doorway: Doorway, scans: Sequence[ScanIn]) -> Seen:
    digests, nonces = {scan.digest for scan in scans}, {scan.nonce for scan in scans}
    seen = see(doorway.connection, doorway.id, digests, nonces)
    while (
        doorway.tickets is not None and not {row.ticket_id for row in seen.rows.values()} <= doorway.tickets
    ):
        # A ticket that was issued while the door was waited for: what is said of it must wait for others too.
        doorway = hold_door(doorway.id, digests)
        seen = see(doorway.connection, doorway.id, digests, nonces)
    _check_event(doorway, seen.known)
    return seen


def _check_event(doorway: Doorway, known: dict[str, Recorded]) -> None:
    if any(scan.event_id != doorway.id for scan in known.values()):
        raise _reused()


def _reused() -> Refusal:
    return Refusal("nonce-reused", _l("These scans were recorded at another event. Reload this page."))


@dataclass
class _Batch:
    """Scans of one device, the door held. They are judged one after the other, and written all at once."""

    doorway: Doorway
    device: str
    by_id: int
    now: datetime
    rows: dict[str, DoorRow]  # as the scans before have left them
    known: dict[str, Recorded]
    _new: list[dict[str, Any]] = field(default_factory=list)
    _arrivals: dict[int, Arrival] = field(default_factory=dict)  # by Rsvp

    def hear(self, heard: ScanIn) -> None:
        """Judge a scan, unless it was heard before."""
        if heard.nonce in self.known:
            return
        row = self.rows.get(heard.digest)
        at = min(heard.scanned_at + timedelta(milliseconds=heard.clock_skew_ms), self.now)
        doors = doors_of(self.doorway.starts_at, self.doorway.ends_at)
        said = verdict(row.entry if row else None, heard.event_code, self.doorway.code, at, doors)
        scan = Recorded(heard.nonce, self.doorway.id, row.ticket_id if row else None, said, at)
        self.known[heard.nonce] = scan
        self._new.append(
            {
                "nonce": heard.nonce,
                "event_id": self.doorway.id,
                "ticket_id": scan.ticket_id,
                "code_digest": row.digest if row and row.digest else heard.digest,
                "method": heard.method,
                "device": self.device,
                "scanned_at": at,
                "clock_skew_ms": heard.clock_skew_ms,
                "received_at": self.now,
                "verdict": said,
                "scanned_by_id": self.by_id,
            }
        )
        if row and said is Verdict.WELCOME:
            self._arrive(row, scan)

    def _arrive(self, row: DoorRow, scan: Recorded) -> None:
        if row.undone_at is not None and scan.scanned_at <= row.undone_at:
            return  # whoever undid knew of this moment, though its scan comes late
        self._arrivals.setdefault(row.rsvp_id, Arrival(row, scan)).scan = scan
        for key, other in self.rows.items():  # the scans that follow are judged by this arrival
            if other.rsvp_id == row.rsvp_id:
                self.rows[key] = other._replace(
                    arrived_at=scan.scanned_at, undone_at=None, device=self.device
                )

    def write(self, listened: bool) -> None:
        """Write down what was heard, and who arrives by it; `listened`: tell of them."""
        if not self._new:
            return
        connection = self.doorway.connection
        ids = write_scans(connection, self._new)
        self._give_way({scan["nonce"] for scan in self._new} - ids.keys())
        told = write_arrivals(connection, self._arrivals.values(), ids, self.by_id) if self._arrivals else []
        for check_in_id in told if listened else ():
            tell(Happening.CHECK_IN, check_in_id)

    def _give_way(self, lost: Collection[str]) -> None:
        """Answer scans that another call has written meanwhile as it did: without a ticket, nothing made us wait."""
        if not lost:
            return
        if any(arrival.scan.nonce in lost for arrival in self._arrivals.values()):
            raise _reused()
        first = recorded(self.doorway.connection, lost)
        _check_event(self.doorway, first)
        self.known |= first


def _result(scan: Recorded, rows: dict[int, DoorRow]) -> ScanResult:
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
