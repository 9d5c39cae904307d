"""/sign-out."""

from __future__ import annotations

from app.members.models import Member
from tests.client import Client
from tests.members.pages import digits_in, is_signed_in, is_strong, last_mail


def test_signing_out_ends_the_session_and_forgets_the_browser(client: Client, fan: Member) -> None:
    client.post("/sign-in", data={"email": fan.email, **client.csrf("/sign-in")})
    client.post("/sign-in/code", data={"digits": digits_in(last_mail()), **client.csrf("/sign-in/code")})
    assert client.get_cookie("remember_token") is not None
    assert client.post("/sign-out", data=client.csrf("/me/profile")).location == "/"
    assert client.get_cookie("remember_token") is None
    assert client.get("/me").location == "/sign-in?next=/me"


def test_the_rights_of_staff_end_too(as_admin: Client) -> None:
    as_admin.post("/sign-out", data=as_admin.csrf("/admin/people"))
    assert not is_signed_in(as_admin)
    assert not is_strong(as_admin)


def test_a_remembered_browser_comes_back_as_a_fan(client: Client, cm: Member) -> None:
    client.post("/sign-in", data={"email": cm.email, **client.csrf("/sign-in")})
    client.post("/sign-in/code", data={"digits": digits_in(last_mail()), **client.csrf("/sign-in/code")})
    with client.session_transaction() as session:
        session.clear()
    assert client.get("/me/profile").status_code == 200
    assert client.get("/staff/account").location.startswith("/staff/sign-in")


def test_another_site_cannot_sign_people_out(as_fan: Client) -> None:
    assert as_fan.post("/sign-out").status_code == 400
    assert is_signed_in(as_fan)


def test_it_takes_a_post(as_fan: Client) -> None:
    assert as_fan.get("/sign-out").status_code in {404, 405, 400}
    assert is_signed_in(as_fan)


def test_signing_in_as_another_person_drops_the_rights_of_the_one_before(
    as_admin: Client, fan: Member
) -> None:
    as_admin.post("/sign-in", data={"email": fan.email, **as_admin.csrf("/admin/people")})
    as_admin.post("/sign-in/code", data={"digits": digits_in(last_mail()), **as_admin.csrf("/sign-in/code")})
    assert is_signed_in(as_admin)
    assert not is_strong(as_admin)
