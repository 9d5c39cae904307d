"""Reading what is printed for an event, and whose names are on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import undefer

from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus, Slot, Ticket
from app.events.models_papers import Paper, PaperKind
from app.making import UNDER_WAY, Making
from app.members.models import Member
from app.members.rules_people import folded


@dataclass(frozen=True)
class Party:
    """Who comes with one ticket. `guests` holds the names that are known, at most `size` − 1."""

    name: str
    size: int
    guests: tuple[str, ...]
    slot: str
    code: str


def parties(event_id: int) -> list[Party]:
    """Return those who have a ticket, by name as people sort them: accents and capitals do not count."""
    query = (
        sa.select(Member.display_name, Rsvp.party_size, Rsvp.guest_names, Slot.name, Ticket.code)
        .select_from(Rsvp)
        .join(Member, Member.id == Rsvp.member_id)
        .join(Ticket, sa.and_(Ticket.rsvp_id == Rsvp.id, Ticket.revoked_at.is_(None)))
        .outerjoin(Slot, Slot.id == Rsvp.slot_id)
        .where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.CONFIRMED)
        .order_by(Rsvp.id)
    )
    found = [
        Party(name, size, tuple(guests or ())[: size - 1], slot or "", code)
        for name, size, guests, slot, code in db.session.execute(query)
    ]
    return sorted(found, key=lambda party: folded(party.name))


def has_seats(event_id: int) -> bool:
    """Tell whether anybody has a seat at an event."""
    row = sa.exists().where(Rsvp.event_id == event_id, Rsvp.status == RsvpStatus.CONFIRMED)
    return bool(db.session.scalar(sa.select(row)))


def get_paper(event: Event, paper_id: int) -> Paper:
    """Return a paper of this event, made or not. Aborts with 404."""
    query = sa.select(Paper).where(Paper.id == paper_id, Paper.event_id == event.id)
    return db.session.scalar(query) or abort(404)


def get_pdf(event: Event, paper_id: int) -> tuple[Paper, bytes]:
    """Return a paper of this event with its PDF. Aborts with 404 when it is not made."""
    query = sa.select(Paper).where(Paper.id == paper_id, Paper.event_id == event.id)
    paper = db.session.scalar(query.options(undefer(Paper.pdf)))
    if paper is None or paper.pdf is None:
        abort(404)
    return paper, paper.pdf


def find_under_way(event_id: int, kind: PaperKind, locale: str) -> Paper | None:
    """Find the same paper that is being made already."""
    query = sa.select(Paper).where(
        Paper.event_id == event_id,
        Paper.kind == kind,
        Paper.locale == locale,
        Paper.status.in_(UNDER_WAY),
    )
    return db.session.scalar(query.order_by(Paper.id).limit(1))


def papers_made(event_id: int) -> Sequence[Paper]:
    """Return an event's finished papers, the latest first."""
    query = sa.select(Paper).where(Paper.event_id == event_id, Paper.status == Making.DONE)
    return db.session.scalars(query.order_by(Paper.id.desc())).all()
