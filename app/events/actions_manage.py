"""What CMs do with their chapters' events: write, publish, change, cancel."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from app.audit import record
from app.db import db
from app.errors import Refusal
from app.events.actions_desk import move_line, open_desk
from app.events.actions_notices import mail_cancellation, mail_change
from app.events.models import Audience, Chapter, Event, EventKind, EventStatus, GuestNames, Slot, Unanswered
from app.i18n import _l
from app.members.models import Member
from app.slugs import free_name, slug
from app.tokens import new_link_token

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that a person mistakes for another
TOLD = ("starts_at", "ends_at", "venue", "address")  # what people who have a seat must hear of


@dataclass(frozen=True)
class EventDraft:
    """What a CM writes of an event; times are instants."""

    chapter_id: int
    kind: EventKind
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    address: str
    capacity: int
    party_max: int = 1
    hold_minutes: int = 30
    picture_id: int | None = None
    audience: Audience = Audience.EVERYONE
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    early_opens_at: datetime | None = None
    early_code: str = ""
    guest_names: GuestNames = GuestNames.NONE
    cutoff_minutes: int = 120
    unanswered: Unanswered = Unanswered.KEEP


def create_chapter(
    name: str, city: str, country: str, timezone: str, by: Member | None, now: datetime
) -> Chapter:
    """Add a chapter. Raises Refusal("chapter-exists") when there is one of that name."""
    _refuse_name_of_another(None, name)
    chapter = Chapter(
        slug=_free_slug(Chapter, name),
        name=name,
        city=city,
        country=country,
        timezone=timezone,
        created_at=now,
    )
    db.session.add(chapter)
    db.session.flush()
    record("chapter.create", f"chapter:{chapter.id}", by.id if by else None)
    return chapter


def update_chapter(chapter: Chapter, name: str, managers: list[Member], by: Member) -> None:
    """Rename a chapter and say who runs it. Its city and zone stay: past events are shown in them.

    Raises Refusal("chapter-exists") when another has that name.
    """
    _refuse_name_of_another(chapter, name)
    chapter.name = name
    chapter.managers = managers
    record(
        "chapter.change", f"chapter:{chapter.id}", by.id, managers=sorted(member.id for member in managers)
    )
    db.session.flush()


def _refuse_name_of_another(chapter: Chapter | None, name: str) -> None:
    """Compare names as people do: capitals, accents and spaces do not tell two chapters apart."""
    others = db.session.execute(sa.select(Chapter.id, Chapter.name)).all()
    same = {id_ for id_, taken in others if (slug(taken) or taken) == (slug(name) or name)}
    if same - {chapter.id if chapter else None}:
        raise Refusal("chapter-exists", _l("There is a chapter of that name already."), field="name")


def create_event(draft: EventDraft, by: Member | None, now: datetime) -> Event:
    """Write an event that nobody sees until it is published."""
    event = Event(
        **asdict(draft),
        slug=_free_slug(Event, draft.title),
        code=_free_code(),
        created_at=now,
        updated_at=now,
    )
    event.created_by_id = by.id if by else None
    db.session.add(event)
    db.session.flush()
    record("event.create", f"event:{event.id}", by.id if by else None)
    return event


def _free_slug(model: type[Chapter | Event], text: str) -> str:
    def is_taken(name: str) -> bool:
        return db.session.scalar(sa.select(model.id).where(model.slug == name)) is not None

    return free_name(slug(text) or model.__name__.lower(), is_taken)


def _free_code() -> str:
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(5))
        if not db.session.scalar(sa.select(Event.id).where(Event.code == code)):
            return code


def update_event(event: Event, draft: EventDraft, by: Member, now: datetime) -> int:
    """Change an event; return how many people are told by mail, which is when its time or place changes.

    More seats move the line at once. Raises Refusal("capacity") for fewer seats than are promised.
    """
    desk = open_desk(event.id, now)
    event = desk.event
    refuse_too_few(event, draft.capacity, "capacity")
    moved = [name for name in TOLD if getattr(event, name) != getattr(draft, name)]
    for name, value in asdict(draft).items():
        if name != "picture_id" or value is not None:
            setattr(event, name, value)
    if event.room and event.capacity <= event.room:
        event.room = None  # no longer more registrations than seats
    event.link_code = event.link_code or new_link_token()  # events of before there were any have none
    event.updated_at = now
    told = 0
    if moved:
        event.revision += 1
    db.session.flush()
    if moved and event.status == EventStatus.PUBLISHED and now < event.ends_at:
        told = mail_change(event)
    record("event.change", f"event:{event.id}", by.id, moved=moved, capacity=draft.capacity)
    move_line(desk)
    return told


def refuse_too_few(part: Event | Slot, capacity: int, field: str) -> None:
    """Raise Refusal("capacity"), which names a form field, when more seats are promised than would be given."""
    taken = part.seats_taken
    if taken > capacity:
        text = _l(
            "%(taken)d seats are promised already: %(short)d too many.", taken=taken, short=taken - capacity
        )
        raise Refusal("capacity", text, field=field)


def add_slot(event: Event, name: str, capacity: int, starts_at: datetime | None = None) -> Slot:
    """Add a part with seats of its own to an event that nobody has registered for yet."""
    slot = Slot(event=event, name=name, capacity=capacity, starts_at=starts_at)
    db.session.add(slot)
    db.session.flush()
    return slot


def publish_event(event: Event, by: Member | None, now: datetime) -> None:
    """Let people see an event and register. Raises Refusal("past") or Refusal("cancelled")."""
    event = open_desk(event.id, now).event  # in turn with whoever cancels it
    if event.status == EventStatus.PUBLISHED:
        return
    if event.status == EventStatus.CANCELLED:
        raise Refusal("cancelled", _l("A cancelled event stays cancelled. Write a new one."))
    if event.ends_at <= now:
        raise Refusal("past", _l("This event is over already. Change its date first."))
    event.status, event.published_at, event.updated_at = EventStatus.PUBLISHED, now, now
    record("event.publish", f"event:{event.id}", by.id if by else None)
    db.session.flush()


def cancel_event(event: Event, by: Member, now: datetime) -> int:
    """Call an event off for good; return how many people are told by mail."""
    desk = open_desk(event.id, now)
    event = desk.event
    if event.status == EventStatus.CANCELLED:
        return 0
    if event.ends_at <= now:
        raise Refusal("past", _l("This event is over: there is nothing left to cancel."))
    was_public = event.status == EventStatus.PUBLISHED
    event.status, event.cancelled_at, event.updated_at = EventStatus.CANCELLED, now, now
    event.revision += 1
    db.session.flush()
    told = mail_cancellation(event) if was_public else 0
    record("event.cancel", f"event:{event.id}", by.id, told=told)
    return told
