"""The link in the mail: a page with a button, since programs that read mail open links."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from app.clock import now
from app.events.models import Chapter, Event, RsvpStatus
from tests.client import Client, text_of
from tests.events.fans import fill, in_english, last_mail, link_in, register, the_rsvp, ticket_of
from tests.factories import make_event


def test_opening_the_link_changes_nothing(client: Client, event: Event) -> None:
    register(client, event)
    link = link_in(last_mail("zoe@example.org"))
    other = in_english(client.application.test_client())  # type: ignore[arg-type]
    text = text_of(other.get(link).text)
    assert "Confirm my seat" in text
    assert "May we invite you to our meetups by e-mail? Yes" in text.replace("?Yes", "? Yes")
    assert the_rsvp(event).status == RsvpStatus.HELD


def test_pressing_its_button_confirms_and_signs_in_elsewhere_too(client: Client, event: Event) -> None:
    register(client, event)
    link = link_in(last_mail("zoe@example.org"))
    phone: Client = client.application.test_client()  # type: ignore[assignment]
    response = phone.post(link, data=phone.csrf(link))
    assert response.location == f"/tickets/{ticket_of(the_rsvp(event)).token}"
    assert phone.get("/me").status_code == 200


def test_a_used_link_leads_its_owner_to_the_ticket(client: Client, event: Event) -> None:
    register(client, event)
    link = link_in(last_mail("zoe@example.org"))
    client.post(link, data=client.csrf(link))
    page = client.get(link, follow_redirects=True)
    assert page.status_code == 200
    assert "QR" in page.text


def test_a_used_link_tells_others_only_that_it_is_used(client: Client, event: Event) -> None:
    register(client, event)
    link = link_in(last_mail("zoe@example.org"))
    client.post(link, data=client.csrf(link))
    stranger = in_english(client.application.test_client())  # type: ignore[arg-type]
    page = stranger.get(link)
    assert page.status_code == 410
    assert "You have confirmed already" in text_of(page.text)
    assert ticket_of(the_rsvp(event)).token not in page.text


def test_a_link_that_expired_says_so_and_offers_to_register_again(client: Client, event: Event) -> None:
    register(in_english(client), event)
    link = link_in(last_mail("zoe@example.org"))
    with time_machine.travel(now() + timedelta(minutes=31), tick=False):
        page = client.get(link)
    assert page.status_code == 410
    assert "no longer valid" in text_of(page.text)
    assert f'href="/events/{event.slug}/register"' in page.text


def test_a_link_lives_as_long_as_the_seat_is_held(client: Client, event: Event) -> None:
    event.hold_minutes = 120
    register(client, event)
    link = link_in(last_mail("zoe@example.org"))
    with time_machine.travel(now() + timedelta(minutes=119), tick=False):
        assert client.post(link, data=client.csrf(link)).location.startswith("/tickets/")


def test_a_link_in_line_confirms_the_place(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    register(in_english(client), event)
    link = link_in(last_mail("zoe@example.org"))
    assert "Confirm my place in line" in text_of(client.get(link).text)
    client.post(link, data=client.csrf(link))
    rsvp = the_rsvp(event)
    assert (rsvp.status, rsvp.email_proven) == (RsvpStatus.WAITLISTED, True)


def test_an_unknown_link_is_not_found(client: Client) -> None:
    assert client.get("/events/confirm/unknown").status_code == 404
