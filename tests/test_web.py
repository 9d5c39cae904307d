"""What every answer carries: security headers, ETags, request ids; error pages; health; settings."""

from __future__ import annotations

import logging
from pathlib import Path

import brotli
import pytest
import sqlalchemy as sa
from flask import Flask

from app import config, create_app
from app.clock import now
from app.db import db
from app.events.models import Event
from app.members.actions_codes import issue_code
from app.members.models import Member
from tests.client import Client, text_of

ERROR_TITLES = {"fr": "Hors de la carte", "en": "Off the map"}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing-here"])
def test_every_page_carries_a_strict_policy(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "script-src 'self' 'nonce-" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert len(headers["X-Request-Id"]) == 12


def test_a_public_page_has_an_etag_and_is_not_sent_twice(client: Client, event: Event) -> None:
    for page in ("/", f"/events/{event.slug}"):
        first = client.get(page)
        again = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        # The stored page keeps its own nonce, so the answer must not bring another.
        assert "Content-Security-Policy" not in again.headers


def test_a_page_of_a_member_is_never_stored(as_fan: Client) -> None:
    assert "no-store" in as_fan.get("/").headers["Cache-Control"]


def test_a_page_whose_address_is_a_secret_is_never_stored(client: Client, fan: Member) -> None:
    token = issue_code(fan, "sign-in", "", now()).link_token
    db.session.commit()
    for _visit in range(2):  # the second one leaves the session as it was
        response = client.get(f"/sign-in/link/{token}")
        assert "no-store" in response.headers["Cache-Control"]
        assert "ETag" not in response.headers


def test_static_files_are_compressed_hashed_and_kept_for_ever(client: Client, app: Flask) -> None:
    version = app.extensions["static_version"]
    response = client.get(f"/static/{version}/css/base.css", headers={"Accept-Encoding": "br, gzip"})
    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Encoding"] == "br"
    assert response.headers["Vary"] == "Accept-Encoding"
    plain = client.get(f"/static/{version}/css/base.css")
    assert "Content-Encoding" not in plain.headers
    assert plain.data == brotli.decompress(response.data)
    plain.close()
    for served in (response, plain):
        assert served.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert client.get("/static/0123456789ab/css/base.css").status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_error_pages_speak_both_languages_and_need_no_database(
    client: Client, statements: list[str], language: str
) -> None:
    response = client.get("/nothing-here", headers={"Accept-Language": language})
    assert ERROR_TITLES[language] in response.text
    assert response.headers["X-Request-Id"] in response.text
    assert statements == []


def test_an_error_of_ours_shows_the_request_id_and_no_detail(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setitem(app.view_functions, "events.home", fail)
    fail.access = frozenset({"public"})  # type: ignore[attr-defined]
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    response = client.get("/")
    assert response.status_code == 500
    assert "a secret detail" not in response.text
    assert response.headers["X-Request-Id"] in response.text
    assert any(record.exc_info for record in caplog.records if record.levelno == logging.ERROR)


def test_a_form_without_its_token_is_refused(client: Client) -> None:
    assert client.post("/sign-in", data={"email": "camille@example.org"}).status_code == 400


def test_the_language_is_the_persons_then_the_browsers_then_the_brands(client: Client) -> None:
    def language(path: str = "/", **headers: str) -> str:
        return "fr" if '<html lang="fr"' in client.get(path, headers=headers).text else "en"

    assert language() == "fr"
    assert language(**{"Accept-Language": "en-GB,en;q=0.8"}) == "en"
    assert language("/?lang=en") == "en"
    assert language(**{"Accept-Language": "fr"}) == "en", "a choice is remembered"


def test_health_and_readiness(client: Client) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}
    db.session.execute(sa.text("ALTER TABLE messages RENAME TO gone"))
    db.session.commit()
    assert client.get("/readyz").status_code == 503


def test_metrics_answer_this_machine_or_who_has_the_token(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/")
    assert "terrain_requests_total" in client.get("/metrics").text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "let me in")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer let me in"}).status_code == 200


def test_methods_that_a_stranger_invents_are_counted_together(client: Client) -> None:
    client.open("/", method="INVENTED")
    figures = client.get("/metrics").text
    assert 'method="other"' in figures
    assert "INVENTED" not in figures


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ENV", "prod", "“production” or “development”"),
        ("DATABASE_URL", "mysql://x", "postgresql+psycopg://"),
        ("MIN_GROUP", "2", "from 3 to 100"),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("TRUSTED_PROXIES", "many", "from 0 to 5"),
        ("PUBLIC_URL", "terrain.example.org", "http:// or https://"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(name: str, value: str, words: str) -> None:
    environ = {"TERRAIN_ENV": "production", "TERRAIN_SECRET_KEY": "k" * 40} | {f"TERRAIN_{name}": value}
    with pytest.raises(config.ConfigError) as caught:
        create_app(environ)
    assert f"TERRAIN_{name}" in str(caught.value)
    assert words in str(caught.value)
    assert name == "SECRET_KEY" or value in str(caught.value)


def test_the_sentence_about_a_wrong_address_keeps_its_password() -> None:
    environ = {
        "TERRAIN_ENV": "development",
        "TERRAIN_DATABASE_URL": "postgres://terrain:p@ss/w@db.example.org/x",
    }
    with pytest.raises(config.ConfigError, match=r"“postgres://\*\*\*@db.example.org/x”"):
        create_app(environ)


def test_production_without_a_secret_does_not_start() -> None:
    with pytest.raises(config.ConfigError, match="TERRAIN_SECRET_KEY is empty"):
        create_app({"TERRAIN_ENV": "production"})


def test_production_keeps_what_people_sent_out_of_the_errors_of_the_database(tmp_path: Path) -> None:
    environ = {"TERRAIN_ENV": "production", "TERRAIN_SECRET_KEY": "k" * 40, "TERRAIN_INSTANCE": str(tmp_path)}
    with create_app(environ).app_context():
        with pytest.raises(sa.exc.OperationalError, match="no such table") as caught:
            db.session.execute(sa.text("SELECT :email FROM nowhere"), {"email": "camille@example.org"})
        db.session.rollback()
        db.engine.dispose()
    assert "camille" not in str(caught.value)


def test_the_brand_is_shown_and_a_colour_that_cannot_be_read_is_refused(as_admin: Client) -> None:
    path = "/admin/brand"
    values = {
        "name": "Maison Verveine",
        "default_locale": "fr",
        "ink": "#17362b",
        "accent": "#b3452a",
        "points_colour": "#f5be3c",
        "house_rules_fr": "# Soyez **doux**",
    }
    refused = as_admin.post(path, data=as_admin.csrf(path) | values | {"accent": "#ffee99"})
    assert "La couleur la plus proche qui convient est #" in text_of(refused.text)
    as_admin.post(path, data=as_admin.csrf(path) | values)
    assert "Maison Verveine" in as_admin.get("/").text
    assert "<strong>doux</strong>" in as_admin.get("/house-rules").text
    assert "#17362b" in as_admin.get("/brand.css").text


def test_a_picture_that_is_none_is_refused_beside_its_field(as_admin: Client) -> None:
    from io import BytesIO

    path = "/admin/brand"
    values = {
        "name": "M",
        "default_locale": "fr",
        "ink": "#17362b",
        "accent": "#b3452a",
        "points_colour": "#f5be3c",
    }
    data = as_admin.csrf(path) | values | {"picture": (BytesIO(b"GIF89a<script>"), "logo.png")}
    answer = as_admin.post(path, data=data, content_type="multipart/form-data")
    assert "JPEG, PNG ou WebP" in text_of(answer.text)
