"""The CM writes what an event asks."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.actions_questions import QuestionDraft, add_question
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind, EventQuestion, RsvpAnswer
from app.events.queries_questions import questions_of
from app.members.models import Member
from tests.client import Client, find, text_of
from tests.factories import make_member, make_rsvp


def ask(event: Event, label: str, kind: AskedKind = AskedKind.TEXT, **values: Any) -> EventQuestion:
    question = add_question(event, QuestionDraft(kind, label, **values), None, now())
    db.session.commit()
    return question


def path(event: Event, page: object = "") -> str:
    return f"/manage/events/{event.slug}/questions" + (f"/{page}" if page else "")


def write(client: Client, event: Event, page: object = "new", **values: Any) -> str:
    """Send the form of a question and return the words of the page that answers."""
    form = {"label": "Your team?", "kind": "text"} | values
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = client.post(
        path(event, page) + "?lang=en", data=client.csrf(path(event, page)) | form, follow_redirects=True
    )
    return text_of(answer.text)


def press(client: Client, event: Event, question: EventQuestion, act: str, **values: Any) -> str:
    token = client.csrf(path(event) + "?lang=en")
    answer = client.post(path(event, f"{question.id}/{act}"), data=token | values, follow_redirects=True)
    return text_of(answer.text)


def labels(event: Event) -> list[str]:
    return [question.label for question in questions_of(event.id)]


def answer(event: Event, question: EventQuestion, value: object = "red") -> Rsvp:
    rsvp = make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    db.session.add(RsvpAnswer(rsvp_id=rsvp.id, question_id=question.id, value=value))
    db.session.commit()
    return rsvp


def test_a_question_is_added_after_the_others_and_shown_to_who_registers(
    as_cm: Client, client: Client, event: Event
) -> None:
    ask(event, "Your town?")
    words = write(as_cm, event, kind="several", choices="red\n\nblue\nred", required="y", sensitive="y")
    assert "Added: it is asked from now on." in words
    question = questions_of(event.id)[-1]
    assert (question.label, question.choices, question.required, question.sensitive) == (
        "Your team?",
        ["red", "blue"],
        True,
        True,
    )
    assert "Your team?" in text_of(client.get(f"/events/{event.slug}/register").text)


@pytest.mark.parametrize("person", ["as_outsider", "as_marketer", "as_fan"])
def test_who_does_not_run_the_chapter_is_refused(
    person: str, request: pytest.FixtureRequest, event: Event
) -> None:
    question = ask(event, "Your town?")
    client: Client = request.getfixturevalue(person)
    for page in ("", "new", question.id):
        assert client.get(path(event, page)).status_code == 403


def test_a_question_of_another_event_is_unknown(as_cm: Client, event: Event) -> None:
    assert as_cm.get(path(event, 99)).status_code == 404


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"label": " "}, "Write the question."),
        ({"kind": "one", "choices": "red"}, "Write at least two answers to choose from"),
        ({"only_if": "99=yes"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    as_cm: Client, event: Event, values: dict[str, str], words: str
) -> None:
    page = write(as_cm, event, **values)
    assert words in page or words == "Not a valid choice"
    assert labels(event) == []


def test_a_question_may_wait_for_the_answer_to_an_earlier_one(as_cm: Client, event: Event) -> None:
    diet = ask(event, "Any allergy?", AskedKind.YES_NO)
    write(as_cm, event, only_if=f"{diet.id}=yes")
    child = questions_of(event.id)[1]
    assert (child.only_if_id, child.only_if_value) == (diet.id, "yes")
    assert "Only if “Any allergy?” is answered with “Yes”" in text_of(as_cm.get(path(event)).text)
    shown = find(as_cm.get(path(event, child.id)).text, "option[selected]")
    assert f"{diet.id}=yes" in [option.attrs.get("value") for option in shown]


def test_a_later_question_is_no_condition(as_cm: Client, event: Event) -> None:
    first = ask(event, "Your town?")
    later = ask(event, "Any allergy?", AskedKind.YES_NO)
    write(as_cm, event, first.id, only_if=f"{later.id}=yes")
    assert questions_of(event.id)[0].only_if_id is None


def test_questions_change_places(as_cm: Client, event: Event) -> None:
    one, two, three = ask(event, "one"), ask(event, "two"), ask(event, "three")
    press(as_cm, event, three, "move", to="up")
    press(as_cm, event, one, "move", to="down")
    assert labels(event) == ["three", "one", "two"]
    press(as_cm, event, three, "move", to="up")
    press(as_cm, event, two, "move", to="down")
    assert labels(event) == ["three", "one", "two"]


def test_a_question_does_not_come_before_the_one_it_waits_for(as_cm: Client, event: Event) -> None:
    diet = ask(event, "Any allergy?", AskedKind.YES_NO)
    which = ask(event, "Which one?", only_if_id=diet.id, only_if_value="yes")
    for question, way in ((which, "up"), (diet, "down")):
        assert "One of these two depends on" in press(as_cm, event, question, "move", to=way)
    assert labels(event) == ["Any allergy?", "Which one?"]
    assert not find(as_cm.get(path(event)).text, 'form[action$="/move"]')


def test_a_question_without_answers_is_removed(as_cm: Client, event: Event) -> None:
    assert "Removed." in press(as_cm, event, ask(event, "one"), "remove", answers=0)
    assert labels(event) == []


def test_a_question_with_answers_asks_first_and_says_how_many_go(as_cm: Client, event: Event) -> None:
    question = ask(event, "one")
    answer(event, question)
    answer(event, question)
    assert "Remove it, and the 2 answers given to it?" in text_of(as_cm.get(path(event) + "?lang=en").text)
    assert "2 answers would be lost with it." in press(as_cm, event, question, "remove", answers=1)
    assert labels(event) == ["one"]
    press(as_cm, event, question, "remove", answers=2)
    assert labels(event) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RsvpAnswer)) == 0


def test_a_question_that_another_waits_for_stays(as_cm: Client, event: Event) -> None:
    diet = ask(event, "Any allergy?", AskedKind.YES_NO)
    ask(event, "Which one?", only_if_id=diet.id, only_if_value="yes")
    assert "“Which one?” is asked only if this is answered" in press(as_cm, event, diet, "remove", answers=0)
    assert "keep that answer" in write(as_cm, event, diet.id, label="Any allergy?", kind="text")
    assert labels(event) == ["Any allergy?", "Which one?"]


def test_a_question_with_answers_keeps_its_kind(as_cm: Client, event: Event) -> None:
    question = ask(event, "one", AskedKind.ONE, choices=["red", "blue"])
    answer(event, question)
    words = write(as_cm, event, question.id, label="one", kind="number")
    assert "It has answers already, so its kind stays." in words
    write(as_cm, event, question.id, label="Which?", kind="one", choices="red\ngreen")
    assert db.session.get_one(EventQuestion, question.id).choices == ["red", "green"]


def test_the_list_costs_the_same_with_one_question_and_with_ten(
    as_cm: Client, event: Event, cm: Member, statements: list[str]
) -> None:
    counts = []
    for more in (1, 9):
        for number in range(more):
            ask(event, f"Question {number}")
        page = path(event)
        statements.clear()
        assert as_cm.get(page).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8, "\n\n".join(statements)
