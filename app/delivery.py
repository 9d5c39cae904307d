"""How the worker sends what is in the outbox: each mail once, whatever happens to the worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app import mail
from app.clock import now
from app.db import commit, db
from app.jobs import job
from app.outbox import CHECKS, Message, MessageAttempt, MessageStatus, write

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # after which a claimed message is another worker's to send
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))  # then give up
CAME = (
    "status",
    "due_at",
    "sent_at",
    "subject",
    "text",
    "html",
    "attachments",
    "context",
)  # may change by it

# The statements of each mail, made once: thousands leave in a row.
_messages, _attempts = cast(sa.Table, Message.__table__), cast(sa.Table, MessageAttempt.__table__)
_next = (
    sa.select(_messages.c.id)
    .where(_messages.c.status == MessageStatus.QUEUED, _messages.c.due_at <= sa.bindparam("at"))
    .order_by(_messages.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True)  # SQLite, which has one writer, leaves it out
)
TAKE = (
    sa.update(_messages)
    .where(_messages.c.id == _next.scalar_subquery())
    .values(status=MessageStatus.SENDING, claimed_until=sa.bindparam("until"))
    .returning(_messages)
)
ATTEMPT = sa.insert(_attempts).values(error="").returning(_attempts.c.id)
OVER = (
    sa.update(_messages)
    # Not ours any more when its member was erased meanwhile: then nothing is kept of it.
    .where(_messages.c.id == sa.bindparam("ours"), _messages.c.status == MessageStatus.SENDING)
    .values(claimed_until=None)
)
END = sa.update(_attempts).where(_attempts.c.id == sa.bindparam("this"))


@dataclass(frozen=True)
class Claim:
    """A message that is this worker’s to send, as its row was when it was claimed, and the attempt’s number."""

    row: Mapping[str, Any]
    attempt: int


@job("deliver-outbox", every_minute=True)
def deliver() -> None:
    """Send all that is due, one message at a time, each claimed first so that two workers never send the same.

    What came of a message is committed with the claim of the next. A server that cannot be reached ends the round:
    other sweeps wait for this one, and the next round is near.
    """
    _free(now())
    transport = mail.open_transport()
    try:
        claim = _claim(now())
        commit()
        while claim:
            claim = _claim(now()) if _send(claim, transport) else None
            commit()
    finally:
        transport.close()


def _free(at: datetime) -> None:
    """Put back what a worker that died had claimed."""
    over = sa.and_(Message.status == MessageStatus.SENDING, Message.claimed_until < at)
    db.session.execute(sa.update(Message).where(over).values(status=MessageStatus.QUEUED))


def _claim(at: datetime) -> Claim | None:
    """Take the next message that is due, if there is one, and note the attempt."""
    connection = db.session.connection()
    taken = connection.execute(TAKE, {"at": at, "until": at + LEASE}).one_or_none()
    if taken is None:
        return None
    attempt = connection.execute(ATTEMPT, {"message_pk": taken.id, "started_at": at})
    return Claim(taken._asdict(), attempt.scalar_one())


def _send(claim: Claim, transport: mail.Transport) -> bool:
    """Try to send a message and note what came of it; False when no server could be reached."""
    message, error, reached = Message(**claim.row), "", True
    try:
        message.status = _let_go(message, transport)
    except mail.Rejected as refusal:
        message.status, error = MessageStatus.FAILED, str(refusal)
    except OSError as trouble:  # smtplib's own errors are of this kind too
        reached, error = not isinstance(trouble, mail.Unreachable), f"{type(trouble).__name__}: {trouble}"
        _try_later(message)
    except Exception as trouble:
        # It cannot even be written, so that it would fail each round and the mails after it with it.
        log.exception("mail %d cannot be written", message.id)
        db.session.rollback()
        message = Message(**claim.row)
        message.status, error = MessageStatus.FAILED, f"{type(trouble).__name__}: {trouble}"
    _settle(message, claim.attempt, error)
    log.info("mail %d (%s) is %s", message.id, message.template, message.status)
    return reached


def _let_go(message: Message, transport: mail.Transport) -> MessageStatus:
    if not all(check(message) for check in CHECKS) or not write(message):
        return MessageStatus.DROPPED
    transport.send(mail.compose(message))
    # A worker killed between the server's "250" and the commit is the one case where the same mail leaves twice:
    # SMTP has no way to ask. Both carry the same Message-ID.
    message.sent_at = now()
    return MessageStatus.SENT


def _try_later(message: Message) -> None:
    attempts = sa.select(sa.func.count()).where(MessageAttempt.message_pk == message.id)
    tries = db.session.scalars(attempts).one()
    if tries > len(WAITS):
        message.status = MessageStatus.FAILED
    else:
        message.status, message.due_at = MessageStatus.QUEUED, now() + WAITS[tries - 1]


def _settle(message: Message, attempt: int, error: str) -> None:
    """Write down what came of an attempt, and the words of its message."""
    connection = db.session.connection()
    connection.execute(OVER, {name: getattr(message, name) for name in CAME} | {"ours": message.id})
    connection.execute(END, {"this": attempt, "finished_at": now(), "error": error[:500]})
