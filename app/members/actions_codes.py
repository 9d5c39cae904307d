"""Codes and links that prove an e-mail address."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from app.db import db, write
from app.errors import Refusal
from app.i18n import _l, ngettext
from app.members.models import EmailCode, Member
from app.members.rules_codes import LINK_LIFETIME, MAX_TRIES, CodeState, digits_state, link_state, read_digits
from app.members.rules_people import normalise_email
from app.tokens import digest, new_link_token, six_digits

CODE_CLOSED = {
    CodeState.USED: _l("This code has already been used. Ask for a new one."),
    CodeState.EXPIRED: _l("This code is no longer valid. Ask for a new one."),
    CodeState.TOO_MANY_TRIES: _l("Too many wrong codes. Ask for a new one, or use the link in the mail."),
}
LINK_CLOSED = {
    CodeState.USED: _l("This link has already been used. Ask for a new one."),
    CodeState.EXPIRED: _l("This link is no longer valid. Ask for a new one."),
}


@dataclass(frozen=True)
class IssuedCode:
    """A code just made: the only moment when its digits and its link are known in clear."""

    row: EmailCode
    digits: str
    link_token: str


def issue_code(
    member: Member,
    purpose: str,
    next_path: str,
    now: datetime,
    lifetime: timedelta = LINK_LIFETIME,
    instead_of: Sequence[EmailCode] | None = None,
) -> IssuedCode:
    """Make a code and a link for a member; older ones of the same purpose stop working: `instead_of`, if read.

    The link works for `lifetime`, the digits for 30 minutes of it and 5 tries.
    """
    _expire(open_codes(member, purpose, now) if instead_of is None else instead_of, now)
    digits, token = six_digits(), new_link_token()
    row = _add_code(member, purpose, token, _hash(digest(token), digits), next_path, now, lifetime)
    return IssuedCode(row, digits, token)


def open_codes(member: Member, purpose: str, now: datetime) -> Sequence[EmailCode]:
    """Return a member's codes that still work, the newest first."""
    return db.session.scalars(_open(), {"member": member.id, "purpose": purpose, "now": now}).all()


@cache
def _open() -> sa.Select[EmailCode]:
    return _newest_open(
        EmailCode.member_id == sa.bindparam("member"), EmailCode.purpose == sa.bindparam("purpose")
    )


def _newest_open(*where: sa.ColumnElement[bool]) -> sa.Select[EmailCode]:
    return (
        sa.select(EmailCode)
        .where(*where)
        .where(EmailCode.expires_at > sa.bindparam("now"), EmailCode.used_at.is_(None))
        .order_by(EmailCode.id.desc())
        .execution_options(populate_existing=True)
    )


def end_codes(purpose: str, email: str, now: datetime) -> None:
    """End the codes of a purpose that an address was mailed, or its decoys, before it is given another.

    Codes come before their member's row in the order of locks (see erase_member). A write, whoever has the address: on
    SQLite nobody is erased from here on.
    """
    whose = sa.select(Member.id).where(Member.email == normalise_email(email)).scalar_subquery()
    theirs = (EmailCode.member_id == whose) & (EmailCode.purpose == purpose)
    decoys = EmailCode.member_id.is_(None) & (EmailCode.code_digest == _no_digits(purpose, email))
    still_open = EmailCode.expires_at > now, EmailCode.used_at.is_(None)
    ending = sa.update(EmailCode).where(theirs | decoys, *still_open).values(expires_at=now)
    db.session.execute(ending, execution_options={"synchronize_session": False})


def issue_decoy(
    kind: str,
    email: str,
    next_path: str,
    now: datetime,
    lifetime: timedelta = LINK_LIFETIME,
    instead_of: Sequence[EmailCode] | None = None,
    purpose: str | None = None,
) -> EmailCode:
    """Make a code that nothing proves, so that an unknown address is answered just like a known one.

    Older decoys of the same kind and address stop working, as a member's codes do: in two browsers, the older one
    would tell. `purpose` is what is stored when it says more than the kind.
    """
    _expire(open_decoys(kind, email, now) if instead_of is None else instead_of, now)
    digits = _no_digits(kind, email)
    return _add_code(None, purpose or kind, new_link_token(), digits, next_path, now, lifetime)


def open_decoys(kind: str, email: str, now: datetime) -> Sequence[EmailCode]:
    """Return the decoys that still answer an address, the newest first."""
    return db.session.scalars(_open_decoys(), {"digest": _no_digits(kind, email), "now": now}).all()


@cache
def _open_decoys() -> sa.Select[EmailCode]:
    return _newest_open(EmailCode.member_id.is_(None), EmailCode.code_digest == sa.bindparam("digest"))


def _no_digits(kind: str, email: str) -> str:
    """Return what stands where a code has the digest of its digits: by what a decoy is found, 64 characters.

    Keyed, so that who reads the table cannot try addresses that nobody gave us; and with a word that no hexadecimal
    digest holds, so that no digits ever match.
    """
    named = f"decoy:{kind}:{normalise_email(email)}".encode(errors="replace")
    keyed = hmac.new(current_app.config["SECRET_KEY"].encode(), named, hashlib.sha256)
    return f"decoy:{keyed.hexdigest()[:58]}"


def verify_digits(code_id: int, mark: str, digits: str, now: datetime) -> EmailCode:
    """Use up a code by its digits, which proves the member's address; see `use_digits`."""
    return use_digits(_hold(EmailCode.id, code_id), mark, digits, now)


def use_digits(row: EmailCode | None, mark: str, digits: str, now: datetime) -> EmailCode:
    """Use up a code that this transaction has read and keeps from all others: parallel guesses share five tries.

    `mark` begins the code's own: another may have its number by now. Refusals: wrong, expired, used, too-many-tries.
    The caller commits after a refusal too, so that the try counts.
    """
    if row is None or not row.mark.startswith(mark):
        raise Refusal("wrong", _l("This is not the code we sent you. Check it and try again."), "digits")
    state = digits_state(row.used_at, row.created_at, row.expires_at, row.failed_tries, now)
    if state is not CodeState.OPEN:
        raise Refusal(state.value, CODE_CLOSED[state], "digits")
    if not hmac.compare_digest(row.code_digest, _hash(row.link_digest, read_digits(digits))):
        row.failed_tries += 1
        write(row)
        raise _wrong(MAX_TRIES - row.failed_tries)
    return _use(row, now)


def find_open_link(token: str, now: datetime, purpose: str | None = None) -> EmailCode:
    """Return the code of a mailed link without using it up, since mail scanners open links.

    Refusals: wrong, expired, used; wrong too when the link was made for something else than `purpose`.
    """
    found = sa.select(EmailCode).where(EmailCode.link_digest == digest(token))
    row = db.session.scalar(found, execution_options={"populate_existing": True})
    return _check_link(row, now, purpose)


def verify_link(token: str, now: datetime, purpose: str | None = None) -> EmailCode:
    """Use up a code by its link, which proves the member's address. Refuses as `find_open_link` does."""
    return _use(_check_link(_hold(EmailCode.link_digest, digest(token)), now, purpose), now)


def _check_link(row: EmailCode | None, now: datetime, purpose: str | None) -> EmailCode:
    if row is None or purpose not in {None, row.purpose}:
        raise Refusal("wrong", _l("This link is not complete. Copy it whole, or ask for a new one."))
    state = link_state(row.used_at, row.expires_at, now)
    if state is not CodeState.OPEN:
        raise Refusal(state.value, LINK_CLOSED[state])
    return row


def _expire(older: Sequence[EmailCode], now: datetime) -> None:
    for code in older:
        code.expires_at = now


def _add_code(
    member: Member | None,
    purpose: str,
    token: str,
    code_digest: str,
    next_path: str,
    now: datetime,
    lifetime: timedelta,
) -> EmailCode:
    row = EmailCode(
        member_id=None if member is None else member.id,
        purpose=purpose,
        link_digest=digest(token),
        code_digest=code_digest,
        next_path=next_path[:500],
        created_at=now,
        expires_at=now + lifetime,
    )
    write(row)
    return row


def _hold(column: Any, value: object) -> EmailCode | None:
    """Find a code as it is now, and keep it from all others until the transaction ends: a write does, on SQLite too."""
    held = sa.update(EmailCode).where(column == value).values(failed_tries=EmailCode.failed_tries)
    options = {"synchronize_session": False, "populate_existing": True}
    return db.session.scalars(held.returning(EmailCode), execution_options=options).one_or_none()


def _use(row: EmailCode, now: datetime) -> EmailCode:
    row.used_at = now
    # With the roles, which whoever begins a session is asked for.
    member = db.session.get_one(Member, row.member_id, options=[joinedload(Member.roles)])
    member.email_confirmed_at = member.email_confirmed_at or now
    write(row, member)
    return row


def _wrong(left: int) -> Refusal:
    if left == 0:
        state = CodeState.TOO_MANY_TRIES
        return Refusal(state.value, CODE_CLOSED[state], "digits")
    message: str = ngettext(
        "This is not the code we sent you. Check it: you have one try left.",
        "This is not the code we sent you. Check it: you have %(num)d tries left.",
        left,
    )
    return Refusal("wrong", message, "digits")


def _hash(salt: str, digits: str) -> str:
    return digest(f"{salt}:{digits}")
