"""A chapter's page."""

from __future__ import annotations

from datetime import timedelta

from app.clock import now
from app.events.models import Chapter
from tests.client import Client, text_of
from tests.events.fans import in_english
from tests.factories import make_chapter, make_event


def test_a_chapter_shows_its_own_events(client: Client, chapter: Chapter) -> None:
    make_event(chapter, title="Ici")
    make_event(make_chapter("Angers"), title="Ailleurs")
    text = text_of(client.get("/chapters/lyon").text)
    assert "Ici" in text
    assert "Ailleurs" not in text


def test_a_chapter_without_plans_says_what_to_do(client: Client, chapter: Chapter) -> None:
    text = text_of(in_english(client).get("/chapters/lyon").text)
    assert "Nothing planned in Lyon yet" in text
    assert "See every city" in text


def test_a_chapter_shows_what_it_plans_in_pages(client: Client, chapter: Chapter) -> None:
    for number in range(25):
        make_event(chapter, title=f"Soirée {number:02}", starts_at=now() + timedelta(days=2, hours=number))
    first, second = (text_of(client.get(f"/chapters/lyon?page={page}").text) for page in (1, 2))
    assert "Soirée 23" in first
    assert "Soirée 24" not in first
    assert "Soirée 24" in second
    assert client.get("/chapters/lyon?page=3").status_code == 404


def test_an_unknown_chapter_is_not_found(client: Client) -> None:
    assert client.get("/chapters/atlantis").status_code == 404
