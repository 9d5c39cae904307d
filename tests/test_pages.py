"""Pages that are written once for all strangers: never a page of something else, of somebody else, or of before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, template_rendered
from jinja2 import Template

from app import pages
from app.brand.models import Brand
from app.clock import now
from app.db import db
from app.events.models import Event, RsvpStatus, Slot
from app.events.models_questions import AskedKind, EventQuestion
from app.members.models import Member
from tests.client import Client, field_value, text_of
from tests.factories import make_rsvp


@pytest.fixture
def written(app: Flask) -> Iterator[list[str]]:
    """Return a list that grows with each page that had to be written."""
    names: list[str] = []

    def note(_app: Flask, template: Template, **_context: Any) -> None:
        names.append(template.name or "")

    with template_rendered.connected_to(note, app):
        yield names


def stranger(app: Flask) -> Client:
    return Client(app)


def read(app: Flask, path: str, **headers: str) -> str:
    return stranger(app).get(path, headers=headers).get_data(as_text=True)


def test_two_strangers_are_shown_one_page_with_a_nonce_each(
    app: Flask, event: Event, written: list[str]
) -> None:
    path = f"/events/{event.slug}"
    first, second = (stranger(app).get(path) for _visit in range(2))
    nonces = [
        answer.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
        for answer in (first, second)
    ]
    assert nonces[0] != nonces[1]
    assert nonces[0] in first.text
    assert nonces[1] in second.text
    assert nonces[0] not in second.text
    assert first.headers["ETag"] == second.headers["ETag"]
    assert len(written) <= 2  # two where a minute ended between them


def test_each_stranger_gets_a_form_that_this_browser_alone_may_send(
    app: Flask, event: Event, written: list[str]
) -> None:
    path = f"/events/{event.slug}/register"
    one, other = stranger(app), stranger(app)
    tokens = [field_value(browser.get(path).text, "csrf_token") for browser in (one, other)]
    assert tokens[0] != tokens[1]
    assert len(written) <= 2
    said = {"name": "Ana O’Brien-Nguyễn", "email": "ana@example.org"}
    said |= {f"consent_{name}": "no" for name in ("invitations", "product_news", "photos")}
    assert one.post(path, data=said | {"csrf_token": tokens[0]}).status_code < 400
    assert other.post(path, data=said | {"csrf_token": tokens[0]}).status_code == 400


def test_the_page_of_the_digits_names_each_ones_own_address(
    app: Flask, event: Event, written: list[str]
) -> None:
    path = f"/events/{event.slug}/register"
    addresses = ["zoe@example.org", "o'brien&co@example.org", "z@example.org"]
    for number, address in enumerate(addresses):
        browser = stranger(app)
        said = {
            "name": "Ana",
            "email": address,
            "csrf_token": field_value(browser.get(path).text, "csrf_token"),
        }
        said |= {f"consent_{name}": "no" for name in ("invitations", "product_news", "photos")}
        answers = [browser.post(path, data=said).text, browser.get(f"{path}/check").text]
        tokens = {field_value(answer, "csrf_token") for answer in answers}
        for answer in answers:
            assert address in text_of(answer)
            assert not [other for other in addresses if other != address and f" {other}" in text_of(answer)]
            assert "\0" not in answer
        wrong = browser.post(f"{path}/check", data={"digits": "0", "csrf_token": tokens.pop()})
        assert address in text_of(wrong.text)
        assert written.count("registration/check.html") <= 2 * 2 + number + 1  # a minute may end


def test_what_changes_is_shown_at_once(app: Flask, event: Event, fan: Member) -> None:
    path = f"/events/{event.slug}"
    event.capacity = 11
    db.session.commit()
    assert "Plenty of seats" in read(app, path, **{"Accept-Language": "en"})
    for seat in (10, 9):
        event.seats_taken += 1
        db.session.commit()
        if seat == 9:
            assert "9 seats left" in read(app, path, **{"Accept-Language": "en"})
    event.title = "Un autre titre"
    db.session.commit()
    assert "Un autre titre" in read(app, path)
    assert "Un autre titre" in read(app, f"{path}/register")
    event.chapter.name = "Une autre antenne"
    db.session.commit()
    assert "Une autre antenne" in read(app, path)
    db.session.merge(Brand(id=1, name="Une autre marque"))
    db.session.commit()
    assert "Une autre marque" in read(app, path)
    db.session.add(Slot(event=event, name="Table 7", capacity=5))
    db.session.commit()
    assert "Table 7" in read(app, path)
    event.seats_taken = event.capacity
    make_rsvp(event, fan, RsvpStatus.WAITLISTED)
    db.session.commit()
    assert "1 groupe attend" in text_of(read(app, path)) or "un groupe attend" in text_of(read(app, path))


def test_a_new_question_is_asked_at_once(app: Flask, event: Event) -> None:
    path = f"/events/{event.slug}/register"
    read(app, path)
    db.session.add(
        EventQuestion(event_id=event.id, position=1, kind=AskedKind.TEXT, label="Votre allergie ?")
    )
    db.session.commit()
    assert "Votre allergie ?" in read(app, path)


def test_a_word_left_for_one_browser_is_not_shown_to_another(app: Flask, event: Event) -> None:
    path = f"/events/{event.slug}"
    browser = stranger(app)
    with browser.session_transaction() as session:
        session["_flashes"] = [("info", "Un mot pour vous")]
    assert "Un mot pour vous" in browser.get(path).text
    assert "Un mot pour vous" not in read(app, path)


def test_a_member_is_greeted_and_no_stranger_sees_it(
    app: Flask, as_fan: Client, fan: Member, event: Event
) -> None:
    path = f"/events/{event.slug}"
    assert fan.display_name in as_fan.get(path).text
    assert fan.display_name not in read(app, path)
    assert str(fan.email) not in read(app, f"{path}/register")


def test_who_was_signed_in_once_is_a_stranger_again(app: Flask, event: Event) -> None:
    browser = stranger(app)
    for page in ("", "/register"):
        with browser.session_transaction() as session:
            session["_user_id"] = "nobody-any-more"
        assert browser.get(f"/events/{event.slug}{page}").status_code == 200


def test_another_address_or_language_is_another_page(app: Flask, event: Event) -> None:
    path = f"/events/{event.slug}"
    assert "utm_source=affiche" not in read(app, path)
    assert "utm_source=affiche" in read(app, f"{path}?utm_source=affiche")
    assert 'lang="fr"' in read(app, path, **{"Accept-Language": "fr"})
    assert '<html lang="en"' in read(app, path, **{"Accept-Language": "en"})


def test_a_minute_later_the_page_is_written_again(app: Flask) -> None:
    with app.test_request_context("/"):
        at = now().replace(second=0)
        texts = iter(("before", "after"))
        assert pages.shared_page("event", at, lambda: next(texts)) == "before"
        assert pages.shared_page("event", at + timedelta(seconds=59), lambda: next(texts)) == "before"
        assert pages.shared_page("event", at + timedelta(seconds=60), lambda: next(texts)) == "after"


def test_a_page_for_another_mount_point_is_not_shown_here(app: Flask, event: Event) -> None:
    path = f"/events/{event.slug}"
    stranger(app).get(path, environ_overrides={"SCRIPT_NAME": "//evil.example"})
    assert "evil.example" not in read(app, path)


def test_what_follows_people_about_makes_no_other_page(app: Flask, event: Event, written: list[str]) -> None:
    for click in range(5):
        page = read(app, f"/events/{event.slug}?fbclid={click}")
        assert "fbclid" not in page
    assert len(written) <= 2


def test_an_address_of_odd_bytes_is_read_as_any_other(app: Flask, event: Event) -> None:
    for page in ("", "/register"):
        odd = stranger(app).get(
            f"/events/{event.slug}{page}", environ_overrides={"QUERY_STRING": "utm_source=\xff"}
        )
        assert odd.status_code == 200


def test_no_more_pages_are_kept_than_fit(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST", 3)
    app.extensions.pop("pages", None)
    with app.test_request_context("/"):
        at = now()
        for number in range(9):
            pages.shared_page(number, at, lambda: "page")
        assert len(app.extensions["pages"][1]) <= 3
