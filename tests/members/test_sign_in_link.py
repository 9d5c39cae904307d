"""/sign-in/link/…: the button of the mail."""

from __future__ import annotations

import logging

import pytest

from app.clock import now
from app.db import db
from app.members.actions_codes import issue_code
from app.members.models import EmailCode, Member
from tests.client import Client, text_of
from tests.members.pages import is_signed_in, is_strong, last_mail, path_in


def mailed_path(client: Client, email: str | None) -> str:
    client.post("/sign-in", data={"email": email, "next": "/me/profile", **client.csrf("/sign-in")})
    return path_in(last_mail())


def test_opening_the_link_signs_nobody_in_since_mail_scanners_open_links(client: Client, fan: Member) -> None:
    path = mailed_path(client, fan.email)
    page = client.get(path + "?lang=en")
    client.get(path)
    assert "You sign in as camille@example.org." in text_of(page.text)
    assert not is_signed_in(client)
    assert db.session.query(EmailCode).one().used_at is None


def test_its_button_signs_in_once_and_leads_on(client: Client, fan: Member) -> None:
    path = mailed_path(client, fan.email)
    token = client.csrf(path)
    assert client.post(path, data=token).location == "/me/profile"
    assert is_signed_in(client)
    assert not is_strong(client)
    assert client.get(path).location == "/sign-in"


def test_a_press_that_comes_from_elsewhere_is_refused(client: Client, fan: Member) -> None:
    assert client.post(mailed_path(client, fan.email)).status_code == 400
    assert not is_signed_in(client)


def test_a_broken_link_leads_back_with_a_sentence(client: Client) -> None:
    page = client.get("/sign-in/link/abc?lang=en", follow_redirects=True)
    assert "This link is not complete." in text_of(page.text)


def test_a_link_that_confirms_a_seat_does_not_sign_in(client: Client, fan: Member) -> None:
    issued = issue_code(fan, "rsvp:1", "", now())
    assert client.get(f"/sign-in/link/{issued.link_token}").location == "/sign-in"


def test_the_link_is_not_logged(client: Client, fan: Member, caplog: pytest.LogCaptureFixture) -> None:
    path = mailed_path(client, fan.email)
    logging.getLogger("app").addHandler(caplog.handler)
    client.get(path)
    logging.getLogger("app").removeHandler(caplog.handler)
    assert "/sign-in/link/…" in caplog.text
    assert path.rpartition("/")[2] not in caplog.text
