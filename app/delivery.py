"""How the worker sends what is in the outbox: each mail once, whatever happens to the worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app

from app import mail
from app.clock import now
from app.db import commit, db, written_out
from app.jobs import job
from app.outbox import CHECKS, NOTHING, Message, MessageAttempt, MessageStatus, write

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # after which a claimed message is another worker's to send
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))  # then give up
CAME = ("status", "due_at", "sent_at")  # what comes of an attempt, beside the words named in NOTHING

# The statements of each mail, made once: thousands leave in a row. Status and number are written out where mails are
# looked for, or each look would be planned anew, which takes as long as the look.
_messages = cast(sa.Table, Message.__table__)
_queued, _sending, _failed = map(
    written_out, (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.FAILED)
)
_next = (
    sa.select(_messages.c.id)
    .where(_messages.c.status == _queued, _messages.c.due_at <= sa.bindparam("at"))
    .order_by(_messages.c.due_at)
    .limit(sa.literal_column("1"))
    .with_for_update(skip_locked=True)  # SQLite, which has one writer, leaves it out
)
TAKE = (
    sa.update(_messages)
    .where(_messages.c.id == _next.scalar_subquery())
    .values(status=_sending, claimed_until=sa.bindparam("until"), tries=_messages.c.tries + 1)
    .returning(_messages)
)
OVER = (
    sa.update(_messages)
    # Not ours any more when its member was erased meanwhile, and nothing is kept of it, or when another worker has
    # claimed it since, because we hung longer than our lease.
    .where(
        _messages.c.id == sa.bindparam("ours"),
        _messages.c.status == MessageStatus.SENDING,
        _messages.c.claimed_until == sa.bindparam("until"),
    )
    .values(claimed_until=None)
)
FREE = (
    sa.update(_messages)
    .where(_messages.c.status == _sending, _messages.c.claimed_until < sa.bindparam("at"))
    .values(status=sa.case((_messages.c.tries > len(WAITS), _failed), else_=_queued))
    .returning(_messages.c.id, _messages.c.claimed_until)
)
NOTE = sa.insert(cast(sa.Table, MessageAttempt.__table__))

Claim = Mapping[str, Any]  # a message that is this worker’s to send, as its row was when it was claimed


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
    """Put back what a worker that died had claimed, or give it up when it was tried as often as any mail is."""
    freed = db.session.connection().execute(FREE, {"at": at}).all()
    for message_id, claimed_until in freed:
        _note(message_id, claimed_until, None, "")


def _claim(at: datetime) -> Claim | None:
    """Take the next message that is due, if there is one, and count the attempt."""
    taken = db.session.connection().execute(TAKE, {"at": at, "until": at + LEASE}).one_or_none()
    return taken._asdict() if taken else None


def _send(claim: Claim, transport: mail.Transport) -> bool:
    """Try to send a message and note what came of it; False when no server could be reached."""
    message, error, reached = Message(**claim), "", True
    try:
        message.status = _let_go(message, transport)
        error = "" if message.sent_at else message.status
    except mail.Rejected as refusal:
        message.status, error = MessageStatus.FAILED, str(refusal)
    except OSError as trouble:  # smtplib's own errors are of this kind too
        reached, error = not isinstance(trouble, mail.Unreachable), f"{type(trouble).__name__}: {trouble}"
        _try_later(message)
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as trouble:
        # A restart of the database, or a pool whose connections are all taken, is no fault of the mail; what fails
        # each time is given up as any mail is.
        log.warning("mail %d waits for the database: %s", message.id, _name(trouble))
        db.session.rollback()
        message, error = Message(**claim), _name(trouble)
        _try_later(message)
    except Exception as trouble:
        # It cannot even be written, so that it would fail each round and the mails after it with it.
        log.exception("mail %d cannot be written", message.id)
        db.session.rollback()
        message = Message(**claim)
        message.status, error = MessageStatus.FAILED, _name(trouble)
    try:
        _settle(message, claim, error, (*CAME, *NOTHING))
    except Exception as trouble:
        # It may have left, and would leave again with the next lease. Its words are what the database may refuse.
        log.error("what mail %d said cannot be kept: %s", message.id, _name(trouble))
        db.session.rollback()
        _settle(message, claim, _name(trouble), CAME)
    log.info("mail %d (%s) is %s", message.id, message.template, message.status)
    return reached


def _let_go(message: Message, transport: mail.Transport) -> MessageStatus:
    if not all(check(message) for check in CHECKS) or not write(message):
        return MessageStatus.DROPPED
    transport.send(mail.compose(message))
    # A worker killed, or without its database, between the server's "250" and the commit, or one that hangs longer
    # than its lease, is how the same mail leaves twice: SMTP has no way to ask. All carry the same Message-ID, and
    # there are no more of them than attempts, which `_free` counts.
    message.sent_at = now()
    if not current_app.config["DEVELOPMENT"]:  # whose outbox shows mails as they left
        message.html, message.attachments = "", []  # the text says the same, in a quarter of the room
    return MessageStatus.SENT


def _try_later(message: Message) -> None:
    if message.tries > len(WAITS):
        message.status = MessageStatus.FAILED
    else:
        message.status, message.due_at = MessageStatus.QUEUED, now() + WAITS[message.tries - 1]


def _settle(message: Message, claim: Claim, error: str, kept: tuple[str, ...]) -> None:
    """Write down what came of an attempt: these columns of its message, as long as it is ours.

    A mail that left says so by `sent_at`. Anything else is noted beside it.
    """
    until = claim["claimed_until"]
    values = {name: getattr(message, name) for name in kept} | {"ours": message.id, "until": until}
    was_ours = db.session.connection().execute(OVER, values).rowcount
    if error or not was_ours:
        _note(message.id, until, now(), error)


def _note(message_id: int, claimed_until: datetime, finished_at: datetime | None, error: str) -> None:
    values = {"message_pk": message_id, "started_at": claimed_until - LEASE, "finished_at": finished_at}
    db.session.connection().execute(NOTE, values | {"error": error[:500]})


def _name(trouble: Exception) -> str:
    """Say what the database refused, without the statement, which may hold what a mail says and to whom."""
    cause = trouble.orig if isinstance(trouble, sa.exc.StatementError) else trouble
    return f"{type(trouble).__name__}: {cause}"
