"""Reading wallets, rewards and redemptions."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from app.db import UtcDateTime, db
from app.facts import FACTS, FactSelect
from app.loyalty.models import Allocation, Lot, PointEntry, Redemption, Reward, Rule, Wallet


def balance(member_id: int) -> int:
    """Return how many points a member can spend."""
    return db.session.connection().execute(_balance(), {"member": member_id}).scalar() or 0


@cache  # making a statement takes longer than running it
def _balance() -> sa.Select[int]:
    return sa.select(Wallet.balance).where(Wallet.member_id == sa.bindparam("member"))


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


@cache
def dues() -> sa.CompoundSelect[*tuple[Any, ...]]:
    """Select what is missing in members’ ledgers (parameters: `whose`, their ids, and `now`).

    Columns: rule, member_id, and of a fact that was never paid source, at and label; of a line whose fact no longer
    holds entry_id. Of each lot that has ended one row more, with neither.
    """
    whose, none = sa.bindparam("whose", expanding=True, type_=sa.Integer), sa.null()
    parts = []
    for kind in sorted(FACTS):
        unpaid, rule = _unpaid(kind), sa.literal(kind, sa.String).label("rule")
        fact = unpaid.selected_columns
        entry_id = sa.cast(none, sa.Integer).label("entry_id")
        columns = (rule, fact.member_id, entry_id, fact.source, fact.at, fact.label)
        parts.append(unpaid.where(fact.member_id.in_(whose)).with_only_columns(*columns))
        undone = _undone(kind).where(PointEntry.member_id.in_(whose))
        parts.append(undone.with_only_columns(rule, PointEntry.member_id, PointEntry.id, none, none, none))
    expiry = sa.literal(Rule.EXPIRY.value, sa.String)
    ended = sa.select(expiry, Lot.member_id, none, none, none, none).where(
        Lot.member_id.in_(whose), *_ended()
    )
    return sa.union_all(*parts, ended)


@cache
def who_is_due(recently: bool) -> sa.CompoundSelect[int]:
    """Select the members whose ledger lacks something, some of them more than once.

    Parameter: `now`. With `recently` two more, and only what is newer is looked at, not each arrival there ever was:
    facts and ends of lots since `since`, and lines whose lots end since `since_expiry`, which an index finds.
    """
    since, since_expiry = (sa.bindparam(name, type_=UtcDateTime) for name in ("since", "since_expiry"))
    parts = []
    for kind in FACTS:
        facts, entries = _unpaid(kind), _undone(kind)
        if recently:
            facts = facts.where(facts.selected_columns.at >= since)
            entries = entries.join(Lot, Lot.entry_id == PointEntry.id).where(Lot.expires_at >= since_expiry)
        parts += [
            facts.with_only_columns(facts.selected_columns.member_id),
            entries.with_only_columns(PointEntry.member_id),
        ]
    ended = sa.select(Lot.member_id).where(*_ended())
    if recently:
        ended = ended.where(Lot.expires_at >= since)
    return sa.union_all(*parts, ended)


def _unpaid(kind: str) -> FactSelect:
    """Select the facts of a kind that no line of the ledger paid."""
    facts = FACTS[kind]()
    fact = facts.selected_columns
    paid = sa.exists().where(
        PointEntry.member_id == fact.member_id,
        PointEntry.rule == Rule(kind),
        PointEntry.source == fact.source,
    )
    return facts.where(~paid)


def _undone(kind: str) -> sa.Select[PointEntry]:
    """Select the lines that paid a fact which no longer holds, and that nothing reversed yet."""
    facts = FACTS[kind]()
    fact = facts.selected_columns
    holds = facts.where(fact.member_id == PointEntry.member_id, fact.source == PointEntry.source)
    reversal = sa.orm.aliased(PointEntry)
    return sa.select(PointEntry).where(
        PointEntry.rule == Rule(kind),
        ~holds.correlate(PointEntry).exists(),
        ~sa.exists().where(reversal.reverses_id == PointEntry.id),
    )


def _ended() -> tuple[sa.ColumnElement[bool], ...]:
    return Lot.remaining > 0, Lot.expires_at <= sa.bindparam("now", type_=UtcDateTime)


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
