"""Reading webhooks: who listens, what they were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy.orm import Session

from app.api.models_webhooks import Delivery, Webhook
from app.api.queries import read_standing, standing_of
from app.db import db
from app.events.models import Event, Rsvp
from app.events.models_door import CheckIn
from app.happenings import Happening
from app.members.models import Member
from app.surveys.models import Response, Study

PER_PAGE = 50


@dataclass(frozen=True)
class Hearer:
    """A webhook that listens. `chapter_ids` is None for all chapters."""

    id: int
    kinds: frozenset[str]
    chapter_ids: frozenset[int] | None

    def hears(self, kind: str, chapter_id: int) -> bool:
        return kind in self.kinds and (self.chapter_ids is None or chapter_id in self.chapter_ids)


_HEARERS = (
    sa.select(Webhook.id, Webhook.kinds, *standing_of(Webhook.member_id))
    .join(Member, Member.id == Webhook.member_id)
    .where(Webhook.ended_at.is_(None), Member.active, Member.erased_at.is_(None))
)


def hearers() -> list[Hearer]:
    """Return the webhooks that listen, with what their owners may hear; asked once a transaction."""
    info = db.session().info
    if "hearers" not in info:
        info["hearers"] = [hearer for row in db.session.execute(_HEARERS) if (hearer := _hearer(row))]
    found: list[Hearer] = info["hearers"]
    return found


@sa.event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("hearers", None)


def _hearer(row: Any) -> Hearer | None:
    roles, chapters = read_standing(row)
    return Hearer(row.id, frozenset(row.kinds.split()), chapters) if {"cm", "admin"} & roles else None


def may_hear(webhook_id: int, kind: str, event_id: int) -> bool:
    """Tell whether a webhook listens to a kind of thing at an event now."""
    chapter_id = db.session.scalars(sa.select(Event.chapter_id).where(Event.id == event_id)).one()
    return any(hearer.id == webhook_id and hearer.hears(kind, chapter_id) for hearer in hearers())


@dataclass(frozen=True)
class Told:
    """What has happened, in JSON values that name nobody: ids, states and sizes."""

    event: Event
    data: dict[str, Any]


def told_of(kind: Happening, subject_id: int) -> Told:
    """Return what is told of something that has just happened. Answers themselves are never told."""
    if kind is Happening.CHECK_IN:
        return _told_check_in(db.session.get_one(CheckIn, subject_id))
    if kind is Happening.RESPONSE:
        return _told_response(db.session.get_one(Response, subject_id))
    rsvp = db.session.get_one(Rsvp, subject_id)
    data = {
        "rsvp_id": rsvp.id,
        "member_id": rsvp.member_id,
        "status": rsvp.status.value,
        "party_size": rsvp.party_size,
        "slot_id": rsvp.slot_id,
    }
    return Told(rsvp.event, data)


def _told_check_in(check_in: CheckIn) -> Told:
    data = {
        "check_in_id": check_in.id,
        "rsvp_id": check_in.rsvp_id,
        "member_id": check_in.rsvp.member_id,
        "party_size": check_in.party_size,
        "arrived_at": check_in.arrived_at.isoformat(),
    }
    return Told(check_in.rsvp.event, data)


def _told_response(response: Response) -> Told:
    """Say which test was answered, and not by whom."""
    rsvp = db.session.get_one(Rsvp, response.rsvp_id)
    study = db.session.get_one(Study, response.study_id)
    return Told(rsvp.event, {"response_id": response.id, "study": study.slug})


def webhooks_of(member_id: int) -> list[Webhook]:
    """Return a member's webhooks that have not ended, the newest first."""
    mine = sa.select(Webhook).where(Webhook.member_id == member_id, Webhook.ended_at.is_(None))
    return list(db.session.scalars(mine.order_by(Webhook.id.desc())))


def get_webhook(webhook_id: int, member_id: int) -> Webhook:
    """Return one of a member's webhooks. Aborts with 404."""
    webhook = db.session.get(Webhook, webhook_id)
    return webhook if webhook is not None and webhook.member_id == member_id else abort(404)


def deliveries_of(webhook_id: int) -> Pagination:
    """Return what a webhook was told, the newest first."""
    query = sa.select(Delivery).where(Delivery.webhook_id == webhook_id).order_by(Delivery.id.desc())
    return db.paginate(query, per_page=PER_PAGE)


def get_delivery(webhook: Webhook, delivery_id: int) -> Delivery:
    """Return a delivery of a webhook. Aborts with 404."""
    delivery = db.session.get(Delivery, delivery_id)
    return delivery if delivery is not None and delivery.webhook_id == webhook.id else abort(404)
