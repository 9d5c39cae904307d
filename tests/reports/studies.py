"""Studies with answers that can be counted by hand, given through the real actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from random import Random

from app.clock import now
from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.members.models import Member
from app.surveys.actions import (
    add_product,
    assign_products,
    create_study,
    open_study,
    publish_questionnaire,
    save_questions,
    submit_response,
)
from app.surveys.models import About, Design, QuestionKind, Study
from app.surveys.rules_questions import QuestionDraft
from app.tokens import new_code
from tests.factories import make_member, make_rsvp
from tests.surveys.conftest import WORDS

LIKING = QuestionDraft(
    QuestionKind.LIKING9, {"fr": "Aimez-vous ce thé\u00a0?", "en": "Do you like this tea?"}, key="liking"
)
STRENGTH = QuestionDraft(
    QuestionKind.JAR5, {"fr": "Et son goût\u00a0?", "en": "And its taste?"}, key="strength", required=False
)
OPEN = QuestionDraft(
    QuestionKind.TEXT, {"fr": "Que changer\u00a0?", "en": "What to change?"}, key="open", required=False
)
NPS = QuestionDraft(
    QuestionKind.NPS, {"fr": "Nous conseiller\u00a0?", "en": "Recommend us?"}, about=About.EVENT, key="nps"
)
RETURN = QuestionDraft(
    QuestionKind.YESNO, {"fr": "Reviendrez-vous\u00a0?", "en": "Come again?"}, about=About.EVENT, key="return"
)

_numbers = count(1)


def make_study(
    event: Event,
    by: Member,
    questions: Sequence[QuestionDraft],
    products: Sequence[str] = (),
    design: Design = Design.MONADIC,
    more_events: Sequence[Event] = (),
) -> Study:
    """Make a study at the event and open it."""
    study = create_study("Thé glacé", "Choisir la recette", design, [event, *more_events], by, now())
    for number, name in enumerate(products):
        add_product(study, name, Random(number))
    save_questions(study, questions)
    publish_questionnaire(study, now())
    open_study(study, now())
    db.session.commit()
    return study


def guests(event: Event, number: int, by: Member, names: Sequence[str] = ()) -> list[Rsvp]:
    """Let people come to the event, all scanned by one CM."""
    came = []
    event.capacity += number
    for place in range(number):
        name = names[place] if place < len(names) else f"Invité {next(_numbers)}"
        rsvp = make_rsvp(event, make_member(name), RsvpStatus.CONFIRMED)
        scan = Scan(
            nonce=new_code(),
            event_id=event.id,
            ticket=rsvp.tickets[0],
            code_digest=rsvp.tickets[0].digest,
            method=ScanMethod.CAMERA,
            device="test",
            scanned_at=now(),
            verdict=Verdict.WELCOME,
            scanned_by_id=by.id,
        )
        db.session.add(CheckIn(rsvp=rsvp, event_id=event.id, scan=scan, arrived_at=now(), party_size=1))
        came.append(rsvp)
    db.session.commit()
    return came


def answer(
    study: Study,
    rsvp: Rsvp,
    about_products: Sequence[Mapping[str, object]] = (),
    about_event: Mapping[str, object] | None = None,
    locale: str = "fr",
    at: datetime | None = None,
) -> None:
    """Answer about each product that the fan was given, in the study’s order of products, and about the event."""
    at = at or now()
    if about_products:
        for given in assign_products(study, rsvp, at):
            place = 0 if len(about_products) == 1 else given.product.position - 1
            submit_response(study, rsvp, given.product_id, about_products[place], new_code(), locale, at)
    if about_event is not None:
        submit_response(study, rsvp, None, about_event, new_code(), locale, at)
    db.session.commit()


# 40 people: liking 12 × 9, 12 × 8, 8 × 7, 8 × 5; words 30 × fresh, 10 × sweet; recommendation 20 × 10, 12 × 8, 8 × 3.
LIKED = [9] * 12 + [8] * 12 + [7] * 8 + [5] * 8
RECOMMENDED = [10] * 20 + [8] * 12 + [3] * 8
WRITTEN = (
    "Moins de sucre et ce sera parfait.",
    "Écrivez-moi\u00a0: camille@example.org, j’ai une idée.",
    "Mon numéro est le 06 12 34 56 78, appelez-moi.",
    "Merci à Camille Durand pour l’accueil.",
    "La bouteille fuit un peu, sinon très bien.",
    "Le goût est vraiment frais et léger 😋",
)


def make_known_study(event: Event, by: Member) -> Study:
    """Make a study of one product that 44 people were asked about and 40 answered, in ways counted by hand."""
    study = make_study(event, by, (LIKING, WORDS, OPEN, NPS), ("Recette pomme",))
    for place, rsvp in enumerate(guests(event, 44, by, names=("Camille Durand",))[:40]):
        about_product: dict[str, object] = {"liking": LIKED[place]}
        about_product["words"] = ["fresh"] * (place < 30) + ["sweet"] * (place >= 30)
        if place < len(WRITTEN):
            about_product["open"] = WRITTEN[place]
        answer(study, rsvp, [about_product], {"nps": RECOMMENDED[place]})
    return study


def make_small_study(event: Event, by: Member, yes: int = 12, no: int = 8) -> Study:
    """Make a study of one yes-or-no question about the event, which takes a report one chart."""
    study = make_study(event, by, (RETURN,))
    for place, rsvp in enumerate(guests(event, yes + no, by)):
        answer(study, rsvp, about_event={"return": int(place < yes)})
    return study
