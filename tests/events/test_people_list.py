"""/manage/events/…/people: the CM finds, filters, sorts and pages the people of an event."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.clock import now
from app.db import db
from app.events.actions_changes import decline
from app.events.actions_seats import lapse_holds
from app.events.models import CancelReason, Event, HoldFor, Rsvp, RsvpStatus
from app.events.queries_people import ORDERS, narrowed, people_page, standings
from app.events.rules_people import Order, Search, Standing, origin_text
from app.members.models import Member
from tests.client import Client, find, text_of
from tests.events.fans import make_slot, take
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_rsvp

LAPSED = CancelReason.LAPSED
PAGES = ["", "/add", "/1"]
POSTS = ["/add", "/1/cancel", "/1/promote"]


def path_of(event: Event) -> str:
    return f"/manage/events/{event.slug}/people"


def names(client: Client, event: Event, query: str = "") -> list[str]:
    page = client.get(f"{path_of(event)}?lang=en&{query}").text
    return [cell.to_text() for cell in find(page, 'td[data-label="Name"] a')]


def fill_event(event: Event, people: int, status: RsvpStatus = RsvpStatus.CONFIRMED) -> None:
    """Seat many people at once, by two statements: no action is timed here."""
    event.capacity += people
    start = (db.session.scalar(sa.select(sa.func.max(Member.id))) or 0) + 1
    waits = status == RsvpStatus.WAITLISTED
    db.session.execute(
        sa.insert(Member),
        [
            {
                "id": start + number,
                "display_name": f"Élodie {number:05d}",
                "email": f"elodie{start + number}@example.org",
                "fs_uniquifier": f"many{start + number}",
            }
            for number in range(people)
        ],
    )
    db.session.execute(
        sa.insert(Rsvp),
        [
            {
                "event_id": event.id,
                "member_id": start + number,
                "status": status,
                "email_proven": True,
                "queued_at": now() if waits else None,
                "queue_number": number + 1 if waits else None,
                "arrived_from": {"utm_source": "instagram"},
            }
            for number in range(people)
        ],
    )
    if not waits:
        event.seats_taken += people
    db.session.commit()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("person", ["as_outsider", "as_marketer", "as_fan"])
def test_who_does_not_run_the_chapter_is_refused(
    person: str, page: str, request: pytest.FixtureRequest, event: Event, fan: Member
) -> None:
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    client: Client = request.getfixturevalue(person)
    assert client.get(path_of(event) + page).status_code == 403


@pytest.mark.parametrize("page", POSTS)
@pytest.mark.parametrize("person", ["as_outsider", "as_marketer", "as_fan"])
def test_who_does_not_run_the_chapter_changes_nothing(
    person: str, page: str, request: pytest.FixtureRequest, event: Event, fan: Member
) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    client: Client = request.getfixturevalue(person)
    token = client.csrf("/me/profile")
    assert client.post(path_of(event) + page, data=token | {"reason": "x"}).status_code == 403
    assert db.session.get_one(Rsvp, rsvp.id).status == RsvpStatus.CONFIRMED


def test_an_administrator_sees_the_people_of_every_chapter(as_admin: Client, event: Event) -> None:
    assert as_admin.get(path_of(event)).status_code == 200


def test_somebody_of_another_event_is_not_found_here(as_cm: Client, event: Event, fan: Member) -> None:
    other = make_event(make_chapter("Lille"))
    rsvp = make_rsvp(other, fan, RsvpStatus.CONFIRMED)
    assert as_cm.get(f"{path_of(event)}/{rsvp.id}").status_code == 404
    token = as_cm.csrf(f"{path_of(event)}/add")
    assert as_cm.post(f"{path_of(event)}/{rsvp.id}/promote", data=token).status_code == 404


def test_an_empty_list_says_what_to_do(as_cm: Client, event: Event) -> None:
    page = text_of(as_cm.get(f"{path_of(event)}?lang=en").text)
    assert "Share the public page so that people can register." in page


@pytest.mark.parametrize("words", ["nguyen", "NGUYỄN", "brien camille", "camille@", "o'brien", "o’brien"])
def test_people_are_found_without_accents_and_with_any_apostrophe(
    as_cm: Client, event: Event, fan: Member, words: str
) -> None:
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member("Somebody Else"), RsvpStatus.CONFIRMED)
    assert names(as_cm, event, f"q={words}") == ["Camille O’Brien-Nguyễn"]


def test_a_search_that_finds_nobody_says_what_to_do(as_cm: Client, event: Event, fan: Member) -> None:
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    page = text_of(as_cm.get(f"{path_of(event)}?lang=en&q=%25").text)
    assert "Try a part of the name, or of the address." in page


def one_of_each(event: Event) -> None:
    for status in RsvpStatus:
        make_rsvp(event, make_member(f"Is {status.value}"), status)
    make_check_in(make_rsvp(event, make_member("Is here"), RsvpStatus.CONFIRMED))


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("confirmed", {"Is confirmed", "Is here"}),
        ("held", {"Is held"}),
        ("waiting", {"Is waitlisted"}),
        ("cancelled", {"Is cancelled"}),
        ("declined", {"Is declined"}),
        ("arrived", {"Is here"}),
        ("absent", {"Is confirmed"}),
    ],
)
def test_each_filter_shows_its_people_and_their_number(
    as_cm: Client, event: Event, status: str, found: set[str]
) -> None:
    one_of_each(event)
    page = as_cm.get(f"{path_of(event)}?lang=en&status={status}").text
    assert {cell.to_text() for cell in find(page, 'td[data-label="Name"] a')} == found
    chosen = find(page, ".tabs a[aria-current]")[0].to_text()
    assert chosen.startswith(f"{len(found)} ")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"cancelled_because": CancelReason.LEFT, "confirmed_at": now()}, ""),
        ({"cancelled_because": LAPSED, "hold_for": HoldFor.ADDRESS}, "not confirmed in time"),
        ({"cancelled_because": LAPSED, "hold_for": HoldFor.OFFER}, "offer not accepted in time"),
        ({"cancelled_because": LAPSED, "confirmed_at": now()}, "“Still coming?” not answered"),
    ],
)
def test_who_gave_a_seat_back_is_told_from_whose_lapsed_and_why(
    as_cm: Client, event: Event, fan: Member, values: dict[str, Any], why: str
) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CANCELLED, cancelled_at=now(), **values)
    (state,) = find(as_cm.get(f"{path_of(event)}?lang=en").text, "td.state")
    assert " ".join(state.to_text(separator=" ").split()) == f"Cancelled {why}".strip()
    assert why in text_of(as_cm.get(f"{path_of(event)}/{rsvp.id}?lang=en").text)
    file = as_cm.get(f"{path_of(event)}.csv?lang=en", buffered=True).data.decode("utf-8-sig")
    (row,) = csv.DictReader(file.splitlines())
    assert row["Status"] == (f"Cancelled ({why})" if why else "Cancelled")


def test_who_declines_once_their_seat_lapsed_is_not_coming_and_no_longer_late(
    as_cm: Client, event: Event, fan: Member
) -> None:
    late = {"cancelled_because": LAPSED, "cancelled_at": now(), "confirmed_at": now()}
    rsvp = make_rsvp(event, fan, RsvpStatus.CANCELLED, **late)
    decline(event.id, fan, "en", now())
    db.session.commit()
    (state,) = find(as_cm.get(f"{path_of(event)}?lang=en").text, "td.state")
    assert state.to_text().strip() == "Not coming"
    assert "not answered" not in text_of(as_cm.get(f"{path_of(event)}/{rsvp.id}?lang=en").text)
    file = as_cm.get(f"{path_of(event)}.csv?lang=en", buffered=True).data.decode("utf-8-sig")
    assert [row["Status"] for row in csv.DictReader(file.splitlines())] == ["Not coming"]


def test_a_hold_that_ran_out_is_one_that_was_not_confirmed_in_time(as_cm: Client, event: Event) -> None:
    take(event, make_member("Zoé"), proven=False)
    with time_machine.travel(now() + timedelta(minutes=31)):
        lapse_holds(event.id, now())
    db.session.commit()
    assert "not confirmed in time" in text_of(as_cm.get(f"{path_of(event)}?lang=en").text)


def test_an_undone_arrival_is_absent(as_cm: Client, event: Event, fan: Member) -> None:
    make_check_in(make_rsvp(event, fan, RsvpStatus.CONFIRMED), undone_at=now())
    assert names(as_cm, event, "status=absent") == [fan.display_name]
    assert names(as_cm, event, "status=arrived") == []


def test_a_slot_shows_its_own(as_cm: Client, event: Event, fan: Member) -> None:
    table = make_slot(event, "Table 1", 4)
    make_rsvp(event, fan, RsvpStatus.CONFIRMED, slot_id=table.id)
    make_rsvp(event, make_member("Elsewhere"), RsvpStatus.CONFIRMED)
    assert names(as_cm, event, f"slot={table.id}") == [fan.display_name]


def test_names_are_sorted_as_people_sort_them_and_the_erased_come_last(as_cm: Client, event: Event) -> None:
    for name in ("Zoé", "élodie", "Adam", "Éric"):
        make_rsvp(event, make_member(name), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member("", email=None, erased_at=now()), RsvpStatus.CANCELLED)
    assert names(as_cm, event) == ["Adam", "élodie", "Éric", "Zoé", "erased"]


def test_the_latest_come_first_when_asked_for(as_cm: Client, event: Event) -> None:
    for days, name in enumerate(("First", "Second", "Third")):
        made = now() - timedelta(days=5 - days)
        make_rsvp(event, make_member(name), RsvpStatus.CONFIRMED, created_at=made)
    assert names(as_cm, event, "order=newest") == ["Third", "Second", "First"]


def test_the_line_is_shown_in_its_order_with_places_of_each_slot(as_cm: Client, event: Event) -> None:
    one, two = make_slot(event, "Table 1", 4), make_slot(event, "Table 2", 4)
    for name, slot in (("Zoé", one), ("Yves", two), ("Alba", one)):
        make_rsvp(event, make_member(name), RsvpStatus.WAITLISTED, slot_id=slot.id)
    make_rsvp(event, make_member("Aaron"), RsvpStatus.CONFIRMED, slot_id=one.id)
    assert names(as_cm, event, "order=line") == ["Zoé", "Yves", "Alba", "Aaron"]
    shown = people_page(event.id, Search(order=Order.LINE), 1, standings(event.id)).items
    assert [person.place for person in shown] == [1, 1, 2, None]


def test_the_address_keeps_what_was_asked_from_page_to_page(as_cm: Client, event: Event) -> None:
    fill_event(event, 60)
    page = as_cm.get(f"{path_of(event)}?lang=en&q=elodie&status=confirmed&order=newest").text
    (onward,) = find(page, 'a[rel="next"]')
    for part in ("q=elodie", "status=confirmed", "order=newest", "page=2"):
        assert part in str(onward.attrs["href"])
    assert len(find(page, "tbody tr")) == 50
    assert len(find(as_cm.get(str(onward.attrs["href"])).text, "tbody tr")) == 10


def test_a_page_past_the_last_one_is_not_found(as_cm: Client, event: Event, fan: Member) -> None:
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    assert as_cm.get(f"{path_of(event)}?page=2").status_code == 404


def test_nonsense_in_the_address_is_as_good_as_nothing(as_cm: Client, event: Event, fan: Member) -> None:
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    assert names(as_cm, event, "status=x&slot=x&order=x&page=x") == [fan.display_name]


def test_five_thousand_people_cost_as_many_statements_as_two(
    as_cm: Client, event: Event, statements: list[str]
) -> None:
    counts = []
    for people in (2, 5_000):
        fill_event(event, people)
        statements.clear()
        assert as_cm.get(f"{path_of(event)}?q=elodie&page=1").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize("search", [Search(), Search("elodie 0123"), Search(standing=Standing.WAITING)])
def test_both_databases_find_the_same(each_database: Flask, search: Search) -> None:
    event = make_event(make_chapter())
    fill_event(event, 40, RsvpStatus.WAITLISTED)
    found = people_page(event.id, search, 1, standings(event.id))
    assert found.total == (10 if search.words else 40) or search.words
    assert [person.place for person in found.items] == sorted(person.place or 0 for person in found.items)


@pytest.mark.parametrize("search", [Search(), Search("elodie 01"), Search(standing=Standing.ABSENT)])
def test_the_members_of_other_events_are_not_read(each_database: Flask, search: Search) -> None:
    """Name and words are looked up by the key of each member, however many more there are."""
    chapter = make_chapter()
    events = [make_event(chapter) for _number in range(10)]
    for event in events:
        fill_event(event, 300)
    db.session.execute(sa.text("ANALYZE"))
    prefix = "EXPLAIN " if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    found = narrowed(sa.select(Rsvp.id), events[0].id, search).order_by(*ORDERS[search.order]).limit(50)
    statement = found.compile(db.engine, compile_kwargs={"literal_binds": True})
    lines = db.session.execute(sa.text(prefix + str(statement).replace("%%", "%")))
    plan = "\n".join(str(line) for line in lines)
    assert "members" in plan
    for reads_all in ("Seq Scan on members", "SCAN members", "Seq Scan on rsvps", "SCAN rsvps"):
        assert reads_all not in plan


def test_where_people_came_from_is_one_line() -> None:
    assert origin_text({"via": "lea", "utm_source": "instagram"}) == "utm_source=instagram, via=lea"
    assert origin_text(None) == ""


def test_the_event_page_leads_to_its_people(as_cm: Client, event: Event, fan: Member) -> None:
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    page = as_cm.get(f"/manage/events/{event.slug}").text
    assert find(page, f'a[href="{path_of(event)}"]')
    assert fan.display_name not in text_of(page)
