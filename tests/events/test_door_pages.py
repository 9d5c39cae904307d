"""The list of doors and the door's page."""

from __future__ import annotations

import json
from datetime import timedelta

from app.clock import now
from app.events.models import Chapter, Event, EventStatus, RsvpStatus
from app.members.models import Member
from tests.client import Client, find, text_of
from tests.factories import make_event, make_member, make_rsvp


def settings_of(html: str) -> dict[str, object]:
    [script] = find(html, "script#door-settings")
    settings: dict[str, object] = json.loads(script.to_text())
    return settings


def test_the_list_has_the_doors_of_the_cms_own_chapters_next_first(
    as_cm: Client, chapter: Chapter, event: Event, outsider: Member
) -> None:
    make_event(chapter, title="Ce soir", starts_at=now() + timedelta(hours=2))
    make_event(chapter, title="L’an dernier", starts_at=now() - timedelta(days=300))
    make_event(chapter, title="En projet", status=EventStatus.DRAFT)
    text = text_of(as_cm.get("/door/").text)
    assert text.index("Ce soir") < text.index(event.title)
    assert "L’an dernier" not in text
    assert "En projet" not in text


def test_another_chapters_doors_are_not_listed(as_outsider: Client, event: Event) -> None:
    assert event.title not in as_outsider.get("/door/").text


def test_the_list_costs_the_same_number_of_statements_for_more_events(
    as_cm: Client, chapter: Chapter, event: Event, statements: list[str]
) -> None:
    def count(more: int) -> int:
        for _ in range(more):
            make_rsvp(make_event(chapter), make_member(), RsvpStatus.CONFIRMED)
        before = len(statements)
        as_cm.get("/door/")
        return len(statements) - before

    assert count(1) == count(6)


def test_the_page_carries_its_settings_and_lets_the_decoder_run(as_cm: Client, event: Event) -> None:
    response = as_cm.get(f"/door/{event.slug}")
    assert settings_of(response.text)["eventCode"] == event.code
    assert "'wasm-unsafe-eval'" in response.headers["Content-Security-Policy"]


def test_the_page_speaks_both_languages(as_cm: Client, event: Event) -> None:
    for language in ("fr", "en"):
        assert f'lang="{language}"' in as_cm.get(f"/door/{event.slug}?lang={language}").text


def test_a_cm_of_another_chapter_is_refused(as_outsider: Client, event: Event) -> None:
    assert as_outsider.get(f"/door/{event.slug}").status_code == 403


def test_a_fan_is_refused(as_fan: Client, event: Event) -> None:
    assert as_fan.get("/door/").status_code == 403
    assert as_fan.get(f"/door/{event.slug}").status_code == 403


def test_marketing_is_refused(as_marketer: Client, event: Event) -> None:
    assert as_marketer.get(f"/door/{event.slug}").status_code == 403


def test_a_visitor_is_sent_to_sign_in(client: Client, event: Event) -> None:
    assert client.get(f"/door/{event.slug}").status_code == 302


def test_an_unknown_event_is_404(as_cm: Client) -> None:
    assert as_cm.get("/door/nowhere").status_code == 404
