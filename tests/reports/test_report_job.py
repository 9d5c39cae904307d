"""The worker makes a report once, whatever happens to it, and the PDF says what people answered."""

from __future__ import annotations

import gzip
import logging
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from pypdf import PdfReader

from app import making
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.models import Event
from app.i18n import force_locale
from app.jobs import SWEEPS, run
from app.making import MOST_ATTEMPTS, STALLED_AFTER, Claim, Making, note_progress
from app.members.models import Member
from app.reports import jobs_study
from app.reports.models import Report, ReportChart
from app.reports.queries import cut_off, hold_still
from app.surveys.models import Study
from tests.client import run_jobs
from tests.factories import make_chapter, make_event, make_member
from tests.reports.conftest import MakeReport, text_in
from tests.reports.studies import RETURN, answer, guests, make_small_study, make_study


def test_the_pdf_in_french_holds_the_figures_counted_by_hand(
    known_study: Study, make_report: MakeReport
) -> None:
    report = make_report(known_study)
    assert report.status is Making.DONE, report.error
    text = text_in(report.pdf)
    assert "Personnes interrogées 44" in text
    assert "40 (91 %)" in text
    assert "60 % des fans lui donnent 8 ou 9 sur 9" in text
    assert "Moyenne, sur 9 7,5 intervalle à 95 % : 7,0–8,0" in text
    assert "intervalle à 95 % : 45–74 %" in text  # Wilson, 24 of 40
    assert "« Frais » arrive en tête : 75 % des fans" in text
    assert "Frais 30 75 % 60–86 %" in text  # Wilson, 30 of 40
    assert "Sucré 10 25 % 14–40 %" in text
    assert "Un score de recommandation de +30 : 50 % de promoteurs, 20 % de détracteurs" in text
    assert "Base : 6 personnes sur 40 interrogées" in text
    assert "« Aimez-vous ce thé ? »" in text
    assert "À lire avec prudence : moins de 100 réponses" in text
    assert str(report.content_hash) in text
    assert "marge d’erreur" not in text
    assert "Merci à […] pour l’accueil." in text
    assert "vraiment frais et léger" in text
    assert "😋" not in text, "no face of the PDF draws it"
    for secret in ("Camille", "Durand", "Invité", "example.org", "06 12"):
        assert secret not in text


def test_the_pdf_is_the_same_on_another_day_and_says_what_it_is(
    small_study: Study, make_report: MakeReport
) -> None:
    first = make_report(small_study, "en")
    with time_machine.travel(now() + timedelta(days=40), tick=False):
        again = make_report(small_study, "en")
    assert again.id != first.id
    assert again.figures == first.figures
    assert again.pdf is not None
    assert again.pdf == first.pdf
    pdf = PdfReader(BytesIO(again.pdf))
    catalogue: Any = pdf.trailer["/Root"]
    assert catalogue["/Lang"] == "en"
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author) == ("Thé glacé", "Terrain")


def test_each_chart_is_drawn_for_light_and_dark_and_in_two_widths(
    small_study: Study, make_report: MakeReport
) -> None:
    report = make_report(small_study)
    charts = db.session.scalars(sa.select(ReportChart).where(ReportChart.report_id == report.id)).all()
    variants = ["", "-dark"]
    wanted = {f"return-0-{size}{variant}" for size in ("wide", "narrow") for variant in variants}
    assert {chart.name for chart in charts} == wanted
    assert {chart.width for chart in charts} == {640, 360}
    assert all(gzip.decompress(chart.svg).startswith(b"<?xml") for chart in charts)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing and print nothing: these tests are about who makes a report, and when."""
    sketch = '<svg width="1pt" height="1pt"/>'
    monkeypatch.setattr(jobs_study, "draw", lambda _study, name, *_rest: {f"{name}-wide": sketch})
    monkeypatch.setattr(jobs_study, "lay_out", lambda *_all: b"%PDF")


def test_progress_is_committed_step_by_step(
    small_study: Study, make_report: MakeReport, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watch(*_all: Any) -> bytes:
        with db.engine.connect() as other:
            row = sa.select(Report.status, Report.steps_done, Report.steps_total)
            seen.append(other.execute(row).one())
        return b"%PDF"

    monkeypatch.setattr(jobs_study, "lay_out", watch)
    report = make_report(small_study)
    assert seen == [("running", 2, 3)]
    assert (report.steps_done, report.steps_total, report.attempts) == (3, 3, 1)


def test_a_report_asked_for_twice_is_made_once(small_study: Study, ask: MakeReport, quick: None) -> None:
    report_id = ask(small_study).id
    assert ask(small_study).id == report_id
    run("study-report", {"report_id": report_id})
    finished = db.session.get_one(Report, report_id).finished_at
    assert run_jobs() == 1
    again = db.session.get_one(Report, report_id)
    assert (again.finished_at, again.attempts) == (finished, 1)


def test_two_workers_never_make_the_same_report(small_study: Study, ask: MakeReport, quick: None) -> None:
    report = ask(small_study)
    assert making.claim(Report, report.id, now()) is not None
    assert making.claim(Report, report.id, now()) is None


def sweep() -> None:
    assert "restart-reports" in SWEEPS
    run("restart-reports", {})


def test_a_report_whose_worker_was_killed_is_made_by_the_next(
    small_study: Study, ask: MakeReport, quick: None
) -> None:
    report_id = ask(small_study).id
    killed = making.claim(Report, report_id, now())
    assert killed is not None
    note_progress(killed, 1, 3)
    commit()
    assert run_jobs() == 1, "the job was in the dead worker’s hands, and finds the report taken"
    sweep()
    assert run_jobs() == 0, "the worker may yet be alive"
    with time_machine.travel(now() + STALLED_AFTER + timedelta(seconds=1)):
        sweep()
        assert run_jobs() == 1
    report = db.session.get_one(Report, report_id)
    assert (report.status, report.attempts) == (Making.DONE, 2)
    assert note_progress(killed, 2, 3) is False, "it comes back to life and may not meddle"


def test_a_report_that_no_worker_took_is_handed_out_again(
    small_study: Study, ask: MakeReport, app: Flask
) -> None:
    report_id = ask(small_study).id
    app.extensions["huey"].storage.flush_queue()
    with time_machine.travel(now() + timedelta(minutes=2)):
        sweep()
        assert run_jobs() == 1
    assert db.session.get_one(Report, report_id).status is Making.DONE


def test_a_report_that_kills_its_workers_is_given_up(
    small_study: Study, ask: MakeReport, caplog: pytest.LogCaptureFixture
) -> None:
    report_id = ask(small_study).id
    for attempt in range(MOST_ATTEMPTS):
        with time_machine.travel(now() + (attempt + 1) * (STALLED_AFTER + timedelta(seconds=1))):
            assert making.claim(Report, report_id, now()) is not None
            commit()
    run_jobs()
    with time_machine.travel(now() + timedelta(hours=1)):
        sweep()
        assert run_jobs() == 0
    report = db.session.get_one(Report, report_id)
    assert report.status is Making.FAILED
    assert report.error
    assert "given up after 3 attempts" in caplog.text


def test_a_failure_is_logged_and_told_in_the_report_s_language(
    small_study: Study, ask: MakeReport, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def burn(*_arguments: Any, **_named: Any) -> bytes:
        raise RuntimeError("the printer is on fire")

    monkeypatch.setattr(jobs_study, "lay_out", burn)
    report_id = ask(small_study, "en").id
    with caplog.at_level(logging.ERROR):
        run_jobs()
    report = db.session.get_one(Report, report_id)
    assert report.status is Making.FAILED
    assert report.error.startswith("Something went wrong")
    assert "the printer is on fire" in caplog.text
    assert "fire" not in report.error
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ReportChart)) == 0
    assert ask(small_study, "en").id != report_id, "it can be asked for again"


def test_a_worker_that_lost_its_claim_keeps_nothing(
    small_study: Study, ask: MakeReport, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = ask(small_study).id

    def overtaken(*_all: Any) -> bytes:
        making.claim(Report, report_id, now() + STALLED_AFTER * 2)
        commit()
        return b"%PDF"

    monkeypatch.setattr(jobs_study, "lay_out", overtaken)
    run_jobs()
    report = db.session.get_one(Report, report_id)
    assert (report.status, report.pdf, report.attempts) == (Making.RUNNING, None, 2)


def test_too_few_people_refuse_a_report(event: Event, cm: Member, ask: MakeReport) -> None:
    study = make_small_study(event, cm, yes=3, no=1)
    with pytest.raises(Refusal) as refused:
        ask(study)
    assert refused.value.code == "too-few"


def test_a_few_more_people_refuse_a_report_that_would_show_them_by_comparison(
    small_study: Study, event: Event, cm: Member, make_report: MakeReport, ask: MakeReport, quick: None
) -> None:
    make_report(small_study)
    for rsvp in guests(event, 4, cm):
        answer(small_study, rsvp, about_event={"return": 0})
    with pytest.raises(Refusal) as refused:
        ask(small_study)
    assert refused.value.code == "few-since"
    answer(small_study, guests(event, 1, cm)[0], about_event={"return": 0})
    assert ask(small_study).status is Making.QUEUED


def test_figures_are_those_of_one_moment_on_both_databases(each_database: Flask) -> None:
    cm = make_member("Inès Moreau", "cm")
    event = make_event(make_chapter("Lyon", cm))
    study = make_study(event, cm, (RETURN,))
    first, late = guests(event, 2, cm)
    answer(study, first, about_event={"return": 1})
    study_id, late_id = study.id, late.id
    db.session.remove()
    hold_still()
    assert cut_off(study_id).responses == 1
    with db.engine.begin() as meanwhile:
        values = {"nonce": "somebody-else", "study_id": study_id, "rsvp_id": late_id, "locale": "fr"}
        insert = sa.text(
            "INSERT INTO responses (nonce, study_id, questionnaire_id, rsvp_id, locale, submitted_at)"
            " VALUES (:nonce, :study_id, 1, :rsvp_id, :locale, CURRENT_TIMESTAMP)"
        )
        meanwhile.execute(insert, values)
    assert cut_off(study_id).responses == 1
    db.session.rollback()
    assert cut_off(study_id).responses == 2


def test_claims_and_progress_hold_on_both_databases(each_database: Flask) -> None:
    cm, mona = make_member("Inès Moreau", "cm"), make_member("Mona Leroy", "marketing")
    study = make_study(make_event(make_chapter("Lyon", cm)), cm, (RETURN,))
    report = Report(study=study, locale="fr", requested_by_id=mona.id)
    db.session.add(report)
    commit()
    with force_locale("fr"):
        claim = making.claim(Report, report.id, now())
    assert claim is not None
    commit()
    assert note_progress(claim, 1, 3) is True
    assert note_progress(Claim(Report, report.id, now() - timedelta(seconds=1)), 2, 3) is False
