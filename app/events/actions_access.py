"""Letting people register, or telling them why not; and an event's list of addresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import Refusal
from app.events.actions_desk import open_desk
from app.events.models import Event, Invitee
from app.events.queries_access import asking_of
from app.events.rules_access import AccessRefusal, Keys, access_words, is_decided_by_list, refuse_access
from app.i18n import locale_code
from app.members.actions_codes import issue_decoy, open_decoys
from app.members.models import EmailCode, Member
from app.members.rules_codes import LINK_LIFETIME
from app.members.rules_people import normalise_email
from app.outbox import queue_mail, writes
from app.tokens import digest
from app.web import absolute_url

PURPOSE = "turned-away"  # of the codes that a mail without code answers
JUST_SENT = timedelta(minutes=1)


def check_access(event: Event, member: Member | None, email: str | None, keys: Keys, now: datetime) -> bool:
    """Tell whether somebody may register; False when their address alone is why not, which only a mail may say.

    Raises Refusal("not-yet", "closed", "members-only", "link-only" or "invited-only") for what anybody may know, and
    for a member who is signed in.
    """
    asking = asking_of(event, member, email, keys, now)
    reason = refuse_access(event, asking, now)
    if reason is None:
        return True
    if member is None and is_decided_by_list(event, asking, now):
        return False
    raise Refusal(reason.value, access_words(event, reason, member is not None))


def check_closing(event: Event, now: datetime) -> None:
    """Raise Refusal("closed") once registration has closed."""
    if event.closes_at is not None and now >= event.closes_at:
        reason = AccessRefusal.CLOSED
        raise Refusal(reason.value, access_words(event, reason, signed_in=True))


def turn_away(event: Event, email: str, name: str, now: datetime) -> EmailCode:
    """Mail an address that it is not on the event's list, and answer as if a code had been sent.

    Who registers again while a seat would still be held finds the hold as it was, as on the list. The event's turn
    is the caller's.
    """
    older = open_decoys(_kind(event), email, now)
    held = bool(older) and now < _held_since(older[0]) + timedelta(minutes=event.hold_minutes)
    return _answer(event, email, name, now, _held_since(older[0]) if held else now, older)


def is_turned_away(code: EmailCode) -> bool:
    """Tell whether a code only looks like one."""
    return code.purpose.startswith(f"{PURPOSE}:")


def turn_away_again(code: EmailCode, email: str, now: datetime) -> EmailCode | None:
    """Answer who asks for another code as `mail_code_again` would: not within a minute, nor once a hold had run out.

    As there, it is the newest answer to the address that counts, whichever browser asked for it.
    """
    event = open_desk(int(code.purpose.split(":")[1]), now).event
    older = open_decoys(_kind(event), email, now)
    since = _held_since(older[0] if older else code)
    if event.seats_taken < event.capacity and now >= since + timedelta(minutes=event.hold_minutes):
        return None
    return _answer(event, email, "", now, since, older)


def _answer(
    event: Event, email: str, name: str, now: datetime, since: datetime, older: Sequence[EmailCode]
) -> EmailCode:
    """Answer as `mail_code` does: within a minute by the code that stands, whose number the browser's cookie shows.

    One mail an hour, however often somebody types that address in. `since` is when a seat would have been held.
    """
    purpose = f"{_kind(event)}:{since.timestamp():.0f}"
    if older and older[0].created_at > now - JUST_SENT:
        older[0].purpose = purpose  # the hold may have run out meanwhile, and begun again
        return older[0]
    address = normalise_email(email)
    queue_mail(
        "events/turned_away",
        to=address,
        key=f"{_kind(event)}:{now:%Y%m%d%H}:{digest(address)[:40]}",
        locale=locale_code(),
        event_id=event.id,
        name=name,
    )
    lifetime = max(since + timedelta(minutes=event.hold_minutes) - now, LINK_LIFETIME)
    return issue_decoy(_kind(event), email, "", now, lifetime, older, purpose)


def _kind(event: Event) -> str:
    return f"{PURPOSE}:{event.id}"


def _held_since(code: EmailCode) -> datetime:
    return datetime.fromtimestamp(int(code.purpose.split(":")[2]), UTC)


@writes("events/turned_away")
def write_turned_away(event_id: int, name: str) -> dict[str, Any]:
    """Say why this address got no seat; the event's page says what changed since."""
    event = db.session.get_one(Event, event_id)
    return {"event": event, "name": name, "link": absolute_url("events.event", slug=event.slug)}


def set_invitees(event: Event, emails: Collection[str], now: datetime) -> None:
    """Make an event's list these addresses; those that stay keep the day they were added."""
    wanted = {normalise_email(email) for email in emails}
    held = set(db.session.scalars(sa.select(Invitee.email).where(Invitee.event_id == event.id)))
    gone = sa.and_(Invitee.event_id == event.id, Invitee.email.in_(held - wanted))
    if held - wanted:
        db.session.execute(sa.delete(Invitee).where(gone))
    rows = [{"event_id": event.id, "email": email, "added_at": now} for email in sorted(wanted - held)]
    if rows:
        db.session.execute(sa.insert(Invitee), rows)
    db.session.flush()
