"""What PostgreSQL's driver is spared: statements stay prepared, and what is given up is given up all the same."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.db import db
from app.members.models import Member
from tests.factories import make_chapter, make_member

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

PREPARED = sa.text("SELECT count(*) FROM pg_prepared_statements")
ANYBODY = sa.select(sa.func.count(Member.id))


def count(query: sa.Executable = ANYBODY) -> int:
    """Count in a transaction of its own, given up as that of a page is."""
    found: int = db.session.execute(query).scalar_one()
    db.session.rollback()
    return found


def write(name: str) -> None:
    db.session.add(Member(display_name=name, fs_uniquifier=name))
    db.session.flush()


def test_a_page_that_only_reads_leaves_statements_prepared(each_database: Flask) -> None:
    for _ in range(12):
        count()
    assert count(PREPARED) > 0


def test_what_is_given_up_is_not_written_whoever_wrote_it(each_database: Flask) -> None:
    make_member("Ana")
    db.session.commit()
    write("Bao")
    db.session.rollback()
    assert count() == 1
    db.session.execute(sa.update(Member).values(city="Lyon"))
    db.session.rollback()
    one = {"display_name": "Chloé", "fs_uniquifier": "chloe", "email": None}
    two = [one, one | {"fs_uniquifier": "david"}]
    db.session.connection().execute(sa.insert(Member.__table__), two)  # type: ignore[arg-type]
    db.session.rollback()
    assert db.session.scalar(sa.select(Member.city)) == ""
    assert count() == 1


def test_a_savepoint_given_up_takes_back_its_own_alone(each_database: Flask) -> None:
    write("Ana")
    attempt = db.session.begin_nested()
    write("Bao")
    attempt.rollback()
    db.session.commit()
    assert count() == 1


def test_reading_after_an_error_goes_on_and_writing_before_it_is_lost(each_database: Flask) -> None:
    write("Ana")
    with pytest.raises(sa.exc.ProgrammingError):
        db.session.execute(sa.text("SELECT nothing FROM nowhere"))
    db.session.rollback()
    assert count() == 0


def test_what_a_reading_page_locked_is_free_when_it_ends(each_database: Flask) -> None:
    chapter = make_chapter("Lyon", make_member("Inès", "cm"))
    db.session.commit()
    db.session.refresh(chapter, with_for_update=True)
    db.session.rollback()
    with db.engine.connect() as other:
        other.execute(sa.text("SELECT id FROM chapters FOR UPDATE NOWAIT"))
