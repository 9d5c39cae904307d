"""Registering people for a program, which speaks for a member of staff and not for who comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.db import db
from app.errors import Refusal
from app.events.actions_desk import open_desk
from app.events.actions_mails import mail_code, mail_place_in_line
from app.events.actions_questions import store_answers
from app.events.actions_seats import find_rsvp, take_seats
from app.events.models import LIVE, Event, GuestNames, Rsvp, RsvpStatus
from app.events.queries_access import asking_of
from app.events.queries_questions import questions_of
from app.events.rules_access import NO_KEYS, AccessRefusal, refuse_access
from app.events.rules_guests import missing_names
from app.events.rules_questions import Answer, fault_words, read_answers
from app.members.actions import find_or_create_member
from app.members.models import Member
from app.members.queries import find_member
from app.members.rules_people import tidy_name


@dataclass(frozen=True)
class Newcomer:
    """Somebody by name and address, whether we know the address or not."""

    email: str
    name: str
    locale: str


@dataclass(frozen=True)
class Wanted:
    """What is asked for somebody. `answers` are (question id, value), as they were sent.

    Like a CM who adds somebody by hand, a program may leave required questions open (`skips_questions`) and pass who
    may register and when (`overrides_access`); it has to say so.
    """

    party_size: int = 1
    slot_id: int | None = None
    answers: Sequence[tuple[int, Any]] = ()
    guests: Sequence[str] = ()
    skips_questions: bool = False
    overrides_access: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with an answer or a guest's name: where it was sent, or where it is missing."""

    place: tuple[str | int, ...]
    code: str
    detail: str
    question_id: int | None = None


class BadAnswers(Exception):
    """Answers or names that the event does not take."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def register(
    event_id: int, who: Member | Newcomer, wanted: Wanted, by_id: int, now: datetime
) -> tuple[Rsvp, bool]:
    """Seat somebody, or put them in line; tell also whether they were registered before, which changes nothing.

    An address that was never proven holds its seat until it is, by a code. Raises BadAnswers; refuses as take_seats
    does, and with the code of an AccessRefusal.
    """
    desk = open_desk(event_id, now)  # before the member's row, which who confirms writes after the event's
    event = desk.event
    member = who if isinstance(who, Member) else find_member(who.email)
    before = find_rsvp(event_id, member.id) if member else None
    was_there = before is not None and before.status in LIVE
    is_settled = before is not None and was_there and before.email_proven  # else it may still be corrected
    answers, names, past = None, None, None
    if not is_settled:
        past = _refused(event, member, who, now)
        if past and not wanted.overrides_access:
            raise Refusal(past.value, _CLOSED_TO)
        answers, names = _read(event, wanted)
    if isinstance(who, Newcomer):
        member = find_or_create_member(who.email, who.name, who.locale, now)
    assert member is not None  # noqa: S101 - a member was given, or made just above
    proven = member.email is None or member.email_confirmed_at is not None
    party, slot = wanted.party_size, wanted.slot_id
    rsvp = take_seats(event_id, member, party, slot, proven, member.locale, now, desk=desk)
    if not is_settled:
        store_answers(rsvp, answers, names)
    if not rsvp.email_proven and rsvp.status in (RsvpStatus.HELD, RsvpStatus.WAITLISTED):
        mail_code(rsvp, now)
    elif rsvp.status is RsvpStatus.WAITLISTED and not was_there:
        mail_place_in_line(rsvp)
    if not was_there:
        passed = {"past": past.value} if past else {}
        audit.record("rsvp.add", f"rsvp:{rsvp.id}", by_id, status=rsvp.status.value, party=party, **passed)
    db.session.flush()
    return rsvp, was_there


_CLOSED_TO = (
    "The event is not open to this person: send override_access, as true, to register them all the same."
)


def _refused(
    event: Event, member: Member | None, who: Member | Newcomer, now: datetime
) -> AccessRefusal | None:
    """Return why somebody could not register on the event's page, with no private link and no early code."""
    asking = asking_of(event, member, None if isinstance(who, Member) else who.email, NO_KEYS, now)
    return refuse_access(
        event, replace(asking, on_list=bool(asking.on_list)), now
    )  # no address is on no list


def _read(event: Event, wanted: Wanted) -> tuple[Mapping[int, Answer] | None, list[str] | None]:
    """Return the answers and the guests' names to keep, None for what is not asked or is left open."""
    questions = questions_of(event.id)
    sent = dict(wanted.answers)
    places = {question_id: at for at, (question_id, _value) in enumerate(wanted.answers)}
    reading = read_answers(questions, sent, may_skip=wanted.skips_questions)
    faults = [*_strangers(wanted, {question.id for question in questions})]
    for question in questions:
        if fault := reading.faults.get(question.id):
            at = places.get(question.id)
            place = ("answers",) if at is None else ("answers", at, "value")
            faults.append(Fault(place, fault.value, fault_words(question, fault), question.id))
    names = [tidy_name(name) for name in wanted.guests]
    faults += _name_faults(event, wanted, names)
    if faults:
        raise BadAnswers(faults)
    asks = bool(questions) and not (wanted.skips_questions and not sent)
    asks_names = event.guest_names != GuestNames.NONE and not (wanted.skips_questions and not names)
    return reading.answers if asks else None, names if asks_names else None


def _strangers(wanted: Wanted, known: set[int]) -> Iterator[Fault]:
    seen: set[int] = set()
    for at, (question_id, _value) in enumerate(wanted.answers):
        place = ("answers", at, "question_id")
        if question_id not in known:
            yield Fault(place, "unknown-question", "This event does not ask this.", question_id)
        elif question_id in seen:
            yield Fault(place, "answered-twice", "This question is answered above.", question_id)
        seen.add(question_id)


def _name_faults(event: Event, wanted: Wanted, names: Sequence[str]) -> Iterator[Fault]:
    guests = wanted.party_size - 1
    if names and event.guest_names == GuestNames.NONE:
        yield Fault(("guests",), "not-asked", "This event asks for no names of guests.")
        return
    for number in range(guests, len(names)):
        yield Fault(("guests", number), "too-many", "This is one name more than the party has guests.")
    if not wanted.skips_questions:
        for number in missing_names(event.guest_names, names, guests):
            place = ("guests", number) if number < len(names) else ("guests",)
            yield Fault(place, "missing", "The event has to have the name of each guest.")
