"""/admin/people: administrators look after members and staff."""

from __future__ import annotations

from importlib import import_module

import pytest
import sqlalchemy as sa
from flask_security import hash_password

from app.audit import AuditEntry
from app.db import db
from app.members.models import Member
from app.members.queries_people import search_members
from tests.client import Client, text_of
from tests.factories import make_member
from tests.members.pages import PASSWORD, another, last_mail, mails, new_secret, path_in

PAGES = ["/admin/people", "/admin/people/new", "/admin/audit"]
ONLY_ADMIN = "Somebody must stay administrator."


def roles_of(member: Member) -> set[str]:
    db.session.refresh(member)
    return {role.name for role in member.roles}


def change(client: Client, member: Member, role: str, give: str) -> str:
    path = f"/admin/people/{member.id}"
    data = {"role": role, "give": give, **client.csrf(path)}
    return text_of(client.post(f"{path}/roles", data=data, follow_redirects=True).text)


@pytest.mark.parametrize("path", PAGES)
def test_visitors_are_asked_to_sign_in_as_staff(client: Client, path: str) -> None:
    assert client.get(path).location == f"/staff/sign-in?next={path}"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["as_fan", "as_cm", "as_marketer"])
def test_nobody_but_administrators_gets_in(request: pytest.FixtureRequest, who: str, path: str) -> None:
    assert request.getfixturevalue(who).get(path).status_code == 403


@pytest.mark.parametrize("who", ["as_fan", "as_cm", "as_marketer"])
def test_nobody_gives_themselves_a_role(request: pytest.FixtureRequest, who: str, fan: Member) -> None:
    client = request.getfixturevalue(who)
    data = {"role": "admin", "give": "yes", **client.csrf("/me/profile")}
    assert client.post(f"/admin/people/{fan.id}/roles", data=data).status_code == 403
    assert client.post(f"/admin/people/{fan.id}/reset", data=data).status_code == 403
    assert roles_of(fan) == set()


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens_in_both_languages(as_admin: Client, path: str) -> None:
    assert as_admin.get(path).status_code == 200
    assert as_admin.get(path + "?lang=en").status_code == 200


@pytest.mark.parametrize("words", ["nguyễn", "nguyen", "CAMILLE brien", "camille@example"])
def test_people_are_found_by_parts_of_name_and_address(as_admin: Client, fan: Member, words: str) -> None:
    make_member("Somebody Else")
    page = text_of(as_admin.get(f"/admin/people?q={words}").text)
    assert "Camille O’Brien-Nguyễn" in page
    assert "Somebody Else" not in page


def test_a_percent_sign_finds_only_itself(as_admin: Client, fan: Member) -> None:
    assert "Nobody found" in text_of(as_admin.get("/admin/people?q=%25&lang=en").text)


@pytest.mark.parametrize("words", ["ca", "ng", "c", "cam o"])
def test_one_or_two_letters_are_the_beginning_of_a_name_or_an_address(
    as_admin: Client, fan: Member, words: str
) -> None:
    fan.display_name = "Camille Nguyễn"
    fan.email = "o@example.org"
    make_member("Lunch", email="lunch@example.com")
    page = text_of(as_admin.get(f"/admin/people?q={words}").text)
    assert fan.display_name in page
    assert "lunch" not in page


def test_more_people_than_are_counted_are_said_to_be_more(
    as_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module(search_members.__module__), "MOST", 2)
    for number in range(3):
        make_member(f"Member {number}")
    page = text_of(as_admin.get("/admin/people?q=member&lang=en").text)
    assert "More than 2 people: another word" in page
    assert "Member 1" in page
    assert "Member 2" not in page


def test_an_empty_search_says_what_to_do(as_admin: Client) -> None:
    page = text_of(as_admin.get("/admin/people?q=zzz&lang=en").text)
    assert "Try a part of the name, or of the address." in page


def test_the_list_is_paged_and_loads_no_more_for_more_people(as_admin: Client, statements: list[str]) -> None:
    as_admin.get("/admin/people")
    few = len(statements)
    for number in range(60):
        make_member(f"Member {number:02}")
    statements.clear()
    page = as_admin.get("/admin/people?lang=en")
    assert "Page 1 of 2" in text_of(page.text)
    assert len(statements) <= few + 1
    assert as_admin.get("/admin/people?page=99").status_code == 404


def test_a_fan_becomes_cm_and_is_mailed_a_link(as_admin: Client, admin: Member, fan: Member) -> None:
    change(as_admin, fan, "cm", "yes")
    assert roles_of(fan) == {"cm"}
    mail = last_mail()
    assert (mail.template, mail.to) == ("members/staff_welcome", fan.email)
    assert another(as_admin).get(path_in(mail)).status_code == 200
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.actor_id) == ("role.add", f"member:{fan.id}", admin.id)
    assert entry.details == {"role": "cm"}


def test_staff_with_a_password_are_not_mailed_again(as_admin: Client, cm: Member) -> None:
    cm.password = hash_password(PASSWORD)
    change(as_admin, cm, "marketing", "yes")
    assert roles_of(cm) == {"cm", "marketing"}
    assert mails() == []


def test_giving_a_role_twice_changes_nothing(as_admin: Client, cm: Member) -> None:
    change(as_admin, cm, "cm", "yes")
    assert roles_of(cm) == {"cm"}
    assert db.session.scalars(sa.select(AuditEntry)).all() == []


def test_taking_the_last_role_back_ends_sessions_and_password(as_admin: Client, cm: Member) -> None:
    cm.password, cm.tf_totp_secret, cm.tf_primary_method = (
        hash_password(PASSWORD),
        new_secret(),
        "authenticator",
    )
    db.session.commit()
    theirs = another(as_admin).sign_in(cm, strong=True)
    assert theirs.get("/staff/account").status_code == 200
    change(as_admin, cm, "cm", "no")
    assert roles_of(cm) == set()
    assert not any((cm.password, cm.tf_totp_secret, cm.tf_primary_method))
    assert theirs.get("/staff/account").location.startswith("/staff/sign-in")


def test_the_last_administrator_keeps_the_role(as_admin: Client, admin: Member) -> None:
    assert ONLY_ADMIN in change(as_admin, admin, "admin", "no") or "administra" in change(
        as_admin, admin, "admin", "no"
    )
    assert roles_of(admin) == {"admin"}


def test_an_administrator_may_step_down_when_there_is_another(as_admin: Client, admin: Member) -> None:
    make_member("Another", "admin")
    as_admin.post(
        f"/admin/people/{admin.id}/roles",
        data={"role": "admin", "give": "no", **as_admin.csrf(f"/admin/people/{admin.id}")},
    )
    assert roles_of(admin) == set()


def test_who_has_no_address_cannot_be_staff(as_admin: Client) -> None:
    member = make_member("Met at the door", email=None)
    page = text_of(as_admin.get(f"/admin/people/{member.id}?lang=en").text)
    assert "This person has no e-mail address, and staff sign in with one." in page
    token = as_admin.csrf("/admin/people/new")
    as_admin.post(f"/admin/people/{member.id}/roles", data={"role": "cm", "give": "yes", **token})
    assert roles_of(member) == set()


@pytest.mark.parametrize(
    "data", [{"role": "owner", "give": "yes"}, {"role": "cm"}, {"role": "cm", "give": "maybe"}]
)
def test_a_role_that_does_not_exist_is_refused(as_admin: Client, fan: Member, data: dict[str, str]) -> None:
    path = f"/admin/people/{fan.id}"
    assert as_admin.post(f"{path}/roles", data=data | as_admin.csrf(path)).status_code == 400
    assert roles_of(fan) == set()


def test_staff_who_lost_their_phone_begin_again(as_admin: Client, cm: Member) -> None:
    cm.password, cm.tf_totp_secret, cm.tf_primary_method = (
        hash_password(PASSWORD),
        new_secret(),
        "authenticator",
    )
    path = f"/admin/people/{cm.id}"
    as_admin.post(f"{path}/reset", data=as_admin.csrf(path))
    db.session.refresh(cm)
    assert not any((cm.password, cm.tf_totp_secret))
    assert roles_of(cm) == {"cm"}
    assert last_mail().to == cm.email


def test_fans_have_nothing_to_reset(as_admin: Client, fan: Member) -> None:
    path = f"/admin/people/{fan.id}"
    assert as_admin.post(f"{path}/reset", data=as_admin.csrf(path)).status_code == 404


def test_an_erased_person_is_not_found(as_admin: Client) -> None:
    from app.clock import now

    gone = make_member("", email=None, erased_at=now(), active=False)
    assert as_admin.get(f"/admin/people/{gone.id}").status_code == 404
    assert as_admin.get("/admin/people/99999").status_code == 404


def test_new_staff_are_added_by_address(as_admin: Client) -> None:
    data = {"display_name": "Noé", "email": "Noe@Example.org", "role": "marketing"}
    response = as_admin.post("/admin/people/new", data=data | as_admin.csrf("/admin/people/new"))
    member = db.session.scalars(sa.select(Member).where(Member.email == "noe@example.org")).one()
    assert response.location == f"/admin/people/{member.id}"
    assert roles_of(member) == {"marketing"}
    assert last_mail().to == "noe@example.org"


def test_new_staff_need_a_name_and_an_address(as_admin: Client) -> None:
    data = {"display_name": "", "email": "noe", "role": "cm", **as_admin.csrf("/admin/people/new")}
    page = text_of(as_admin.post("/admin/people/new?lang=en", data=data).text)
    assert "Enter the person’s name." in page
    assert "Enter an e-mail address, like name@example.org." in page


def test_the_journal_tells_who_did_what(as_admin: Client, fan: Member) -> None:
    change(as_admin, fan, "cm", "yes")
    page = text_of(as_admin.get("/admin/audit?lang=en").text)
    assert "Ada Martin gave a role: Community manager Camille O’Brien-Nguyễn" in page
    assert "gave a role: Community manager" in text_of(as_admin.get(f"/admin/people/{fan.id}").text)


def test_an_admin_is_led_from_a_cm_to_the_chapters_they_run(
    as_admin: Client, cm: Member, fan: Member
) -> None:
    link = '<a href="/admin/chapters/">Choose the chapters this person runs</a>'
    assert link in as_admin.get(f"/admin/people/{cm.id}?lang=en").text
    assert link not in as_admin.get(f"/admin/people/{fan.id}?lang=en").text
