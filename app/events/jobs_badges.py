"""Make an attendance sheet or badges: read the names, draw the codes, lay the pages out.

Imported inside the job alone: WeasyPrint takes a second to load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import render_template

from app.brand.queries import get_brand, palette_of
from app.clock import now
from app.db import commit, db
from app.events.models_papers import Paper, PaperKind
from app.events.queries_papers import Party, parties
from app.events.rules_papers import SHEETS, Cell, Sheet, pages_of, size_for
from app.events.rules_ticket import qr_text
from app.i18n import _, force_locale
from app.jobs import DRAWING
from app.making import Claim, finish, note_progress
from app.pdf import PICTURES, render_pdf, static_base_url
from app.qr import qr_svg

AT_ONCE = 25  # codes drawn between two notes of progress


@dataclass(frozen=True)
class Badge:
    """What is on one badge: a name in points that fit, who brought a guest, the slot, and the picture of the code."""

    name: str
    points: int
    with_: str
    slot: str
    picture: str


def make_paper(claim: Claim) -> None:
    """Make a paper and keep it, noting progress; stops when another worker took it over."""
    paper = db.session.get_one(Paper, claim.id)
    event, people = paper.event, parties(paper.event_id)
    with force_locale(paper.locale):
        assets: dict[str, bytes] = {}
        total = 1
        if paper.kind is not PaperKind.ATTENDANCE:
            batches = pages_of(people, AT_ONCE)
            total += len(batches)
            for done, batch in enumerate(batches):
                if not _note(claim, done, total):
                    return
                for party in batch:
                    assets[f"{party.code}.svg"] = qr_svg(qr_text(event.code, party.code)).encode()
        if not _note(claim, total - 1, total):
            return
        html = _page(paper, people)
        with DRAWING:
            pdf = render_pdf(
                PICTURES.sub("", html),
                static_base_url(),
                identifier=f"paper-{paper.id}",
                made_at=paper.requested_at,
                assets=assets,
            )
    finish(claim, now(), pdf=pdf)
    commit()


def _note(claim: Claim, done: int, total: int) -> bool:
    mine = note_progress(claim, done, total)
    commit()
    return mine


def _page(paper: Paper, people: Sequence[Party]) -> str:
    brand = get_brand()
    around = {"event": paper.event, "brand": brand, "palette": palette_of(brand), "locale": paper.locale}
    if paper.kind is PaperKind.ATTENDANCE:
        return render_template("pdf/attendance.html", parties=people, made_at=paper.requested_at, **around)
    sheet = SHEETS[paper.kind]
    pages = [_placed(sheet, badges) for badges in pages_of(list(badges_of(sheet, people)), sheet.a_page)]
    return render_template("pdf/badges.html", sheet=sheet, pages=pages, **around)


def _placed(sheet: Sheet, badges: Sequence[Badge]) -> list[tuple[Cell, Badge]]:
    return list(zip(sheet.cells(), badges, strict=False))


def badges_of(sheet: Sheet, people: Sequence[Party]) -> Iterator[Badge]:
    """Yield a badge for each person of each party; guests without a name are “with” whoever brings them."""

    def badge(name: str, party: Party, with_: str) -> Badge:
        points = size_for(name, sheet.words_width, sheet.name_height)
        return Badge(name, points, with_, party.slot, f"{party.code}.svg")

    for party in people:
        yield badge(party.name, party, "")
        for number in range(party.size - 1):
            guest = party.guests[number] if number < len(party.guests) else _("Guest")
            yield badge(guest, party, party.name)
