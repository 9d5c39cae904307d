"""Invariant 6: one fact pays once; balance = Σ lines = Σ what is left in lots; a reversal restores the same lots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.events.models import Event, RsvpStatus
from app.events.models_door import CheckIn
from app.loyalty import actions, queries, rules
from app.loyalty.actions_ledger import settle
from app.loyalty.jobs import settle_all
from app.loyalty.models import Allocation, Lot, PointEntry, Reward, Rule, Wallet
from app.members.models import Member
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_reward, make_rsvp


def assert_books_balance(member_id: int) -> int:
    """Check invariant 6 for a member and return the balance."""
    lines = db.session.scalar(
        sa.select(sa.func.sum(PointEntry.points)).where(PointEntry.member_id == member_id)
    )
    left = db.session.scalar(sa.select(sa.func.sum(Lot.remaining)).where(Lot.member_id == member_id))
    wallet = db.session.get(Wallet, member_id, populate_existing=True)
    balance = wallet.balance if wallet else 0
    assert balance == (lines or 0) == (left or 0)
    for lot in db.session.scalars(sa.select(Lot).where(Lot.member_id == member_id)):
        took = db.session.scalar(sa.select(sa.func.sum(Allocation.points)).where(Allocation.lot_id == lot.id))
        assert lot.remaining == lot.points - (took or 0)
    return balance


def arrive(member: Member, event: Event | None = None) -> CheckIn:
    """Let a member come to an event (a new one unless given)."""
    event = event or make_event(make_chapter(f"Ville {member.id} {now().timestamp()}"))
    return make_check_in(make_rsvp(event, member, RsvpStatus.CONFIRMED))


def test_a_check_in_pays_once_however_often_it_is_settled(app: Flask, fan: Member, event: Event) -> None:
    arrive(fan, event)
    assert [settle(now(), fan.id) for _ in range(3)] == [1, 0, 0]
    assert assert_books_balance(fan.id) == 100


def test_an_undone_check_in_is_taken_back_and_a_redone_one_pays_anew(
    app: Flask, fan: Member, event: Event
) -> None:
    check_in = arrive(fan, event)
    settle(now(), fan.id)
    check_in.undone_at = now()
    assert settle(now(), fan.id) == 1
    assert assert_books_balance(fan.id) == 0
    check_in.undone_at, check_in.revision = None, 2
    assert settle(now(), fan.id) == 1
    assert assert_books_balance(fan.id) == 100


def test_what_was_spent_before_the_undo_is_let_go(app: Flask, fan: Member, event: Event) -> None:
    check_in = arrive(fan, event)
    actions.redeem(fan, make_reward(cost=100).id, "a-request-key-0001", now())
    check_in.undone_at = now()
    settle(now(), fan.id)
    assert assert_books_balance(fan.id) == 0
    assert settle(now(), fan.id) == 0


def test_a_reward_given_back_does_not_bring_back_the_points_of_an_undone_check_in(
    app: Flask, fan: Member, event: Event
) -> None:
    check_in = arrive(fan, event)
    small, large = (
        actions.redeem(fan, make_reward(cost=cost).id, f"a-request-key-{cost}", now()) for cost in (40, 60)
    )
    check_in.undone_at = now()
    settle(now(), fan.id)
    for bought in (small, large):
        actions.cancel_redemption(bought.id, fan.id, now())
        assert assert_books_balance(fan.id) == 0
    assert [entry.points for entry in queries.history(fan.id)] == [-60, 60, -40, 40, 0, -60, -40, 100]
    assert queries.history(fan.id)[0].label == event.title
    assert settle(now(), fan.id) == 0


def test_what_an_undo_took_from_other_points_is_not_taken_twice(
    app: Flask, fan: Member, event: Event
) -> None:
    undone = arrive(fan, event)
    arrive(fan)
    bought = actions.redeem(fan, make_reward(cost=150).id, "a-request-key-0001", now())
    undone.undone_at = now()
    settle(now(), fan.id)
    assert assert_books_balance(fan.id) == 0
    actions.cancel_redemption(bought.id, fan.id, now())
    assert assert_books_balance(fan.id) == 100  # what the visit that holds is worth
    again = actions.redeem(fan, make_reward(cost=100).id, "a-request-key-0002", now())
    actions.cancel_redemption(again.id, fan.id, now())
    assert assert_books_balance(fan.id) == 100


def test_points_expire_after_two_years(app: Flask, fan: Member, event: Event) -> None:
    arrive(fan, event)
    settle(now(), fan.id)
    settle(now() + timedelta(days=732), fan.id)
    assert assert_books_balance(fan.id) == 0
    assert queries.history(fan.id)[0].rule == "expiry"


def test_a_cancelled_reward_gives_the_same_lots_their_points_again(
    app: Flask, fan: Member, event: Event
) -> None:
    arrive(fan, event)
    arrive(fan)
    reward = make_reward(cost=150, stock=1)
    redemption = actions.redeem(fan, reward.id, "a-request-key-0001", now())
    before = {lot.id: lot.remaining for lot in db.session.scalars(sa.select(Lot))}
    assert sorted(before.values()) == [0, 50]
    actions.cancel_redemption(redemption.id, fan.id, now())
    db.session.expire_all()
    assert [lot.remaining for lot in db.session.scalars(sa.select(Lot))] == [100, 100]
    assert assert_books_balance(fan.id) == 200
    assert db.session.get_one(Reward, reward.id).redeemed == 0


def test_a_second_tap_buys_nothing_more(app: Flask, fan: Member, event: Event) -> None:
    arrive(fan, event)
    reward = make_reward(cost=50)
    first = actions.redeem(fan, reward.id, "a-request-key-0001", now())
    assert actions.redeem(fan, reward.id, "a-request-key-0001", now()).id == first.id
    assert assert_books_balance(fan.id) == 50


def test_too_few_points_are_refused_and_nothing_is_written(app: Flask, fan: Member) -> None:
    reward = make_reward(cost=50)
    with pytest.raises(Refusal, match="not-enough-points"):
        actions.redeem(fan, reward.id, "a-request-key-0001", now())
    db.session.rollback()
    assert db.session.get_one(Reward, reward.id).redeemed == 0


def test_an_empty_stock_is_refused_and_points_stay(app: Flask, fan: Member, event: Event) -> None:
    arrive(fan, event)
    settle(now(), fan.id)
    db.session.commit()
    reward = make_reward(cost=50, stock=0)
    with pytest.raises(Refusal, match="out-of-stock"):
        actions.redeem(fan, reward.id, "a-request-key-0001", now())
    db.session.rollback()
    assert assert_books_balance(fan.id) == 100


def test_a_reward_is_handed_over_once(app: Flask, fan: Member, cm: Member, event: Event) -> None:
    arrive(fan, event)
    redemption = actions.redeem(fan, make_reward(cost=50).id, "a-request-key-0001", now())
    assert actions.hand_over(redemption.code, cm, now()).handed_over_by_id == cm.id
    with pytest.raises(Refusal, match="handed-over"):
        actions.hand_over(redemption.code, cm, now())
    with pytest.raises(Refusal, match="handed-over"):
        actions.cancel_redemption(redemption.id, fan.id, now())


def test_an_unknown_code_and_a_cancelled_one_are_refused(
    app: Flask, fan: Member, cm: Member, event: Event
) -> None:
    with pytest.raises(Refusal, match="unknown-code"):
        actions.hand_over("X" * 26, cm, now())
    arrive(fan, event)
    redemption = actions.redeem(fan, make_reward(cost=50).id, "a-request-key-0001", now())
    actions.cancel_redemption(redemption.id, fan.id, now())
    with pytest.raises(Refusal, match="cancelled"):
        actions.hand_over(redemption.code, cm, now())


def test_the_worker_settles_everybody(app: Flask, event: Event) -> None:
    members = [make_member() for _ in range(3)]
    for member in members:
        arrive(member, event)
    settle_all()
    assert [assert_books_balance(member.id) for member in members] == [100, 100, 100]


@pytest.mark.parametrize("statement", ["UPDATE point_entries SET points = 1000", "DELETE FROM point_entries"])
def test_the_database_refuses_to_change_the_ledger(each_database: Flask, statement: str) -> None:
    fan = make_member()
    arrive(fan)
    settle(now(), fan.id)
    db.session.commit()
    with pytest.raises(sa.exc.DatabaseError, match="may not change"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


lots = st.lists(
    st.builds(
        rules.LotLeft,
        st.integers(1, 1000),
        st.integers(0, 500),
        st.integers(0, 2000).map(lambda days: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=days)),
    ),
    unique_by=lambda lot: lot.id,
)


@given(lots, st.integers(0, 3000))
def test_a_spend_takes_from_the_first_expiring_and_never_more_than_there_is(
    lots_left: list[rules.LotLeft], points: int
) -> None:
    taken = dict(rules.allocate(lots_left, points))
    assert sum(taken.values()) == min(points, sum(lot.remaining for lot in lots_left))
    by_id = {lot.id: lot for lot in lots_left}
    assert all(0 < part <= by_id[lot_id].remaining for lot_id, part in taken.items())
    untouched = [lot for lot in lots_left if lot.remaining > taken.get(lot.id, 0)]
    if taken and untouched:
        assert max(by_id[lot_id].expires_at for lot_id in taken) <= min(lot.expires_at for lot in untouched)


def test_points_earned_on_29_february_expire_on_the_28th() -> None:
    assert rules.expiry(datetime(2028, 2, 29, 18, tzinfo=UTC)) == datetime(2030, 2, 28, 18, tzinfo=UTC)


def test_points_given_back_to_a_lot_that_expired_meanwhile_expire_too(
    app: Flask, fan: Member, event: Event
) -> None:
    arrive(fan, event)
    bought = actions.redeem(fan, make_reward(cost=60).id, "a-request-key-0001", now())
    two_years_on = now() + timedelta(days=732)
    settle(two_years_on, fan.id)
    actions.cancel_redemption(bought.id, fan.id, two_years_on)
    assert settle(two_years_on, fan.id) == 1
    assert assert_books_balance(fan.id) == 0


def test_a_member_who_cannot_be_settled_does_not_keep_the_others_waiting(app: Flask, event: Event) -> None:
    spoilt, sound = make_member(), make_member()
    arrive(sound, event)
    # A line that was paid for a fact which never was, and that no lot belongs to.
    stray = PointEntry(member_id=spoilt.id, rule=Rule.CHECK_IN, source="check-in:0:1", points=100)
    db.session.add(stray)
    db.session.commit()
    with time_machine.travel(now().replace(minute=0), tick=False):  # when all lines are looked at
        settle_all()
    assert assert_books_balance(sound.id) == 100
