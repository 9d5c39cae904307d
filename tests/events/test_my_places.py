"""A member's meetups on their own page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.clock import now
from app.db import db
from app.events.actions_seats import cancel_rsvp
from app.events.models import Chapter, Event
from app.events.views_ticket import my_places
from app.members.models import Member
from tests.client import Client, text_of
from tests.events.fans import fill, take, ticket_of
from tests.factories import make_event


def page_of(client: Client) -> str:
    return client.get("/me?lang=en").text


def test_what_is_ahead_and_what_is_past_are_shown_with_their_state(
    as_fan: Client, fan: Member, chapter: Chapter
) -> None:
    seat, past, back = (
        make_event(chapter, title=title) for title in ("La prochaine", "L’ancienne", "La rendue")
    )
    full = make_event(chapter, title="La complète", capacity=1)
    fill(full)
    rsvp = take(seat, fan)
    take(past, fan)
    cancel_rsvp(take(back, fan).id, now())
    waiting = take(full, fan)
    past.starts_at, past.ends_at = now() - timedelta(days=9, hours=3), now() - timedelta(days=9)
    page = page_of(as_fan)
    text = text_of(page)
    assert text.index("La prochaine") < text.index("Past meetups") < text.index("L’ancienne")
    for words in ("You have a seat", "In the waiting line", "Given back", "Past"):
        assert words in text
    assert f"/tickets/{ticket_of(rsvp).token}" in page
    assert f"/tickets/{waiting.token}" in page


def test_without_meetups_the_page_says_where_to_find_one(as_fan: Client) -> None:
    assert "No meetup ahead" in text_of(page_of(as_fan))


def test_what_others_hold_is_not_shown(as_fan: Client, event: Event, cm: Member) -> None:
    take(event, cm)
    assert event.title not in page_of(as_fan)


@pytest.mark.parametrize("events", [1, 30])
def test_the_panel_takes_two_statements_for_thirty_rows(
    as_fan: Client, fan: Member, chapter: Chapter, statements: list[str], events: int
) -> None:
    for _number in range(events):
        take(make_event(chapter), fan)
    fan_id = fan.id
    db.session.expunge_all()
    member = db.session.get_one(Member, fan_id)
    with as_fan.application.test_request_context("/me"):
        statements.clear()
        my_places(member)
    mine = [statement for statement in statements if "FROM rsvps" in statement]
    others = [statement for statement in statements if "FROM brands" not in statement]
    assert (len(mine), len(others) <= 3) == (2, True), statements
