"""Write a report’s figures as people read them: rounding that does not promise more than the data, in a
language.

`locale` is "fr" or "en" wherever it appears. The spaces inside a figure never break a line, and a minus is
a minus.
"""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal, format_percent

BABEL_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
DECIMAL_FROM_BASE = 1000
MINUS = "\u2212"
NO_BREAK = "\u00a0"
NARROW_NO_BREAK = "\u202f"  # CLDR groups French thousands with it; the house writes a plain no-break space


def whole(number: int, locale: str) -> str:
    """Write a count of people or things: 1 240 in French, 1,240 in English."""
    return _tidy(format_decimal(number, locale=BABEL_LOCALES[locale]))


def percent(share: float, base: int, locale: str) -> str:
    """Write a share (0–1) of a base as a percentage: no decimals under a base of 1,000, one from there."""
    places = _percent_places(base)
    rounded = _round(Decimal(str(share)), places + 2)
    return _tidy(format_percent(rounded, _pattern(places) + _percent_sign(locale), BABEL_LOCALES[locale]))


def percent_interval(low: float, high: float, base: int, locale: str) -> str:
    """Write an interval of a share (0–1) as 27–44 %, rounded like the share."""
    start = percent(low, base, locale).rstrip(f"%{NO_BREAK}")
    return f"{start}–{percent(high, base, locale)}"


def mean(value: float, locale: str) -> str:
    """Write a mean, a drop or a difference in points of a scale, with one decimal."""
    rounded = _round(Decimal(str(value)), 1)
    return _tidy(format_decimal(rounded, "0.0", BABEL_LOCALES[locale]))


def mean_interval(low: float, high: float, locale: str) -> str:
    """Write an interval of a mean as 6.8–7.4, or with “…” between when one end is negative."""
    dash = "–" if low >= 0 else f"{NO_BREAK}…{NO_BREAK}"
    return f"{mean(low, locale)}{dash}{mean(high, locale)}"


def nps(score: float, locale: str) -> str:
    """Write a Net Promoter Score with its sign, without decimals and without %: +32, −8, 0."""
    rounded = _round(Decimal(str(score)), 0)
    return _tidy(format_decimal(rounded, "+0;-0" if rounded else "0", BABEL_LOCALES[locale]))


def nps_interval(low: float, high: float, locale: str) -> str:
    """Write an interval of a Net Promoter Score as −3 … +21."""
    return f"{nps(low, locale)}{NO_BREAK}…{NO_BREAK}{nps(high, locale)}"


def p_value(p: float, locale: str) -> str:
    """Write a p value: three decimals under 0.1, two above, and never “= 0” or “= 1”."""
    if p < 0.001:
        return f"p{NO_BREAK}<{NO_BREAK}{_decimal(Decimal('0.001'), 3, locale)}"
    if p > 0.99:
        return f"p{NO_BREAK}>{NO_BREAK}{_decimal(Decimal('0.99'), 2, locale)}"
    # 0.0996 is 0.10 and not 0.100: the number of decimals follows what is printed.
    places = 3 if _round(Decimal(str(p)), 3) < Decimal("0.1") else 2
    return f"p{NO_BREAK}={NO_BREAK}{_decimal(Decimal(str(p)), places, locale)}"


def _decimal(value: Decimal, places: int, locale: str) -> str:
    return _tidy(format_decimal(_round(value, places), _pattern(places), BABEL_LOCALES[locale]))


def _round(value: Decimal, places: int) -> Decimal:
    """Round halves away from zero, as a reader with a pencil does."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return rounded or abs(rounded)  # no “−0”


def _pattern(places: int) -> str:
    return "0." + "0" * places if places else "0"


def _percent_places(base: int) -> int:
    return 0 if base < DECIMAL_FROM_BASE else 1


def _percent_sign(locale: str) -> str:
    return f"{NO_BREAK}%" if locale == "fr" else "%"


def _tidy(text: str) -> str:
    return text.replace("-", MINUS).replace(NARROW_NO_BREAK, NO_BREAK)
