"""Commands that belong to no feature."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app import config

config_group = AppGroup("config", help="Settings.")


def init_app(app: Flask) -> None:
    app.cli.add_command(config_group)


@config_group.command("docs")
@click.option("--check", is_flag=True, help="Fail when docs/configuration.md is out of date.")
def config_docs(check: bool) -> None:
    """Print docs/configuration.md from the code."""
    text = config.as_markdown()
    if not check:
        click.echo(text, nl=False)
    elif Path("docs/configuration.md").read_text() != text:
        raise click.ClickException("Out of date: run `flask config docs > docs/configuration.md`.")
