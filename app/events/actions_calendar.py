"""The secret address of a member’s own calendar feed."""

from __future__ import annotations

from app.db import db
from app.members.models import Member
from app.tokens import new_link_token


def reset_calendar(member: Member) -> str:
    """Give a member’s feed a new address, so that whoever had the old one sees nothing more; return its secret."""
    token = member.calendar_token = new_link_token()
    db.session.flush()
    return token
