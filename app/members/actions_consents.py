"""Writing down what people agree to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa

from app.db import db
from app.members.models import Consent, ConsentPurpose, Member
from app.members.queries import consents_of
from app.members.rules_consents import consent_text
from app.outbox import CHECKS, Message


def record_consents(
    member: Member, answers: Mapping[ConsentPurpose, bool], source: str, locale: str, now: datetime
) -> list[ConsentPurpose]:
    """Append each answer that differs from the one that holds, or that was given to a newer wording; say which.

    `locale` is the language the questions were read in; `source` names the page: "rsvp:12", "profile".
    """
    held = consents_of(member.id)
    said = {"member_id": member.id, "locale": locale, "source": source, "at": now}
    rows: list[dict[str, Any]] = []
    for purpose, granted in answers.items():
        text, before = consent_text(purpose), held.get(purpose)
        if before and before.granted == granted and before.wording_version == text.version:
            continue
        wording = {"wording": text.wording[locale], "wording_version": text.version}
        rows.append(said | wording | {"purpose": purpose, "granted": granted})
    if rows:
        db.session.connection().execute(_append(), rows)
    return [row["purpose"] for row in rows]


@cache
def _append() -> Any:
    log = cast(sa.Table, Consent.__table__)
    return sa.insert(log).returning(log.c.id)  # which lets one statement take all rows


def may_leave(message: Message) -> bool:
    """Tell whether a mail that needs a consent still has it, at the moment when it would be sent."""
    if message.needs_consent is None:
        return True
    if message.member_id is None:
        return False
    held = consents_of(message.member_id).get(ConsentPurpose(message.needs_consent))
    return held is not None and held.granted


CHECKS.append(may_leave)
