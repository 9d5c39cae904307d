"""/me and what a person changes there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import cast

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.members.actions_consents import record_consents
from app.members.actions_privacy import erase_member
from app.members.models import Consent, ConsentPurpose, EmailCode, Member
from app.members.queries import consents_of
from app.outbox import Message, MessageStatus, queue_mail
from app.privacy import ERASERS, EXPORTS, erases, exports
from tests.client import Client, text_of
from tests.factories import make_member
from tests.meanwhile import elsewhere, just_before
from tests.members.pages import another, is_signed_in

PAGES = ["/me", "/me/profile", "/me/consents", "/me/privacy", "/me/privacy/export"]
ANSWERS = {"consent_invitations": "yes", "consent_product_news": "no", "consent_photos": "no"}


@pytest.mark.parametrize("path", PAGES)
def test_these_pages_want_a_person(client: Client, path: str) -> None:
    assert client.get(path).location == f"/sign-in?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens_in_both_languages(as_fan: Client, path: str) -> None:
    assert as_fan.get(path).status_code == 200
    assert as_fan.get(path + "?lang=en").status_code == 200


def test_the_page_greets_by_name(as_fan: Client) -> None:
    assert "Hello Camille O’Brien-Nguyễn" in text_of(as_fan.get("/me?lang=en").text)


def test_a_profile_is_saved_tidily(as_fan: Client, fan: Member) -> None:
    data = {"display_name": "  Camille   D. ", "city": " Lyon ", "locale": "en", **as_fan.csrf("/me/profile")}
    assert as_fan.post("/me/profile", data=data).location == "/me?lang=en"
    assert (fan.display_name, fan.city, fan.locale) == ("Camille D.", "Lyon", "en")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("display_name", " ", "Enter the name you would like to be called by."),
        ("locale", "de", "Not a valid choice"),
    ],
)
def test_a_wrong_profile_is_refused_beside_the_field(
    as_fan: Client, fan: Member, field: str, value: str, sentence: str
) -> None:
    data = {"display_name": "Cam", "city": "", "locale": "en", **as_fan.csrf("/me/profile"), field: value}
    assert sentence in text_of(as_fan.post("/me/profile?lang=en", data=data).text)
    assert fan.display_name == "Camille O’Brien-Nguyễn"


def test_the_address_cannot_be_changed_by_a_forged_field(as_fan: Client, fan: Member) -> None:
    data = {"display_name": "Cam", "city": "", "locale": "fr", "email": "evil@example.org", "active": "0"}
    as_fan.post("/me/profile", data=data | as_fan.csrf("/me/profile"))
    assert (fan.email, fan.active) == ("camille@example.org", True)


def test_no_consent_is_preselected(as_fan: Client) -> None:
    assert " checked" not in as_fan.get("/me/consents").text


def test_answers_are_logged_as_they_were_asked_and_shown(as_fan: Client, fan: Member) -> None:
    data = ANSWERS | as_fan.csrf("/me/consents")
    assert as_fan.post("/me/consents?lang=en", data=data).location == "/me/consents"
    held = consents_of(fan.id)
    assert {purpose.value: consent.granted for purpose, consent in held.items()} == {
        "invitations": True,
        "product-news": False,
        "photos": False,
    }
    assert (held[ConsentPurpose.PHOTOS].locale, held[ConsentPurpose.PHOTOS].source) == ("en", "profile")
    page = as_fan.get("/me/consents")
    assert page.text.count(" checked") == 3
    assert "May we invite you to our meetups by e-mail?" in text_of(page.text)


def test_a_question_left_open_is_refused_and_nothing_is_logged(as_fan: Client, fan: Member) -> None:
    data = {"consent_invitations": "yes", **as_fan.csrf("/me/consents")}
    assert "Choose yes or no." in text_of(as_fan.post("/me/consents?lang=en", data=data).text)
    assert consents_of(fan.id) == {}


def test_a_mind_is_changed_by_a_new_line_and_the_old_one_stays(as_fan: Client, fan: Member) -> None:
    record_consents(fan, {ConsentPurpose.INVITATIONS: True}, "rsvp:1", "fr", now())
    as_fan.post("/me/consents", data=ANSWERS | {"consent_invitations": "no"} | as_fan.csrf("/me/consents"))
    assert not consents_of(fan.id)[ConsentPurpose.INVITATIONS].granted
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == 4


def test_the_export_says_what_is_known_and_nothing_secret(as_fan: Client, fan: Member) -> None:
    record_consents(fan, {ConsentPurpose.INVITATIONS: True}, "rsvp:1", "fr", now())
    response = as_fan.get("/me/privacy/export")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="terrain-')
    data = json.loads(response.text)
    assert data["member"]["name"] == "Camille O’Brien-Nguyễn"
    assert data["consents"][0]["wording"].endswith("e-mail\u00a0?")
    assert fan.fs_uniquifier not in response.text


def test_other_features_add_to_the_export_and_to_forgetting(as_fan: Client, fan: Member) -> None:
    forgotten = []

    @exports("games")
    def games(member_id: int) -> list[int]:
        return [member_id]

    @erases
    def forget(member_id: int, at: datetime) -> None:
        forgotten.append(member_id)

    try:
        assert json.loads(as_fan.get("/me/privacy/export").text)["games"] == [fan.id]
        as_fan.post("/me/privacy/erase", data={"sure": "y", **as_fan.csrf("/me/privacy")})
    finally:
        del EXPORTS["games"]
        ERASERS.remove(forget)
    assert set(forgotten) == {fan.id}


def test_nobody_is_erased_by_one_careless_press(as_fan: Client, fan: Member) -> None:
    page = as_fan.post("/me/privacy/erase?lang=en", data=as_fan.csrf("/me/privacy"))
    assert "Tick this box if you want your account erased." in text_of(page.text)
    assert fan.erased_at is None


def test_erasing_leaves_nothing_that_names_the_person(as_fan: Client, fan: Member) -> None:
    record_consents(fan, {ConsentPurpose.INVITATIONS: True}, "rsvp:1", "fr", now())
    template = "members/sign_in_unknown"
    queue_mail(template, str(fan.email), "a", "fr", member_id=fan.id)
    queue_mail(template, str(fan.email), "b", "fr")  # by address alone
    queue_mail(template, "other@example.org", "c", "fr")
    response = as_fan.post("/me/privacy/erase", data={"sure": "y", **as_fan.csrf("/me/privacy")})
    assert response.location == "/"
    assert not is_signed_in(as_fan)
    assert (fan.email, fan.display_name, fan.city, fan.active) == (None, "", "", False)
    assert fan.erased_at is not None
    consent = db.session.scalars(sa.select(Consent)).one()
    assert consent.granted  # the proof stays, about nobody
    messages = {message.key: message for message in db.session.scalars(sa.select(Message))}
    for key in "ab":
        assert (messages[key].to, messages[key].text, messages[key].html) == ("", "", "")
        assert messages[key].status is MessageStatus.DROPPED
    assert messages["c"].to == "other@example.org"
    assert db.session.scalars(sa.select(EmailCode)).all() == []
    assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["member.erase"]


def test_every_other_browser_of_the_person_is_signed_out(as_fan: Client, fan: Member) -> None:
    other = another(as_fan).sign_in(fan)
    assert other.get("/me/profile").status_code == 200
    as_fan.post("/me/privacy/erase", data={"sure": "y", **as_fan.csrf("/me/privacy")})
    assert other.get("/me/profile").location.startswith("/sign-in")


def test_who_saves_their_profile_while_they_are_erased_elsewhere_leaves_nothing(each_database: Flask) -> None:
    member = make_member("Zoé", email="zoe@example.org")
    member_id, browser = member.id, cast(Client, each_database.test_client()).sign_in(member)
    data = {"display_name": "Zoé Blanc", "city": "Lyon", "locale": "en", **browser.csrf("/me/profile")}

    def erase() -> None:
        erase_member(db.session.get_one(Member, member_id), now())

    just_before("UPDATE members", lambda: elsewhere(each_database, erase))
    page = browser.post("/me/profile?lang=en", data=data, follow_redirects=True)
    assert "This account has just been erased." in text_of(page.text)
    db.session.expire_all()
    assert browser.get("/me").location == "/sign-in?next=/me"
    assert (member.display_name, member.city, member.searched.strip()) == ("", "", "")


def test_the_address_can_be_used_again_for_a_new_account(as_fan: Client, fan: Member) -> None:
    as_fan.post("/me/privacy/erase", data={"sure": "y", **as_fan.csrf("/me/privacy")})
    assert make_member(email="camille@example.org").id != fan.id


def test_the_last_administrator_cannot_leave(as_admin: Client, admin: Member) -> None:
    page = as_admin.post("/me/privacy/erase?lang=en", data={"sure": "y", **as_admin.csrf("/me/privacy")})
    assert "You are the only administrator." in text_of(page.text)
    assert admin.erased_at is None


def test_staff_prove_themselves_before_they_leave(client: Client, cm: Member) -> None:
    client.sign_in(cm)
    response = client.post("/me/privacy/erase", data={"sure": "y", **client.csrf("/me/privacy")})
    assert response.location.startswith("/staff/sign-in")
    assert cm.erased_at is None
