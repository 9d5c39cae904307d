"""The outbox: mail that must leave, committed with the change that caused it; app/delivery.py sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import current_app, g
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import mail
from app.clock import now
from app.db import Base, choice, commit, db, insert_once
from app.i18n import force_locale
from app.jobs import enqueue, job
from app.tokens import new_link_token

KEPT = timedelta(
    days=30
)  # after which a mail that left, or never will, keeps nothing of its words and address

# What is left of a mail whose words are not kept.
NOTHING: dict[str, Any] = {"subject": "", "text": "", "html": "", "attachments": [], "context": None}


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"  # claimed by a worker until `claimed_until`
    SENT = "sent"
    FAILED = "failed"  # given up
    DROPPED = "dropped"  # not allowed to leave: consent withdrawn, member erased


class Message(Base):
    """A mail that must leave. `key` is unique: the same cause never queues two.

    `context` holds the JSON values it is written from, when it is about to leave; then it is None.
    """

    __tablename__ = "messages"
    __table_args__ = (sa.Index("ix_messages_status_due_at", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    template: Mapped[str] = mapped_column(sa.String(80))
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("members.id"), index=True)
    to: Mapped[str] = mapped_column(sa.String(254))
    locale: Mapped[str] = mapped_column(sa.String(5))
    context: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    subject: Mapped[str] = mapped_column(sa.String(300), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    html: Mapped[str] = mapped_column(sa.Text, default="")
    attachments: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)  # name, type, text
    needs_consent: Mapped[str | None] = mapped_column(sa.String(20))  # a ConsentPurpose, checked when sent
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)  # RFC 5322 Message-ID, same on retry
    status: Mapped[MessageStatus] = mapped_column(choice(MessageStatus), default=MessageStatus.QUEUED)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]

    attempts: Mapped[list[MessageAttempt]] = relationship(
        back_populates="message", order_by="MessageAttempt.id"
    )


class MessageAttempt(Base):
    """A try to send a message that the message does not tell by itself: whatever came of it but a mail that left.

    An attempt without `finished_at` was cut short. One without `error` left, but its message had become another's.
    """

    __tablename__ = "message_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_pk: Mapped[int] = mapped_column(sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.String(500), default="")

    message: Mapped[Message] = relationship(back_populates="attempts")


Writer = Callable[..., dict[str, Any] | None]
WRITERS: dict[str, Writer] = {}


def writes(template: str) -> Callable[[Writer], Writer]:
    """Register what makes a template's context of the values its mails were queued with.

    It runs when a mail leaves, in the mail's language, so that the mail tells what is true then. It may return
    "attachments", a list of text files {"name", "type", "text"}, and None when there is nothing to tell any more.
    """

    def register(function: Writer) -> Writer:
        WRITERS[template] = function
        return function

    return register


def queue_mail(
    template: str,
    to: str,
    key: str,
    locale: str,
    member_id: int | None = None,
    needs_consent: str | None = None,
    due_at: datetime | None = None,
    **context: Any,
) -> None:
    """Put a mail in the outbox, within the current transaction; a key that is there already changes nothing.

    `context` holds JSON values: for the template itself, or for the function that `writes` it.
    """
    if g.get("without_mail"):
        return
    insert_once(
        Message,
        key=key,
        template=template,
        member_id=member_id,
        to=to,
        locale=locale,
        context=context,
        needs_consent=needs_consent,
        message_id=f"<{new_link_token()}@{_sender_domain()}>",
        due_at=due_at or now(),
    )
    enqueue("deliver-outbox")


def _sender_domain() -> str:
    """Return the domain that signs our mail: filters distrust a Message-ID of another one, or of none."""
    return str(current_app.config["MAIL_FROM"]).rpartition("@")[2]


def write(message: Message) -> bool:
    """Write a mail that has not been yet, from the database as it is now; False when nothing is left to tell."""
    if message.context is None:
        return True
    context: dict[str, Any] | None = message.context
    with force_locale(message.locale):
        if writer := WRITERS.get(message.template):
            context = writer(**message.context)
        if context is None:
            return False
        message.attachments = context.pop("attachments", [])
        message.subject, message.text, message.html = mail.render(message.template, **context)
    message.context = None
    return True


@contextmanager
def without_mail() -> Iterator[None]:
    """Queue nothing meanwhile: what is written down happened long ago, and whoever it concerns was told then."""
    g.without_mail = True
    try:
        yield
    finally:
        g.without_mail = False


# May this message leave now? Each check returns False to drop it. Members' consents register here.
CHECKS: list[Callable[[Message], bool]] = []


@job("scrub-outbox", every_minute=True)
def scrub() -> None:
    """Empty the mails of long ago: that something left, and when, is all that stays."""
    over = Message.status.in_([MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.DROPPED])
    old = sa.update(Message).where(over, Message.due_at < now() - KEPT, Message.to != "")
    db.session.execute(old.values(to="", **NOTHING))
    commit()


def retry(message: Message, at: datetime) -> None:
    """Queue a message that was given up for one more round."""
    if message.status == MessageStatus.FAILED:
        message.status, message.due_at = MessageStatus.QUEUED, at
        enqueue("deliver-outbox")
