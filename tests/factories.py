"""Rows for tests, one function a model, each with defaults that make sense."""

from __future__ import annotations

import secrets
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, EventKind, EventStatus
from app.members.models import Member, Role

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
