"""Pages cost the same statements however much they list, and find it by an index: bench/scale.py measures the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, RsvpStatus
from app.members.models import Member
from app.members.queries_people import search_members
from tests.client import Client
from tests.factories import make_check_in, make_event, make_member, make_rsvp

ANYBODY = (
    "/",
    "/?city=lyon",
    "/chapters/lyon",
    "/embed/events",
    "/events.atom",
    "/sitemap.xml",
    "/calendar.ics",
)
STAFF = (
    "/manage/",
    "/manage/events",
    "/manage/events?when=past",
    "/manage/events/{slug}/people",
    "/manage/events/{slug}/people?q=foule",
    "/admin/people",
    "/admin/people?q=foule",
)
OWN = ("/me", "/me/points")


def fill(chapter: Chapter, event: Event, fan: Member, rows: int) -> None:
    """Add events, people of one event, and arrivals of one fan, a row each of every kind."""
    for number in range(rows):
        make_event(chapter, starts_at=now() + timedelta(days=2, hours=number))
        make_rsvp(event, make_member(f"Foule {number}"), RsvpStatus.CONFIRMED)
        past = make_event(chapter, starts_at=now() - timedelta(days=2, hours=number))
        make_check_in(make_rsvp(past, fan, RsvpStatus.CONFIRMED))
    db.session.commit()


def test_three_and_sixty_rows_cost_each_page_the_same_statements(
    client: Client,
    as_admin: Client,
    as_fan: Client,
    chapter: Chapter,
    fan: Member,
    statements: list[str],
) -> None:
    event = make_event(chapter, capacity=100)
    visits = [(client, (*ANYBODY, f"/events/{event.slug}")), (as_admin, STAFF), (as_fan, OWN)]
    costs = []
    for rows in (3, 57):
        fill(chapter, event, fan, rows)
        as_fan.get("/me/points")  # settles the new arrivals, each by statements of its own
        cost = {}
        for visitor, paths in visits:
            for path in paths:
                client.application.extensions.pop("pages", None)  # what was kept takes a statement less
                statements.clear()
                assert visitor.get(path.format(slug=event.slug)).status_code == 200
                cost[path] = len(statements)
        costs.append(cost)
    assert costs[0] == costs[1]


def plan_of(run: Callable[[], object], *off: str) -> str:
    """Return how the database answers the first statement that `run` sends; PostgreSQL with ways to scan put off."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    postgresql = db.engine.dialect.name == "postgresql"
    for way in off if postgresql else ():
        db.session.execute(sa.text(f"SET LOCAL enable_{way} = off"))
    statement, parameters = seen[0]
    connection = db.session.connection()
    lines = connection.exec_driver_sql(
        ("EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN ") + statement, parameters
    )
    return "\n".join(str(line) for line in lines)


@pytest.fixture
def crowd(each_database: Flask) -> None:
    """Three thousand members, as the database's statistics know."""
    values = {"locale": "fr", "city": "", "external_ref": "", "active": True, "mf_recovery_codes": []}
    rows = [
        {
            "display_name": f"Foule {number:04}",
            "email": f"m{number}@example.org",
            "fs_uniquifier": f"m{number}",
        }
        | values
        for number in range(3_000)
    ]
    db.session.execute(sa.insert(Member), rows)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":  # as autovacuum does
        db.session.execute(sa.text("SELECT gin_clean_pending_list('ix_members_searched')"))
    db.session.execute(sa.text("ANALYZE"))


@pytest.mark.usefixtures("crowd")
def test_the_list_of_all_members_is_read_in_the_order_of_an_index() -> None:
    plan = plan_of(lambda: search_members("", 1), "seqscan")
    assert "ix_members_by_name" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("words", ["1234", "foule 0012", "zz"])
def test_people_are_searched_in_an_index_of_letters_where_the_database_has_one(words: str) -> None:
    plan = plan_of(lambda: search_members(words, 1), "seqscan", "indexscan")
    assert "ix_members_searched" in plan or db.engine.dialect.name == "sqlite"


@pytest.mark.usefixtures("crowd")
def test_a_search_counts_a_thousand_and_no_more() -> None:
    found = search_members("foule", 20)
    assert (found.total, found.pages, found.has_more, len(found.items)) == (1_000, 20, True, 50)
    few = search_members("foule 000", 1)
    assert (few.total, few.has_more, few.items[0].display_name) == (12, False, "Foule 0000")
