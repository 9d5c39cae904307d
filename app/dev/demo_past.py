"""The demo's past: two quarters of meetups and a workshop, each with its guests, its door, its answers, its points."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.dev.demo_story import World, dice, instant, past_day, read_toml
from app.events.actions_door import ScanIn, record_scans, undo_check_in
from app.events.actions_manage import EventDraft, create_event, publish_event
from app.events.actions_registration import Asked, register_member
from app.events.actions_seats import cancel_rsvp
from app.events.models import Event, EventKind, Rsvp, RsvpStatus, Ticket
from app.events.models_door import CheckIn, ScanMethod
from app.members.models import ConsentPurpose, Member
from app.tokens import digest, new_link_token

LIKELY = {ConsentPurpose.INVITATIONS: 0.84, ConsentPurpose.PRODUCT_NEWS: 0.46, ConsentPurpose.PHOTOS: 0.63}
CAME_FROM = (None, None, None, {"utm_source": "instagram"}, {"utm_source": "newsletter"}, {"via": "affiche"})
METHODS = (ScanMethod.CAMERA,) * 8 + (ScanMethod.TYPED, ScanMethod.BY_NAME)
PICTURES = {"Lyon": 1, "Paris": 0, "Nantes": 5, "Marseille": 2, "Lille": 4, "Montréal": 3}


def plan_past(world: World, pictures: list[int]) -> list[tuple[Event, dict[str, Any]]]:
    """Write and publish the past meetups a month ahead of each; return them in order of time, with their script."""
    planned = [(_write(world, row, pictures), row) for row in _script()]
    return sorted(planned, key=lambda pair: pair[0].starts_at)


def _script() -> list[dict[str, Any]]:
    """Return the script of each past event: of the meetups, and of the workshop, where each city had met before."""
    script = read_toml("demo")
    places = {row["city"]: {"venue": row["venue"], "address": row["address"]} for row in script["past"]}
    workshop, weeks = script["workshop"], script["workshop"]["weeks"]
    return [
        *script["past"],
        *(workshop | places[city] | {"city": city, "week": weeks[city]} for city in weeks),
    ]


def _write(world: World, row: dict[str, Any], pictures: list[int]) -> Event:
    chapter = world.chapters[row["city"]]
    day = past_day(world.now, row["quarter"], row["week"], row["weekday"], chapter.timezone)
    starts = instant(day, row["begins"], chapter.timezone)
    draft = EventDraft(
        chapter_id=chapter.id,
        kind=EventKind(row.get("kind", "product-test" if row["quarter"] == 2 else "meetup")),
        title=row["title"],
        description=row.get("description") or read_toml("demo")["past_description"],
        starts_at=starts,
        ends_at=starts + timedelta(hours=row["hours"]),
        venue=row["venue"],
        address=row["address"],
        capacity=row["capacity"],
        party_max=row.get("party", 1),
        picture_id=pictures[PICTURES[row["city"]]],
    )
    host = world.hosts[row["city"]]
    event = create_event(draft, host, starts - timedelta(days=30))
    publish_event(event, host, starts - timedelta(days=28))
    return event


def register_guests(world: World, event: Event, row: dict[str, Any]) -> None:
    """Let fans of the city register over the weeks before, and a few give their seat back."""
    random = dice(f"guests {event.slug}")
    guests = choose_guests(world.fans[row["city"]], row["guests"], random)
    begin, span = event.starts_at - timedelta(days=27), timedelta(days=25)
    for number, member in enumerate(guests):
        register(world, event, member, event.party_max, begin + span * number / len(guests), random)
    for member in random.sample(guests[1:], 1 + len(guests) // 12):
        rsvp = db.session.scalars(
            sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.member_id == member.id)
        ).one()
        cancel_rsvp(rsvp.id, event.starts_at - timedelta(hours=random.randint(3, 40)))


def choose_guests(fans: list[Member], count: int, random: Random) -> list[Member]:
    """Choose who comes; the first fan of a city always does."""
    return [fans[0], *random.sample(fans[1:], count - 1)]


def register(
    world: World,
    event: Event,
    member: Member,
    party: int,
    at: datetime,
    random: Random,
    slot_id: int | None = None,
) -> Rsvp:
    """Register somebody who is signed in, and ask about consents the first time."""
    consents = {}
    if member.id not in world.asked_consents:
        consents = draw_consents(random)
        world.asked_consents.add(member.id)
    asked = Asked(party, slot_id, consents, member.locale, random.choice(CAME_FROM))
    return register_member(event.id, member, asked, at)


def draw_consents(random: Random) -> dict[ConsentPurpose, bool]:
    """Answer each question of consent with a yes or a no."""
    return {purpose: random.random() < likely for purpose, likely in LIKELY.items()}


def open_door(world: World, event: Event, count: int, until: datetime | None = None) -> list[Rsvp]:
    """Scan so many of those who have a ticket, as they arrive; return them in that order.

    Past meetups: within forty minutes of the beginning, the first who registered among them. With `until`: those who
    came before that moment, the first who registered still to come.
    """
    random = dice(f"door {event.slug}")
    tickets = _tickets(event)
    first, last = event.starts_at - timedelta(minutes=12), event.starts_at + timedelta(minutes=28)
    coming = tickets[:1] + random.sample(tickets[1:], count - 1)
    if until:
        first, last = until - timedelta(minutes=40), until - timedelta(minutes=2)
        coming = random.sample(tickets[1:], count)
    times = [first + (last - first) * number / count for number in range(count)]
    scans = [
        ScanIn(new_link_token(), ticket.digest, random.choice(METHODS), at, event.code)
        for (_rsvp, ticket), at in zip(coming, times, strict=True)
    ]
    host = world.hosts[event.chapter.city]
    record_scans(event, "Porte-1", scans, host, last)
    _strange_scans(event, scans, host, last)
    return [rsvp for rsvp, _ticket in coming]


def _strange_scans(event: Event, scans: list[ScanIn], host: Member, last: datetime) -> None:
    """Add what every door sees: a ticket shown twice, a code from elsewhere, an arrival undone and done again."""
    again, mistaken = scans[2], scans[-1]
    soon = timedelta(seconds=20)
    strange = [
        ScanIn(new_link_token(), again.digest, ScanMethod.CAMERA, last + soon, event.code),
        ScanIn(new_link_token(), digest("https://tavelune.example/menu"), ScanMethod.CAMERA, last + 2 * soon),
    ]
    record_scans(event, "Porte-2", strange, host, last + 3 * soon)
    in_by_mistake = sa.select(CheckIn.id).join(Rsvp).join(Ticket).where(Ticket.digest == mistaken.digest)
    undo_check_in(db.session.scalars(in_by_mistake).one(), host, last + 3 * soon)
    redone = ScanIn(new_link_token(), mistaken.digest, ScanMethod.TYPED, last + 4 * soon, event.code)
    record_scans(event, "Porte-2", [redone], host, last + 4 * soon)


def _tickets(event: Event) -> list[tuple[Rsvp, Ticket]]:
    query = sa.select(Rsvp, Ticket).join(Ticket, Ticket.rsvp_id == Rsvp.id)
    held = query.where(
        Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.CONFIRMED, Ticket.revoked_at.is_(None)
    )
    return [(rsvp, ticket) for rsvp, ticket in db.session.execute(held.order_by(Rsvp.id))]
