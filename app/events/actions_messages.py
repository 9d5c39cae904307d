"""Writing to the people of an event: to who has a seat, who waits, or who has not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app import audit
from app.audit import AuditEntry
from app.db import db
from app.errors import Refusal
from app.events.actions_mails import tell
from app.events.actions_notices import claim_notice
from app.events.models import Event
from app.events.queries_messages import MOST_A_DAY, Readers, notice_kind, readers
from app.events.queries_people import arrival_of
from app.events.queries_told import get_rsvp_to_tell
from app.events.rules_people import Standing, stands
from app.i18n import _l
from app.members.models import Member
from app.outbox import queue_mail, writes


@dataclass(frozen=True)
class Letter:
    """What a CM writes: to whom, about what, and a text in Markdown. `key` comes with the form, one for each letter."""

    to: Standing
    about: str
    text: str
    key: str


def refuse_letter(event: Event, to: Standing, now: datetime) -> None:
    """Raise the refusal `not-begun` for a letter to who is absent from what has not begun: nobody is yet."""
    if to is Standing.ABSENT and now < event.starts_at:
        text = _l("Nobody is absent before the event begins. Write to those who are confirmed.")
        raise Refusal("not-begun", text, field="to")


def send_letter(event: Event, letter: Letter, by: Member, now: datetime) -> Readers:
    """Queue one mail for each reader; return who they are, and how many could not be reached.

    Refusals, after which the caller rolls back: not-begun, sent-already (a second tap), too-many (of this day, on the
    clocks of the event's zone), nobody.
    """
    refuse_letter(event, letter.to, now)
    day = now.astimezone(ZoneInfo(event.timezone)).date().isoformat()
    # A row for each letter of a day, written first: whoever comes second waits for it, and then sees the first.
    has_room = any(
        claim_notice(event.id, notice_kind(day, number), now) for number in range(1, MOST_A_DAY + 1)
    )
    if _was_sent(event.id, letter.key):
        raise Refusal("sent-already", _l("This message has left already: nobody gets it twice."))
    if not has_room:
        text = _l(
            "This event’s people got %(most)d messages today, which is enough. Send this one tomorrow.",
            most=MOST_A_DAY,
        )
        raise Refusal("too-many", text)
    found = readers(event.id, letter.to)
    if not found.reached:
        raise Refusal(
            "nobody", _l("There is nobody to write to: the list is empty, or nobody has an address.")
        )
    for reader in found.reached:
        queue_mail(
            "events/message",
            to=reader.email,
            key=f"message:{letter.key}:{reader.rsvp_id}",
            locale=reader.locale,
            member_id=reader.member_id,
            rsvp_id=reader.rsvp_id,
            to_whom=letter.to.value,
            about=letter.about,
            text=letter.text,
        )
    details = {"to": letter.to.value, "mails": len(found.reached), "key": letter.key}
    audit.record("people.message", f"event:{event.id}", by.id, **details)
    return found


def _was_sent(event_id: int, key: str) -> bool:
    sent = sa.select(AuditEntry.details).where(
        AuditEntry.subject == f"event:{event_id}", AuditEntry.action == "people.message"
    )
    return any(details.get("key") == key for details in db.session.scalars(sent))


@writes("events/message")
def write_message(rsvp_id: int, to_whom: str, about: str, text: str) -> dict[str, Any] | None:
    """Write to somebody who still is what the letter was for; nothing to who has left, or come, meanwhile."""
    rsvp = get_rsvp_to_tell(rsvp_id)
    if not stands(Standing(to_whom), rsvp.status, arrived=arrival_of(rsvp_id) is not None):
        return None
    return tell(rsvp) | {"about": about, "text": text}
