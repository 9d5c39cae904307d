"""Writing scans, and the arrivals that they amount to: as many statements for one as for many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from app import audit
from app.db import db, insert_or
from app.events.models_door import CheckIn, Scan
from app.events.queries_door import DoorRow
from app.events.queries_scans import Recorded


@dataclass
class Arrival:
    """What scans make of a party: it came, as one of them tells."""

    row: DoorRow  # the party as it was before
    scan: Recorded


@cache  # making a statement takes longer than running it
def _new_scans(_dialect: str) -> sa.Executable:
    unless_known = insert_or(Scan).on_conflict_do_nothing(index_elements=[Scan.nonce])
    return unless_known.returning(Scan.nonce, Scan.id)  # type: ignore[no-any-return]


_NEW_ARRIVALS = sa.insert(CheckIn).returning(CheckIn.id)


def write_scans(connection: sa.Connection, scans: list[dict[str, Any]]) -> dict[str, int]:
    """Write scans by column, but those whose nonce somebody has written meanwhile; return the ids by nonce."""
    ordered = sorted(scans, key=lambda scan: str(scan["nonce"]))  # or two batches may wait for each other
    return dict(connection.execute(_new_scans(connection.dialect.name), ordered).all())


def write_arrivals(
    connection: sa.Connection, arrivals: Iterable[Arrival], scan_ids: dict[str, int], by_id: int
) -> list[int]:
    """Write who came; return the check-ins of those who were not there before, or no longer."""
    first, again = [], {}
    for arrival in arrivals:
        if arrival.row.check_in_id is None:
            first.append(_check_in(arrival, scan_ids))
        else:
            again[arrival.row.check_in_id] = arrival
    told = [row.id for row in connection.execute(_NEW_ARRIVALS, first).all()] if first else []
    return told + (_move(again, scan_ids, by_id) if again else [])


def _check_in(arrival: Arrival, scan_ids: dict[str, int]) -> dict[str, Any]:
    return {
        "rsvp_id": arrival.row.rsvp_id,
        "event_id": arrival.scan.event_id,
        "scan_id": scan_ids[arrival.scan.nonce],
        "arrived_at": arrival.scan.scanned_at,
        "party_size": arrival.row.party_size,
    }


def _move(arrivals: dict[int, Arrival], scan_ids: dict[str, int], by_id: int) -> list[int]:
    """Let check-ins be told by another scan; return those that had been undone."""
    wanted = sa.select(CheckIn).where(CheckIn.id.in_(arrivals)).execution_options(populate_existing=True)
    redone = []
    for check_in in db.session.scalars(wanted):
        arrival = arrivals[check_in.id]
        check_in.scan_id, check_in.arrived_at = scan_ids[arrival.scan.nonce], arrival.scan.scanned_at
        if check_in.undone_at is not None:
            check_in.undone_at = check_in.undone_by_id = None
            check_in.revision += 1
            check_in.party_size = arrival.row.party_size
            audit.record("check-in.redo", f"check-in:{check_in.id}", by_id, revision=check_in.revision)
            redone.append(check_in.id)
    db.session.flush()
    return redone
