"""The brand's settings, as a form."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, ColorField, EmailField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp

from app.brand import rules
from app.brand.models import Brand
from app.i18n import NAMES, _, _l, number_text

COLOURS = {"ink": "ink", "accent": "accent", "points": "points_colour"}
BILINGUAL = ("tagline", "legal", "house_rules")


class BrandForm(FlaskForm):
    """Name, logo, colours, language and texts; a colour that would be hard to read is refused."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter the brand’s name.")), Length(max=80)])
    tagline_fr = StringField(_l("Tagline in French"), [Length(max=160)])
    tagline_en = StringField(_l("Tagline in English"), [Length(max=160)])
    contact_email = EmailField(
        _l("Contact address"),
        [Optional(), Email(_l("Enter an e-mail address, like name@example.org.")), Length(max=254)],
        description=_l("Shown in mails and on the legal page."),
    )
    default_locale = SelectField(
        _l("Language for people who have chosen none"),
        choices=[SelectChoice(code, NAMES[code]) for code in NAMES],
    )
    ink = ColorField(_l("Ink: titles and text"), [Regexp(r"^#[0-9a-fA-F]{6}$")])
    accent = ColorField(_l("Accent: buttons and links"), [Regexp(r"^#[0-9a-fA-F]{6}$")])
    points_colour = ColorField(_l("Points"), [Regexp(r"^#[0-9a-fA-F]{6}$")])
    picture = FileField(_l("Logo"), description=_l("JPEG, PNG or WebP, at most 8 MB."))
    remove_logo = BooleanField(_l("Remove the logo"))
    legal_fr = TextAreaField(_l("Legal texts in French"), [Length(max=50_000)])
    legal_en = TextAreaField(_l("Legal texts in English"), [Length(max=50_000)])
    house_rules_fr = TextAreaField(_l("House rules in French"), [Length(max=50_000)])
    house_rules_en = TextAreaField(_l("House rules in English"), [Length(max=50_000)])

    @classmethod
    def of(cls, brand: Brand) -> BrandForm:
        """Return the form filled with a brand's settings, or with what was posted."""
        texts = {f"{name}_{code}": getattr(brand, name).get(code, "") for name in BILINGUAL for code in NAMES}
        return cls(obj=brand, data=texts)

    def validate(self, extra_validators: object = None) -> bool:
        if not super().validate(extra_validators):
            return False
        problems = rules.check_brand_colours(*(str(self[name].data) for name in COLOURS.values()))
        for problem in problems:
            field = getattr(self, COLOURS[problem.field])
            field.errors = [
                *field.errors,
                _(
                    "Hard to read: a contrast of %(ratio)s, where %(needed)s is needed. The nearest colour that "
                    "passes is %(colour)s.",
                    ratio=number_text(int(problem.ratio * 10) / 10),
                    needed=number_text(problem.needed),
                    colour=problem.suggestion,
                ),
            ]
        return not problems
