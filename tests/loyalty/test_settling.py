"""The sweep that settles: what each minute finds and what the hour does, and what a member who came costs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.clock import now
from app.db import db
from app.events.models import Event, RsvpStatus
from app.events.models_door import CheckIn
from app.loyalty import rules
from app.loyalty.actions_ledger import settle
from app.loyalty.jobs import settle_all
from app.loyalty.models import PointEntry
from app.members.models import Member
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_rsvp
from tests.loyalty.test_ledger import assert_books_balance

QUARTER_PAST = timedelta(minutes=15)


@pytest.fixture
def hour() -> datetime:
    """The last full hour."""
    return now().replace(minute=0, second=0, microsecond=0)


def arrive(member: Member, event: Event, at: datetime) -> CheckIn:
    return make_check_in(make_rsvp(event, member, RsvpStatus.CONFIRMED), arrived_at=at)


def sweep(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        settle_all()


def test_each_minute_finds_who_came_lately_and_whose_arrival_was_undone(
    app: Flask, fan: Member, event: Event, hour: datetime
) -> None:
    check_in = arrive(fan, event, hour - timedelta(hours=30))
    sweep(hour + QUARTER_PAST)
    assert assert_books_balance(fan.id) == 100
    check_in.undone_at = hour
    db.session.commit()
    sweep(hour + QUARTER_PAST)
    assert assert_books_balance(fan.id) == 0


def test_an_arrival_told_days_late_is_paid_on_the_hour_and_taken_back_on_the_hour(
    app: Flask, fan: Member, event: Event, hour: datetime
) -> None:
    check_in = arrive(fan, event, hour - timedelta(days=3))
    sweep(hour + QUARTER_PAST)
    assert assert_books_balance(fan.id) == 0
    sweep(hour)
    assert assert_books_balance(fan.id) == 100
    check_in.undone_at = hour
    db.session.commit()
    sweep(hour + QUARTER_PAST)
    assert assert_books_balance(fan.id) == 100
    sweep(hour)
    assert assert_books_balance(fan.id) == 0


def test_a_wallet_does_not_wait_for_the_hour(app: Flask, fan: Member, event: Event, hour: datetime) -> None:
    arrive(fan, event, hour - timedelta(days=3))
    assert settle(hour + QUARTER_PAST, fan.id) == 1


@pytest.mark.parametrize(("late", "left"), [(timedelta(hours=5), 0), (timedelta(days=5), 100)])
def test_each_minute_finds_the_points_that_ended_lately(
    app: Flask, fan: Member, event: Event, hour: datetime, late: timedelta, left: int
) -> None:
    arrive(fan, event, hour)
    settle(hour, fan.id)
    db.session.commit()
    ends = rules.expiry(hour)
    sweep(ends + late + QUARTER_PAST)
    assert assert_books_balance(fan.id) == left
    sweep(ends + late)
    assert assert_books_balance(fan.id) == 0


def test_points_of_an_arrival_told_years_late_are_earned_and_expire_at_once(
    app: Flask, fan: Member, event: Event
) -> None:
    arrive(fan, event, now() - timedelta(days=800))
    assert settle(now(), fan.id) == 2
    assert assert_books_balance(fan.id) == 0
    assert settle(now(), fan.id) == 0


def test_who_came_costs_five_statements_and_who_is_settled_two(
    app: Flask, fan: Member, event: Event, statements: list[str]
) -> None:
    arrive(fan, event, now())
    fan_id = fan.id
    counts = []
    for _ in range(2):
        statements.clear()
        settle(now(), fan_id)
        db.session.commit()
        counts.append(len(statements))
    assert counts == [5, 2]
    assert statements[0].startswith("INSERT INTO wallets")  # the lock, before anything is read


def test_many_who_came_cost_as_many_statements_as_one_of_them(
    app: Flask, event: Event, statements: list[str]
) -> None:
    members = [make_member() for _ in range(7)]
    for member in members:
        arrive(member, event, now())
    ids = [member.id for member in members]
    statements.clear()
    assert settle(now(), *ids) == 7
    db.session.commit()
    assert len(statements) == 5
    assert [assert_books_balance(member_id) for member_id in ids] == [100] * 7


def test_each_of_many_gets_what_is_theirs(each_database: Flask, hour: datetime) -> None:
    chapter = make_chapter()
    new, undone, ended, twice, _has_nothing = members = [make_member() for _ in range(5)]
    two_years_ago = hour - timedelta(days=732)
    taken_back = arrive(undone, make_event(chapter, title="Undone"), hour)
    arrive(ended, make_event(chapter, title="Ended"), two_years_ago)
    settle(two_years_ago, undone.id, ended.id)
    taken_back.undone_at = hour
    arrive(new, make_event(chapter, title="New"), hour)
    for title in ("Once", "Again"):
        arrive(twice, make_event(chapter, title=title), hour)
    db.session.commit()
    ids = [member.id for member in members]
    assert settle(hour + QUARTER_PAST, *reversed(ids)) == 5
    db.session.commit()
    assert [assert_books_balance(member_id) for member_id in ids] == [100, 0, 0, 200, 0]
    assert settle(hour + QUARTER_PAST, *ids) == 0


def test_facts_are_paid_in_the_order_in_which_they_happened(app: Flask, fan: Member, hour: datetime) -> None:
    chapter = make_chapter()
    for days in (2, 5, 3):
        arrive(fan, make_event(chapter, title=f"{days} days ago"), hour - timedelta(days=days))
    settle(hour, fan.id)
    labels = db.session.scalars(sa.select(PointEntry.label).order_by(PointEntry.id)).all()
    assert labels == ["5 days ago", "3 days ago", "2 days ago"]
