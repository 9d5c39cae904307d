"""What the worker forgets for programs."""

from __future__ import annotations

from app.api.actions_answers import forget_answers
from app.clock import now
from app.db import commit
from app.jobs import job


@job("forget-answers", every_minute=True)
def forget() -> None:
    """Delete the answers to Idempotency-Keys that were kept for a day."""
    forget_answers(now())
    commit()
