"""The form that asks for something printed."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from app.events.models_papers import PaperKind
from app.i18n import _l

PAPER_LABELS = {
    PaperKind.ATTENDANCE: _l("Attendance sheet, A4"),
    PaperKind.LABELS_21: _l("Badges on labels, 63.5 × 38.1 mm, 21 a sheet"),
    PaperKind.LABELS_10: _l("Badges on cards, 86 × 55 mm, 10 a sheet"),
    PaperKind.LABELS_8: _l("Badges on labels, 99.1 × 67.7 mm, 8 a sheet"),
    PaperKind.BADGE_A6: _l("A6 badges, 105 × 148 mm, one a page"),
}


class PaperForm(FlaskForm):
    """What to print."""

    kind = RadioField(
        _l("What to print"),
        choices=[SelectChoice(kind.value, PAPER_LABELS[kind]) for kind in PaperKind],
        default=PaperKind.ATTENDANCE.value,
    )
