"""Making tokens, noting their use, taking them back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from app import audit
from app.api.models import ApiToken
from app.api.queries import Caller, most_scopes
from app.api.rules import PREFIX, USE_IS_NOTED_EVERY, Scope
from app.db import db
from app.errors import Refusal
from app.i18n import _l
from app.members.models import Member
from app.privacy import erases
from app.tokens import digest, new_link_token


def create_token(
    member: Member, name: str, scopes: Collection[str], days: int | None, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token and return it with its text, which is kept nowhere. `days` is how long it holds.

    Refusal: scope, for one that the member's roles do not give.
    """
    if not set(scopes) <= set(most_scopes(member)) or not scopes:
        raise Refusal("scope", _l("Choose at least one thing that the token may do."), "scopes")
    text = PREFIX + new_link_token()
    token = ApiToken(
        member_id=member.id,
        name=name.strip(),
        digest=digest(text),
        ending=text[-4:],
        scopes=" ".join(scope for scope in Scope if scope in scopes),
        created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    db.session.add(token)
    db.session.flush()
    audit.record("token.create", f"token:{token.id}", member.id, scopes=token.scopes)
    return token, text


def revoke_token(token: ApiToken, by: Member, now: datetime) -> None:
    """Let a token open nothing any more. Revoking twice is harmless."""
    if token.revoked_at is None:
        token.revoked_at = now
        audit.record("token.revoke", f"token:{token.id}", by.id)
        db.session.flush()


def note_use(caller: Caller, now: datetime) -> bool:
    """Write down that a token is in use, once a minute; tell whether there is something to commit."""
    before = now - USE_IS_NOTED_EVERY
    if caller.last_used_at is not None and caller.last_used_at > before:
        return False
    is_old = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at <= before)
    use = sa.update(ApiToken).where(ApiToken.id == caller.token_id, is_old).values(last_used_at=now)
    db.session.execute(use, execution_options={"synchronize_session": False})
    return True


@erases
def erase_tokens(member_id: int, _now: datetime) -> None:
    """Delete the tokens of somebody who leaves, with the answers kept for them."""
    db.session.execute(sa.delete(ApiToken).where(ApiToken.member_id == member_id))
