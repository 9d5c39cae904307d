"""Settling in the background, so that points are there before the wallet is opened."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from app.clock import now
from app.db import commit, db
from app.jobs import job
from app.loyalty import rules
from app.loyalty.actions_ledger import settle
from app.loyalty.queries import who_is_due

log = logging.getLogger(__name__)

RECENT = timedelta(days=2)


@job("settle-points", every_minute=True)
def settle_all() -> None:
    """Settle each member who has something to settle, one transaction each, so that one cannot hold up the others.

    All facts are read on the hour, and in between those of the last days: at 800,000 arrivals that is a tenth of the
    work. What is told late, of an earlier day, can wait: who opens their wallet is settled there and then.
    """
    at = now()
    for member_id in _due(at, recently=at.minute != 0):
        try:
            settle(at, member_id)
            commit()
        except Exception:
            log.exception("member %d could not be settled", member_id)
            db.session.rollback()


def _due(at: datetime, recently: bool) -> list[int]:
    parameters = {"now": at}
    if recently:
        since = at - RECENT
        parameters |= {"since": since, "since_expiry": rules.expiry(since)}
    members = set(db.session.connection().execute(who_is_due(recently), parameters).scalars())
    db.session.rollback()
    return sorted(members)
