"""Forms of the import of people."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from app.i18n import _l


class UploadForm(FlaskForm):
    """The list of people, as a file."""

    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV or Excel (.xlsx), at most 5 MB and 50,000 lines."),
    )


class ConfirmForm(FlaskForm):
    """A button that proves that it was pressed here."""
