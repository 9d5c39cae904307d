"""Draw a report’s charts as SVG: one function for each family, whole axes, bases and 95 % intervals always
shown.

Imported by the report job alone, since matplotlib takes a second to load. Needs an application context, for
the words. The summaries come from app.surveys.rules_summaries; the protocols here say what of them a chart
reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app import figures
from app.charts_canvas import text_width
from app.charts_frame import BAR, GAP, SMALL, TEXT, Frame, Tick
from app.charts_palette import DEFAULT, Palette
from app.i18n import _, force_locale, ngettext

WIDTH = 640
DOT = 4.5
CONFIDENCE = 0.95


class Spread(Protocol):
    """What a bar chart reads of a distribution."""

    @property
    def keys(self) -> Sequence[str]: ...
    @property
    def counts(self) -> Sequence[int]: ...
    @property
    def shares(self) -> Sequence[float] | None: ...
    @property
    def intervals(self) -> Sequence[tuple[float, float]] | None: ...
    @property
    def base(self) -> int: ...
    @property
    def asked(self) -> int: ...
    @property
    def several(self) -> bool: ...
    @property
    def reliability(self) -> str: ...


class Part(Protocol):
    """What a bracket reads of a part of the answers."""

    @property
    def count(self) -> int: ...
    @property
    def share(self) -> float | None: ...


class Mean(Protocol):
    """What a chart of means reads of a mean."""

    @property
    def base(self) -> int: ...
    @property
    def mean(self) -> float | None: ...
    @property
    def interval(self) -> tuple[float, float] | None: ...
    @property
    def lowest(self) -> int: ...
    @property
    def highest(self) -> int: ...
    @property
    def reliability(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring rows read together, such as the two best answers: bracketed, named, in a colour of their
    own.

    `keys` are the rows’; `tone` is the place of the colour in the palette’s series.
    """

    keys: Sequence[str]
    label: str
    part: Part
    tone: int = 0


def bar_distribution(
    summary: Spread,
    labels: Sequence[str],
    palette: Palette = DEFAULT,
    locale: str = "fr",
    *,
    groups: Sequence[Group] = (),
    descending: bool = False,
    width: int = WIDTH,
) -> str:
    """Draw how answers spread: a bar an answer on an axis from 0 to 100 %, with its interval as a thin line.

    `labels` name the rows in the order of `summary.keys`; `descending` draws the last one first, as scales
    are read. Under 30 answers the bars are counts, on an axis from nobody to everybody. Returns an SVG
    document `width` pixels wide.
    """
    order = range(len(summary.keys))[:: -1 if descending else 1]
    with force_locale(locale):
        values = [
            _part_text(summary.counts[row], _share(summary, row), summary.base, locale) for row in order
        ]
        brackets = [(group, _bracket_text(group, summary.base, locale)) for group in groups]
        beyond = max((_bracket_width(text) for _group, text in brackets), default=0)
        frame = Frame(
            [labels[row] for row in order],
            values,
            _bar_ticks(summary, locale),
            _bar_notes(summary, locale),
            palette,
            width,
            beyond=beyond,
        )
    tones = {key: palette.series[group.tone % len(palette.series)] for group in groups for key in group.keys}
    plain = palette.quiet if groups else palette.series[0]
    for place, row in enumerate(order):
        length = frame.x(summary.counts[row] / max(summary.base, 1)) - frame.start
        colour = tones.get(summary.keys[row], plain)
        frame.canvas.bar((frame.start, frame.middles[place]), length, BAR, colour)
        if summary.intervals is not None:
            frame.whisker(place, *summary.intervals[row])
    places = {summary.keys[row]: place for place, row in enumerate(order)}
    for group, text in brackets:
        _draw_bracket(frame, [places[key] for key in group.keys], text, tones[group.keys[0]])
    return frame.canvas.svg()


def mean_chart(
    rows: Sequence[tuple[str, Mean]],
    ends: tuple[str, str],
    palette: Palette = DEFAULT,
    locale: str = "fr",
    *,
    width: int = WIDTH,
) -> str:
    """Draw the means of products one under the other, on the whole scale, with intervals and bases.

    `rows` are names and means on one scale; `ends` are what its lowest and highest points mean. A product
    with fewer than 30 answers keeps its row, without a mean. Returns an SVG document `width` pixels wide.
    """
    lowest, highest = rows[0][1].lowest, rows[0][1].highest
    step = highest - lowest
    bases = [f"n\u00a0=\u00a0{figures.whole(mean.base, locale)}" for _name, mean in rows]
    bases_width = max(text_width(text, SMALL) for text in bases)
    with force_locale(locale):
        frame = Frame(
            [name for name, _mean in rows],
            ["–" if mean.mean is None else figures.mean(mean.mean, locale) for _name, mean in rows],
            [Tick(place / step, str(lowest + place)) for place in range(step + 1)],
            _mean_notes([mean for _name, mean in rows], locale),
            palette,
            width,
            ends=ends,
            beyond=bases_width + GAP,
        )
    for row, (_name, mean) in enumerate(rows):
        y = frame.middles[row]
        frame.canvas.text((width - 2, y), bases[row], palette.soft, SMALL, align="right")
        if mean.mean is None:
            continue
        if mean.interval is not None:
            frame.whisker(row, *((end - lowest) / step for end in mean.interval))
        frame.canvas.dot((frame.x((mean.mean - lowest) / step), y), DOT, palette.series[0], palette.halo)
    return frame.canvas.svg()


def _share(summary: Spread, row: int) -> float | None:
    return None if summary.shares is None else summary.shares[row]


def _part_text(count: int, share: float | None, base: int, locale: str) -> str:
    return figures.whole(count, locale) if share is None else figures.percent(share, base, locale)


def _bar_ticks(summary: Spread, locale: str) -> list[Tick]:
    if summary.shares is None:
        return [Tick(0, "0"), Tick(1, figures.whole(summary.base, locale))]
    return [Tick(step / 4, figures.percent(step / 4, 1, locale)) for step in range(5)]


def _bar_notes(summary: Spread, locale: str) -> list[str]:
    notes = [_base_note(summary, locale)]
    if summary.shares is None:
        notes.append(_("Fewer than 30 answers: the bars are numbers of people."))
    else:
        notes.append(_("Thin lines: %(level)s intervals.", level=_level(locale)))
    if summary.reliability == "with_care":
        notes.append(_("Fewer than 100 answers: read with care."))
    if summary.several:
        notes.append(_("Several answers were possible."))
    return [" ".join(notes)]


def _base_note(summary: Spread, locale: str) -> str:
    base, asked = figures.whole(summary.base, locale), figures.whole(summary.asked, locale)
    if summary.asked > summary.base:
        return str(_("Base: %(base)s of the %(asked)s people asked.", base=base, asked=asked))
    return str(ngettext("Base: %(base)s person.", "Base: %(base)s people.", summary.base, base=base))


def _mean_notes(means: Sequence[Mean], locale: str) -> list[str]:
    notes = [_("Dots: means. Thin lines: %(level)s intervals.", level=_level(locale))]
    if any(mean.mean is None for mean in means):
        notes.append(_("No mean is given of fewer than 30 answers."))
    if any(mean.reliability == "with_care" for mean in means):
        notes.append(_("Fewer than 100 answers: read with care."))
    return [" ".join(notes)]


def _level(locale: str) -> str:
    return figures.percent(CONFIDENCE, 1, locale)


def _bracket_text(group: Group, base: int, locale: str) -> tuple[str, str]:
    return group.label, _part_text(group.part.count, group.part.share, base, locale)


def _bracket_width(text: tuple[str, str]) -> float:
    label, value = text
    return GAP + 10 + max(text_width(label, SMALL), text_width(value, TEXT, strong=True))


def _draw_bracket(frame: Frame, places: Sequence[int], text: tuple[str, str], colour: str) -> None:
    """Draw a coloured stroke beside the rows of a group, with its name and its share."""
    first, last = min(places), max(places)
    top = frame.middles[first] - BAR / 2 - 2
    bottom = frame.middles[last] + BAR / 2 + 2
    x, middle = frame.values_end + GAP, (top + bottom) / 2
    frame.canvas.line((x, top), (x, bottom), colour, 4)
    label, value = text
    if first == last:  # the row’s own figure stands beside it
        frame.canvas.text((x + 10, middle), label, frame.palette.soft, SMALL)
        return
    frame.canvas.text((x + 10, middle - 8.5), value, frame.palette.ink, TEXT, strong=True)
    frame.canvas.text((x + 10, middle + 8.5), label, frame.palette.soft, SMALL)
