"""A study is built as a draft, opened when nothing is missing, and keeps what fans began with."""

from __future__ import annotations

from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.models import Event
from app.members.models import Member
from app.surveys.actions import (
    add_product,
    assign_products,
    close_study,
    create_study,
    link_events,
    missing_to_open,
    open_study,
    publish_questionnaire,
    remove_product,
    save_questions,
    update_study,
)
from app.surveys.models import Design, Study, StudyStatus
from app.surveys.rules_questions import QuestionDraft
from app.surveys.rules_studies import MOST_PRODUCTS
from tests.surveys.conftest import LIKING, NPS, MakeRsvp, MakeStudy


@pytest.fixture
def draft(make_study: MakeStudy) -> Study:
    return make_study(opened=False)


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def test_two_studies_of_one_title_have_two_addresses(event: Event, cm: Member) -> None:
    slugs = [create_study("Thé glacé !", "", Design.MONADIC, [event], cm, now()).slug for _ in range(2)]
    slugs.append(create_study("日本", "", Design.MONADIC, [event], None, now()).slug)
    assert slugs == ["the-glace", "the-glace-2", "study"]


def test_products_get_different_blind_codes(draft: Study) -> None:
    codes = [add_product(draft, f"Variante {n}", Random(1)).sample_code for n in range(6)]
    assert len(set(codes)) == 6
    assert all(len(code) == 3 and code[0] != "0" for code in codes)


def test_a_removed_product_leaves_the_others_in_place(draft: Study) -> None:
    remove_product(draft, draft.products[0])
    added = add_product(draft, "Recette 3")
    assert [product.name for product in draft.products] == ["Recette 2", "Recette 3"]
    assert added.position == 3


def test_a_product_needs_a_name(draft: Study) -> None:
    with refused("no-name"):
        add_product(draft, "  ")


def test_a_product_is_in_the_test_once(draft: Study) -> None:
    with refused("same-name"):
        add_product(draft, "recette 1 ")


def test_a_test_holds_so_many_products(draft: Study) -> None:
    for number in range(MOST_PRODUCTS - 2):
        add_product(draft, f"Variante {number}")
    with refused("many-products"):
        add_product(draft, "Une de trop")


def test_products_stay_once_the_test_was_opened(study: Study) -> None:
    with refused("started"):
        add_product(study, "Recette 3")
    with refused("started"):
        remove_product(study, study.products[0])


def test_the_design_stays_once_the_test_was_opened(study: Study) -> None:
    update_study(study, "Autre titre", "", Design.MONADIC)
    with refused("started"):
        update_study(study, "Autre titre", "", Design.SEQUENTIAL)


def test_an_event_where_fans_began_stays(study: Study, make_rsvp: MakeRsvp) -> None:
    assign_products(study, make_rsvp(), now())
    with refused("event-started"):
        link_events(study, [])


def test_events_are_added_and_taken_away(draft: Study, event: Event) -> None:
    link_events(draft, [])
    assert draft.events == []
    link_events(draft, [event])
    assert draft.events == [event]


@pytest.mark.parametrize(
    ("design", "products", "questions", "publish", "code"),
    [
        (Design.MONADIC, 1, (LIKING,), False, "no-questions"),
        (Design.MONADIC, 0, (LIKING,), True, "no-product"),
        (Design.SEQUENTIAL, 1, (LIKING,), True, "one-product"),
        (Design.MONADIC, 1, (NPS,), True, "no-product-question"),
    ],
)
def test_a_study_opens_when_nothing_is_missing(
    make_study: MakeStudy,
    design: Design,
    products: int,
    questions: tuple[QuestionDraft, ...],
    publish: bool,
    code: str,
) -> None:
    study = make_study(design=design, products=products, questions=questions, opened=False)
    if publish:
        publish_questionnaire(study, now())
    with refused(code):
        open_study(study, now())
    assert study.status is StudyStatus.DRAFT


def test_a_study_opens_at_an_event(draft: Study) -> None:
    publish_questionnaire(draft, now())
    link_events(draft, [])
    with refused("no-event"):
        open_study(draft, now())


def test_what_was_asked_last_decides_whether_it_opens(draft: Study) -> None:
    publish_questionnaire(draft, now())
    assert missing_to_open(draft) == []
    save_questions(draft, [NPS])
    assert missing_to_open(draft) == [], "a draft counts once it is published"
    publish_questionnaire(draft, now())
    assert [missing.value for missing in missing_to_open(draft)] == ["no-product-question"]


def test_a_closed_study_opens_again_with_its_first_date(study: Study, cm: Member) -> None:
    opened_at = study.opened_at
    close_study(study, now(), cm)
    closed_at = study.closed_at
    close_study(study, now(), cm)
    assert (study.status, study.closed_at) == (StudyStatus.CLOSED, closed_at)
    open_study(study, now(), cm)
    assert (study.status, study.opened_at, study.closed_at) == (StudyStatus.OPEN, opened_at, None)


def test_what_staff_do_is_written_down(app: Flask, study: Study, cm: Member) -> None:
    close_study(study, now(), cm)
    db.session.flush()
    entries = sa.select(AuditEntry.action, AuditEntry.actor_id).where(
        AuditEntry.subject == f"study:{study.id}"
    )
    actions = {row.action: row.actor_id for row in db.session.execute(entries.order_by(AuditEntry.id))}
    assert list(actions) == ["study.create", "study.publish", "study.open", "study.close"]
    assert actions["study.create"] == actions["study.close"] == cm.id
