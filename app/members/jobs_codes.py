"""Forgetting mailed codes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import commit, db
from app.jobs import job
from app.members.models import EmailCode

KEPT = timedelta(days=1)  # so that a link that came too late still says so


@job("drop-codes", every_minute=True)
def drop_codes() -> None:
    """Delete the codes that stopped working a day ago, and with them what was typed by people we do not know."""
    db.session.execute(sa.delete(EmailCode).where(EmailCode.expires_at < now() - KEPT))
    commit()
