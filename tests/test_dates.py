"""How dates are written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.i18n import date_text, datetime_text, force_locale
from app.reports.rules_page import long_date

FIRST = datetime(2026, 12, 1, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("full", "mardi 1er\u00a0décembre\u00a02026"),
        ("medium", "1er\u00a0déc.\u00a02026"),
        ("short", "01/12/2026"),
        ("d", "1"),  # the leaf of a calendar
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(app: Flask, form: str, written: str) -> None:
    with force_locale("fr"):
        assert date_text(FIRST, "Europe/Paris", form) == written


def test_the_first_of_a_month_is_an_ordinal_with_its_time_and_in_reports_too(app: Flask) -> None:
    with force_locale("fr"):
        assert datetime_text(FIRST, "Europe/Paris") == "mardi 1er\u00a0décembre\u00a02026 à\u00a019:00"
        assert long_date("2026-08-01", "fr") == "1er\u00a0août\u00a02026"


@pytest.mark.parametrize(
    ("day", "locale", "written"),
    [(11, "fr", "11\u00a0décembre"), (21, "fr", "21\u00a0décembre"), (1, "en", "1\u00a0December")],
)
def test_no_other_day_and_no_other_language_has_one(app: Flask, day: int, locale: str, written: str) -> None:
    with force_locale(locale):
        assert f"{written}\u00a02026" in date_text(FIRST.replace(day=day), "Europe/Paris")


@pytest.mark.parametrize(
    ("locale", "pieces"),
    [
        ("en", ["Saturday,", "12\u00a0December\u00a02026", "at\u00a018:30"]),
        ("fr", ["samedi", "12\u00a0décembre\u00a02026", "à\u00a018:30"]),
    ],
)
def test_a_line_ends_after_the_weekday_and_before_the_time_and_nowhere_else(
    app: Flask, locale: str, pieces: list[str]
) -> None:
    with force_locale(locale):
        assert datetime_text(datetime(2026, 12, 12, 17, 30, tzinfo=UTC), "Europe/Paris").split(" ") == pieces
