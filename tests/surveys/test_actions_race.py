"""Many fans sit down at once: the cells stay even, and a double tap counts once, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.events.models import Rsvp
from app.surveys.actions import assign_products, submit_response
from app.surveys.models import Assignment, Response, Study
from tests.factories import make_chapter, make_event, make_member
from tests.racing import race
from tests.surveys.conftest import arrive, begin_study

PROCESSES, ROUNDS = 4, 6


def sit_down(together: Callable[[], object], study_id: int, rsvp_ids: list[int]) -> None:
    """Take a product for one fan after the other, all processes at the same moment, and answer about it."""
    for rsvp_id in rsvp_ids:
        study, rsvp = db.session.get_one(Study, study_id), db.session.get_one(Rsvp, rsvp_id)
        together()
        product = assign_products(study, rsvp, now())[0].product_id
        commit()
        nonce = f"the nonce of {rsvp_id}"
        submit_response(study, rsvp, product, {"liking": 5}, nonce, "fr", now())
        commit()
        db.session.remove()


def test_products_are_given_evenly_to_fans_who_sit_down_at_once(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    study_id, rsvp_ids = prepare(PROCESSES * ROUNDS)
    race(tmp_path, database_url, sit_down, [(study_id, rsvp_ids[lot::PROCESSES]) for lot in range(PROCESSES)])
    given = Counter(db.session.scalars(sa.select(Assignment.product_id)))
    assert sorted(given.values()) == [8, 8, 8]


def test_one_fan_on_many_screens_gets_one_product_and_answers_once(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    study_id, rsvp_ids = prepare(ROUNDS)
    race(tmp_path, database_url, sit_down, [(study_id, rsvp_ids)] * PROCESSES)
    for model in (Assignment, Response):
        rows = db.session.scalars(sa.select(model.rsvp_id))
        assert sorted(rows) == rsvp_ids


def prepare(fans: int) -> tuple[int, list[int]]:
    """Make a study of three products and fans who have come."""
    event = make_event(make_chapter(), capacity=fans)
    staff = make_member("Inès Moreau", "cm")
    study = begin_study([event], staff, products=3)
    rsvps = [arrive(event, make_member(), staff) for _ in range(fans)]
    db.session.commit()
    prepared = study.id, [rsvp.id for rsvp in rsvps]
    db.session.remove()
    return prepared
