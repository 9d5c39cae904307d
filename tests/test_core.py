"""The core: the database's promises, the gate, headers."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy.orm.exc import StaleDataError

from app.clock import now
from app.db import db, write, write_once
from app.members.models import Consent, Member, Role
from tests.client import Client
from tests.factories import make_member


def test_migrations_make_the_models_up_and_down_on_both_databases(each_database: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    downgrade(revision="base")
    assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()


def test_the_migrations_commands_are_there_once_they_are_asked_for(app: Flask) -> None:
    shown = app.test_cli_runner().invoke(args=["db", "current"])
    assert shown.exit_code == 0, shown.output
    assert "upgrade" in app.test_cli_runner().invoke(args=["db", "--help"]).output


# Foreign keys that do without: no large table is searched by them, and what they name is never deleted.
WITHOUT_INDEX = {
    "audit_entries.actor_id",
    "brands.logo_id",
    "check_ins.undone_by_id",
    "event_questions.only_if_id",
    "events.created_by_id",
    "events.picture_id",
    "member_roles.role_id",
    "redemptions.handed_over_by_id",
    "redemptions.reward_id",
    "reports.requested_by_id",
    "responses.questionnaire_id",
    "rewards.picture_id",
    "rsvps.slot_id",
    "scans.scanned_by_id",
    "studies.created_by_id",
    "webhook_deliveries.event_id",
}


def test_a_foreign_key_has_an_index_or_is_known_to_do_without() -> None:
    missing = set()
    for table in db.metadata.tables.values():
        uniques = [key for key in table.constraints if isinstance(key, sa.UniqueConstraint)]
        keys: list[Any] = [table.primary_key, *uniques, *table.indexes]
        first = {next(iter(key.columns)).name for key in keys} | {c.name for c in table.columns if c.unique}
        missing |= {f"{table}.{c.name}" for c in table.columns if c.foreign_keys and c.name not in first}
    assert missing == WITHOUT_INDEX


def test_an_unknown_page_is_404_without_a_database(client: Client, statements: list[str]) -> None:
    response = client.get("/nothing-here")
    assert response.status_code == 404
    assert statements == []


def test_a_row_is_written_at_once_and_nothing_is_left_to_flush(
    each_database: Flask, statements: list[str]
) -> None:
    member = Member(email="zoe@example.org", display_name="Zoé")
    write(member)
    assert (member.searched, member.locale, member.active) == ("zoe zoe@example.org", "fr", True)
    assert db.session.get(Member, member.id) is member
    before = member.updated_at
    member.city = "Lyon"
    write(member)
    assert member.updated_at > before
    assert len(statements) == 2
    db.session.flush()
    write(member)
    assert len(statements) == 2
    db.session.commit()
    assert (member.display_name, member.city) == ("Zoé", "Lyon")


def test_a_row_that_is_there_already_is_not_written_twice(each_database: Flask) -> None:
    first, second = (Member(email="zoe@example.org", display_name=name) for name in ("Zoé", "Zorro"))
    assert write_once(first)
    assert not write_once(second)
    db.session.commit()
    assert db.session.scalars(sa.select(Member.display_name)).all() == ["Zoé"]


def test_a_change_of_a_row_that_is_gone_is_told(each_database: Flask) -> None:
    member = make_member()
    member.city = "Lyon"
    with db.session.no_autoflush:
        db.session.connection().execute(sa.delete(Member).where(Member.id == member.id))
        with pytest.raises(StaleDataError):
            write(member)
    db.session.rollback()


def test_what_a_row_has_beside_its_columns_is_read_when_it_is_asked_for(each_database: Flask) -> None:
    member = Member(email="zoe@example.org", display_name="Zoé")
    write(member)
    assert member.roles == []
    member.roles.append(Role(name="cm"))
    member.locale = "en"
    write(member)
    db.session.commit()
    assert [role.name for role in member.roles] == ["cm"]
    consent = Consent(member_id=member.id, purpose="photos", granted=True, wording="?", wording_version="1")
    consent.locale, consent.source, consent.at = "en", "profile", now()
    write(consent)
    db.session.commit()
    assert consent.granted


def test_a_value_that_is_set_as_it_was_changes_nothing(each_database: Flask, statements: list[str]) -> None:
    member = make_member()
    db.session.commit()
    name, before = member.display_name, member.updated_at
    statements.clear()
    member.display_name = name
    write(member)
    assert (statements, member.updated_at) == ([], before)


def test_a_row_that_was_not_read_again_since_a_commit_is_written(each_database: Flask) -> None:
    member = make_member()
    db.session.commit()
    member.city = "Lyon"
    write(member)
    db.session.commit()
    assert member.city == "Lyon"
