"""What fans do, for tests of several pages."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.clock import now
from app.db import db
from app.events.actions_seats import confirm_held, open_at, take_seats
from app.events.models import Event, Rsvp, RsvpStatus, Slot, Ticket
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.members.models import Member
from app.outbox import Message, write
from tests.client import Client, find
from tests.factories import make_member, make_rsvp

YES = {"consent_invitations": "yes", "consent_product_news": "no", "consent_photos": "yes"}


def in_english(client: Client) -> Client:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def register(client: Client, event: Event, email: str = "zoe@example.org", **fields: object) -> TestResponse:
    """Fill the form in and send it; who is signed in sends neither name nor address."""
    path = f"/events/{event.slug}/register"
    person = {"name": "Zoé O’Brien-Nguyễn", "email": email} if email else {}
    return client.post(path, data=client.csrf(path) | person | YES | fields)


def went_through(answer: TestResponse) -> bool:
    """Tell whether a registration was taken: a member sees the ticket, whoever is new is asked for the digits."""
    return answer.status_code == 302 or bool(find(answer.text, "input[name=digits]"))


def asks_digits(answer: TestResponse, event: Event) -> bool:
    """Tell whether an answer is the page that asks for the digits of the mail, which has an address of its own."""
    path = f"/events/{event.slug}/register/check"
    return bool(find(answer.text, f'[data-address="{path}"] form[action="{path}"] input[name=digits]'))


def last_mail(email: str) -> Message:
    """Return the newest mail to an address, as it would leave now."""
    query = sa.select(Message).where(Message.to == email).order_by(Message.id.desc()).limit(1)
    message = db.session.scalars(query).one()
    assert write(message)
    return message


def digits_in(message: Message) -> str:
    found = re.search(r"^(\d{6})$", message.text, re.MULTILINE)
    assert found
    return found[1]


def link_in(message: Message) -> str:
    """Return the path of the link that confirms."""
    found = re.search(r"http://localhost(/events/confirm/\S+)", message.text)
    assert found
    return found[1]


def confirm_rsvp(rsvp_id: int, at: datetime) -> Rsvp:
    """Confirm as who proves the address does, in a transaction of its own."""
    desk, rsvp = open_at(rsvp_id, at)
    confirm_held(desk, rsvp)
    return rsvp


def take(event: Event, member: Member, party: int = 1, slot: Slot | None = None, proven: bool = True) -> Rsvp:
    rsvp = take_seats(event.id, member, party, slot.id if slot else None, proven, "en", now())
    db.session.commit()
    return rsvp


def fill(event: Event) -> list[Rsvp]:
    """Take every seat left, one member each."""
    return [
        take(event, make_member(f"Voisine {number}")) for number in range(event.capacity - event.seats_taken)
    ]


def make_slot(event: Event, name: str, capacity: int, **values: object) -> Slot:
    slot = Slot(event=event, name=name, capacity=capacity, **values)
    db.session.add(slot)
    db.session.commit()
    return slot


def the_rsvp(event: Event, email: str = "zoe@example.org") -> Rsvp:
    query = sa.select(Rsvp).join(Rsvp.member).where(Rsvp.event_id == event.id, Member.email == email)
    return db.session.scalars(query).one()


def ticket_of(rsvp: Rsvp) -> Ticket:
    assert rsvp.status == RsvpStatus.CONFIRMED
    return next(ticket for ticket in rsvp.tickets if ticket.revoked_at is None)


def check_in(rsvp: Rsvp, by: Member) -> CheckIn:
    """Welcome somebody, as the door does."""
    ticket = ticket_of(rsvp)
    scan = Scan(
        nonce=ticket.token[:20],
        event_id=rsvp.event_id,
        ticket_id=ticket.id,
        code_digest=ticket.digest,
        method=ScanMethod.CAMERA,
        device="test",
        scanned_at=now(),
        verdict=Verdict.WELCOME,
        scanned_by_id=by.id,
    )
    arrival = CheckIn(rsvp_id=rsvp.id, event_id=rsvp.event_id, scan=scan, arrived_at=now(), party_size=1)
    db.session.add(arrival)
    db.session.commit()
    return arrival


def statements_with_guests(client: Client, event: Event, path: str, statements: list[str]) -> tuple[int, int]:
    """Return how many statements a page takes with one guest at the event, and with thirty."""
    event.capacity = 40
    counts = []
    for more in (1, 29):
        for number in range(more):
            make_rsvp(event, make_member(f"Fan {number}"), RsvpStatus.CONFIRMED)
        statements.clear()
        assert client.get(path).status_code == 200
        counts.append(len(statements))
    return counts[0], counts[1]
