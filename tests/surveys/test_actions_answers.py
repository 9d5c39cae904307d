"""Who may answer what, and once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.models import Chapter, Rsvp
from app.events.models_door import CheckIn
from app.surveys.actions import AnswersRefused, assign_products, close_study, submit_response
from app.surveys.models import Answer, Assignment, Design, Response, Study
from app.surveys.rules_studies import GIVEN_BACK_AFTER
from app.tokens import new_code
from tests.factories import make_event
from tests.surveys.conftest import NPS, MakeRsvp, MakeStudy

GOOD = {"liking": 8, "words": ["sweet", "fresh"]}


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def first_product(study: Study, rsvp: Rsvp) -> int:
    return assign_products(study, rsvp, now())[0].product_id


def answer(study: Study, rsvp: Rsvp, **changes: object) -> Response:
    given = {"answers": GOOD, "nonce": new_code()} | changes
    if "product_id" not in given:
        given["product_id"] = first_product(study, rsvp)
    return submit_response(study, rsvp, locale="fr", now=now(), **given)  # type: ignore[arg-type]


def test_one_product_goes_to_each_fan_and_the_cells_stay_even(study: Study, make_rsvp: MakeRsvp) -> None:
    given = Counter(first_product(study, make_rsvp()) for _ in range(7))
    assert sorted(given.values()) == [3, 4]


def test_several_products_are_served_in_balanced_orders(make_study: MakeStudy, make_rsvp: MakeRsvp) -> None:
    study = make_study(design=Design.SEQUENTIAL, products=3)
    orders: Counter[tuple[int, ...]] = Counter()
    for _ in range(12):
        served = assign_products(study, make_rsvp(), now())
        assert [one.position for one in served] == [1, 2, 3]
        orders[tuple(one.product_id for one in served)] += 1
    assert list(orders.values()) == [2] * 6


def test_a_fan_is_given_the_same_products_again(study: Study, rsvp: Rsvp) -> None:
    assert assign_products(study, rsvp, now()) == assign_products(study, rsvp, now())
    close_study(study, now())
    assert assign_products(study, rsvp, now()), "what was given stays theirs after the end"


def test_a_product_left_unanswered_goes_to_the_next_fan(study: Study, make_rsvp: MakeRsvp) -> None:
    long_ago = now() - GIVEN_BACK_AFTER - timedelta(minutes=1)
    left = assign_products(study, make_rsvp(), long_ago)[0].product_id
    stayed = make_rsvp()
    kept = assign_products(study, stayed, long_ago)[0].product_id
    assert left != kept
    answer(study, stayed)
    assert first_product(study, make_rsvp()) == left


def test_answers_are_kept_as_given(study: Study, rsvp: Rsvp) -> None:
    response = answer(study, rsvp)
    db.session.commit()
    rows = db.session.execute(sa.select(Answer.number, Answer.choice, Answer.text).order_by(Answer.id)).all()
    assert rows == [(8, "", None), (None, "fresh", None), (None, "sweet", None)]
    assert (response.position, response.locale) == (1, "fr")


def test_a_retry_gets_the_first_answer(study: Study, rsvp: Rsvp) -> None:
    nonce = new_code()
    first = answer(study, rsvp, nonce=nonce)
    again = answer(study, rsvp, nonce=nonce, answers={"liking": 1})
    close_study(study, now())
    assert answer(study, rsvp, nonce=nonce) is again is first


def test_a_second_answer_is_refused(study: Study, rsvp: Rsvp) -> None:
    answer(study, rsvp)
    with refused("already-answered"):
        answer(study, rsvp)


def test_the_event_is_answered_once_too(study: Study, rsvp: Rsvp) -> None:
    answer(study, rsvp, product_id=None, answers={"nps": 10})
    with refused("already-answered"):
        answer(study, rsvp, product_id=None, answers={"nps": 0})


def test_the_database_itself_refuses_a_second_answer(study: Study, rsvp: Rsvp) -> None:
    first = answer(study, rsvp)
    values = {
        name: getattr(first, name) for name in ("study_id", "questionnaire_id", "rsvp_id", "product_id")
    }
    db.session.add(Response(nonce=new_code(), locale="fr", **values))
    with pytest.raises(sa.exc.IntegrityError, match="UNIQUE"):
        db.session.flush()
    db.session.rollback()


def test_who_has_not_come_cannot_answer(study: Study, make_rsvp: MakeRsvp) -> None:
    absent = make_rsvp(here=False)
    with refused("not-here"):
        assign_products(study, absent, now())
    with refused("not-here"):
        answer(study, absent, product_id=None, answers={"nps": 10})


def test_who_was_checked_in_by_mistake_cannot_answer(study: Study, rsvp: Rsvp) -> None:
    arrival = db.session.scalars(sa.select(CheckIn)).one()
    arrival.undone_at = now()
    with refused("not-here"):
        assign_products(study, rsvp, now())


def test_a_ticket_of_another_event_opens_nothing(study: Study, make_rsvp: MakeRsvp, chapter: Chapter) -> None:
    elsewhere = make_rsvp(at=make_event(chapter))
    with refused("other-event"):
        assign_products(study, elsewhere, now())


def test_a_closed_study_takes_no_answers(study: Study, rsvp: Rsvp, make_rsvp: MakeRsvp) -> None:
    product = first_product(study, rsvp)
    close_study(study, now())
    with refused("not-open"):
        answer(study, rsvp, product_id=product)
    with refused("not-open"):
        assign_products(study, make_rsvp(), now())


def test_a_draft_takes_no_answers(make_study: MakeStudy, rsvp: Rsvp) -> None:
    with refused("not-open"):
        assign_products(make_study(opened=False), rsvp, now())


def test_a_fan_answers_about_what_they_were_given(study: Study, rsvp: Rsvp) -> None:
    given = first_product(study, rsvp)
    other = next(product.id for product in study.products if product.id != given)
    with refused("not-assigned"):
        answer(study, rsvp, product_id=other)


def test_nothing_is_kept_of_answers_of_which_one_is_wrong(study: Study, rsvp: Rsvp) -> None:
    with pytest.raises(AnswersRefused) as wrong:
        answer(study, rsvp, answers={"liking": 10, "words": ["salty"]})
    assert set(wrong.value.problems) == {"liking", "words"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Response)) == 0


def test_a_required_answer_is_asked_for(study: Study, rsvp: Rsvp) -> None:
    with pytest.raises(AnswersRefused) as wrong:
        answer(study, rsvp, answers={"words": []})
    assert set(wrong.value.problems) == {"liking"}


def test_a_question_that_is_not_asked_is_refused(study: Study, rsvp: Rsvp) -> None:
    with pytest.raises(AnswersRefused) as wrong:
        answer(study, rsvp, answers=GOOD | {"nps": 9})
    assert set(wrong.value.problems) == {"nps"}


def test_a_version_that_was_never_published_asks_nothing(study: Study, rsvp: Rsvp) -> None:
    with refused("no-questions"):
        answer(study, rsvp, version=2)


def test_a_study_of_the_event_alone_needs_no_product(make_study: MakeStudy, rsvp: Rsvp) -> None:
    study = make_study(products=0, questions=(NPS,))
    assert assign_products(study, rsvp, now()) == []
    assert answer(study, rsvp, product_id=None, answers={"nps": 7}).position is None


@pytest.mark.parametrize("nonce", ["", "short", "x" * 41])
def test_a_nonce_has_a_shape(study: Study, rsvp: Rsvp, nonce: str) -> None:
    with refused("nonce"):
        answer(study, rsvp, nonce=nonce)


def test_the_nonce_of_somebody_else_is_refused(study: Study, rsvp: Rsvp, make_rsvp: MakeRsvp) -> None:
    nonce = answer(study, rsvp).nonce
    with refused("nonce"):
        answer(study, make_rsvp(), nonce=nonce)


def test_every_order_that_was_given_is_one_of_the_study(study: Study, make_rsvp: MakeRsvp) -> None:
    for _ in range(4):
        assign_products(study, make_rsvp(), now())
    products = set(db.session.scalars(sa.select(Assignment.product_id)))
    assert products == {product.id for product in study.products}
