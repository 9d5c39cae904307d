"""Making staff of members, and fans of staff."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from flask_security.recoverable import generate_reset_password_token

from app import audit
from app.db import db, insert_once
from app.errors import Refusal
from app.i18n import _l
from app.members.models import Member, Role
from app.members.queries import is_last_admin
from app.outbox import queue_mail
from app.tokens import new_link_token
from app.web import absolute_url


def add_role(member: Member, name: str, by: Member | None) -> bool:
    """Give a role (cm, marketing, admin); False when the member has it already. `by` is null for the shell.

    Refusal: no-email, for staff sign in with an address.
    """
    if member.email is None:
        raise Refusal("no-email", _l("This person has no e-mail address, and staff sign in with one."))
    if member.has_role(name):
        return False
    insert_once(Role, name=name, description="")
    member.roles.append(db.session.scalars(sa.select(Role).where(Role.name == name)).one())
    audit.record("role.add", f"member:{member.id}", by.id if by else None, role=name)
    db.session.flush()
    return True


def lock_roles(member: Member) -> None:
    """Take roles away in turn, so that two administrators cannot each rely on the other; read the member’s again.

    A write, so that on SQLite too nobody else takes one until the transaction ends.
    """
    db.session.execute(sa.update(Role).where(Role.name == "admin").values(description=Role.description))
    db.session.refresh(member, ["roles"])


def remove_role(member: Member, name: str, by: Member | None) -> bool:
    """Take a role away; False when the member has not got it. Refusal: last-admin.

    Every session of theirs ends. Who is no longer staff loses password and authenticator too.
    """
    lock_roles(member)
    if not member.has_role(name):
        return False
    if name == "admin" and is_last_admin(member):
        raise Refusal(
            "last-admin", _l("Somebody must stay administrator. Give the role to another person first.")
        )
    member.roles = [role for role in member.roles if role.name != name]
    member.fs_uniquifier = uuid4().hex
    if not member.roles:
        forget_credentials(member)
    audit.record("role.remove", f"member:{member.id}", by.id if by else None, role=name)
    db.session.flush()
    return True


def forget_credentials(member: Member) -> None:
    """Take away password, authenticator and recovery codes, and end every session."""
    member.password = member.tf_primary_method = member.tf_totp_secret = member.totp_counter = None
    member.mf_recovery_codes = []
    member.fs_uniquifier = uuid4().hex


def setup_link(member: Member) -> str:
    """Return a link, good once and for 24 hours, where a member of staff sets a password."""
    token = generate_reset_password_token(member)  # type: ignore[no-untyped-call]
    return absolute_url("security.reset_password", token=token)


def welcome_staff(member: Member) -> None:
    """Mail new staff the link that sets their password."""
    assert member.email is not None  # noqa: S101 - add_role wants one
    queue_mail(
        "members/staff_welcome",
        to=member.email,
        key=f"staff-welcome:{new_link_token()}",
        locale=member.locale,
        member_id=member.id,
        name=member.display_name,
        link=setup_link(member),
    )


def reset_second_factor(member: Member, by: Member) -> None:
    """Let a member of staff who lost phone and recovery codes begin again, from a mailed link."""
    forget_credentials(member)
    welcome_staff(member)
    audit.record("staff.reset", f"member:{member.id}", by.id)
    db.session.flush()
