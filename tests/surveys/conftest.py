"""Fans who came to an event, and a product test that waits for them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import pytest

from app.clock import now
from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.members.models import Member
from app.surveys.actions import add_product, create_study, open_study, publish_questionnaire, save_questions
from app.surveys.models import About, Design, QuestionKind, Study
from app.surveys.rules_questions import QuestionDraft
from app.tokens import digest, new_code
from tests.factories import make_member

MakeRsvp = Callable[..., Rsvp]
MakeStudy = Callable[..., Study]

LIKING = QuestionDraft(
    QuestionKind.LIKING9, {"fr": "Aimez-vous ce produit\u00a0?", "en": "Do you like it?"}, key="liking"
)
WORDS = QuestionDraft(
    QuestionKind.MULTIPLE,
    {"fr": "Quels mots\u00a0?", "en": "Which words?"},
    options=({"key": "fresh", "fr": "Frais", "en": "Fresh"}, {"key": "sweet", "fr": "Sucré", "en": "Sweet"}),
    required=False,
    key="words",
)
NPS = QuestionDraft(
    QuestionKind.NPS,
    {"fr": "Nous recommanderiez-vous\u00a0?", "en": "Recommend us?"},
    about=About.EVENT,
    key="nps",
)
QUESTIONS = (LIKING, WORDS, NPS)

_numbers = count(1)


@pytest.fixture
def make_rsvp(event: Event, cm: Member) -> MakeRsvp:
    """Return a function that makes a confirmed Rsvp with a ticket, checked in unless told otherwise."""

    def make(member: Member | None = None, at: Event = event, here: bool = True) -> Rsvp:
        rsvp = arrive(at, member or make_member(f"Fan {next(_numbers)}"), cm if here else None)
        db.session.commit()
        return rsvp

    return make


def arrive(event: Event, member: Member, scanned_by: Member | None) -> Rsvp:
    """Make a confirmed Rsvp with its ticket, and its arrival when somebody scanned it."""
    rsvp = Rsvp(event=event, member=member, status=RsvpStatus.CONFIRMED, confirmed_at=now())
    code = new_code()
    ticket = Ticket(rsvp=rsvp, code=code, token=new_code(), digest=digest(code))
    db.session.add(ticket)
    db.session.flush()
    if scanned_by:
        scan = Scan(
            nonce=new_code(),
            event_id=event.id,
            ticket_id=ticket.id,
            code_digest=ticket.digest,
            method=ScanMethod.CAMERA,
            device="phone",
            scanned_at=now(),
            verdict=Verdict.WELCOME,
            scanned_by_id=scanned_by.id,
        )
        db.session.add(CheckIn(rsvp=rsvp, event_id=event.id, scan=scan, arrived_at=now(), party_size=1))
    return rsvp


@pytest.fixture
def make_study(event: Event, cm: Member) -> MakeStudy:
    """Return a function that makes a study at the event, open unless told otherwise."""

    def make(**options: Any) -> Study:
        study = begin_study([event], cm, **options)
        db.session.commit()
        return study

    return make


def begin_study(
    events: list[Event],
    by: Member,
    design: Design = Design.MONADIC,
    products: int = 2,
    questions: tuple[QuestionDraft, ...] = QUESTIONS,
    opened: bool = True,
    title: str = "Thé glacé",
) -> Study:
    """Make a study with the actions that pages use."""
    study = create_study(title, "Choisir la recette", design, events, by, now())
    for number in range(products):
        add_product(study, f"Recette {number + 1}", Random(number))
    save_questions(study, questions)
    if opened:
        publish_questionnaire(study, now())
        open_study(study, now())
    return study


@pytest.fixture
def rsvp(make_rsvp: MakeRsvp, fan: Member) -> Rsvp:
    """Camille has come to the event."""
    return make_rsvp(fan)


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    """An open monadic test of two iced teas."""
    return make_study()
