"""What the worker does for events by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.clock import now
from app.db import commit, db
from app.events.actions_reminders import give_notice
from app.events.actions_seats import lapse_holds
from app.events.queries import events_with_lapsed_holds, notices_due
from app.jobs import job

log = logging.getLogger(__name__)


@job("lapse-holds", every_minute=True)
def sweep_holds() -> None:
    """Free the seats whose holds ran out, so that the line moves even when nobody comes by."""
    at = now()
    _each([(event_id,) for event_id in events_with_lapsed_holds(at)], lapse_holds, at)


@job("event-notices", every_minute=True)
def sweep_notices() -> None:
    """Remind people and ask whether they still come, when it is time to."""
    at = now()
    _each(notices_due(at), give_notice, at)


def _each(found: Sequence[tuple[Any, ...]], action: Callable[..., int], at: datetime) -> None:
    """Do something for each event in a transaction of its own.

    Nobody waits for another event's turn, and a bad one holds up none of the others.
    """
    db.session.rollback()  # what read the list may not be open any more when SQLite is to write
    for what in found:
        try:
            done = action(*what, at)
            commit()
        except Exception:
            log.exception("%s of %s failed", action.__name__, what)
            db.session.rollback()
        else:
            log.info("%s of %s: %d", action.__name__, what, done)
