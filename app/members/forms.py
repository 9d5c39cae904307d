"""Forms of sign-in, profile and consents."""

from __future__ import annotations

from flask_babel.speaklater import LazyString
from wtforms import Field, Form, RadioField
from wtforms.validators import InputRequired

from app.i18n import _l, locale_code
from app.members.models import Consent, ConsentPurpose
from app.members.rules_consents import CONSENTS, consent_text


def _question(purpose: ConsentPurpose) -> RadioField:
    text = consent_text(purpose)
    return RadioField(
        LazyString(lambda: text.wording[locale_code()]),
        choices=[("yes", _l("Yes")), ("no", _l("No"))],
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

    def show_consents(self, held: dict[ConsentPurpose, Consent]) -> None:
        """Show people the answers they gave; what they never answered stays open."""
        for purpose, consent in held.items():
            self._question_of(purpose).data = "yes" if consent.granted else "no"

    def _question_of(self, purpose: ConsentPurpose) -> Field:
        assert isinstance(self, Form)  # noqa: S101 - a mixin
        return self[f"consent_{purpose.value.replace('-', '_')}"]
