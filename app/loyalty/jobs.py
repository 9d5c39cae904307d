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
TOGETHER = 50  # members in a transaction: who opens one of their wallets waits for its end, some hundredths of a second


@job("settle-points", every_minute=True)
def settle_all() -> None:
    """Settle each member who has something to settle, some dozens in a transaction.

    When that fails each has one of their own, so that one cannot hold up the others.

    All facts are read on the hour, and in between those of the last days: at 800,000 arrivals that is a tenth of the
    work. What is told late, of an earlier day, can wait: who opens their wallet is settled there and then.
    """
    at = now()
    due = _due(at, recently=at.minute != 0)
    for members in (due[first : first + TOGETHER] for first in range(0, len(due), TOGETHER)):
        if not _settled(at, *members):
            for member_id in members:
                _settled(at, member_id)


def _settled(at: datetime, *members: int) -> bool:
    try:
        settle(at, *members)
        commit()
    except Exception:
        log.exception("points of members %r could not be settled", members)
        db.session.rollback()
        return False
    return True


def _due(at: datetime, recently: bool) -> list[int]:
    parameters = {"now": at}
    if recently:
        since = at - RECENT
        parameters |= {"since": since, "since_expiry": rules.expiry(since)}
    members = set(db.session.connection().execute(who_is_due(recently), parameters).scalars())
    db.session.rollback()
    return sorted(members)
