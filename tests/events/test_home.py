"""What's on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.clock import now
from app.db import db
from app.events.models import Audience, Chapter, Event, EventStatus
from tests.client import Client, text_of
from tests.events.fans import fill, in_english
from tests.factories import make_chapter, make_event


def test_the_coming_events_are_shown_the_soonest_first(client: Client, chapter: Chapter) -> None:
    late = make_event(chapter, title="Plus tard", starts_at=now() + timedelta(days=30))
    soon = make_event(chapter, title="Bientôt", starts_at=now() + timedelta(days=3))
    text = text_of(client.get("/").text)
    assert text.index(soon.title) < text.index(late.title)


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED])
def test_drafts_and_cancelled_events_are_not_on(
    client: Client, chapter: Chapter, status: EventStatus
) -> None:
    make_event(chapter, title="Invisible", status=status)
    assert "Invisible" not in client.get("/").text


def test_an_event_leaves_the_page_when_it_is_over(client: Client, chapter: Chapter) -> None:
    make_event(chapter, title="Hier", starts_at=now() - timedelta(days=1))
    make_event(chapter, title="En ce moment", starts_at=now() - timedelta(hours=1))
    text = client.get("/").text
    assert "Hier" not in text
    assert "En ce moment" in text


def test_a_city_is_chosen_by_its_address(client: Client, chapter: Chapter) -> None:
    nantes = make_chapter("Angers")
    make_event(chapter, title="À Lyon")
    make_event(nantes, title="À Angers")
    text = client.get("/?city=angers").text
    assert "À Angers" in text
    assert "À Lyon" not in text
    assert 'aria-current="true">Angers' in text


def test_a_city_without_events_says_what_to_do(client: Client, chapter: Chapter) -> None:
    text = text_of(in_english(client).get("/?city=lyon").text)
    assert "Nothing planned in Lyon yet" in text
    assert "See every city" in text


def test_without_any_chapter_the_page_says_to_come_back(client: Client) -> None:
    assert "Nothing planned yet" in text_of(in_english(client).get("/").text)


def test_an_unknown_city_is_not_found(client: Client) -> None:
    assert client.get("/?city=atlantis").status_code == 404


def test_seats_are_exact_when_few_and_plenty_otherwise(client: Client, chapter: Chapter) -> None:
    for capacity in (10, 9, 1):
        make_event(chapter, capacity=capacity)
    fill(make_event(chapter, capacity=1))
    text = text_of(in_english(client).get("/").text)
    for words in ("Plenty of seats", "9 seats left", "One seat left", "Full", "The waiting line is open"):
        assert words in text


def test_the_page_keeps_its_etag_for_visitors(client: Client, chapter: Chapter) -> None:
    make_event(chapter)
    first = client.get("/")
    assert first.headers["ETag"] == client.get("/").headers["ETag"]
    assert client.get("/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert "csrf_token" not in first.text


@pytest.mark.parametrize("events", [1, 30])
def test_the_page_takes_as_many_statements_for_thirty_events(
    client: Client, chapter: Chapter, statements: list[str], events: int
) -> None:
    for _number in range(events):
        make_event(chapter)
    db.session.remove()
    statements.clear()
    client.get("/")
    assert len(statements) <= 4, statements  # the brand, the chapters, the events and their number


def test_an_event_for_who_has_its_link_is_not_listed(client: Client, event: Event) -> None:
    event.audience = Audience.LINK
    for path in ("/", "/calendar.ics", "/events.atom", "/sitemap.xml", "/embed/events"):
        assert event.slug not in client.get(path).text
    assert client.get(f"/events/{event.slug}").status_code == 200


def test_the_soonest_events_come_first_and_the_others_on_further_pages(
    client: Client, chapter: Chapter
) -> None:
    for number in range(25):
        make_event(chapter, title=f"Soirée {number}", starts_at=now() + timedelta(days=number + 1))
    first, second = client.get("/").text, client.get("/?page=2").text
    assert "Soirée 23" in first
    assert "Soirée 24" not in first
    assert "Soirée 24" in second
    assert client.get("/?page=3").status_code == 404
