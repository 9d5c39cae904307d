"""Sending fans the mail that signs them in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.db import db
from app.members.actions_codes import end_codes, issue_code, issue_decoy
from app.members.models import EmailCode, Member
from app.members.rules_people import normalise_email
from app.outbox import queue_mail
from app.tokens import new_link_token
from app.web import absolute_url

PURPOSE = "sign-in"


def send_sign_in_code(email: str, next_path: str, locale: str, now: datetime) -> EmailCode:
    """Mail a code and a link to an address, whoever asks; return the code to be typed.

    An address that nobody has gets a mail too, which says so: only who reads the mailbox learns of it, and a
    person who mistyped or forgot which address they gave is not left waiting. On the screen it gets a decoy.
    """
    end_codes(PURPOSE, email, now)
    member = _hold(email)
    if member is None or member.email is None or not member.active:
        queue_mail("members/sign_in_unknown", to=email, key=f"sign-in:{new_link_token()}", locale=locale)
        return issue_decoy(PURPOSE, email, next_path, now, instead_of=())
    issued = issue_code(member, PURPOSE, next_path, now, instead_of=())
    queue_mail(
        "members/sign_in_code",
        to=member.email,
        key=f"sign-in:{issued.row.link_digest}",  # its id is given again once it is forgotten
        locale=member.locale,
        member_id=member.id,
        name=member.display_name,
        digits=issued.digits,
        link=absolute_url("members.sign_in_link", token=issued.link_token),
    )
    return issued.row


def _hold(email: str) -> Member | None:
    """Find who has an address as they are now, and keep them from being erased until the transaction ends."""
    whose = sa.select(Member).where(Member.email == normalise_email(email))
    held = whose.with_for_update(read=True, key_share=True)  # sign-ins pass one another
    return db.session.scalar(held, execution_options={"populate_existing": True})
