"""What the planning pages ask of the database, on both."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app import making
from app.clock import now
from app.db import db
from app.events.actions_papers import request_paper
from app.events.models import LIVE, RsvpStatus
from app.events.models_papers import Paper, PaperKind
from app.events.queries_papers import get_pdf, parties
from app.events.queries_plan import last_places, show_up, who_is_told
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_rsvp


def test_counts_and_papers_are_the_same_on_both_databases(each_database: Flask) -> None:
    cm = make_member("Inès", "cm")
    chapter = make_chapter("Lyon", cm)
    past = make_event(chapter, starts_at=now() - timedelta(days=9), venue="Avant")
    for came in (True, True, False):
        rsvp = make_rsvp(past, make_member(), RsvpStatus.CONFIRMED, party_size=2)
        if came:
            make_check_in(rsvp, party_size=2)
    event = make_event(chapter, venue="Après", address="")
    make_rsvp(event, make_member("Éloïse"), RsvpStatus.CONFIRMED, guest_names=["Zoé"], party_size=2)
    make_rsvp(event, make_member(email=None), RsvpStatus.CONFIRMED)
    make_rsvp(event, make_member(), RsvpStatus.WAITLISTED, locale="en")
    known = show_up(chapter.id, now())
    assert (known.events, known.confirmed, known.arrived) == (1, 6, 4)
    told = who_is_told(event.id, LIVE)
    assert (told.by_status, told.by_locale) == ({"confirmed": 1, "waitlisted": 1}, {"fr": 1, "en": 1})
    assert told.without_address == 1
    assert last_places([chapter.id]) == {chapter.id: ("Après", "")}
    assert [(party.name, party.guests) for party in parties(event.id)][-1] == ("Éloïse", ("Zoé",))
    paper = request_paper(event, PaperKind.LABELS_8, "fr", cm, now())
    claim = making.claim(Paper, paper.id, now())
    assert claim
    assert making.finish(claim, now(), pdf=b"%PDF")
    db.session.expire_all()
    assert get_pdf(event, paper.id)[1] == b"%PDF"
