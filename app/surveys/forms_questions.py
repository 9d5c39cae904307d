"""The form of one question: only the fields that its kind needs, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired

from app.i18n import _l
from app.surveys.models import About, QuestionKind
from app.surveys.rules import WITH_OPTIONS
from app.surveys.rules_questions import QuestionDraft, pair_options
from app.surveys.rules_wording import ENDS

LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class KindWords:
    """A kind of question in plain words."""

    icon: str
    name: LazyString
    use: LazyString


KINDS = {
    QuestionKind.LIKING9: KindWords(
        "heart",
        _l("Liking, 9 points"),
        _l("How much people like the product. The measure to compare products with: ask it first."),
    ),
    QuestionKind.JAR5: KindWords(
        "sliders-horizontal",
        _l("Just right?"),
        _l("Too weak, just right or too strong. With liking, it says what to change first."),
    ),
    QuestionKind.INTENT5: KindWords(
        "shopping-basket",
        _l("Purchase intent"),
        _l("From “definitely not” to “definitely”. It compares products; it does not forecast sales."),
    ),
    QuestionKind.SCALE5: KindWords(
        "ruler",
        _l("Scale, 5 points"),
        _l("How far people agree with a sentence, or where they stand between two ends that you name."),
    ),
    QuestionKind.NPS: KindWords(
        "megaphone",
        _l("Recommendation, 0 to 10"),
        _l("Whether people would recommend. Reported as a Net Promoter Score; best about the event."),
    ),
    QuestionKind.SINGLE: KindWords(
        "circle-dot", _l("One choice"), _l("One answer among those that you list.")
    ),
    QuestionKind.MULTIPLE: KindWords(
        "list-checks",
        _l("Several choices"),
        _l("Words or reasons to tick, as many as fit. Ten to twenty-five short words work best."),
    ),
    QuestionKind.YESNO: KindWords(
        "thumbs-up", _l("Yes or no"), _l("For a plain fact, such as having tried it before.")
    ),
    QuestionKind.TEXT: KindWords(
        "message-square-text",
        _l("Own words"),
        _l("A few free lines, quoted in the report without names. Two in a questionnaire are plenty."),
    ),
}


class QuestionForm(FlaskForm):
    """One question of a given kind."""

    label_fr = TextAreaField(
        _l("Question in French"), [DataRequired(_l("Write the question in French."))], render_kw={"rows": 2}
    )
    label_en = TextAreaField(
        _l("Question in English"),
        [DataRequired(_l("Write the question in English."))],
        render_kw={"rows": 2},
    )
    options_fr = TextAreaField(_l("Options in French, one a line"), render_kw={"rows": 8})
    options_en = TextAreaField(_l("The same in English, in the same order"), render_kw={"rows": 8})
    low_fr = StringField(_l("Low end in French"))
    low_en = StringField(_l("Low end in English"))
    high_fr = StringField(_l("High end in French"))
    high_en = StringField(_l("High end in English"))
    about = RadioField(
        _l("What is it about?"),
        choices=[
            SelectChoice(About.PRODUCT.value, _l("Each product")),
            SelectChoice(About.EVENT.value, _l("The event, asked once at the end")),
        ],
        default=About.PRODUCT.value,
    )
    required = BooleanField(_l("An answer is needed to go on"), default=True)

    def __init__(self, kind: QuestionKind, draft: QuestionDraft | None = None, **options: Any) -> None:
        options["data"] = _shown(draft) if draft else {"about": _usual(kind), "required": kind in ENDS}
        super().__init__(**options)
        self.kind = kind
        self.key = draft.key if draft else ""
        if kind not in WITH_OPTIONS:
            del self.options_fr, self.options_en
        if kind not in ENDS:
            del self.low_fr, self.low_en, self.high_fr, self.high_en

    @property
    def asks_options(self) -> bool:
        return self.kind in WITH_OPTIONS

    @property
    def asks_ends(self) -> bool:
        return self.kind in ENDS

    def draft(self) -> QuestionDraft:
        """Return the question of a valid form."""
        ends = {end: self._texts(end) for end in ("low", "high")} if self.asks_ends else {}
        lists = (self.options_fr.data or "", self.options_en.data or "") if self.asks_options else ("", "")
        return QuestionDraft(
            kind=self.kind,
            label=self._texts("label"),
            about=About(self.about.data),
            options=pair_options(*lists),
            ends=ends,
            required=bool(self.required.data),
            key=self.key,
        )

    def _texts(self, name: str) -> dict[str, str]:
        return {language: self[f"{name}_{language}"].data or "" for language in LANGUAGES}


def _usual(kind: QuestionKind) -> str:
    return (About.EVENT if kind is QuestionKind.NPS else About.PRODUCT).value


def _shown(draft: QuestionDraft) -> dict[str, Any]:
    shown: dict[str, Any] = {"about": draft.about.value, "required": draft.required}
    for language in LANGUAGES:
        shown[f"label_{language}"] = draft.label[language]
        shown[f"options_{language}"] = "\n".join(option[language] for option in draft.options)
        for end in ("low", "high"):
            shown[f"{end}_{language}"] = (draft.ends.get(end) or {}).get(language, "")
    return shown
