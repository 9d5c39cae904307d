"""Many processes at one wallet and one stock: points are paid and spent once, and no piece is promised twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.models import RsvpStatus
from app.loyalty.actions import redeem
from app.loyalty.actions_ledger import settle
from app.loyalty.models import PointEntry, Redemption, Reward
from app.members.models import Member
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_reward, make_rsvp
from tests.loyalty.test_ledger import assert_books_balance
from tests.racing import race

PROCESSES = 6


def shop(together: Callable[[], object], name: str, member_id: int, reward_ids: list[int]) -> None:
    """Settle one member and try to take each reward, all processes at the same moment."""
    together()
    settle(now(), member_id)
    commit()
    for reward_id in reward_ids:
        together()
        member = db.session.get_one(Member, member_id)
        try:
            redeem(member, reward_id, f"{name}-{reward_id}", now())
            commit()
        except Refusal:
            db.session.rollback()


def settle_many(together: Callable[[], object], member_ids: list[int]) -> None:
    """Settle members in a transaction, all processes at the same moment."""
    together()
    settle(now(), *member_ids)
    commit()


def shop_together(folder: Path, url: str, member_ids: list[int], reward_ids: list[int]) -> None:
    entrants = [(f"shopper {n}", member_id, reward_ids) for n, member_id in enumerate(member_ids)]
    race(folder, url, shop, entrants)


def arrive(*members: Member) -> None:
    event = make_event(make_chapter(), capacity=50)
    for member in members:
        make_check_in(make_rsvp(event, member, RsvpStatus.CONFIRMED))


def test_one_wallet_opened_by_six_processes_is_paid_and_spent_once(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    member, rewards = make_member(), [make_reward(cost=60), make_reward(cost=60)]
    arrive(member)
    member_id, reward_ids = member.id, [reward.id for reward in rewards]
    shop_together(tmp_path, database_url, [member_id] * PROCESSES, reward_ids)
    assert assert_books_balance(member_id) == 40
    assert db.session.scalar(sa.select(sa.func.count(PointEntry.id))) == 2
    assert db.session.scalar(sa.select(sa.func.count(Redemption.id))) == 1


def test_six_members_race_for_the_last_3_pieces(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    members, reward = [make_member() for _ in range(PROCESSES)], make_reward(cost=100, stock=3)
    arrive(*members)
    member_ids, reward_id = [member.id for member in members], reward.id
    shop_together(tmp_path, database_url, member_ids, [reward_id])
    assert db.session.get_one(Reward, reward_id).redeemed == 3
    assert db.session.scalar(sa.select(sa.func.count(Redemption.id))) == 3
    assert sorted(assert_books_balance(member_id) for member_id in member_ids) == [0] * 3 + [100] * 3


def test_members_settled_by_six_processes_in_any_order_are_paid_once(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    members = [make_member() for _ in range(20)]
    arrive(*members)
    ids = [member.id for member in members]
    orders = [ids, ids[::-1], ids[5:], ids[:15][::-1], ids[:1], ids[-1:]]
    race(tmp_path, database_url, settle_many, [(order,) for order in orders])
    assert [assert_books_balance(member_id) for member_id in ids] == [100] * 20
