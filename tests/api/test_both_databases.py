"""Every call once, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import cast

from flask import Flask

from app.api.actions_tokens import create_token
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.events.actions_questions import QuestionDraft, add_question
from app.events.models import Rsvp, RsvpStatus
from app.events.models_questions import AskedKind
from app.events.queries_questions import asked_of
from app.members.actions_privacy import erase_member
from app.tokens import new_link_token
from tests.api.conftest import Program
from tests.client import Client
from tests.factories import make_chapter, make_event, make_member, make_rsvp


def test_every_call_answers_on_each_database(each_database: Flask) -> None:
    cm, fan = make_member("Inès", "cm"), make_member("Zoé Lefèvre", email="zoe@example.org")
    event = make_event(make_chapter("Lyon", cm), starts_at=now())
    ticket = make_rsvp(event, make_member("Ali"), RsvpStatus.CONFIRMED).tickets[0].digest
    _row, token = create_token(cm, "CRM", list(Scope), 30, now())
    colour = add_question(
        event, QuestionDraft(AskedKind.ONE, "Colour?", ["red", "blue"], True), None, now()
    ).id
    diet = add_question(event, QuestionDraft(AskedKind.TEXT, "Diet?", [], True, True), None, now()).id
    commit()
    mine, slug = Program(cast(Client, each_database.test_client()), token), event.slug
    new: dict[str, object] = {"name": "Zoé", "email": "zoe@example.org"}
    key = {"Idempotency-Key": "a-1"}
    assert mine.post(f"/events/{slug}/rsvps", new, headers=key).get_json()["code"] == "answers"
    given = [{"question_id": colour, "value": "red"}, {"question_id": diet, "value": "none"}]
    new |= {"answers": given}
    made = mine.post(f"/events/{slug}/rsvps", new, headers=key)
    again = mine.post(f"/events/{slug}/rsvps", new, headers=key)
    assert (made.status_code, again.data) == (201, made.data)
    number = made.get_json()["id"]
    assert made.get_json()["answers"] == given[:1]
    assert [row["id"] for row in mine.get(f"/events/{slug}/questions").get_json()["items"]] == [colour, diet]
    told = db.session.get_one(Rsvp, number)
    assert list(asked_of(told).values()) == ["red", "none"]
    assert mine.get("/events?starts_after=2020-01-01T00:00:00Z&chapter=lyon").get_json()["items"]
    assert mine.get(f"/events/{slug}").get_json()["seats_taken"] == 2
    assert mine.get(f"/events/{slug}/slots").get_json() == {"items": []}
    assert len(mine.get(f"/events/{slug}/rsvps?status=confirmed").get_json()["items"]) == 2
    assert [row["id"] for row in mine.get("/members?q=lefevre").get_json()["items"]] == [fan.id]
    assert mine.get(f"/members/{fan.id}").status_code == 200
    scan = {"nonce": new_link_token(), "digest": ticket, "scanned_at": now().isoformat()}
    assert mine.post(f"/events/{slug}/check-ins", scan).get_json()["verdict"] == "welcome"
    known = {"If-Match": mine.get(f"/events/{slug}/rsvps/{number}").headers["ETag"]}
    assert mine.call("DELETE", f"/events/{slug}/rsvps/{number}", headers=known).status_code == 200
    erase_member(fan, now())
    commit()
