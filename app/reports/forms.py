"""Forms of reports."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from app.i18n import LOCALES, NAMES, _l


class MakeReportForm(FlaskForm):
    """The language of the report to make."""

    locale = RadioField(
        _l("Language of the report"), choices=[SelectChoice(code, NAMES[code]) for code in LOCALES]
    )
