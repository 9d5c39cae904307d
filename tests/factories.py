"""Rows for tests, one function a model, each with defaults that make sense."""

from __future__ import annotations

import secrets
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, EventKind, EventStatus, HoldFor, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.loyalty.models import Reward
from app.members.models import Member, Role
from app.tokens import digest, new_code, new_link_token

_numbers = count(1)


def _save(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def make_member(name: str = "Camille Durand", *roles: str, email: str | None = "", **values: Any) -> Member:
    """Make a member with a proven address (made from a number unless given; None for no address at all)."""
    email = f"member{next(_numbers)}@example.org" if email == "" else email
    defaults = {"fs_uniquifier": secrets.token_hex(16), "email_confirmed_at": now(), "locale": "fr"}
    granted = [_role(role) for role in roles]
    member = Member(display_name=name, email=email, roles=granted, **(defaults | values))
    return _save(member)  # type: ignore[no-any-return]


def _role(name: str) -> Role:
    return db.session.scalar(sa.select(Role).where(Role.name == name)) or Role(name=name)


def make_chapter(
    city: str = "Lyon", *managers: Member, timezone: str = "Europe/Paris", **values: Any
) -> Chapter:
    slug = city.lower().replace(" ", "-")
    chapter = Chapter(slug=slug, name=city, city=city, timezone=timezone, managers=list(managers), **values)
    return _save(chapter)  # type: ignore[no-any-return]


def make_event(chapter: Chapter, **values: Any) -> Event:
    """Make a published event of 20 seats that begins in seven days and lasts three hours."""
    number = next(_numbers)
    start = values.pop("starts_at", now().replace(microsecond=0) + timedelta(days=7))
    defaults = {
        "chapter": chapter,
        "slug": f"event-{number}",
        "code": f"{number:05d}",
        "kind": EventKind.MEETUP,
        "status": EventStatus.PUBLISHED,
        "title": "Soirée découverte",
        "starts_at": start,
        "ends_at": start + timedelta(hours=3),
        "venue": "Le Comptoir",
        "address": "12 rue de la République",
        "capacity": 20,
        "published_at": now(),
    }
    return _save(Event(**(defaults | values)))  # type: ignore[no-any-return]


def make_rsvp(event: Event, member: Member, status: RsvpStatus, **values: Any) -> Rsvp:
    """Make an Rsvp with the seats it takes, and its ticket when it is confirmed."""
    event.seat_sequence += 1
    rsvp = Rsvp(event=event, member=member, status=status, party_size=1, email_proven=True)
    if status == RsvpStatus.HELD:
        rsvp.held_until, rsvp.hold_for = now() + timedelta(minutes=30), HoldFor.ADDRESS
    if status == RsvpStatus.WAITLISTED:
        rsvp.queued_at, rsvp.queue_number = now(), event.seat_sequence
    if status in {RsvpStatus.HELD, RsvpStatus.CONFIRMED}:
        event.seats_taken += values.get("party_size", 1)
    for name, value in values.items():
        setattr(rsvp, name, value)
    if status == RsvpStatus.CONFIRMED:
        code = new_code()
        rsvp.tickets = [Ticket(code=code, token=new_link_token(), digest=digest(f"M{event.code}{code}"))]
    return _save(rsvp)  # type: ignore[no-any-return]


def make_check_in(rsvp: Rsvp, **values: Any) -> CheckIn:
    """Make the arrival of a confirmed Rsvp, scanned just now."""
    scan = Scan(
        nonce=new_link_token(),
        event_id=rsvp.event_id,
        ticket=rsvp.tickets[-1],
        code_digest=rsvp.tickets[-1].digest,
        method=ScanMethod.CAMERA,
        device="test",
        scanned_at=now(),
        verdict=Verdict.WELCOME,
        scanned_by=make_member("Inès Scan", "cm"),
    )
    defaults = {"rsvp": rsvp, "event_id": rsvp.event_id, "scan": scan, "arrived_at": now(), "party_size": 1}
    return _save(CheckIn(**(defaults | values)))  # type: ignore[no-any-return]


def make_reward(**values: Any) -> Reward:
    """Make a reward of 100 points with ten pieces."""
    defaults = {"name": {"fr": "Tasse", "en": "Mug"}, "description": {}, "cost": 100, "stock": 10}
    return _save(Reward(**(defaults | values)))  # type: ignore[no-any-return]
