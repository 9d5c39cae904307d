"""The demo's present: what is open now, a full event with its line, one whose door is open, a draft, a cancellation."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.dev.demo_past import PICTURES, choose_guests, draw_consents, open_door, register
from app.dev.demo_people import address_of, name_people
from app.dev.demo_questions import answer_questions, ask_questions
from app.dev.demo_story import World, coming_day, dice, instant, read_toml, running_hours
from app.events.actions_manage import EventDraft, add_slot, cancel_event, create_event, publish_event
from app.events.actions_registration import Asked, confirm_by_link, register_address
from app.events.models import Event, EventKind
from app.members.models import EmailCode
from app.outbox import Message

LINE_BEGAN = timedelta(hours=5)  # since when the full event is full


def make_coming(world: World, pictures: list[int]) -> list[Event]:
    """Write what is coming and let people register; the first is the one that runs now."""
    return [_make(world, row, number, pictures) for number, row in enumerate(read_toml("demo")["coming"])]


def _make(world: World, row: dict[str, Any], number: int, pictures: list[int]) -> Event:
    event = _write(world, row, pictures[(PICTURES[row["city"]] + (number > 5)) % len(pictures)])
    host = world.hosts[row["city"]]
    if row.get("draft"):
        return event
    publish_event(event, host, event.created_at + timedelta(days=1))
    questions = row.get("questions", [])
    ask_questions(event, questions, host, event.created_at)
    _register_all(world, event, row, dice(f"coming {number}"))
    answer_questions(event, questions, dice(f"answers {number}"))
    if row.get("running"):
        open_door(world, event, row["arrived"], world.now)
    if row.get("cancelled"):
        cancel_event(event, host, world.now - timedelta(minutes=50))
    return event


def _write(world: World, row: dict[str, Any], picture_id: int) -> Event:
    chapter = world.chapters[row["city"]]
    if row.get("running"):
        starts, ends = running_hours(world.now)
    else:
        day = coming_day(world.now, row["in_days"], row["weekday"], chapter.timezone)
        starts = instant(day, row["begins"], chapter.timezone)
        ends = starts + timedelta(hours=row["hours"])
    own = ("title", "venue", "address", "capacity")
    draft = EventDraft(
        chapter_id=chapter.id,
        kind=EventKind(row["kind"]),
        description=row["description"].strip(),
        starts_at=starts,
        ends_at=ends,
        party_max=row.get("party_max", 1),
        hold_minutes=row.get("hold_minutes", 30),
        picture_id=picture_id,
        **{name: row[name] for name in own},
    )
    event = create_event(draft, world.hosts[row["city"]], world.now - timedelta(days=24))
    for name, clock in row.get("slots", ()):
        at = instant(starts.date(), clock, chapter.timezone)
        add_slot(event, name, row["slot_capacity"], at)
    return event


def _register_all(world: World, event: Event, row: dict[str, Any], random: Random) -> None:
    """Let fans of the city register since it was published, then people who come for the first time."""
    if row.get("full"):
        _fill(world, event, row["waiting"], random)
        return
    begin, span = world.now - timedelta(days=22), timedelta(days=21)
    guests = choose_guests(world.fans[row["city"]], row["guests"], random)
    slots: list[int | None] = [slot.id for slot in event.slots] or [None]
    for number, member in enumerate(guests):
        party = _draw_party(event, random) if number else 1
        slot = slots[min(number // row.get("slot_capacity", 1), len(slots) - 1)]
        register(world, event, member, party, begin + span * number / len(guests), random, slot)
    newcomers = name_people(row.get("newcomers", 0), read_toml("demo")["fans"], random)
    for number, (name, locale) in enumerate(newcomers):
        at = world.now - timedelta(hours=30 - 3 * number)
        code = _register_newcomer(event, name, locale, at, random)
        token = _read_link(code)
        confirm_by_link(code, token, at + timedelta(minutes=random.randint(1, 6)))


def _fill(world: World, event: Event, waiting: int, random: Random) -> None:
    """Take all seats but one, hold that one for somebody who has not confirmed yet, then let the line grow."""
    began = world.now - LINE_BEGAN
    city, elsewhere = world.fans[event.chapter.city], next(iter(world.fans.values()))
    guests = iter(random.sample(city, len(city)))
    at = world.now - timedelta(days=22)
    while (left := event.capacity - event.seats_taken) > 1:
        register(world, event, next(guests), min(_draw_party(event, random), left - 1), at, random)
        at += (began - at) * 0.12
    ((name, locale),) = name_people(1, read_toml("demo")["fans"], random)
    _register_newcomer(event, name, locale, began, random)
    # The person whom `flask dev links` signs in as a fan came too late, and is second.
    line = [next(guests), elsewhere[0], *(next(guests) for _ in range(waiting - 2))]
    for number, member in enumerate(line, 1):
        party = 2 if number == 3 else 1
        register(world, event, member, party, began + timedelta(minutes=50 * number), random)


def _draw_party(event: Event, random: Random) -> int:
    return random.randint(2, event.party_max) if event.party_max > 1 and random.random() < 0.25 else 1


def _register_newcomer(event: Event, name: str, locale: str, at: datetime, random: Random) -> EmailCode:
    consents = draw_consents(random)
    asked = Asked(1, None, consents, locale, {"utm_source": "instagram", "utm_campaign": "rencontres"})
    return register_address(event.id, address_of(name), name, asked, at)


def _read_link(code: EmailCode) -> str:
    """Return the secret of the link that was mailed with a code, as whoever reads the mail does."""
    query = sa.select(Message.context["link"].as_string()).where(
        Message.key == f"confirm-seat:{code.link_digest}"
    )
    link: str = db.session.scalars(query).one()
    return link.rpartition("/")[2]
