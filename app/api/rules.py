"""What a token may do, and how pages of a list follow one another."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

PREFIX = "terrain_"  # by which people, and programs that look for leaks, know a token
USE_IS_NOTED_EVERY = timedelta(minutes=1)
ANSWERS_KEPT = timedelta(hours=24)
LARGEST_ID = 2**31 - 1


class Scope(StrEnum):
    """One kind of call that a token allows."""

    EVENTS_READ = "events:read"
    RSVPS_READ = "rsvps:read"
    RSVPS_WRITE = "rsvps:write"
    CHECK_INS_WRITE = "check-ins:write"
    MEMBERS_READ = "members:read"


def scopes_for(roles: Collection[str]) -> frozenset[Scope]:
    """Return what the token of somebody with these roles may do at most."""
    if {"cm", "admin"} & set(roles):
        return frozenset(Scope)
    return frozenset({Scope.EVENTS_READ}) if "marketing" in roles else frozenset()


def write_cursor(last_id: int) -> str:
    """Return where the next page begins, as a text that callers need not understand."""
    return base64.urlsafe_b64encode(f"after:{last_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    """Return the id after which a page begins. Raises ValueError for a text that we did not write."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError(cursor) from None
    word, _colon, number = text.partition(":")
    if word != "after" or not number.isdecimal() or not number.isascii() or int(number) > LARGEST_ID:
        raise ValueError(cursor)
    return int(number)
