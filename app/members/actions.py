"""Making members."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from app.db import db, insert_or
from app.members.models import Member
from app.members.queries import find_member
from app.members.rules_people import normalise_email, tidy_name


def find_or_create_member(email: str, display_name: str, locale: str, now: datetime) -> Member:
    """Return the member with this address, made if there is none. A name that is set stays.

    Two processes may make the same one at once: both get the row that the database kept.
    """
    member = find_member(email)
    if member is None:
        made = insert_or(Member).values(
            email=normalise_email(email),
            display_name=tidy_name(display_name),
            locale=locale,
            fs_uniquifier=uuid4().hex,
            created_at=now,
            updated_at=now,
        )
        member = db.session.scalar(made.on_conflict_do_nothing().returning(Member)) or find_member(email)
        assert member is not None  # noqa: S101 - inserted just above, or by who was faster
    elif not member.display_name:
        member.display_name = tidy_name(display_name)
        db.session.flush()
    return member
