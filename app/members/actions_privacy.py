"""Forgetting a person."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Refusal
from app.i18n import _l
from app.members.actions_roles import forget_credentials, lock_roles
from app.members.models import EmailCode, Member
from app.members.queries import is_last_admin
from app.outbox import NOTHING, Message, MessageStatus
from app.privacy import ERASERS

ONLY_ADMIN = _l("You are the only administrator. Give the role to somebody else first.")


def erase_member(member: Member, now: datetime) -> None:
    """Forget who a member is, everywhere, for good. The row and the consents stay, as proof about nobody.

    Refusal: last-admin.
    """
    if member.has_role("admin"):
        lock_roles(member)
    if is_last_admin(member):
        raise Refusal("last-admin", ONLY_ADMIN)
    address = member.email
    # First without the member's row: whoever takes seats holds the event's row and waits for this one.
    _forget(member.id, address, now)
    forget_credentials(member)
    member.email = member.email_confirmed_at = None
    member.display_name = member.city = member.external_ref = ""
    member.roles = []
    member.active = False
    member.erased_at = now
    db.session.flush()
    # A registration on its way when we began kept us from the row until it was there: forget that one too.
    _forget(member.id, address, now)
    audit.record("member.erase", f"member:{member.id}", member.id)
    db.session.flush()


def _forget(member_id: int, address: str | None, now: datetime) -> None:
    for erase in ERASERS:
        erase(member_id, now)
    _scrub_mails(member_id, address)
    db.session.execute(sa.delete(EmailCode).where(EmailCode.member_id == member_id))


def _scrub_mails(member_id: int, address: str | None) -> None:
    about = Message.member_id == member_id
    if address:
        about |= Message.to == address
    waiting = sa.and_(about, Message.status.in_([MessageStatus.QUEUED, MessageStatus.SENDING]))
    db.session.execute(sa.update(Message).where(waiting).values(status=MessageStatus.DROPPED))
    db.session.execute(sa.update(Message).where(about).values(to="", **NOTHING))
