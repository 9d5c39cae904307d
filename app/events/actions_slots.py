"""What CMs do with the slots of an event: name, seat and remove them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.audit import record
from app.db import db, read_again
from app.errors import Refusal
from app.events.actions_desk import Desk, move_line, open_desk
from app.events.actions_manage import add_slot, refuse_too_few
from app.events.models import LIVE, Event, Rsvp, Slot
from app.i18n import _l, ngettext
from app.members.models import Member


@dataclass(frozen=True)
class SlotDraft:
    """A slot as its CM writes it."""

    name: str
    capacity: int
    starts_at: datetime | None = None


def create_slot(event: Event, draft: SlotDraft, by: Member, now: datetime) -> Slot:
    """Add a slot; who registered before it was there keeps a seat of the event without one.

    Refusal: slot-exists.
    """
    desk = open_desk(event.id, now)
    _check_name(desk, None, draft.name)
    slot = add_slot(desk.event, draft.name, draft.capacity, draft.starts_at)
    record("slot.add", f"event:{event.id}", by.id, slot=slot.id, capacity=slot.capacity)
    return slot


def update_slot(slot: Slot, draft: SlotDraft, by: Member, now: datetime) -> None:
    """Change a slot; more seats move the line at once.

    Refusals: slot-exists; capacity, for fewer seats than are promised in it.
    """
    desk = open_desk(slot.event_id, now)
    read_again(slot)
    _check_name(desk, slot, draft.name)
    refuse_too_few(slot, draft.capacity, "capacity")
    slot.name, slot.capacity, slot.starts_at = draft.name, draft.capacity, draft.starts_at
    db.session.flush()
    record("slot.change", f"event:{slot.event_id}", by.id, slot=slot.id, capacity=slot.capacity)
    move_line(desk)


def remove_slot(slot: Slot, by: Member, now: datetime) -> None:
    """Take away a slot in which nobody has a seat or waits. Refusal: slot-in-use."""
    desk = open_desk(slot.event_id, now)
    read_again(slot)
    inside = sa.select(sa.func.count(Rsvp.id)).where(Rsvp.slot_id == slot.id, Rsvp.status.in_(LIVE))
    if count := db.session.scalar(inside):
        text = ngettext(
            "One registration is in it: move or cancel it first.",
            "%(num)d registrations are in it: move or cancel them first.",
            count,
        )
        raise Refusal("slot-in-use", text)
    # Those who gave their seat back keep their answer, without the slot that is no more.
    db.session.execute(sa.update(Rsvp).where(Rsvp.slot_id == slot.id).values(slot_id=None))
    record("slot.remove", f"event:{slot.event_id}", by.id, slot=slot.id)
    db.session.delete(slot)
    db.session.flush()
    db.session.expire(desk.event, ["slots"])


def _check_name(desk: Desk, slot: Slot | None, name: str) -> None:
    if any(other is not slot and other.name.casefold() == name.casefold() for other in desk.event.slots):
        raise Refusal("slot-exists", _l("There is a slot of that name already."), field="name")
