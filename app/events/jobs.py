"""What the worker does for events by itself."""

from __future__ import annotations

import logging

from app.clock import now
from app.db import commit
from app.events.actions_seats import lapse_holds
from app.jobs import job

log = logging.getLogger(__name__)


@job("lapse-holds", every_minute=True)
def sweep_holds() -> None:
    """Free the seats whose holds ran out, so that the line moves even when nobody comes by."""
    lapsed = lapse_holds(now())
    commit()
    if lapsed:
        log.info("%d holds lapsed", lapsed)
