"""Who may register, from when until when, and how: the settings of an event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.db import db
from app.events.models import Audience, Chapter, Event, GuestNames, Unanswered
from app.events.queries_access import invitees_of
from app.events.rules_access import read_addresses
from tests.client import Client, find, text_of
from tests.events.test_manage import written


def change(client: Client, event: Event, **values: Any) -> str:
    """Send the form of an event, whose time and place stay, and return the words of the page that answers."""
    path = f"/manage/events/{event.slug}/edit"
    kept = written(event.chapter, venue=event.venue, address=event.address)
    data = client.csrf(path + "?lang=en") | kept | values
    return text_of(client.post(path, data=data, follow_redirects=True).text)


@pytest.fixture
def event(as_cm: Client, chapter: Chapter) -> Event:
    """An event of 10 June 2027, from 19:00 to 22:00 in Lyon, as its CM has just written it."""
    as_cm.post("/manage/events/new", data=as_cm.csrf("/manage/events/new") | written(chapter))
    return db.session.query(Event).one()


def test_settings_are_kept_and_shown_again(as_cm: Client, event: Event) -> None:
    settings = {
        "audience": "invited",
        "opens": "2027-05-01T18:00",
        "closes": "2027-06-10T12:00",
        "early_opens": "2027-04-30T18:00",
        "early_code": " Amis ",
        "invitees": "Zoe@Example.org\n\n yann@example.org \nzoe@example.org",
        "guest_names": "required",
        "cutoff_minutes": "60",
        "unanswered": "release",
    }
    assert "Saved." in change(as_cm, event, **settings)
    event = db.session.get_one(Event, event.id)
    assert (event.audience, event.early_code, event.cutoff_minutes) == (Audience.INVITED, "Amis", 60)
    assert (event.guest_names, event.unanswered) == (GuestNames.REQUIRED, Unanswered.RELEASE)
    assert event.opens_at == datetime(2027, 5, 1, 16, tzinfo=UTC)
    assert event.early_opens_at == datetime(2027, 4, 30, 16, tzinfo=UTC)
    assert event.closes_at == datetime(2027, 6, 10, 10, tzinfo=UTC)
    assert invitees_of(event.id) == ["yann@example.org", "zoe@example.org"]
    page = as_cm.get(f"/manage/events/{event.slug}/edit").text
    assert [one.attrs.get("value") for one in find(page, "#opens, #early_opens")] == [
        "2027-05-01 18:00:00",
        "2027-04-30 18:00:00",
    ]
    assert [one.attrs.get("value") for one in find(page, "#audience option[selected]")] == ["invited"]
    assert find(page, "#invitees")[0].to_text().split() == ["yann@example.org", "zoe@example.org"]


def test_a_form_that_says_nothing_of_them_leaves_the_settings(as_cm: Client, event: Event) -> None:
    change(as_cm, event, audience="link", opens="2027-05-01T18:00", invitees="zoe@example.org")
    change(as_cm, event)
    event = db.session.get_one(Event, event.id)
    assert (event.audience, event.opens_at) == (Audience.LINK, datetime(2027, 5, 1, 16, tzinfo=UTC))
    assert invitees_of(event.id) == ["zoe@example.org"]
    change(as_cm, event, audience="everyone", opens="", invitees="")
    event = db.session.get_one(Event, event.id)
    assert (event.audience, event.opens_at) == (Audience.EVERYONE, None)
    assert invitees_of(event.id) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"opens": "2027-03-28T02:30"}, "Clocks go forward that night"),
        ({"closes": "2027-03-28T02:30"}, "Clocks go forward that night"),
        ({"opens": "2027-06-10T22:00"}, "It must open before the event ends."),
        ({"closes": "2027-06-10T22:01"}, "It closes when the event ends, at the latest."),
        ({"opens": "2027-06-01T10:00", "closes": "2027-06-01T10:00"}, "It must close after it opens."),
        ({"early_code": "amis"}, "Enter when it opens for those who have the code."),
        (
            {"early_opens": "2027-05-01T10:00", "early_code": "amis"},
            "Enter when it opens for everybody else.",
        ),
        (
            {"early_opens": "2027-05-02T10:00", "opens": "2027-05-01T10:00", "early_code": "amis"},
            "It must be before it opens for everybody.",
        ),
        (
            {"early_opens": "2027-05-01T10:00", "opens": "2027-05-02T10:00"},
            "Enter a code, or list the addresses that it opens for.",
        ),
        ({"invitees": "zoe@example.org\n\nyann@"}, "Line 3 is no address: “yann@”."),
        ({"invitees": "\n".join("abcdefg")}, "And 2 more lines."),
        ({"cutoff_minutes": "-1"}, "Enter a number from 0"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_shown(
    as_cm: Client, event: Event, settings: dict[str, str], words: str
) -> None:
    path = f"/manage/events/{event.slug}/edit"
    data = as_cm.csrf(path + "?lang=en") | written(event.chapter, title="Un autre titre") | settings
    page = as_cm.post(path, data=data).text
    assert words in text_of(page)
    assert find(page, "details.more[open] .error")
    assert db.session.get_one(Event, event.id).title == "Atelier des goûts"


def test_the_private_link_is_shown_once_the_event_needs_it(as_cm: Client, event: Event) -> None:
    path = f"/manage/events/{event.slug}/edit"
    assert not find(as_cm.get(path).text, "#private-link")
    change(as_cm, event, audience="link")
    (field,) = find(as_cm.get(path).text, "#private-link")
    code = db.session.get_one(Event, event.id).link_code
    assert field.attrs["value"] == f"http://localhost/events/{event.slug}?access={code}"


def test_a_list_is_read_line_by_line() -> None:
    read = read_addresses(" Zoe@Example.org \r\n\r\nnobody\r\nzoe@example.org\r\n김@example.org")
    assert read.good == ("zoe@example.org", "김@example.org")
    assert read.bad == ((3, "nobody"),)
