"""Writing the ledger: settling facts, letting points go. Every change of a wallet begins by locking its row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa

from app.db import db, insert_or
from app.loyalty import rules
from app.loyalty.models import Allocation, Lot, PointEntry, Rule, Wallet
from app.loyalty.queries import dues

_entries, _lots = cast(sa.Table, PointEntry.__table__), cast(sa.Table, Lot.__table__)
# What each member who came takes, made once, and by column: after a meetup hundreds are settled in a row.
_EARNED = sa.insert(_entries).values(reverses_id=None).returning(_entries.c.id)
_LOT = sa.insert(_lots)


def lock_wallet(member_id: int) -> Wallet:
    """Make the wallet if there is none, and hold its row until the transaction ends.

    The first statement is a write, so that on SQLite too no other process changes the wallet meanwhile.
    """
    hold, anew = _hold(db.engine.dialect.name), {"populate_existing": True}
    return cast(Wallet, db.session.scalars(hold, {"member_id": member_id}, execution_options=anew).one())


@cache  # making a statement takes longer than running it
def _hold(_dialect: str) -> Any:
    made, keep = insert_or(Wallet).values(balance=0), {"balance": Wallet.balance}
    return made.on_conflict_do_update(index_elements=["member_id"], set_=keep).returning(Wallet)


def settle(now: datetime, member_id: int) -> int:
    """Bring a member's ledger up to date: pay new facts, reverse undone ones, expire lots. Return the lines written.

    Idempotent: it reads facts and writes what is missing, so a late scan or a replayed job needs nothing of its own.
    """
    wallet = lock_wallet(member_id)
    db.session.flush()
    missing = db.session.connection().execute(dues(), {"whose": member_id, "now": now}).all()
    undone = [due.entry_id for due in missing if due.entry_id is not None]
    unpaid = sorted((due for due in missing if due.source is not None), key=lambda due: (due.at, due.source))
    for entry_id in undone:
        _take_back(wallet, db.session.get_one(PointEntry, entry_id), now)
    earned = _earn(wallet, unpaid, now)
    # Only then: what was earned long ago and is told late may have expired already.
    ended = len(missing) > len(undone) + len(unpaid) or any(lot["expires_at"] <= now for lot in earned)
    return len(undone) + len(earned) + (_expire(wallet, now) if ended else 0)


def _earn(wallet: Wallet, facts: Sequence[sa.Row[*tuple[Any, ...]]], now: datetime) -> list[dict[str, Any]]:
    """Write a line for each fact and the lots that they become; return those."""
    connection, member_id = db.session.connection(), wallet.member_id
    lots: list[dict[str, Any]] = []
    for fact in facts:
        points = rules.POINTS[fact.rule]
        line = {"points": points, "tier_points": points, "label": fact.label[:200], "at": now}
        line |= {"member_id": member_id, "rule": Rule(fact.rule), "source": fact.source}
        entry_id = connection.execute(_EARNED, line).scalar_one()
        lot = {"member_id": member_id, "entry_id": entry_id, "points": points, "remaining": points}
        lots.append(lot | {"expires_at": rules.expiry(fact.at)})
        connection.execute(_LOT, lots[-1])
    if lots:
        wallet.balance += sum(lot["points"] for lot in lots)
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
