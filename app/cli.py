"""Commands that belong to no feature: settings, translations, development's sign-in links."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask
from flask.cli import AppGroup

from app import config

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog  # what reads catalogues is loaded by the commands that do

config_group = AppGroup("config", help="Settings.")
i18n_group = AppGroup("i18n", help="Translations.")

CATALOG = Path("translations/fr/LC_MESSAGES/messages.po")
SOURCES = {"app": [("**.py", "python")], "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")]}
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


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
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    catalog = Catalog(locale="fr", charset="utf-8", fuzzy=False, header_comment="# French.")
    for folder, methods in SOURCES.items():
        found = extract_from_dir(config.ROOT / folder, methods, {}, KEYWORDS, strip_comment_tags=True)
        for _file, _line, message, _comments, _context in sorted(found, key=lambda row: str(row[2])):
            catalog.add(message)
    return catalog


def read_french() -> Catalog:
    from babel.messages.pofile import read_po

    with (config.ROOT / CATALOG).open("rb") as file:
        return read_po(file, locale="fr")


@i18n_group.command("update")
def i18n_update() -> None:
    """Bring the French catalogue up to date with the code; new strings are left empty."""
    from babel.messages.pofile import write_po

    catalog = read_french()
    catalog.update(extract(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    with (config.ROOT / CATALOG).open("wb") as file:
        write_po(file, catalog, width=0, no_location=True, sort_output=True, ignore_obsolete=True)


@i18n_group.command("compile")
def i18n_compile() -> None:
    """Compile the French catalogue for the running application."""
    from babel.messages.mofile import write_mo

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
