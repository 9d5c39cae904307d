"""The style guide's sample content (development alone): every component with long, odd and missing words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    FileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import DataRequired, Email, Length

WORDS = {
    "fr": {
        "title": "Guide de style",
        "event": "Table ronde : l’avenir de nos emballages réutilisables et intergénérationnels",
        "hero": "La marque se vit sur le terrain",
        "lead": "Des rencontres près de chez vous, chaque saison. Venez essayer et parler, repartez avec des points.",
        "seats": "Plus que 3 places sur 40",
        "name": "Maëlys O’Brien-Nguyễn",
        "first": "Votre prénom et votre nom",
        "email": "Votre adresse électronique",
        "email_hint": "Nous y envoyons votre billet et rien d’autre, sauf si vous le demandez plus bas.",
        "about": "Qu’aimeriez-vous nous dire avant de venir ?",
        "kind": "Comment avez-vous entendu parler de cette rencontre ?",
        "kinds": ["Par une amie ou un ami", "Sur les réseaux sociaux", "À une rencontre précédente"],
        "liking": "Dans l’ensemble, avez-vous aimé ce produit ?",
        "low": "Extrêmement désagréable",
        "high": "Extrêmement agréable",
        "consent": "J’accepte de recevoir les invitations de la communauté locale de Saint-Étienne-du-Rouvray.",
        "quote": "La texture m’a surprise : on dirait de la soie. J’en reprendrais volontiers pour l’hiver.",
        "who": "Une participante, Lyon",
        "words": "Échantillon de contenu, sans lien avec une personne réelle.",
    },
    "en": {
        "title": "Style guide",
        "event": "Round table: where our refillable packaging goes next",
        "hero": "The brand, in real life",
        "lead": "Meetups near you, every quarter. Come and try, talk, and leave with points.",
        "seats": "3 of 40 seats left",
        "name": "Maëlys O’Brien-Nguyễn",
        "first": "Your name",
        "email": "Your e-mail address",
        "email_hint": "Your ticket goes there, and nothing else unless you ask for it below.",
        "about": "Anything to tell us before you come?",
        "kind": "How did you hear about this meetup?",
        "kinds": ["From a friend", "On social media", "At an earlier meetup"],
        "liking": "Overall, how much did you like this product?",
        "low": "Dislike extremely",
        "high": "Like extremely",
        "consent": "I agree to get invitations from the local community of Saint-Étienne-du-Rouvray.",
        "quote": "The texture surprised me: like silk. I would gladly have more for the winter.",
        "who": "A participant, Lyon",
        "words": "Sample content, about no real person.",
    },
}


def sample(locale: str) -> dict[str, Any]:
    """Build what templates/dev/styleguide.html shows, in one language."""
    words = WORDS[locale]
    form, wrong = (_form(words)(formdata=None, prefix=prefix) for prefix in ("a-", "b-"))
    wrong.first.errors = [words["email_hint"]]
    wrong.email.data = "maelys@"
    wrong.email.errors = [words["email_hint"]]
    wrong.liking9.errors = [words["about"]]
    start = datetime(2026, 12, 4, 18, 30, tzinfo=UTC)
    kinds = ("meetup", "round-table", "product-test", "launch", "workshop")
    events = [
        SimpleNamespace(id=i, title=words["event"] if i % 2 else words["hero"], kind=kind, timezone="Europe/Paris",
                        starts_at=start + timedelta(days=9 * i))
        for i, kind in enumerate(kinds)
    ]  # fmt: skip
    page = SimpleNamespace(page=2, pages=12, has_prev=True, has_next=True, prev_num=1, next_num=3)
    return {"words": words, "form": form, "wrong": wrong, "events": events, "page": page, "qr": _qr()}


def _form(words: Any) -> type[FlaskForm]:
    choices = [SelectChoice(number, name) for number, name in enumerate(words["kinds"])]
    points = [SelectChoice(number, str(number)) for number in range(1, 10)]

    class Sample(FlaskForm):
        first = StringField(words["first"], [DataRequired(), Length(max=80)])
        email = EmailField(words["email"], [DataRequired(), Email()])
        when = DateTimeLocalField(words["title"])
        pick = SelectField(words["kind"], choices=choices)
        about = TextAreaField(words["about"])
        picture = FileField(words["hero"])
        heard = RadioField(words["kind"], choices=choices, coerce=int, default=1)
        liking9 = RadioField(words["liking"], choices=points, coerce=int, default=7)
        liking5 = RadioField(words["liking"], choices=points[:5], coerce=int)
        consent = BooleanField(words["consent"])

    return Sample


def _qr() -> Markup:
    """Draw something of a QR code's density; it is no code."""
    dots = "".join(
        f"M{x} {y}h1v1h-1z" for x in range(29) for y in range(29) if (x * 7 + y * 13 + x * y) % 5 in (0, 2)
    )
    return Markup(f'<svg viewBox="-4 -4 37 37" shape-rendering="crispEdges"><path d="{dots}"/></svg>')  # noqa: S704
