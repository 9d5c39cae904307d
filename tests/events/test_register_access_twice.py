"""Who registers an address twice at an invited event learns nothing of its list."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from app.clock import now
from app.db import db
from app.events.actions_access import set_invitees
from app.events.models import Audience, Chapter, Event
from tests.client import Client, text_of
from tests.events.fans import in_english, register
from tests.factories import make_event

ON_AND_OFF = ("zoe@example.org", "yann@example.org")


def make_invited(chapter: Chapter, **values: object) -> Event:
    """Make an event whose list holds the first address alone."""
    event = make_event(chapter, audience=Audience.INVITED, **values)
    set_invitees(event, ON_AND_OFF[:1], now())
    db.session.commit()
    return event


def code_of(client: Client, event: Event) -> int:
    """Return what the browser's cookie says to whoever reads it."""
    with client.session_transaction() as session:
        return int(session["seats"][event.slug]["code"])


def told(client: Client, event: Event, page: str, **data: str) -> str:
    """Send one of the forms below the registration's, and return the words that answer."""
    path = f"/events/{event.slug}/register/{page}"
    token = client.csrf(f"/events/{event.slug}/register/check")
    return text_of(client.post(path, data=token | data, follow_redirects=True).text)


def register_twice(
    app: Any, event: Event, email: str, clock: time_machine.Traveller, seconds: int
) -> tuple[Client, Client]:
    """Register one address in two browsers, so long after each other."""
    first, second = in_english(app.test_client()), in_english(app.test_client())
    register(first, event, email)
    clock.shift(seconds)
    register(second, event, email.title())
    return first, second


@pytest.mark.parametrize(("seconds", "same"), [(50, True), (70, False)])
def test_who_registers_twice_is_answered_by_one_code_within_a_minute_on_the_list_and_off_it(
    app: Any, chapter: Chapter, seconds: int, same: bool
) -> None:
    event = make_invited(chapter)
    for email in ON_AND_OFF:
        with time_machine.travel(now(), tick=False) as clock:
            first, second = register_twice(app, event, email, clock, seconds)
            assert (code_of(first, event) == code_of(second, event)) is same, email


def test_the_older_of_two_codes_does_not_tell_who_is_on_the_list(app: Any, chapter: Chapter) -> None:
    event = make_invited(chapter)
    for email in ON_AND_OFF:
        with time_machine.travel(now(), tick=False) as clock:
            browsers = register_twice(app, event, email, clock, 70)
            clock.shift(10)
            said = [told(browser, event, "check", digits="000000") for browser in browsers]
            assert "This code is no longer valid." in said[0], email
            assert "This is not the code we sent you." in said[1], email
            assert "A new mail is on its way." in told(browsers[0], event, "again"), email
            assert code_of(browsers[0], event) == code_of(browsers[1], event), email


def test_registering_again_begins_no_new_hold_on_the_list_nor_off_it(app: Any, chapter: Chapter) -> None:
    event = make_invited(chapter, hold_minutes=60)
    for email in ON_AND_OFF:
        with time_machine.travel(now(), tick=False) as clock:
            _first, second = register_twice(app, event, email, clock, 50 * 60)
            clock.shift(9 * 60 + 30)
            assert "A new mail is on its way." in told(second, event, "again"), email
            clock.shift(40)
            assert "not confirmed in time" in told(second, event, "again"), email
            third = in_english(app.test_client())
            register(third, event, email)  # a new hold, though the code is one that had just left
            clock.shift(70)
            assert "A new mail is on its way." in told(third, event, "again"), email
            assert "We wrote to you less than a minute ago." in told(third, event, "again"), email


def test_registering_twice_takes_about_the_same_work_on_the_list_and_off_it(
    app: Any, chapter: Chapter, statements: list[str]
) -> None:
    event = make_invited(chapter)
    counts = []
    for email in ON_AND_OFF:
        client = in_english(app.test_client())
        with time_machine.travel(now(), tick=False) as clock:
            for _ in range(3):
                path = f"/events/{event.slug}/register"
                client.get(path)
                statements.clear()
                register(client, event, email)
                counts.append(len(statements))
                clock.shift(40)
    # On the list there are a member and an answer to find and to write besides.
    assert all(on >= off >= on - 5 for on, off in zip(counts[:3], counts[3:], strict=True)), counts
