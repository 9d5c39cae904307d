"""Forgetting a person."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Refusal
from app.i18n import _l
from app.members.actions_roles import forget_credentials, lock_roles
from app.members.actions_sign_in import PURPOSE as SIGN_IN
from app.members.models import EmailCode, Member
from app.members.queries import is_last_admin
from app.outbox import NOTHING, Message, MessageStatus
from app.privacy import ERASERS, TURNS

ONLY_ADMIN = _l("You are the only administrator. Give the role to somebody else first.")


def erase_member(member: Member, now: datetime) -> None:
    """Forget who a member is, everywhere, for good. The row and the consents stay, as proof about nobody.

    Refusal: last-admin.
    """
    lock_roles(member)  # writes: without that, SQLite would take the end of a savepoint for the transaction's
    if is_last_admin(member):
        raise Refusal("last-admin", ONLY_ADMIN)
    while not _erase(member, now):
        pass
    audit.record("member.erase", f"member:{member.id}", member.id)
    db.session.flush()


def _erase(member: Member, now: datetime) -> bool:
    """Forget a member; False when they registered or asked for a code meanwhile: then nothing is changed or locked.

    Locks are taken in the order in which everybody takes them: turns, what is changed before the member's row, this
    row, and what is changed in turns. With the row ours nothing new can come, and it is too late for what comes before.
    """
    with db.session.begin_nested() as attempt:
        taken = [(turns, turns.of(member.id)) for turns in TURNS]
        for turns, ours in taken:
            for turn in ours:
                turns.take(turn)
        address = member.email
        _forget(member.id, address, now, EmailCode.purpose == SIGN_IN)
        db.session.refresh(member, with_for_update=True)
        in_turn = all(set(turns.of(member.id)) <= set(ours) for turns, ours in taken)
        if in_turn and not _may_sign_in(member.id):
            for turns in TURNS:
                turns.erase(member.id, now)
            _forget(member.id, address, now, sa.true())  # what came before the row was ours, too
            _empty(member, now)
            return True
        attempt.rollback()
    return False


def _may_sign_in(member_id: int) -> bool:
    codes = sa.select(EmailCode.id).where(EmailCode.member_id == member_id, EmailCode.purpose == SIGN_IN)
    return db.session.scalar(codes.limit(1)) is not None


def _forget(member_id: int, address: str | None, now: datetime, codes: sa.ColumnElement[bool]) -> None:
    for erase in ERASERS:
        erase(member_id, now)
    _scrub_mails(member_id, address)
    db.session.execute(sa.delete(EmailCode).where(EmailCode.member_id == member_id, codes))


def _empty(member: Member, now: datetime) -> None:
    forget_credentials(member)
    member.email = member.email_confirmed_at = None
    member.display_name = member.city = member.external_ref = ""
    member.roles = []
    member.active = False
    member.erased_at = now
    db.session.flush()


def _scrub_mails(member_id: int, address: str | None) -> None:
    about = Message.member_id == member_id
    if address:
        about |= Message.to == address
    waiting = sa.and_(about, Message.status.in_([MessageStatus.QUEUED, MessageStatus.SENDING]))
    db.session.execute(sa.update(Message).where(waiting).values(status=MessageStatus.DROPPED))
    db.session.execute(sa.update(Message).where(about).values(to="", **NOTHING))
