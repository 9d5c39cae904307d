"""The command that loads the demo."""

from __future__ import annotations

from dataclasses import asdict

import click
from flask import current_app
from flask.cli import AppGroup

from app.clock import now

demo = AppGroup("demo", help="The demo brand, in development alone.")


@demo.command("load")
@click.option("--reset", is_flag=True, help="Empty the database first: what is in it is lost.")
def load(reset: bool) -> None:
    """Fill an empty database with an invented brand: people, meetups, a product test, points and rewards."""
    if not current_app.config["DEVELOPMENT"]:
        raise click.ClickException(
            "This is production: the demo is for development alone (TERRAIN_ENV=development)."
        )
    from flask_migrate import upgrade  # neither is for the web process

    from app.dev.demo import is_empty, load

    if reset:
        _empty()
    upgrade()
    if not is_empty():
        raise click.ClickException(
            "There are people in this database already, and they stay: `flask demo load --reset` would empty it first."
        )
    click.echo("Loading the demo, which takes some seconds…")
    made = load(now())
    click.echo(
        "There: {chapters} chapters, {events} events, {people} people, {answers} answers.".format(
            **asdict(made)
        )
    )


def _empty() -> None:
    """Undo all migrations, and forget jobs and mails that spoke of what is gone."""
    from flask_migrate import downgrade

    downgrade(revision="base")
    current_app.extensions["huey"].flush()
    for mail in (current_app.config["INSTANCE"] / "mail").glob("*.eml"):
        mail.unlink()
