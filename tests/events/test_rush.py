"""The rush: everything that changes seats, at once from many processes and one step at a time at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events import actions_changes as changes
from app.events.actions_desk import move_line, open_desk
from app.events.actions_manage import add_slot
from app.events.actions_seats import cancel_rsvp, lapse_holds, take_seats
from app.events.models import Chapter, Event, Rsvp
from app.members.models import Member
from tests.events.fans import confirm_rsvp
from tests.events.seat_promises import check_answers, check_line, check_seats
from tests.factories import make_chapter, make_event, make_member
from tests.racing import race

PROCESSES, STEPS, SERVERS = 64, 5, 2
BEGIN = datetime(2026, 12, 1, 10, tzinfo=UTC)


def make_rush(capacity: int = 40) -> tuple[int, list[int], list[int]]:
    """Make an event with two slots and as many members as processes; return their ids."""
    event = make_event(make_chapter(), capacity=capacity, party_max=4, hold_minutes=5)
    slots = [
        add_slot(event, "Table 1", capacity * 2 // 3).id,
        add_slot(event, "Table 2", capacity * 2 // 3).id,
    ]
    members = [make_member(f"Candidate {number}").id for number in range(PROCESSES)]
    event_id = event.id
    commit()
    db.session.remove()
    return event_id, slots, members


def step(dice: random.Random, event_id: int, slots: list[int], members: list[int]) -> None:
    """Do one thing at random for one member, or to the event; a refusal is an answer too."""
    at = now() + timedelta(minutes=dice.choice([0, 0, 0, 6]))
    member = db.session.get_one(Member, dice.choice(members))
    mine = sa.select(Rsvp.id).where(Rsvp.event_id == event_id, Rsvp.member_id == member.id)
    rsvp_id = db.session.scalar(mine)
    party, slot = dice.randint(1, 4), dice.choice(slots)
    deeds: list[Callable[[], Any]] = [
        lambda: take_seats(event_id, member, party, slot, dice.random() < 0.5, "fr", at)
    ] * 4 + [
        lambda: set_capacity(event_id, dice.randint(20, 60), at),
        lambda: lapse_holds(event_id, at),
        lambda: changes.decline(event_id, member, "fr", at),
    ]
    if rsvp_id is not None:
        deeds += [
            lambda: confirm_rsvp(rsvp_id, at),
            lambda: cancel_rsvp(rsvp_id, at),
            lambda: changes.change_place(rsvp_id, party, slot, at),
            lambda: changes.hand_on(rsvp_id, f"friend{member.id}@example.org", "Friend", at),
        ]
    try:
        dice.choice(deeds)()
    except Refusal:
        db.session.rollback()
    else:
        commit()


def set_capacity(event_id: int, capacity: int, at: datetime) -> None:
    """Change an event’s seats as update_event does: never below what is promised, and the line moves."""
    desk = open_desk(event_id, at)
    desk.event.capacity = max(capacity, desk.event.seats_taken)
    db.session.flush()
    move_line(desk)


def rush(
    together: Callable[[], object], seed: int, event_id: int, slots: list[int], members: list[int]
) -> None:
    dice = random.Random(seed)
    for number in range(STEPS):
        together()
        try:
            step(dice, event_id, slots, members)
            check_seats(event_id)
            check_answers(event_id)
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {number}: {error}") from error
        db.session.remove()


def test_64_processes_of_two_servers_do_everything_at_once_and_no_seat_is_lost_or_given_twice(
    each_database: Flask, database_url: str, tmp_path: Path
) -> None:
    event_id, slots, members = make_rush()
    entrants = [(seed, event_id, slots, members) for seed in range(PROCESSES)]
    race(tmp_path, database_url, rush, entrants, packs=SERVERS)
    lapse_holds(event_id, now() + timedelta(hours=5))
    commit()
    check_seats(event_id)
    check_answers(event_id)
    check_line(db.session.get_one(Event, event_id), now() + timedelta(hours=5))
    assert db.session.scalar(sa.select(sa.func.count(Rsvp.id))) or PROCESSES // 2 < 0


class Seats(RuleBasedStateMachine):
    """One event with two slots and ten members, while hours pass; everything holds after every step."""

    rsvps: Bundle[int] = Bundle("rsvps")

    @initialize(days=st.integers(0, 6))
    def begin(self, days: int) -> None:
        self.at = BEGIN
        chapter = db.session.scalar(sa.select(Chapter)) or make_chapter()
        event = make_event(
            chapter, capacity=6, party_max=4, starts_at=self.at + timedelta(days=days, hours=3)
        )
        self.event_id = event.id
        self.slots = [add_slot(event, name, 4).id for name in ("Table 1", "Table 2")]
        self.members = [make_member(f"Candidate {number}").id for number in range(10)]
        commit()

    def attempt(self, deed: Callable[[], Any]) -> Any:
        try:
            done = deed()
        except Refusal:
            done = None
        result = done.id if isinstance(done, Rsvp) else None
        commit()
        return result

    @rule(
        target=rsvps,
        who=st.integers(0, 9),
        party=st.integers(1, 4),
        slot=st.integers(0, 1),
        proven=st.booleans(),
    )
    def register(self, who: int, party: int, slot: int, proven: bool) -> Any:
        member = db.session.get_one(Member, self.members[who])
        self.attempt(
            lambda: take_seats(self.event_id, member, party, self.slots[slot], proven, "fr", self.at)
        )
        query = sa.select(Rsvp.id).where(Rsvp.event_id == self.event_id, Rsvp.member_id == member.id)
        return db.session.scalar(query) or 0

    @rule(
        rsvp=rsvps,
        deed=st.sampled_from([confirm_rsvp, cancel_rsvp, changes.accept_offer, changes.take_free_seat]),
    )
    def answer(self, rsvp: int, deed: Callable[[int, datetime], Rsvp]) -> None:
        if rsvp:
            self.attempt(lambda: deed(rsvp, self.at))

    @rule(rsvp=rsvps, party=st.integers(1, 4), slot=st.integers(0, 1))
    def change(self, rsvp: int, party: int, slot: int) -> None:
        if rsvp:
            self.attempt(lambda: changes.change_place(rsvp, party, self.slots[slot], self.at))

    @rule(rsvp=rsvps, friend=st.integers(0, 3))
    def hand_on(self, rsvp: int, friend: int) -> None:
        if rsvp:
            self.attempt(lambda: changes.hand_on(rsvp, f"friend{friend}@example.org", "Friend", self.at))

    @rule(who=st.integers(0, 9))
    def decline(self, who: int) -> None:
        member = db.session.get_one(Member, self.members[who])
        self.attempt(lambda: changes.decline(self.event_id, member, "fr", self.at))

    @rule(capacity=st.integers(3, 9))
    def resize(self, capacity: int) -> None:
        self.attempt(lambda: set_capacity(self.event_id, capacity, self.at))

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        self.attempt(lambda: lapse_holds(self.event_id, self.at))

    @invariant()
    def promises_hold(self) -> None:
        check_seats(self.event_id)
        check_answers(self.event_id)
        check_line(db.session.get_one(Event, self.event_id), self.at)


def test_whatever_happens_in_whatever_order_every_promise_holds(each_database: Flask) -> None:
    some = settings(max_examples=10, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Seats, settings=some)
