"""Forgetting uploads."""

from __future__ import annotations

from app.clock import now
from app.db import commit
from app.jobs import job
from app.members.actions_import import drop_old_uploads


@job("drop-import-uploads", every_minute=True)
def drop_uploads() -> None:
    """Drop the lists of people that were uploaded and neither imported nor given up."""
    drop_old_uploads(now())
    commit()
