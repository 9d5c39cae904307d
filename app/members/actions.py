"""Making members."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.db import db, write_once
from app.errors import Refusal
from app.i18n import _l
from app.members.models import Member
from app.members.queries import find_member
from app.members.rules_people import normalise_email, tidy_name


def find_or_create_member(email: str, display_name: str, locale: str, now: datetime) -> Member:
    """Return the member with this address, made if there is none. A name that is set stays.

    Two processes may make the same one at once: both get the row that the database kept.
    """
    member = find_member(email)
    if member is None:
        member = create_member(email, display_name, locale, now) or find_member(email)
        assert member is not None  # noqa: S101 - inserted just above, or by who was faster
    name_member(member, display_name)
    return member


def create_member(email: str, display_name: str, locale: str, now: datetime) -> Member | None:
    """Make the member with this address; None when somebody else was faster."""
    address, name = normalise_email(email), tidy_name(display_name)
    member = Member(email=address, display_name=name, locale=locale, created_at=now, updated_at=now)
    return member if write_once(member) else None


def name_member(member: Member, display_name: str) -> None:
    """Give a name to a member who has none."""
    if not member.display_name:
        member.display_name = tidy_name(display_name)
        db.session.flush()


def hold_member(member: Member) -> None:
    """Read a member as they are now, and keep them from being erased until the transaction ends.

    A write, so that on SQLite too nobody else can. Refusal: erased.
    """
    there = sa.update(Member).where(Member.id == member.id, Member.erased_at.is_(None))
    held = there.values(active=Member.active).returning(Member)
    options = {"synchronize_session": False, "populate_existing": True}
    if db.session.scalars(held, execution_options=options).one_or_none() is None:
        raise Refusal("erased", _l("This account has just been erased."))
