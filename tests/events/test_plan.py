"""A CM copies an event, and plans the next quarter of their chapters from one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Audience, Chapter, Event, EventStatus, Invitee, Rsvp, RsvpStatus, Slot
from app.events.models_questions import AskedKind, EventQuestion
from app.events.rules_schedule import to_local
from app.members.models import Member
from tests.client import Client, form_fields, text_of
from tests.events.fans import make_slot
from tests.factories import make_chapter, make_event, make_rsvp

BEGIN = datetime(2029, 3, 8, 18, tzinfo=UTC)  # a Thursday, 19:00 in Paris, before clocks go forward


@pytest.fixture
def model(chapter: Chapter, fan: Member) -> Event:
    """An event with all there is to copy, and people, who are not."""
    event = make_event(
        chapter,
        starts_at=BEGIN,
        capacity=72,
        room=60,
        audience=Audience.INVITED,
        opens_at=BEGIN - timedelta(days=30),
        cutoff_minutes=60,
    )
    make_slot(event, "Table 1", 10, starts_at=BEGIN + timedelta(hours=1))
    first = EventQuestion(
        event_id=event.id, position=1, kind=AskedKind.ONE, label="Repas ?", choices=["Oui", "Non"]
    )
    db.session.add(first)
    db.session.flush()
    more = {"kind": AskedKind.TEXT, "label": "Allergies ?", "sensitive": True, "only_if_value": "Oui"}
    db.session.add(EventQuestion(event_id=event.id, position=2, only_if_id=first.id, **more))
    db.session.add(Invitee(event_id=event.id, email="zoe@example.org"))
    db.session.commit()
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    return event


def send(client: Client, event: Event, page: str, **changes: Any) -> str:
    """Send the form as it is proposed, with changes; return the words of the page that answers."""
    path = f"/manage/events/{event.slug}/{page}"
    sent = {**form_fields(client.get(path).text), **changes}
    kept = {name: value for name, value in sent.items() if value is not None}
    return text_of(client.post(path, data=kept, follow_redirects=True).text)


def others(event: Event) -> list[Event]:
    query = sa.select(Event).where(Event.id != event.id).order_by(Event.chapter_id)
    return list(db.session.scalars(query))


def test_a_copy_is_a_draft_four_weeks_later_at_the_same_time_with_the_same_content(
    as_cm: Client, model: Event
) -> None:
    assert "Copiée" in send(as_cm, model, "copy")
    [copy] = others(model)
    assert copy.status == EventStatus.DRAFT
    assert to_local(copy.starts_at, "Europe/Paris") == datetime(2029, 4, 5, 19)
    assert copy.starts_at == BEGIN + timedelta(weeks=4) - timedelta(hours=1)
    assert copy.ends_at - copy.starts_at == timedelta(hours=3)
    assert (copy.title, copy.venue, copy.audience, copy.cutoff_minutes) == (
        model.title,
        model.venue,
        Audience.INVITED,
        60,
    )
    assert copy.opens_at is not None
    assert to_local(copy.opens_at, "Europe/Paris") == datetime(2029, 3, 6, 19)
    assert copy.link_code != model.link_code
    assert (copy.capacity, copy.room, copy.seats_taken) == (60, None, 0)
    slot = db.session.scalars(sa.select(Slot).where(Slot.event_id == copy.id)).one()
    assert (slot.name, slot.capacity, slot.starts_at) == ("Table 1", 10, copy.starts_at + timedelta(hours=1))


def test_a_copy_asks_the_same_questions_and_has_none_of_the_people(as_cm: Client, model: Event) -> None:
    send(as_cm, model, "copy")
    [copy] = others(model)
    query = sa.select(EventQuestion).where(EventQuestion.event_id == copy.id)
    first, second = db.session.scalars(query.order_by(EventQuestion.position))
    assert (first.label, first.choices) == ("Repas ?", ["Oui", "Non"])
    assert (second.sensitive, second.only_if_id, second.only_if_value) == (True, first.id, "Oui")
    for table in (Rsvp, Invitee):
        count = sa.select(sa.func.count()).select_from(table).where(table.event_id == copy.id)
        assert db.session.scalar(count) == 0


def test_a_copy_sent_twice_is_written_once(as_cm: Client, model: Event) -> None:
    send(as_cm, model, "copy")
    assert "rien n’a été écrit deux fois" in send(as_cm, model, "copy")
    assert len(others(model)) == 1
    send(as_cm, model, "copy", starts="2029-05-03T19:00")
    assert len(others(model)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts": "2020-05-03T19:00"}, "déjà passé"),
        ({"starts": "2029-03-25T02:30"}, "avancent"),
        ({"starts": "9999-12-31T23:59"}, "dans les cinq ans"),
        ({"starts": "0001-01-01T00:00"}, "Choisissez"),
        ({"starts": ""}, "Indiquez un jour"),
        ({"title": ""}, "Indiquez un titre"),
    ],
)
def test_a_wrong_date_or_title_is_said_and_nothing_is_copied(
    as_cm: Client, model: Event, changes: dict[str, str], words: str
) -> None:
    assert words in send(as_cm, model, "copy", **changes)
    assert others(model) == []


@pytest.fixture
def new_york(cm: Member) -> Chapter:
    return make_chapter("New York", cm, timezone="America/New_York")


def test_next_quarter_is_planned_for_several_chapters_each_on_its_own_clocks(
    as_cm: Client, model: Event, new_york: Chapter
) -> None:
    make_event(new_york, starts_at=BEGIN - timedelta(days=300), venue="The Loft", address="5 Main St")
    said = send(as_cm, model, "next-quarter")
    assert "2 brouillons sont écrits" in said
    drafts = [event for event in others(model) if event.status == EventStatus.DRAFT]
    lyon, york = drafts
    assert (lyon.chapter_id, york.chapter_id) == (model.chapter_id, new_york.id)
    assert lyon.starts_at == datetime(2029, 6, 7, 17, tzinfo=UTC)
    assert york.starts_at == datetime(2029, 6, 7, 23, tzinfo=UTC)
    assert (york.venue, york.address) == ("The Loft", "5 Main St")
    assert (lyon.venue, lyon.address) == (model.venue, model.address)


def test_next_quarter_sent_twice_is_written_once(as_cm: Client, model: Event, new_york: Chapter) -> None:
    path = f"/manage/events/{model.slug}/next-quarter"
    sent = form_fields(as_cm.get(path).text) | {f"chapter{new_york.id}-venue": "The Loft"}
    for words in ("2 brouillons sont écrits", "2 y étaient déjà"):
        assert words in text_of(as_cm.post(path, data=sent, follow_redirects=True).text)
    assert len(others(model)) == 2


def test_when_one_chapter_is_wrong_no_chapter_gets_a_draft(
    as_cm: Client, model: Event, new_york: Chapter
) -> None:
    said = send(as_cm, model, "next-quarter", **{f"chapter{new_york.id}-venue": ""})
    assert "Indiquez le nom du lieu" in said
    skipped = {f"chapter{new_york.id}-venue": "The Loft", f"chapter{new_york.id}-starts": "2029-03-11T02:30"}
    assert "avancent" in send(as_cm, model, "next-quarter", **skipped)
    assert others(model) == []


def test_a_chapter_that_is_not_ticked_gets_none_and_none_ticked_is_said(as_cm: Client, model: Event) -> None:
    said = send(as_cm, model, "next-quarter", **{f"chapter{model.chapter_id}-go": None})
    assert "Cochez au moins une communauté" in said
    assert others(model) == []


def test_a_chapter_with_something_planned_says_so_and_is_not_ticked(as_cm: Client, model: Event) -> None:
    make_event(model.chapter, starts_at=datetime(2029, 5, 10, 17, tzinfo=UTC), title="Déjà prévue")
    page = as_cm.get(f"/manage/events/{model.slug}/next-quarter").text
    assert "Déjà prévue" in text_of(page)
    assert f"chapter{model.chapter_id}-go" not in form_fields(page)


def test_a_cm_plans_for_their_own_chapters_alone(as_cm: Client, model: Event) -> None:
    nantes = db.session.scalars(sa.select(Chapter).where(Chapter.slug == "nantes")).one()
    own = {f"chapter{nantes.id}-{name}": value for name, value in {"go": "y", "venue": "Chez Oscar"}.items()}
    send(as_cm, model, "next-quarter", **own, **{f"chapter{nantes.id}-starts": "2029-06-07T19:00"})
    assert [event.chapter_id for event in others(model)] == [model.chapter_id]


@pytest.mark.parametrize("page", ["copy", "next-quarter"])
def test_the_cm_of_another_chapter_copies_nothing(as_outsider: Client, event: Event, page: str) -> None:
    assert as_outsider.get(f"/manage/events/{event.slug}/{page}").status_code == 403


def test_planning_costs_the_same_with_one_chapter_and_with_ten(
    as_cm: Client, cm: Member, model: Event, statements: list[str]
) -> None:
    counts = []
    for more in (0, 9):
        for number in range(more):
            make_event(make_chapter(f"Ville {number}", cm), starts_at=now() + timedelta(days=number))
        statements.clear()
        assert as_cm.get(f"/manage/events/{model.slug}/next-quarter").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9, "\n\n".join(statements)
