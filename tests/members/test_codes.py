"""Codes and links that prove an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.members.actions_codes import (
    find_open_link,
    issue_code,
    issue_decoy,
    open_decoys,
    verify_digits,
    verify_link,
)
from app.members.models import EmailCode, Member
from app.members.rules_codes import CodeState, digits_state, link_state, read_digits
from tests.factories import make_member
from tests.racing import race

NOW = datetime.fromisoformat("2026-11-21T10:00:00+00:00")
MINUTE = timedelta(minutes=1)


def refusal_code(call: object, *args: object) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args)  # type: ignore[operator]
    return caught.value.code


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize("typed", ["123456", "123 456", "123\u00a0456", " 123-456\n"])
def test_digits_are_read_however_they_are_typed(typed: str) -> None:
    assert read_digits(typed) == "123456"


def test_digits_expire_before_a_link_that_lasts_longer() -> None:
    expires = NOW + timedelta(hours=10)
    assert digits_state(None, NOW, expires, 0, NOW + 29 * MINUTE) is CodeState.OPEN
    assert digits_state(None, NOW, expires, 0, NOW + 30 * MINUTE) is CodeState.EXPIRED
    assert link_state(None, expires, NOW + 30 * MINUTE) is CodeState.OPEN
    assert link_state(None, expires, expires) is CodeState.EXPIRED


def test_the_right_digits_prove_the_address(app: Flask) -> None:
    member = make_member(email_confirmed_at=None)
    issued = issue_code(member, "sign-in", "/me", NOW)
    row = verify_digits(issued.row.id, issued.row.mark, f"{issued.digits[:3]} {issued.digits[3:]}", NOW)
    assert row.used_at == NOW
    assert row.next_path == "/me"
    assert member.email_confirmed_at == NOW


def test_the_link_proves_the_address(app: Flask) -> None:
    member = make_member(email_confirmed_at=None)
    issued = issue_code(member, "sign-in", "", NOW)
    assert verify_link(issued.link_token, NOW).member is member
    assert member.email_confirmed_at == NOW


def test_neither_digits_nor_link_are_stored(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    stored = " ".join(str(value) for value in db.session.execute(sa.select(EmailCode.__table__)).one())
    assert issued.digits not in stored
    assert issued.link_token not in stored


def test_wrong_digits_are_refused_five_times_and_then_even_the_right_ones(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    wrong = other_than(issued.digits)
    refused = [refusal_code(verify_digits, issued.row.id, issued.row.mark, wrong, NOW) for _ in range(5)]
    assert refused == ["wrong"] * 4 + ["too-many-tries"]
    assert refusal_code(verify_digits, issued.row.id, issued.row.mark, issued.digits, NOW) == "too-many-tries"


def test_the_link_still_works_after_too_many_wrong_digits(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    for _ in range(6):
        refusal_code(verify_digits, issued.row.id, issued.row.mark, other_than(issued.digits), NOW)
    assert verify_link(issued.link_token, NOW).used_at == NOW


def test_the_fifth_try_may_be_the_right_one(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    for _ in range(4):
        refusal_code(verify_digits, issued.row.id, issued.row.mark, other_than(issued.digits), NOW)
    assert verify_digits(issued.row.id, issued.row.mark, issued.digits, NOW).used_at == NOW


def test_a_code_works_once(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    verify_digits(issued.row.id, issued.row.mark, issued.digits, NOW)
    assert refusal_code(verify_digits, issued.row.id, issued.row.mark, issued.digits, NOW) == "used"
    assert refusal_code(verify_link, issued.link_token, NOW) == "used"


def test_a_code_expires(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    assert (
        refusal_code(verify_digits, issued.row.id, issued.row.mark, issued.digits, NOW + 30 * MINUTE)
        == "expired"
    )
    assert refusal_code(verify_link, issued.link_token, NOW + 30 * MINUTE) == "expired"


def test_a_new_code_ends_the_older_ones_of_its_purpose_alone(app: Flask, fan: Member) -> None:
    first = issue_code(fan, "sign-in", "", NOW)
    seat = issue_code(fan, "rsvp:1", "", NOW)
    issue_code(fan, "sign-in", "", NOW + MINUTE)
    assert refusal_code(verify_link, first.link_token, NOW + MINUTE) == "expired"
    assert verify_link(seat.link_token, NOW + MINUTE).purpose == "rsvp:1"


def test_looking_at_a_link_does_not_use_it_up(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    find_open_link(issued.link_token, NOW)
    find_open_link(issued.link_token, NOW)
    assert verify_link(issued.link_token, NOW).used_at == NOW


def test_a_link_for_one_thing_does_not_open_another(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "rsvp:1", "", NOW)
    assert refusal_code(verify_link, issued.link_token, NOW, "sign-in") == "wrong"


def test_an_unknown_link_and_an_unknown_code_are_refused(app: Flask) -> None:
    assert refusal_code(verify_link, "no such link", NOW) == "wrong"
    assert refusal_code(verify_digits, 12345, "", "000000", NOW) == "wrong"


def test_nothing_proves_a_decoy(app: Flask) -> None:
    decoy = issue_decoy("sign-in", "nobody@example.org", "", NOW)
    refused = [refusal_code(verify_digits, decoy.id, decoy.mark, f"{n:06d}", NOW) for n in range(6)]
    assert refused == ["wrong"] * 4 + ["too-many-tries"] * 2


def test_no_digits_ever_match_a_decoy_since_no_digest_is_written_like_its_mark(app: Flask) -> None:
    mark = issue_decoy("sign-in", "nobody@example.org", "", NOW).code_digest
    assert len(mark) == 64
    assert set(mark) - set("0123456789abcdef")


def test_who_reads_the_table_cannot_try_addresses_without_the_key(app: Flask) -> None:
    marks = []
    for key in ("one key", "another"):
        app.config["SECRET_KEY"] = key
        marks.append(issue_decoy("sign-in", "nobody@example.org", "", NOW).code_digest)
    assert marks[0] != marks[1]


def test_a_new_decoy_ends_the_older_ones_of_its_kind_and_address_alone(each_database: Flask) -> None:
    older = issue_decoy("sign-in", "nobody@example.org", "", NOW)
    seat = issue_decoy("turned-away:1", "nobody@example.org", "", NOW, purpose="turned-away:1:1795255200")
    other = issue_decoy("sign-in", "somebody@example.org", "", NOW)
    newer = issue_decoy("sign-in", " Nobody@Example.org", "", NOW + MINUTE)
    assert refusal_code(verify_digits, older.id, older.mark, "000000", NOW + MINUTE) == "expired"
    for still in (seat, other, newer):
        assert refusal_code(verify_digits, still.id, still.mark, "000000", NOW + MINUTE) == "wrong"
    assert open_decoys("sign-in", "nobody@example.org", NOW + MINUTE) == [newer]


def test_a_decoy_is_never_taken_for_a_code_of_a_member(app: Flask, fan: Member) -> None:
    issued = issue_code(fan, "sign-in", "", NOW)
    issue_decoy("sign-in", str(fan.email), "", NOW + MINUTE)
    assert verify_digits(issued.row.id, issued.row.mark, issued.digits, NOW + MINUTE).member is fan


def guess(together: Callable[[], object], code_id: int, digits: str) -> list[str]:
    """Try wrong digits five times and return what was said each time."""
    together()
    answers = []
    for _ in range(5):
        try:
            verify_digits(code_id, "", digits, now())
        except Refusal as refusal:
            answers.append(refusal.code)
        commit()
    return answers


def test_guessing_in_parallel_gives_no_more_than_five_tries(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    issued = issue_code(make_member(), "sign-in", "", now())
    code_id, wrong = issued.row.id, other_than(issued.digits)
    db.session.commit()
    told = race(tmp_path, database_url, guess, [(code_id, wrong)] * 4)
    answers = [answer for answers in told for answer in answers]
    assert len(answers) == 20
    assert answers.count("wrong") == 4  # the fifth try already says that it was the last
    row = db.session.get(EmailCode, code_id, populate_existing=True)
    assert row is not None
    assert row.failed_tries == 5


def test_signing_in_changes_nothing_of_whose_address_was_proven_before(each_database: Flask) -> None:
    member = make_member(email_confirmed_at=NOW, updated_at=NOW)
    issued = issue_code(member, "sign-in", "", now())
    db.session.commit()
    verify_digits(issued.row.id, issued.row.mark, issued.digits, now())
    db.session.commit()
    assert (member.email_confirmed_at, member.updated_at) == (NOW, NOW)
