"""Reading wallets, rewards and redemptions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.db import db
from app.facts import FACTS
from app.loyalty.models import Allocation, Lot, PointEntry, Redemption, Reward, Rule, Wallet


def balance(member_id: int) -> int:
    """Return how many points a member can spend."""
    return db.session.scalar(sa.select(Wallet.balance).where(Wallet.member_id == member_id)) or 0


def history(member_id: int, limit: int | None = 100) -> list[PointEntry]:
    """Return the latest lines of a member's ledger, the newest first; all of them without a limit."""
    query = sa.select(PointEntry).where(PointEntry.member_id == member_id)
    return list(db.session.scalars(query.order_by(PointEntry.id.desc()).limit(limit)))


def rewards_on_offer() -> list[Reward]:
    """Return what points can buy now, the cheapest first."""
    return list(db.session.scalars(sa.select(Reward).where(Reward.active).order_by(Reward.cost, Reward.id)))


def all_rewards() -> list[Reward]:
    return list(db.session.scalars(sa.select(Reward).order_by(Reward.active.desc(), Reward.cost, Reward.id)))


def redemptions_of(member_id: int) -> list[Redemption]:
    query = sa.select(Redemption).where(Redemption.member_id == member_id).order_by(Redemption.id.desc())
    return list(db.session.scalars(query))


def unpaid_facts(kind: str, member_id: int | None = None) -> sa.Select[int, str, datetime, str]:
    """Select the facts of a kind that no line of the ledger paid: member_id, source, at, label."""
    facts = FACTS[kind]().subquery()
    paid = sa.and_(
        PointEntry.member_id == facts.c.member_id,
        PointEntry.rule == kind,
        PointEntry.source == facts.c.source,
    )
    columns = (facts.c.member_id, facts.c.source, facts.c.at, facts.c.label)
    query = sa.select(*columns).outerjoin(PointEntry, paid).where(PointEntry.id.is_(None))
    return query if member_id is None else query.where(facts.c.member_id == member_id)


def undone_entries(kind: str, member_id: int | None = None) -> sa.Select[PointEntry]:
    """Select the lines that paid a fact which no longer holds, and that nothing reversed yet."""
    facts = FACTS[kind]().subquery()
    reversal = sa.orm.aliased(PointEntry)
    holds = sa.and_(facts.c.member_id == PointEntry.member_id, facts.c.source == PointEntry.source)
    query = (
        sa.select(PointEntry)
        .outerjoin(facts, holds)
        .outerjoin(reversal, reversal.reverses_id == PointEntry.id)
        .where(PointEntry.rule == Rule(kind), facts.c.source.is_(None), reversal.id.is_(None))
    )
    return query if member_id is None else query.where(PointEntry.member_id == member_id)


def let_go(giving_back_id: int) -> sa.Select[int, int, int, str]:
    """Select the lots that a line gave points to and whose own fact was undone.

    Columns: lot id, points given, points of the fact that no line has taken back yet, the fact's label.
    """
    undoing, more, gift = (sa.orm.aliased(PointEntry) for _ in range(3))
    # A reversal of a reversal is what `cancel_redemption` took from points that it had just given back.
    taken_since = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.points), 0))
        .join(more, more.id == Allocation.entry_id)
        .join(gift, gift.id == more.reverses_id)
        .where(Allocation.lot_id == Lot.id, gift.rule == Rule.REVERSAL)
        .scalar_subquery()
    )
    given = sa.orm.aliased(Allocation)
    missing = PointEntry.points + undoing.points - taken_since
    return (
        sa.select(Lot.id, -given.points, missing, PointEntry.label)
        .join(given, given.lot_id == Lot.id)
        .join(PointEntry, PointEntry.id == Lot.entry_id)
        .join(undoing, undoing.reverses_id == PointEntry.id)
        .where(given.entry_id == giving_back_id)
        .order_by(Lot.id)
    )
