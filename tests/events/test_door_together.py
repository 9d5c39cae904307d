"""Who waits for whom at the door: scans pass one another, and wait for what changes the tickets they read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_changes import hand_on
from app.events.actions_door import ScanIn, ScanResult, record_scans, undo_check_in
from app.events.actions_seats import cancel_rsvp
from app.events.models import Event, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn, Scan, ScanMethod, Verdict
from app.members.models import Member
from app.tokens import digest, new_link_token
from tests.factories import make_chapter, make_event, make_member, make_rsvp
from tests.meanwhile import Meanwhile, elsewhere, just_before
from tests.racing import race

ROUNDS = 4
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def open_event() -> Event:
    return make_event(make_chapter(), starts_at=now() + timedelta(hours=1), capacity=50)


def seated(event: Event) -> Rsvp:
    return make_rsvp(event, make_member(), RsvpStatus.CONFIRMED)


def scan(event_id: int, by_id: int, *digests: str, nonces: tuple[str, ...] = ()) -> list[ScanResult]:
    event, by = db.session.get_one(Event, event_id), db.session.get_one(Member, by_id)
    named = nonces or tuple(new_link_token() for _ in digests)
    heard = [
        ScanIn(nonce, text, ScanMethod.CAMERA, now()) for nonce, text in zip(named, digests, strict=True)
    ]
    return record_scans(event, "TEST", heard, by, now())


def scan_or_cancel(
    together: Callable[[], object], by_id: int | None, event_id: int, rounds: list[tuple[int, str]]
) -> list[str]:
    told = []
    for rsvp_id, code in rounds:
        together()
        try:
            if by_id is not None:
                told.append(scan(event_id, by_id, code)[0].verdict.value)
            else:
                told.append(cancel_rsvp(rsvp_id, now()).status.value)
        except Refusal as refusal:
            told.append(refusal.code)
        commit()
        db.session.remove()
    return told


def test_a_seat_is_given_back_or_its_party_arrives_and_never_both(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    event, by_id = open_event(), make_member("Inès", "cm").id
    rsvps = [seated(event) for _ in range(ROUNDS)]
    rounds = [(rsvp.id, rsvp.tickets[0].digest) for rsvp in rsvps]
    entrants = [(who, event.id, rounds) for who in [by_id, by_id, by_id, None, None]]
    told = list(zip(*race(tmp_path, database_url, scan_or_cancel, entrants), strict=True))
    for (rsvp_id, _code), (*scans, first, second) in zip(rounds, told, strict=True):
        arrived = db.session.scalars(sa.select(CheckIn.id).where(CheckIn.rsvp_id == rsvp_id)).all()
        status = db.session.get_one(Rsvp, rsvp_id).status
        if arrived:
            # One that was read first and judged last is a welcome too: it becomes the arrival.
            assert "welcome" in scans
            assert set(scans) <= {"welcome", "already-in"}
            assert (first, second, status) == ("arrived", "arrived", RsvpStatus.CONFIRMED)
        else:
            assert set(scans) == {"cancelled"}
            assert (first, second, status) == ("cancelled", "cancelled", RsvpStatus.CANCELLED)


def scan_shuffled(
    together: Callable[[], object], by_id: int, event_id: int, codes: list[str], nonces: list[str]
) -> list[str]:
    order = Random(new_link_token())
    for _ in range(ROUNDS):
        mixed = [(code, new_link_token()) for code in codes] + [(digest("a poster"), key) for key in nonces]
        order.shuffle(mixed)
        together()
        scan(event_id, by_id, *[code for code, _ in mixed], nonces=tuple(key for _, key in mixed))
        commit()
        db.session.remove()
    return []


def scan_or_hand_on(
    together: Callable[[], object], by_id: int | None, event_id: int, codes: list[str], nonces: list[str]
) -> list[str]:
    """Scan all codes in any order, or hand the last tickets on to who gave the first ones back."""
    if by_id is not None:
        return scan_shuffled(together, by_id, event_id, codes, nonces)
    told = []
    for number in range(ROUNDS):
        of = sa.select(Ticket.rsvp_id).where(Ticket.digest == codes[-1 - number])
        rsvp_id = db.session.scalars(of).one()
        together()
        try:
            told.append(hand_on(rsvp_id, f"friend-{number}@example.org", "Zoé", now()).status.value)
        except Refusal as refusal:
            told.append(refusal.code)
        commit()
        db.session.remove()
    return told


def test_batches_in_any_order_and_tickets_handed_on_never_wait_for_each_other_in_a_circle(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    event, by_id = open_event(), make_member("Inès", "cm").id
    friends = [make_member("Zoé", email=f"friend-{number}@example.org") for number in range(ROUNDS)]
    rsvps = [make_rsvp(event, friend, RsvpStatus.CONFIRMED) for friend in friends]
    rsvps += [seated(event) for _ in range(ROUNDS * 2)]
    codes = [rsvp.tickets[0].digest for rsvp in rsvps]
    for rsvp in rsvps[:ROUNDS]:
        cancel_rsvp(rsvp.id, now())
    commit()
    nonces = [new_link_token() for _ in range(3)]
    entrants = [(who, event.id, codes, nonces) for who in [by_id] * 5 + [None]]
    *_scans, handed = race(tmp_path, database_url, scan_or_hand_on, entrants)
    scans = db.session.scalars(sa.select(Scan)).all()
    assert len(scans) == len({row.nonce for row in scans}) == 5 * ROUNDS * len(codes) + len(nonces)
    arrivals = db.session.scalars(sa.select(CheckIn)).all()
    assert {row.scan.ticket_id for row in arrivals} == {
        row.ticket_id for row in scans if row.verdict is Verdict.WELCOME
    }
    assert all(row.scan.ticket is not None and row.scan.ticket.revoked_at is None for row in arrivals)
    assert len(arrivals) == ROUNDS * 2 - handed.count("confirmed")
    assert handed.count("confirmed") + handed.count("arrived") == ROUNDS


@on_postgresql
def test_a_scan_passes_another_that_has_not_ended(each_database: Flask) -> None:
    event, by_id = open_event(), make_member("Inès", "cm").id
    event_id, first, second = event.id, seated(event).tickets[0].digest, seated(event).tickets[0].digest
    db.session.commit()
    assert scan(event_id, by_id, first)[0].verdict is Verdict.WELCOME
    told: list[Verdict] = []

    def pass_by() -> None:
        db.session.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        told.append(scan(event_id, by_id, second)[0].verdict)

    elsewhere(each_database, pass_by)
    assert told == [Verdict.WELCOME]
    db.session.commit()


def is_free(code: str) -> bool:
    """Tell whether nobody keeps a ticket for scans of theirs."""
    row = sa.select(Ticket.id).where(Ticket.digest == code).with_for_update(skip_locked=True, key_share=True)
    with db.engine.connect() as other:
        return other.scalar(row) is not None


@on_postgresql
def test_a_scan_waits_for_a_ticket_that_is_handed_on_and_then_keeps_the_new_one(
    each_database: Flask,
) -> None:
    """The new ticket is not there yet when the wait begins, and must be kept from others once it is."""
    event, by_id = open_event(), make_member("Inès", "cm").id
    event_id, rsvp = event.id, seated(event)
    old = rsvp.tickets[0].digest
    db.session.commit()
    given = hand_on(rsvp.id, "zoe@example.org", "Zoé", now())
    new = given.tickets[0].digest

    def act() -> tuple[list[Verdict], bool]:
        return [result.verdict for result in scan(event_id, by_id, old, new)], is_free(new)

    device = Meanwhile(each_database, act).begin()
    commit()
    assert device.end() == ([Verdict.TRANSFERRED, Verdict.WELCOME], False)


@on_postgresql
def test_batches_that_look_again_for_a_ticket_handed_on_never_wait_for_each_other_in_a_circle(
    each_database: Flask,
) -> None:
    """Who looks again holds the old ticket; the friend’s answer is older than what it had, and so is its id."""
    event, by_id, friend = open_event(), make_member("Inès", "cm").id, make_member(email="zoe@example.org")
    before, rsvp = make_rsvp(event, friend, RsvpStatus.CANCELLED), seated(event)
    assert before.id < rsvp.id
    event_id, old = event.id, rsvp.tickets[0].digest
    db.session.commit()
    new = hand_on(rsvp.id, "zoe@example.org", "Zoé", now()).tickets[0].digest
    late: list[Meanwhile] = []

    def judge(*digests: str) -> list[Verdict]:
        return [result.verdict for result in scan(event_id, by_id, *digests)]

    def come_too() -> None:
        late.append(Meanwhile(each_database, lambda: judge(new, old)).begin())

    early = Meanwhile(each_database, lambda: judge(old, new)).begin()  # sees the tickets as they were
    just_before("SELECT rsvps.id", come_too)  # between its first look and its second
    commit()
    assert early.end() == [Verdict.TRANSFERRED, Verdict.WELCOME]
    assert late[0].end() == [Verdict.ALREADY_IN, Verdict.TRANSFERRED]


@on_postgresql
def test_who_gives_a_seat_back_is_not_kept_waiting_by_scans_that_come_later(each_database: Flask) -> None:
    """Where many share a lock one after the other, who wants it alone may never get it."""
    event, by_id = open_event(), make_member("Inès", "cm").id
    event_id, rsvps = event.id, [seated(event) for _ in range(3)]
    codes, rsvp_id = [rsvp.tickets[0].digest for rsvp in rsvps], rsvps[0].id
    db.session.commit()
    scan(event_id, by_id, codes[1])
    fan = Meanwhile(each_database, lambda: cancel_rsvp(rsvp_id, now()).status).begin(1)
    late = Meanwhile(each_database, lambda: scan(event_id, by_id, codes[2])[0].verdict).begin(2)
    commit()
    assert (fan.end(), late.end()) == (RsvpStatus.CANCELLED, Verdict.WELCOME)


@on_postgresql
def test_an_undo_waits_for_scans_and_is_judged_after_them(each_database: Flask) -> None:
    event, by = open_event(), make_member("Inès", "cm")
    event_id, by_id, code = event.id, by.id, seated(event).tickets[0].digest
    scan(event_id, by_id, code)
    check_in = db.session.scalars(sa.select(CheckIn)).one()
    undo_check_in(check_in.id, by, now())
    said, check_in_id = now(), check_in.id
    db.session.commit()
    assert scan(event_id, by_id, code)[0].verdict is Verdict.WELCOME  # in again, not committed yet

    def undo() -> bool:
        late = undo_check_in(check_in_id, db.session.get_one(Member, by_id), said)
        return late.undone_at is not None

    device = Meanwhile(each_database, undo).begin()
    commit()
    assert device.end() is False, "it was said before the second arrival"


@on_postgresql
def test_a_batch_takes_its_tickets_by_their_ids_whatever_its_order(each_database: Flask) -> None:
    """In an order of its own each, two batches of the same tickets would wait for each other."""
    event, by_id = open_event(), make_member("Inès", "cm").id
    event_id, codes = event.id, [seated(event).tickets[0].digest for _ in range(6)]
    *before, last = codes
    db.session.commit()
    scan(event_id, by_id, codes[-1])
    device = Meanwhile(each_database, lambda: len(scan(event_id, by_id, *reversed(codes)))).begin()
    assert [is_free(code) for code in before] == [False] * 5
    commit()
    assert device.end() == 6
    assert is_free(last)


@on_postgresql
def test_batches_with_the_same_unknown_texts_are_answered_alike_whatever_their_order(
    each_database: Flask,
) -> None:
    """Nothing but their nonces makes these wait: one phone has sent what another call of its still carries."""
    event_id, by_id = open_event().id, make_member("Inès", "cm").id
    db.session.commit()

    def send(*nonces: str) -> list[tuple[str, datetime]]:
        results = scan(event_id, by_id, *[digest("a poster")] * len(nonces), nonces=nonces)
        return [(result.nonce, result.scanned_at) for result in results]

    send("m")
    first = Meanwhile(each_database, lambda: send("b", "m", "z")).begin(1)
    second = Meanwhile(each_database, lambda: send("z", "b")).begin(2)
    commit()
    told = dict(first.end())
    assert dict(second.end()) == {nonce: told[nonce] for nonce in ("z", "b")}
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 3


@on_postgresql
def test_one_nonce_on_two_tickets_at_once_lets_nobody_in_twice(each_database: Flask) -> None:
    event, by_id = open_event(), make_member("Inès", "cm").id
    event_id, codes = event.id, [seated(event).tickets[0].digest for _ in range(2)]
    db.session.commit()
    scan(event_id, by_id, codes[0], nonces=("m",))
    device = Meanwhile(each_database, lambda: scan(event_id, by_id, codes[1], nonces=("m",))).begin()
    commit()
    refusal = device.end()
    assert isinstance(refusal, Refusal)
    assert refusal.code == "nonce-reused"
    assert db.session.scalar(sa.select(sa.func.count(CheckIn.id))) == 1
