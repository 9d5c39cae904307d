"""Reading tokens: who calls, and what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import InstrumentedAttribute

from app.api.models import ApiToken
from app.api.rules import Scope, scopes_for
from app.db import db
from app.events.models import chapter_managers
from app.members.models import Member, Role, member_roles
from app.tokens import digest


@dataclass(frozen=True)
class Caller:
    """A program, and what the member of staff it acts for lets it do. `chapter_ids` is None for all chapters."""

    token_id: int
    member_id: int
    scopes: frozenset[str]
    chapter_ids: frozenset[int] | None
    last_used_at: datetime | None

    def manages(self, chapter_id: int) -> bool:
        return self.chapter_ids is None or chapter_id in self.chapter_ids


_COMMA: Any = sa.literal_column("','")  # as a value it would be written into the statement anew each time


def standing_of(owner: InstrumentedAttribute[int]) -> tuple[sa.Label[str], sa.Label[str]]:
    """Return the columns `roles` and `chapters` of whom a column names: their names and ids, commas between them."""
    roles = (
        sa.select(sa.func.aggregate_strings(Role.name, _COMMA))
        .join(member_roles, member_roles.c.role_id == Role.id)
        .where(member_roles.c.member_id == owner)
    )
    chapters = sa.select(
        sa.func.aggregate_strings(sa.cast(chapter_managers.c.chapter_id, sa.String), _COMMA)
    ).where(chapter_managers.c.member_id == owner)
    correlated = (one.correlate(owner.class_).scalar_subquery() for one in (roles, chapters))
    return next(correlated).label("roles"), next(correlated).label("chapters")


def read_standing(row: Any) -> tuple[frozenset[str], frozenset[int] | None]:
    """Return the roles and the chapters that a row with `standing_of` holds; None for all chapters."""
    roles = frozenset((row.roles or "").split(","))
    chapters = frozenset(map(int, row.chapters.split(","))) if row.chapters else frozenset[int]()
    return roles, None if "admin" in roles else chapters


# One statement, made once: it runs with each call.
_CALLER = (
    sa.select(
        ApiToken.id,
        ApiToken.member_id,
        ApiToken.scopes,
        ApiToken.last_used_at,
        *standing_of(ApiToken.member_id),
    )
    .join(Member, Member.id == ApiToken.member_id)
    .where(ApiToken.digest == sa.bindparam("digest"), ApiToken.revoked_at.is_(None))
    .where(ApiToken.expires_at.is_(None) | (ApiToken.expires_at > sa.bindparam("now")))
    .where(Member.active, Member.erased_at.is_(None))
)


def find_caller(token: str, now: datetime) -> Caller | None:
    """Return who calls with a token that holds, and None for any other text.

    What the member may do now is what counts: a role or a chapter that was taken away is gone from their tokens too.
    """
    row = db.session.connection().execute(_CALLER, {"digest": digest(token), "now": now}).one_or_none()
    if row is None:
        return None
    roles, chapters = read_standing(row)
    scopes = frozenset(row.scopes.split()) & scopes_for(roles)
    return Caller(row.id, row.member_id, scopes, chapters, row.last_used_at)


def tokens_of(member_id: int) -> list[ApiToken]:
    """Return a member's tokens that are not revoked, the newest first."""
    mine = sa.select(ApiToken).where(ApiToken.member_id == member_id, ApiToken.revoked_at.is_(None))
    return list(db.session.scalars(mine.order_by(ApiToken.id.desc())))


def get_token(token_id: int, member_id: int) -> ApiToken:
    """Return one of a member's tokens. Aborts with 404."""
    token = db.session.get(ApiToken, token_id)
    return token if token is not None and token.member_id == member_id else abort(404)


def most_scopes(member: Member) -> list[Scope]:
    """Return the scopes that a member of staff can give a token, in their order."""
    allowed = scopes_for([role.name for role in member.roles])
    return [scope for scope in Scope if scope in allowed]
