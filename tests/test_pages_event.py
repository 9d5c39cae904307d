"""An event's pages as strangers find them kept: one statement, what it read and nothing else, at the very moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from PIL import Image
from sqlalchemy.orm.exc import DetachedInstanceError

from app.brand.actions import save_brand
from app.brand.queries import get_brand, get_logo
from app.clock import now
from app.db import db
from app.events import views, views_registration
from app.events.models import Chapter, Event, Invitee, RsvpStatus, Slot
from app.events.models_questions import AskedKind, EventQuestion
from app.events.queries_shown import Shown, get_event_as_shown, get_shown
from app.media import Picture, store_picture
from app.members.models import Member
from tests.client import Client, text_of
from tests.factories import make_chapter, make_event, make_rsvp
from tests.test_pages import read, stranger


def a_picture(colour: str) -> Picture:
    content = BytesIO()
    Image.new("RGB", (40, 20), colour).save(content, "PNG")
    return store_picture(BytesIO(content.getvalue()))


def half_past() -> datetime:
    """Return a moment in the middle of a minute, when no page is written anew for the minute alone."""
    return now().replace(second=30, microsecond=0)


@pytest.mark.parametrize("page", ["", "/register"])
def test_a_page_that_is_kept_takes_one_statement_full_with_a_picture_and_slots(
    app: Flask, event: Event, fan: Member, statements: list[str], page: str
) -> None:
    event.picture_id = a_picture("red").id
    event.seats_taken = event.capacity
    make_rsvp(event, fan, RsvpStatus.WAITLISTED)
    db.session.add_all(Slot(event=event, name=f"Table {number}", capacity=5) for number in range(3))
    path = f"/events/{event.slug}{page}"
    db.session.commit()
    with time_machine.travel(half_past(), tick=False):
        texts = []
        for most in (2, 1):
            statements.clear()
            texts.append(text_of(read(app, path)))
            assert len(statements) <= most, statements
    assert texts[0] == texts[1]
    assert "Table 2" in texts[0]


@pytest.mark.parametrize("page", ["", "/register"])
def test_a_page_is_kept_under_what_it_was_written_from_though_that_was_there_for_a_moment(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    path, title = f"/events/{event.slug}{page}", event.title

    def meanwhile(slug: str, at: datetime) -> tuple[Event, Shown]:
        name(event, "Un titre d’un instant")
        found = get_event_as_shown(slug, at)
        db.session.expunge_all()
        return found

    for module in (views, views_registration):
        monkeypatch.setattr(module, "get_event_as_shown", meanwhile)
    with time_machine.travel(half_past(), tick=False):
        assert "Un titre d’un instant" in read(app, path)
        monkeypatch.undo()
        name(event, title)
        assert title in read(app, path)
        assert "Un titre d’un instant" not in read(app, path)


def name(event: Event, title: str) -> None:
    with db.engine.begin() as connection:
        table: Any = Event.__table__
        connection.execute(table.update().where(table.c.slug == event.slug).values(title=title))


def test_another_picture_is_shown_at_once(app: Flask, event: Event) -> None:
    path = f"/events/{event.slug}"
    for colour in ("red", "green"):
        picture = a_picture(colour)
        event.picture_id = picture.id
        db.session.commit()
        assert f"/media/{picture.digest}.webp" in read(app, path)


def test_a_slot_that_fills_is_said_at_once(app: Flask, event: Event) -> None:
    slot = Slot(event=event, name="Table 7", capacity=12)
    event.capacity = 100
    db.session.add(slot)
    db.session.commit()
    for page in ("", "/register"):
        slot.seats_taken = event.seats_taken = 2
        db.session.commit()
        assert "3 places" not in text_of(read(app, f"/events/{event.slug}{page}"))
        slot.seats_taken = event.seats_taken = 9
        db.session.commit()
        assert "3 places" in text_of(read(app, f"/events/{event.slug}{page}"))


Change = Callable[[Event, datetime], None]


def opens(event: Event, at: datetime) -> None:
    event.opens_at = at


def closes(event: Event, at: datetime) -> None:
    event.closes_at = at


def ends(event: Event, at: datetime) -> None:
    event.starts_at, event.ends_at = at - timedelta(hours=1), at


def opens_early(event: Event, at: datetime) -> None:
    event.early_opens_at, event.opens_at, event.early_code = at, at + timedelta(days=1), "TOT"
    db.session.add(Invitee(event_id=event.id, email="ana@example.org"))


@pytest.mark.parametrize("change", [opens, closes, ends, opens_early])
def test_a_moment_within_a_minute_is_kept_to(app: Flask, event: Event, change: Change) -> None:
    change(event, half_past())
    db.session.commit()
    for page in ("", "/register"):
        path = f"/events/{event.slug}{page}"
        seen = []
        for seconds in (-2, -1, 0, 1):
            with time_machine.travel(half_past() + timedelta(seconds=seconds), tick=False):
                answer = stranger(app).get(path)
                seen.append((answer.status_code, answer.location, text_of(answer.text)))
        assert seen[0] == seen[1] != seen[2] == seen[3]


def test_an_event_that_is_withdrawn_or_called_off_is_so_at_once(app: Flask, event: Event) -> None:
    for page in ("", "/register"):
        path = f"/events/{event.slug}{page}"
        read(app, path)
        for status, code in (("cancelled", 200 if not page else 302), ("draft", 404), ("published", 200)):
            event.status = status  # type: ignore[assignment]
            db.session.commit()
            assert stranger(app).get(path).status_code == code


def test_a_list_that_opens_sooner_is_known_at_once(app: Flask, event: Event) -> None:
    event.early_opens_at, event.opens_at = now() - timedelta(hours=1), now() + timedelta(days=1)
    db.session.commit()
    path = f"/events/{event.slug}"
    before = text_of(read(app, path))
    db.session.add(Invitee(event_id=event.id, email="ana@example.org"))
    db.session.commit()
    assert text_of(read(app, path)) != before


def test_a_question_that_is_reworded_is_so_at_once(app: Flask, event: Event) -> None:
    path = f"/events/{event.slug}/register"
    question = EventQuestion(
        event_id=event.id, position=1, kind=AskedKind.ONE, label="Thé ?", choices=["oui"]
    )
    db.session.add(question)
    db.session.commit()
    assert "Thé ?" in read(app, path)
    question.label, question.choices = "Café ?", ["oui", "plutôt non"]
    db.session.commit()
    assert "Café ?" in read(app, path)
    assert "plutôt non" in read(app, path)


def test_a_private_link_opens_the_form_for_who_has_it_alone(app: Flask, event: Event) -> None:
    event.audience = "link"  # type: ignore[assignment]
    db.session.commit()
    path = f"/events/{event.slug}/register"
    for _visit in range(2):
        assert "csrf_token" in read(app, f"{path}?access={event.link_code}")
        assert "csrf_token" not in read(app, path)
        assert "csrf_token" not in read(app, f"{path}?access=wrong")


def test_a_page_without_a_form_leaves_nothing_in_a_browser(client: Client, event: Event) -> None:
    for _visit in range(2):
        assert "Set-Cookie" not in client.get(f"/events/{event.slug}").headers


def test_both_databases_tell_an_event_alike_as_a_row_and_with_its_entities(each_database: Flask) -> None:
    chapter: Chapter = make_chapter()
    event = make_event(chapter, capacity=12, party_max=4, picture_id=a_picture("red").id)
    event.opens_at, event.early_opens_at = now() - timedelta(hours=1), now() - timedelta(days=1)
    db.session.add_all(Slot(event=event, name=name, capacity=3) for name in "ab")
    db.session.commit()
    save_brand({"name": "Autre", "tagline": {"fr": "Ça", "en": "It"}}, a_picture("green"), False, None, now())
    db.session.commit()
    with each_database.test_request_context("/"):
        shown = get_shown(event.slug, now())
        found, again = get_event_as_shown(event.slug, now())
        brand = get_brand()
        assert shown == again
        assert hash(shown) == hash(again)
        assert [slot.name for slot in found.slots] == ["a", "b"]
        assert (shown.asks, shown.waiting, shown.has_list) == (False, 0, False)
        assert brand.tagline == {"fr": "Ça", "en": "It"}
        assert brand.logo is not None
        assert (get_logo(brand) or b"").startswith(b"RIFF")
        with pytest.raises(DetachedInstanceError):
            _ = brand.logo.content  # not empty: not read
