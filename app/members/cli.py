"""Commands about people."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.i18n import force_locale
from app.members.actions import find_or_create_member
from app.members.actions_roles import add_role, remove_role, setup_link
from app.members.cli_import import import_command
from app.members.models import Member
from app.members.queries import find_member
from app.members.queries_people import staff
from app.members.rules_people import ROLES, is_email

members = AppGroup("members", help="People: staff, imports.")
members.add_command(import_command)

role_option = click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True)


def _address(_context: click.Context, _parameter: click.Parameter, email: str) -> str:
    if not is_email(email):
        raise click.BadParameter("Enter an e-mail address, like name@example.org.")
    return email


@members.command("add-staff")
@click.argument("email", callback=_address)
@click.option("--name", required=True, help="What the person is called.")
@role_option
@click.option("--locale", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def add_staff(email: str, name: str, roles: tuple[str, ...], locale: str) -> None:
    """Give EMAIL the roles, and print a link where the person sets a password and an authenticator."""
    member = find_or_create_member(email, name, locale, now())
    for role in roles:
        add_role(member, role, by=None)
    link = setup_link(member)
    commit()
    click.echo(
        f"{member.display_name} <{member.email}> is now {', '.join(sorted(r.name for r in member.roles))}."
    )
    click.echo("For 24 hours, and once, this link sets the password, and then the authenticator:")
    click.echo(link)


@members.command("list-staff")
def list_staff() -> None:
    """Print everybody who has a role."""
    for member in staff():
        second = "authenticator" if member.tf_totp_secret else "not set up yet"
        names = ", ".join(sorted(role.name for role in member.roles))
        click.echo(f"{member.email}\t{member.display_name}\t{names}\t{second}")


@members.command("remove-role")
@click.argument("email")
@role_option
def remove_role_command(email: str, roles: tuple[str, ...]) -> None:
    """Take the roles from EMAIL, and end that person's sessions."""
    member = _get(email)
    try:
        for role in roles:
            remove_role(member, role, by=None)
    except Refusal as refusal:
        with force_locale("en"):
            raise click.ClickException(str(refusal.message)) from None
    commit()
    click.echo(f"{member.email} is now {', '.join(sorted(r.name for r in member.roles)) or 'a fan'}.")


def _get(email: str) -> Member:
    member = find_member(email)
    if member is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    return member
