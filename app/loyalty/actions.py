"""Writing the ledger: settling facts, spending, giving back. Every change of a wallet begins by locking its row."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app.db import db, insert_or
from app.errors import Refusal
from app.facts import FACTS
from app.i18n import _l
from app.loyalty import rules
from app.loyalty.models import Allocation, Lot, PointEntry, Redemption, Reward, Rule, Wallet
from app.loyalty.queries import let_go, undone_entries, unpaid_facts
from app.members.models import Member
from app.tokens import new_code


def lock_wallet(member_id: int) -> Wallet:
    """Make the wallet if there is none, and hold its row until the transaction ends.

    The first statement is a write, so that on SQLite too no other process changes the wallet meanwhile.
    """
    made: Any = insert_or(Wallet).values(member_id=member_id, balance=0)
    keep = {"balance": Wallet.balance}
    db.session.execute(made.on_conflict_do_update(index_elements=["member_id"], set_=keep))
    return db.session.get_one(Wallet, member_id, populate_existing=True)


def settle(now: datetime, member_id: int) -> int:
    """Bring a member's ledger up to date: pay new facts, reverse undone ones, expire lots. Return the lines written.

    Idempotent: it reads facts and writes what is missing, so a late scan or a replayed job needs nothing of its own.
    """
    wallet = lock_wallet(member_id)
    written = 0
    for kind in sorted(FACTS):
        undone = db.session.scalars(undone_entries(kind, member_id)).all()
        for entry in undone:
            _take_back(wallet, entry, now)
        unpaid = db.session.execute(unpaid_facts(kind, member_id)).all()
        for fact in unpaid:
            _earn(wallet, Rule(kind), fact.source, fact.label, fact.at, now)
        written += len(undone) + len(unpaid)
    return written + _expire(wallet, now)


def _earn(wallet: Wallet, rule: Rule, source: str, label: str, earned_at: datetime, now: datetime) -> None:
    points = rules.POINTS[rule]
    entry = PointEntry(
        member_id=wallet.member_id,
        rule=rule,
        source=source,
        points=points,
        tier_points=points,
        label=label[:200],
        at=now,
    )
    db.session.add(entry)
    db.session.flush()
    lot = Lot(member_id=wallet.member_id, entry_id=entry.id, points=points, remaining=points)
    lot.expires_at = rules.expiry(earned_at)
    db.session.add(lot)
    wallet.balance += points
    db.session.flush()


def _take_back(wallet: Wallet, entry: PointEntry, now: datetime) -> None:
    """Reverse an earning: from its own lot, then from others. What was spent already and cannot be taken is let go."""
    own = db.session.scalars(sa.select(Lot).where(Lot.entry_id == entry.id)).one()
    parts = [(own.id, own.remaining)] if own.remaining else []
    missing = entry.points - own.remaining
    others = [lot for lot in _lots_left(wallet.member_id) if lot.id != own.id]
    parts += rules.allocate(others, missing)
    taken = sum(points for _lot, points in parts)
    line = PointEntry(
        member_id=wallet.member_id,
        rule=Rule.REVERSAL,
        source=f"entry:{entry.id}",
        points=-taken,
        tier_points=-entry.tier_points,
        label=entry.label,
        reverses_id=entry.id,
        at=now,
    )
    _write(wallet, line, parts)


def _expire(wallet: Wallet, now: datetime) -> int:
    return _let_go(wallet, [lot for lot in _lots_left(wallet.member_id) if lot.expires_at <= now], now)


def take_all(wallet: Wallet, now: datetime) -> int:
    """Let every point left expire now, as when a member leaves; return how many lots that ended."""
    return _let_go(wallet, _lots_left(wallet.member_id), now)


def _let_go(wallet: Wallet, lots: list[rules.LotLeft], now: datetime) -> int:
    for lot in lots:
        # A reward given back late fills a lot that has expired already: it expires again, by a line of its own.
        moves = db.session.scalar(sa.select(sa.func.count()).where(Allocation.lot_id == lot.id))
        line = PointEntry(
            member_id=wallet.member_id,
            rule=Rule.EXPIRY,
            source=f"lot:{lot.id}:{moves}",
            points=-lot.remaining,
            at=now,
        )
        _write(wallet, line, [(lot.id, lot.remaining)])
    return len(lots)


def _lots_left(member_id: int) -> list[rules.LotLeft]:
    columns = sa.select(Lot.id, Lot.remaining, Lot.expires_at)
    rows = db.session.execute(columns.where(Lot.member_id == member_id, Lot.remaining > 0))
    return [rules.LotLeft(*row) for row in rows]


def _write(wallet: Wallet, line: PointEntry, parts: list[tuple[int, int]]) -> None:
    """Write a line with its allocations; positive parts are taken from lots, negative ones given back."""
    db.session.add(line)
    db.session.flush()
    for lot_id, points in parts:
        db.session.add(Allocation(entry_id=line.id, lot_id=lot_id, points=points))
        change = sa.update(Lot).where(Lot.id == lot_id).values(remaining=Lot.remaining - points)
        db.session.execute(change.execution_options(synchronize_session="fetch"))
    wallet.balance += line.points
    db.session.flush()


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
    _write(wallet, line, rules.allocate(_lots_left(member.id), reward.cost))
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
    _write(wallet, line, [(lot_id, points) for lot_id, points in parts])
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
        _write(wallet, line, [(lot_id, points) for lot_id, points, _label in parts])


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
