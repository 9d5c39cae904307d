"""Events over the API: who sees what, pages, ETags, problems."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.api.rules import Scope, read_cursor, write_cursor
from app.db import db
from app.events.models import Chapter, Event, EventStatus, Slot
from app.members.models import Member
from tests.api.conftest import Opener
from tests.client import Client, text_of
from tests.factories import make_event
from tests.services import free_port


def test_a_cm_sees_what_is_published_and_their_own_drafts(
    program: Opener, cm: Member, outsider: Member, marketer: Member, admin: Member, chapter: Chapter
) -> None:
    shown = make_event(chapter)
    draft = make_event(chapter, status=EventStatus.DRAFT)
    seen = {}
    for who in (cm, outsider, marketer, admin):
        answer = program(who, Scope.EVENTS_READ).get("/events").get_json()
        seen[who.id] = {item["slug"]: item["seats_taken"] for item in answer["items"]}
    assert seen[cm.id] == seen[admin.id] == {shown.slug: 0, draft.slug: 0}
    assert seen[outsider.id] == seen[marketer.id] == {shown.slug: None}


def test_following_next_walks_the_whole_list_once(program: Opener, cm: Member, chapter: Chapter) -> None:
    made = [make_event(chapter).slug for _ in range(7)]
    mine, seen, path = program(cm), [], "/events?limit=3&chapter=lyon"
    while path:
        page = mine.get(path).get_json()
        assert len(page["items"]) <= 3
        seen += [item["slug"] for item in page["items"]]
        path = page["next"]
        if len(seen) == 3:
            made.append(make_event(chapter).slug)  # what is written meanwhile comes at the end
    assert seen == made


@pytest.mark.parametrize("cursor", ["", "!", "é", "1", "0000000g", "-0000001", "x" * 60, write_cursor(2**31)])
def test_a_cursor_that_is_none_of_ours_is_refused(program: Opener, cm: Member, cursor: str) -> None:
    answer = program(cm).get("/events", query_string={"cursor": cursor})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert "cursor" in str(answer.get_json()["errors"])


def test_a_cursor_says_where_the_next_page_begins() -> None:
    assert read_cursor(write_cursor(12)) == 12


def test_an_unknown_parameter_is_said_to_be_one(program: Opener, cm: Member) -> None:
    answer = program(cm).get("/events?limt=3")
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"parameter": "limt", "detail": "Unknown field."}]


def test_an_answer_that_is_known_is_not_sent_again(program: Opener, cm: Member, event: Event) -> None:
    mine = program(cm)
    first = mine.get(f"/events/{event.slug}")
    assert not first.headers["ETag"].startswith("W/")
    assert first.cache_control.private
    again = mine.get(f"/events/{event.slug}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    event.title = "Another title"
    changed = mine.get(f"/events/{event.slug}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_the_slots_of_an_event_are_listed(
    program: Opener, cm: Member, marketer: Member, event: Event
) -> None:
    db.session.add(Slot(event=event, name="Table 1", capacity=4, seats_taken=2))
    path = f"/events/{event.slug}/slots"
    (slot,) = program(cm).get(path).get_json()["items"]
    assert (slot["name"], slot["capacity"], slot["seats_taken"]) == ("Table 1", 4, 2)
    (slot,) = program(marketer, Scope.EVENTS_READ).get(path).get_json()["items"]
    assert slot["seats_taken"] is None


def test_a_page_of_events_costs_as_many_statements_as_one(
    program: Opener, cm: Member, chapter: Chapter, statements: list[str]
) -> None:
    mine, counts = program(cm), []
    for _ in range(2):
        make_event(chapter)
        mine.get("/events")
        statements.clear()
        mine.get("/events")
        counts.append(len(statements))
    assert counts == [2, 2]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/events/nothing", 404, "not-found"),
        ("PUT", "/events", 405, "method-not-allowed"),
    ],
)
def test_every_error_is_a_problem_document_in_english(
    program: Opener, cm: Member, method: str, path: str, status: int, code: str
) -> None:
    answer = program(cm).call(method, path, headers={"Accept": "text/html", "Accept-Language": "fr"})
    told = answer.get_json()
    assert (answer.status_code, told["code"], told["type"]) == (status, code, f"/api/docs#{code}")
    assert told["title"].isascii()
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_a_failure_of_ours_is_a_problem_document_too(
    app: Flask, program: Opener, cm: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_arguments: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("app.api.queries_events.get_event", break_down)
    answer = program(cm).get("/events/x")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal-error")
    assert "secret" not in answer.text


def test_who_calls_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    environ = {
        "TERRAIN_ENV": "development",
        "TERRAIN_SECRET_KEY": "k" * 40,
        "TERRAIN_INSTANCE": str(tmp_path),
        "TERRAIN_API_PER_MINUTE": "1",
    }
    client = create_app(environ, TESTING=True).test_client()
    assert client.get("/api/v1/events").status_code == 401
    answer = client.get("/api/v1/events/x/slots")
    other = client.get("/api/v1/events", headers={"Authorization": "Bearer another"})
    assert (answer.status_code, answer.get_json()["code"]) == (429, "too-many-requests")
    assert int(answer.headers["Retry-After"]) <= 60
    assert other.status_code == 401


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{port}/0", "unix:///nowhere/redis.sock"])
def test_calls_are_counted_also_when_redis_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    environ = {
        "TERRAIN_ENV": "development",
        "TERRAIN_SECRET_KEY": "k" * 40,
        "TERRAIN_INSTANCE": str(tmp_path),
        "TERRAIN_API_PER_MINUTE": "2",
        "TERRAIN_REDIS_URL": address.format(port=free_port()),
    }
    client = create_app(environ, TESTING=True).test_client()
    answers = [client.get("/api/v1/events").status_code for _call in range(3)]
    assert answers == [401, 401, 429]
    assert capsys.readouterr().err.count("Redis does not answer") == 1


def test_the_documentation_is_made_of_the_openapi_document(client: Client) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    assert spec["openapi"].startswith("3.1")
    page = text_of(client.get("/api/docs").text)
    for path, item in spec["paths"].items():
        for method, call in item.items():
            if method != "parameters":
                assert f"{method.upper()} {path}" in page
                assert call["summary"] in page
