"""Two of the staff change one thing at the same moment: the second is told so, and nothing of theirs is half done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from sqlalchemy.orm.exc import StaleDataError

from app.clock import now
from app.db import Base, db
from app.events.actions_manage import create_chapter, update_chapter
from app.events.actions_questions import QuestionDraft, add_question, remove_question
from app.events.actions_slots import remove_slot
from app.events.models import Chapter, Event, Slot
from app.events.models_questions import AskedKind, EventQuestion
from app.members.actions_roles import add_role
from app.members.models import Member
from app.surveys.actions import (
    add_product,
    create_study,
    link_events,
    open_study,
    publish_questionnaire,
    remove_product,
    save_questions,
)
from app.surveys.models import Design, Product, Question, Questionnaire, Study
from tests.client import Client, find, text_of
from tests.events.fans import make_slot
from tests.factories import make_chapter, make_event, make_member
from tests.meanwhile import elsewhere, just_before
from tests.surveys.conftest import LIKING, NPS, WORDS

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
FASTER = "Somebody was faster"
Row = TypeVar("Row", bound=Base)
Rows = dict[str, list[Any]]


def get(model: type[Row]) -> Row:
    """Return the first row, which is the one that both are about."""
    return db.session.get_one(model, 1)


def a_slot_is_removed() -> None:
    remove_slot(get(Slot), get(Member), now())


def a_question_is_removed() -> None:
    remove_question(get(EventQuestion), 0, get(Member), now())


def a_product_is_removed() -> None:
    remove_product(get(Study), get(Product))


def a_product_is_added() -> None:
    add_product(get(Study), "Sans sucre")


def the_questions_are_saved() -> None:
    save_questions(get(Study), [LIKING, WORDS, NPS])


def the_questions_are_published() -> None:
    publish_questionnaire(get(Study), now())


def the_test_is_opened() -> None:
    the_questions_are_published()
    open_study(get(Study), now())


def other_events_are_chosen() -> None:
    link_events(get(Study), [db.session.get_one(Event, 2)])


def a_test_is_begun() -> None:
    create_study("Le même", "", Design.MONADIC, [get(Event)], get(Member), now())


def nobody_runs_the_chapter() -> None:
    update_chapter(get(Chapter), "Lyon", [], get(Member))


def a_chapter_is_begun() -> None:
    create_chapter("Nantes", "Nantes", "FR", "Europe/Paris", get(Member), now())


def the_role_is_given() -> None:
    add_role(db.session.get_one(Member, 2), "cm", get(Member))


@dataclass(frozen=True)
class Press:
    """A button that somebody presses, on which page, and what is done by somebody else just before it is written."""

    meanwhile: Callable[[], None]
    page: str
    button: str  # after the page's address
    fields: Mapping[str, str] = field(default_factory=dict)


EVENT, STUDY = "/manage/events/lyon", "/manage/studies/recettes"
SLOT, QUESTION = {"name": "Table 9", "capacity": "7"}, {"label": "Et ?", "kind": "text"}
WORDING = {"label_fr": "Et là ?", "label_en": "And now?"}
NEW_STUDY = {"title": "Le même", "design": "monadic", "events": "1"}
NEW_CHAPTER = {"name": "Nantes", "city": "Nantes", "country": "FR"}

TOO_LATE = [
    Press(a_slot_is_removed, f"{EVENT}/slots/1", "", SLOT),
    Press(a_slot_is_removed, f"{EVENT}/slots", "/1/remove"),
    Press(a_question_is_removed, f"{EVENT}/questions/1", "", QUESTION),
    Press(a_question_is_removed, f"{EVENT}/questions", "/1/remove"),
    Press(a_question_is_removed, f"{EVENT}/questions", "/1/move", {"to": "down"}),
    Press(a_product_is_removed, STUDY, "/products/1/remove"),
    Press(a_test_is_begun, "/manage/studies/new", "", NEW_STUDY),
    Press(nobody_runs_the_chapter, "/admin/chapters/lyon", "", {"name": "Lyon"}),
    Press(a_chapter_is_begun, "/admin/chapters/new", "", NEW_CHAPTER),
    Press(the_role_is_given, "/admin/people/2", "/roles", {"role": "cm", "give": "yes"}),
]
REFUSED = [
    (Press(a_product_is_added, STUDY, "/products", {"name": "Sans sucre"}), "already in the test"),
    (Press(the_test_is_opened, STUDY, "/products/1/remove"), "has already been opened"),
    (Press(the_questions_are_published, f"{STUDY}/questions", "/publish"), "already published"),
]


def name_of(press: Press) -> str:
    return f"{press.meanwhile.__name__} {press.page}{press.button}"


def make_world() -> None:
    """Make Ada, who may do everything; an event with a slot and questions, another event, and a product test."""
    ada = make_member("Ada Martin", "admin", "cm", locale="en")
    make_member("Camille")
    chapter = make_chapter("Lyon", ada)
    event = make_event(chapter, slug="lyon")
    make_event(chapter, slug="lyon-2")
    make_slot(event, "Table 1", 4)
    for label in ("Allergies ?", "Pointure ?"):
        add_question(event, QuestionDraft(AskedKind.TEXT, label), ada, now())
    study = create_study("Recettes", "", Design.MONADIC, [event], ada, now())
    for name in ("Sucré", "Salé"):
        add_product(study, name)
    save_questions(study, [LIKING, WORDS])
    db.session.commit()


@pytest.fixture
def world(app: Flask) -> Flask:
    make_world()
    return app


def all_rows() -> Rows:
    tables = Base.metadata.sorted_tables
    return {table.name: sorted(db.session.execute(sa.select(table)), key=repr) for table in tables}


def press(app: Flask, press: Press) -> tuple[Client, Any, Rows]:
    """Press a button too late; return who did, the answer, and what was in the database just before it."""
    client = cast(Client, app.test_client()).sign_in(get(Member), strong=True)
    token, seen = client.csrf(press.page), list[Rows]()
    db.session.commit()

    def happen() -> None:
        elsewhere(app, press.meanwhile)
        elsewhere(app, lambda: seen.append(all_rows()))

    just_before(("UPDATE", "INSERT", "DELETE"), happen)
    headers = {"Referer": f"http://localhost{press.page}"}
    answer = client.post(press.page + press.button, data=token | dict(press.fields), headers=headers)
    (before,) = seen
    return client, answer, before


def check_too_late(app: Flask, too_late: Press) -> None:
    _client, answer, before = press(app, too_late)
    assert answer.status_code == 409
    assert FASTER in text_of(answer.text)
    assert [link.attrs["href"] for link in find(answer.text, "main a")] == [too_late.page]
    assert all_rows() == before


@pytest.mark.parametrize("too_late", TOO_LATE, ids=name_of)
def test_who_is_too_late_is_told_so_and_nothing_of_theirs_is_done(world: Flask, too_late: Press) -> None:
    check_too_late(world, too_late)


@on_postgresql
@pytest.mark.parametrize("too_late", [TOO_LATE[0], *TOO_LATE[5:8]], ids=name_of)
def test_who_is_too_late_is_told_so_on_postgresql_too(each_database: Flask, too_late: Press) -> None:
    make_world()
    check_too_late(each_database, too_late)


@pytest.mark.parametrize(("late", "words"), REFUSED, ids=[name_of(late) for late, _words in REFUSED])
def test_what_may_not_be_done_any_more_is_refused_as_ever(world: Flask, late: Press, words: str) -> None:
    client, answer, before = press(world, late)
    assert words in text_of((client.get(answer.location) if answer.location else answer).text)
    assert all_rows() == before


def test_of_two_who_choose_a_tests_events_the_second_has_the_last_word(world: Flask) -> None:
    fields = {"title": "Recettes", "design": "monadic", "events": "1"}
    press(world, Press(other_events_are_chosen, f"{STUDY}/edit", "", fields))
    assert [event.id for event in get(Study).events] == [1]


def test_of_two_who_write_questions_the_second_has_the_last_word_and_no_question_of_the_first_is_left(
    world: Flask,
) -> None:
    press(world, Press(the_questions_are_saved, f"{STUDY}/questions/liking", "", WORDING))
    questions = get(Questionnaire).questions
    assert [question.key for question in questions] == ["liking", "words"]
    assert questions[0].label["en"] == "And now?"


def test_who_writes_questions_while_they_are_published_begins_the_next_version(world: Flask) -> None:
    press(world, Press(the_questions_are_published, f"{STUDY}/questions/liking", "", WORDING))
    versions = sa.select(Questionnaire.version, Question.label).join(Question)
    assert [
        (version, label["en"])
        for version, label in db.session.execute(versions.where(Question.key == "liking"))
    ] == [(1, "Do you like it?"), (2, "And now?")]


def test_a_program_that_is_too_late_is_told_to_ask_again(app: Flask) -> None:
    with app.test_request_context("/api/v1/events"):
        answer = cast(Response, app.handle_user_exception(StaleDataError("gone")))
    assert (answer.status_code, answer.get_json()["code"]) == (503, "try-again")
    assert answer.headers["Retry-After"] == "1"
    assert answer.get_json()["detail"].startswith("Somebody changed this at the same moment")


def test_the_door_is_told_to_ask_again(app: Flask) -> None:
    with app.test_request_context("/door/lyon/scans", headers={"Accept": "application/json"}):
        answer = app.make_response(app.handle_user_exception(StaleDataError("gone")))
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")


def test_a_mistake_of_ours_stays_one(app: Flask, event: Event) -> None:
    with pytest.raises(sa.exc.IntegrityError) as broken:
        db.session.execute(sa.update(Event).values(seats_taken=Event.capacity + 1))
    with app.test_request_context("/"), pytest.raises(sa.exc.IntegrityError, match="CHECK"):
        app.handle_user_exception(broken.value)
