"""Changing one’s mind: party, slot, another person, “not this time”, “still coming?”."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_changes import change_place, decline, hand_on, say_why, still_coming
from app.events.actions_door import ScanIn, record_scans
from app.events.actions_reminders import give_notice
from app.events.actions_seats import cancel_rsvp
from app.events.jobs import sweep_notices
from app.events.models import Chapter, Event, EventNotice, Rsvp, RsvpStatus, Ticket, Unanswered
from app.events.models_door import ScanMethod, Verdict
from app.events.queries_calendar import place_entry
from app.events.rules_reminders import Notice, notice_at
from app.members.models import Member
from app.outbox import Message
from app.tokens import new_link_token
from tests.client import Client, find, text_of
from tests.events.fans import check_in, fill, in_english, last_mail, make_slot, take, ticket_of
from tests.factories import make_event, make_member


def refused(call: object, *args: object) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args)  # type: ignore[operator]
    db.session.rollback()
    return caught.value.code


def templates_to(member: Member) -> list[str]:
    query = sa.select(Message.template).where(Message.member_id == member.id).order_by(Message.id)
    return list(db.session.scalars(query))


def test_a_party_grows_and_shrinks_with_its_code_and_its_calendar_entry_moves_on(
    chapter: Chapter, fan: Member
) -> None:
    event = make_event(chapter, capacity=3, party_max=3)
    rsvp = take(event, fan)
    code, sequence = ticket_of(rsvp).code, place_entry(rsvp, "x").sequence
    change_place(rsvp.id, 3, None, now())
    assert (rsvp.party_size, event.seats_taken) == (3, 3)
    change_place(rsvp.id, 2, None, now())
    assert (event.seats_taken, ticket_of(rsvp).code) == (2, code)
    assert place_entry(rsvp, "x").sequence == sequence + 2


def test_what_one_has_is_kept_when_the_change_does_not_fit(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=4, party_max=3)
    one, two = make_slot(event, "One", 3), make_slot(event, "Two", 1)
    rsvp = take(event, fan, party=2, slot=one)
    assert refused(change_place, rsvp.id, 2, two.id, now()) == "no-room"
    assert (rsvp.slot_id, one.seats_taken, two.seats_taken, event.seats_taken) == (one.id, 2, 0, 2)


def test_a_smaller_party_lets_the_line_move(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=2, party_max=2)
    rsvp, waiting = take(event, fan, party=2), take(event, make_member())
    change_place(rsvp.id, 1, None, now())
    db.session.commit()
    assert waiting.status == RsvpStatus.CONFIRMED


def test_who_was_let_in_changes_nothing_more(event: Event, fan: Member, cm: Member) -> None:
    event.party_max = 2
    rsvp = take(event, fan)
    check_in(rsvp, cm)
    assert refused(change_place, rsvp.id, 2, None, now()) == "arrived"
    assert refused(hand_on, rsvp.id, "ami@example.org", "Ami", now()) == "arrived"
    assert refused(decline, event.id, fan, "fr", now()) == "arrived"


def test_the_page_changes_a_party_and_says_what_does_not_fit(
    client: Client, chapter: Chapter, fan: Member
) -> None:
    event = make_event(chapter, capacity=2, party_max=3)
    rsvp = take(event, fan)
    path = f"/tickets/{ticket_of(rsvp).token}"
    in_english(client)
    answer = client.post(f"{path}/change", data=client.csrf(f"{path}/change") | {"party_size": "3"})
    assert "You keep what you have." in text_of(answer.text)
    answer = client.post(
        f"{path}/change", data=client.csrf(f"{path}/change") | {"party_size": "2"}, follow_redirects=True
    )
    assert "Changed. Your code stays the same." in answer.text
    assert rsvp.party_size == 2


def test_a_ticket_goes_to_a_friend_with_a_new_code_and_the_old_one_says_so_at_the_door(
    client: Client, event: Event, fan: Member, cm: Member
) -> None:
    rsvp = take(event, fan)
    old = ticket_of(rsvp)
    path = f"/tickets/{old.token}"
    in_english(client)
    form = client.csrf(f"{path}/hand-on") | {"name": "Léa Nguyễn", "email": "lea@example.org"}
    answer = client.post(f"{path}/hand-on", data=form, follow_redirects=True)
    assert "This ticket was handed on" in text_of(answer.text)
    given = db.session.scalars(sa.select(Rsvp).where(Rsvp.member_id != fan.id)).one()
    assert (given.status, given.member.display_name) == (RsvpStatus.CONFIRMED, "Léa Nguyễn")
    assert ticket_of(given).code != old.code
    assert (rsvp.status, event.seats_taken) == (RsvpStatus.CANCELLED, 1)
    event.starts_at = now()
    scans = [
        ScanIn(new_link_token(), ticket.digest, ScanMethod.CAMERA, now(), event.code)
        for ticket in (old, ticket_of(given))
    ]
    verdicts = [result.verdict for result in record_scans(event, "TEST", scans, cm, now())]
    assert verdicts == [Verdict.TRANSFERRED, Verdict.WELCOME]
    mail = last_mail("lea@example.org")
    assert fan.display_name in mail.text
    assert f"/tickets/{ticket_of(given).token}" in mail.text
    assert templates_to(fan)[-1] == "events/handed_on"
    assert "STATUS:CANCELLED" in client.get(f"{path}/calendar.ics").text


def test_a_ticket_does_not_go_to_who_has_a_place_already(event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    friend = make_member("Friend", email="friend@example.org")
    take(event, friend)
    assert refused(hand_on, rsvp.id, "friend@example.org", "Friend", now()) == "has-seat"
    assert refused(hand_on, rsvp.id, str(fan.email), "Me", now()) == "has-seat"
    assert event.seats_taken == 2


def test_who_handed_a_ticket_on_reads_so_wherever_it_is_shown(
    as_fan: Client, event: Event, fan: Member
) -> None:
    rsvp = take(event, fan)
    hand_on(rsvp.id, "ami@example.org", "Ami", now())
    db.session.commit()
    fan.locale = "en"
    assert "Handed on" in text_of(as_fan.get("/me").text)
    old = db.session.scalars(sa.select(Ticket.token).where(Ticket.rsvp_id == rsvp.id)).one()
    said = [text_of(as_fan.get(f"/tickets/{token}").text) for token in (old, rsvp.token)]
    assert said[0] == said[1]
    take(event, fan)  # and comes after all
    assert "Handed on" not in text_of(as_fan.get("/me").text)


def test_a_ticket_handed_on_jumps_no_line(chapter: Chapter, fan: Member) -> None:
    event = make_event(chapter, capacity=1)
    rsvp, waiting = take(event, fan), take(event, make_member())
    hand_on(rsvp.id, "ami@example.org", "Ami", now())
    db.session.commit()
    assert waiting.status == RsvpStatus.WAITLISTED
    assert event.seats_taken == 1


def test_not_this_time_is_an_answer_and_gives_the_seat_back(
    as_fan: Client, chapter: Chapter, fan: Member
) -> None:
    event = make_event(chapter, capacity=1)
    rsvp, waiting = take(event, fan), take(event, make_member())
    page = f"/events/{event.slug}/decline"
    answer = as_fan.post(page, data=as_fan.csrf(f"/tickets/{ticket_of(rsvp).token}"), follow_redirects=True)
    assert "Nous diriez-vous pourquoi, d’un seul geste" in text_of(answer.text)
    assert (rsvp.status, waiting.status) == (RsvpStatus.DECLINED, RsvpStatus.CONFIRMED)
    path = f"/tickets/{rsvp.token}"
    for reason, kept in (("anything else", ""), ("date", "date")):
        as_fan.post(f"{path}/why", data=as_fan.csrf(path) | {"reason": reason})
        assert rsvp.declined_because == kept


def test_who_was_cancelled_and_then_declines_reads_of_the_answer_given(
    as_fan: Client, event: Event, fan: Member, cm: Member
) -> None:
    rsvp = take(event, fan)
    cancel_rsvp(rsvp.id, now(), cm)
    db.session.commit()
    answer = as_fan.post(f"/events/{event.slug}/decline", data=as_fan.csrf("/me"), follow_redirects=True)
    assert "Notre équipe" not in text_of(answer.text)


def test_a_friend_who_had_declined_begins_anew_with_the_ticket(event: Event, fan: Member) -> None:
    friend = make_member(email="ami@example.org")
    refused_before = decline(event.id, friend, "fr", now())
    say_why(refused_before, "date")
    given = hand_on(take(event, fan).id, "ami@example.org", "Ami", now())
    assert (given.id, given.declined_because, given.status) == (refused_before.id, "", RsvpStatus.CONFIRMED)


def test_who_declined_can_register_again(event: Event, fan: Member) -> None:
    decline(event.id, fan, "fr", now())
    assert take(event, fan).status == RsvpStatus.CONFIRMED


@pytest.fixture
def asked(chapter: Chapter) -> Event:
    """An event whose one guest confirmed two weeks before and is asked three days before."""
    event = make_event(chapter, capacity=1, starts_at=now() + timedelta(days=14))
    event.unanswered = Unanswered.RELEASE
    event.published_at = now()
    fill(event)
    take(event, make_member("Waiting"))
    return event


def give(event: Event, notice: Notice) -> int:
    at = notice_at(notice, event.starts_at, event.timezone)
    told = give_notice(event.id, notice, at)
    db.session.commit()
    return told


def test_a_tap_on_the_mail_answers_without_signing_in(asked: Event, client: Client) -> None:
    assert give(asked, Notice.STILL_COMING) == 1
    (guest,) = db.session.scalars(sa.select(Rsvp).where(Rsvp.status == RsvpStatus.CONFIRMED))
    path = f"/tickets/{ticket_of(guest).token}"
    assert f"{path}?coming=yes" in last_mail(str(guest.member.email)).text
    in_english(client)
    assert "data-press-once" in client.get(f"{path}?coming=yes").text
    assert not guest.still_coming_at, "a program that only opens links answers nothing"
    client.post(f"{path}/coming", data=client.csrf(path))
    db.session.refresh(guest)
    assert guest.still_coming_at
    assert [give(asked, notice) for notice in (Notice.LAST_CALL, Notice.RELEASE)] == [0, 0]
    assert guest.status == RsvpStatus.CONFIRMED


def test_a_seat_that_nobody_answers_for_goes_to_the_line_after_two_mails(asked: Event) -> None:
    (guest,) = db.session.scalars(sa.select(Rsvp).where(Rsvp.status == RsvpStatus.CONFIRMED))
    told = [give(asked, notice) for notice in (Notice.STILL_COMING, Notice.LAST_CALL, Notice.RELEASE)]
    assert told == [1, 1, 1]
    assert guest.status == RsvpStatus.CANCELLED
    assert templates_to(guest.member)[-3:] == ["events/still_coming", "events/last_call", "events/released"]
    waiting = db.session.scalars(sa.select(Rsvp).join(Member).where(Member.display_name == "Waiting")).one()
    assert waiting.status == RsvpStatus.HELD
    assert refused(still_coming, guest.id, now()) == "given-back"


def test_nobody_loses_a_seat_who_was_not_asked(asked: Event) -> None:
    assert give(asked, Notice.RELEASE) == 0
    assert asked.seats_taken == 1


def test_who_confirmed_after_the_question_is_not_asked_to_confirm_again(chapter: Chapter) -> None:
    event = make_event(chapter, starts_at=now() + timedelta(days=3, hours=6))
    event.unanswered = Unanswered.RELEASE
    fill(event)
    assert [give(event, notice) for notice in (Notice.STILL_COMING, Notice.RELEASE)] == [0, 0]


def test_the_sweep_gives_each_notice_once(asked: Event) -> None:
    due = notice_at(Notice.WEEK, asked.starts_at, asked.timezone)
    for at in (due - timedelta(minutes=1), due, due + timedelta(minutes=1)):
        with time_machine.travel(at, tick=False):
            sweep_notices()
    assert db.session.scalars(sa.select(EventNotice.kind)).all() == ["week"]
    reminders = sa.select(sa.func.count(Message.id)).where(Message.template == "events/reminder")
    assert db.session.scalar(reminders) == 1


def test_a_full_slot_says_so_and_is_refused_beside_the_slots(
    client: Client, chapter: Chapter, fan: Member
) -> None:
    event = make_event(chapter)
    one, two = make_slot(event, "One", 3), make_slot(event, "Two", 1)
    take(event, make_member(), slot=two)
    path = f"/tickets/{ticket_of(take(event, fan, slot=one)).token}/change"
    page = in_english(client).get(path).text
    assert len(find(page, ".choice-text small")) == 1, "one’s own slot has room for oneself"
    assert "Two Full: the waiting line is open" in text_of(page.replace("<small>", " "))
    answer = client.post(path, data=client.csrf(path) | {"party_size": "1", "slot_id": str(two.id)})
    assert find(answer.text, "#slot_id.invalid")
    assert not find(answer.text, "#party_size[aria-invalid]")
