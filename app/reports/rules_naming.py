"""Name what a report speaks of, in its language: answers, scales, parts of the answers.

The words of a question are those that were asked, so they come from the figures; only what stands around them
is translated.
"""

from __future__ import annotations

from collections.abc import Sequence

from app import figures
from app.i18n import _
from app.reports.rules_snapshot import QuestionFigures
from app.surveys.rules_summaries import Distribution, Part
from app.surveys.rules_wording import Text

YES_NO = {"yes": "1", "no": "0"}
# Scales are read from their best answer down; a just-about-right scale has its best one in the middle.
FROM_THE_TOP = frozenset({"liking9", "intent5", "scale5", "nps"})


def words(text: Text, locale: str) -> str:
    """Pick a language’s words, or the other’s where they are missing."""
    return text.get(locale) or next((one for one in text.values() if one), "")


def quoted(text: str) -> str:
    return _("“%(text)s”", text=text)


def either(texts: Sequence[str]) -> str:
    """Join two answers: 8 or 9."""
    return _("%(first)s or %(second)s", first=texts[0], second=texts[1]) if len(texts) == 2 else texts[0]


def answer_names(question: QuestionFigures, keys: Sequence[str], locale: str) -> tuple[str, ...]:
    """Name each possible answer: an option’s words, a point’s own words, or its number with the scale’s ends."""
    options = {option["key"]: words(option, locale) for option in question.options}
    steps = {
        key: words(question.steps[step], locale)
        for key in keys
        if (step := YES_NO.get(key, key)) in question.steps
    }
    ends = dict(zip((keys[0], keys[-1]), (words(end, locale) for end in question.ends), strict=False))
    return tuple(options.get(key) or steps.get(key) or _point(key, ends.get(key, "")) for key in keys)


def box_name(question: QuestionFigures, spread: Distribution, size: int, locale: str) -> str:
    """Name the best answers of a scale together: 8 or 9 out of 9, “Probably” or “Definitely”."""
    best = spread.keys[-size:]
    if question.steps:
        return either([quoted(words(question.steps[key], locale)) for key in best])
    return _("%(answers)s out of %(highest)s", answers=either(best), highest=spread.keys[-1])


def share(part: Part, base: int, locale: str) -> str:
    """Write a part of a base: 64 %, or 12 of 20 where a percentage would promise too much."""
    if part.share is None:
        return _(
            "%(count)s of %(base)s", count=figures.whole(part.count, locale), base=figures.whole(base, locale)
        )
    return figures.percent(part.share, base, locale)


def share_of_fans(part: Part, base: int, locale: str) -> str:
    """Write who gave an answer: 64 % of fans, or 12 of 20 fans."""
    if part.share is None:
        count, people = figures.whole(part.count, locale), figures.whole(base, locale)
        return _("%(count)s of %(base)s fans", count=count, base=people)
    return _("%(percent)s of fans", percent=figures.percent(part.share, base, locale))


def leading(spread: Distribution) -> list[str]:
    """Return the answers given most often, more than one when they are level."""
    most = max(spread.counts)
    return [key for key, count in zip(spread.keys, spread.counts, strict=True) if count == most]


def part_of(spread: Distribution, key: str) -> Part:
    """Return one answer of a distribution as a part of it."""
    row = spread.keys.index(key)
    shares, intervals = spread.shares, spread.intervals
    return Part(
        key, spread.counts[row], shares[row] if shares else None, intervals[row] if intervals else None
    )


def interval_of(part: Part, base: int, locale: str) -> str:
    """Write a part’s interval, or nothing where none is given."""
    return figures.percent_interval(*part.interval, base, locale) if part.interval else ""


def _point(key: str, end: str) -> str:
    return f"{key} · {end}" if end else key
