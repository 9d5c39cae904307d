"""An event's page."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime

import pytest
from PIL import Image

from app.db import db
from app.events.models import Chapter, Event, EventStatus
from app.media import store_picture
from app.members.models import Member
from tests.client import Client, text_of
from tests.events.fans import fill, in_english, make_slot, take
from tests.factories import make_chapter, make_event, make_member


def test_the_page_says_what_when_where_and_how_to_come(client: Client, event: Event) -> None:
    event.description = "Une soirée pour **essayer**."
    text = text_of(in_english(client).get(f"/events/{event.slug}").text)
    for words in (
        event.title,
        "Une soirée pour essayer.",
        event.venue,
        "Lyon",
        "Plenty of seats",
        "Take a seat",
    ):
        assert words in text


def test_the_rule_of_the_waiting_line_is_printed(client: Client, event: Event) -> None:
    page = in_english(client).get(f"/events/{event.slug}").text
    assert "first come, first served, among those whose party fits" in page


def test_a_full_event_offers_the_waiting_line_and_says_how_long_it_is(
    client: Client, chapter: Chapter
) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    take(event, make_member())
    take(event, make_member())
    text = text_of(in_english(client).get(f"/events/{event.slug}").text)
    assert "2 parties are waiting" in text
    assert "Join the waiting line" in text


def test_a_draft_is_not_found(client: Client, as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, status=EventStatus.DRAFT)
    assert client.get(f"/events/{event.slug}").status_code == 404
    assert as_cm.get(f"/events/{event.slug}").status_code == 404


@pytest.mark.parametrize(
    ("starts_at", "shown"),
    [
        (datetime(2027, 3, 27, 19, tzinfo=UTC), "Saturday, 27 March 2027 at 20:00"),
        (datetime(2027, 3, 28, 19, tzinfo=UTC), "Sunday, 28 March 2027 at 21:00"),
        (datetime(2027, 10, 30, 19, tzinfo=UTC), "Saturday, 30 October 2027 at 21:00"),
        (datetime(2027, 10, 31, 19, tzinfo=UTC), "Sunday, 31 October 2027 at 20:00"),
    ],
)
def test_times_are_shown_in_the_events_zone_on_both_sides_of_a_change_of_clock(
    client: Client, chapter: Chapter, starts_at: datetime, shown: str
) -> None:
    event = make_event(chapter, starts_at=starts_at)
    assert shown in text_of(in_english(client).get(f"/events/{event.slug}").text)


def test_an_event_elsewhere_is_shown_in_its_own_zone(client: Client) -> None:
    event = make_event(
        make_chapter("Montréal", timezone="America/Toronto"), starts_at=datetime(2027, 1, 15, 23, tzinfo=UTC)
    )
    text = text_of(in_english(client).get(f"/events/{event.slug}").text)
    assert "Friday, 15 January 2027 at 18:00" in text


def test_a_cancelled_event_says_so_and_takes_nobody(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, status=EventStatus.CANCELLED)
    text = text_of(in_english(client).get(f"/events/{event.slug}").text)
    assert "This event is cancelled" in text
    assert "Take a seat" not in text


def test_an_event_that_is_over_thanks_and_takes_nobody(client: Client, event: Event) -> None:
    event.starts_at, event.ends_at = event.starts_at.replace(year=2020), event.ends_at.replace(year=2020)
    text = text_of(in_english(client).get(f"/events/{event.slug}").text)
    assert "This event is over" in text
    assert "Take a seat" not in text


def test_slots_show_their_own_seats(client: Client, event: Event) -> None:
    make_slot(event, "La grande table", 3)
    assert "La grande table · 3 seats left" in text_of(in_english(client).get(f"/events/{event.slug}").text)


def test_who_has_a_seat_is_led_to_the_ticket(as_fan: Client, fan: Member, event: Event) -> None:
    rsvp = take(event, fan)
    page = as_fan.get(f"/events/{event.slug}").text
    assert f"/tickets/{rsvp.tickets[0].token}" in page
    assert f"/events/{event.slug}/register" not in page


def test_where_people_came_from_is_kept_on_the_way_to_the_form(client: Client, event: Event) -> None:
    page = client.get(f"/events/{event.slug}?utm_source=insta&via=zoe&other=1").text
    assert f"/events/{event.slug}/register?utm_source=insta&amp;via=zoe" in page


def test_the_picture_is_shown_and_a_card_named_for_previews(client: Client, event: Event) -> None:
    content = io.BytesIO()
    Image.new("RGB", (40, 20), "green").save(content, "PNG")
    content.seek(0)
    picture = store_picture(content)
    event.picture_id = picture.id
    page = client.get(f"/events/{event.slug}").text
    assert f'<img src="/media/{picture.digest}.webp"' in page
    assert f'<meta property="og:image" content="http://localhost/events/{event.slug}/card.png">' in page


def test_search_engines_read_the_event(client: Client, event: Event) -> None:
    event.title = 'Soirée "</script>" d’hiver'
    event.starts_at = datetime(2027, 7, 1, 17, 30, tzinfo=UTC)
    event.ends_at = datetime(2027, 7, 1, 20, tzinfo=UTC)
    page = client.get(f"/events/{event.slug}").text
    data = json.loads(re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page)[1])  # type: ignore[index]
    assert data["name"] == event.title
    assert data["startDate"] == "2027-07-01T19:30+02:00"
    assert data["location"]["address"]["addressLocality"] == "Lyon"


def test_the_page_has_no_form_and_a_stable_etag_for_visitors(client: Client, event: Event) -> None:
    first = client.get(f"/events/{event.slug}")
    assert "csrf_token" not in first.text
    assert first.headers["ETag"] == client.get(f"/events/{event.slug}").headers["ETag"]
    take(event, make_member())
    again = client.get(f"/events/{event.slug}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304  # still plenty of seats: the page is the same


@pytest.mark.parametrize("waiting", [1, 30])
def test_the_page_takes_as_many_statements_for_thirty_rows(
    client: Client, chapter: Chapter, statements: list[str], waiting: int
) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    for _number in range(waiting):
        take(event, make_member())
    for number in range(waiting):
        make_slot(event, f"Créneau {number}", 1)
    slug = event.slug
    db.session.remove()
    statements.clear()
    client.get(f"/events/{slug}")
    assert len(statements) <= 4, statements  # the brand, the event, its slots, the line
