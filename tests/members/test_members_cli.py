"""`flask members add-staff`, `list-staff`, `remove-role`."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app.db import db
from app.members.models import Member
from app.members.queries import find_member
from tests.client import Client
from tests.members.test_people import roles_of


def run(app: Flask, *args: str) -> tuple[int, str]:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["members", *args])
    db.session.expire_all()
    return result.exit_code, result.output


def test_the_first_administrator_is_made_from_the_shell(app: Flask, client: Client) -> None:
    code, output = run(
        app, "add-staff", "Ada@Example.org", "--name", "Ada", "--role", "admin", "--role", "cm"
    )
    assert code == 0, output
    member = find_member("ada@example.org")
    assert member is not None
    assert roles_of(member) == {"admin", "cm"}
    link = output.strip().splitlines()[-1]
    assert link.startswith("http://localhost/staff/password/forgotten/")
    path = link.removeprefix("http://localhost")
    data = {"password": "four quite unrelated words", "password_confirm": "four quite unrelated words"}
    assert client.post(path, data=data | client.csrf(path)).location.endswith("/staff/sign-in")
    assert client.get(path).location.endswith("/staff/password/forgotten"), "the link works once"


def test_a_member_becomes_staff_and_keeps_their_name(app: Flask, fan: Member) -> None:
    run(app, "add-staff", "camille@example.org", "--name", "Other", "--role", "cm")
    assert roles_of(fan) == {"cm"}
    assert fan.display_name == "Camille O’Brien-Nguyễn"


def test_an_unknown_role_is_refused(app: Flask) -> None:
    code, output = run(app, "add-staff", "ada@example.org", "--name", "Ada", "--role", "owner")
    assert code == 2
    assert "'owner' is not one of 'cm', 'marketing', 'admin'" in output
    assert db.session.scalar(sa.select(sa.func.count(Member.id))) == 0


def test_what_is_no_address_is_refused(app: Flask) -> None:
    code, output = run(app, "add-staff", "ada", "--name", "Ada", "--role", "admin")
    assert code == 2
    assert "Enter an e-mail address, like name@example.org." in output


def test_the_staff_are_listed(app: Flask, cm: Member, fan: Member) -> None:
    _code, output = run(app, "list-staff")
    assert output == "ines@example.org\tInès Moreau\tcm\tnot set up yet\n"


def test_a_role_is_removed(app: Flask, cm: Member) -> None:
    assert run(app, "remove-role", "ines@example.org", "--role", "cm") == (
        0,
        "ines@example.org is now a fan.\n",
    )
    assert roles_of(cm) == set()


def test_the_last_administrator_keeps_the_role(app: Flask, admin: Member) -> None:
    code, output = run(app, "remove-role", "ada@example.org", "--role", "admin")
    assert code == 1
    assert "Somebody must stay administrator." in output
    assert roles_of(admin) == {"admin"}


def test_an_unknown_address_is_refused(app: Flask) -> None:
    code, output = run(app, "remove-role", "nobody@example.org", "--role", "cm")
    assert code == 1
    assert "Nobody has the address nobody@example.org." in output
