"""Registering with an address or an account, and proving the address.

Where a code or a member's row and seats are both concerned, the event's turn is taken first: one order of locks, so
that no two transactions can wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.errors import Refusal
from app.events.actions_access import check_access, check_closing, turn_away
from app.events.actions_desk import Desk, open_desk
from app.events.actions_mails import mail_code, mail_place_in_line
from app.events.actions_questions import store_answers
from app.events.actions_seats import Along, confirm_held, hold_address, take_seats
from app.events.models import LIVE, Event, Rsvp, RsvpStatus
from app.events.queries_tickets import find_place_of, get_rsvp_of_code, rsvp_id_of_code
from app.events.rules_access import NO_KEYS, Keys
from app.events.rules_questions import Answer
from app.members.actions_codes import use_digits, verify_link
from app.members.actions_consents import record_consents
from app.members.models import ConsentPurpose, EmailCode, Member


@dataclass(frozen=True)
class Asked:
    """What the form says besides who asks. `consents` is empty when they were not asked again."""

    party_size: int
    slot_id: int | None
    consents: dict[ConsentPurpose, bool]
    locale: str
    arrived_from: dict[str, str] | None = None
    answers: Mapping[int, Answer] | None = None  # by question id; None: the event asks nothing
    guest_names: Sequence[str] | None = None
    keys: Keys = NO_KEYS

    @property
    def consents_to_be_proven(self) -> dict[str, bool]:
        return {purpose.value: granted for purpose, granted in self.consents.items()}


@dataclass(frozen=True)
class Proof:
    """A proven address, the secret of its page, and why its seat could not be confirmed if it could not."""

    rsvp: Rsvp
    token: str
    refusal: Refusal | None

    @property
    def member(self) -> Member:
        return self.rsvp.member


def register_member(event_id: int, member: Member, asked: Asked, now: datetime) -> Rsvp:
    """Register somebody who is signed in: confirmed at once, or in line; a mail tells them which.

    Refuses as take_seats and check_access do.
    """
    check_access(db.session.get_one(Event, event_id), member, None, asked.keys, now)
    rsvp = _take(event_id, member, asked, True, now)
    check_closing(rsvp.event, now)  # which take_seats has read again, in the event's turn
    store_answers(rsvp, asked.answers, asked.guest_names)
    record_consents(member, asked.consents, f"rsvp:{rsvp.id}", asked.locale, now)
    if rsvp.status is RsvpStatus.WAITLISTED:
        mail_place_in_line(rsvp)
    return rsvp


def register_address(event_id: int, email: str, name: str, asked: Asked, now: datetime) -> EmailCode:
    """Register an address that still has to be proven, and mail it a code. Refuses as take_seats and check_access do.

    Whoever is registered already is answered just the same, by a mail that says so: only who reads the mailbox
    learns of it. What was said about consents waits in the Rsvp until the address is proven.
    """
    # Before the member's row, which who confirms writes after the event's.
    desk = open_desk(event_id, now)
    event = desk.event
    if not check_access(event, None, email, asked.keys, now):
        return turn_away(event, email, name, now)
    member = hold_address(desk, email, name, asked.locale, now)
    is_new = desk.held[member.id] is None
    rsvp = _take(event_id, member, asked, False, now, desk)
    if not rsvp.email_proven:  # else who asks may be somebody else, and changes nothing
        if not is_new:  # else they were written with it
            rsvp.consent_answers = asked.consents_to_be_proven
        store_answers(rsvp, asked.answers, asked.guest_names)
    code = mail_code(rsvp, now, is_new)
    assert code is not None  # noqa: S101 - the member was found by an address
    return code


def mail_code_again(rsvp: Rsvp, now: datetime) -> EmailCode | None:
    """Mail another code, unless one has just left; None when the Rsvp does not stand any more."""
    open_desk(rsvp.event_id, now)  # in turn with whoever gives the seat away, or is forgotten
    db.session.refresh(rsvp)
    return mail_code(rsvp, now) if rsvp.status in LIVE else None


def confirm_by_digits(event_id: int, code_id: int, mark: str, digits: str, now: datetime) -> Proof:
    """Confirm a seat of an event with the six digits of the mail. Raises the refusals of use_digits.

    The caller commits after a refusal too: the try counts, and holds may have lapsed.
    """
    desk = open_desk(event_id, now)
    row = db.session.execute(_asked(), {"event": event_id, "code": code_id}).unique().one_or_none()
    code, rsvp = row or (None, None)
    code = use_digits(code, mark, digits, now)
    if rsvp is None or rsvp.id != rsvp_id_of_code(code):
        raise LookupError(f"code {code.id} is for another event")
    return _confirm(desk, rsvp)


@cache
def _asked() -> sa.Select[EmailCode, Rsvp]:
    """Select a code, whose it is, with their roles, and their answer for the event; nobody else changes the code."""
    theirs = (Rsvp.member_id == EmailCode.member_id) & (Rsvp.event_id == sa.bindparam("event"))
    return (
        sa.select(EmailCode, Rsvp)
        .outerjoin(Rsvp, theirs)
        .where(EmailCode.id == sa.bindparam("code"))
        .options(joinedload(EmailCode.member).joinedload(Member.roles))
        .with_for_update(key_share=True, of=EmailCode)
        .execution_options(populate_existing=True)
    )


def confirm_by_link(code: EmailCode, token: str, now: datetime) -> Proof:
    """Confirm with the link of the mail. Raises the refusals of verify_link; the caller commits then too."""
    rsvp = get_rsvp_of_code(code)
    desk = open_desk(rsvp.event_id, now)
    db.session.refresh(rsvp)
    verify_link(token, now, code.purpose)
    return _confirm(desk, rsvp)


def _take(
    event_id: int, member: Member, asked: Asked, proven: bool, now: datetime, desk: Desk | None = None
) -> Rsvp:
    along = Along(
        arrived_from=asked.arrived_from,
        consent_answers=None if proven else asked.consents_to_be_proven,
    )
    party, slot = asked.party_size, asked.slot_id
    return take_seats(event_id, member, party, slot, proven, asked.locale, now, along, desk)


def _confirm(desk: Desk, rsvp: Rsvp) -> Proof:
    answers, rsvp.consent_answers = rsvp.consent_answers, None
    refusal = None
    try:
        confirm_held(desk, rsvp)
    except Refusal as reason:
        refusal = reason
    if answers:
        consents = {ConsentPurpose(purpose): granted for purpose, granted in answers.items()}
        record_consents(rsvp.member, consents, f"rsvp:{rsvp.id}", rsvp.locale, desk.now)
    db.session.flush()
    issued = next((ticket for ticket in desk.issued if ticket.rsvp_id == rsvp.id), None)
    page = issued or find_place_of(rsvp.event_id, rsvp.member_id)
    return Proof(rsvp, page.token if page else rsvp.token, refusal)
