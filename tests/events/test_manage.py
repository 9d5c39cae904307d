"""The CM writes an event, publishes it, changes it and calls it off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_manage import publish_event
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus
from app.events.rules_schedule import SkippedTime, quarter_bounds, to_instant, to_local
from app.members.models import Member
from tests.client import Client, find, form_fields, text_of
from tests.events.fans import statements_with_guests
from tests.factories import make_chapter, make_event, make_member, make_rsvp

NEW = "/manage/events/new"


def written(chapter: Chapter, **changes: Any) -> dict[str, Any]:
    """Return a filled form."""
    values = {
        "chapter_id": chapter.id,
        "title": "Atelier des goûts",
        "kind": "workshop",
        "starts": "2027-06-10T19:00",
        "ends": "2027-06-10T22:00",
        "venue": "Le Comptoir",
        "address": "12 rue de la République",
        "capacity": 40,
        "party_max": 2,
        "hold_minutes": 30,
        "description": "Venez **goûter**.",
    }
    return values | changes


def write(client: Client, chapter: Chapter, **changes: Any) -> str:
    """Send the form and return the page that answers."""
    answer = client.post(NEW, data=client.csrf(NEW) | written(chapter, **changes), follow_redirects=True)
    return text_of(answer.text)


def event_named(title: str) -> Event:
    return db.session.scalars(sa.select(Event).where(Event.title == title)).one()


def press(client: Client, event: Event, button: str) -> str:
    page = f"/manage/events/{event.slug}"
    data = client.csrf(page)
    return text_of(client.post(f"{page}/{button}", data=data, follow_redirects=True).text)


def test_a_draft_is_seen_by_nobody_until_it_is_published(
    as_cm: Client, chapter: Chapter, client: Client
) -> None:
    write(as_cm, chapter)
    event = event_named("Atelier des goûts")
    assert event.starts_at == datetime(2027, 6, 10, 17, 0, tzinfo=UTC)
    assert client.get(f"/events/{event.slug}").status_code == 404
    press(as_cm, event, "publish")
    assert event.title in text_of(client.get(f"/events/{event.slug}").text)


def test_a_cm_writes_for_their_own_chapters_alone(as_cm: Client, chapter: Chapter) -> None:
    nantes = db.session.scalars(sa.select(Chapter).where(Chapter.slug == "nantes")).one()
    write(as_cm, nantes)
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 0


@pytest.mark.parametrize("page", ["", "/edit"])
def test_the_cm_of_another_chapter_is_refused(as_outsider: Client, event: Event, page: str) -> None:
    assert as_outsider.get(f"/manage/events/{event.slug}{page}").status_code == 403


@pytest.mark.parametrize("person", ["as_fan", "as_marketer"])
def test_who_runs_no_chapter_is_refused(person: str, request: pytest.FixtureRequest, event: Event) -> None:
    client: Client = request.getfixturevalue(person)
    assert client.get("/manage/").status_code == 403
    assert client.get(f"/manage/events/{event.slug}").status_code == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Indiquez un titre"),
        ({"starts": "2027-06-10T23:00"}, "après le début"),
        ({"starts": "2027-03-28T02:30", "ends": "2027-03-28T05:00"}, "avancent"),
        ({"starts": "demain"}, "datetime"),
        ({"capacity": 0}, "de 1 à 100"),
        ({"ends": "2027-09-10T22:00"}, "deux semaines"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_written(
    as_cm: Client, chapter: Chapter, changes: dict[str, Any], words: str
) -> None:
    page = write(as_cm, chapter, **changes)
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 0
    assert words in page or words == "datetime"


def test_more_seats_move_the_line_at_once(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=1)
    make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    waiting = make_rsvp(event, make_member(), RsvpStatus.WAITLISTED)
    path = f"/manage/events/{event.slug}/edit"
    as_cm.post(path, data=form_fields(as_cm.get(path).text) | {"capacity": 2})
    assert db.session.get_one(Rsvp, waiting.id).status == RsvpStatus.CONFIRMED


def test_fewer_seats_than_are_promised_are_refused_with_the_count(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=5)
    for _ in range(3):
        make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)
    path = f"/manage/events/{event.slug}/edit"
    answer = as_cm.post(path, data=as_cm.csrf(path) | written(chapter, capacity=1))
    assert "2 de trop" in text_of(answer.text)
    assert db.session.get_one(Event, event.id).capacity == 5


def test_a_cancelled_event_stays_cancelled(as_cm: Client, chapter: Chapter) -> None:
    event = make_event(chapter, status=EventStatus.CANCELLED)
    assert "reste annulée" in press(as_cm, event, "publish")
    assert db.session.get_one(Event, event.id).status == EventStatus.CANCELLED


def test_publishing_does_not_revive_what_was_cancelled_meanwhile(chapter: Chapter, cm: Member) -> None:
    event = make_event(chapter, status=EventStatus.DRAFT)
    db.session.commit()
    assert event.status == EventStatus.DRAFT  # as this session has read it
    with db.engine.begin() as other:
        other.execute(sa.update(Event).values(status=EventStatus.CANCELLED))
    with pytest.raises(Refusal, match="cancelled"):
        publish_event(event, cm, now())


def test_an_event_that_is_over_is_not_published(as_cm: Client, chapter: Chapter) -> None:
    past = datetime(2025, 1, 10, 18, tzinfo=UTC)
    event = make_event(chapter, starts_at=past, status=EventStatus.DRAFT)
    assert "déjà terminée" in press(as_cm, event, "publish")


def test_the_lists_ask_the_same_few_questions_however_many_events(
    as_cm: Client, chapter: Chapter, statements: list[str]
) -> None:
    make_event(chapter)
    counts = []
    for more in (0, 30):
        for _ in range(more):
            make_event(chapter)
        for path in ("/manage/", "/manage/events"):
            statements.clear()
            assert as_cm.get(path).status_code == 200
            counts.append(len(statements))
    assert counts[:2] == counts[2:]


@pytest.mark.parametrize(("when", "ago"), [("", -1), ("&when=past", 1)])
def test_many_events_are_listed_in_pages(as_cm: Client, chapter: Chapter, when: str, ago: int) -> None:
    for number in range(51):
        make_event(
            chapter, title=f"Soirée {number:02}", starts_at=now() - ago * timedelta(days=2, hours=number)
        )
    first, second = (text_of(as_cm.get(f"/manage/events?page={page}{when}").text) for page in (1, 2))
    assert "Soirée 49" in first
    assert "Soirée 50" not in first
    assert "Soirée 50" in second
    assert "Soirée 49" not in second


def test_the_page_of_an_event_costs_the_same_with_one_guest_and_with_thirty(
    as_cm: Client, event: Event, statements: list[str]
) -> None:
    one, thirty = statements_with_guests(as_cm, event, f"/manage/events/{event.slug}", statements)
    assert one == thirty <= 10, "\n\n".join(statements)


def test_an_administrator_opens_a_chapter_whose_city_gives_the_zone(as_admin: Client, cm: Member) -> None:
    path = "/admin/chapters/new"
    data = {"name": "Montréal", "city": "montreal", "country": "ca", "managers": [cm.id]}
    as_admin.post(path, data=as_admin.csrf(path) | data)
    chapter = db.session.scalars(sa.select(Chapter)).one()
    assert (chapter.timezone, [member.id for member in chapter.managers]) == ("America/Toronto", [cm.id])
    again = as_admin.post(path, data=as_admin.csrf(path) | data)
    assert "déjà une communauté" in text_of(again.text)


def test_an_unknown_city_asks_for_its_zone(as_admin: Client) -> None:
    path = "/admin/chapters/new"
    data = {"name": "Nulle part", "city": "Xyzzy", "country": "FR"}
    assert "fuseau" in text_of(as_admin.post(path, data=as_admin.csrf(path) | data).text)


def test_a_quarter_without_an_event_is_pointed_out(as_cm: Client, chapter: Chapter) -> None:
    assert "Rien de prévu ce trimestre" in text_of(as_cm.get("/manage/").text)
    make_chapter("Lille")
    assert "Lille" not in text_of(as_cm.get("/manage/").text)


def test_clocks_that_go_forward_skip_a_time_and_those_that_go_back_show_one_twice() -> None:
    with pytest.raises(SkippedTime):
        to_instant(datetime(2027, 3, 28, 2, 30), "Europe/Paris")
    first = to_instant(datetime(2027, 10, 31, 2, 30), "Europe/Paris")
    assert first == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert to_local(first, "Europe/Paris") == datetime(2027, 10, 31, 2, 30)


def test_a_quarter_ends_where_the_next_begins() -> None:
    begin, end = quarter_bounds(datetime(2026, 11, 21).date(), "Europe/Paris")
    assert (begin, end) == (datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))


def test_a_chapters_page_shows_who_runs_it_so_that_saving_keeps_them(
    as_admin: Client, chapter: Chapter, cm: Member
) -> None:
    path = f"/admin/chapters/{chapter.slug}"
    ticked = find(as_admin.get(path).text, "input[checked]")
    assert [box.attrs.get("value") for box in ticked] == [str(cm.id)]
    as_admin.post(path, data=as_admin.csrf(path) | {"name": "Lyon et environs", "managers": [str(cm.id)]})
    assert (chapter.name, chapter.managers) == ("Lyon et environs", [cm])
