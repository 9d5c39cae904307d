"""Studies that were answered, and their reports."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from app.clock import now
from app.db import commit, db
from app.events.models import Event
from app.members.models import Member
from app.reports.actions import request_report
from app.reports.models import Report
from app.surveys.models import Study
from tests.client import run_jobs, text_of
from tests.reports.studies import make_known_study, make_small_study

MakeReport = Callable[..., Report]


@pytest.fixture
def known_study(event: Event, cm: Member) -> Study:
    """40 of 44 people answered; see tests/reports/studies.py for what."""
    return make_known_study(event, cm)


@pytest.fixture
def small_study(event: Event, cm: Member) -> Study:
    """12 of 20 people said yes."""
    return make_small_study(event, cm)


@pytest.fixture
def ask(marketer: Member) -> MakeReport:
    """Return a function by which Mona asks for a report."""

    def request(study: Study, locale: str = "fr") -> Report:
        report = request_report(study, locale, marketer, 5, now())
        commit()
        return report

    return request


@pytest.fixture
def make_report(ask: MakeReport) -> MakeReport:
    """Return a function that asks for a report and lets the worker make it."""

    def make(study: Study, locale: str = "fr") -> Report:
        report = ask(study, locale)
        run_jobs()
        db.session.refresh(report)
        return report

    return make


class Text(str):
    """Words, searched without regard to spaces, which are a matter of layout."""

    __slots__ = ()

    def __new__(cls, words: str) -> Text:
        return super().__new__(cls, "".join(words.split()))

    def __contains__(self, words: object) -> bool:
        return "".join(str(words).split()) in str(self)


def text_in(pdf: bytes | None) -> Text:
    """Return the words of a PDF."""
    assert pdf is not None
    return Text("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def text_on(page: TestResponse) -> Text:
    """Return the words of a page."""
    return Text(text_of(page.text))
