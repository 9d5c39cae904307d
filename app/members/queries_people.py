"""Finding people, for administrators."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy.orm import selectinload

from app.audit import AuditEntry
from app.db import db
from app.members.models import Member
from app.members.rules_people import folded

PER_PAGE = 50


def search_members(words: str, page: int) -> Pagination:
    """Return the members whose name or address holds every word, by name; all of them when there is no word."""
    found = sa.select(Member).where(Member.erased_at.is_(None))
    for word in words.split():
        found = found.where(Member.searched.contains(folded(word), autoescape=True))
    return db.paginate(found.order_by(Member.display_name, Member.id), page=page, per_page=PER_PAGE)


def staff() -> list[Member]:
    """Return everybody who has a role, by name."""
    return list(
        db.session.scalars(
            sa.select(Member)
            .where(Member.roles.any())
            .options(selectinload(Member.roles))
            .order_by(Member.display_name)
        )
    )


def audit_log(page: int) -> Pagination:
    """Return what staff did, the newest first."""
    return db.paginate(sa.select(AuditEntry).order_by(AuditEntry.id.desc()), page=page, per_page=PER_PAGE)


def deeds_about(member_id: int, limit: int = 20) -> list[AuditEntry]:
    """Return the latest deeds about one member, the newest first."""
    about = AuditEntry.subject == f"member:{member_id}"
    return list(
        db.session.scalars(sa.select(AuditEntry).where(about).order_by(AuditEntry.id.desc()).limit(limit))
    )


def names_in(deeds: Collection[AuditEntry]) -> dict[int, str]:
    """Return what the members who did something, or to whom it was done, are called, by id."""
    ids = {deed.actor_id for deed in deeds}
    ids |= {int(deed.subject[7:]) for deed in deeds if deed.subject.startswith("member:")}
    rows = db.session.execute(sa.select(Member.id, Member.display_name).where(Member.id.in_(ids - {None})))
    return {row.id: row.display_name for row in rows}
