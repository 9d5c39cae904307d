"""What is in the database when a bench begins, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask, current_app
from werkzeug.test import EnvironBuilder

from app.api.actions_tokens import create_token
from app.api.rules import Scope
from app.brand.models import Brand
from app.clock import now
from app.db import db
from app.events.forms_door import door_token
from app.events.models import Event, Rsvp, RsvpStatus, Ticket
from app.events.rules_ticket import qr_text
from app.members.models import Member
from app.tokens import digest, new_code, new_link_token
from tests.factories import make_chapter, make_event, make_member

SEATS, TRIES = 500, 700
ATTENDEES = 2000
SERVERS, DOORS, MOST_SCANS = 3, 2, 3000  # a door for phones and one for programs
WARM_SCANS = 200  # of these, before it is measured: by then each connection knows its statements
WORDS = """Une soirée **conviviale** pour essayer avant tout le monde, parler et être entendu.

- on s’installe, on se présente ;
- on essaie trois produits à l’aveugle ;
- on en parle, franchement.

Le lieu est accessible en fauteuil. Venez comme vous êtes, avec une amie ou un ami si vous voulez.
"""


@dataclass(frozen=True)
class World:
    """Addresses and secrets that the driver needs."""

    event: str
    wide: str  # an event with room for everybody
    rushes: list[str]  # one a server
    door: str
    people: str
    cookie: str  # a CM's session
    door_token: str
    codes: list[str]  # what each ticket's QR says
    token: str  # a program's, that may check in


def seed(app: Flask) -> World:
    """Fill the database through the models, as an application on it would."""
    with app.app_context():
        db.session.add(Brand(id=1, name="Maison Bruyère"))
        cm = make_member("Inès Moreau", "cm", email="ines@example.org")
        chapter = make_chapter("Lyon", cm)
        event, wide = (make_event(chapter, capacity=seats, description=WORDS) for seats in (500, 1_000_000))
        rushes = [make_event(chapter, capacity=SEATS, description=WORDS).slug for _ in range(SERVERS)]
        door = make_event(chapter, capacity=20_000, starts_at=now() - timedelta(minutes=10))
        codes = _attend(door, SERVERS * DOORS * MOST_SCANS)
        people = make_event(chapter, capacity=ATTENDEES)
        _attend(people, ATTENDEES)
        world = World(
            event=event.slug,
            wide=wide.slug,
            rushes=rushes,
            door=door.slug,
            people=people.slug,
            cookie=_session_of(app, cm),
            door_token=door_token(door.id, cm.id),
            codes=codes,
            token=create_token(cm, "bench", [Scope.CHECK_INS_WRITE], None, now())[1],
        )
        db.session.execute(sa.text("ANALYZE"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return world


def _attend(event: Event, count: int) -> list[str]:
    codes, first = [], ["Ana", "Bao", "Chloé", "David", "Élise", "Farid", "Gaël", "Hana", "Inès", "Jules"]
    for number in range(count):
        code = new_code()
        text = qr_text(event.code, code)
        member = Member(
            display_name=f"{first[number % 10]} Participant {number}",
            email=f"{event.slug}-{number}@example.org",
            fs_uniquifier=uuid4().hex,
        )
        ticket = Ticket(code=code, token=new_link_token(), digest=digest(text))
        db.session.add(
            Rsvp(event=event, member=member, status=RsvpStatus.CONFIRMED, email_proven=True, tickets=[ticket])
        )
        codes.append(text)
    event.seats_taken += count
    db.session.commit()
    return codes


def _session_of(app: Flask, member: Member) -> str:
    """Return the session cookie of somebody who signed in with two factors."""
    with current_app.request_context(EnvironBuilder().get_environ()):
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return str(signer.dumps({"_user_id": member.fs_uniquifier, "_fresh": True, "strong": True}))
