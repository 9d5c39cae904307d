"""Forms of sign-in, profile and consents."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    Form,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import DataRequired, InputRequired, Length

from app.errors import Refusal
from app.i18n import LOCALES, NAMES, _l, locale_code
from app.members.models import Consent, ConsentPurpose
from app.members.rules_consents import CONSENTS, consent_text
from app.members.rules_people import NAME_MAX, is_email, normalise_email, tidy_name

NO_NAME = _l("Enter the name you would like to be called by.")
NO_EMAIL = _l("Enter an e-mail address, like name@example.org.")


def show_refusal(form: Form, refusal: Refusal, beside: str = "") -> None:
    """Put a refusal beside the field it names, or a field of this name, or at the top of the form."""
    field = form._fields.get(refusal.field or beside)
    if field is None:
        form.form_errors.append(str(refusal.message))
    else:
        field.errors = [*field.errors, str(refusal.message)]


def check_email(_form: Form, field: Field) -> None:
    """Refuse what no mail can reach by its form alone; DNS is not asked."""
    if not is_email(field.data):
        raise ValidationError(NO_EMAIL)


def email_field(label: str | LazyString) -> EmailField:
    """Return a required field that gives a normalised address."""
    return EmailField(
        label,
        filters=[lambda text: normalise_email(text) if text else text],
        validators=[DataRequired(NO_EMAIL), Length(max=254, message=NO_EMAIL), check_email],
    )


def name_field(label: str | LazyString, missing: str | LazyString = NO_NAME) -> StringField:
    """Return a required field that gives a tidy name."""
    return StringField(
        label,
        filters=[lambda text: tidy_name(text) if text else text],
        validators=[DataRequired(missing)],
        render_kw={"maxlength": NAME_MAX},
    )


def _question(purpose: ConsentPurpose) -> RadioField:
    text = consent_text(purpose)
    return RadioField(
        LazyString(lambda: text.wording[locale_code()]),
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
        validators=[InputRequired(_l("Choose yes or no."))],
    )


class ConsentFields:
    """One yes-or-no question per purpose, none preselected, each to be answered. Mix it into a form."""

    consent_invitations = _question(ConsentPurpose.INVITATIONS)
    consent_product_news = _question(ConsentPurpose.PRODUCT_NEWS)
    consent_photos = _question(ConsentPurpose.PHOTOS)

    def consent_fields(self) -> list[Field]:
        """Return the questions in order, for a template."""
        return [self._question_of(text.purpose) for text in CONSENTS]

    def consent_answers(self) -> dict[ConsentPurpose, bool]:
        """Return the answers of a valid form, for record_consents."""
        return {text.purpose: self._question_of(text.purpose).data == "yes" for text in CONSENTS}

    def show_consents(self, held: Mapping[ConsentPurpose, Consent]) -> None:
        """Show people the answers they gave; what they never answered stays open."""
        for purpose, consent in held.items():
            self._question_of(purpose).data = "yes" if consent.granted else "no"

    def _question_of(self, purpose: ConsentPurpose) -> Field:
        assert isinstance(self, Form)  # noqa: S101 - a mixin
        return self[f"consent_{purpose.value.replace('-', '_')}"]


class SignInForm(FlaskForm):
    """Ask for the address to which a code is sent."""

    email = email_field(_l("E-mail address"))


class CodeForm(FlaskForm):
    """Ask for the six digits of the mail."""

    digits = StringField(
        _l("Code of six digits"), validators=[DataRequired(_l("Enter the six digits of the mail."))]
    )


class ProfileForm(FlaskForm):
    """What a person says about themselves."""

    display_name = name_field(_l("Name"))
    city = StringField(
        _l("City"),
        filters=[lambda text: tidy_name(text) if text else ""],
        render_kw={"maxlength": NAME_MAX},
    )
    locale = SelectField(_l("Language"), choices=[SelectChoice(code, NAMES[code]) for code in LOCALES])


class ConsentsForm(ConsentFields, FlaskForm):
    """The questions of consent, by themselves."""


class EraseForm(FlaskForm):
    """Ask whether the person means it."""

    sure = BooleanField(
        _l("Yes, erase my account for good"),
        validators=[InputRequired(_l("Tick this box if you want your account erased."))],
    )


class EmptyForm(FlaskForm):
    """A button: nothing but the proof that it was pressed on our page."""
