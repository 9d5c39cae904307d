"""The worker's part of webhooks: sending what is due, trying again, forgetting."""

from __future__ import annotations

import logging

from flask import current_app

from app.api.actions_sending import NotAllowed, post
from app.api.actions_webhooks import claim_delivery, forget_deliveries
from app.api.models_webhooks import Delivery, DeliveryStatus
from app.api.queries_webhooks import may_hear
from app.api.rules_webhooks import SIGNATURE, WAITS, signature
from app.clock import now
from app.db import commit
from app.jobs import job

log = logging.getLogger(__name__)


@job("deliver-webhooks", every_minute=True)
def deliver() -> None:
    """Send all that is due, each claimed first so that two workers never send the same.

    A worker that is killed between the receiver's answer and its own commit is the one case in which the same leaves
    twice: receivers tell by the id. A webhook that fails is left alone until the next round.
    """
    tired: set[int] = set()
    while delivery := claim_delivery(now(), tired):
        commit()
        webhook_id = delivery.webhook_id
        if not _send(delivery):
            tired.add(webhook_id)


def _send(delivery: Delivery) -> bool:
    """Try to send a delivery and commit what came of it; False when its receiver did not take it."""
    if not may_hear(delivery.webhook_id, delivery.kind, delivery.event_id):
        delivery.status, delivery.answer = DeliveryStatus.DROPPED, ""
    else:
        try:
            status = _post(delivery)
        except NotAllowed as error:
            delivery.status, delivery.answer = DeliveryStatus.FAILED, str(error)[:200]
        except OSError as error:
            _try_later(delivery, f"{type(error).__name__}: {error}")
        else:
            _note(delivery, status)
    delivery.claimed_until = None
    log.info("webhook delivery %d is %s", delivery.id, delivery.status)
    taken = delivery.status in {DeliveryStatus.DELIVERED, DeliveryStatus.DROPPED}
    commit()
    return taken


def _post(delivery: Delivery) -> int:
    body, webhook = delivery.body.encode(), delivery.webhook
    url, secret, headers = webhook.url, webhook.secret, _headers(delivery)
    commit()  # no transaction is open while somebody else's server is waited for
    headers[SIGNATURE] = signature(secret, int(now().timestamp()), body)
    return post(url, body, headers, anywhere=current_app.config["DEVELOPMENT"])


def _headers(delivery: Delivery) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Terrain",
        "Terrain-Delivery": delivery.key,
        "Terrain-Kind": delivery.kind,
        "Connection": "close",
    }


def _note(delivery: Delivery, status: int) -> None:
    if 200 <= status < 300:
        delivery.status, delivery.delivered_at, delivery.answer = DeliveryStatus.DELIVERED, now(), str(status)
    else:
        _try_later(delivery, str(status))


def _try_later(delivery: Delivery, answer: str) -> None:
    delivery.answer = answer[:200]
    if delivery.tries > len(WAITS):
        delivery.status = DeliveryStatus.FAILED
    else:
        delivery.status, delivery.due_at = DeliveryStatus.QUEUED, now() + WAITS[delivery.tries - 1]


@job("forget-deliveries", every_minute=True)
def forget() -> None:
    """Delete what was told, or given up, 30 days ago."""
    forget_deliveries(now())
    commit()
