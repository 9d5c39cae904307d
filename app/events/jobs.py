"""What the worker does for events by itself."""

from __future__ import annotations

import logging

from app.clock import now
from app.db import commit, db
from app.events.actions_seats import lapse_holds
from app.events.queries import events_with_lapsed_holds
from app.jobs import job

log = logging.getLogger(__name__)


@job("lapse-holds", every_minute=True)
def sweep_holds() -> None:
    """Free the seats whose holds ran out, so that the line moves even when nobody comes by.

    One transaction for each event: nobody waits for another event's turn, and a bad one holds up none of the others.
    """
    at = now()
    events = events_with_lapsed_holds(at)
    db.session.rollback()
    for event_id in events:
        try:
            lapsed = lapse_holds(event_id, at)
            commit()
        except Exception:
            log.exception("the holds of event %d could not lapse", event_id)
            db.session.rollback()
        else:
            log.info("%d holds of event %d lapsed", lapsed, event_id)
