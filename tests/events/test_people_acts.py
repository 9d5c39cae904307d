"""The CM adds somebody by hand, gives a seat away with a reason, and lets somebody pass before others."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_people import Vouched, add_by_hand, cancel_for, promote
from app.events.actions_privacy import meetups_of
from app.events.models import Audience, CancelReason, Event, EventStatus, GuestNames, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind
from app.events.queries_questions import answers_of
from app.members.actions_privacy import erase_member
from app.members.models import Member
from app.outbox import Message, write
from app.tokens import new_link_token
from tests.client import Client, field_value, find, text_of
from tests.events.fans import fill, in_english, last_mail, make_slot, take
from tests.events.test_people_list import path_of
from tests.events.test_register_questions import ask
from tests.factories import make_check_in, make_event, make_member, make_rsvp


def add(client: Client, event: Event, **fields: object) -> str:
    """Fill the form in, send it, and return the page that answers."""
    path = f"{path_of(event)}/add?lang=en"
    page = client.get(path).text
    hidden = {name: field_value(page, name) for name in ("csrf_token", "key")}
    answer = client.post(path, data=hidden | {"name": "Zoé Blanc"} | fields, follow_redirects=True)
    return text_of(answer.text)


def the_only_rsvp() -> Rsvp:
    return db.session.scalars(sa.select(Rsvp)).one()


def deeds(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))


def test_somebody_with_an_address_is_mailed_a_ticket(as_cm: Client, cm: Member, event: Event) -> None:
    page = add(as_cm, event, email="Zoe@Example.org")
    assert "The ticket is on its way by mail." in page
    rsvp = the_only_rsvp()
    assert (rsvp.status, rsvp.member.email, event.seats_taken) == ("confirmed", "zoe@example.org", 1)
    assert last_mail("zoe@example.org").template == "events/ticket"
    (deed,) = deeds("rsvp.add")
    assert (deed.actor_id, deed.subject) == (cm.id, f"rsvp:{rsvp.id}")
    assert "Show the ticket" not in page


def test_somebody_without_an_address_has_a_ticket_to_show(as_cm: Client, event: Event) -> None:
    page = add(as_cm, event)
    assert "show or print the ticket" in page
    rsvp = the_only_rsvp()
    assert rsvp.member.email is None
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 0
    shown = as_cm.get(f"{path_of(event)}/{rsvp.id}").text
    (link,) = find(shown, f'a[href="/tickets/{rsvp.tickets[0].token}"]')
    assert find(as_cm.get(str(link.attrs["href"])).text, ".qr")


def test_two_taps_add_one_person(cm: Member, event: Event) -> None:
    person = Vouched("Zoé Blanc", None, 1, None, new_link_token())
    first, second = (add_by_hand(event.id, person, cm, "fr", now()) for _tap in range(2))
    assert first.rsvp.id == second.rsvp.id
    assert (first.was_there, second.was_there) == (False, True)
    assert len(deeds("rsvp.add")) == 1


def test_two_people_of_one_name_are_two(as_cm: Client, event: Event) -> None:
    add(as_cm, event)
    add(as_cm, event)
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) == 2


def test_who_is_on_the_list_is_said_to_be(as_cm: Client, event: Event, fan: Member) -> None:
    take(event, fan)
    assert "on the list already" in add(as_cm, event, email=fan.email)
    assert deeds("rsvp.add") == []
    assert fan.display_name == "Camille O’Brien-Nguyễn"


def test_who_was_asked_to_confirm_is_vouched_for(as_cm: Client, event: Event, fan: Member) -> None:
    take(event, fan, proven=False)
    add(as_cm, event, email=fan.email)
    assert the_only_rsvp().status == RsvpStatus.CONFIRMED


def test_a_full_event_puts_them_in_line(as_cm: Client, event: Event) -> None:
    event.capacity = 1
    fill(event)
    assert "this party waits in line, at place 1" in add(as_cm, event, email="zoe@example.org")


def test_who_is_put_in_line_by_hand_is_told_so_once_if_they_have_an_address(
    as_cm: Client, event: Event
) -> None:
    event.capacity = 1
    fill(event)
    told = sa.select(Message.to).where(Message.template == "events/in_line")
    for page in (add(as_cm, event, email="zoe@example.org"), add(as_cm, event, email="zoe@example.org")):
        assert ("A mail tells them so." in page) is ("at place 1" in page)
        assert db.session.scalars(told).all() == ["zoe@example.org"]
    assert "your place in line is kept" in last_mail("zoe@example.org").text
    assert "A mail tells them so." not in add(as_cm, event, name="Ali Sans Adresse")
    assert db.session.scalars(told).all() == ["zoe@example.org"]


def test_a_slot_and_a_party_are_asked_for_where_there_are_some(as_cm: Client, event: Event) -> None:
    event.party_max = 3
    table = make_slot(event, "Table 1", 4)
    assert "Choose a time or a table." in add(as_cm, event, party_size=2)
    assert "Enter a number from 1 to 3." in add(as_cm, event, party_size=4, slot_id=table.id)
    add(as_cm, event, party_size=3, slot_id=table.id)
    assert (the_only_rsvp().party_size, table.seats_taken) == (3, 3)


def test_what_is_known_of_their_answers_is_kept_and_the_ticket_asks_for_the_rest(
    as_cm: Client, client: Client, event: Event
) -> None:
    event.party_max, event.guest_names = 3, GuestNames.REQUIRED
    team = ask(event, AskedKind.ONE, "Which team?", choices=["red", "blue"], required=True)
    diet = ask(event, AskedKind.TEXT, "Any allergy?", required=True, sensitive=True)
    ask(event, AskedKind.CONSENT, "Photos?")
    page = as_cm.get(f"{path_of(event)}/add?lang=en")
    assert len(find(page.text, "[name^=q_]")) == 3  # two boxes and a text: nobody consents for another
    assert "Choose among the answers" in add(as_cm, event, **{f"q_{team.id}": "green"})
    fields = {f"q_{diet.id}": "nuts", "guest_1": "Léo"}
    assert "on its way by mail" in add(as_cm, event, email="zoe@example.org", party_size=3, **fields)
    rsvp = the_only_rsvp()
    assert answers_of([rsvp.id], with_sensitive=True) == {rsvp.id: {diet.id: "nuts"}}
    assert rsvp.guest_names == ["Léo"]
    ticket = in_english(client).get(f"/tickets/{rsvp.tickets[0].token}").text
    assert "The hosts still need answers from you" in text_of(ticket)


def test_an_administrator_is_not_asked_what_they_may_not_read(as_admin: Client, event: Event) -> None:
    ask(event, AskedKind.TEXT, "Any allergy?", sensitive=True)
    assert not find(as_admin.get(f"{path_of(event)}/add").text, "[name^=q_]")


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"name": " "}, "Enter the person’s name."), ({"email": "zoe"}, "Enter an e-mail address")],
)
def test_what_is_wrong_is_said_beside_the_field(
    as_cm: Client, event: Event, fields: dict[str, object], words: str
) -> None:
    assert words in add(as_cm, event, **fields)
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) == 0


def test_nobody_is_added_to_what_is_over(as_cm: Client, event: Event) -> None:
    event.starts_at, event.ends_at = now() - timedelta(days=2), now() - timedelta(days=1)
    assert "Registration for this event is closed." in add(as_cm, event)


def test_a_cm_may_add_whom_the_form_would_turn_away(as_cm: Client, event: Event) -> None:
    event.audience, event.opens_at = Audience.INVITED, now() + timedelta(days=1)
    add(as_cm, event, email="zoe@example.org")
    assert the_only_rsvp().status == RsvpStatus.CONFIRMED


def test_a_request_without_its_key_adds_nobody(as_cm: Client, event: Event) -> None:
    add(as_cm, event, key="short")
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) == 0


def cancel(client: Client, rsvp: Rsvp, **fields: object) -> str:
    path = f"{path_of(rsvp.event)}/{rsvp.id}"
    data = client.csrf(f"{path}?lang=en") | fields
    return text_of(client.post(f"{path}/cancel?lang=en", data=data, follow_redirects=True).text)


def test_a_reason_is_kept_and_told_when_the_cm_says_so(as_cm: Client, event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    assert "tasting table is too small" in cancel(
        as_cm, rsvp, reason="Our tasting table is too small", tells_reason="y"
    )
    mail = last_mail(str(fan.email))
    assert mail.template == "events/cancelled_by_staff"
    assert "Our tasting table is too small" in mail.text
    assert "Our tasting table is too small" in mail.html
    assert "STATUS:CANCELLED" in mail.attachments[0]["text"]
    assert (rsvp.status, rsvp.cancelled_because) == (RsvpStatus.CANCELLED, CancelReason.STAFF)
    assert len(deeds("rsvp.cancel")) == 1


def test_a_reason_that_is_not_to_be_told_is_kept_alone(as_cm: Client, event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    cancel(as_cm, rsvp, reason="Was rude to the team")
    mail = last_mail(str(fan.email))
    assert mail.template == "events/cancelled_by_staff"
    assert "rude" not in mail.text + mail.html
    assert rsvp.cancel_note == "Was rude to the team"
    page = as_cm.get(f"/tickets/{rsvp.token}").text
    assert "rude" not in page, "who has the address of the page reads it too"


def test_who_is_concerned_may_read_the_reason_and_have_it_forgotten(
    cm: Member, event: Event, fan: Member
) -> None:
    rsvp = take(event, fan)
    cancel_for(rsvp.id, "Was rude to the team", False, cm, now())
    assert meetups_of(fan.id)[0]["cancelled_with_the_note"] == "Was rude to the team"
    erase_member(fan, now())
    db.session.commit()
    assert rsvp.cancel_note == ""


def test_a_second_tap_mails_nothing_and_keeps_the_first_reason(cm: Member, event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    for reason in ("first", "second"):
        cancel_for(rsvp.id, reason, True, cm, now())
    mails = sa.select(sa.func.count(Message.id)).where(Message.template == "events/cancelled_by_staff")
    assert (db.session.scalar(mails), rsvp.cancel_note) == (1, "first")


def test_who_gave_their_seat_back_themselves_is_mailed_nothing(cm: Member, event: Event, fan: Member) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CANCELLED, cancelled_because=CancelReason.LEFT)
    cancel_for(rsvp.id, "late", True, cm, now())
    assert (rsvp.cancel_note, rsvp.cancelled_because) == ("", CancelReason.LEFT)
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 0


def test_who_came_back_meanwhile_is_not_told_of_the_cancelling(cm: Member, event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    cancel_for(rsvp.id, "mistake", True, cm, now())
    take(event, fan)
    query = sa.select(Message).where(Message.template == "events/cancelled_by_staff")
    assert write(db.session.scalars(query).one()) is False


def test_a_cancelled_seat_goes_to_the_next_in_line(as_cm: Client, event: Event, fan: Member) -> None:
    event.capacity = 1
    rsvp, waiting = take(event, fan), take(event, make_member())
    cancel(as_cm, rsvp, reason="Illness")
    assert waiting.status == RsvpStatus.CONFIRMED


def test_no_reason_no_cancelling(as_cm: Client, event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    assert "Say why in a few words" in cancel(as_cm, rsvp, reason=" ")
    assert rsvp.status == RsvpStatus.CONFIRMED


def test_who_has_arrived_is_not_cancelled(as_cm: Client, event: Event, fan: Member) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CONFIRMED)
    data = as_cm.csrf(f"{path_of(event)}/{rsvp.id}?lang=en")
    make_check_in(rsvp)
    path = f"{path_of(event)}/{rsvp.id}/cancel?lang=en"
    page = as_cm.post(path, data=data | {"reason": "x"}, follow_redirects=True)
    assert "Undo the check-in at the door first." in text_of(page.text)
    assert rsvp.status == RsvpStatus.CONFIRMED


def test_what_is_over_is_not_cancelled(cm: Member, event: Event, fan: Member) -> None:
    rsvp = take(event, fan)
    with pytest.raises(Refusal) as refused:
        cancel_for(rsvp.id, "late", True, cm, event.ends_at)
    assert refused.value.code == "over"


@pytest.fixture
def begun(event: Event) -> Event:
    """An event that has begun: its line moves no more by itself, and one of two seats is free."""
    event.starts_at, event.capacity, event.party_max = now() - timedelta(minutes=5), 2, 3
    fill(event)
    return event


def test_who_waits_is_seated_out_of_turn_and_the_journal_says_so(
    as_cm: Client, cm: Member, begun: Event, fan: Member
) -> None:
    first, second = take(begun, make_member()), take(begun, fan)
    begun.capacity = 3
    path = f"{path_of(begun)}/{second.id}"
    data = as_cm.csrf(f"{path}?lang=en")
    page = text_of(as_cm.post(f"{path}/promote?lang=en", data=data, follow_redirects=True).text)
    assert "The seat is theirs. Before one other, which the journal notes." in page
    assert (first.status, second.status) == (RsvpStatus.WAITLISTED, RsvpStatus.CONFIRMED)
    assert begun.seats_taken == 3
    (deed,) = deeds("rsvp.promote")
    assert (deed.actor_id, deed.subject, deed.details) == (cm.id, f"rsvp:{second.id}", {"passed_over": 1})
    assert last_mail(str(fan.email)).template == "events/ticket"


def test_a_second_tap_promotes_nobody_twice(cm: Member, begun: Event, fan: Member) -> None:
    rsvp = take(begun, fan)
    begun.capacity = 3
    assert [promote(rsvp.id, cm, now()) for _tap in range(2)] == [0, 0]
    assert (begun.seats_taken, len(deeds("rsvp.promote"))) == (3, 1)


def test_a_seat_that_is_only_held_is_confirmed_for_who_is_known_to_come(
    as_cm: Client, event: Event, fan: Member
) -> None:
    rsvp = take(event, fan, proven=False)
    path = f"{path_of(event)}/{rsvp.id}"
    shown = as_cm.get(f"{path}?lang=en")
    assert "Confirm their seat" in text_of(shown.text)
    as_cm.post(f"{path}/promote", data={"csrf_token": field_value(shown.text, "csrf_token")})
    assert (rsvp.status, event.seats_taken) == (RsvpStatus.CONFIRMED, 1)
    assert deeds("rsvp.promote")[0].details == {"passed_over": 0}


def test_a_seat_that_is_offered_near_the_event_is_given_at_once(
    cm: Member, event: Event, fan: Member
) -> None:
    event.capacity = 1
    with time_machine.travel(event.starts_at - timedelta(days=1)):
        fill(event)
        rsvp = take(event, fan)
        event.capacity = 2
        promote(rsvp.id, cm, now())
    assert (rsvp.status, event.seats_taken, rsvp.hold_for) == (RsvpStatus.CONFIRMED, 2, None)


def test_no_seat_is_made_for_who_does_not_fit(cm: Member, begun: Event, fan: Member) -> None:
    rsvp = take(begun, fan, party=3)
    begun.capacity = 4
    with pytest.raises(Refusal, match="no-room") as refused:
        promote(rsvp.id, cm, now())
    assert "2" in str(refused.value.message)
    assert "3" in str(refused.value.message)
    assert (rsvp.status, begun.seats_taken) == (RsvpStatus.WAITLISTED, 2)


def test_a_full_table_is_named_as_the_reason(cm: Member, event: Event, fan: Member) -> None:
    table = make_slot(event, "Table 1", 1)
    take(event, make_member(), slot=table)
    rsvp = take(event, fan, slot=table)
    with pytest.raises(Refusal, match="no-room") as refused:
        promote(rsvp.id, cm, now())
    assert "0" in str(refused.value.message)


def test_who_does_not_wait_is_not_promoted(cm: Member, event: Event, fan: Member) -> None:
    rsvp = make_rsvp(event, fan, RsvpStatus.CANCELLED)
    with pytest.raises(Refusal, match="not-waiting"):
        promote(rsvp.id, cm, now())


def test_nobody_is_promoted_into_a_cancelled_event(cm: Member, chapter: object, fan: Member) -> None:
    event = make_event(chapter, status=EventStatus.CANCELLED)  # type: ignore[arg-type]
    rsvp = make_rsvp(event, fan, RsvpStatus.WAITLISTED)
    with pytest.raises(Refusal, match="not-open"):
        promote(rsvp.id, cm, now())
