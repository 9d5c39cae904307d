"""Commands of development: the demo brand, and links that sign in at once."""

from __future__ import annotations

from urllib.parse import urlsplit

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup

from app.clock import now
from app.db import db
from app.dev.views import sign_in_url
from app.events.queries_tickets import places_of
from app.members.models import Member, Role
from app.web import absolute_url

dev = AppGroup("dev", help="Development alone.")

# role, where its link leads; a fan’s leads to their next ticket when they have one
ROLES = (("fan", "/"), ("cm", "/manage/"), ("marketing", "/reports/"), ("admin", "/admin/people"))


@dev.command("links")
def links() -> None:
    """Print the address, and for each role a link that signs in at once."""
    click.echo(f"Terrain is at {current_app.config['PUBLIC_URL']}")
    for role, path in ROLES:
        member = first_member(role)
        if member:
            opens = (find_ticket_path(member) or path) if role == "fan" else path
            click.echo(f"  {role:<10} {member.display_name}: {sign_in_url(member, opens)}")
    click.echo(f"  mails      {current_app.config['PUBLIC_URL']}/dev/outbox")


def find_ticket_path(member: Member) -> str | None:
    """Return the path of a member's next ticket, or None."""
    coming, _past = places_of(member.id, now())
    token = next((place.token for place in coming if place.ticket), None)
    return urlsplit(absolute_url("tickets.ticket", token=token)).path if token else None


def first_member(role: str) -> Member | None:
    """Return the first member who has a role, or the first fan with an address for "fan"."""
    has_role = Member.roles.any() if role == "fan" else Member.roles.any(Role.name == role)
    wanted = ~has_role if role == "fan" else has_role
    query = sa.select(Member).where(wanted, Member.email.is_not(None)).order_by(Member.id).limit(1)
    return db.session.scalar(query)
