"""What a CM wants to know before changing an event: who would be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.db import db
from app.events.models import Rsvp, RsvpStatus
from app.members.models import Member


@dataclass
class Told:
    """How many get a mail about an event, one for each registration, and how many have no address for it."""

    by_status: dict[str, int] = field(default_factory=dict)
    by_locale: dict[str, int] = field(default_factory=dict)
    without_address: int = 0

    @property
    def mails(self) -> int:
        return sum(self.by_status.values())


def who_is_told(event_id: int, statuses: Sequence[RsvpStatus]) -> Told:
    """Count, in one statement, who is told of what becomes of an event."""
    reachable = Member.email.is_not(None)
    query = (
        sa.select(Rsvp.status, Rsvp.locale, reachable, sa.func.count(Rsvp.id))
        .join(Member, Member.id == Rsvp.member_id)
        .where(Rsvp.event_id == event_id, Rsvp.status.in_(statuses))
        .group_by(Rsvp.status, Rsvp.locale, reachable)
    )
    told = Told()
    for status, locale, has_address, count in db.session.execute(query):
        if not has_address:
            told.without_address += count
            continue
        told.by_status[status.value] = told.by_status.get(status.value, 0) + count
        told.by_locale[locale] = told.by_locale.get(locale, 0) + count
    return told
