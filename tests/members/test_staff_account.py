"""Recovery codes, passwords and authenticators of staff."""

from __future__ import annotations

import re
import time

import pytest

from app.members.models import Member
from tests.client import Client, field_value, text_of
from tests.members.pages import (
    PASSWORD,
    another,
    authenticator_code,
    is_signed_in,
    is_strong,
    last_mail,
    mails,
    path_in,
)
from tests.members.test_staff_sign_in import CODE_PAGE, enter_code, enter_password, secret_of

NEW = "four quite unrelated words"


@pytest.fixture
def strong(client: Client, staff: Member) -> Client:
    """Inès's browser, freshly signed in with both factors."""
    client.sign_in(staff, strong=True)
    with client.session_transaction() as session:
        session["fs_paa"] = time.time()
    return client


def make_codes(client: Client) -> list[str]:
    path = "/staff/recovery-codes"
    page = client.post(path, data={"generate_new_codes": "yes", **client.csrf(path)})
    return re.findall(r"<code>([0-9a-f-]+)</code>", page.text)


def test_a_recovery_code_stands_in_for_the_authenticator_once(strong: Client, staff: Member) -> None:
    codes = make_codes(strong)
    assert len(set(codes)) == 8
    other = another(strong)
    enter_password(other)
    assert enter_code(other, codes[3], "/staff/recovery") == "/staff"
    assert is_strong(other)
    again = another(strong)
    enter_password(again)
    assert "does not fit" in enter_code(again, codes[3], "/staff/recovery")
    assert not is_signed_in(again)
    assert enter_code(again, codes[4], "/staff/recovery") == "/staff"


def test_recovery_codes_are_stored_encrypted(strong: Client, staff: Member) -> None:
    codes = make_codes(strong)
    assert codes[0] not in str(staff.mf_recovery_codes)


def test_new_recovery_codes_replace_the_old_ones(strong: Client, staff: Member) -> None:
    old = make_codes(strong)
    make_codes(strong)
    other = another(strong)
    enter_password(other)
    assert "does not fit" in enter_code(other, old[0], "/staff/recovery")


def test_codes_are_shown_to_who_has_just_proven_themselves(strong: Client, staff: Member) -> None:
    make_codes(strong)
    with strong.session_transaction() as session:
        session["fs_paa"] = time.time() - 3600
    path = "/staff/recovery-codes?show_codes=yes"
    again = strong.get(path).location
    assert again.startswith("/staff/verify?next=")
    wrong = {"password": "a wrong password", **strong.csrf(again)}
    assert "This is not your password." in text_of(strong.post(again + "&lang=en", data=wrong).text)
    assert strong.post(again, data={"password": PASSWORD, **strong.csrf(again)}).location == path
    assert strong.get(path).text.count("<code>") == 8


def change(client: Client, **values: str) -> str:
    data = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW} | values
    response = client.post("/staff/password?lang=en", data=data | client.csrf("/staff/password"))
    return response.location or text_of(response.text)


def test_a_password_is_changed_and_other_browsers_are_signed_out(strong: Client, staff: Member) -> None:
    other = another(strong).sign_in(staff, strong=True)
    assert change(strong) == "/staff/account"
    assert strong.get("/staff/account").status_code == 200
    assert other.get("/staff/account").location.startswith("/staff/sign-in")
    assert last_mail().template == "members/password_changed"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"password": "a wrong password"}, "This is not your password."),
        (
            {"new_password": "short", "new_password_confirm": "short"},
            "Choose a password of at least 12 characters.",
        ),
        ({"new_password_confirm": "another one entirely"}, "Type the same password twice."),
        ({"new_password": PASSWORD, "new_password_confirm": PASSWORD}, "Choose a password that differs"),
        ({"password": ""}, "Enter your password."),
    ],
)
def test_a_bad_password_is_refused_beside_the_field(
    strong: Client, staff: Member, values: dict[str, str], sentence: str
) -> None:
    assert sentence in change(strong, **values)
    assert mails() == []


def test_another_authenticator_is_set_up_by_who_has_just_proven_themselves(
    strong: Client, staff: Member
) -> None:
    old = secret_of(staff)
    path = "/staff/authenticator"
    page = strong.post(path, data={"setup": "authenticator", **strong.csrf(path)}).text
    with strong.session_transaction() as session:
        secret = session["tf_totp_secret"]
    target = re.search(r'action="(/staff/authenticator/[^"]+)"', page)
    assert target
    data = {"code": authenticator_code(secret), "csrf_token": field_value(page, "csrf_token")}
    assert strong.post(target[1], data=data).location == "/staff/account"
    assert secret_of(staff) == secret != old
    assert is_strong(strong)


def test_the_authenticator_cannot_be_turned_off(strong: Client, staff: Member) -> None:
    path = "/staff/authenticator"
    strong.post(path, data={"setup": "disable", **strong.csrf(path)})
    assert secret_of(staff) != "None"


def ask_for_link(client: Client, email: str) -> str:
    path = "/staff/password/forgotten"
    return text_of(client.post(path + "?lang=en", data={"email": email, **client.csrf(path)}).text)


def test_a_mailed_link_sets_a_new_password_and_the_authenticator_stays(client: Client, staff: Member) -> None:
    ask_for_link(client, "ines@example.org")
    mail = last_mail()
    assert (mail.to, mail.template, mail.member_id) == ("ines@example.org", "members/password_link", staff.id)
    path = path_in(mail)
    client.get(path)  # as a mail scanner does
    data = {"password": NEW, "password_confirm": NEW, **client.csrf(path)}
    assert client.post(path, data=data).location.endswith("/staff/sign-in")
    assert not is_signed_in(client)
    assert enter_password(client, password=NEW) == CODE_PAGE
    assert last_mail().template == "members/password_changed"
    assert client.get(path).location.endswith("/staff/password/forgotten")


def test_the_link_is_built_from_the_public_address_not_from_the_request(
    client: Client, staff: Member
) -> None:
    path = "/staff/password/forgotten"
    data = {"email": "ines@example.org", **client.csrf(path)}
    client.post(path, data=data, headers={"Host": "evil.example"})
    assert all("evil.example" not in mail.text + mail.html for mail in mails())


@pytest.mark.parametrize("email", ["nobody@example.org", "camille@example.org"])
def test_fans_and_strangers_get_the_same_screen_and_no_link(
    client: Client, staff: Member, fan: Member, email: str
) -> None:
    page = ask_for_link(client, email)
    assert f"If {email} belongs to a member of staff" in page
    assert mails() == []
    assert ask_for_link(client, "ines@example.org") == page.replace(email, "ines@example.org")


def test_a_short_password_is_refused_by_the_link_too(client: Client, staff: Member) -> None:
    ask_for_link(client, "ines@example.org")
    path = path_in(last_mail())
    data = {"password": "short", "password_confirm": "short", **client.csrf(path)}
    assert "Choose a password of at least 12 characters." in text_of(
        client.post(path + "?lang=en", data=data).text
    )


def test_a_forged_link_is_refused(client: Client) -> None:
    assert client.get("/staff/password/forgotten/abc").location.endswith("/staff/password/forgotten")
