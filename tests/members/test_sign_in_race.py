"""Somebody is erased, from another device, at the moment when they sign in."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import db
from app.members.actions_privacy import erase_member
from app.members.actions_sign_in import PURPOSE, send_sign_in_code
from app.members.models import EmailCode, Member
from app.outbox import Message
from tests.client import Client, text_of
from tests.events.fans import digits_in, in_english, last_mail
from tests.factories import make_member
from tests.meanwhile import Meanwhile, elsewhere, just_after, just_before

ADDRESS = "zoe@example.org"
Step = Callable[[], object]
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def erase(member_id: int) -> None:
    erase_member(db.session.get_one(Member, member_id), now())


def ask() -> EmailCode:
    return send_sign_in_code(ADDRESS, "", "fr", now())


def just_after_a_commit_of(beginning: str, act: Step) -> None:
    """Do something once, just after the next transaction that runs a statement which begins so."""
    just_before(beginning, lambda: sa.event.listen(db.session, "after_commit", lambda _: act(), once=True))


@pytest.fixture
def visitor(each_database: Flask) -> Client:
    """Zoé’s browser."""
    make_member("Zoé", email=ADDRESS)
    return in_english(cast(Client, each_database.test_client()))


def ask_in(visitor: Client) -> str:
    """Ask for a code; return the page that it is typed on."""
    token = visitor.csrf("/sign-in")
    return str(visitor.post("/sign-in", data=token | {"email": ADDRESS}).location)


def is_signed_in(visitor: Client) -> bool:
    return visitor.get("/me").status_code == 200


@pytest.mark.parametrize("moment", [just_before, just_after_a_commit_of])
def test_who_types_the_code_while_they_are_erased_is_answered_and_not_signed_in(
    each_database: Flask, visitor: Client, moment: Callable[[str, Step], None]
) -> None:
    page = ask_in(visitor)
    typed = visitor.csrf(page) | {"digits": digits_in(last_mail(ADDRESS))}
    moment("UPDATE email_codes", lambda: elsewhere(each_database, lambda: erase(1)))
    answer = visitor.post(page, data=typed)
    assert answer.location == "/me" or "This is not the code we sent you." in text_of(answer.text)
    assert not is_signed_in(visitor)
    check_forgotten()


@pytest.mark.parametrize("moment", [just_before, just_after_a_commit_of])
def test_who_asks_for_a_code_while_they_are_erased_is_shown_the_page_for_it(
    each_database: Flask, visitor: Client, moment: Callable[[tuple[str, ...], Step], None]
) -> None:
    moment(("INSERT", "UPDATE"), lambda: elsewhere(each_database, lambda: erase(1)))
    assert ask_in(visitor) == "/sign-in/code"
    check_forgotten()


def test_who_asks_again_while_they_are_erased_is_mailed_that_nobody_has_the_address(
    each_database: Flask, visitor: Client
) -> None:
    ask_in(visitor)
    just_before(("INSERT", "UPDATE"), lambda: elsewhere(each_database, lambda: erase(1)))
    ask_in(visitor)
    templates = sa.select(Message.template).where(Message.to == ADDRESS)
    assert db.session.scalars(templates).all() == ["members/sign_in_unknown"]
    check_forgotten()


@on_postgresql
def test_who_asks_while_their_erasure_is_not_committed_waits_for_it(each_database: Flask) -> None:
    member_id = make_member("Zoé", email=ADDRESS).id
    ask()
    db.session.commit()
    erase(member_id)
    other = Meanwhile(each_database, lambda: ask().member_id).begin()
    db.session.commit()
    assert other.end() is None
    check_forgotten()


@on_postgresql
def test_an_erasure_and_who_asks_again_never_wait_for_each_other(each_database: Flask) -> None:
    """The older code is written by both, and the member's row is kept by both."""
    member_id = make_member("Zoé", email=ADDRESS).id
    ask()
    db.session.commit()
    late: list[Meanwhile] = []
    begin = Meanwhile(each_database, lambda: ask().member_id).begin
    just_after("DELETE FROM email_codes", lambda: late.append(begin()))
    erase(member_id)
    db.session.commit()
    assert late[0].end() is None
    check_forgotten()


@on_postgresql
def test_two_who_ask_while_they_are_erased_and_the_erasure_never_wait_for_one_another(
    each_database: Flask,
) -> None:
    """The first has its code before the member's row is kept from others; the second ends it and waits for the row."""
    member_id, late = make_member("Zoé", email=ADDRESS).id, list[Meanwhile]()
    db.session.commit()
    begin = Meanwhile(each_database, lambda: ask().member_id).begin
    just_after("DELETE FROM email_codes", lambda: elsewhere(each_database, ask))
    just_after("SELECT members", lambda: late.append(begin()), "FOR UPDATE")
    erase(member_id)
    db.session.commit()
    assert late[0].end() == member_id  # who is erased once that is done
    check_forgotten()


def check_forgotten() -> None:
    """Check that the member is erased, and that nothing written since is about them."""
    db.session.expire_all()
    member = db.session.get_one(Member, 1)
    assert (member.email, member.email_confirmed_at) == (None, None)
    codes = sa.select(EmailCode).where(EmailCode.member_id.is_not(None), EmailCode.purpose == PURPOSE)
    assert db.session.scalars(codes).all() == []
    about = sa.select(Message.to).where(Message.member_id == member.id)
    assert set(db.session.scalars(about)) <= {""}
