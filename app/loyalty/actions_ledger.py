"""Writing the ledger: settling facts, letting points go. Every change of a wallet begins by locking its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa

from app.db import db, insert_or
from app.loyalty import rules
from app.loyalty.models import Allocation, Lot, PointEntry, Rule, Wallet
from app.loyalty.queries import dues

_entries, _lots = cast(sa.Table, PointEntry.__table__), cast(sa.Table, Lot.__table__)
# What members who came take, made once, and by column: after a meetup hundreds are settled in a row.
_EARNED = (
    sa.insert(_entries).values(reverses_id=None).returning(_entries.c.rule, _entries.c.source, _entries.c.id)
)
_LOTS = sa.insert(_lots).returning(_lots.c.id)


def lock_wallet(member_id: int) -> Wallet:
    """Make the wallet if there is none, and hold its row until the transaction ends."""
    return lock_wallets(member_id)[member_id]


def lock_wallets(*member_ids: int) -> dict[int, Wallet]:
    """Make the wallets that are missing, and hold the rows of all until the transaction ends.

    The first statement is a write, so that on SQLite too no other process changes a wallet meanwhile. Rows are taken by
    id: two who want the same do not wait in a circle.
    """
    hold, anew = _hold(db.engine.dialect.name), {"populate_existing": True}
    rows = [{"member_id": member_id, "balance": 0} for member_id in sorted(set(member_ids))]
    wallets = cast(Sequence[Wallet], db.session.scalars(hold, rows, execution_options=anew).all())
    return {wallet.member_id: wallet for wallet in wallets}


@cache  # making a statement takes longer than running it
def _hold(_dialect: str) -> Any:
    keep = {"balance": Wallet.balance}
    return insert_or(Wallet).on_conflict_do_update(index_elements=["member_id"], set_=keep).returning(Wallet)


def settle(now: datetime, *member_ids: int) -> int:
    """Bring members’ ledgers up to date: pay new facts, reverse undone ones, expire lots. Return the lines written.

    Idempotent: it reads facts and writes what is missing, so a late scan or a replayed job needs nothing of its own.
    To pay many members takes as many statements as one.
    """
    wallets = lock_wallets(*member_ids)
    db.session.flush()
    missing = db.session.connection().execute(dues(), {"whose": list(wallets), "now": now}).all()
    undone = [due for due in missing if due.entry_id is not None]
    unpaid = sorted((due for due in missing if due.source is not None), key=lambda due: (due.at, due.source))
    for due in undone:
        _take_back(wallets[due.member_id], db.session.get_one(PointEntry, due.entry_id), now)
    earned = _earn(wallets, unpaid, now)
    # Only then: what was earned long ago and is told late may have expired already.
    ended = {due.member_id for due in missing if due.entry_id is None and due.source is None}
    ended |= {lot["member_id"] for lot in earned if lot["expires_at"] <= now}
    return len(undone) + len(earned) + sum(_expire(wallets[member_id], now) for member_id in sorted(ended))


def _earn(
    wallets: Mapping[int, Wallet], facts: Sequence[sa.Row[*tuple[Any, ...]]], now: datetime
) -> list[dict[str, Any]]:
    """Write a line for each fact and the lots that they become; return those."""
    if not facts:
        return []
    lines = []
    for fact in facts:
        points = rules.POINTS[fact.rule]
        line = {"points": points, "tier_points": points, "label": fact.label[:200], "at": now}
        lines.append(line | {"member_id": fact.member_id, "rule": Rule(fact.rule), "source": fact.source})
        wallets[fact.member_id].balance += points
    connection = db.session.connection()
    entries = {(row.rule, row.source): row.id for row in connection.execute(_EARNED, lines)}
    lots = []
    for fact, line in zip(facts, lines, strict=True):
        entry_id, points = entries[line["rule"], line["source"]], line["points"]
        lot = {"member_id": fact.member_id, "entry_id": entry_id, "points": points, "remaining": points}
        lots.append(lot | {"expires_at": rules.expiry(fact.at)})
    connection.execute(_LOTS, lots)
    db.session.flush()
    return lots


def _take_back(wallet: Wallet, entry: PointEntry, now: datetime) -> None:
    """Reverse an earning: from its own lot, then from others. What was spent already and cannot be taken is let go."""
    own = db.session.scalars(sa.select(Lot).where(Lot.entry_id == entry.id)).one()
    parts = [(own.id, own.remaining)] if own.remaining else []
    missing = entry.points - own.remaining
    others = [lot for lot in lots_left(wallet.member_id) if lot.id != own.id]
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
    write_line(wallet, line, parts)


def _expire(wallet: Wallet, now: datetime) -> int:
    return _let_go(wallet, [lot for lot in lots_left(wallet.member_id) if lot.expires_at <= now], now)


def take_all(wallet: Wallet, now: datetime) -> int:
    """Let every point left expire now, as when a member leaves; return how many lots that ended."""
    return _let_go(wallet, lots_left(wallet.member_id), now)


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
        write_line(wallet, line, [(lot.id, lot.remaining)])
    return len(lots)


def lots_left(member_id: int) -> list[rules.LotLeft]:
    columns = sa.select(Lot.id, Lot.remaining, Lot.expires_at)
    rows = db.session.execute(columns.where(Lot.member_id == member_id, Lot.remaining > 0))
    return [rules.LotLeft(*row) for row in rows]


def write_line(wallet: Wallet, line: PointEntry, parts: list[tuple[int, int]]) -> None:
    """Write a line with its allocations; positive parts are taken from lots, negative ones given back."""
    db.session.add(line)
    db.session.flush()
    for lot_id, points in parts:
        db.session.add(Allocation(entry_id=line.id, lot_id=lot_id, points=points))
        change = sa.update(Lot).where(Lot.id == lot_id).values(remaining=Lot.remaining - points)
        db.session.execute(change.execution_options(synchronize_session="fetch"))
    wallet.balance += line.points
    db.session.flush()
