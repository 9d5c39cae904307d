"""The mail to somebody signed in who joins the waiting line: once, in their language, and only while they wait."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.actions_seats import cancel_rsvp
from app.events.models import Event, EventStatus, Rsvp, RsvpStatus
from app.members.models import Member
from app.outbox import Message
from tests.client import Client, run_jobs
from tests.events.fans import YES, fill, in_english, last_mail, register, the_rsvp
from tests.factories import make_chapter, make_event

TEMPLATE = "events/in_line"


@pytest.fixture
def full() -> Event:
    """An event of one seat, which is taken."""
    event = make_event(make_chapter(), capacity=1)
    fill(event)
    return event


def mails(member: Member, template: str = TEMPLATE) -> list[Message]:
    asked = sa.select(Message).where(Message.member_id == member.id, Message.template == template)
    return list(db.session.scalars(asked.order_by(Message.id)))


def joined(client: Client, member: Member, event: Event) -> Rsvp:
    """Join the line by the form, and return the place."""
    assert register(client, event, email="").status_code == 302
    rsvp = the_rsvp(event, str(member.email))
    assert rsvp.status == RsvpStatus.WAITLISTED
    return rsvp


def test_who_joins_the_line_is_told_its_rule_and_the_address_of_their_page(
    as_fan: Client, fan: Member, full: Event
) -> None:
    rsvp = joined(as_fan, fan, full)
    assert len(mails(fan)) == 1
    message = last_mail(str(fan.email))
    assert message.subject == f"Votre place sur la liste d’attente\N{NO-BREAK SPACE}: {full.title}"
    for body in (message.text, message.html):
        assert "votre rang sur la liste est gardé" in body
        assert "dans l’ordre d’arrivée" in body
        assert f"http://localhost/tickets/{rsvp.token}" in body
        assert "Quittez la liste sur la même page" in body
    page = as_fan.get(f"/tickets/{rsvp.token}")
    assert "Quitter la liste" in page.text


def test_the_mail_is_in_the_language_in_which_they_asked(as_fan: Client, fan: Member, full: Event) -> None:
    fan.locale = "en"
    db.session.commit()
    joined(in_english(as_fan), fan, full)
    assert last_mail(str(fan.email)).subject == f"Your place in the waiting line: {full.title}"


def test_a_second_tap_sends_no_second_mail(as_fan: Client, fan: Member, full: Event) -> None:
    path = f"/events/{full.slug}/register"
    form = as_fan.csrf(path) | YES
    for _ in range(2):
        assert as_fan.post(path, data=form).status_code == 302
    run_jobs()
    assert as_fan.post(path, data=form).status_code == 302
    run_jobs()
    assert [mail.status for mail in mails(fan)] == ["sent"]


def test_who_gets_a_seat_is_sent_the_ticket_alone(as_fan: Client, fan: Member, event: Event) -> None:
    register(as_fan, event, email="")
    assert mails(fan) == []
    assert len(mails(fan, "events/ticket")) == 1


def test_nothing_leaves_for_who_has_left_the_line_or_was_seated_before(
    as_fan: Client, fan: Member, full: Event
) -> None:
    cancel_rsvp(joined(as_fan, fan, full).id, now())
    db.session.commit()
    run_jobs()
    assert [mail.status for mail in mails(fan)] == ["dropped"]
    joined(as_fan, fan, full)
    seated = db.session.scalars(sa.select(Rsvp.id).where(Rsvp.status == RsvpStatus.CONFIRMED)).one()
    cancel_rsvp(seated, now())
    db.session.commit()
    run_jobs()
    assert the_rsvp(full, str(fan.email)).status == RsvpStatus.CONFIRMED
    assert [mail.status for mail in mails(fan)] == ["dropped", "dropped"]
    assert [mail.status for mail in mails(fan, "events/ticket")] == ["sent"]


def test_who_leaves_and_comes_back_is_told_of_the_new_place(as_fan: Client, fan: Member, full: Event) -> None:
    rsvp = joined(as_fan, fan, full)
    run_jobs()
    cancel_rsvp(rsvp.id, now())
    db.session.commit()
    joined(as_fan, fan, full)
    run_jobs()
    assert [mail.status for mail in mails(fan)] == ["sent", "sent"]


def test_an_event_that_was_called_off_meanwhile_promises_no_place(
    as_fan: Client, fan: Member, full: Event
) -> None:
    joined(as_fan, fan, full)
    full.status = EventStatus.CANCELLED
    db.session.commit()
    run_jobs()
    assert [mail.status for mail in mails(fan)] == ["dropped"]
