"""Setting webhooks up, and writing down what they are to be told, in the transaction in which it happens."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app, g

from app import audit
from app.api.models_webhooks import Delivery, DeliveryStatus, Webhook
from app.api.queries_webhooks import hearers, told_of
from app.api.rules_webhooks import KEPT, LEASE, is_target
from app.clock import now as clock_now
from app.db import db
from app.errors import Refusal
from app.happenings import Happening, listens
from app.i18n import _l
from app.jobs import enqueue
from app.members.models import Member
from app.privacy import erases
from app.tokens import new_link_token

OVER = (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.DROPPED)


def create_webhook(member: Member, name: str, url: str, kinds: Collection[str], now: datetime) -> Webhook:
    """Set up a webhook with a secret of its own. Refusals: target, kinds."""
    if not is_target(url, anywhere=current_app.config["DEVELOPMENT"]):
        raise Refusal(
            "target", _l("Enter a public address that begins with https://, without a password in it."), "url"
        )
    if not kinds or not set(kinds) <= set(Happening):
        raise Refusal("kinds", _l("Choose at least one thing to be told of."), "kinds")
    webhook = Webhook(
        member_id=member.id,
        name=name.strip(),
        url=url,
        secret=f"whsec_{new_link_token()}",
        kinds=" ".join(kind for kind in Happening if kind in kinds),
        created_at=now,
    )
    db.session.add(webhook)
    db.session.flush()
    audit.record("webhook.create", f"webhook:{webhook.id}", member.id, kinds=webhook.kinds)
    return webhook


def end_webhook(webhook: Webhook, by: Member, now: datetime) -> None:
    """Tell a webhook nothing any more, not even what waits. Ending twice is harmless."""
    if webhook.ended_at is None:
        webhook.ended_at = now
        audit.record("webhook.end", f"webhook:{webhook.id}", by.id)
        db.session.flush()


@listens(sa.exists(sa.select(Webhook.id).where(Webhook.ended_at.is_(None))))
def write_deliveries(kind: Happening, subject_id: int) -> None:
    """Write a row for each webhook that is to be told, with what is true now; nothing where nobody listens."""
    if g.get("without_mail"):  # what is written down happened long ago
        return
    listening = [hearer for hearer in hearers() if kind in hearer.kinds]
    if not listening:
        return
    told, at = told_of(kind, subject_id), clock_now()
    for hearer in listening:
        if hearer.hears(kind, told.event.chapter_id):
            db.session.add(_delivery(hearer.id, kind, told.event.id, told.event.slug, told.data, at))
            enqueue("deliver-webhooks")
    db.session.flush()


def _delivery(
    webhook_id: int, kind: Happening, event_id: int, slug: str, data: dict[str, Any], at: datetime
) -> Delivery:
    key = new_link_token()
    body = {"id": key, "kind": kind.value, "at": at.isoformat(), "event": slug, "data": data}
    return Delivery(
        webhook_id=webhook_id,
        key=key,
        kind=kind.value,
        event_id=event_id,
        body=json.dumps(body, ensure_ascii=False),
        created_at=at,
        due_at=at,
    )


def claim_delivery(now: datetime, tired: Collection[int]) -> Delivery | None:
    """Take the next delivery that is due, or whose worker died, and count the try; the caller commits the claim.

    `tired` are webhooks that failed in this round: the others do not wait for them. None: nothing is due, or another
    worker was faster than this one, who asks again after a rollback.
    """
    is_due = sa.or_(
        sa.and_(Delivery.status == DeliveryStatus.QUEUED, Delivery.due_at <= now),
        sa.and_(Delivery.status == DeliveryStatus.SENDING, Delivery.claimed_until < now),
    )
    due = sa.select(Delivery.id).where(is_due, Delivery.webhook_id.not_in(tired)).order_by(Delivery.due_at)
    while (found := db.session.scalar(due.limit(1))) is not None:
        claim = (
            sa.update(Delivery)
            .where(Delivery.id == found, is_due)
            .values(status=DeliveryStatus.SENDING, claimed_until=now + LEASE, tries=Delivery.tries + 1)
        )
        options = {"synchronize_session": False}
        if cast("sa.CursorResult[Any]", db.session.execute(claim, execution_options=options)).rowcount:
            return db.session.get_one(Delivery, found, populate_existing=True)
        db.session.rollback()
    return None


def replay(delivery: Delivery, now: datetime) -> None:
    """Send what was sent, or given up, once more: the same words with the same id."""
    if delivery.status in OVER:
        delivery.status, delivery.due_at, delivery.tries = DeliveryStatus.QUEUED, now, 0
        db.session.flush()
        enqueue("deliver-webhooks")


def forget_deliveries(now: datetime) -> None:
    """Delete what was told, or given up, long ago."""
    old = sa.delete(Delivery).where(Delivery.status.in_(OVER), Delivery.due_at < now - KEPT)
    db.session.execute(old)


@erases
def erase_webhooks(member_id: int, _now: datetime) -> None:
    """Delete the webhooks of somebody who leaves, with what they were told."""
    db.session.execute(sa.delete(Webhook).where(Webhook.member_id == member_id))
