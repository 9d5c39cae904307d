"""Nothing is told to anybody before a page has said who will be told what."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus
from app.media import Picture
from app.members.models import Member
from app.outbox import Message, write
from tests.client import Client, find, form_fields, text_of
from tests.events.fans import statements_with_guests
from tests.factories import make_event, make_member, make_rsvp

SECRET = "ticket-secret-of-camille"


def queued() -> list[Message]:
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def edit(client: Client, event: Event, **changes: Any) -> str:
    """Send the edit form with changes and return the page that answers."""
    path = f"/manage/events/{event.slug}/edit"
    sent = form_fields(client.get(path).text) | changes
    return client.post(path, data=sent, follow_redirects=True).text


def note_of(html: str) -> str:
    return str(find(html, "button[name=told]")[0].attrs["value"])


def confirm(client: Client, event: Event, html: str) -> str:
    path = f"/manage/events/{event.slug}/edit"
    answer = client.post(path, data=form_fields(html) | {"told": note_of(html)}, follow_redirects=True)
    return answer.text


@pytest.fixture
def busy(event: Event, fan: Member) -> Event:
    """Two with a seat (one of them without address), one in line, one who left."""
    make_rsvp(event, fan, RsvpStatus.CONFIRMED).tickets[0].token = SECRET
    make_rsvp(event, make_member("Sans Adresse", email=None), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member("Waiting Will"), RsvpStatus.WAITLISTED, locale="en")
    make_rsvp(event, make_member("Parti Tôt"), RsvpStatus.CANCELLED)
    event.seats_taken = event.capacity
    db.session.commit()
    return event


def test_a_new_place_is_told_only_after_the_page_that_says_to_whom(as_cm: Client, busy: Event) -> None:
    page = edit(as_cm, busy, venue="La Fabrique")
    words = text_of(page)
    assert queued() == []
    assert db.session.get_one(Event, busy.id).venue == "Le Comptoir"
    for part in (
        "Le Comptoir",
        "La Fabrique",
        "Enregistrer et prévenir 2 personnes",
        "Français 1",
        "English 1",
    ):
        assert part in words, part
    assert "Changement d’heure ou de lieu" in words
    assert "Time or place changed" in words
    assert SECRET not in page
    assert "2 personnes" in text_of(confirm(as_cm, busy, page))
    assert {message.template for message in queued()} == {"events/event_changed"}
    assert len(queued()) == 2
    assert write(queued()[0])
    assert "La Fabrique" in queued()[0].text


def test_the_preview_reads_as_the_mail_that_leaves(as_cm: Client, busy: Event) -> None:
    page = edit(as_cm, busy, venue="La Fabrique")
    shown = [
        " ".join(section.to_text(separator="", strip=False).split()) for section in find(page, ".mail-text")
    ]
    confirm(as_cm, busy, page)
    assert write(queued()[0])
    told = " ".join(queued()[0].text.split())
    sentence = next(line for line in told.split(". ") if line.startswith("Votre réponse"))
    assert any(sentence in text for text in shown)
    assert " ".join(queued()[0].subject.split()) in text_of(page)


def test_what_nobody_is_told_of_is_saved_at_once(as_cm: Client, busy: Event) -> None:
    assert "C’est enregistré" in text_of(edit(as_cm, busy, title="Un autre titre"))
    assert db.session.get_one(Event, busy.id).title == "Un autre titre"
    assert queued() == []


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.PUBLISHED])
def test_a_new_place_that_nobody_waits_for_is_saved_at_once(
    as_cm: Client, chapter: Chapter, status: EventStatus
) -> None:
    event = make_event(chapter, status=status)
    edit(as_cm, event, venue="La Fabrique")
    assert db.session.get_one(Event, event.id).venue == "La Fabrique"


def test_the_page_is_shown_again_when_the_change_is_another_one(as_cm: Client, busy: Event) -> None:
    page = edit(as_cm, busy, venue="La Fabrique")
    path = f"/manage/events/{busy.slug}/edit"
    other = form_fields(page) | {"told": note_of(page), "venue": "Ailleurs"}
    assert "Ailleurs" in text_of(as_cm.post(path, data=other).text)
    made_up = form_fields(page) | {"told": "eyJldmVudCI6MX0.forged"}
    assert find(as_cm.post(path, data=made_up).text, "button[name=told]")
    assert queued() == []


def test_the_page_is_shown_again_when_somebody_else_moved_the_event_meanwhile(
    as_cm: Client, busy: Event
) -> None:
    page = edit(as_cm, busy, venue="La Fabrique")
    confirm(as_cm, busy, edit(as_cm, busy, venue="Chez Paul"))
    before = len(queued())
    assert "Chez Paul" in text_of(confirm(as_cm, busy, page))
    assert len(queued()) == before
    assert db.session.get_one(Event, busy.id).venue == "Chez Paul"


def test_what_is_refused_is_refused_before_anybody_is_asked(as_cm: Client, busy: Event) -> None:
    page = text_of(edit(as_cm, busy, venue="La Fabrique", capacity="3"))
    assert "17 de trop" in page
    assert "prévenir" not in page.split("17 de trop")[0]


def test_going_back_keeps_what_was_written(as_cm: Client, busy: Event) -> None:
    page = edit(as_cm, busy, venue="La Fabrique")
    path = f"/manage/events/{busy.slug}/edit"
    again = as_cm.post(path, data=form_fields(page) | {"again": "yes"}).text
    assert find(again, "input[name=venue]")[0].attrs["value"] == "La Fabrique"
    assert db.session.get_one(Event, busy.id).venue == "Le Comptoir"


def test_a_picture_survives_the_question(as_cm: Client, busy: Event) -> None:
    path = f"/manage/events/{busy.slug}/edit"
    bytes_ = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(bytes_, "PNG")
    sent = form_fields(as_cm.get(path).text) | {"venue": "La Fabrique"}
    sent["picture"] = (io.BytesIO(bytes_.getvalue()), "red.png")
    page = as_cm.post(path, data=sent, content_type="multipart/form-data").text
    confirm(as_cm, busy, page)
    kept = db.session.scalars(sa.select(Picture)).one()
    assert db.session.get_one(Event, busy.id).picture_id == kept.id


def test_an_event_is_called_off_only_after_the_page_that_says_to_whom(as_cm: Client, busy: Event) -> None:
    path = f"/manage/events/{busy.slug}/cancel"
    page = as_cm.get(path).text
    assert "Annuler la rencontre et prévenir 2 personnes" in text_of(page)
    assert "We have to cancel" in text_of(page) or "Cancelled:" in text_of(page)
    token = {"csrf_token": form_fields(page)["csrf_token"]}
    as_cm.post(path, data=token)
    assert db.session.get_one(Event, busy.id).status == EventStatus.PUBLISHED
    assert queued() == []
    for _ in range(2):
        as_cm.post(path, data=token | {"told": note_of(page)})
    assert db.session.get_one(Event, busy.id).status == EventStatus.CANCELLED
    assert [message.template for message in queued()] == ["events/event_cancelled"] * 2


def test_the_page_that_called_one_event_off_calls_no_other_off(as_cm: Client, busy: Event) -> None:
    other = make_event(busy.chapter)
    note = note_of(as_cm.get(f"/manage/events/{other.slug}/cancel").text)
    path = f"/manage/events/{busy.slug}/cancel"
    as_cm.post(path, data=as_cm.csrf(path) | {"told": note})
    assert db.session.get_one(Event, busy.id).status == EventStatus.PUBLISHED


def test_a_draft_is_dropped_without_a_mail(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, status=EventStatus.DRAFT)
    path = f"/manage/events/{event.slug}/cancel"
    page = as_cm.get(path).text
    assert "personne n’est prévenu" in text_of(page)
    as_cm.post(path, data=as_cm.csrf(path) | {"told": note_of(page)})
    assert db.session.get_one(Event, event.id).status == EventStatus.CANCELLED


def test_an_event_that_is_over_has_no_page_to_call_it_off(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, starts_at=now() - timedelta(days=2))
    assert as_cm.get(f"/manage/events/{event.slug}/cancel").status_code == 302


def test_the_cm_of_another_chapter_calls_nothing_off(as_outsider: Client, event: Event) -> None:
    assert as_outsider.get(f"/manage/events/{event.slug}/cancel").status_code == 403


def test_asking_costs_the_same_with_one_guest_and_with_thirty(
    as_cm: Client, event: Event, statements: list[str]
) -> None:
    one, thirty = statements_with_guests(as_cm, event, f"/manage/events/{event.slug}/cancel", statements)
    assert one == thirty <= 8, "\n\n".join(statements)
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) == 30
