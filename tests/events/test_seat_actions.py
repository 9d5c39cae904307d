"""Taking, confirming, cancelling and lapsing, one person at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_desk import open_desk
from app.events.actions_seats import cancel_rsvp, lapse_holds, take_seats
from app.events.models import CancelReason, Chapter, Event, EventStatus, HoldFor, RsvpStatus, Ticket
from app.members.models import Member
from app.outbox import Message
from tests.events.fans import check_in, confirm_rsvp, fill, make_slot, take
from tests.factories import make_event, make_member


def mails_to(member: Member) -> list[str]:
    query = sa.select(Message.template).where(Message.member_id == member.id).order_by(Message.id)
    return list(db.session.scalars(query))


def test_a_proven_member_is_confirmed_with_a_ticket_and_its_mail(event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    assert rsvp.status == RsvpStatus.CONFIRMED
    assert [ticket.revoked_at for ticket in rsvp.tickets] == [None]
    assert mails_to(fan) == ["events/ticket"]
    assert event.seats_taken == 1


def test_an_unproven_address_holds_the_seats_for_the_time_the_event_sets(event: Event, fan: Member) -> None:
    moment = now()
    rsvp = take_seats(event.id, fan, 1, None, False, "fr", moment)
    assert rsvp.status == RsvpStatus.HELD
    assert rsvp.held_until == moment + timedelta(minutes=event.hold_minutes)
    assert event.seats_taken == 1
    assert rsvp.tickets == []


def test_confirming_a_held_seat_issues_one_ticket_however_often_it_is_done(event: Event, fan: Member) -> None:
    rsvp = take(event, fan, proven=False)
    confirm_rsvp(rsvp.id, now())
    confirm_rsvp(rsvp.id, now())
    db.session.commit()
    assert rsvp.status == RsvpStatus.CONFIRMED
    assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == 1
    assert event.seats_taken == 1


def test_a_second_tap_answers_with_the_seat_that_is_there(event: Event, fan: Member) -> None:
    first = take(event, fan)
    again = take(event, fan)
    assert again.id == first.id
    assert event.seats_taken == 1
    assert mails_to(fan) == ["events/ticket"]


def test_an_unconfirmed_party_can_be_corrected(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, party_max=4, capacity=4)
    take(event, fan, party=1, proven=False)
    rsvp = take(event, fan, party=3, proven=False)
    assert (rsvp.party_size, event.seats_taken) == (3, 3)


def test_a_correction_that_does_not_fit_keeps_the_seats_held(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, party_max=4, capacity=2)
    take(event, fan, party=2, proven=False)
    rsvp = take(event, fan, party=4, proven=False)
    assert (rsvp.status, rsvp.party_size, event.seats_taken) == (RsvpStatus.HELD, 2, 2)


def test_a_confirmed_party_is_not_changed_by_registering_again(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, party_max=4)
    take(event, fan, party=2)
    assert take(event, fan, party=4, proven=False).party_size == 2


def test_who_comes_when_all_is_taken_waits_in_line(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    rsvp = take(event, fan)
    assert rsvp.status == RsvpStatus.WAITLISTED
    assert mails_to(fan) == []
    assert event.seats_taken == 1


def test_cancelling_seats_the_next_in_line_and_tells_them(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    (seated,) = fill(event)
    waiting = take(event, fan)
    cancel_rsvp(seated.id, now())
    db.session.commit()
    assert seated.status == RsvpStatus.CANCELLED
    assert seated.cancelled_because == CancelReason.LEFT
    assert waiting.status == RsvpStatus.CONFIRMED
    assert mails_to(fan) == ["events/ticket"]
    assert event.seats_taken == 1


def test_cancelling_revokes_the_code_and_coming_back_gives_another(event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    (old,) = rsvp.tickets
    cancel_rsvp(rsvp.id, now())
    cancel_rsvp(rsvp.id, now())
    back = take(event, fan)
    db.session.refresh(old)
    assert old.revoked_because == "cancelled"
    assert back.id == rsvp.id
    assert [ticket.revoked_at is None for ticket in back.tickets] == [False, True]
    assert back.tickets[0].code != back.tickets[1].code
    assert event.seats_taken == 1


def test_who_leaves_and_comes_back_goes_to_the_end_of_the_line(chapter: Chapter) -> None:
    event = make_event(chapter, capacity=1)
    (seated,) = fill(event)
    first, second = make_member("Première"), make_member("Seconde")
    left = take(event, first)
    stayed = take(event, second)
    cancel_rsvp(left.id, now())
    take(event, first)
    cancel_rsvp(seated.id, now())
    db.session.commit()
    assert stayed.status == RsvpStatus.CONFIRMED
    assert left.status == RsvpStatus.WAITLISTED


def test_a_promoted_address_that_was_never_proven_is_offered_the_seat(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    (seated,) = fill(event)
    waiting = take(event, fan, proven=False)
    cancel_rsvp(seated.id, now())
    db.session.commit()
    assert (waiting.status, waiting.hold_for) == (RsvpStatus.HELD, HoldFor.OFFER)
    assert mails_to(fan) == ["events/offer"]


def test_confirming_in_line_keeps_the_place_and_confirms_at_promotion(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    (seated,) = fill(event)
    waiting = take(event, fan, proven=False)
    assert confirm_rsvp(waiting.id, now()).status == RsvpStatus.WAITLISTED
    cancel_rsvp(seated.id, now())
    db.session.commit()
    assert waiting.status == RsvpStatus.CONFIRMED


def test_a_party_too_big_for_the_free_seats_lets_a_smaller_one_pass_and_keeps_its_place(
    chapter: Chapter,
) -> None:
    event = make_event(chapter, capacity=3, party_max=3)
    three = fill(event)
    big = take(event, make_member("Une tablée"), party=3)
    small = take(event, make_member("Un couple"), party=2)
    for rsvp in three[:2]:
        cancel_rsvp(rsvp.id, now())
    db.session.commit()
    assert [big.status, small.status] == ["waitlisted", "confirmed"]
    cancel_rsvp(small.id, now())
    cancel_rsvp(three[2].id, now())
    db.session.commit()
    assert take(event, big.member).status == RsvpStatus.CONFIRMED


def test_a_full_slot_does_not_use_the_seats_of_the_others(chapter: Chapter) -> None:
    event = make_event(chapter, capacity=4)
    table, test = make_slot(event, "La table", 1), make_slot(event, "Le test", 2)
    take(event, make_member("Un"), slot=table)
    waiting = take(event, make_member("Deux"), slot=table)
    seated = take(event, make_member("Trois"), slot=test)
    assert (waiting.status, seated.status) == (RsvpStatus.WAITLISTED, RsvpStatus.CONFIRMED)
    db.session.refresh(table)
    db.session.refresh(test)
    assert (table.seats_taken, test.seats_taken, event.seats_taken) == (1, 1, 2)


def test_a_slot_that_comes_free_goes_to_who_waits_for_it(chapter: Chapter) -> None:
    event = make_event(chapter, capacity=4)
    table = make_slot(event, "La table", 1)
    other = make_slot(event, "Le test", 1)
    seated = take(event, make_member("Un"), slot=table)
    take(event, make_member("Deux"), slot=other)
    for_other = take(event, make_member("Trois"), slot=other)
    for_table = take(event, make_member("Quatre"), slot=table)
    cancel_rsvp(seated.id, now())
    db.session.commit()
    assert (for_other.status, for_table.status) == (RsvpStatus.WAITLISTED, RsvpStatus.CONFIRMED)


def test_a_hold_that_ran_out_frees_the_seat_for_the_line(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    held = take(event, make_member("Absente"), proven=False)
    waiting = take(event, fan)
    later = now() + timedelta(minutes=31)
    assert lapse_holds(event.id, later) == 1
    assert lapse_holds(event.id, later) == 0
    db.session.commit()
    assert (held.status, held.cancelled_because) == (RsvpStatus.CANCELLED, CancelReason.LAPSED)
    assert waiting.status == RsvpStatus.CONFIRMED


def test_expired_holds_lapse_before_a_newcomer_is_counted(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    take(event, make_member("Absente"), proven=False)
    rsvp = take_seats(event.id, fan, 1, None, True, "fr", now() + timedelta(minutes=31))
    assert rsvp.status == RsvpStatus.CONFIRMED


def test_the_line_comes_before_a_newcomer_when_a_hold_runs_out(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    take(event, make_member("Absente"), proven=False)
    waiting = take(event, fan)
    newcomer = take_seats(event.id, make_member(), 1, None, True, "fr", now() + timedelta(minutes=31))
    db.session.commit()
    assert (waiting.status, newcomer.status) == (RsvpStatus.CONFIRMED, RsvpStatus.WAITLISTED)


def test_the_line_moves_when_a_capacity_is_raised(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    fill(event)
    waiting = take(event, fan)
    event.capacity = 2
    db.session.flush()
    open_desk(event.id, now())
    db.session.commit()
    assert waiting.status == RsvpStatus.CONFIRMED


def test_nobody_is_called_once_the_event_has_begun(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    (seated,) = fill(event)
    waiting = take(event, fan)
    cancel_rsvp(seated.id, event.starts_at)
    db.session.commit()
    assert waiting.status == RsvpStatus.WAITLISTED


def test_staff_who_cancel_are_named_in_the_audit_log(event: Event, fan: Member, cm: Member) -> None:
    rsvp = take(event, fan)
    cancel_rsvp(rsvp.id, now(), by=cm)
    db.session.commit()
    assert rsvp.cancelled_because == CancelReason.STAFF
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.actor_id) == ("rsvp.cancel", f"rsvp:{rsvp.id}", cm.id)


def test_an_erased_member_in_line_is_passed_without_a_mail(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    (seated,) = fill(event)
    waiting = take(event, fan, proven=False)
    fan.email = None
    cancel_rsvp(seated.id, now())
    db.session.commit()
    assert waiting.status == RsvpStatus.HELD
    assert mails_to(fan) == []


# One test per refusal.


def refused(call: object, *args: object) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args)  # type: ignore[operator]
    assert str(caught.value.message)
    return caught.value.code


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED])
def test_an_event_that_is_not_published_is_not_open(
    chapter: Chapter, fan: Member, status: EventStatus
) -> None:
    event = make_event(chapter, status=status)
    assert refused(take_seats, event.id, fan, 1, None, True, "fr", now()) == "not-open"


def test_an_event_that_is_over_is_not_open(event: Event, fan: Member) -> None:
    assert refused(take_seats, event.id, fan, 1, None, True, "fr", event.ends_at) == "not-open"


@pytest.mark.parametrize("party", [0, -1, 3])
def test_a_party_beyond_what_the_event_allows_is_refused(chapter: Chapter, fan: Member, party: int) -> None:
    event = make_event(chapter, party_max=2)
    assert refused(take_seats, event.id, fan, party, None, True, "fr", now()) == "party-too-big"


def test_an_event_with_slots_wants_one(event: Event, fan: Member) -> None:
    make_slot(event, "La table", 2)
    assert refused(take_seats, event.id, fan, 1, None, True, "fr", now()) == "slot-required"


def test_a_slot_of_another_event_is_unknown(chapter: Chapter, event: Event, fan: Member) -> None:
    elsewhere = make_slot(make_event(chapter), "La table", 2)
    assert refused(take_seats, event.id, fan, 1, elsewhere.id, True, "fr", now()) == "unknown-slot"


def test_a_hold_that_ran_out_cannot_be_confirmed(event: Event, fan: Member) -> None:
    rsvp = take(event, fan, proven=False)
    assert refused(confirm_rsvp, rsvp.id, now() + timedelta(minutes=31)) == "hold-expired"
    db.session.commit()
    assert rsvp.status == RsvpStatus.CANCELLED


def test_a_seat_given_back_cannot_be_confirmed(event: Event, fan: Member) -> None:
    rsvp = take(event, fan, proven=False)
    cancel_rsvp(rsvp.id, now())
    assert refused(confirm_rsvp, rsvp.id, now()) == "given-back"


def test_a_held_seat_of_a_cancelled_event_is_not_confirmed(event: Event, fan: Member) -> None:
    rsvp = take(event, fan, proven=False)
    event.status = EventStatus.CANCELLED
    assert refused(confirm_rsvp, rsvp.id, now()) == "not-open"


def test_a_seat_of_an_event_that_is_over_is_not_cancelled(event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    assert refused(cancel_rsvp, rsvp.id, event.ends_at) == "over"


def test_who_has_arrived_does_not_cancel(event: Event, fan: Member, cm: Member) -> None:
    rsvp = take(event, fan)
    check_in(rsvp, cm)
    assert refused(cancel_rsvp, rsvp.id, now()) == "arrived"
