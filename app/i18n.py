"""Languages: which one a page is in, and how dates, numbers and plurals are written in it."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations
from flask import Flask, Response, g, has_app_context, has_request_context, request
from flask_babel import Babel, LazyString, force_locale, get_locale, get_translations, lazy_pgettext
from flask_security import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LOCALES = ("fr", "en")
NAMES = {"fr": "Français", "en": "English"}
COOKIE = "lang"
FOR_PROGRAMS = "/api/v1/"  # what is below answers in English and keeps nothing in a browser

__all__ = [
    "LOCALES",
    "NAMES",
    "_",
    "_l",
    "force_locale",
    "lazy_pgettext",
    "locale_code",
    "ngettext",
    "write_day",
]

babel = Babel()


def _(message: str, **values: Any) -> str:
    """Say a sentence in the current language."""
    text = _catalogue().gettext(message)
    return text % values if values else text


def ngettext(one: str, more: str, num: int, **values: Any) -> str:
    """Say a sentence about a number of things in the current language."""
    return _catalogue().ngettext(one, more, num) % ({"num": num} | values)


def _l(message: str, **values: Any) -> LazyString:
    """Say a sentence in the language that is the current one when it is read."""
    return LazyString(_, message, **values)


def _catalogue() -> NullTranslations:
    """Return the sentences of the current language, which are looked up once."""
    kept: NullTranslations | None = _kept("babel_translations")
    found = kept or get_translations()
    if kept is None and has_app_context():
        g._flask_babel.babel_translations = found
    return found


def _kept(name: str) -> Any:
    """Return what is kept of the current language, where Flask-Babel forgets it when another is forced, or ends."""
    try:
        return getattr(g._flask_babel, name)
    except (AttributeError, RuntimeError):  # nothing is kept yet, or there is no application to keep it
        return None


@pass_eval_context
def _in_template(context: EvalContext, message: str, **values: Any) -> str:
    text = _catalogue().gettext(message)
    text = Markup(text) if context.autoescape else text  # noqa: S704 - the sentence is ours, its values are escaped
    return text % values if values or "%" in text else text


@pass_eval_context
def _number_in_template(context: EvalContext, one: str, more: str, num: int, **values: Any) -> str:
    text = _catalogue().ngettext(one, more, num)
    text = Markup(text) if context.autoescape else text  # noqa: S704
    return text % ({"num": num} | values)


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(app.config["ROOT"] / "translations"))
    babel.init_app(app, locale_selector=lambda: _locale(select_locale()))
    app.after_request(_remember_choice)
    # A page says some thirty sentences: Jinja's own functions take five times as long, each by way of three others.
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template, ngettext=_number_in_template)
    app.add_template_filter(datetime_text, "datetime")
    app.add_template_filter(date_text, "date")
    app.add_template_filter(time_text, "time")
    app.add_template_filter(number_text, "number")
    app.add_template_filter(percent_text, "percent")
    app.add_template_filter(in_language, "in_language")


_locale = cache(Locale.parse)


def select_locale() -> str:
    """Return "fr" or "en": the person's choice, then the browser's, then the brand's."""
    if not has_request_context():
        return LOCALES[0]
    if request.path.startswith(FOR_PROGRAMS):
        return "en"
    chosen = request.args.get("lang") or request.cookies.get(COOKIE)
    if chosen in LOCALES:
        return chosen
    if g.get("database_free"):  # an error page: whatever broke may be the database
        return request.accept_languages.best_match(LOCALES) or LOCALES[0]
    if current_user and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    return request.accept_languages.best_match(LOCALES) or _brand_locale()


def _brand_locale() -> str:
    from app.brand.queries import get_brand  # the brand's forms need this module

    return get_brand().default_locale


def _remember_choice(response: Response) -> Response:
    if not request.query_string or request.path.startswith(FOR_PROGRAMS):
        return response
    chosen = request.args.get("lang")
    if chosen in LOCALES and request.cookies.get(COOKIE) != chosen:
        response.set_cookie(COOKIE, chosen, max_age=31_536_000, samesite="Lax", secure=request.is_secure)
    return response


def locale_code() -> str:
    """Return the language of the current page or mail, "fr" or "en"."""
    locale = _kept("babel_locale") or get_locale()
    return locale.language if locale else LOCALES[0]


def datetime_text(value: datetime, timezone: str, form: str = "full") -> str:
    """Write an instant in a zone: "vendredi 4 décembre 2026 à 19:00" (`form`: full, long, medium, short)."""
    day, time = _written(value, timezone, form, _babel())
    return _in_pieces(_("%(date)s at %(time)s", date=day, time=time)) if time else day


@lru_cache(maxsize=1024)  # the same few events on each ticket and in each mail
def _written(value: datetime, timezone: str, form: str, locale: str) -> tuple[str, str]:
    """Write the day and the time, or both at once where the form joins them itself."""
    moment = value.astimezone(ZoneInfo(timezone))
    if form == "full":
        return write_day(moment, "full", locale), _in_pieces(format_time(moment, "short", locale=locale))
    return _in_pieces(_first_of_month(format_datetime(moment, form, locale=locale), moment, locale)), ""


def date_text(value: datetime, timezone: str, form: str = "full") -> str:
    """Write the day of an instant in a zone (`form`: full, long, medium, short, or a CLDR pattern)."""
    return write_day(value.astimezone(ZoneInfo(timezone)), form, _babel())


def write_day(day: date, form: str, locale: str) -> str:
    """Write a day in a Babel locale, such as fr_FR."""
    return _in_pieces(_first_of_month(format_date(day, form, locale), day, locale))


def _first_of_month(text: str, day: date, locale: str) -> str:
    """Write 1er décembre, which CLDR writes 1 décembre: in French the first day alone is an ordinal."""
    if day.day != 1 or not locale.startswith("fr"):
        return text
    return re.sub(r"\b1 (?=[^\W\d])", "1er ", text, count=1)


# Before a month, its year, a time, and am or pm: day␣month, month␣year, at␣18:30, 6:30␣pm.
_WITHIN = re.compile(
    r"(?<=\d) (?=[^\W\d]{3})|(?<=1er) |(?<=[^\W\d]|\.) (?=\d{4}\b|\d{1,2}:\d\d)|(?<=:\d\d)\s(?=[ap]m)"
)


def _in_pieces(text: str) -> str:
    """Let a line end after the weekday and before the word that leads to the time, and nowhere else.

    Spaces that hold together take the place of others: Friday, | 4 December 2026 | at 18:30.
    """
    return _WITHIN.sub("\u00a0", text)


def time_text(value: datetime, timezone: str) -> str:
    """Write the time of day of an instant in a zone: "19:00", "7:00 PM" in English."""
    return _clock(value.astimezone(ZoneInfo(timezone)))


def _clock(moment: datetime) -> str:
    return _in_pieces(format_time(moment, "short", locale=_babel()))


def number_text(value: float) -> str:
    return str(format_decimal(value, locale=_babel()))


def percent_text(share: float) -> str:
    """Write a share (0–1) as a percentage without decimals."""
    return str(format_percent(share, format=None, locale=_babel()))


def in_language(texts: dict[str, str] | None) -> str:
    """Pick the current language's text from {"fr": …, "en": …}, or the other one when it is missing."""
    texts = texts or {}
    return texts.get(locale_code()) or next((text for text in texts.values() if text), "")


def _babel() -> str:
    return {"fr": "fr_FR", "en": "en_GB"}[locale_code()]
