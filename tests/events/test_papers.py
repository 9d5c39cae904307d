"""A CM prints an attendance sheet and badges; the PDFs are made by the worker and kept for a day."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import render_template
from pypdf import PdfReader
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from app import making
from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.events import jobs_badges, jobs_papers
from app.events.actions_papers import request_paper
from app.events.jobs_badges import badges_of
from app.events.models import Event, RsvpStatus
from app.events.models_papers import Paper, PaperKind
from app.events.queries_papers import parties
from app.events.rules_papers import SHEETS
from app.events.rules_ticket import qr_text
from app.making import Making
from app.members.actions_privacy import erase_member
from app.members.models import Member
from app.qr import qr_svg
from tests.client import Client, run_jobs, text_of
from tests.events.fans import make_slot
from tests.factories import make_event, make_member, make_rsvp

LONG = "Maximilienne de La Rochefoucauld-Doudeauville"
MILLIMETRE = 72 / 25.4


@pytest.fixture
def guests(event: Event) -> Event:
    """Four parties, seven people: one in line, one who left, who are on no paper."""
    slot = make_slot(event, "Table 1", 10)
    make_rsvp(event, make_member("Zoé Petit"), RsvpStatus.CONFIRMED, slot_id=slot.id)
    named = ["Nguyễn Thị Minh Khai"]
    make_rsvp(event, make_member("Éloïse Marchand"), RsvpStatus.CONFIRMED, party_size=3, guest_names=named)
    make_rsvp(event, make_member("farid Benali"), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member(LONG), RsvpStatus.CONFIRMED, party_size=2)
    make_rsvp(event, make_member("Wanda Wartet"), RsvpStatus.WAITLISTED)
    make_rsvp(event, make_member("Paul Parti"), RsvpStatus.CANCELLED)
    return event


def ask(client: Client, event: Event, kind: PaperKind) -> Paper:
    path = f"/manage/events/{event.slug}/print"
    answer = client.post(path, data=client.csrf(path) | {"kind": kind.value})
    assert answer.status_code == 302, text_of(answer.text)
    return db.session.get_one(Paper, int(answer.location.rpartition("/")[2]))


def page_of(paper: Paper) -> str:
    return f"/manage/events/{paper.event.slug}/print/{paper.id}"


def made(client: Client, event: Event, kind: PaperKind) -> PdfReader:
    """Ask for a paper, let the worker make it, and take it."""
    paper = ask(client, event, kind)
    assert "se prépare" in text_of(client.get(page_of(paper)).text)
    run_jobs()
    assert "Télécharger" in text_of(client.get(page_of(paper)).text)
    answer = client.get(f"{page_of(paper)}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    return PdfReader(io.BytesIO(answer.data))


def words(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_the_attendance_sheet_has_everyone_with_a_ticket_by_name(as_cm: Client, guests: Event) -> None:
    pdf = made(as_cm, guests, PaperKind.ATTENDANCE)
    text = words(pdf)
    order = [text.index(name) for name in ("Éloïse", "farid", "Maximilienne", "Zoé")]
    assert order == sorted(order)
    assert "Nguyễn Thị Minh Khai" in text
    assert "Table 1" in text
    assert "1 / 1" in text
    assert "7 personnes" in text
    assert "Wanda" not in text
    assert "Paul" not in text
    assert [round(float(side) / MILLIMETRE) for side in pdf.pages[0].mediabox[2:]] == [210, 297]


def test_a_long_attendance_sheet_numbers_its_pages_and_repeats_its_head(as_cm: Client, event: Event) -> None:
    event.capacity = 100
    for number in range(60):
        make_rsvp(event, make_member(f"Fan {number:02d}"), RsvpStatus.CONFIRMED)
    pdf = made(as_cm, event, PaperKind.ATTENDANCE)
    assert len(pdf.pages) >= 2
    assert f"2 / {len(pdf.pages)}" in " ".join(pdf.pages[1].extract_text().split())
    assert "Nom" in pdf.pages[1].extract_text()


@pytest.mark.parametrize("kind", SHEETS)
def test_badges_have_a_label_for_each_person_on_the_right_paper(
    as_cm: Client, guests: Event, kind: PaperKind
) -> None:
    pdf, sheet = made(as_cm, guests, kind), SHEETS[kind]
    sides = [float(side) / MILLIMETRE for side in pdf.pages[0].mediabox[2:]]
    assert sides == pytest.approx(sheet.page, abs=0.1)
    assert len(pdf.pages) == -(-7 // sheet.a_page)
    text = words(pdf)
    for name in ("Zoé Petit", "Nguyễn", "Doudeauville", "Table 1", "Accompagnant"):
        assert name in text, name
    assert text.count("avec Éloïse Marchand") == 2


@pytest.mark.parametrize("kind", SHEETS)
def test_no_word_reaches_over_the_edge_of_its_label(as_cm: Client, event: Event, kind: PaperKind) -> None:
    make_rsvp(event, make_member(LONG), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member("M" * 60), RsvpStatus.CONFIRMED)
    sheet, corner = SHEETS[kind], SHEETS[kind].cells()[0]
    left, top = corner.left + sheet.padding, corner.top + sheet.padding
    lines = _laid_out(event, kind)
    assert len(lines) > 2
    for x, right, bottom in lines:
        assert left - 0.1 <= x < right <= left + sheet.words_width + 0.1
        assert bottom <= top + sheet.name_height + 0.1


def _laid_out(event: Event, kind: PaperKind) -> list[tuple[float, float, float]]:
    """Return the left and right ends and the bottom, in millimetres, of each line of a name on a first label."""
    from weasyprint import HTML

    from app.pdf import STATIC

    sheet = SHEETS[kind]
    badges = list(badges_of(sheet, parties(event.id)))
    pages = [[(sheet.cells()[0], badge)] for badge in badges]
    html = render_template(
        "pdf/badges.html",
        sheet=sheet,
        pages=pages,
        event=event,
        brand={"name": "Terrain"},
        palette={},
        locale="fr",
    )
    html = re.sub(r"<img[^>]*>", "", html)
    document = HTML(string=html, base_url=f"{STATIC.as_uri()}/").render()
    boxes = [box for page in document.pages for box in page._page_box.descendants(placeholders=True)]
    lines = [box for box in boxes if type(box).__name__ == "TextBox" and box.element.get("class") == "name"]
    ends = [(line.position_x, line.position_x + line.width, line.position_y + line.height) for line in lines]
    return [(x * 25.4 / 96, right * 25.4 / 96, bottom * 25.4 / 96) for x, right, bottom in ends]


def drawn_by_another(text: str, mask: int) -> list[list[bool]]:
    """Draw a code by another library than ours."""
    code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=4, mask_pattern=mask)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def test_the_code_on_a_badge_is_the_ticket_and_nothing_else(guests: Event) -> None:
    party = parties(guests.id)[0]
    text = qr_text(guests.code, party.code)
    wanted = [drawn_by_another(text, mask) for mask in range(8)]  # scanners read each
    svg = str(qr_svg(text))
    side = int(svg.partition('viewBox="0 0 ')[2].partition(" ")[0])
    drawn = [[False] * side for _ in range(side)]
    for one in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", svg.rpartition('fill="#000"')[2]):
        x, y, width, height = map(int, one)
        for row in drawn[y : y + height]:
            row[x : x + width] = [True] * width
    assert drawn in wanted
    assert 'fill="#fff"' in svg
    assert not any(any(row) for row in drawn[:4])
    [badge] = [one for one in badges_of(SHEETS[PaperKind.BADGE_A6], [party]) if not one.with_]
    assert badge.picture == f"{party.code}.svg"
    assert party.name not in text


def test_asking_twice_leads_to_the_same_paper_and_is_noted_once(as_cm: Client, guests: Event) -> None:
    first, second = (ask(as_cm, guests, PaperKind.LABELS_8) for _ in range(2))
    assert first.id == second.id
    noted = sa.select(sa.func.count()).where(AuditEntry.action == "people.export")
    assert db.session.scalar(noted) == 1
    assert run_jobs() >= 1
    assert db.session.get_one(Paper, first.id).attempts == 1


def test_an_event_without_anybody_has_nothing_to_print(as_cm: Client, event: Event) -> None:
    path = f"/manage/events/{event.slug}/print"
    answer = as_cm.post(path, data=as_cm.csrf(path) | {"kind": "attendance"})
    assert "rien à imprimer" in text_of(answer.text)


def test_a_paper_that_is_not_made_cannot_be_taken(as_cm: Client, guests: Event) -> None:
    assert as_cm.get(f"{page_of(ask(as_cm, guests, PaperKind.ATTENDANCE))}.pdf").status_code == 404


@pytest.mark.parametrize("page", ["", "/1", "/1.pdf"])
def test_the_cm_of_another_chapter_prints_nothing(as_outsider: Client, guests: Event, page: str) -> None:
    assert as_outsider.get(f"/manage/events/{guests.slug}/print{page}").status_code == 403


def test_a_paper_is_taken_from_its_own_event_alone(as_cm: Client, guests: Event) -> None:
    paper = ask(as_cm, guests, PaperKind.ATTENDANCE)
    run_jobs()
    other = make_event(guests.chapter)
    assert as_cm.get(f"/manage/events/{other.slug}/print/{paper.id}.pdf").status_code == 404


def test_a_paper_is_dropped_after_a_day(cm: Member, guests: Event) -> None:
    request_paper(guests, PaperKind.ATTENDANCE, "fr", cm, now())
    db.session.commit()
    run_jobs()
    for hours, left in ((23, 1), (25, 0)):
        with time_machine.travel(now() + timedelta(hours=hours), tick=False):
            jobs_papers.tend_papers()
        assert db.session.scalar(sa.select(sa.func.count(Paper.id))) == left


def test_who_is_forgotten_is_on_no_paper_any_more(cm: Member, guests: Event) -> None:
    claimed = request_paper(guests, PaperKind.ATTENDANCE, "fr", cm, now())
    db.session.commit()
    claim = making.claim(Paper, claimed.id, now())
    assert claim
    erase_member(parties_member(guests), now())
    db.session.commit()
    assert not making.finish(claim, now(), pdf=b"%PDF")
    assert db.session.scalar(sa.select(sa.func.count(Paper.id))) == 0


def parties_member(event: Event) -> Member:
    return db.session.scalars(sa.select(Member).where(Member.display_name == LONG)).one()


def test_a_paper_left_lying_is_begun_again_and_given_up_after_three_times(cm: Member, guests: Event) -> None:
    paper = request_paper(guests, PaperKind.ATTENDANCE, "fr", cm, now())
    db.session.commit()
    for minutes in (0, 11, 22):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            assert making.claim(Paper, paper.id, now())
            assert making.claim(Paper, paper.id, now()) is None
            db.session.commit()
    with time_machine.travel(now() + timedelta(minutes=40), tick=False):
        jobs_papers.tend_papers()
    assert db.session.get_one(Paper, paper.id).status is Making.FAILED


def test_a_failure_is_told_and_can_be_tried_again(
    as_cm: Client, guests: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_claim: Any) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr(jobs_badges, "make_paper", fail)
    paper = ask(as_cm, guests, PaperKind.ATTENDANCE)
    run_jobs()
    page = text_of(as_cm.get(page_of(paper)).text)
    assert "n’a pas pu être préparé" in page
    assert "Réessayer" in page


def test_the_names_are_read_in_one_statement(event: Event, statements: list[str]) -> None:
    event.capacity = 100
    for number in range(30):
        make_rsvp(event, make_member(f"Fan {number}"), RsvpStatus.CONFIRMED)
    event_id = event.id
    statements.clear()
    assert len(parties(event_id)) == 30
    assert len(statements) == 1
