"""Say in one sentence what a question’s answers show, for its title. Speaks the language in force.

A sentence never says more than the figures: a product is put above another only where the difference was
tested and holds, and shares of fewer than 30 answers are counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from app import figures
from app.i18n import _, ngettext
from app.reports.rules_conclusions_products import Products
from app.reports.rules_naming import (
    answer_names,
    box_name,
    leading,
    part_of,
    quoted,
    share,
    share_of_fans,
    words,
)
from app.reports.rules_snapshot import ABOUT_EVENT, QuestionFigures, Result, StudyFigures
from app.surveys.rules_summaries import (
    ChoiceSummary,
    Distribution,
    JarSummary,
    NpsSummary,
    ScaleSummary,
    Summary,
    TextSummary,
)


def conclude(study: StudyFigures, question: QuestionFigures, locale: str) -> str:
    """Return the title of a question: what its answers show, about the event or product by product."""
    shown = [result for result in question.results if result.summary is not None]
    if not shown:
        return _("Too few answers to show anything")
    if question.kind == "text":
        return _words_title(shown)
    if shown[0].number != ABOUT_EVENT and len(study.products) > 1:
        return Products(study, question, shown, locale).conclude()
    summary = shown[0].summary
    return _conclude_one(question, summary, locale) if summary else ""


def _words_title(shown: Sequence[Result]) -> str:
    number = sum(result.summary.base for result in shown if isinstance(result.summary, TextSummary))
    return str(
        ngettext(
            "In their own words: %(num)d answer written",
            "In their own words: %(num)d answers written",
            number,
        )
    )


def _conclude_one(question: QuestionFigures, summary: Summary, locale: str) -> str:
    match summary:
        case ScaleSummary():
            return _conclude_scale(question, summary, locale)
        case JarSummary():
            return _conclude_jar(question, summary, locale)
        case NpsSummary():
            return _conclude_nps(summary, locale)
        case ChoiceSummary():
            return _conclude_choice(question, summary.distribution, locale)
    return ""


def _conclude_scale(question: QuestionFigures, summary: ScaleSummary, locale: str) -> str:
    top = next(box for box in summary.boxes if box.name == "top2")
    who = share_of_fans(top, summary.distribution.base, locale)
    answers = box_name(question, summary.distribution, 2, locale)
    if question.kind == "liking9":
        return _("%(who)s give it %(answers)s", who=who, answers=answers)
    if question.kind == "scale5":
        end = quoted(words(question.ends[-1], locale))
        return _("%(who)s answer %(answers)s, towards %(end)s", who=who, answers=answers, end=end)
    return _("%(who)s answer %(answers)s", who=who, answers=answers)


def _conclude_jar(question: QuestionFigures, summary: JarSummary, locale: str) -> str:
    base = summary.distribution.base
    side, end = (summary.low, 0) if summary.low.part.count > summary.high.part.count else (summary.high, 1)
    return _(
        "%(who)s answer %(right)s, %(share)s %(side)s",
        who=share_of_fans(summary.jar.part, base, locale),
        right=quoted(words(question.steps["3"], locale)),
        share=share(side.part, base, locale),
        side=quoted(words(question.ends[end], locale)),
    )


def _conclude_nps(summary: NpsSummary, locale: str) -> str:
    base = summary.distribution.base
    promoters, detractors = (share(one, base, locale) for one in (summary.promoters, summary.detractors))
    if summary.score is None:
        return _(
            "Promoters: %(promoters)s; detractors: %(detractors)s", promoters=promoters, detractors=detractors
        )
    return _(
        "A recommendation score of %(score)s: %(promoters)s promoters, %(detractors)s detractors",
        score=figures.nps(summary.score, locale),
        promoters=promoters,
        detractors=detractors,
    )


def _conclude_choice(question: QuestionFigures, spread: Distribution, locale: str) -> str:
    if question.kind == "yesno":
        return _("%(who)s say yes", who=share_of_fans(part_of(spread, "yes"), spread.base, locale))
    first = leading(spread)
    names = answer_names(question, spread.keys, locale)
    who = share_of_fans(part_of(spread, first[0]), spread.base, locale)
    answers = [quoted(names[spread.keys.index(key)]) for key in first]
    if len(answers) == 1:
        return _("%(answer)s comes first: %(who)s", answer=answers[0], who=who)
    if len(answers) == 2:
        return _(
            "%(one)s and %(other)s come first, level: %(who)s each", one=answers[0], other=answers[1], who=who
        )
    return _("No answer stands out: %(number)s come first, level", number=figures.whole(len(answers), locale))
