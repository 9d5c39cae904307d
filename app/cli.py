"""Commands that belong to no feature: settings, translations, development's sign-in links."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.cli import AppGroup

from app import config

config_group = AppGroup("config", help="Settings.")
i18n_group = AppGroup("i18n", help="Translations.")

CATALOG = Path("translations/fr/LC_MESSAGES/messages.po")
KEYWORDS = ["-k", "_", "-k", "_l", "-k", "lazy_gettext", "-k", "ngettext:1,2"]


def init_app(app: Flask) -> None:
    app.cli.add_command(config_group)
    app.cli.add_command(i18n_group)


@config_group.command("docs")
@click.option("--check", is_flag=True, help="Fail when docs/configuration.md is out of date.")
def config_docs(check: bool) -> None:
    """Print docs/configuration.md from the code."""
    text = config.as_markdown()
    if not check:
        click.echo(text, nl=False)
    elif (config.ROOT / "docs/configuration.md").read_text() != text:
        raise click.ClickException("Out of date: run `flask config docs > docs/configuration.md`.")


def extract() -> Catalog:
    """Return every string that the code and the templates show."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", *KEYWORDS]
    command += ["--omit-header", "--no-location", "-o", "-", "."]
    made = subprocess.run(command, cwd=config.ROOT, capture_output=True, check=True)  # noqa: S603
    return read_po(BytesIO(made.stdout))


def read_french() -> Catalog:
    with (config.ROOT / CATALOG).open("rb") as file:
        return read_po(file, locale="fr")


@i18n_group.command("update")
def i18n_update() -> None:
    """Bring the French catalogue up to date with the code; new strings are left empty."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q"]
    extraction = ["extract", "-F", "babel.cfg", *KEYWORDS, "--omit-header", "--no-location", "--sort-output"]
    template = config.ROOT / "instance" / "messages.pot"
    template.parent.mkdir(exist_ok=True)
    subprocess.run([*command, *extraction, "-o", str(template), "."], cwd=config.ROOT, check=True)  # noqa: S603
    merge = ["update", "-i", str(template), "-d", "translations", "-l", "fr"]
    merge += ["--no-fuzzy-matching", "--ignore-obsolete", "--omit-header", "--no-wrap"]
    subprocess.run([*command, *merge], cwd=config.ROOT, check=True)  # noqa: S603


@i18n_group.command("compile")
def i18n_compile() -> None:
    """Compile the French catalogue for the running application."""
    with (config.ROOT / CATALOG.with_suffix(".mo")).open("wb") as file:
        write_mo(file, read_french())


@i18n_group.command("check")
def i18n_check() -> None:
    """Fail on a string that has no French, or a doubtful one."""
    french = read_french()
    missing = []
    for message in extract():
        known = french.get(message.id)
        texts = known.string if known else ""
        complete = all(texts) if isinstance(texts, tuple | list) else bool(texts)
        if message.id and (known is None or known.fuzzy or not complete):
            missing.append(str(message.id))
    if missing:
        raise click.ClickException(f"{len(missing)} strings without French:\n  " + "\n  ".join(missing))
    click.echo(f"{len(french)} strings, all in French.")
