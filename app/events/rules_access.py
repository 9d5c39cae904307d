"""Who may register for an event, and from when until when."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.events.models import Audience, Event
from app.i18n import _, _l, datetime_text
from app.members.rules_people import is_email, normalise_email


@dataclass(frozen=True)
class Addresses:
    """What somebody typed as a list: addresses as they are stored, each once, and lines (from 1) that are none."""

    good: tuple[str, ...] = ()
    bad: tuple[tuple[int, str], ...] = ()


def read_addresses(text: str) -> Addresses:
    """Read a list of addresses, one a line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    good = dict.fromkeys(normalise_email(line) for _number, line in lines if is_email(normalise_email(line)))
    bad = ((number, line[:60]) for number, line in lines if not is_email(normalise_email(line)))
    return Addresses(tuple(good), tuple(bad))


class AccessRefusal(StrEnum):
    """Why somebody may not register, or not yet."""

    NOT_YET = "not-yet"
    CLOSED = "closed"
    MEMBERS = "members-only"
    LINK = "link-only"
    INVITED = "invited-only"


@dataclass(frozen=True)
class Keys:
    """What the address of a page opens: `access` is an event's private link, `code` its early code, as typed."""

    access: str = ""
    code: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Keys:
        """Return the keys of an address, cut short."""
        return cls(*(arguments.get(name, "")[:100] for name in ("access", "code")))

    def in_address(self) -> dict[str, str]:
        """Return what an address that keeps these keys says."""
        return {name: value for name, value in (("access", self.access), ("code", self.code)) if value}


NO_KEYS = Keys()


@dataclass(frozen=True)
class Asking:
    """Who asks, as far as it is known.

    `is_known`: signed in, and came or was added before. `on_list`: whether the address is on the event's list; None
    as long as no address was given and there is a list.
    """

    is_known: bool = False
    on_list: bool | None = False
    keys: Keys = NO_KEYS


def refuse_access(event: Event, asking: Asking, now: datetime) -> AccessRefusal | None:
    """Return why somebody may not register now, or None. Whoever may be on the list has the benefit of the doubt."""
    if event.closes_at is not None and now >= event.closes_at:
        return AccessRefusal.CLOSED
    if event.audience == Audience.MEMBERS and not asking.is_known:
        return AccessRefusal.MEMBERS
    if event.audience == Audience.LINK and not _same(asking.keys.access, event.link_code):
        return AccessRefusal.LINK
    if event.audience == Audience.INVITED and asking.on_list is False:
        return AccessRefusal.INVITED
    if _is_before_opening(event, now) and not (
        is_early(event, now) and (asking.on_list is not False or opens_early(event, asking.keys))
    ):
        return AccessRefusal.NOT_YET
    return None


def is_decided_by_list(event: Event, asking: Asking, now: datetime) -> bool:
    """Tell whether a refusal says that the address is not on the list, which only who reads its mail may learn."""
    return refuse_access(event, replace(asking, on_list=True), now) is None


def asks_list(event: Event, now: datetime) -> bool:
    """Tell whether the event's list matters now."""
    return event.audience == Audience.INVITED or is_early(event, now)


def is_early(event: Event, now: datetime) -> bool:
    """Tell whether those on the list, or with the code, may register while the others still wait."""
    return _is_before_opening(event, now) and event.early_opens_at is not None and now >= event.early_opens_at


def opens_early(event: Event, keys: Keys) -> bool:
    """Tell whether somebody has the early code, in capitals or not."""
    return _same(_typed(keys.code), _typed(event.early_code))


def asks_code(event: Event, asking: Asking, now: datetime) -> bool:
    """Tell whether a code would still help somebody who sees the form, since the list may not know their address."""
    return (
        is_early(event, now)
        and bool(event.early_code)
        and asking.on_list is None
        and not opens_early(event, asking.keys)
    )


def access_words(event: Event, reason: AccessRefusal, signed_in: bool) -> str:
    """Say why somebody may not register, and what to do instead."""
    if reason is AccessRefusal.CLOSED and event.closes_at:
        time = datetime_text(event.closes_at, event.timezone)
        return _("Registration closed on %(time)s.", time=time)
    if reason is AccessRefusal.NOT_YET and event.opens_at:
        time = datetime_text(event.opens_at, event.timezone)
        return _("Registration opens on %(time)s.", time=time)
    if reason is AccessRefusal.MEMBERS and not signed_in:
        return str(SIGN_IN)
    return str(_SENTENCES[reason])


SIGN_IN = _l(
    "This event is for people who have been to one of ours before. Sign in with the address that you used then."
)
_SENTENCES = {
    AccessRefusal.MEMBERS: _l("This event is for people who have been to one of ours before."),
    AccessRefusal.LINK: _l(
        "You need this event’s private link to register. Open it again, whole, from your message."
    ),
    AccessRefusal.INVITED: _l(
        "This event is by invitation, and your address is not on its list. If you were invited at another address, "
        "sign out and register with that one."
    ),
}


def open_words(event: Event, asking: Asking, now: datetime) -> str:
    """Say what whoever may register should still know; "" when everybody may."""
    if _is_before_opening(event, now) and event.opens_at:
        opening = datetime_text(event.opens_at, event.timezone)
        if asking.on_list or opens_early(event, asking.keys):
            return _(
                "You may register already: for everybody else, registration opens on %(time)s.", time=opening
            )
        return _(
            "Registration opens on %(time)s. If we wrote to you, you may register already, with that address.",
            time=opening,
        )
    if event.audience == Audience.INVITED and asking.on_list is None:
        return _("This event is by invitation: register with the address that we wrote to.")
    return ""


def _is_before_opening(event: Event, now: datetime) -> bool:
    return event.opens_at is not None and now < event.opens_at


def _typed(code: str) -> str:
    return code.strip().casefold()


def _same(given: str, expected: str) -> bool:
    """Compare secrets; an event that has none (written before there were any) is opened by nothing."""
    return bool(expected) and hmac.compare_digest(
        given.encode(errors="replace"), expected.encode(errors="replace")
    )
