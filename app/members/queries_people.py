"""Finding people, for administrators."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy.orm import selectinload

from app.audit import AuditEntry
from app.db import db
from app.members.models import Member
from app.members.rules_people import folded

PER_PAGE = 50
MOST = 1_000  # people that a search counts and pages through; nobody looks further, they write another word


class MembersPage(Pagination):
    """Fifty of the members found: id, display_name, email, city, created_at. `has_more` are there than are counted."""

    def _query_items(self) -> list[Any]:
        # The keys of all that are counted, sorted once; then the rows that are shown.
        ids = list(db.session.scalars(_found(self._query_args["words"])))
        self.has_more, self._found = len(ids) > MOST, min(len(ids), MOST)
        shown = ids[:MOST][self._query_offset : self._query_offset + self.per_page]
        columns = (Member.id, Member.display_name, Member.email, Member.city, Member.created_at)
        rows = {row.id: row for row in db.session.execute(sa.select(*columns).where(Member.id.in_(shown)))}
        return [rows[id_] for id_ in shown]

    def _query_count(self) -> int:
        return self._found


def search_members(words: str, page: int) -> MembersPage:
    """Return the members whose name or address holds every word, by name; all of them when there is no word.

    A word of one or two letters is what a name or an address begins with. Aborts with 404 past the last page.
    """
    return MembersPage(page=page, per_page=PER_PAGE, words=folded(words).split())


def _found(words: list[str]) -> sa.Select[int]:
    found = sa.select(Member.id, Member.searched).where(Member.erased_at.is_(None), *map(_holds, words))
    if not words:
        return found.with_only_columns(Member.id).order_by(Member.searched, Member.id).limit(MOST + 1)
    # Of tens of thousands, those who came last: neither are all of them sorted, nor is the list by name read through
    # from A until a thousand are found.
    newest = found.order_by(Member.id.desc()).limit(MOST + 1).subquery()
    return sa.select(newest.c.id).order_by(newest.c.searched, newest.c.id)


def _holds(word: str) -> sa.ColumnElement[bool]:
    if len(word) > 2:
        return Member.searched.contains(word, autoescape=True)
    # PostgreSQL's index knows three letters, or two at the beginning of a word, and a part of two would read everybody.
    begins = Member.searched.startswith(word, autoescape=True)
    return begins | Member.searched.contains(f" {word}", autoescape=True)


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
