"""Making members and logging what they agree to."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from app.db import db
from app.delivery import deliver
from app.members.actions import find_or_create_member
from app.members.actions_consents import record_consents
from app.members.models import Consent, ConsentPurpose, Member
from app.members.queries import consents_of, find_member
from app.members.rules_consents import CONSENTS
from app.members.rules_people import normalise_email, tidy_name
from app.outbox import Message, MessageStatus, queue_mail
from tests.factories import make_member

NOW = datetime.fromisoformat("2026-11-21T10:00:00+00:00")
INVITATIONS, PHOTOS = ConsentPurpose.INVITATIONS, ConsentPurpose.PHOTOS


def test_an_address_is_written_one_way() -> None:
    assert normalise_email("  Zoé.Martin@EXAMPLE.org ") == "zoé.martin@example.org"


def test_a_name_is_one_tidy_line_of_at_most_120_characters() -> None:
    assert tidy_name("  Zoe\u0301 \n\t Nguyễn\u0000 ") == "Zoé Nguyễn"
    assert len(tidy_name("a" * 500)) == 120


def test_a_member_is_found_however_the_address_is_typed(app: Flask, fan: Member) -> None:
    assert find_or_create_member(" CAMILLE@Example.org", "Somebody else", "en", NOW) is fan
    assert fan.display_name == "Camille O’Brien-Nguyễn"
    assert fan.locale == "fr"


def test_a_name_is_filled_in_where_there_was_none(app: Flask) -> None:
    member = make_member("", email="anne@example.org")
    find_or_create_member("anne@example.org", "Anne", "fr", NOW)
    assert member.display_name == "Anne"


def test_a_new_address_makes_a_member_without_a_proven_address(app: Flask) -> None:
    member = find_or_create_member("New@example.org", "Noé", "en", NOW)
    assert (member.email, member.display_name, member.locale) == ("new@example.org", "Noé", "en")
    assert member.email_confirmed_at is None
    assert member.fs_uniquifier


def test_making_the_same_member_twice_at_once_keeps_one(each_database: Flask) -> None:
    # What a second process sees when the first has inserted, but not yet when this one looked.
    from app.db import insert_once

    find_or_create_member("anne@example.org", "Anne", "fr", NOW)
    values = {
        "display_name": "Ann",
        "locale": "en",
        "fs_uniquifier": "x",
        "created_at": NOW,
        "updated_at": NOW,
    }
    insert_once(Member, email="anne@example.org", **values)
    db.session.commit()
    member = find_member("anne@example.org")
    assert member is not None
    assert member.display_name == "Anne"


def test_a_member_needs_no_address(app: Flask) -> None:
    assert make_member("Met at the door", email=None).id != make_member("Another", email=None).id


def test_each_purpose_has_one_question_in_both_languages() -> None:
    assert [text.purpose for text in CONSENTS] == list(ConsentPurpose)
    assert all(
        text.wording["fr"].endswith("\u00a0?") and text.wording["en"].endswith("?") for text in CONSENTS
    )


def test_an_answer_is_logged_with_the_words_it_was_given_to(app: Flask, fan: Member) -> None:
    record_consents(fan, {INVITATIONS: True}, "profile", "fr", NOW)
    held = consents_of(fan.id)[INVITATIONS]
    assert held.granted
    assert held.wording == CONSENTS[0].wording["fr"]
    assert (held.locale, held.source, held.at) == ("fr", "profile", NOW)


def test_a_no_is_logged_too_and_silence_is_not(app: Flask, fan: Member) -> None:
    record_consents(fan, {PHOTOS: False}, "profile", "en", NOW)
    held = consents_of(fan.id)
    assert not held[PHOTOS].granted
    assert INVITATIONS not in held


def test_only_what_changed_is_appended(app: Flask, fan: Member) -> None:
    record_consents(fan, {INVITATIONS: True, PHOTOS: False}, "rsvp:1", "fr", NOW)
    appended = record_consents(fan, {INVITATIONS: True, PHOTOS: True}, "profile", "en", NOW)
    assert appended == [PHOTOS]
    assert consents_of(fan.id)[PHOTOS].granted


def test_the_same_answer_to_a_newer_wording_is_appended(app: Flask, fan: Member) -> None:
    old = Consent(
        member_id=fan.id, purpose=INVITATIONS, granted=True, wording="Mail?", wording_version="2020-01"
    )
    old.locale, old.source = "en", "import:attendees.csv"
    db.session.add(old)
    db.session.flush()
    assert record_consents(fan, {INVITATIONS: True}, "profile", "en", NOW)


@pytest.mark.parametrize("statement", ["UPDATE consents SET granted = NOT granted", "DELETE FROM consents"])
def test_the_database_refuses_to_change_the_log(each_database: Flask, statement: str) -> None:
    record_consents(make_member(), {INVITATIONS: False}, "profile", "fr", NOW)
    db.session.commit()
    with pytest.raises(sa.exc.DatabaseError, match="consents may not change"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


@pytest.mark.parametrize(
    ("answers", "leaves"), [([], False), ([True], True), ([True, False], False), ([False], False)]
)
def test_an_invitation_leaves_only_with_the_consent_that_holds_when_it_is_sent(
    app: Flask, fan: Member, answers: list[bool], leaves: bool
) -> None:
    queue_mail("members/sign_in_unknown", str(fan.email), "k", "fr", fan.id, needs_consent="invitations")
    for answer in answers:  # the last one after the mail was queued
        record_consents(fan, {INVITATIONS: answer}, "profile", "fr", NOW)
    deliver()
    message = db.session.scalars(sa.select(Message)).one()
    assert message.status == (MessageStatus.SENT if leaves else MessageStatus.DROPPED)


def test_a_mail_that_needs_no_consent_leaves(app: Flask, fan: Member) -> None:
    queue_mail("members/sign_in_unknown", str(fan.email), "k", "fr", fan.id)
    deliver()
    assert db.session.scalars(sa.select(Message.status)).one() is MessageStatus.SENT
