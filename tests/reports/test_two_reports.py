"""Invariant 8 between two reports: what changed from one to the other is about nobody, or about enough people."""

from __future__ import annotations

from flask import Flask

from app import making
from app.clock import now
from app.db import commit, db
from app.members.models import Member
from app.reports.actions import Kept, keep_figures
from app.reports.jobs_study import freeze_study
from app.reports.models import Report
from app.reports.rules_frozen import thaw
from app.surveys.models import Study
from tests.reports.conftest import MakeReport
from tests.reports.studies import answer, guests

MINIMUM = 5


def freeze(report: Report) -> str:
    """Do what the worker does first: claim a report and keep its figures."""
    claim = making.claim(Report, report.id, now())
    assert claim
    study_id = report.study_id
    commit()
    frozen = freeze_study(study_id, MINIMUM)
    far = thaw(frozen)
    kept = keep_figures(claim, study_id, frozen, Kept(far.responses, far.last_response), MINIMUM)
    commit()
    return kept


def come_and_answer(study: Study, people: int, cm: Member) -> None:
    for rsvp in guests(study.events[0], people, cm):
        answer(study, rsvp, about_event={"return": True})


def test_a_report_in_the_other_language_says_nothing_of_the_few_who_answered_meanwhile(
    app: Flask, small_study: Study, ask: MakeReport, cm: Member
) -> None:
    french, english = ask(small_study, "fr"), ask(small_study, "en")
    first = freeze(french)
    come_and_answer(small_study, MINIMUM - 1, cm)
    assert freeze(english) == first
    db.session.refresh(english)
    assert (english.responses, english.last_response) == (french.responses, french.last_response)


def test_enough_people_who_answered_meanwhile_are_counted(
    app: Flask, small_study: Study, ask: MakeReport, cm: Member
) -> None:
    french, english = ask(small_study, "fr"), ask(small_study, "en")
    before = thaw(freeze(french))
    come_and_answer(small_study, MINIMUM, cm)
    assert thaw(freeze(english)).responses == before.responses + MINIMUM
