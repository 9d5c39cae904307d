"""`flask members import`."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.db import db
from app.members.models import Member

FILES = Path(__file__).parent / "files"


def members() -> int:
    db.session.commit()
    return db.session.scalar(sa.select(sa.func.count(Member.id))) or 0


def test_a_dry_run_says_what_would_change_and_changes_nothing(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["members", "import", "--dry-run", str(FILES / "refused_lines.csv")]
    )
    assert result.exit_code == 0, result.output
    assert "refused_lines.csv: a list made by hand, 14 lines, UTF-8, separated by commas" in result.output
    assert "Line 3 left out: There is no e-mail address." in result.output
    assert "Line 5 left out: “anais.exemple.fr” has no @." in result.output
    assert "Line 14: The name “=HYPERLINK() Roy” starts like a formula." in result.output
    assert (
        "Would import: 3 new, 0 updated, 0 unchanged, 11 lines left out, 0 consents proved." in result.output
    )
    assert members() == 0


def test_an_import_is_made_once_however_often_it_is_asked_for(app: Flask) -> None:
    runner, file = app.test_cli_runner(), str(FILES / "eventbrite_fr.csv")
    first = runner.invoke(args=["members", "import", file])
    assert "Eventbrite, 2 lines, Windows-1252, separated by semicolons" in first.output
    assert "Imported: 2 new, 0 updated, 0 unchanged" in first.output
    second = runner.invoke(args=["members", "import", file])
    assert "Imported: 0 new, 0 updated, 2 unchanged" in second.output
    assert members() == 2


def test_an_unusable_file_fails_with_one_sentence(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["members", "import", str(FILES / "meetup_members.tsv")])
    assert result.exit_code == 1
    assert "Error: meetup_members.tsv: Meetup does not export e-mail addresses." in result.output
