"""/staff/sign-in: password, then authenticator."""

from __future__ import annotations

import re
from typing import cast

import pytest
from flask import Flask
from flask_security import hash_password

from app.db import db
from app.members.models import Member
from tests.client import Client, field_value, text_of
from tests.members.pages import PASSWORD, another, authenticator_code, is_signed_in, is_strong

CODE_PAGE = "/staff/code?next=/staff"


def enter_password(
    client: Client, email: str = "ines@example.org", password: str = PASSWORD, path: str = ""
) -> str:
    path = path or "/staff/sign-in?lang=en"
    data = {"email": email, "password": password, **client.csrf(path)}
    response = client.post(path, data=data)
    return response.location or text_of(response.text)


def enter_code(client: Client, code: str, path: str = "/staff/code") -> str:
    response = client.post(path, data={"code": code, **client.csrf(path)})
    return response.location or text_of(response.text)


def secret_of(member: Member) -> str:
    db.session.refresh(member)
    return str(member.tf_totp_secret)


def test_password_and_authenticator_open_the_staff_pages(client: Client, staff: Member) -> None:
    assert enter_password(client) == CODE_PAGE
    assert not is_signed_in(client)
    assert enter_code(client, authenticator_code(secret_of(staff))) == "/staff"
    assert is_strong(client)
    assert client.get("/staff/account").status_code == 200


def test_staff_come_back_to_the_page_they_wanted(client: Client, staff: Member) -> None:
    there = client.get("/staff/account").location
    assert there == "/staff/sign-in?next=/staff/account"
    onward = enter_password(client, path=there)
    assert enter_code(client, authenticator_code(secret_of(staff)), onward) == "/staff/account"


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(client: Client, staff: Member, evil: str) -> None:
    page = enter_password(client, path=f"/staff/sign-in?lang=en&next={evil}")
    if "Terrain only leads to its own pages." not in page:
        assert page == "/staff/code?next=/%5Cevil.example", "a page of this site that does not exist"
    enter_password(client)
    client.get(f"/staff/code?next={evil}")
    data = {"code": authenticator_code(secret_of(staff)), **client.csrf("/staff/code")}
    location = client.post(f"/staff/code?next={evil}", data=data).location
    assert location in {"/staff", "/%5Cevil.example"}


WRONG = "This address and password do not go together. Check both."


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ines@example.org", "a wrong password"),
        ("nobody@example.org", PASSWORD),
        ("camille@example.org", PASSWORD),
    ],
)
def test_wrong_password_unknown_address_and_fan_get_the_same_answer(
    client: Client, staff: Member, fan: Member, email: str, password: str
) -> None:
    fan.password = hash_password(PASSWORD)  # as of somebody who was staff once
    db.session.commit()
    page = enter_password(client, email, password)
    assert WRONG in page
    assert page.replace(email, "") == enter_password(client, "x@example.org").replace("x@example.org", "")


def test_a_member_without_a_password_cannot_use_the_form(client: Client, cm: Member) -> None:
    assert WRONG in enter_password(client)


def test_a_closed_account_cannot_sign_in(client: Client, staff: Member) -> None:
    staff.active = False
    db.session.commit()
    enter_password(client)
    assert client.get("/staff/code").location.endswith("/staff/sign-in")


def test_the_second_step_wants_the_first(client: Client, staff: Member) -> None:
    assert client.get("/staff/code").location.endswith("/staff/sign-in")
    assert client.get("/staff/recovery").location.endswith("/staff/sign-in")
    assert client.get("/staff/authenticator").location.endswith("/staff/sign-in")


@pytest.mark.parametrize("code", ["", "abc", "000000", "12345"])
def test_a_wrong_code_is_refused(client: Client, staff: Member, code: str) -> None:
    enter_password(client)
    assert "does not fit" in enter_code(client, code) or not code
    assert not is_signed_in(client)


def test_a_code_that_was_used_is_refused(client: Client, staff: Member) -> None:
    code = authenticator_code(secret_of(staff))
    enter_password(client)
    enter_code(client, code)
    spy = another(client)
    enter_password(spy)
    assert "does not fit" in enter_code(spy, code)
    assert not is_signed_in(spy)
    assert enter_code(spy, authenticator_code(secret_of(staff), 1)) == "/staff"


def test_a_code_of_the_step_before_a_used_one_is_refused(client: Client, staff: Member) -> None:
    enter_password(client)
    enter_code(client, authenticator_code(secret_of(staff), 1))
    spy = another(client)
    enter_password(spy)
    assert "does not fit" in enter_code(spy, authenticator_code(secret_of(staff)))


def test_the_first_time_an_authenticator_is_set_up(client: Client, cm: Member) -> None:
    cm.password = hash_password(PASSWORD)
    db.session.commit()
    assert enter_password(client) == "/staff/authenticator"
    assert client.get("/staff/account").location.startswith("/staff/sign-in")
    path = "/staff/authenticator"
    page = client.post(path, data={"setup": "authenticator", **client.csrf(path)}).text
    assert "data:image/svg+xml;base64," in page
    assert re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}", text_of(page)), "the key to type by hand"
    with client.session_transaction() as session:
        secret = session["tf_totp_secret"]
    data = {"code": authenticator_code(secret), "csrf_token": field_value(page, "csrf_token")}
    assert client.post("/staff/code", data=data).location == "/staff"
    assert is_strong(client)
    assert secret_of(cm) == secret
    # And then the codes for the day when the phone is lost.
    assert client.get("/staff").location == "/staff/recovery-codes"


def test_the_secret_in_the_cookie_is_encrypted(client: Client, cm: Member) -> None:
    cm.password = hash_password(PASSWORD)
    db.session.commit()
    enter_password(client)
    path = "/staff/authenticator"
    page = text_of(client.post(path, data={"setup": "authenticator", **client.csrf(path)}).text)
    key = re.search(r"(?:[A-Z2-7]{4}-){3,}[A-Z2-7]+", page)
    assert key
    with client.session_transaction() as session:
        assert key[0].replace("-", "") not in str(dict(session))


def test_a_session_opened_by_mail_cannot_replace_the_authenticator(client: Client, staff: Member) -> None:
    client.sign_in(staff)  # what a code in a mailbox gives
    before = secret_of(staff)
    for path in ("/staff/authenticator", "/staff/sign-in"):
        client.get(path)
        token = client.csrf("/staff/sign-in")
        client.post("/staff/authenticator", data={"setup": "authenticator", **token})
    assert client.get("/staff/recovery-codes").location.startswith("/staff/sign-in")
    assert client.get("/staff/password").location.startswith("/staff/sign-in")
    assert secret_of(staff) == before


def test_a_session_opened_by_mail_may_go_on_to_the_password(client: Client, staff: Member) -> None:
    client.sign_in(staff)
    assert client.get("/staff/account").location == "/staff/sign-in?next=/staff/account"
    assert enter_password(client) == CODE_PAGE
    enter_code(client, authenticator_code(secret_of(staff)))
    assert is_strong(client)


def test_staff_who_are_signed_in_are_led_to_their_desk(client: Client, staff: Member) -> None:
    client.sign_in(staff, strong=True)
    assert client.get("/staff/sign-in").location == "/staff"


@pytest.mark.parametrize("path", ["/tf-select", "/tf-rescue", "/fs-static/css/base.css"])
def test_pages_of_flask_security_that_are_not_used_are_closed(
    as_admin: Client, client: Client, path: str
) -> None:
    assert client.get(path).status_code == 403
    assert as_admin.get(path).status_code == 403


def test_the_forms_take_no_json_and_give_no_token(client: Client, staff: Member) -> None:
    client.get("/staff/sign-in")
    body = {"email": "ines@example.org", "password": PASSWORD}
    response = client.post("/staff/sign-in?include_auth_token", json=body)
    assert response.status_code == 415
    assert "authentication_token" not in response.text


def test_a_token_of_flask_securitys_lets_nobody_in(app: Flask, client: Client, staff: Member) -> None:
    with app.test_request_context("/"):
        token = cast(str, staff.get_auth_token())
    for path, headers in (("/me", {"Authentication-Token": token}), (f"/me?auth_token={token}", {})):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 302
        assert "/sign-in" in answer.location
