"""Who may register, from when, and how those who may not are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.actions_access import check_access, set_invitees
from app.events.actions_questions import (
    QuestionDraft,
    add_question,
    erase_sensitive_answers,
    move_question,
    remove_question,
)
from app.events.actions_registration import Asked, register_address, register_member
from app.events.models import Audience, Chapter, Event, Invitee, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind
from app.events.queries_access import invitees_of, is_known
from app.events.queries_questions import answers_of, questions_of
from app.events.rules_access import NO_KEYS
from app.members.actions_privacy import erase_member
from app.members.models import EmailCode, Member
from app.outbox import Message
from tests.client import Client, find, text_of
from tests.events.fans import asks_digits, in_english, last_mail, register, the_rsvp, went_through
from tests.factories import make_chapter, make_event, make_member, make_rsvp

HOUR = timedelta(hours=1)
ASKED = Asked(1, None, {}, "en")


def invite(event: Event, *emails: str) -> None:
    set_invitees(event, emails, now())
    db.session.commit()


def words_of(client: Client, event: Event, query: str = "", page: str = "/register") -> str:
    address = f"/events/{event.slug}{page}{query}{'&' if query else '?'}lang=en"
    return text_of(client.get(address).text)


def rsvps(event: Event) -> int:
    return db.session.scalar(sa.select(sa.func.count(Rsvp.id)).where(Rsvp.event_id == event.id)) or 0


def test_a_closed_event_says_since_when_and_takes_nobody(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, closes_at=now() + HOUR)
    token = client.csrf(f"/events/{event.slug}/register")
    event.closes_at = now()
    db.session.commit()
    answer = client.post(
        f"/events/{event.slug}/register", data=token | {"name": "Zoé", "email": "z@example.org"}
    )
    assert (answer.status_code, rsvps(event)) == (200, 0)
    for page in ("", "/register"):
        assert "Registration closed on" in words_of(client, event, page=page)


def test_the_seat_itself_is_refused_once_registration_closed(fan: Member, chapter: Chapter) -> None:
    event = make_event(chapter, closes_at=now())
    for refused in (
        lambda: register_member(event.id, fan, ASKED, now()),
        lambda: register_address(event.id, "zoe@example.org", "Zoé", ASKED, now()),
    ):
        with pytest.raises(Refusal, match="closed"):
            refused()
        db.session.rollback()
    assert rsvps(event) == 0


def test_an_event_that_opens_later_says_when_in_its_own_zone(client: Client, chapter: Chapter) -> None:
    with time_machine.travel("2027-03-26T12:00:00Z", tick=False):
        event = make_event(
            chapter, opens_at=now().replace(day=28, hour=16)
        )  # the day on which clocks go forward
        for page in ("", "/register"):
            assert "Registration opens on Sunday, 28 March 2027 at 18:00." in words_of(
                client, event, page=page
            )
        assert not find(client.get(f"/events/{event.slug}/register").text, "input[name=email]")
        with pytest.raises(Refusal, match="not-yet"):
            check_access(event, None, "zoe@example.org", NO_KEYS, now())
    with time_machine.travel("2027-03-28T16:00:00Z", tick=False):
        assert went_through(register(client, event))


def test_a_code_opens_sooner_in_capitals_or_not(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, opens_at=now() + HOUR, early_opens_at=now() - HOUR, early_code="Amis")
    assert "You have a code" in words_of(client, event)
    assert "This is not the code." in words_of(client, event, "?code=ami")
    assert "You may register already" in words_of(client, event, "?code=AMIS")
    path = f"/events/{event.slug}/register?code=amis"
    person = {"name": "Zoé", "email": "zoe@example.org"}
    consents = dict.fromkeys(("consent_invitations", "consent_product_news", "consent_photos"), "no")
    assert went_through(client.post(path, data=client.csrf(path) | person | consents))
    assert the_rsvp(event).status == RsvpStatus.HELD
    assert (
        "?code=amis" in client.get(f"/events/{event.slug}/register/check").text
    )  # the way back keeps the code


def test_the_list_opens_sooner_and_a_strangers_address_is_answered_alike(
    client: Client, chapter: Chapter
) -> None:
    event = make_event(chapter, opens_at=now() + HOUR, early_opens_at=now() - HOUR)
    invite(event, "Zoe@Example.org")
    answers = [
        register(in_english(client), event, email) for email in ("zoe@example.org", "yann@example.org")
    ]
    assert all(asks_digits(answer, event) for answer in answers)
    assert the_rsvp(event).status == RsvpStatus.HELD
    assert rsvps(event) == 1
    assert "Registration opens on" in last_mail("yann@example.org").text


def answered(client: Client, event: Event, email: str) -> list[str]:
    """Return the words of each page that somebody sees who registers and then tries digits."""
    path = f"/events/{event.slug}/register/check"
    first = text_of(register(client, event, email).text)
    wrong = text_of(client.post(path, data=client.csrf(path) | {"digits": "000000"}).text)
    again = f"/events/{event.slug}/register/again"
    soon = text_of(client.post(again, data=client.csrf(path), follow_redirects=True).text)
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        later = text_of(client.post(again, data=client.csrf(path), follow_redirects=True).text)
    with time_machine.travel(now() + timedelta(minutes=event.hold_minutes, seconds=1), tick=False):
        lapsed = text_of(client.post(again, data=client.csrf(path), follow_redirects=True).text)
    assert later != lapsed
    return [page.replace(email, "") for page in (first, wrong, soon, later, lapsed)]


def test_by_invitation_a_stranger_cannot_tell_who_is_on_the_list(app: Any, chapter: Chapter) -> None:
    event = make_event(chapter, audience=Audience.INVITED)
    invite(event, "zoe@example.org")
    pages = [
        answered(in_english(app.test_client()), event, email)
        for email in ("zoe@example.org", "yann@example.org")
    ]
    assert pages[0] == pages[1]
    assert rsvps(event) == 1
    assert db.session.scalar(sa.select(Member).where(Member.email == "yann@example.org")) is None
    mail = last_mail("yann@example.org")
    assert (mail.template, "by invitation" in mail.text) == ("events/turned_away", True)
    invited = sa.select(Message.template).where(Message.to == "zoe@example.org")
    assert set(db.session.scalars(invited)) == {"events/confirm_seat"}


def test_a_list_that_is_empty_still_is_not_told_either(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, audience=Audience.INVITED)
    assert asks_digits(register(client, event), event)
    assert rsvps(event) == 0


def test_who_is_turned_away_gets_one_mail_an_hour(app: Any, chapter: Chapter) -> None:
    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        event = make_event(chapter, audience=Audience.INVITED)
        invite(event, "zoe@example.org")
        for second in (0, 61, 122):
            with time_machine.travel(now() + timedelta(seconds=second), tick=False):
                register(app.test_client(), event, "yann@example.org")
        told = sa.select(sa.func.count(Message.id)).where(Message.to == "yann@example.org")
        assert db.session.scalar(told) == 1
    assert db.session.scalars(sa.select(EmailCode.member_id)).all() == [None] * 3


def test_a_member_who_is_not_invited_is_told_at_once(as_fan: Client, fan: Member, chapter: Chapter) -> None:
    event = make_event(chapter, audience=Audience.INVITED)
    assert "your address is not on its list" in words_of(as_fan, event)
    with pytest.raises(Refusal, match="invited-only"):
        register_member(event.id, fan, ASKED, now())
    db.session.rollback()
    invite(event, str(fan.email))
    assert went_through(register(as_fan, event, email=""))


def test_the_private_link_opens_and_nothing_else_does(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, audience=Audience.LINK)
    assert "private link" in words_of(client, event)
    assert "private link" in words_of(client, event, "?access=wrong")
    assert "private link" in words_of(client, event, page="")
    with pytest.raises(Refusal, match="link-only"):
        check_access(event, None, "zoe@example.org", NO_KEYS, now())
    link = client.get(f"/events/{event.slug}?access={event.link_code}").text
    assert find(link, f'a[href="/events/{event.slug}/register?access={event.link_code}"]')
    assert find(
        client.get(f"/events/{event.slug}/register?access={event.link_code}").text, "input[name=email]"
    )


def test_an_event_for_members_asks_a_visitor_to_sign_in(client: Client, chapter: Chapter) -> None:
    event = make_event(chapter, audience=Audience.MEMBERS)
    page = in_english(client).get(f"/events/{event.slug}/register").text
    assert "Sign in with the address that you used then." in text_of(page)
    assert find(page, f'main a[href="/sign-in?next=/events/{event.slug}/register"]')
    with pytest.raises(Refusal, match="members-only"):
        check_access(event, None, "zoe@example.org", NO_KEYS, now())


def test_an_event_for_members_takes_who_came_or_was_added_before(
    as_member: Any, fan: Member, chapter: Chapter
) -> None:
    event = make_event(chapter, audience=Audience.MEMBERS)
    newcomer = make_member("Yann Le Gall")
    elsewhere = make_event(chapter)
    make_rsvp(elsewhere, newcomer, RsvpStatus.CANCELLED, created_at=newcomer.created_at)
    assert "for people who have been to one of ours before" in words_of(as_member(newcomer), event)
    assert went_through(register(as_member(fan), event, email=""))  # whom no registration made
    back = make_member("Lou Blanc")
    make_rsvp(elsewhere, back, RsvpStatus.CONFIRMED, created_at=back.created_at, confirmed_at=now())
    assert went_through(register(as_member(back), event, email=""))


def test_whoever_leaves_is_taken_off_the_lists(fan: Member, event: Event) -> None:
    invite(event, str(fan.email), "zoe@example.org")
    erase_member(fan, now())
    db.session.commit()
    assert db.session.scalars(sa.select(Invitee.email)).all() == ["zoe@example.org"]


def test_the_page_costs_a_visitor_the_same_whoever_may_register(
    client: Client, chapter: Chapter, statements: list[str]
) -> None:
    counts = {}
    for audience in Audience:
        event = make_event(chapter, audience=audience)
        statements.clear()
        client.get(f"/events/{event.slug}?access={event.link_code}")
        counts[audience] = len(statements)
    assert len(set(counts.values())) == 1
    assert counts[Audience.EVERYONE] <= 5


def test_lists_and_answers_are_kept_on_each_database(each_database: Flask) -> None:
    event = make_event(make_chapter(), audience=Audience.INVITED)
    one, two = (
        add_question(event, QuestionDraft(AskedKind.TEXT, text), None, now()) for text in ("one", "two")
    )
    move_question(two, True, now())
    invite(event, "zoe@example.org", "yann@example.org")
    invite(event, "zoe@example.org", "lou@example.org")
    assert invitees_of(event.id) == ["lou@example.org", "zoe@example.org"]
    register_address(
        event.id, "zoe@example.org", "Zoé", replace(ASKED, answers={one.id: ["日", "é"], two.id: 1.5}), now()
    )
    register_address(event.id, "yann@example.org", "Yann", ASKED, now())
    db.session.commit()
    rsvp = the_rsvp(event)
    assert [question.label for question in questions_of(event.id)] == ["two", "one"]
    assert answers_of([rsvp.id], with_sensitive=False) == {rsvp.id: {one.id: ["日", "é"], two.id: 1.5}}
    assert is_known(rsvp.member) is False
    with pytest.raises(Refusal, match="answers"):
        remove_question(one, 0, rsvp.member, now())
    remove_question(one, 1, rsvp.member, now())
    assert answers_of([rsvp.id], with_sensitive=False) == {rsvp.id: {two.id: 1.5}}
    two.sensitive = True
    assert erase_sensitive_answers(event.ends_at + timedelta(days=30)) == 1
    assert answers_of([rsvp.id], with_sensitive=True) == {}
