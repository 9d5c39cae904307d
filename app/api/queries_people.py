"""Rsvps and members as programs see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import abort

from app.api.queries import Caller
from app.api.rules import Scope
from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.queries_questions import answers_of
from app.members.models import Member
from app.members.rules_people import folded


def _rsvps(caller: Caller, event: Event) -> sa.Select[*tuple[Any, ...]]:
    """Select what RsvpSchema writes, the address only for who may read members."""
    may_read = Scope.MEMBERS_READ in caller.scopes
    return (
        sa.select(
            *(Rsvp.id, Rsvp.member_id, Rsvp.status, Rsvp.party_size, Rsvp.slot_id),
            *(Rsvp.held_until, Rsvp.hold_for, Rsvp.created_at, Rsvp.confirmed_at),
            *(Rsvp.cancelled_at, Rsvp.cancelled_because, Rsvp.guest_names),
            sa.literal(event.slug).label("event"),
            Member.display_name.label("name"),
            (Member.email if may_read else sa.cast(sa.null(), sa.String)).label("email"),
        )
        .join(Member, Member.id == Rsvp.member_id)
        .where(Rsvp.event_id == event.id)
    )


def rsvps(caller: Caller, event: Event, after_id: int, limit: int, status: RsvpStatus | None) -> list[Any]:
    """Return the Rsvps of an event, by id, from after one on."""
    query = _rsvps(caller, event).where(Rsvp.id > after_id)
    if status is not None:
        query = query.where(Rsvp.status == status)
    return list(db.session.execute(query.order_by(Rsvp.id).limit(limit)))


def get_rsvp(caller: Caller, event: Event, rsvp_id: int) -> dict[str, Any]:
    """Return what RsvpSchema writes of an Rsvp of an event. Aborts with 404."""
    row = db.session.execute(_rsvps(caller, event).where(Rsvp.id == rsvp_id)).one_or_none() or abort(404)
    return shown([row])[0]


def shown(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what RsvpSchema writes of these rows: no sensitive answer leaves through the API (decision 0025)."""
    answers = answers_of([row.id for row in rows], with_sensitive=False)
    return [
        row._asdict()
        | {
            "guests": row.guest_names or [],
            "answers": [
                {"question_id": question_id, "value": value}
                for question_id, value in sorted(answers.get(row.id, {}).items())
            ],
        }
        for row in rows
    ]


def visible_members(caller: Caller) -> sa.Select[*tuple[Any, ...]]:
    """Select the members a caller may know: all for an administrator, else those who registered in their chapters."""
    query = sa.select(Member.id).where(Member.erased_at.is_(None))
    if caller.chapter_ids is None:
        return query
    came = sa.select(Rsvp.id).join(Event, Event.id == Rsvp.event_id)
    here = came.where(Rsvp.member_id == Member.id, Event.chapter_id.in_(caller.chapter_ids))
    return query.where(here.correlate(Member).exists())


def _members(caller: Caller) -> sa.Select[*tuple[Any, ...]]:
    """Select what MemberSchema writes."""
    columns = (Member.display_name.label("name"), Member.email, Member.city, Member.locale, Member.created_at)
    return visible_members(caller).add_columns(*columns)


def members(caller: Caller, after_id: int, limit: int, words: str) -> list[Any]:
    """Return the members whose name or address holds every word, by id, from after one on."""
    query = _members(caller).where(Member.id > after_id)
    for word in words.split():
        query = query.where(Member.searched.contains(folded(word), autoescape=True))
    return list(db.session.execute(query.order_by(Member.id).limit(limit)))


def get_member(caller: Caller, member_id: int) -> Any:
    """Return a member a caller may know. Aborts with 404."""
    return db.session.execute(_members(caller).where(Member.id == member_id)).one_or_none() or abort(404)


def find_known(caller: Caller, member_id: int) -> Member | None:
    """Find a member a caller may know, to register them."""
    known = db.session.scalar(visible_members(caller).where(Member.id == member_id))
    return db.session.get(Member, known) if known is not None else None
