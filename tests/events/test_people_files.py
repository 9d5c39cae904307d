"""The list of an event's people as CSV and XLSX: what is in it, who gets it, and what it costs."""

from __future__ import annotations

import csv
import gc
import io
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import AuditEntry
from app.db import db
from app.events.models import Event, Rsvp, RsvpStatus
from app.events.models_questions import AskedKind, EventQuestion, RsvpAnswer
from app.events.queries_people_export import people_rows
from app.events.rules_people import Search
from app.members.models import Member
from app.sheets import csv_chunks, file_chunks, harmless, wall_clock, xlsx_file
from tests.client import Client, text_of
from tests.events.fans import make_slot
from tests.events.test_people_list import fill_event, path_of
from tests.factories import make_chapter, make_check_in, make_event, make_member, make_rsvp

FORMULAS = ["=1+1", "+33 6 12", "-2+3", "@SUM(A1)", "\t=1", "＝1"]


def csv_rows(client: Client, event: Event, query: str = "lang=en", parted_by: str = ",") -> list[list[str]]:
    answer = client.get(f"{path_of(event)}.csv?{query}", buffered=True)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=parted_by))


def xlsx_rows(client: Client, event: Event, query: str = "lang=en") -> list[tuple[Any, ...]]:
    answer = client.get(f"{path_of(event)}.xlsx?{query}", buffered=True)
    assert answer.headers["Content-Disposition"].endswith(".xlsx")
    return list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]


def ask(event: Event, label: str, position: int, sensitive: bool = False) -> EventQuestion:
    question = EventQuestion(
        event_id=event.id, position=position, kind=AskedKind.SEVERAL, label=label, sensitive=sensitive
    )
    db.session.add(question)
    db.session.commit()
    return question


@pytest.fixture
def told(event: Event, fan: Member) -> Event:
    """An event with one of each thing that a row may hold."""
    table = make_slot(event, "Table 1", 4)
    rsvp = make_rsvp(
        event,
        fan,
        RsvpStatus.CONFIRMED,
        slot_id=table.id,
        party_size=2,
        guest_names=["Léa", ""],
        arrived_from={"utm_source": "instagram", "via": "lea"},
        created_at=datetime(2026, 7, 1, 17, 30, tzinfo=UTC),
    )
    make_check_in(rsvp, arrived_at=datetime(2026, 12, 4, 18, 5, 40, tzinfo=UTC))
    make_rsvp(event, make_member("Zoé Blanc"), RsvpStatus.WAITLISTED, slot_id=table.id)
    topics, allergies = ask(event, "Topics", 1), ask(event, "Allergies", 2, sensitive=True)
    db.session.add_all(
        [
            RsvpAnswer(rsvp_id=rsvp.id, question_id=topics.id, value=["tea", "coffee"]),
            RsvpAnswer(rsvp_id=rsvp.id, question_id=allergies.id, value=["nuts"]),
        ]
    )
    db.session.commit()
    return event


HEADINGS = ["Name", "E-mail address", "Status", "Party", "Guests", "Slot", "Place in line"]
HEADINGS += ["Registered", "Arrived", "Came from", "Topics", "Allergies"]
ORIGIN = "utm_source=instagram, via=lea"


def test_the_csv_holds_each_thing_in_the_zone_of_the_event(as_cm: Client, told: Event) -> None:
    headings, first, second = csv_rows(as_cm, told)
    assert headings == HEADINGS
    assert first[:7] == [
        "Camille O’Brien-Nguyễn", "camille@example.org", "Confirmed", "2", "Léa", "Table 1", ""
    ]  # fmt: skip
    assert first[7:] == ["2026-07-01 19:30", "2026-12-04 19:05", ORIGIN, "tea, coffee", "nuts"]
    assert second[2:7] == ["Waiting", "1", "", "Table 1", "1"]
    assert second[8:] == ["", "", "", ""]


def test_in_french_columns_are_parted_by_semicolons(as_cm: Client, told: Event) -> None:
    headings, first, _second = csv_rows(as_cm, told, "lang=fr", ";")
    assert (headings[0], len(first)) == ("Nom", len(HEADINGS))


def test_the_workbook_holds_the_same_with_real_dates_and_numbers(as_cm: Client, told: Event) -> None:
    headings, first, second = xlsx_rows(as_cm, told)
    assert list(headings) == HEADINGS
    assert first[:4] == ("Camille O’Brien-Nguyễn", "camille@example.org", "Confirmed", 2)
    assert first[7:] == (
        datetime(2026, 7, 1, 19, 30), datetime(2026, 12, 4, 19, 5), ORIGIN, "tea, coffee", "nuts"
    )  # fmt: skip
    assert (second[6], second[8]) == (1, None)


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("read", [csv_rows, xlsx_rows])
def test_no_cell_begins_like_a_formula(
    as_cm: Client, event: Event, text: str, read: Callable[..., Any]
) -> None:
    make_rsvp(event, make_member(text), RsvpStatus.CONFIRMED, arrived_from={"via": "x"})
    assert read(as_cm, event)[1][0] == f"'{text}"


def test_what_is_no_formula_is_left_alone() -> None:
    assert harmless("Élodie = amie") == "Élodie = amie"


def test_only_what_the_page_shows_is_in_the_file(as_cm: Client, told: Event) -> None:
    assert [row[0] for row in csv_rows(as_cm, told, "lang=en&status=waiting")[1:]] == ["Zoé Blanc"]
    assert [row[0] for row in xlsx_rows(as_cm, told, "q=nguyen")[1:]] == ["Camille O’Brien-Nguyễn"]


def test_sensitive_answers_are_for_who_runs_the_chapter_alone(
    as_admin: Client, as_cm: Client, told: Event
) -> None:
    assert "Allergies" in csv_rows(as_cm, told)[0]
    for rows in (csv_rows(as_admin, told), xlsx_rows(as_admin, told)):
        assert "Topics" in rows[0]
        assert "nuts" not in str(rows)
        assert "Allergies" not in rows[0]


def test_the_page_of_a_person_shows_their_answers_as_the_file_does(
    as_admin: Client, as_cm: Client, told: Event, fan: Member
) -> None:
    rsvp_id = db.session.scalars(sa.select(Rsvp.id).where(Rsvp.member_id == fan.id)).one()
    path = f"{path_of(told)}/{rsvp_id}"
    assert all(
        words in text_of(as_cm.get(path).text) for words in ("Topics", "tea, coffee", "nuts", "Léa", ORIGIN)
    )
    seen_by_admin = text_of(as_admin.get(path).text)
    assert "tea, coffee" in seen_by_admin
    assert "nuts" not in seen_by_admin


def test_the_journal_notes_each_download_and_no_words_of_it(as_cm: Client, cm: Member, told: Event) -> None:
    csv_rows(as_cm, told, "q=nguyen&lang=en")
    xlsx_rows(as_cm, told, "status=waiting")
    deeds = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "people.export")).all()
    assert {(deed.actor_id, deed.subject) for deed in deeds} == {(cm.id, f"event:{told.id}")}
    assert [deed.details for deed in deeds] == [
        {"kind": "csv", "status": "all"}, {"kind": "xlsx", "status": "waiting"}
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("person", ["as_outsider", "as_marketer", "as_fan"])
def test_who_does_not_run_the_chapter_gets_no_file(
    person: str, kind: str, request: pytest.FixtureRequest, event: Event
) -> None:
    client: Client = request.getfixturevalue(person)
    assert client.get(f"{path_of(event)}.{kind}").status_code == 403
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0


def test_an_hour_is_that_of_the_event_on_both_sides_of_a_clock_change() -> None:
    zone = ZoneInfo("America/New_York")
    before, after = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert wall_clock(before, zone) == wall_clock(after, zone) == datetime(2026, 11, 1, 1, 30)


def csv_of(event: Event) -> Iterator[bytes]:
    return csv_chunks(people_rows(event, Search(), with_sensitive=True), ";")


def xlsx_of(event: Event) -> Iterator[bytes]:
    return file_chunks(xlsx_file("People", people_rows(event, Search(), with_sensitive=True)))


def measure(make: Callable[[Event], Iterator[bytes]], event: Event) -> int:
    """Write a file, and return the peak of memory in bytes."""
    gc.collect()  # else it would come in the middle, or not, by what was made before
    tracemalloc.start()
    sum(len(chunk) for chunk in make(event))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(("make", "megabytes"), [(csv_of, 3), (xlsx_of, 4)])
def test_memory_does_not_grow_with_the_people(
    each_database: Flask, make: Callable[[Event], Iterator[bytes]], megabytes: int
) -> None:
    event = make_event(make_chapter())
    ask(event, "Topics", 1)  # a second statement for each batch, while the cursor of the first is open
    fill_event(event, 1_000)
    sum(len(chunk) for chunk in make(event))  # what is loaded once is not counted
    few = measure(make, event)
    fill_event(event, 4_000)
    many = measure(make, event)
    assert many < few * 1.5
    assert many < megabytes * 2**20


def test_the_statements_of_a_download_grow_with_batches_alone(
    as_cm: Client, event: Event, statements: list[str]
) -> None:
    counts = []
    ask(event, "Topics", 1)
    for people in (2, 998):
        fill_event(event, people)
        statements.clear()
        csv_rows(as_cm, event)
        counts.append(len(statements))
    assert counts[1] - counts[0] == 1  # the answers of the second batch of 500
