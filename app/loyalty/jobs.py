"""Settling in the background, so that points are there before the wallet is opened."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from app.clock import now
from app.db import commit, db
from app.facts import FACTS
from app.jobs import job
from app.loyalty.actions import settle
from app.loyalty.models import Lot
from app.loyalty.queries import undone_entries, unpaid_facts

log = logging.getLogger(__name__)


@job("settle-points", every_minute=True)
def settle_all() -> None:
    """Settle each member who has something to settle, one transaction each, so that one cannot hold up the others."""
    at = now()
    members: set[int] = set(
        db.session.scalars(sa.select(Lot.member_id).where(Lot.remaining > 0, Lot.expires_at <= at))
    )
    for kind in FACTS:
        members.update(row.member_id for row in db.session.execute(unpaid_facts(kind)))
        members.update(entry.member_id for entry in db.session.scalars(undone_entries(kind)))
    db.session.rollback()
    for member_id in sorted(members):
        try:
            settle(at, member_id)
            commit()
        except Exception:
            log.exception("member %d could not be settled", member_id)
            db.session.rollback()
