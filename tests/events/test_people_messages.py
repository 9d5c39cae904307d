"""The CM writes to an event's people: looked at and counted first, sent once, and not too often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_messages import Letter, send_letter
from app.events.actions_seats import cancel_rsvp
from app.events.models import Event, EventNotice, RsvpStatus
from app.events.queries_messages import MOST_A_DAY, readers, sent_today
from app.events.rules_people import Standing
from app.members.models import Member
from app.outbox import Message, MessageStatus, write
from app.tokens import new_link_token
from tests.client import Client, field_value, find, text_of
from tests.events.fans import last_mail, take
from tests.events.test_people_list import fill_event, path_of
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_rsvp

WRITTEN = {
    "to": "confirmed",
    "about": "Bring  your\tcup",
    "text": "We have **tea**.\r\n\r\n- green\r\n- black",
}


def fill_in(client: Client, event: Event, step: str = "look", **changes: str) -> str:
    """Send the form with a step, and return the page that answers."""
    path = f"{path_of(event)}/message?lang=en"
    page = client.get(path).text
    hidden = {name: field_value(page, name) for name in ("csrf_token", "key")}
    data = hidden | WRITTEN | {"step": step} | changes
    return client.post(path, data=data, follow_redirects=True).text


def letter(to: Standing = Standing.CONFIRMED, key: str = "") -> Letter:
    return Letter(to, "Bring your cup", "We have **tea**.", key or new_link_token())


def count_mails() -> int:
    return db.session.scalar(sa.select(sa.func.count(Message.id))) or 0


@pytest.fixture
def peopled(event: Event, fan: Member) -> Event:
    """An event with two people to reach, one without an address and one who was erased."""
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    make_rsvp(
        event, make_member("Zoé", email="zoe@example.org", locale="en"), RsvpStatus.CONFIRMED, locale="en"
    )
    make_rsvp(event, make_member("Sans adresse", email=None), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member("", email=None, erased_at=now()), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member("Waits", email="waits@example.org"), RsvpStatus.WAITLISTED)
    make_rsvp(event, make_member("Left", email="left@example.org"), RsvpStatus.CANCELLED)
    return event


@pytest.mark.parametrize("person", ["as_outsider", "as_marketer", "as_fan"])
def test_who_does_not_run_the_chapter_writes_to_nobody(
    person: str, request: pytest.FixtureRequest, peopled: Event
) -> None:
    client: Client = request.getfixturevalue(person)
    path = f"{path_of(peopled)}/message"
    assert client.get(path).status_code == 403
    data = client.csrf("/me/profile") | WRITTEN | {"step": "send", "key": new_link_token()}
    assert client.post(path, data=data).status_code == 403
    assert count_mails() == 0


def test_the_mail_and_its_number_are_shown_before_anything_is_sent(as_cm: Client, peopled: Event) -> None:
    page = fill_in(as_cm, peopled)
    words = text_of(page)
    assert "2 people get this mail." in words
    assert "One person has no address. One account was erased." in words
    assert "Bring your cup" in words
    assert find(page, ".prose strong")[0].to_text() == "tea"
    assert "Send 2 mails" in words
    assert count_mails() == 0


def test_what_was_looked_at_is_sent_as_it_was(as_cm: Client, cm: Member, peopled: Event) -> None:
    seen = fill_in(as_cm, peopled)
    names = ("csrf_token", "key", "to", "about", "text")
    data = {name: field_value(seen, name) for name in names} | {"step": "send"}
    path = f"{path_of(peopled)}/message?lang=en"
    page = text_of(as_cm.post(path, data=data, follow_redirects=True).text)
    assert "2 mails are on their way." in page
    mail = last_mail("zoe@example.org")
    assert mail.subject == "Bring your cup"
    assert "We have **tea**." in mail.text
    assert "<strong>tea</strong>" in mail.html
    assert "Hello Zoé," in mail.text
    assert "Bonjour Camille" in last_mail("camille@example.org").text
    deed = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "people.message")).one()
    assert (deed.actor_id, deed.subject, deed.details["mails"]) == (cm.id, f"event:{peopled.id}", 2)
    assert "tea" not in str(deed.details)


def test_a_text_can_be_changed_after_it_was_looked_at(as_cm: Client, peopled: Event) -> None:
    page = fill_in(as_cm, peopled, step="edit")
    assert find(page, "textarea")[0].to_text().strip().startswith("We have **tea**.")
    assert count_mails() == 0


def test_a_second_tap_sends_nothing_more(as_cm: Client, peopled: Event) -> None:
    key = new_link_token()
    fill_in(as_cm, peopled, step="send", key=key)
    again = text_of(fill_in(as_cm, peopled, step="send", key=key))
    assert "nobody gets it twice" in again
    assert (count_mails(), sent_today(peopled, now())) == (2, 1)


def test_a_fourth_message_of_a_day_is_refused_and_one_of_the_next_is_not(
    as_cm: Client, cm: Member, peopled: Event
) -> None:
    for _number in range(MOST_A_DAY):
        send_letter(peopled, letter(), cm, now())
    db.session.commit()
    assert "got 3 messages today" in text_of(fill_in(as_cm, peopled, step="send"))
    assert "Send 2 mails" not in text_of(fill_in(as_cm, peopled))
    assert count_mails() == 2 * MOST_A_DAY
    with time_machine.travel(now() + timedelta(days=1)):
        send_letter(peopled, letter(), cm, now())
    assert count_mails() == 2 * (MOST_A_DAY + 1)


def test_a_day_is_that_of_the_event(cm: Member, fan: Member) -> None:
    event = make_event(make_chapter("New York", timezone="America/New_York"))
    make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    at = datetime(2026, 12, 4, 3, 30, tzinfo=UTC)  # half past ten the evening before, there
    send_letter(event, letter(), cm, at)
    assert db.session.scalars(sa.select(EventNotice.kind)).all() == ["message:2026-12-03:1"]
    assert sent_today(event, at + timedelta(hours=2)) == 0


@pytest.mark.parametrize("to", ["confirmed", "waiting"])
def test_a_message_to_nobody_is_refused(as_cm: Client, event: Event, to: str) -> None:
    assert "There is nobody to write to" in text_of(fill_in(as_cm, event, step="send", to=to))
    assert sent_today(event, now()) == 0


def test_nobody_is_absent_before_the_event_begins(as_cm: Client, peopled: Event) -> None:
    for step in ("look", "send"):
        assert "Nobody is absent before the event begins." in text_of(
            fill_in(as_cm, peopled, step=step, to="absent")
        )


def test_who_has_not_come_is_written_to_and_nobody_else(as_cm: Client, peopled: Event, fan: Member) -> None:
    make_check_in(make_rsvp(peopled, make_member("Here", email="here@example.org"), RsvpStatus.CONFIRMED))
    peopled.starts_at = now() - timedelta(hours=1)
    assert "2 people get this mail." in text_of(fill_in(as_cm, peopled, to="absent"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"about": " "}, "Enter a subject."),
        ({"text": ""}, "Write what you have to say."),
        ({"to": "x"}, "choice"),
    ],
)
def test_what_is_missing_is_said_beside_the_field(
    as_cm: Client, peopled: Event, changes: dict[str, str], words: str
) -> None:
    assert words in text_of(fill_in(as_cm, peopled, step="send", **changes))
    assert count_mails() == 0


def test_who_stands_elsewhere_when_the_mail_leaves_does_not_get_it(
    cm: Member, event: Event, fan: Member
) -> None:
    event.capacity = 1
    seat = take(event, make_member())
    waiting = take(event, fan)
    send_letter(event, letter(Standing.WAITING), cm, now())
    db.session.commit()
    message = db.session.scalars(sa.select(Message).where(Message.template == "events/message")).one()
    assert message.status == MessageStatus.QUEUED
    cancel_rsvp(seat.id, now())
    assert waiting.status == RsvpStatus.CONFIRMED
    assert write(message) is False


def test_a_letter_to_many_reads_them_in_one_statement(event: Event, statements: list[str]) -> None:
    fill_event(event, 200)
    event_id = event.id
    statements.clear()
    assert len(readers(event_id, Standing.CONFIRMED).reached) == 200
    assert len(statements) == 1


def test_a_refused_letter_uses_none_of_the_day(cm: Member, event: Event) -> None:
    with pytest.raises(Refusal, match="nobody"):
        send_letter(event, letter(), cm, now())
    db.session.rollback()
    assert sent_today(event, now()) == 0
