"""Invariant 11: every page is private unless its view says it is public, and the public ones are listed here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.web import PUBLIC, SIGNED_IN, access_of, public, scope_of
from tests.client import Client
from tests.conftest import make_app

PUBLIC_PAGES = {
    "api_docs.docs",
    "api_docs.openapi",
    "brand.house_rules",
    "brand.legal",
    "brand.stylesheet",
    "changes.accept",  # these and the tickets: the secret is in the address
    "changes.change",
    "changes.coming",
    "changes.hand_on",
    "changes.take",
    "changes.why",
    "dev.message",
    "dev.message_html",
    "dev.outbox",
    "dev.sign_in_at_once",
    "dev.style_guide",
    "events.calendar",
    "events.chapter",
    "events.chapter_calendar",
    "events.event",
    "events.event_calendar",
    "events.home",
    "feeds.atom",
    "feeds.card",
    "feeds.embed",
    "feeds.own_calendar",  # the secret is in the address
    "feeds.sitemap",
    "media.picture",
    "members.sign_in",
    "members.sign_in_code",
    "members.sign_in_link",
    "members.sign_out",
    "ops.healthz",
    "ops.prometheus",  # answers this machine alone, or who has the token
    "ops.readyz",
    "proof.check",
    "proof.confirm",
    "registration.register",
    "proof.send_again",
    "security.forgot_password",
    "security.login",
    "security.mf_recovery",
    "security.reset_password",
    "security.two_factor_setup",  # of who has just entered their password
    "security.two_factor_token_validation",
    "surveys.answer",  # these and the tickets: the secret is in the address
    "surveys.begin",
    "surveys.start",
    "surveys.thanks",
    "tickets.calendar",
    "tickets.cancel",
    "tickets.ticket",
}
# Of Flask-Security, which Terrain does not use: closed to all.
CLOSED = {"security.static", "security.two_factor_rescue", "security.tf_select"}


def rules(app: Flask, *access: frozenset[str]) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) in access]


def address(rule: Rule) -> str:
    """Return an address of a rule, with made-up values."""
    return re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda match: "1" if match[1] == "int" else "x", str(rule))


def test_the_public_pages_are_these_and_no_others(session_app: Flask) -> None:
    assert {rule.endpoint for rule in rules(session_app, PUBLIC)} == PUBLIC_PAGES


def test_a_view_that_says_nothing_is_closed(session_app: Flask) -> None:
    assert {rule.endpoint for rule in rules(session_app, frozenset())} == CLOSED


def test_a_view_that_forgot_its_mark_is_noticed_and_closed(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    app.add_url_rule("/opened", "opened", public(lambda: "open to all"))
    assert {rule.endpoint for rule in rules(app, frozenset())} - CLOSED == {"forgotten"}
    assert {rule.endpoint for rule in rules(app, PUBLIC)} - PUBLIC_PAGES == {"opened"}
    assert app.test_client().get("/forgotten").status_code == 403


def test_a_visitor_reaches_no_private_page(app: Flask, client: Client) -> None:
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access == PUBLIC:
            continue
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            response = client.open(address(rule), method=method, headers={"Accept": "text/html"})
            refused = response.status_code in {400, 403} or "/sign-in" in response.headers.get("Location", "")
            if scope_of(access):  # for programs: tests/api/test_tokens.py tries each call with other scopes
                refused = response.status_code == 401
            assert refused, f"{method} {rule}: {response.status}"


def test_a_fan_reaches_no_page_of_staff(app: Flask, as_fan: Client) -> None:
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access in (PUBLIC, SIGNED_IN) or "GET" not in (rule.methods or set()):
            continue
        status = 401 if scope_of(access) else 403  # a session is nothing to a call for programs
        assert as_fan.get(address(rule)).status_code == status, str(rule)


@pytest.mark.parametrize("path", ["/manage/", "/admin/people", "/reports/", "/door/"])
def test_a_role_without_the_second_factor_leads_to_the_sign_in_of_staff(
    app: Flask, client: Client, path: str, request: pytest.FixtureRequest
) -> None:
    member = request.getfixturevalue("marketer" if path == "/reports/" else "admin")
    client.sign_in(member, strong=False)
    assert client.get(path).headers["Location"].startswith("/staff/sign-in")


def test_production_has_no_page_of_development(session_app: Flask, tmp_path: object) -> None:
    from app import create_app

    environ = {
        "TERRAIN_ENV": "production",
        "TERRAIN_SECRET_KEY": "k" * 40,
        "TERRAIN_INSTANCE": str(tmp_path),
        "TERRAIN_PUBLIC_URL": "https://terrain.example.org",
    }
    app = create_app(environ)
    assert not [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/dev")]
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_HTTPONLY"]
