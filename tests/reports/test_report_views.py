"""Reports as marketing reads, asks for and downloads them."""

from __future__ import annotations

import gzip

import pytest

from app.db import db
from app.events.models import Event
from app.making import Making
from app.members.models import Member
from app.reports import jobs_study
from app.reports.jobs_study import freeze_study
from app.reports.models import Report
from app.reports.rules_frozen import content_hash
from app.surveys.models import Study, StudyStatus
from tests.client import Client, run_jobs
from tests.reports.conftest import MakeReport, text_in, text_on
from tests.reports.studies import RETURN, answer, guests, make_small_study, make_study

INDEX = "/reports/"
STUDY = "/reports/studies/the-glace"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print nothing: these tests are about pages, and a PDF takes seconds."""
    monkeypatch.setattr(jobs_study, "lay_out", lambda *_all: b"%PDF-1.7 of a test")


def in_english(client: Client) -> Client:
    client.set_cookie("lang", "en")
    return client


def answer_more(study: Study, event: Event, cm: Member, number: int) -> None:
    for rsvp in guests(event, number, cm):
        answer(study, rsvp, about_event={"return": 1})


def test_a_study_is_reported_from_the_button_to_the_download(as_marketer: Client, known_study: Study) -> None:
    in_english(as_marketer)
    assert "Thé glacé" in text_on(as_marketer.get(INDEX))
    assert "No report yet" in text_on(as_marketer.get(STUDY))
    asked = as_marketer.post(STUDY, data=as_marketer.csrf(STUDY) | {"locale": "en"})
    assert asked.status_code == 302
    waiting = as_marketer.get(asked.location)
    assert "Waiting for its turn" in text_on(waiting)
    assert 'hx-trigger="every 1s"' in waiting.text
    assert "Reload" in text_on(waiting)
    run_jobs()
    page = as_marketer.get(asked.location)
    text = text_on(page)
    assert "People asked 44" in text
    assert "People who answered 40" in text
    assert "Response rate 91%" in text
    assert "“Do you like this tea?”" in text
    assert "Weighting None: each person counts once." in text
    assert text_on(as_marketer.get(STUDY)) == text, "the study’s page shows its last report"
    pdf = as_marketer.get(f"{asked.location}.pdf")
    assert pdf.mimetype == "application/pdf"
    assert pdf.headers["Content-Disposition"].startswith('attachment; filename="terrain-the-glace-')
    assert pdf.headers["Content-Disposition"].endswith('-en.pdf"')
    digest = content_hash(freeze_study(known_study.id, 5))
    printed = text_in(pdf.data)
    for words in (
        "60% of fans give it 8 or 9 out of 9",
        "Mean, out of 9 7.5 95% interval: 7.0–8.0",
        "Fresh 30 75% 60–86%",
        "A recommendation score of +30: 50% promoters, 20% detractors",
        "Read with care: under 100 answers",
        f"Content hash of the figures (SHA-256): {digest}",
    ):
        assert words in printed
        assert words in text
    assert "😋" in page.text
    for unsaid in ("margin of error", "Camille", "Durand", "Invité", "example.org", "06 12"):
        assert unsaid not in printed
        assert unsaid not in page.text
    assert digest[:12] in text_on(as_marketer.get(INDEX))


def test_the_report_is_read_in_its_own_language(
    as_marketer: Client, small_study: Study, make_report: MakeReport, quick: None
) -> None:
    make_report(small_study, "fr")
    page = in_english(as_marketer).get(STUDY)
    assert '<div class="report" lang="fr">' in page.text
    assert "12 fans sur 20 disent oui" in text_on(page)
    assert "This report is in French." in text_on(page)
    make_report(small_study, "en")
    assert "12 of 20 fans say yes" in text_on(as_marketer.get(STUDY))
    as_marketer.set_cookie("lang", "fr")
    assert "12 fans sur 20 disent oui" in text_on(as_marketer.get(STUDY))


@pytest.mark.parametrize(
    "path", [INDEX, STUDY, "/reports/1", "/reports/1.pdf", "/reports/1/charts/return-0-wide.svg"]
)
def test_cms_and_fans_see_no_report(
    as_cm: Client,
    as_fan: Client,
    client: Client,
    small_study: Study,
    make_report: MakeReport,
    quick: None,
    path: str,
) -> None:
    make_report(small_study)
    assert as_cm.get(path).status_code == 403
    assert as_fan.get(path).status_code == 403
    assert client.get(path).status_code == 302, "a visitor is asked to sign in"


def test_a_cm_cannot_ask_for_a_report_and_an_administrator_can(
    as_cm: Client, as_admin: Client, small_study: Study
) -> None:
    assert as_cm.post(STUDY, data=as_cm.csrf("/manage/") | {"locale": "fr"}).status_code == 403
    assert as_admin.post(STUDY, data=as_admin.csrf(STUDY) | {"locale": "fr"}).status_code == 302
    assert db.session.query(Report).count() == 1


def test_a_request_without_its_token_or_in_no_language_is_refused(
    as_marketer: Client, small_study: Study
) -> None:
    assert as_marketer.post(STUDY, data={"locale": "fr"}).status_code == 400
    token = as_marketer.csrf(STUDY)
    assert as_marketer.post(STUDY, data=token).status_code == 400
    assert as_marketer.post(STUDY, data=token | {"locale": "de"}).status_code == 400


def test_two_taps_lead_to_one_report(as_marketer: Client, small_study: Study) -> None:
    data = as_marketer.csrf(STUDY) | {"locale": "fr"}
    first, second = (as_marketer.post(STUDY, data=data) for _ in range(2))
    assert first.location == second.location
    assert "premier rapport est en préparation" in text_on(as_marketer.get(STUDY))


def test_what_is_not_there_is_404(as_marketer: Client, event: Event, cm: Member, small_study: Study) -> None:
    for path in ("/reports/9", "/reports/9.pdf", "/reports/9/charts/x.svg", "/reports/studies/nothing"):
        assert as_marketer.get(path).status_code == 404
    as_marketer.post(STUDY, data=as_marketer.csrf(STUDY) | {"locale": "fr"})
    assert as_marketer.get("/reports/1.pdf").status_code == 404, "it is not made yet"


def test_a_draft_is_not_listed_and_has_no_page(as_marketer: Client, event: Event, cm: Member) -> None:
    study = make_study(event, cm, (RETURN,))
    study.status = StudyStatus.DRAFT
    db.session.commit()
    assert "Thé glacé" not in text_on(as_marketer.get(INDEX))
    assert as_marketer.get(STUDY).status_code == 404


def test_fewer_people_than_the_minimum_get_no_report_and_no_number(
    as_marketer: Client, event: Event, cm: Member
) -> None:
    make_small_study(event, cm, yes=3, no=1)
    assert "moins de 5" in text_on(as_marketer.get(INDEX))
    page = text_on(as_marketer.get(STUDY))
    assert "au moins 5 personnes" in page
    assert "Établir le rapport" not in page
    data = as_marketer.csrf(INDEX) | {"locale": "fr"}
    refused = as_marketer.post(STUDY, data=data, follow_redirects=True)
    assert "au moins 5 personnes" in text_on(refused)
    assert db.session.query(Report).count() == 0


def test_what_changed_since_is_said_with_a_button(
    as_marketer: Client, small_study: Study, event: Event, cm: Member, make_report: MakeReport, quick: None
) -> None:
    make_report(small_study)
    assert "À jour" in text_on(as_marketer.get(STUDY))
    answer_more(small_study, event, cm, 4)
    page = text_on(as_marketer.get(STUDY))
    assert "Moins de 5 personnes ont répondu depuis ce rapport" in page
    assert "Refaire le rapport" not in page
    answer_more(small_study, event, cm, 3)
    page = text_on(as_marketer.get(STUDY))
    assert "7 personnes de plus ont répondu depuis ce rapport" in page
    assert "Refaire le rapport" in page
    assert "12 fans sur 20" in page, "the report itself stays as it was"


def test_progress_is_a_bar_that_ends_in_the_report(
    as_marketer: Client, small_study: Study, ask: MakeReport, make_report: MakeReport, quick: None
) -> None:
    report = ask(small_study)
    report.status, report.steps_done, report.steps_total = Making.RUNNING, 1, 3
    db.session.commit()
    polled = as_marketer.get(f"/reports/{report.id}", headers={"HX-Request": "true"})
    assert "Tracé des graphiques 1 / 3" in text_on(polled)
    report.status = Making.QUEUED
    db.session.commit()
    run_jobs()
    polled = as_marketer.get(f"/reports/{report.id}", headers={"HX-Request": "true"})
    assert (polled.status_code, polled.headers["HX-Refresh"]) == (204, "true")


def test_a_failure_is_told_with_a_way_on(as_marketer: Client, small_study: Study, ask: MakeReport) -> None:
    report = ask(small_study)
    report.status, report.error = Making.FAILED, "Une erreur s’est produite."
    db.session.commit()
    page = as_marketer.get(f"/reports/{report.id}")
    assert "Une erreur s’est produite." in text_on(page)
    assert "Réessayer" in text_on(page)
    assert "hx-trigger" not in page.text
    assert "Échec" in text_on(as_marketer.get(INDEX))


def test_the_pdf_and_the_charts_are_kept_by_this_browser_alone(
    as_marketer: Client, small_study: Study, make_report: MakeReport, quick: None
) -> None:
    make_report(small_study)
    first = as_marketer.get("/reports/1.pdf")
    assert first.cache_control.private
    again = as_marketer.get("/reports/1.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    path = "/reports/1/charts/return-0-narrow-dark.svg"
    packed = as_marketer.get(path, headers={"Accept-Encoding": "gzip"})
    plain = as_marketer.get(path)
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.mimetype == "image/svg+xml"
    assert plain.cache_control.private
    assert plain.cache_control.max_age
    html = as_marketer.get(STUDY).text
    assert 'srcset="/reports/1/charts/return-0-narrow-dark.svg" width="360"' in html


def test_lists_ask_the_same_few_questions_however_long_they_are(
    as_marketer: Client,
    event: Event,
    cm: Member,
    small_study: Study,
    make_report: MakeReport,
    quick: None,
    statements: list[str],
) -> None:
    make_report(small_study)
    statements.clear()
    as_marketer.get(INDEX)
    few = len(statements)
    assert few <= 8
    made = db.session.get_one(Report, 1)
    for _ in range(6):
        study = make_study(event, cm, (RETURN,))
        db.session.add(
            Report(
                study=study,
                locale="fr",
                requested_by_id=made.requested_by_id,
                status=Making.DONE,
                finished_at=made.finished_at,
                content_hash=made.content_hash,
            )
        )
    db.session.commit()
    statements.clear()
    as_marketer.get(INDEX)
    assert len(statements) == few
    statements.clear()
    as_marketer.get(STUDY)
    assert len(statements) <= 10
