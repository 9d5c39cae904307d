"""A ticket's page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.clock import now
from app.db import db
from app.events.actions_seats import cancel_rsvp, lapse_holds
from app.events.actions_tickets import revoke_ticket
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus
from app.events.rules_ticket import qr_text
from app.members.models import Member
from app.outbox import Message, MessageStatus
from app.qr import qr_svg
from tests.client import Client, find, run_jobs, text_of
from tests.events.fans import check_in, fill, in_english, last_mail, make_slot, take, ticket_of
from tests.factories import make_event, make_member


@pytest.fixture
def rsvp(event: Event, fan: Member) -> Rsvp:
    return take(event, fan)


@pytest.fixture
def path(rsvp: Rsvp) -> str:
    return f"/tickets/{ticket_of(rsvp).token}"


@pytest.fixture
def visitor(client: Client) -> Client:
    return in_english(client)


def test_a_ticket_shows_its_code_whose_it_is_and_where_to_go(visitor: Client, rsvp: Rsvp, path: str) -> None:
    page = visitor.get(path).text
    assert qr_svg(qr_text(rsvp.event.code, ticket_of(rsvp).code)) in page
    text = text_of(page)
    for words in (
        "Camille O’Brien-Nguyễn",
        rsvp.event.title,
        rsvp.event.venue,
        "Show this code at the door.",
    ):
        assert words in text


def test_nothing_about_the_person_is_in_the_page_but_the_name(visitor: Client, path: str) -> None:
    assert "camille@example.org" not in visitor.get(path).text


def test_the_page_is_kept_out_of_caches_and_search_engines(visitor: Client, path: str) -> None:
    for _visit in range(2):  # the second time the session holds a form's token already
        response = visitor.get(path)
        assert response.cache_control.no_store
        assert "ETag" not in response.headers
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert '<meta name="robots" content="noindex, nofollow">' in response.text


def test_an_unknown_ticket_is_not_found(visitor: Client) -> None:
    response = visitor.get("/tickets/unknown")
    assert response.status_code == 404
    assert response.cache_control.no_store


@pytest.mark.parametrize(
    ("starts_at", "shown"),
    [
        (datetime(2027, 3, 27, 19, tzinfo=UTC), "Saturday, 27 March 2027 at 20:00"),
        (datetime(2027, 3, 28, 19, tzinfo=UTC), "Sunday, 28 March 2027 at 21:00"),
    ],
)
def test_times_are_in_the_events_zone_on_both_sides_of_a_change_of_clock(
    visitor: Client, chapter: Chapter, fan: Member, starts_at: datetime, shown: str
) -> None:
    rsvp = take(make_event(chapter, starts_at=starts_at), fan)
    assert shown in text_of(visitor.get(f"/tickets/{ticket_of(rsvp).token}").text)


def test_a_party_and_its_slot_are_named(visitor: Client, chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, party_max=3)
    rsvp = take(event, fan, party=2, slot=make_slot(event, "La grande table", 4))
    assert "2 people · La grande table" in text_of(visitor.get(f"/tickets/{ticket_of(rsvp).token}").text)


def test_who_came_in_reads_when(visitor: Client, rsvp: Rsvp, path: str, cm: Member) -> None:
    check_in(rsvp, cm).arrived_at = datetime(2026, 12, 4, 18, 5, tzinfo=UTC)
    text = text_of(visitor.get(path).text)
    assert "You came in at 19:05." in text
    assert "I cannot come" not in text


def test_who_came_is_thanked_afterwards(visitor: Client, rsvp: Rsvp, path: str, cm: Member) -> None:
    check_in(rsvp, cm)
    with time_machine.travel(rsvp.event.ends_at, tick=False):
        text = text_of(visitor.get(path).text)
    assert "Thank you for coming" in text


def test_an_undone_arrival_shows_the_code_again(visitor: Client, rsvp: Rsvp, path: str, cm: Member) -> None:
    check_in(rsvp, cm).undone_at = now()
    assert "Show this code at the door." in text_of(visitor.get(path).text)


def test_a_past_event_says_so(visitor: Client, rsvp: Rsvp, path: str) -> None:
    with time_machine.travel(rsvp.event.ends_at, tick=False):
        page = visitor.get(path).text
    assert "This event is over" in text_of(page)
    assert "<svg xmlns" not in page


def test_a_cancelled_event_says_so(visitor: Client, rsvp: Rsvp, path: str) -> None:
    rsvp.event.status = EventStatus.CANCELLED
    page = visitor.get(path).text
    assert "This event is cancelled" in text_of(page)
    assert "<svg xmlns" not in page


def test_a_transferred_ticket_shows_neither_code_nor_buttons(visitor: Client, rsvp: Rsvp, path: str) -> None:
    revoke_ticket(rsvp, "transferred", now())
    page = visitor.get(path).text
    assert "This ticket was handed on" in text_of(page)
    assert "csrf_token" not in page
    token = visitor.csrf("/sign-in")
    assert visitor.post(f"{path}/cancel", data=token).status_code == 404
    assert rsvp.status == RsvpStatus.CONFIRMED


def test_a_held_seat_says_until_when(visitor: Client, event: Event, fan: Member) -> None:
    with time_machine.travel("2026-11-20T18:00:00Z", tick=False):
        rsvp = take(event, fan, proven=False)
        assert "Friday, 20 November 2026 at 19:30" in text_of(visitor.get(f"/tickets/{rsvp.token}").text)


def test_a_place_in_line_says_which_and_how_the_line_moves(
    visitor: Client, chapter: Chapter, fan: Member
) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    first, second = take(event, make_member()), take(event, fan)
    assert "You are next in line." in text_of(visitor.get(f"/tickets/{first.token}").text)
    text = text_of(visitor.get(f"/tickets/{second.token}").text)
    assert "You are number 2 in line." in text
    assert "first come, first served, among those whose party fits" in text


def test_cancelling_asks_first_then_says_how_to_come_back(visitor: Client, rsvp: Rsvp, path: str) -> None:
    page = visitor.get(path).text
    assert "Give your seat back?" in text_of(page)
    response = visitor.post(f"{path}/cancel", data=visitor.csrf(path))
    assert response.location == path
    text = text_of(visitor.get(path).text)
    assert "This ticket is cancelled" in text
    assert "Register again" in text
    assert (rsvp.status, rsvp.event.seats_taken) == (RsvpStatus.CANCELLED, 0)


def test_cancelling_seats_the_next_in_line(visitor: Client, chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    seated, waiting = take(event, fan), take(event, make_member())
    path = f"/tickets/{ticket_of(seated).token}"
    visitor.post(f"{path}/cancel", data=visitor.csrf(path))
    assert waiting.status == RsvpStatus.CONFIRMED
    assert last_mail(str(waiting.member.email)).subject == f"A seat came free for you: {event.title}"


def test_a_ticket_given_back_before_its_mail_left_is_not_mailed(
    visitor: Client, rsvp: Rsvp, path: str
) -> None:
    visitor.post(f"{path}/cancel", data=visitor.csrf(path))
    run_jobs()
    message = db.session.scalars(sa.select(Message).where(Message.template == "events/ticket")).one()
    assert (message.status, message.text) == (MessageStatus.DROPPED, "")


def test_cancelling_twice_is_harmless(visitor: Client, rsvp: Rsvp, path: str) -> None:
    token = visitor.csrf(path)
    for _tap in range(2):
        assert visitor.post(f"{path}/cancel", data=token).location == path
    assert rsvp.event.seats_taken == 0


def test_cancelling_without_the_forms_token_is_refused(visitor: Client, rsvp: Rsvp, path: str) -> None:
    assert visitor.post(f"{path}/cancel").status_code == 400
    assert rsvp.status == RsvpStatus.CONFIRMED


def test_who_has_come_in_cannot_cancel(visitor: Client, rsvp: Rsvp, path: str, cm: Member) -> None:
    token = visitor.csrf(path)
    check_in(rsvp, cm)
    visitor.post(f"{path}/cancel", data=token)
    assert "already been welcomed at the door" in visitor.get(path).text
    assert rsvp.status == RsvpStatus.CONFIRMED


def test_the_old_address_follows_who_comes_back(visitor: Client, rsvp: Rsvp, path: str, fan: Member) -> None:
    cancel_rsvp(rsvp.id, now())
    take(rsvp.event, fan)
    page = visitor.get(path).text
    assert qr_svg(qr_text(rsvp.event.code, ticket_of(rsvp).code)) in page


def test_the_question_before_giving_back_is_answered_by_what_it_does(
    visitor: Client, event: Event, fan: Member
) -> None:
    rsvp = take(event, fan)
    page = visitor.get(f"/tickets/{ticket_of(rsvp).token}").text
    assert [button.to_text() for button in find(page, ".confirm-box button")] == ["Give my seat back"]


def test_leaving_the_line_gives_the_place_up(visitor: Client, chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    rsvp = take(event, fan)
    path = f"/tickets/{rsvp.token}"
    assert "Leave the line" in text_of(visitor.get(path).text)
    visitor.post(f"{path}/cancel", data=visitor.csrf(path))
    assert "This ticket is cancelled" in text_of(visitor.get(path).text)
    assert rsvp.queue_number is None


def test_a_lapsed_hold_says_why(visitor: Client, event: Event, fan: Member) -> None:
    rsvp = take(event, fan, proven=False)
    lapse_holds(event.id, now() + timedelta(minutes=31))
    assert "not confirmed in time" in text_of(visitor.get(f"/tickets/{rsvp.token}").text)


@pytest.mark.parametrize("others", [1, 30])
def test_the_page_takes_as_many_statements_for_thirty_rows(
    visitor: Client, rsvp: Rsvp, path: str, statements: list[str], others: int
) -> None:
    for _number in range(others):
        make_event(rsvp.event.chapter)
    db.session.remove()
    statements.clear()
    visitor.get(path)
    mine = [statement for statement in statements if "FROM studies" not in statement]
    assert len(mine) <= 4, statements
