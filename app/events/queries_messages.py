"""Who a message to an event's people would reach, and how many they got today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.db import db
from app.events.models import Event, EventNotice, Rsvp
from app.events.queries_people import narrowed
from app.events.rules_people import Search, Standing
from app.members.models import Member

MOST_A_DAY = 3  # messages that the people of an event get in a day


@dataclass(frozen=True)
class Reader:
    """Somebody whom a mail can reach."""

    rsvp_id: int
    member_id: int
    locale: str
    email: str


@dataclass(frozen=True)
class Readers:
    """Who gets a message, and how many do not, by reason."""

    reached: list[Reader] = field(default_factory=list)
    without_address: int = 0
    erased: int = 0


def readers(event_id: int, to: Standing) -> Readers:
    """Return who a message to the confirmed, the waiting or the absent reaches, in one statement."""
    columns = (Rsvp.id, Rsvp.member_id, Rsvp.locale, Member.email, Member.erased_at)
    query = sa.select(*columns).join(Member, Member.id == Rsvp.member_id)
    query = narrowed(query, event_id, Search(standing=to))
    reached, without_address, erased = [], 0, 0
    for rsvp_id, member_id, locale, email, erased_at in db.session.execute(query.order_by(Rsvp.id)):
        if erased_at is not None:
            erased += 1
        elif email is None:
            without_address += 1
        else:
            reached.append(Reader(rsvp_id, member_id, locale, email))
    return Readers(reached, without_address, erased)


def sent_today(event: Event, now: datetime) -> int:
    """Return how many messages the event's people got today, on the clocks of its zone."""
    day = now.astimezone(ZoneInfo(event.timezone)).date().isoformat()
    kinds = [notice_kind(day, number) for number in range(1, MOST_A_DAY + 1)]
    query = sa.select(sa.func.count()).where(EventNotice.event_id == event.id, EventNotice.kind.in_(kinds))
    return db.session.scalar(query) or 0


def notice_kind(day: str, number: int) -> str:
    """Return what the notice of a day's message is called: "message:2026-12-04:1"."""
    return f"message:{day}:{number}"
