"""Importing a list: who becomes a member, what stays as it was, and that twice is once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.errors import Refusal
from app.members.actions_consents import record_consents
from app.members.actions_import import (
    ImportResult,
    drop_old_uploads,
    import_people,
    keep_upload,
    preview_import,
    read_people,
    take_upload,
)
from app.members.models import Consent, ConsentPurpose, Member
from app.members.models_import import ImportStash
from app.members.queries import consents_of, find_member
from app.members.queries_import import find_stash
from app.members.rules_import_plan import Change
from app.members.rules_import_values import Why
from tests.factories import make_member

FILES = Path(__file__).parent / "files"
HEADER = "email,name,city,langue,reference"
PROOF = "email,consent_purpose,consent_wording,consent_at,consent_language"


def load(*lines: str, header: str = HEADER, actor: Member | None = None) -> ImportResult:
    parsed = read_people("\n".join((header, *lines)).encode())
    return import_people(parsed, actor, now())


def member(email: str) -> Member:
    found = find_member(email)
    assert found is not None
    return found


def test_new_people_become_members_who_agreed_to_nothing(app: Flask) -> None:
    result = load("Zoe@Exemple.fr,Zoé Roy,Sète,en,A1", "bo@exemple.fr,,,,")
    assert result == ImportResult(new=2, updated=0, unchanged=0, refused=0, consents=0)
    zoe, bo = member("zoe@exemple.fr"), member("bo@exemple.fr")
    assert (zoe.email, zoe.display_name, zoe.city) == ("zoe@exemple.fr", "Zoé Roy", "Sète")
    assert (zoe.locale, zoe.external_ref, zoe.email_confirmed_at) == ("en", "A1", None)
    assert (bo.display_name, bo.locale) == ("", "fr")
    assert zoe.fs_uniquifier != bo.fs_uniquifier
    assert zoe.active
    assert not zoe.roles
    assert consents_of(zoe.id) == {}


def test_the_day_they_joined_is_kept_unless_it_is_to_come(app: Flask) -> None:
    load("zoe@exemple.fr,2024-05-02", "bo@exemple.fr,2999-05-02", header="email,joined")
    assert member("zoe@exemple.fr").created_at == datetime(2024, 5, 2, tzinfo=UTC)
    assert member("bo@exemple.fr").created_at.date() == now().date()


@pytest.mark.parametrize(
    "name",
    ["eventbrite_en.csv", "eventbrite_fr.csv", "pretix_positions_en.csv", "excel_fr.csv", "consents.csv"],
)
def test_importing_the_same_file_again_changes_nothing(app: Flask, name: str) -> None:
    data = (FILES / name).read_bytes()
    first = import_people(read_people(data), None, now())
    assert first.new > 0
    before = list(db.session.execute(sa.select(Member.__table__)))
    second = import_people(read_people(data), None, now() + timedelta(minutes=1))
    assert (second.new, second.updated, second.consents) == (0, 0, 0)
    assert second.unchanged == first.new
    assert list(db.session.execute(sa.select(Member.__table__))) == before


def test_the_preview_says_what_the_import_does_and_changes_nothing(app: Flask, fan: Member) -> None:
    lines = (f"{fan.email},Autre Nom,Lyon,,", "zoe@exemple.fr,Zoé,,,", "not an address,,,,")
    parsed = read_people("\n".join((HEADER, *lines)).encode())
    preview = preview_import(parsed, now())
    assert db.session.scalar(sa.select(sa.func.count(Member.id))) == 1
    assert [(p.row.number, p.change) for p in preview.people] == [(2, Change.UPDATED), (3, Change.NEW)]
    assert preview.counts == import_people(parsed, None, now())


def test_what_a_person_wrote_stands_and_what_they_left_empty_is_filled(app: Flask, fan: Member) -> None:
    fan.locale = "en"
    result = load(f"{fan.email},C. O’Brien,Lyon,fr,K7")
    assert (result.updated, fan.display_name, fan.locale) == (1, "Camille O’Brien-Nguyễn", "en")
    assert (fan.city, fan.external_ref) == ("Lyon", "K7")


def test_a_person_who_answered_here_wrote_their_name_even_before_they_proved_their_address(
    app: Flask,
) -> None:
    guest = make_member("Zoé", email="zoe@exemple.fr", email_confirmed_at=None)
    record_consents(guest, {ConsentPurpose.PHOTOS: False}, "rsvp:1", "fr", now())
    load("zoe@exemple.fr,Z. Roy,,,")
    assert guest.display_name == "Zoé"


def test_whom_only_lists_speak_of_a_later_list_corrects_and_no_empty_cell_empties(app: Flask) -> None:
    load("zoe@exemple.fr,Zoe Roi,Agde,fr,A1")
    result = load("zoe@exemple.fr,Zoé Roy,,en,B2")
    zoe = member("zoe@exemple.fr")
    assert result.updated == 1
    assert (zoe.display_name, zoe.city, zoe.locale, zoe.external_ref) == ("Zoé Roy", "Agde", "en", "A1")


def test_a_consent_comes_with_its_proof(app: Flask) -> None:
    result = import_people(read_people((FILES / "consents.csv").read_bytes()), None, now())
    assert (result.new, result.consents) == (5, 2)
    yes = member("yes@example.org")
    held = consents_of(yes.id)
    assert set(held) == {ConsentPurpose.INVITATIONS, ConsentPurpose.PHOTOS}
    proof = held[ConsentPurpose.INVITATIONS]
    assert (proof.granted, proof.wording) == (True, "Tell me about meetups near me.")
    assert (proof.wording_version, proof.locale, proof.source) == ("v2", "en", "import:form 7")
    assert proof.at == datetime(2026, 1, 31, 17, 5, tzinfo=UTC)
    assert db.session.scalar(sa.select(sa.func.count(Consent.id))) == 2


def test_an_old_proof_does_not_bring_back_a_consent_withdrawn_since(app: Flask, fan: Member) -> None:
    record_consents(fan, {ConsentPurpose.INVITATIONS: False}, "profile", "fr", now())
    result = load(f"{fan.email},invitations,May we?,2025-01-31,en", header=PROOF)
    assert result.consents == 0
    assert not consents_of(fan.id)[ConsentPurpose.INVITATIONS].granted


def test_a_proof_newer_than_the_last_answer_is_noted(app: Flask, fan: Member) -> None:
    record_consents(
        fan, {ConsentPurpose.INVITATIONS: False}, "profile", "fr", datetime(2025, 1, 1, tzinfo=UTC)
    )
    result = load(f"{fan.email},invitations,May we?,2025-01-31,en", header=PROOF)
    assert (result.updated, result.consents) == (1, 1)
    assert consents_of(fan.id)[ConsentPurpose.INVITATIONS].granted


@pytest.mark.parametrize(
    ("purpose", "day", "why"),
    [("fun", "2025-01-31", Why.CONSENT_UNKNOWN), ("photos", "2999-01-31", Why.CONSENT_FUTURE)],
)
def test_a_consent_for_nothing_known_or_from_the_future_is_left_out(
    app: Flask, purpose: str, day: str, why: Why
) -> None:
    parsed = read_people(f"{PROOF}\nzoe@exemple.fr,{purpose},May we?,{day},en\n".encode())
    preview = preview_import(parsed, now())
    assert [(r.number, r.why) for r in preview.remarks] == [(2, why)]
    assert preview.counts.consents == 0


def test_an_import_is_noted_without_saying_who(app: Flask, admin: Member) -> None:
    load("zoe@exemple.fr,Zoé,,,", "nobody,,,,", actor=admin)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.subject) == ("members.import", admin.id, "members")
    assert entry.details == {
        "source": "plain",
        "new": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "consents": 0,
    }


def test_an_unusable_file_is_refused_with_a_sentence(app: Flask) -> None:
    with pytest.raises(Refusal) as caught:
        read_people(b"Nom;T\xe9l\xe9phone\nZo\xe9;06\n")
    assert (caught.value.code, caught.value.field) == ("unknown_header", "file")
    assert "Nom, Téléphone" in str(caught.value.message)


def test_a_large_list_takes_few_statements(app: Flask, statements: list[str]) -> None:
    lines = [f"u{i}@exemple.fr,U {i},Lyon,fr,{i}" for i in range(12_000)]
    load(*lines)
    assert len(statements) < 15
    statements.clear()
    begin = time.process_time()
    result = load(*(line.replace("Lyon", "Sète") for line in lines))
    assert (result.updated, len(statements) < 15) == (12_000, True)
    assert time.process_time() - begin < 10


def test_an_upload_is_kept_for_the_one_who_sent_it_for_an_hour(app: Flask, admin: Member, cm: Member) -> None:
    first = keep_upload(b"one", "one.csv", admin, now())
    second = keep_upload(b"two", "two.csv", admin, now())
    assert db.session.scalars(sa.select(ImportStash.id)).all() == [second.id]
    assert find_stash(first.id, admin.id, now()) is None
    assert find_stash(second.id, admin.id, now()) is second
    assert find_stash(second.id, cm.id, now()) is None
    assert find_stash(second.id, admin.id, now() + timedelta(hours=1, seconds=1)) is None
    drop_old_uploads(now() + timedelta(hours=1, seconds=1))
    assert not db.session.scalars(sa.select(ImportStash.id)).all()


def test_an_upload_is_taken_once_and_only_by_who_sent_it(each_database: Flask) -> None:
    admin, other = make_member("Ada", "admin"), make_member("Another", "admin")
    upload = keep_upload(b"one", "one.csv", admin, now())
    takers = [other, admin, admin]
    assert [take_upload(upload.id, taker.id, now()) for taker in takers] == [None, b"one", None]


def test_both_databases_take_a_list_twice(each_database: Flask) -> None:
    data = (FILES / "consents.csv").read_bytes()
    assert import_people(read_people(data), None, now()).new == 5
    assert import_people(read_people(data), None, now()).unchanged == 5
    db.session.commit()
