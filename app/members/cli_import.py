"""The command that imports people."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.i18n import force_locale
from app.members import rules_import_words as words
from app.members.actions_import import import_people, preview_import, read_people


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@with_appcontext
def import_command(file: Path, dry_run: bool) -> None:
    """Import people from FILE: an export of Eventbrite, Meetup, pretix or Hi.Events, or any list with addresses.

    People are matched by e-mail address, and importing a file again changes nothing. Prints each line that is
    left out, with its number and why.
    """
    with force_locale("en"):
        try:
            parsed = read_people(file.read_bytes())
        except Refusal as refusal:
            raise click.ClickException(f"{file.name}: {refusal.message}") from None
        preview = preview_import(parsed, now())
        separator = words.SEPARATORS.get(parsed.separator, parsed.separator)
        shape = f"{parsed.encoding}, separated by {separator}" if separator else parsed.encoding
        click.echo(f"{file.name}: {words.SOURCES[parsed.source]}, {parsed.lines} lines, {shape}")
        for label, titles in words.describe_columns(parsed.columns):
            click.echo(f"  {label}: {titles}")
        for note, value in parsed.notes:
            click.echo(f"Note: {words.explain_note(note, value)}")
        for remark in preview.remarks:
            click.echo(f"Line {remark.number}: {words.explain_line(remark)}")
        for refused in parsed.refused:
            click.echo(f"Line {refused.number} left out: {words.explain_line(refused)}")
    counts = preview.counts if dry_run else import_people(parsed, None, now())
    commit()
    click.echo(
        f"{'Would import' if dry_run else 'Imported'}: {counts.new} new, {counts.updated} updated, "
        f"{counts.unchanged} unchanged, {counts.refused} lines left out, {counts.consents} consents proved."
    )
