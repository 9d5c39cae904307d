"""Reading what an import needs: the members that a list speaks of, many at a time, and kept uploads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from app.audit import AuditEntry
from app.db import db
from app.members.models import Consent, Member
from app.members.models_import import ImportStash
from app.members.rules_import_plan import KnownMember

BATCH = 10_000  # values in one statement: SQLite takes 32,766, PostgreSQL 65,535
KEPT = timedelta(hours=1)
AUDIT_ACTION = "members.import"

T = TypeVar("T")


def batches(values: Collection[T]) -> Iterator[list[T]]:
    """Cut values into lists of BATCH."""
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch


def find_known(addresses: Collection[str]) -> dict[str, KnownMember]:
    """Give the members who have one of these addresses (as members have them), by address."""
    answered = sa.exists().where(Consent.member_id == Member.id, Consent.source.not_like("import:%"))
    own = Member.email_confirmed_at.is_not(None) | Member.password.is_not(None) | answered
    columns = (Member.id, Member.display_name, Member.city, Member.locale, Member.external_ref, own)
    known = {}
    for batch in batches(addresses):
        query = sa.select(Member.email, *columns).where(Member.email.in_(batch))
        for email, id_, name, city, locale, reference, is_own in db.session.execute(query):
            known[str(email)] = KnownMember(id_, name, city, locale, reference, is_own)
    return known


def last_answers(member_ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    """Give when each of these members last answered, yes or no, for each purpose."""
    answers: dict[int, dict[str, datetime]] = {}
    columns = (Consent.member_id, Consent.purpose, sa.func.max(Consent.at, type_=Consent.at.type))
    for batch in batches(member_ids):
        rows = sa.select(*columns).where(Consent.member_id.in_(batch))
        for member_id, purpose, at in db.session.execute(rows.group_by(Consent.member_id, Consent.purpose)):
            answers.setdefault(member_id, {})[purpose.value] = at
    return answers


def find_stash(stash_id: int, member_id: int, now: datetime) -> ImportStash | None:
    """Find an upload that this person sent in the last hour."""
    mine = own_upload(stash_id, member_id, now)
    return db.session.scalar(sa.select(ImportStash).where(*mine))


def own_upload(stash_id: int, member_id: int, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what makes an upload one that this person sent in the last hour."""
    return ImportStash.id == stash_id, ImportStash.member_id == member_id, ImportStash.created_at > now - KEPT


def about_upload(stash_id: int) -> str:
    """Return what the journal calls an upload, which it remembers when the file is forgotten."""
    return f"upload:{stash_id}"


def was_imported(stash_id: int, member_id: int) -> bool:
    """Tell whether this person imported this upload."""
    mine = (AuditEntry.subject == about_upload(stash_id), AuditEntry.actor_id == member_id)
    return db.session.scalar(sa.select(AuditEntry.id).where(*mine).limit(1)) is not None


def find_last_import(member_id: int) -> AuditEntry | None:
    """Find the note of the last import that this person made."""
    mine = (AuditEntry.action == AUDIT_ACTION, AuditEntry.actor_id == member_id)
    return db.session.scalar(sa.select(AuditEntry).where(*mine).order_by(AuditEntry.id.desc()).limit(1))
