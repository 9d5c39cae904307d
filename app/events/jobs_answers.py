"""What the worker forgets of answers by itself."""

from __future__ import annotations

import logging

from app.clock import now
from app.db import commit
from app.events.actions_questions import erase_sensitive_answers
from app.jobs import job

log = logging.getLogger(__name__)


@job("erase-sensitive-answers", every_minute=True)
def sweep_answers() -> None:
    """Erase sensitive answers 30 days after their event."""
    if questions := erase_sensitive_answers(now()):
        commit()
        log.info("the sensitive answers to %d questions were erased", questions)
