"""What the server knows when scans come in: their tickets, and which of them it has heard before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.events.models import Rsvp, Ticket
from app.events.models_door import Scan, Verdict
from app.events.queries_door import DoorRow, among, by_digest, door_rows, sorted_out
from app.happenings import anybody_listens


@dataclass(frozen=True)
class Recorded:
    """A scan that is written down, and what was said of it."""

    nonce: str
    event_id: int
    ticket_id: int | None
    verdict: Verdict
    scanned_at: datetime


@dataclass(frozen=True)
class Seen:
    """Tickets by digest, scans by nonce, and whether anybody listens to who arrives."""

    rows: dict[str, DoorRow]
    known: dict[str, Recorded]
    listened: bool


_NONCES: sa.BindParameter[Any] = sa.bindparam("nonces", expanding=True)
_NONCE: sa.BindParameter[str] = sa.bindparam("nonce")
_KNOWN = sa.select(Scan.nonce, Scan.event_id, Scan.ticket_id, Scan.verdict, Scan.scanned_at).where(
    Scan.nonce.in_(_NONCES)
)


@cache
def _seeing(kinds: frozenset[str], one: bool) -> sa.Select[*tuple[Any, ...]]:
    again = aliased(Scan)
    query = door_rows(among(kinds), Rsvp.event_id == sa.bindparam("event_id"), Ticket.id.is_not(None))
    heard = again.nonce == _NONCE if one else again.nonce.in_(_NONCES)
    return query.add_columns(sa.exists(sa.select(again.id).where(heard)), anybody_listens())


def see(connection: sa.Connection, event_id: int, digests: Collection[str], nonces: Collection[str]) -> Seen:
    """Read what belongs to scans at an event: one statement, and another when some may have been heard before."""
    wanted = sorted_out(digests)
    named, one = list(nonces), len(nonces) == 1
    values = {"event_id": event_id, **wanted, **({"nonce": named[0]} if one else {"nonces": named})}
    found = connection.execute(_seeing(frozenset(wanted), one), values).all()
    # Without a ticket there is no row that could tell whether a nonce is known.
    heard_before, listened = found[0][-2:] if found else (True, False)
    rows = by_digest(DoorRow._make(row[:-2]) for row in found)
    return Seen(rows, recorded(connection, nonces) if heard_before else {}, listened)


def recorded(connection: sa.Connection, nonces: Collection[str]) -> dict[str, Recorded]:
    """Return the scans with these nonces, at whatever event, by nonce."""
    rows = connection.execute(_KNOWN, {"nonces": list(nonces)})
    return {row.nonce: Recorded(*row) for row in rows}
