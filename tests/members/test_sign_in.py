"""/sign-in: a fan asks for a code."""

from __future__ import annotations

import re

import pytest

from app.members.models import Member
from tests.client import Client, find, text_of
from tests.factories import make_member
from tests.members.pages import another, digits_in, is_signed_in, last_mail, mails


def ask(client: Client, email: str, **values: str) -> str:
    """Ask for a code and return the text of the page that takes it."""
    data = {"email": email, **client.csrf("/sign-in?lang=en"), **values}
    return text_of(client.post("/sign-in", data=data, follow_redirects=True).text)


def test_a_fan_signs_in_with_the_digits_of_the_mail(client: Client, fan: Member) -> None:
    ask(client, "Camille@Example.org")
    mail = last_mail()
    assert (mail.to, mail.member_id, mail.locale) == (fan.email, fan.id, "fr")
    data = {"digits": digits_in(mail), **client.csrf("/sign-in/code")}
    response = client.post("/sign-in/code", data=data)
    assert response.location == "/me"
    assert client.get("/me").status_code == 200


def test_the_fan_comes_back_to_the_page_they_came_from(client: Client, fan: Member) -> None:
    ask(client, str(fan.email), next="/me/consents")
    data = {"digits": digits_in(last_mail()), **client.csrf("/sign-in/code")}
    assert client.post("/sign-in/code", data=data).location == "/me/consents"


def test_another_code_is_mailed_to_the_same_address_for_the_same_page(client: Client, fan: Member) -> None:
    ask(client, str(fan.email), next="/me/consents")
    (button,) = find(client.get("/sign-in/code").text, "details form")
    fields = find(client.get("/sign-in/code").text, "details form input")
    sent = {str(field.attrs["name"]): field.attrs.get("value") or "" for field in fields}
    assert client.post(str(button.attrs["action"]), data=sent).location == "/sign-in/code"
    data = {"digits": digits_in(last_mail()), **client.csrf("/sign-in/code")}
    assert client.post("/sign-in/code", data=data).location == "/me/consents"


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(client: Client, fan: Member, evil: str) -> None:
    ask(client, str(fan.email), next=evil)
    data = {"digits": digits_in(last_mail()), **client.csrf("/sign-in/code")}
    assert client.post("/sign-in/code", data=data).location == "/me"


def test_who_is_signed_in_already_goes_on(as_fan: Client) -> None:
    assert as_fan.get("/sign-in?next=/me/profile").location == "/me/profile"


@pytest.mark.parametrize(
    "typed", ["", "camille", "camille@", "@example.org", "a b@example.org", "x" * 300 + "@a.org"]
)
def test_what_is_no_address_is_refused_beside_the_field(client: Client, typed: str) -> None:
    page = ask(client, typed)
    assert "Enter an e-mail address, like name@example.org." in page
    assert mails() == []


def test_a_form_from_elsewhere_is_refused(client: Client, fan: Member) -> None:
    assert client.post("/sign-in", data={"email": fan.email}).status_code == 400
    assert mails() == []


def test_the_screen_does_not_tell_whether_an_address_is_known(client: Client, fan: Member) -> None:
    known, unknown = client, another(client)
    answers = [""]
    pages = [ask(known, "camille@example.org"), ask(unknown, "nobody@example.org")]
    assert pages[0] == pages[1].replace("nobody@", "camille@")
    for _ in range(6):
        answers = []
        for browser in (known, unknown):
            data = {"digits": "000000", **browser.csrf("/sign-in/code")}
            answers.append(text_of(browser.post("/sign-in/code", data=data).text))
        assert answers[0] == answers[1].replace("nobody@", "camille@")
    assert "Too many wrong codes." in answers[0]


def test_nor_does_the_older_of_two_codes(client: Client, fan: Member) -> None:
    answers = []
    for email in ("camille@example.org", "nobody@example.org"):
        first, second = another(client), another(client)
        ask(first, email)
        ask(second, email.title())
        for browser in (first, second):
            data = {"digits": "000000", **browser.csrf("/sign-in/code")}
            answers.append(text_of(browser.post("/sign-in/code", data=data).text))
    answers = [re.sub("(?i)nobody@", "camille@", answer).lower() for answer in answers]
    assert answers[:2] == answers[2:]
    assert "this code is no longer valid." in answers[0]
    assert "this is not the code we sent you." in answers[1]


def test_nor_does_the_work_it_takes(client: Client, fan: Member, statements: list[str]) -> None:
    counts = []
    for email in ("camille@example.org", "nobody@example.org"):
        token = client.csrf("/sign-in")
        for _ in range(2):
            statements.clear()
            client.post("/sign-in", data={"email": email, **token})
            counts.append(len(statements))
    assert counts[:2] == counts[2:]


def test_nor_does_the_cookie(client: Client, fan: Member) -> None:
    keys = []
    for email in ("camille@example.org", "nobody@example.org"):
        browser = another(client)
        ask(browser, email)
        with browser.session_transaction() as session:
            keys.append({name: type(value) for name, value in session["sign_in"].items()})
    assert keys[0] == keys[1]


def test_an_unknown_address_is_told_so_by_mail(client: Client) -> None:
    ask(client, "nobody@example.org")
    mail = last_mail()
    assert (mail.to, mail.member_id) == ("nobody@example.org", None)
    assert "We do not know it" in mail.text


def test_a_closed_account_gets_no_code(client: Client) -> None:
    make_member(email="closed@example.org", active=False)
    ask(client, "closed@example.org")
    assert last_mail().template == "members/sign_in_unknown"


def test_a_code_asked_in_the_mailbox_gives_staff_no_rights(client: Client, admin: Member) -> None:
    ask(client, str(admin.email))
    client.post("/sign-in/code", data={"digits": digits_in(last_mail()), **client.csrf("/sign-in/code")})
    assert is_signed_in(client)
    assert client.get("/admin/people").location.startswith("/staff/sign-in?next=")
    assert client.get("/staff/authenticator").location.endswith("/staff/sign-in")


def test_asking_for_codes_again_and_again_is_slowed_down_for_known_and_unknown_alike(limited: Client) -> None:
    make_member(email="camille@example.org")
    token = limited.csrf("/sign-in")
    for email in ("camille@example.org", "nobody@example.org"):
        statuses = [limited.post("/sign-in", data={"email": email, **token}).status_code for _ in range(6)]
        assert statuses == [302] * 5 + [429]
    assert len(mails()) == 10


def test_guessing_a_password_is_slowed_down(
    limited: Client,
) -> None:
    data = {"email": "ada@example.org", "password": "a wrong password", **limited.csrf("/staff/sign-in")}
    statuses = [limited.post("/staff/sign-in", data=data).status_code for _ in range(9)]
    assert statuses == [200] * 8 + [429]


@pytest.mark.parametrize(
    ("path", "own", "done"), [("/sign-in", 5, 302), ("/staff/sign-in", 8, 200)], ids=["fans", "staff"]
)
def test_who_insists_uses_up_their_own_tries_and_not_their_network_s(
    limited: Client, path: str, own: int, done: int
) -> None:
    data = {"password": "a wrong password", **limited.csrf(path)}
    insisting = [limited.post(path, data=data | {"email": "zoe@example.org"}).status_code for _ in range(62)]
    assert insisting == [done] * own + [429] * (62 - own)
    assert limited.post(path, data=data | {"email": "yann@example.org"}).status_code == done


def test_the_code_is_not_in_the_subject_which_administrators_see_in_the_outbox(
    client: Client, fan: Member
) -> None:
    ask(client, str(fan.email))
    mail = last_mail()
    assert digits_in(mail) not in mail.subject
    assert digits_in(mail) in mail.html
