"""Calendar files and feeds, read back by the library that reads other people's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Timezone

from app.clock import now
from app.events.actions_seats import cancel_rsvp
from app.events.models import Chapter, Event, EventStatus
from app.events.rules_calendar import stable_uid
from app.members.models import Member
from tests.client import Client
from tests.events.fans import make_slot, take, ticket_of
from tests.factories import make_chapter, make_event


def entries(client: Client, path: str) -> list[Any]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "text/calendar"
    assert all(len(line) <= 75 for line in response.data.split(b"\r\n")), "lines are folded"
    calendar = Calendar.from_ical(response.data)
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    found = list(calendar.walk("VEVENT"))
    assert {str(entry["DTSTART"].params["TZID"]) for entry in found} <= zones
    return found


def test_the_feed_holds_every_event_to_come_and_the_last_quarters(client: Client, chapter: Chapter) -> None:
    make_event(chapter, title="À venir")
    make_event(chapter, title="Récente", starts_at=now() - timedelta(days=80))
    make_event(chapter, title="Ancienne", starts_at=now() - timedelta(days=120))
    make_event(chapter, title="Brouillon", status=EventStatus.DRAFT)
    assert [str(entry["SUMMARY"]) for entry in entries(client, "/calendar.ics")] == ["Récente", "À venir"]


def test_an_empty_feed_is_a_calendar_too(client: Client) -> None:
    assert entries(client, "/calendar.ics") == []


def test_a_chapters_feed_holds_its_own(client: Client, chapter: Chapter) -> None:
    make_event(chapter, title="Ici")
    make_event(make_chapter("Angers"), title="Ailleurs")
    assert [str(entry["SUMMARY"]) for entry in entries(client, "/chapters/lyon/calendar.ics")] == ["Ici"]
    assert client.get("/chapters/nowhere/calendar.ics").status_code == 404


def test_a_cancelled_event_is_said_to_be(client: Client, event: Event) -> None:
    before = entries(client, "/calendar.ics")[0]
    event.status = EventStatus.CANCELLED
    after = entries(client, "/calendar.ics")[0]
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["UID"] == before["UID"]


@pytest.mark.parametrize(
    ("starts_at", "written", "offset"),
    [
        (datetime(2027, 3, 27, 19, tzinfo=UTC), "TZID=Europe/Paris:20270327T200000", 1),
        (datetime(2027, 3, 28, 19, tzinfo=UTC), "TZID=Europe/Paris:20270328T210000", 2),
        (datetime(2027, 10, 30, 19, tzinfo=UTC), "TZID=Europe/Paris:20271030T210000", 2),
        (datetime(2027, 10, 31, 19, tzinfo=UTC), "TZID=Europe/Paris:20271031T200000", 1),
    ],
)
def test_times_hold_on_both_sides_of_a_change_of_clock(
    client: Client, chapter: Chapter, starts_at: datetime, written: str, offset: int
) -> None:
    event = make_event(chapter, starts_at=starts_at)
    path = f"/events/{event.slug}/calendar.ics"
    assert written in client.get(path).text
    (entry,) = entries(client, path)
    assert entry["DTSTART"].dt == starts_at
    assert entry["DTSTART"].dt.utcoffset() == timedelta(hours=offset)
    # The same by the VTIMEZONE in the file, for programs that do not know the zone by its name.
    calendar = Calendar.from_ical(client.get(path).data)
    zone = cast(Timezone, calendar.walk("VTIMEZONE")[0]).to_tz(lookup_tzid=False)
    assert starts_at.astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=zone).utcoffset() == timedelta(
        hours=offset
    )


def test_a_night_across_the_change_of_clock_lasts_as_long_as_it_does(
    client: Client, chapter: Chapter
) -> None:
    starts_at = datetime(2027, 3, 27, 22, tzinfo=UTC)  # 23:00; at 2:00 it is 3:00
    event = make_event(chapter, starts_at=starts_at, ends_at=starts_at + timedelta(hours=4))
    (entry,) = entries(client, f"/events/{event.slug}/calendar.ics")
    assert entry["DTEND"].dt == starts_at + timedelta(hours=4)
    assert "DTEND;TZID=Europe/Paris:20270328T040000" in client.get(f"/events/{event.slug}/calendar.ics").text


def test_words_with_commas_accents_and_line_breaks_come_back(client: Client, event: Event) -> None:
    event.title, event.venue = "Thé, « goûter »; d’été", "Chez O’Brien-Nguyễn\n2e étage"
    (entry,) = entries(client, f"/events/{event.slug}/calendar.ics")
    assert str(entry["SUMMARY"]) == event.title
    assert str(entry["LOCATION"]).startswith("Chez O’Brien-Nguyễn")


def test_feeds_keep_their_etag_while_nothing_changes(client: Client, event: Event) -> None:
    etag = client.get("/calendar.ics").headers["ETag"]
    assert client.get("/calendar.ics", headers={"If-None-Match": etag}).status_code == 304


def test_a_tickets_file_keeps_its_uid_and_raises_its_sequence(
    client: Client, event: Event, fan: Member
) -> None:
    rsvp = take(event, fan)
    path = f"/tickets/{ticket_of(rsvp).token}/calendar.ics"
    seen = [entries(client, path)[0]]
    cancel_rsvp(rsvp.id, now())
    seen.append(entries(client, path)[0])
    take(event, fan)
    seen.append(entries(client, path)[0])
    event.revision += 1
    seen.append(entries(client, path)[0])
    assert len({str(entry["UID"]) for entry in seen}) == 1
    assert [str(entry["STATUS"]) for entry in seen] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]
    assert [int(entry["SEQUENCE"]) for entry in seen] == sorted({int(entry["SEQUENCE"]) for entry in seen})


def test_a_tickets_file_begins_with_its_slot_and_names_its_page(
    client: Client, event: Event, fan: Member
) -> None:
    starts_at = event.starts_at + timedelta(hours=1)
    rsvp = take(event, fan, slot=make_slot(event, "Seconde session", 3, starts_at=starts_at))
    path = f"/tickets/{ticket_of(rsvp).token}"
    (entry,) = entries(client, f"{path}/calendar.ics")
    assert entry["DTSTART"].dt == starts_at
    assert str(entry["SUMMARY"]).endswith("Seconde session")
    assert str(entry["URL"]) == f"http://localhost{path}"


def test_uids_of_different_things_differ() -> None:
    made = datetime(2026, 11, 1, tzinfo=UTC)
    uids = {stable_uid("event", 1, made), stable_uid("rsvp", 1, made), stable_uid("event", 2, made)}
    assert len(uids) == 3
    assert stable_uid("event", 1, made) in uids


def test_an_unknown_event_has_no_file(client: Client) -> None:
    assert client.get("/events/unknown/calendar.ics").status_code == 404
