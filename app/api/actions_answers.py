"""Doing once what is asked twice: the first answer to an Idempotency-Key is kept and given again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.api.models import KeptAnswer
from app.api.rules import ANSWERS_KEPT
from app.db import db, insert_or
from app.privacy import erases


def claim_key(token_id: int, key: str, request_digest: str, now: datetime) -> KeptAnswer | None:
    """Take a key for this transaction, or return the answer that was given to it.

    It is the transaction's first write: who comes with the same key meanwhile waits in the database until this one
    is committed, and then finds its answer, or is rolled back, and then takes the key.
    """
    claim = insert_or(KeptAnswer).values(
        token_id=token_id, key=key, request_digest=request_digest, created_at=now
    )
    taken = db.session.scalar(claim.on_conflict_do_nothing().returning(KeptAnswer.token_id))
    return None if taken else db.session.get_one(KeptAnswer, (token_id, key), populate_existing=True)


def keep_answer(token_id: int, key: str, status: int, location: str, body: str) -> None:
    """Write the answer beside its key."""
    row = sa.update(KeptAnswer).where(KeptAnswer.token_id == token_id, KeptAnswer.key == key)
    db.session.execute(row.values(status=status, location=location, body=body))


def forget_answers(now: datetime) -> None:
    """Delete the answers that were kept long enough."""
    db.session.execute(sa.delete(KeptAnswer).where(KeptAnswer.created_at < now - ANSWERS_KEPT))


@erases
def empty_answers(member_id: int, _now: datetime) -> None:
    """Empty the answers that tell of somebody who leaves: name and address may be in them."""
    tells = sa.or_(
        *(
            KeptAnswer.body.contains(f'"member_id":{space}{member_id},', autoescape=True)
            for space in ("", " ")
        )
    )
    db.session.execute(sa.update(KeptAnswer).where(tells).values(body="{}"))
