"""Events elsewhere: one’s own calendar, Atom, the sitemap, a framed list, the picture of a link."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject  # type: ignore[import-untyped]
from PIL import Image

from app.clock import now
from app.db import db
from app.events.actions_calendar import reset_calendar
from app.events.actions_changes import change_place
from app.events.actions_seats import cancel_rsvp
from app.events.models import Chapter, Event, EventStatus
from app.events.queries_calendar import feed_entries
from app.events.queries_listing import EVENTS_A_PAGE
from app.members.models import Member
from tests.client import Client, text_of
from tests.events.fans import in_english, take
from tests.factories import make_chapter, make_event, make_member


def read_again(client: Client, path: str) -> list[Any]:
    """Read a calendar with a parser that is not the library that wrote it, and check what RFC 5545 asks of it."""
    response = client.get(path)
    assert response.mimetype == "text/calendar"
    assert b"\n" not in response.data.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in response.data.split(b"\r\n"))
    getattr(vobject.icalendar, "__tzidMap").clear()  # it would take a zone from the calendar read before
    calendar = vobject.readOne(response.text)
    calendar.validate(raiseException=True)
    entries = getattr(calendar, "vevent_list", [])
    assert all(entry.uid.value and entry.dtstamp.value and entry.sequence.value for entry in entries)
    return list(entries)


def own_feed(member: Member) -> str:
    token = reset_calendar(member)
    db.session.commit()
    return f"/me/calendar/{token}.ics"


def test_ones_own_feed_holds_what_one_has_and_says_what_was_given_back(
    client: Client, chapter: Chapter, fan: Member
) -> None:
    kept, left = make_event(chapter, title="Gardée", party_max=3), make_event(chapter, title="Rendue")
    other = make_event(chapter, title="D’une autre")
    rsvp, gone = take(kept, fan), take(left, fan)
    take(other, make_member())
    path = own_feed(fan)
    before = {entry.summary.value: entry for entry in read_again(client, path)}
    change_place(rsvp.id, 2, None, now())
    cancel_rsvp(gone.id, now())
    after = {entry.summary.value: entry for entry in read_again(client, path)}
    assert set(before) == set(after) == {"Gardée", "Rendue"}
    assert after["Rendue"].status.value == "CANCELLED"
    for title, entry in after.items():
        assert entry.uid.value == before[title].uid.value
        assert int(entry.sequence.value) > int(before[title].sequence.value)


def test_a_feed_stands_a_chapter_that_is_called_as_its_end(client: Client, chapter: Chapter) -> None:
    chapter.name = "END:VCALENDAR"
    make_event(chapter, title="Encore là")
    entries = read_again(client, f"/chapters/{chapter.slug}/calendar.ics")
    assert [entry.summary.value for entry in entries] == ["Encore là"]


def test_a_new_address_of_ones_feed_ends_the_old_one(as_fan: Client, fan: Member) -> None:
    old = own_feed(fan)
    assert as_fan.get(old).status_code == 200
    as_fan.post("/me/calendar", data=as_fan.csrf("/me"))
    assert as_fan.get(old).status_code == 404
    assert f"/me/calendar/{fan.calendar_token}.ics" in as_fan.get("/me").text


def test_an_erased_member_has_no_feed(client: Client) -> None:
    assert client.get("/me/calendar/nothing.ics").status_code == 404


@pytest.mark.parametrize(
    ("city", "zone", "before", "after"),
    [
        ("Lyon", "Europe/Paris", "2027-03-27 19:00", "2027-03-28 19:00"),
        ("Lyon", "Europe/Paris", "2027-10-30 19:00", "2027-10-31 19:00"),
        ("New York", "America/New_York", "2027-03-13 19:00", "2027-03-14 19:00"),
        ("New York", "America/New_York", "2027-11-06 19:00", "2027-11-07 19:00"),
    ],
)
def test_another_parser_reads_the_same_instant_on_both_sides_of_a_change_of_clocks(
    client: Client, city: str, zone: str, before: str, after: str
) -> None:
    chapter = make_chapter(city, timezone=zone)
    starts = [datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) for text in (before, after)]
    for start in starts:
        make_event(chapter, starts_at=start, ends_at=start + timedelta(hours=3))
    read = [entry.dtstart.value for entry in read_again(client, f"/chapters/{chapter.slug}/calendar.ics")]
    assert [value.utcoffset() for value in read] == [start.utcoffset() for start in starts]
    assert read == starts


def test_atom_names_the_events_to_come_and_escapes_what_they_say(client: Client, chapter: Chapter) -> None:
    make_event(chapter, title="R&D <ouverte>")
    make_event(chapter, title="Brouillon", status=EventStatus.DRAFT)
    feed = ET.fromstring(client.get("/events.atom").data)  # noqa: S314  (our own)
    name = {"a": "http://www.w3.org/2005/Atom"}
    assert [title.text for title in feed.findall("a:entry/a:title", name)] == ["R&D <ouverte> – Lyon"]
    assert feed.findtext("a:updated", namespaces=name)


def test_atom_begins_with_what_was_published_last(client: Client, chapter: Chapter) -> None:
    for days in (1, 3, 2):
        make_event(chapter, title=f"Il y a {days} jours", published_at=now() - timedelta(days=days))
    titles = re.findall(r"Il y a . jours", client.get("/events.atom").text)
    assert titles == ["Il y a 1 jours", "Il y a 2 jours", "Il y a 3 jours"]


def test_a_feed_keeps_what_is_nearest_to_now(
    client: Client, chapter: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = import_module(feed_entries.__module__)
    monkeypatch.setattr(queries, "TO_COME", 2)
    monkeypatch.setattr(queries, "PAST", 1)
    for days in (-9, -5, 4, 8, 12):
        make_event(chapter, title=f"Jour {days}", starts_at=now() + timedelta(days=days))
    titles = [str(entry.summary.value) for entry in read_again(client, "/calendar.ics")]
    assert titles == ["Jour -5", "Jour 4", "Jour 8"]


def test_a_long_framed_list_leads_to_the_rest(client: Client, chapter: Chapter) -> None:
    for number in range(EVENTS_A_PAGE + 1):
        make_event(chapter, title=f"Soirée {number:02}", starts_at=now() + timedelta(days=2, hours=number))
    page = client.get("/embed/events?chapter=lyon").text
    assert "Soirée 23" in page
    assert "Soirée 24" not in page
    assert 'href="/chapters/lyon"' in page


def test_the_sitemap_names_the_public_pages(client: Client, event: Event) -> None:
    pages = ET.fromstring(client.get("/sitemap.xml").data)  # noqa: S314
    urls = [loc.text for loc in pages.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert urls[0] == "http://localhost/"
    assert {"http://localhost/chapters/lyon", f"http://localhost/events/{event.slug}"} <= set(urls)


def test_a_list_can_be_framed_by_another_site_and_sets_no_cookie(client: Client, event: Event) -> None:
    answer = in_english(client).get("/embed/events?chapter=lyon")
    assert event.title in text_of(answer.text)
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert client.get("/embed/events?chapter=nowhere").status_code == 404


def test_an_event_has_a_picture_for_links_with_its_title_drawn(client: Client, event: Event) -> None:
    event.title = "Une soirée dont le titre est si long qu’il ne tient pas sur deux lignes, ni sur trois " * 2
    answer = client.get(f"/events/{event.slug}/card.png")
    image = Image.open(io.BytesIO(answer.data))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert answer.cache_control.max_age == 86400
    assert f"/events/{event.slug}/card.png" in client.get(f"/events/{event.slug}").text
    event.status = EventStatus.DRAFT
    assert client.get(f"/events/{event.slug}/card.png").status_code == 404
