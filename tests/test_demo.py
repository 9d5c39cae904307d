"""The demo holds what it promises, and every invariant holds on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app import create_app
from app.clock import now
from app.db import db
from app.dev import demo as script
from app.dev.cli import find_ticket_path, first_member
from app.dev.demo_story import instant, past_day, read_toml, running_hours
from app.events.actions_door import ScanIn, record_scans
from app.events.models import Chapter, Event, EventStatus, Rsvp, RsvpStatus, Slot, Ticket
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.events.queries_plan import show_up
from app.events.rules_door import doors_of
from app.events.rules_schedule import to_local
from app.loyalty.models import Lot, PointEntry, Redemption, Wallet
from app.members.models import Consent, Member
from app.outbox import Message, MessageStatus
from app.surveys.models import Answer, Product, Question, Response, Study, StudyStatus
from tests.client import Client
from tests.conftest import make_app
from tests.factories import make_member

SEATED = (RsvpStatus.HELD, RsvpStatus.CONFIRMED)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Flask:
    """An application whose database holds the demo."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(empty_sqlite, folder / "terrain.sqlite3")
    app = make_app(folder)
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0, result.output
    assert "6 chapters" in result.output
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return app


@pytest.fixture
def demo(loaded: Flask) -> Iterator[Flask]:
    with loaded.app_context():
        yield loaded
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()


def rows(query: sa.Select[*tuple[Any, ...]]) -> list[Any]:
    return list(db.session.execute(query).all())


def count(model: Any, *where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count(model.id)).where(*where)) or 0


def test_seats_taken_are_those_of_the_people_and_never_too_many(demo: Flask) -> None:
    people = sa.func.coalesce(sa.func.sum(Rsvp.party_size), 0)
    for model, of_place in ((Event, Rsvp.event_id == Event.id), (Slot, Rsvp.slot_id == Slot.id)):
        seated = sa.select(people).where(of_place, Rsvp.status.in_(SEATED)).scalar_subquery()
        places = rows(sa.select(model.id, model.seats_taken, model.capacity, seated))
        assert places
        assert all(taken == people <= capacity for _id, taken, capacity, people in places)


def test_a_member_answers_an_event_once(demo: Flask) -> None:
    pairs = rows(sa.select(Rsvp.event_id, Rsvp.member_id))
    assert len(pairs) == len(set(pairs)) > 250


def test_a_confirmed_place_has_one_ticket_and_no_other_has_any(demo: Flask) -> None:
    in_force = sa.select(sa.func.count(Ticket.id)).where(
        Ticket.rsvp_id == Rsvp.id, Ticket.revoked_at.is_(None)
    )
    for status, tickets in rows(sa.select(Rsvp.status, in_force.scalar_subquery())):
        assert tickets == (status == RsvpStatus.CONFIRMED)


def test_the_ledger_the_lots_and_the_balance_say_the_same(demo: Flask) -> None:
    def total(column: Any, member: Any) -> Any:
        return (
            sa.select(sa.func.coalesce(sa.func.sum(column), 0))
            .where(member == Wallet.member_id)
            .scalar_subquery()
        )

    lines, lots = total(PointEntry.points, PointEntry.member_id), total(Lot.remaining, Lot.member_id)
    wallets = rows(sa.select(Wallet.balance, lines, lots))
    assert len(wallets) > 80
    assert all(balance == ledger == left for balance, ledger, left in wallets)


def test_the_product_test_has_120_answers_by_as_many_people_who_came(demo: Flask) -> None:
    study = db.session.scalars(sa.select(Study).where(Study.status == StudyStatus.CLOSED)).one()
    assert count(Response) == count(Response, Response.study_id == study.id) == 120
    came = sa.select(CheckIn.rsvp_id).where(CheckIn.undone_at.is_(None))
    assert len(set(db.session.scalars(sa.select(Response.rsvp_id).where(Response.rsvp_id.in_(came))))) == 120
    per_product = rows(sa.select(Response.product_id, sa.func.count()).group_by(Response.product_id))
    assert len(per_product) == 3
    assert all(38 <= answers <= 42 for _product, answers in per_product)


def test_fans_say_different_things_in_two_languages(demo: Flask) -> None:
    said = list(
        db.session.execute(sa.select(Answer.text, Response.locale).join(Response).where(Answer.text != ""))
    )
    assert len({text for text, _locale in said}) == len(said) > 35
    assert {locale for _text, locale in said} == {"fr", "en"}


def test_the_preferred_product_is_the_one_the_script_prefers(demo: Flask) -> None:
    liking = (
        sa.select(Product.position, sa.func.avg(Answer.number))
        .join(Response, Response.product_id == Product.id)
        .join(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(Question.key == "liking")
        .group_by(Product.id)
    )
    means: dict[int, float] = dict(rows(liking))
    assert means[2] > means[1] > means[3]


def test_six_chapters_each_have_a_past_in_both_quarters_and_something_to_come(demo: Flask) -> None:
    assert count(Chapter) == 6
    assert len(set(db.session.scalars(sa.select(Chapter.timezone)))) == 2
    for chapter in db.session.scalars(sa.select(Chapter)):
        assert chapter.managers
        mine = (Event.chapter_id == chapter.id, Event.status == EventStatus.PUBLISHED)
        assert count(Event, *mine, Event.ends_at > now()) >= 1
        past = sa.select(Event.id).where(*mine, Event.ends_at <= now())
        assert count(CheckIn, CheckIn.event_id.in_(past)) > 20
        answered = sa.select(Rsvp.event_id).join(Response, Response.rsvp_id == Rsvp.id)
        assert len(set(db.session.scalars(answered.where(Rsvp.event_id.in_(past))))) == 2


def test_each_chapter_knows_how_many_of_those_who_register_come(demo: Flask) -> None:
    for chapter in db.session.scalars(sa.select(Chapter)):
        rate = show_up(chapter.id, now()).rate
        assert rate is not None, chapter.name
        assert 0.7 < rate < 0.95


def test_one_event_is_full_with_a_line_and_a_seat_that_is_held(demo: Flask) -> None:
    full = db.session.scalars(
        sa.select(Event).where(Event.seats_taken == Event.capacity, Event.ends_at > now())
    ).one()
    statuses = [status for (status,) in rows(sa.select(Rsvp.status).where(Rsvp.event_id == full.id))]
    assert statuses.count(RsvpStatus.HELD) == 1
    assert statuses.count(RsvpStatus.WAITLISTED) == 5
    held = db.session.scalars(sa.select(Rsvp.held_until).where(Rsvp.status == RsvpStatus.HELD)).one()
    assert held is not None
    assert held > now() + timedelta(hours=12)


def test_there_is_a_draft_and_a_cancelled_event(demo: Flask) -> None:
    assert count(Event, Event.status == EventStatus.DRAFT) == 1
    assert count(Event, Event.status == EventStatus.CANCELLED) == 1


def test_every_mail_has_left_and_none_tells_of_the_past(demo: Flask) -> None:
    assert count(Message) == count(Message, Message.status == MessageStatus.SENT) > 80
    coming = sa.select(Event.id).where(Event.ends_at > now())
    tickets = sa.select(sa.literal("ticket:") + sa.cast(Ticket.id, sa.String)).join(Rsvp)
    told = set(db.session.scalars(sa.select(Message.key).where(Message.template == "events/ticket")))
    assert told <= set(db.session.scalars(tickets.where(Rsvp.event_id.in_(coming))))
    files = list((demo.config["INSTANCE"] / "mail").glob("*.eml"))
    assert len(files) == count(Message)


def test_nobody_has_an_address_that_exists(demo: Flask) -> None:
    assert all(
        email.endswith("@example.org") for email in db.session.scalars(sa.select(Member.email)) if email
    )


def test_consents_are_given_and_refused(demo: Flask) -> None:
    given = rows(sa.select(Consent.purpose, Consent.granted).distinct())
    assert len(given) == 6


def test_rewards_were_handed_over_wait_to_be_collected_and_one_was_cancelled(demo: Flask) -> None:
    assert count(Redemption, Redemption.handed_over_at.is_not(None)) >= 10
    assert count(Redemption, Redemption.handed_over_at.is_(None), Redemption.cancelled_at.is_(None)) >= 3
    assert count(Redemption, Redemption.cancelled_at.is_not(None)) == 1


def test_doors_saw_what_doors_see(demo: Flask) -> None:
    verdicts = set(db.session.scalars(sa.select(Scan.verdict).distinct()))
    assert {Verdict.WELCOME, Verdict.ALREADY_IN, Verdict.UNKNOWN} == verdicts


def test_the_link_of_the_fan_leads_to_a_ticket_that_the_door_lets_in_now(demo: Flask) -> None:
    fan = first_member("fan")
    assert fan is not None
    path = find_ticket_path(fan)
    assert path is not None
    assert cast(Client, demo.test_client()).get(path).status_code == 200
    ticket = db.session.scalars(sa.select(Ticket).where(Ticket.token == path.rpartition("/")[2])).one()
    event = ticket.rsvp.event
    scan = ScanIn("a nonce of this test", ticket.digest, ScanMethod.CAMERA, now(), event.code)
    host = event.chapter.managers[0]
    assert host == first_member("cm")
    assert record_scans(event, "test", [scan], host, now())[0].verdict is Verdict.WELCOME


def test_each_role_has_a_link(demo: Flask) -> None:
    result = demo.test_cli_runner().invoke(args=["dev", "links"])
    assert [line.split()[0] for line in result.output.splitlines()[1:5]] == [
        "fan",
        "cm",
        "marketing",
        "admin",
    ]


def test_a_second_load_refuses_and_changes_nothing(demo: Flask) -> None:
    people = count(Member)
    result = demo.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1
    assert "--reset" in result.output
    assert count(Member) == people


def test_production_refuses(tmp_path: Path) -> None:
    environ = {
        "TERRAIN_SECRET_KEY": "production’s secret, long enough to be one",
        "TERRAIN_INSTANCE": str(tmp_path),
    }
    result = create_app(environ, LIMITS=False).test_cli_runner().invoke(args=["demo", "load", "--reset"])
    assert result.exit_code == 1
    assert "production" in result.output
    assert not (tmp_path / "terrain.sqlite3").exists()


def figures() -> dict[str, list[str]]:
    """Return all that is the same at each load, by table; no secret and no time is."""
    answers = sa.select(Answer.response_id, Question.key, Answer.number, Answer.choice, Answer.text).join(
        Question
    )
    queries = {
        "members": sa.select(Member.display_name, Member.email, Member.locale, Member.city),
        "events": sa.select(Event.slug, Event.kind, Event.status, Event.capacity, Event.seats_taken),
        "rsvps": sa.select(Rsvp.event_id, Rsvp.member_id, Rsvp.status, Rsvp.party_size, Rsvp.queue_number),
        "check_ins": sa.select(CheckIn.rsvp_id, CheckIn.revision),
        "scans": sa.select(Scan.event_id, Scan.ticket_id, Scan.method, Scan.verdict, Scan.device),
        "consents": sa.select(Consent.member_id, Consent.purpose, Consent.granted, Consent.locale),
        "products": sa.select(Product.name, Product.sample_code),
        "responses": sa.select(Response.rsvp_id, Response.product_id, Response.position, Response.locale),
        "answers": answers,
        "wallets": sa.select(Wallet.member_id, Wallet.balance),
        "ledger": sa.select(PointEntry.member_id, PointEntry.rule, PointEntry.points, PointEntry.label),
        "redemptions": sa.select(Redemption.member_id, Redemption.reward_id, Redemption.cost),
    }
    return {
        name: sorted(json.dumps([str(v) for v in row]) for row in rows(query))
        for name, query in queries.items()
    }


@pytest.mark.postgres
def test_a_reset_empties_and_loads_the_same_again_on_postgresql_as_on_sqlite(
    demo: Flask, empty_postgres: str, postgres_server: Any, tmp_path: Path
) -> None:
    expected = figures()
    other = make_app(tmp_path, postgres_server.new_database("demo", empty_postgres))
    with other.app_context():
        make_member("Somebody who was here before")
        result = other.test_cli_runner().invoke(args=["demo", "load", "--reset"])
        assert result.exit_code == 0, result.output
        assert figures() == expected
        with pytest.raises(IntegrityError, match="may not change"):
            db.session.execute(sa.update(Scan).values(device="other"))
        db.session.remove()
        db.engine.dispose()


def test_a_reset_leaves_nothing_on_sqlite(
    loaded: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(loaded.config["INSTANCE"] / "terrain.sqlite3", tmp_path)
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail/old.eml").write_text("an old mail")
    seen: list[bool] = []
    monkeypatch.setattr(script, "load", _notes(seen))
    app = make_app(tmp_path)
    app.test_cli_runner().invoke(args=["demo", "load", "--reset"])
    assert seen == [True]
    assert not list((tmp_path / "mail").iterdir())
    with app.app_context():
        db.engine.dispose()


def _notes(seen: list[bool]) -> Callable[[datetime], None]:
    def load(_now: datetime) -> None:
        seen.append(script.is_empty())
        raise SystemExit

    return load


def every_hour_of_two_years() -> Iterator[datetime]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    while at.year < 2028:
        yield at
        at += timedelta(hours=1)


def test_the_running_event_has_its_door_open_whenever_the_demo_is_loaded() -> None:
    for at in every_hour_of_two_years():
        starts, ends = running_hours(at)
        doors = doors_of(starts, ends)
        assert doors.opens_at + timedelta(minutes=45) <= at, at
        assert at + timedelta(hours=12) < ends, at


def test_past_meetups_are_in_their_quarter_whenever_the_demo_is_loaded() -> None:
    for at in list(every_hour_of_two_years())[::23]:
        for row in read_toml("demo")["past"]:
            day = past_day(at, row["quarter"], row["week"], row["weekday"], "Europe/Paris")
            today = to_local(at, "Europe/Paris")
            quarters = [one.year * 4 + (one.month - 1) // 3 for one in (day, today)]
            assert quarters[1] - quarters[0] == row["quarter"]
            assert instant(day, row["begins"], "Europe/Paris") < at - timedelta(days=7)
