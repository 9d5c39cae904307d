"""A person's rights over their points: to read them, and to leave them behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.loyalty.actions_ledger import lock_wallet, take_all
from app.loyalty.queries import balance, history, redemptions_of
from app.privacy import erases, exports


@exports("points")
def points_of(member_id: int) -> dict[str, Any]:
    """Return a member's balance, every line of the ledger and every reward they took."""
    return {
        "balance": balance(member_id),
        "movements": [
            {"at": entry.at.isoformat(), "why": entry.rule.value, "points": entry.points, "what": entry.label}
            for entry in history(member_id, limit=None)
        ],
        "rewards": [
            {
                "reward": redemption.reward.name,
                "cost": redemption.cost,
                "taken_at": redemption.created_at.isoformat(),
                "received_at": redemption.handed_over_at.isoformat() if redemption.handed_over_at else None,
            }
            for redemption in redemptions_of(member_id)
        ],
    }


@erases
def lose_points(member_id: int, now: datetime) -> None:
    """Let a member's points expire at once; the ledger keeps its lines, which name nobody."""
    take_all(lock_wallet(member_id), now)
