"""Sending fans the mail that signs them in."""

from __future__ import annotations

from datetime import datetime

from app.members.actions_codes import issue_code, issue_decoy
from app.members.models import EmailCode
from app.members.queries import find_member
from app.outbox import queue_mail
from app.tokens import new_link_token
from app.web import absolute_url

PURPOSE = "sign-in"


def send_sign_in_code(email: str, next_path: str, locale: str, now: datetime) -> EmailCode:
    """Mail a code and a link to an address, whoever asks; return the code to be typed.

    An address that nobody has gets a mail too, which says so: only who reads the mailbox learns of it, and a
    person who mistyped or forgot which address they gave is not left waiting. On the screen it gets a decoy.
    """
    member = find_member(email)
    if member is None or member.email is None or not member.active:
        queue_mail("members/sign_in_unknown", to=email, key=f"sign-in:{new_link_token()}", locale=locale)
        return issue_decoy(PURPOSE, email, next_path, now)
    issued = issue_code(member, PURPOSE, next_path, now)
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
