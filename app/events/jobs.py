"""What the worker does for events by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from app.clock import now
from app.db import commit, db
from app.events.actions_reminders import give_notice
from app.events.actions_seats import lapse_holds
from app.events.queries import events_with_lapsed_holds, notices_due
from app.jobs import job

T = TypeVar("T")

log = logging.getLogger(__name__)


@job("lapse-holds", every_minute=True)
def sweep_holds() -> None:
    """Free the seats whose holds ran out, so that the line moves even when nobody comes by."""
    at = now()
    for event_id in _ids(events_with_lapsed_holds(at)):
        lapsed = _one_by_one(partial(lapse_holds, event_id, at))
        log.info("%d holds of event %d lapsed", lapsed, event_id)


@job("event-notices", every_minute=True)
def sweep_notices() -> None:
    """Remind people and ask whether they still come, when it is time to."""
    at = now()
    for event_id, notice in _ids(notices_due(at)):
        told = _one_by_one(partial(give_notice, event_id, notice, at))
        log.info("notice %s of event %d: %d people", notice, event_id, told)


def _ids(found: list[T]) -> list[T]:
    """End the transaction that read what is to do, so that none is open while each is done in its own."""
    db.session.rollback()
    return found


def _one_by_one(action: Callable[[], int]) -> int:
    """Commit one event's work: nobody waits for another event's turn, and a bad one holds up none of the others."""
    try:
        done = action()
        commit()
    except Exception:
        log.exception("%s failed", action)
        db.session.rollback()
        return 0
    return done
