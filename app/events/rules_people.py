"""How an event's people are searched, named and written down for a spreadsheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.events.models import CancelReason, HoldFor, RsvpStatus
from app.i18n import _l


class Standing(StrEnum):
    """What somebody is to an event, as a CM asks for it."""

    CONFIRMED = "confirmed"
    HELD = "held"
    WAITING = "waiting"
    ARRIVED = "arrived"
    ABSENT = "absent"  # confirmed, and not arrived
    CANCELLED = "cancelled"
    DECLINED = "declined"


STATUS_OF = {
    Standing.CONFIRMED: RsvpStatus.CONFIRMED,
    Standing.HELD: RsvpStatus.HELD,
    Standing.WAITING: RsvpStatus.WAITLISTED,
    Standing.CANCELLED: RsvpStatus.CANCELLED,
    Standing.DECLINED: RsvpStatus.DECLINED,
}


class Lapse(StrEnum):
    """What somebody whose seat lapsed has not done in time."""

    UNCONFIRMED = "unconfirmed"  # that the address is theirs
    UNACCEPTED = "unaccepted"  # the seat that was offered to them
    UNANSWERED = "unanswered"  # whether they still come


LAPSE_WORDS = {
    Lapse.UNCONFIRMED: _l("not confirmed in time"),
    Lapse.UNACCEPTED: _l("offer not accepted in time"),
    Lapse.UNANSWERED: _l("“Still coming?” not answered"),
}


def lapse_of(
    status: RsvpStatus,
    because: CancelReason | None,
    hold_for: HoldFor | None,
    confirmed_at: datetime | None,
) -> Lapse | None:
    """Return why a seat lapsed, or None when it did not: somebody gave it back or has it, or declined since."""
    if status is not RsvpStatus.CANCELLED or because is not CancelReason.LAPSED:
        return None
    if hold_for is HoldFor.OFFER:
        return Lapse.UNACCEPTED
    return Lapse.UNANSWERED if confirmed_at else Lapse.UNCONFIRMED


class Order(StrEnum):
    """In which order people are shown."""

    NAME = "name"
    NEWEST = "newest"
    LINE = "line"  # who waits first, by place


@dataclass(frozen=True)
class Search:
    """What a CM looks for, as the address of the page says it. None and "" stand for all."""

    words: str = ""
    standing: Standing | None = None
    slot_id: int | None = None
    order: Order = Order.NAME

    @classmethod
    def of(cls, arguments: Mapping[str, str], slot_ids: Collection[int]) -> Search:
        """Read an address; a value that means nothing is as good as none."""
        standing, order, slot = (arguments.get(name, "") for name in ("status", "order", "slot"))
        return cls(
            words=" ".join(arguments.get("q", "").split())[:100],
            standing=Standing(standing) if standing in set(Standing) else None,
            slot_id=int(slot) if slot in {str(slot_id) for slot_id in slot_ids} else None,
            order=Order(order) if order in set(Order) else Order.NAME,
        )

    def arguments(self) -> dict[str, str]:
        """Return what an address says to find the same people again."""
        said = {
            "q": self.words,
            "status": self.standing.value if self.standing else "",
            "slot": str(self.slot_id or ""),
            "order": "" if self.order is Order.NAME else self.order.value,
        }
        return {name: value for name, value in said.items() if value}


def stands(standing: Standing, status: RsvpStatus, *, arrived: bool) -> bool:
    """Tell whether a party is what a CM asks for."""
    if standing is Standing.ARRIVED:
        return arrived
    if standing is Standing.ABSENT:
        return status is RsvpStatus.CONFIRMED and not arrived
    return status is STATUS_OF[standing]


def origin_text(arrived_from: Mapping[str, object] | None) -> str:
    """Write how somebody came on one line: "utm_source=instagram, via=lea"."""
    return ", ".join(f"{key}={value}" for key, value in sorted((arrived_from or {}).items()))
