"""Rewards: buying one, giving it back, handing it over; and what the brand offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app.db import db
from app.errors import Refusal
from app.i18n import _l
from app.loyalty import rules
from app.loyalty.actions_ledger import lock_wallet, lots_left, settle, write_line
from app.loyalty.models import Allocation, PointEntry, Redemption, Reward, Rule, Wallet
from app.loyalty.queries import let_go
from app.members.models import Member
from app.tokens import new_code


def redeem(member: Member, reward_id: int, request_key: str, now: datetime) -> Redemption:
    """Buy a reward. The same `request_key` answers with the first redemption.

    Raises Refusal("not-enough-points"), Refusal("out-of-stock").
    """
    wallet = lock_wallet(member.id)
    earlier = db.session.scalar(sa.select(Redemption).where(Redemption.request_key == request_key))
    if earlier and earlier.member_id == member.id:
        return earlier
    settle(now, member.id)
    reward = db.session.get(Reward, reward_id)
    if reward and wallet.balance < reward.cost:
        raise Refusal("not-enough-points", _l("You don’t have enough points for this reward yet."))
    if reward is None or not _take_from_stock(reward_id):
        raise Refusal("out-of-stock", _l("This reward has just run out. Your points are untouched."))
    redemption = Redemption(
        member_id=member.id, reward_id=reward.id, request_key=request_key, code=new_code(), cost=reward.cost
    )
    redemption.created_at = now
    db.session.add(redemption)
    db.session.flush()
    line = PointEntry(
        member_id=member.id,
        rule=Rule.REDEMPTION,
        source=f"redemption:{redemption.id}",
        points=-reward.cost,
        label=reward.name.get(member.locale, ""),
        at=now,
    )
    write_line(wallet, line, rules.allocate(lots_left(member.id), reward.cost))
    return redemption


def _take_from_stock(reward_id: int) -> bool:
    taken = (
        sa.update(Reward)
        .where(Reward.id == reward_id, Reward.active, Reward.redeemed < Reward.stock)
        .values(redeemed=Reward.redeemed + 1)
    )
    return cast("sa.CursorResult[Any]", db.session.execute(taken)).rowcount == 1


def cancel_redemption(redemption_id: int, member_id: int, now: datetime) -> Redemption:
    """Give a reward back before it is handed over: the same lots get their points again, the stock its piece.

    Points of a fact that was undone meanwhile do not stay: they are taken as far as the undo could not.
    Raises Refusal("handed-over").
    """
    wallet = lock_wallet(member_id)
    redemption = db.session.get_one(Redemption, redemption_id, populate_existing=True)
    if redemption.cancelled_at:
        return redemption
    change = sa.update(Redemption).where(Redemption.id == redemption_id, Redemption.handed_over_at.is_(None))
    if not cast("sa.CursorResult[Any]", db.session.execute(change.values(cancelled_at=now))).rowcount:
        raise Refusal("handed-over", _l("This reward was handed over already."))
    source = f"redemption:{redemption.id}"
    spent = db.session.scalars(
        sa.select(PointEntry).where(PointEntry.member_id == member_id, PointEntry.source == source)
    ).one()
    parts = db.session.execute(
        sa.select(Allocation.lot_id, -Allocation.points).where(Allocation.entry_id == spent.id)
    ).all()
    line = PointEntry(
        member_id=member_id,
        rule=Rule.REVERSAL,
        source=f"entry:{spent.id}",
        points=-spent.points,
        label=spent.label,
        reverses_id=spent.id,
        at=now,
    )
    write_line(wallet, line, [(lot_id, points) for lot_id, points in parts])
    _take_what_was_let_go(wallet, line, now)
    db.session.execute(
        sa.update(Reward).where(Reward.id == redemption.reward_id).values(redeemed=Reward.redeemed - 1)
    )
    return redemption


def _take_what_was_let_go(wallet: Wallet, gift: PointEntry, now: datetime) -> None:
    """Of the points that a line just gave back, take those that undoing their fact had found spent."""
    rows = db.session.execute(let_go(gift.id)).all()
    parts = [(lot_id, min(given, missing), label) for lot_id, given, missing, label in rows if missing > 0]
    if parts:
        line = PointEntry(
            member_id=wallet.member_id,
            rule=Rule.REVERSAL,
            source=f"entry:{gift.id}",
            points=-sum(points for _lot, points, _label in parts),
            label=", ".join(label for *_, label in parts)[:200],
            reverses_id=gift.id,
            at=now,
        )
        write_line(wallet, line, [(lot_id, points) for lot_id, points, _label in parts])


def hand_over(code: str, by: Member, now: datetime) -> Redemption:
    """Hand a reward over, once. Raises Refusal("unknown-code"), ("cancelled") or ("handed-over")."""
    unused = sa.and_(Redemption.handed_over_at.is_(None), Redemption.cancelled_at.is_(None))
    change = sa.update(Redemption).where(Redemption.code == code, unused)
    done = db.session.execute(change.values(handed_over_at=now, handed_over_by_id=by.id))
    redemption = db.session.scalar(sa.select(Redemption).where(Redemption.code == code))
    if redemption is None:
        raise Refusal("unknown-code", _l("No reward has this code. Check that all 26 characters are there."))
    db.session.refresh(redemption)
    if not cast("sa.CursorResult[Any]", done).rowcount:
        if redemption.cancelled_at:
            raise Refusal("cancelled", _l("This reward was cancelled: its points went back to the member."))
        raise Refusal("handed-over", _l("This reward was handed over already."))
    return redemption


def create_reward(values: dict[str, Any], now: datetime) -> Reward:
    """Add a reward: name and description in both languages, cost in points, stock in pieces."""
    reward = Reward(**values, created_at=now)
    db.session.add(reward)
    db.session.flush()
    return reward


def update_reward(reward: Reward, values: dict[str, Any]) -> None:
    """Change a reward. Raises Refusal("stock") when fewer pieces would be left than are promised."""
    db.session.refresh(reward, with_for_update=True)
    if values["stock"] < reward.redeemed:
        text = _l("%(count)d are already promised: the stock can’t go below that.", count=reward.redeemed)
        raise Refusal("stock", text, field="stock")
    for name, value in values.items():
        setattr(reward, name, value)
    db.session.flush()
