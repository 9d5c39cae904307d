"""Tokens: shown once, kept hashed, never more than their owner may do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.api.actions_tokens import create_token, revoke_token
from app.api.models import ApiToken
from app.api.rules import Scope
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.models import Chapter, Event
from app.members.actions_privacy import erase_member
from app.members.models import Member
from app.tokens import digest
from app.web import scope_of
from tests.api.conftest import Opener, Program
from tests.client import Client, text_of

PAGE = "/manage/tokens/"
NEW = {"name": "CRM", "scopes": ["events:read"], "days": "30"}


def make(client: Client, **values: object) -> str:
    """Make a token on the page and return its text."""
    answer = client.post(PAGE, data=NEW | client.csrf(PAGE) | values)
    found = re.search(r"terrain_[\w-]{32}", answer.text)
    assert found, text_of(answer.text)
    return found[0]


def test_a_token_is_shown_once_and_kept_as_a_digest(as_cm: Client) -> None:
    text = make(as_cm)
    row = db.session.scalars(sa.select(ApiToken)).one()
    assert row.digest == digest(text)
    assert text not in "".join(str(value) for value in vars(row).values())
    assert row.expires_at
    page = as_cm.get(PAGE)
    assert text not in page.text
    assert text[-4:] in page.text


def test_a_token_needs_a_name_and_something_to_do(as_cm: Client) -> None:
    answer = as_cm.post(PAGE, data={"days": "30"} | as_cm.csrf(PAGE))
    assert "terrain_" not in text_of(answer.text)
    assert db.session.scalar(sa.select(sa.func.count(ApiToken.id))) == 0


def test_marketing_gives_a_token_events_alone(as_marketer: Client, marketer: Member) -> None:
    page = as_marketer.get(PAGE).text
    assert 'value="events:read"' in page
    assert 'value="members:read"' not in page
    with pytest.raises(Refusal):
        create_token(marketer, "greedy", [Scope.MEMBERS_READ], None, now())


def test_a_fan_makes_no_token(as_fan: Client, fan: Member) -> None:
    assert as_fan.get(PAGE).status_code == 403
    with pytest.raises(Refusal):
        create_token(fan, "greedy", [Scope.EVENTS_READ], None, now())


def test_a_revoked_token_opens_nothing(as_cm: Client, client: Client) -> None:
    program = Program(client, make(as_cm))
    assert program.get("/events").status_code == 200
    number = db.session.scalars(sa.select(ApiToken.id)).one()
    assert as_cm.post(f"{PAGE}{number}/revoke", data=as_cm.csrf(PAGE)).status_code == 302
    assert program.get("/events").status_code == 401


def test_nobody_revokes_the_token_of_another(as_cm: Client, as_outsider: Client) -> None:
    make(as_cm)
    number = db.session.scalars(sa.select(ApiToken.id)).one()
    assert as_outsider.post(f"{PAGE}{number}/revoke", data=as_outsider.csrf(PAGE)).status_code == 404


def test_without_a_token_that_holds_the_answer_is_401(program: Opener, cm: Member, client: Client) -> None:
    old, text = create_token(cm, "old", [Scope.EVENTS_READ], 1, now())
    old.expires_at = now() - timedelta(seconds=1)
    commit()
    for token in (None, "terrain_" + "x" * 32, "x" * 40, text):
        answer = Program(client, token).get("/events")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.get_json()["code"] == "unauthenticated"


def test_a_cookie_opens_no_call(as_admin: Client) -> None:
    assert as_admin.get("/api/v1/events").status_code == 401


def test_a_call_looks_at_no_cookie_that_comes_with_it(as_admin: Client, program: Opener, cm: Member) -> None:
    answer = Program(as_admin, program(cm).token).get("/events")
    assert (answer.status_code, answer.headers["Vary"]) == (200, "Authorization")


def test_every_call_asks_for_its_scope(app: Flask, program: Opener, cm: Member) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/api/v1/")]
    for rule in rules:
        needed = scope_of(getattr(app.view_functions[rule.endpoint], "access", frozenset()))
        if needed is None:
            assert rule.endpoint == "api_docs.openapi"
            continue
        other = program(cm, *(scope for scope in Scope if scope != needed))
        path = re.sub("<int:.*?>", "1", str(rule).removeprefix("/api/v1")).replace("<slug>", "x")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = other.call(method, path)
            assert (answer.status_code, answer.get_json()["code"]) == (403, "insufficient-scope"), str(rule)


def test_a_role_taken_away_is_gone_from_the_token(program: Opener, cm: Member) -> None:
    mine = program(cm)
    cm.roles = []
    commit()
    assert mine.get("/events").status_code == 403


def test_who_leaves_takes_their_tokens_along(program: Opener, cm: Member) -> None:
    mine = program(cm)
    erase_member(cm, now())
    commit()
    assert mine.get("/events").status_code == 401


def test_use_is_noted_once_a_minute(program: Opener, cm: Member, statements: list[str]) -> None:
    mine = program(cm)
    for _ in range(3):
        mine.get("/events")
    assert sum(statement.startswith("UPDATE api_tokens") for statement in statements) == 1
    assert db.session.scalars(sa.select(ApiToken.last_used_at)).one()


def test_a_token_that_is_revoked_twice_keeps_its_first_end(program: Opener, cm: Member) -> None:
    program(cm)
    row = db.session.scalars(sa.select(ApiToken)).one()
    revoke_token(row, cm, now())
    first = row.revoked_at
    revoke_token(row, cm, now() + timedelta(hours=1))
    assert row.revoked_at == first


def test_the_drafts_of_others_are_as_good_as_unknown(
    program: Opener, cm: Member, outsider: Member, chapter: Chapter, event: Event
) -> None:
    event.status = "draft"  # type: ignore[assignment]
    commit()
    assert program(cm).get(f"/events/{event.slug}").status_code == 200
    assert program(outsider).get(f"/events/{event.slug}").status_code == 404
