"""Reading members and what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_security import UserMixin

from app.db import db
from app.members.models import Consent, ConsentPurpose, Member, Role, member_roles
from app.members.rules_people import normalise_email


def find_member(email: str) -> Member | None:
    """Find the member who has this address, however it is typed."""
    return db.session.scalar(_by_email(), {"email": normalise_email(email)})


@cache
def _by_email() -> sa.Select[Member]:
    return sa.select(Member).where(Member.email == sa.bindparam("email"))


@dataclass(frozen=True, eq=False)  # two are equal as members are
class Visitor(UserMixin):
    """Somebody who is signed in, as far as a gate asks: who it is, and by which roles they may do what."""

    id: int
    fs_uniquifier: str
    active: bool
    locale: str
    role_names: frozenset[str]

    def has_role(self, role: Any) -> bool:
        return role in self.role_names


def find_visitor(uniquifier: str) -> Visitor | None:
    """Find who a session is of. By column: a member with their roles takes three times as long."""
    rows = db.session.connection().execute(_visitor(), {"uniquifier": uniquifier}).all()
    if not rows:
        return None
    member_id, active, locale, _role = rows[0]
    return Visitor(member_id, uniquifier, active, locale, frozenset(row.name for row in rows))


@cache
def _visitor() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Member.id, Member.active, Member.locale, Role.name)
        .outerjoin(member_roles, member_roles.c.member_id == Member.id)
        .outerjoin(Role, Role.id == member_roles.c.role_id)
        .where(Member.fs_uniquifier == sa.bindparam("uniquifier"))
    )


def consents_of(member_id: int) -> dict[ConsentPurpose, Consent]:
    """Return the answer that holds for each purpose; a purpose never asked about is missing."""
    return {consent.purpose: consent for consent in db.session.scalars(_in_force(), {"member": member_id})}


@cache
def _in_force() -> sa.Select[Consent]:
    newest = sa.select(sa.func.max(Consent.id)).where(Consent.member_id == sa.bindparam("member"))
    return sa.select(Consent).where(Consent.id.in_(newest.group_by(Consent.purpose)))


def consent_history(member_id: int) -> list[Consent]:
    """Return every answer a member gave, the newest first."""
    rows = sa.select(Consent).where(Consent.member_id == member_id).order_by(Consent.id.desc())
    return list(db.session.scalars(rows))


def is_last_admin(member: Member) -> bool:
    """Tell whether nobody but this member could administer Terrain. It holds once `lock_roles` was called."""
    others = sa.select(Member.id).where(
        Member.roles.any(Role.name == "admin"), Member.active, Member.id != member.id
    )
    return member.has_role("admin") and db.session.scalar(others.limit(1)) is None
